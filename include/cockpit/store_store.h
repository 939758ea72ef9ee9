/*
 * store_store: what must be trusted or queried, of one fleet: tasks, what became of them,
 * checks, messages, comments and the journal. Behind this interface is an engine: SQLite, a
 * file, today.
 *
 * All calls block and may be made by any thread, one at a time in each store (they take turns);
 * several processes may have the same file open. Whatever returns 0 is on disk: a power cut
 * does not undo it. Whatever fails has changed nothing, and sets no ret_x. Times are wall
 * clock, in milliseconds. Beside the errors that a call names there are: ERR_INVALID,
 * ERR_LIMIT: what is given cannot be; ERR_TIMEOUT: another process had the file for too long;
 * ERR_IO.
 *
 * A task is in one state, and goes from one to another only along store_can_move(). Whoever
 * works on it holds a claim: a lease that ends by itself, with an epoch that grows with each
 * claim, so that one who was given up knows it. Every change of a task (a lease that is renewed
 * is none) makes its version one higher; a change names the version that it was made from, and
 * fails with ERR_CHANGED if that is not the last any more. Every change appends an event with
 * the next number.
 */
#ifndef COCKPIT_STORE_STORE_H
#define COCKPIT_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/base_str.h"

struct err;
struct store;

#define STORE_TITLE_MAX 200         /* bytes, one line */
#define STORE_TEXT_MAX  (64u << 10) /* bytes */
#define STORE_WORD_MAX  255         /* names, branches, HOST/AGENT; bytes */
#define STORE_TASKS_MAX 100000      /* in one store */
#define STORE_LIST_MAX  100         /* tags or needs of a task */
#define STORE_BUSY_MS   5000        /* a change waits so long for another process's */

/* --- tasks --- */

#define TASK_STATES(X)                                                  \
	X("queued", QUEUED)                                             \
	X("claimed", CLAIMED) /* somebody has taken it and not begun */ \
	X("working", WORKING)                                           \
	X("checking", CHECKING)                                         \
	X("needs you", NEEDS_YOU) /* nobody goes on without a person */ \
	X("ready", READY)         /* to merge */                        \
	X("merged", MERGED)                                             \
	X("failed", FAILED)                                             \
	X("cancelled", CANCELLED)

enum task_state {
#define X(name, id) TASK_##id,
	TASK_STATES(X)
#undef X
		TASK_STATE_COUNT
};

const char *task_state_name(enum task_state state);
bool task_state_find(struct str name, enum task_state *ret);
/* queued -> claimed -> working -> checking -> ready -> merged; back to queued from wherever it
 * is claimed; needs you, failed and cancelled from all that are not over; queued again from
 * failed, cancelled and needs you; working again from checking, needs you and ready. */
bool store_can_move(enum task_state from, enum task_state to);
/* merged, failed, cancelled. */
bool task_is_over(enum task_state state);

struct task {
	int64_t id;     /* from 1, never given twice */
	char *title;    /* one line, not empty */
	char *text;     /* "" none */
	char *base;     /* branch that it starts from and goes to; "" the fleet's */
	char *check;    /* the command that accepts it; "" the fleet's */
	char *wanted;   /* AGENT or HOST/AGENT that is to do it; "" whoever is free */
	char *owner;    /* "HOST/AGENT" that holds it, or held it last; "" nobody yet */
	char *why;      /* of the last store_move(): why it failed, what is asked; "" */
	char *source;   /* where it comes from: "operator", "HOST/AGENT", "file NAME" */
	char **tags;    /* sorted, end with NULL */
	int64_t *needs; /* ids of tasks that must be merged first; end with 0 */
	int priority;   /* the highest first; 0 by itself */
	int64_t rank;   /* among those of one priority the lowest first; a new one is last. The
			   order stays, not the numbers. */
	enum task_state state;
	int attempts; /* claims so far */
	int64_t version, epoch;
	int64_t lease_until; /* of a claim; 0: none */
	int64_t created_at, changed_at;
	bool blocked; /* when it was read: one that it needs is not merged */
};

void task_release(struct task *task); /* its strings, not the struct */

/* What is given with a new one or changed; NULL leaves as it is (or empty). With another
 * priority it is the last of those. */
struct task_text {
	const char *title, *text, *base, *check, *wanted;
	const char *const *tags; /* ends with NULL */
	const int64_t *needs;    /* ends with 0 */
	const int *priority;
};

/* --- events --- */

struct store_event {
	int64_t seq; /* from 1, no gaps that anybody saw filled */
	int64_t at;
	int64_t task; /* 0: none */
	char *kind;   /* "task.added", "task.moved", "check.ended", … */
	char *actor;  /* "operator", "HOST/AGENT", "cockpit" */
	char *text;   /* JSON of what is special to the kind; "" none */
};

void store_event_release(struct store_event *event);
void store_events_free(struct store_event *events, size_t count);

/* --- checks --- */

/* Stands before the agent's name, which has no colon, where what a merge of its work makes is
 * checked. */
#define STORE_TRIAL "merge:"

struct store_check {
	int64_t id;
	char *host, *agent; /* maybe with STORE_TRIAL */
	char *tree;         /* git's id of what was checked */
	char *command;
	int64_t task; /* 0: none */
	int status;   /* exit status; -1: it has none yet, -2: it ran out of time, -3: it could
			 not be run, or was cut off, -4: a person has cancelled it */
	int64_t started_at, ended_at; /* ended 0: it runs */
	int passed, failed, skipped;  /* -1: not known */
	char *names;                  /* of those that failed, a line each */
	char *words;                  /* one line of what came of it */
	char *log;                    /* path on the cockpit's side */
};

void store_check_release(struct store_check *check);

/* --- messages --- */

struct store_message {
	int64_t id;
	int64_t at;
	char *from, *to; /* "operator", "HOST/AGENT", in to also an agent's name alone */
	char *text;
};

void store_message_release(struct store_message *message);

/* --- the journal --- */

/* What happened in the fleet, for people; orch_journal.h says what there is. Who answered which
 * question of an agent is there too. */
struct store_entry {
	int64_t id; /* from 1, in the order in which they were kept; of one that is read */
	int64_t at;
	char *kind;
	char *agent, *host; /* "" none */
	char *text;         /* JSON of all of it */
	char *key;     /* several see it, and it is kept once; "" none; of one that is kept */
	int64_t since; /* it is the same as one with that key of after then; -1: of whenever;
			  INT64_MAX: as none */
};

void store_entry_release(struct store_entry *entry);

/* --- comments --- */

/* What a person says of a line of an agent's work, until it is sent. */
struct store_comment {
	int64_t id; /* any number but 0 that whoever makes it chose by chance */
	char *host, *agent;
	char *path;
	bool old;     /* of a removed line */
	int line;     /* from 1 */
	char *anchor; /* that line, foreign */
	char *text;
};

#define STORE_COMMENTS_MAX 10000

void store_comment_release(struct store_comment *comment);

/* --- the store --- */

/* Makes it if it is not there (0600), brings an older one up to date. ERR_UNSUPPORTED: it is of
 * a newer cockpit; ERR_IO: it is damaged, says where. */
int store_open(const char *path, struct store **ret, struct err *err);
/* The same; one that may not be written is opened all the same, as it is, if it is up to date:
 * to read. ERR_UNSUPPORTED: it is not. */
int store_open_to_read(const char *path, struct store **ret, struct err *err);
void store_close(struct store *store); /* accepts NULL */

/* All or none. ids gets as many. needs must exist, or be among those before it in the same
 * call: then -1 is the first of them, -2 the second. actor: who does it. */
int store_add(struct store *store, const struct task_text *texts, size_t count,
	const char *source, const char *actor, int64_t now, int64_t *ids, struct err *err);
/* ERR_NOT_FOUND. */
int store_task(struct store *store, int64_t id, struct task *ret, struct err *err);

struct task_filter {
	unsigned states;   /* bits 1 << enum task_state; 0: all */
	const char *tag;   /* NULL: any */
	const char *owner; /* NULL: any */
	size_t max;        /* 0: all */
};
/* In the order in which they are to be done: those that are not over by priority, rank and id,
 * then the others, what changed last first. The caller's, for store_tasks_free(). */
int store_tasks(struct store *store, const struct task_filter *filter, struct task **ret,
	size_t *ret_count, struct err *err);
void store_tasks_free(struct task *tasks, size_t count);
/* How many are in each state. */
int store_counts(struct store *store, size_t ret[TASK_STATE_COUNT], struct err *err);

/* ERR_CHANGED, ERR_NOT_FOUND; ERR_INVALID for needs that lead back to itself. Not of one that
 * is merged. */
int store_edit(struct store *store, int64_t id, int64_t version, const struct task_text *text,
	const char *actor, int64_t now, struct err *err);
/* It stands before that one from now on (0: last) among those of its priority; ERR_INVALID:
 * that one has another. */
int store_rank(struct store *store, int64_t id, int64_t before, const char *actor, int64_t now,
	struct err *err);

/*
 * Takes the next that is queued, whose needs are merged, and that wants nobody else; or that
 * one (id not 0): ERR_NOT_FOUND: there is none; ERR_BUSY: somebody has it; ERR_INVALID: it
 * waits for others, wants another, or is not queued. owner is "HOST/AGENT"; one that has a task
 * already gets that one, its lease anew, and ERR_EXISTS for another id.
 */
int store_claim(struct store *store, int64_t id, const char *owner, int64_t lease_ms,
	int64_t now, struct task *ret, struct err *err);
/* The same for one who cannot take every task. */
struct task_claim {
	int64_t id; /* 0: the next */
	const char *owner;
	/* Only with one of these as its base, ERR_INVALID; [0] NULL: with any, [1] NULL: with
	 * no other. */
	const char *bases[2];
	bool fresh; /* ERR_EXISTS for one that has a task already */
};
int store_claim_for(struct store *store, const struct task_claim *claim, int64_t lease_ms,
	int64_t now, struct task *ret, struct err *err);
/* The next that wants nobody, as store_claim() would take it; ERR_NOT_FOUND. */
int store_next(struct store *store, struct task *ret, struct err *err);
/* The lease from now on. ERR_CHANGED: it is not theirs any more. One that is over is theirs
 * still until store_expire() says that it is not. */
int store_renew(struct store *store, int64_t id, int64_t epoch, int64_t lease_ms, int64_t now,
	struct err *err);
/* version 0: whatever it is. ERR_CHANGED, ERR_INVALID where store_can_move() says no, to
 * claimed (there is store_claim()), and to working where nobody has it. To queued, failed,
 * cancelled, merged the lease ends. why and ret may be NULL. */
int store_move(struct store *store, int64_t id, int64_t version, enum task_state to,
	const char *why, const char *actor, int64_t now, struct task *ret, struct err *err);
/* Claimed and working ones whose lease is over are queued again: how many. */
int store_expire(struct store *store, int64_t now, size_t *ret_count, struct err *err);

/* Something that happened to no task, or that its store does not see. */
int store_note(struct store *store, int64_t task, const char *kind, const char *actor,
	struct str text, int64_t now, int64_t *ret_seq, struct err *err);
/* Those after that number, the oldest first, max at most (0: all). */
int store_events(struct store *store, int64_t after, size_t max, struct store_event **ret,
	size_t *ret_count, struct err *err);
/* The number of the last; cheap: to be asked often. */
int store_last(struct store *store, int64_t *ret_seq, struct err *err);

/* A check begins; one of that agent that seems to run still (its cockpit is gone) ends with
 * status -3. */
int store_check_begin(struct store *store, const struct store_check *check, int64_t now,
	int64_t *ret_id, struct err *err);
/* status, counts, names, words and log of check; by its id. ERR_CHANGED: it has ended. */
int store_check_end(
	struct store *store, const struct store_check *check, int64_t now, struct err *err);
/* The newest first, max at most (0: all); host and agent NULL: of all. */
int store_checks(struct store *store, const char *host, const char *agent, size_t max,
	struct store_check **ret, size_t *ret_count, struct err *err);
void store_checks_free(struct store_check *checks, size_t count);

int store_say(struct store *store, const char *from, const char *to, const char *text,
	int64_t now, int64_t *ret_id, struct err *err);
/* Those that were not taken yet, the oldest first, max at most (0: all). For HOST/AGENT those
 * to AGENT alone too. They stay until store_taken(); ERR_CHANGED there: it was taken before. */
int store_messages(struct store *store, const char *to, size_t max, struct store_message **ret,
	size_t *ret_count, struct err *err);
int store_taken(struct store *store, int64_t id, int64_t now, struct err *err);
void store_messages_free(struct store_message *messages, size_t count);

/* All or none, in this order, but for those that are there already (key). */
int store_record(struct store *store, const struct store_entry *entries, size_t count,
	int64_t now, struct err *err);
/* The newest ones, the oldest of them first, max at most (0: all); agent NULL: of all. */
int store_entries(struct store *store, const char *agent, size_t max, struct store_entry **ret,
	size_t *ret_count, struct err *err);
/* The same of those that say how the agent was started ("start", "resume" and "hired"). */
int store_starts(struct store *store, const char *agent, size_t max, struct store_entry **ret,
	size_t *ret_count, struct err *err);
/* The same of merges, and of those that were taken back ("merged" and "unmerged"), of all. */
int store_merges(struct store *store, size_t max, struct store_entry **ret, size_t *ret_count,
	struct err *err);
void store_entries_free(struct store_entry *entries, size_t count);
/* The id of the last; cheap: to be asked often. */
int store_last_entry(struct store *store, int64_t *ret_id, struct err *err);

/* A new one, or another text and place for the one with that id. ERR_LIMIT. */
int store_comment(
	struct store *store, const struct store_comment *comment, int64_t now, struct err *err);
/* Those of them that are there go. */
int store_uncomment(
	struct store *store, const int64_t *ids, size_t count, int64_t now, struct err *err);
/* All, in the order of their places. */
int store_comments(
	struct store *store, struct store_comment **ret, size_t *ret_count, struct err *err);
void store_comments_free(struct store_comment *comments, size_t count);

/* What change() does with this store, on its thread, is one change: all of it is kept if that
 * returns 0, nothing of it if it returns an error. A call in it that fails changes nothing, and
 * change() may go on; so may one of these within another. No other process writes meanwhile, so
 * it must not take long. */
int store_together(struct store *store, int64_t now, int (*change)(void *ctx, struct err *err),
	void *ctx, struct err *err);

/*
 * What is asked for by somebody with a number is done once, however often it is seen: in one
 * store_together() one sees that it was not answered, does it, and answers.
 */
/* *ret_answer: the caller's; NULL: there was none. */
int store_asked(struct store *store, const char *asker, int64_t number, char **ret_answer,
	struct err *err);
/* ERR_CHANGED: it was answered before; that answer stays. */
int store_answered(struct store *store, const char *asker, int64_t number, const char *answer,
	int64_t now, struct err *err);

/* Of the journal, of the events and of what was answered to agents goes what is older than
 * before, and of the first two all but the newest keep ones: the oldest max of each at most, so
 * that others wait for a moment only. The last event stays, and how each agent was started
 * last (store_starts()). How many. */
int store_prune(struct store *store, int64_t before, size_t keep, size_t max, int64_t now,
	size_t *ret_count, struct err *err);

#endif
