/*
 * orch_journal: what happened in a fleet, who did it, and when. In the fleet's store, for all
 * cockpits of a user: one JSON object each. The newest 100000 of the last 90 days are kept,
 * and how each agent was started last.
 *
 * What agents and hosts say in it is foreign; journal_words() makes it safe.
 */
#ifndef COCKPIT_ORCH_JOURNAL_H
#define COCKPIT_ORCH_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_buf.h"

struct err;
struct ledger;
struct store;

/* Name in the file, our name, who does it, words: {agent}, {host} and {text} stand for those.
 */
#define JOURNAL_KINDS(X)                                                            \
	X("start", START, PERSON, "started {agent} on {host}")                      \
	X("resume", RESUME, PERSON, "brought {agent} back on {host}")               \
	X("restart", RESTART, PERSON, "restarted {agent} on {host}")                \
	X("stop", STOP, PERSON, "stopped {agent} on {host}")                        \
	X("delete", DELETE, PERSON, "deleted {agent} on {host}")                    \
	X("down", DOWN, PERSON, "took the fleet down on {host}")                    \
	X("prompt", PROMPT, PERSON, "to {agent}: {text}")                           \
	X("put", PUT, PERSON, "gave {agent} the file {text}")                       \
	X("answer", ANSWER, PERSON, "answered {agent} {text}")                      \
	X("hired", HIRED, AGENT, "{agent} was started on {host} for {text}")        \
	X("unhired", UNHIRED, HOST, "nobody was started on {host} for {text}")      \
	X("asks", ASKS, AGENT, "{agent} asks: {text}")                              \
	X("trust", TRUST, AGENT, "{agent} needs trust")                             \
	X("login", LOGIN, AGENT, "{agent} needs a login")                           \
	X("limited", LIMITED, AGENT, "{agent} is limited: {text}")                  \
	X("done", DONE, AGENT, "{agent} is done")                                   \
	X("failed", FAILED, AGENT, "{agent} failed: {text}")                        \
	X("ended", ENDED, AGENT, "{agent} ended")                                   \
	X("gone", GONE, AGENT, "{agent} went with its server")                      \
	X("left", LEFT, AGENT, "{agent} went back; what it left is kept")           \
	X("clash", CLASH, AGENT, "{agent} clashes with {text}")                     \
	X("cleared", CLEARED, AGENT, "{agent} does not clash with {text} any more") \
	X("check", CHECK, AGENT, "the check of {agent} {text}")                     \
	X("merged", MERGED, PERSON, "merged {agent}: {text}")                       \
	X("unmerged", UNMERGED, PERSON, "took back a merge: {text}")                \
	X("pushed", PUSHED, PERSON, "pushed {agent}: {text}")                       \
	X("message", MESSAGE, AGENT, "{agent} to you: {text}")                      \
	X("lost", LOST, HOST, "the link to {host} is lost: {text}")                 \
	X("refused", REFUSED, HOST, "{host} cannot be used: {text}")                \
	X("ready", READY, HOST, "{host} is ready")

enum journal_kind {
#define X(name, id, who, words) JOURNAL_##id,
	JOURNAL_KINDS(X)
#undef X
		JOURNAL_KIND_COUNT
};

/* NULL: not about one. */
struct journal_entry {
	enum journal_kind kind;
	const char *agent, *host, *start; /* start: its uid */
	const char *text;
	/* The same of an agent, as several cockpits see it, is written once; NULL: it is once
	 * alone. */
	const char *key;
	bool ever; /* with a key: however long ago that was */
	/* Of JOURNAL_START and JOURNAL_RESUME. */
	const char *profile;
	const char *const *command; /* ends with NULL */
	/* Of JOURNAL_MERGED and JOURNAL_UNMERGED: the base, and its tip before and after. */
	const char *branch, *from, *to;
	/* Of JOURNAL_ANSWER. */
	const char *tool, *what, *answer, *via, *refused;
};

/* Soon, on a worker; nothing comes of a failure but a word in the log, and a line in
 * events.jsonl of the fleet's state folder, which goes into the store once it can be opened.
 * ledger NULL: nothing is written. */
void journal_add(struct ledger *ledger, const struct journal_entry *entry);

struct journal_line {
	int64_t at;                                        /* wall seconds */
	char *kind, *user, *agent, *host, *text, *profile; /* user: who did it; NULL: none */
	char **command;                                    /* ends with NULL; NULL: none */
	char *branch, *from, *to;                          /* of a merge; NULL: not known */
};

struct journal {
	struct journal_line *lines; /* oldest first */
	size_t count;
};

/* The last max ones (0: all), of an agent (NULL: of all); what is no such line is passed over.
 * Where there is no store there are none. Blocks. */
int journal_read(
	const char *dir, const char *agent, size_t max, struct journal *ret, struct err *err);
/* The same of a store that is open. */
int journal_load(struct store *store, const char *agent, size_t max, struct journal *ret,
	struct err *err);
/* The same of those that say how the agent was started. */
int journal_load_starts(struct store *store, const char *agent, size_t max, struct journal *ret,
	struct err *err);
/* The same of merges, and of those that were taken back, of all agents. */
int journal_load_merges(struct store *store, size_t max, struct journal *ret, struct err *err);
void journal_release(struct journal *journal);
/* "you started parser on web-1", one safe line. */
void journal_words(const struct journal_line *line, struct buf *into);
/* Whether a person did it; of kinds that are not known too. */
bool journal_is_act(const struct journal_line *line);

#endif
