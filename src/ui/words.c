/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"

#define DAY_MS (24 * 3600 * 1000LL)

enum theme_role
words_state_role(enum agent_state state)
{
	static const enum theme_role roles[AGENT_STATE_COUNT] = {
		[AGENT_DOWN] = ROLE_STATE_IDLE,
		[AGENT_WORKING] = ROLE_STATE_WORKING,
		[AGENT_ASKS] = ROLE_STATE_ASKS,
		[AGENT_LIMITED] = ROLE_STATE_FAILED,
		[AGENT_LOGIN] = ROLE_STATE_ASKS,
		[AGENT_TRUST] = ROLE_STATE_ASKS,
		[AGENT_DONE] = ROLE_STATE_DONE,
		[AGENT_IDLE] = ROLE_STATE_IDLE,
		[AGENT_FAILED] = ROLE_STATE_FAILED,
		[AGENT_ENDED] = ROLE_STATE_IDLE,
		[AGENT_LOST] = ROLE_STATE_FAILED,
		[AGENT_UNKNOWN] = ROLE_STATE_IDLE,
	};
	return roles[state];
}

static bool
is_away(const struct agent_view *agent, const struct host_view *host)
{
	return !agent->link && host->state != HOST_DOWN;
}

bool
words_grey(const struct agent_view *agent, const struct host_view *host)
{
	return is_away(agent, host) || agent->lost;
}

enum theme_role
words_role(const struct agent_view *agent, const struct host_view *host)
{
	if (is_away(agent, host) && host->state == HOST_ASKING)
		return ROLE_STATE_ASKS;
	return is_away(agent, host) ? ROLE_STATE_STALE : words_state_role(agent->verdict.state);
}

enum theme_role
words_host_role(const struct host_view *host)
{
	if (host->state == HOST_ASKING)
		return ROLE_STATE_ASKS;
	if (host->state == HOST_STALE)
		return ROLE_STATE_STALE;
	/* What a person wanted so is nothing that went wrong. */
	if (host->state == HOST_CANCELED)
		return ROLE_DIM;
	return host_state_coming(host->state) && !host->lost_at ? ROLE_DIM : ROLE_ERROR;
}

static void
add_age(struct buf *into, const char *words, int64_t since)
{
	char age[8];
	clock_age(clock_ms() - since, age);
	buf_printf(into, "%s %s", words, age);
}

/* A second more, so that "in 1s" is not over yet. */
static void
add_next_try(struct buf *into, int64_t retry_at)
{
	char age[8];
	int64_t left = retry_at - clock_ms();
	clock_age((left > 0 ? left : 0) + 999, age);
	buf_printf(into, " · next try in %s", age);
}

void
words_host(const struct host_view *host, enum words_length length, struct buf *into)
{
	bool coming = host_state_coming(host->state);
	const char *word = host->state == HOST_ASKING ? "● host asks"
			   : host->doing[0]           ? host->doing
						      : host_state_word(host->state);
	/* How long it is gone already counts for more than what is tried just now. */
	if (host->lost_at && (coming || host->state == HOST_LOST)) {
		add_age(into, host_state_word(HOST_LOST), host->lost_at);
		if (length == WORDS_ALL && coming)
			buf_printf(into, " · %s", word);
	} else {
		add_age(into, word, host->state == HOST_STALE ? host->heard_at : host->since);
	}
	if (length == WORDS_ALL && host->state == HOST_LOST && host->retry_at)
		add_next_try(into, host->retry_at);
}

static void
add_verdict(const struct verdict *v, struct buf *into)
{
	buf_printf(into, "%s %s", agent_state_glyph(v->state), agent_state_word(v->state));
	if (v->state == AGENT_FAILED) {
		buf_addc(into, ": ");
		text_safe(into, str_from(v->detail), 12);
	}
}

void
words_state(const struct agent_view *agent, const struct host_view *host,
	enum words_length length, struct buf *into)
{
	const struct verdict *v = &agent->verdict;
	if (is_away(agent, host)) {
		words_host(host, length, into);
		return;
	}
	add_verdict(v, into);
	if (v->since && v->state != AGENT_DOWN)
		add_age(into, "", v->since);
}

void
words_last(const struct agent_view *agent, const struct host_view *host, struct buf *into)
{
	if (!is_away(agent, host) || !agent->present)
		return;
	buf_addc(into, "was ");
	add_verdict(&agent->verdict, into);
}

/* "14:05" says more than an age that grows; not after a day. */
static void
add_since(struct buf *into, int64_t since)
{
	int64_t age = clock_ms() - since;
	time_t at = (time_t)(clock_wall() - age / 1000);
	struct tm tm;
	if (age >= DAY_MS) {
		add_age(into, " for", since);
		return;
	}
	localtime_r(&at, &tm);
	buf_printf(into, " since %02d:%02d", tm.tm_hour, tm.tm_min);
}

void
words_why(const struct agent_view *agent, const struct host_view *host, int cols,
	struct buf *into)
{
	struct buf words = BUF_INIT;
	if (is_away(agent, host)) {
		struct str why = str_from(host->why->code ? host->why->text : "");
		/* The tile names the host already. */
		buf_printf(&words, "host %s: ", host->name);
		if (str_starts(why, buf_str(&words)))
			why = str_slice(why, words.len, why.len);
		/* What went wrong in the end says more than what was done before. */
		for (ptrdiff_t at = 0; text_cols(why) > cols && at >= 0;) {
			at = str_find_str(why, STR(": "));
			if (at >= 0)
				why = str_slice(why, (size_t)at + 2, why.len);
		}
		text_safe(into, why, cols);
	} else if (agent->lost) {
		agent_loss_words(agent->lost, NULL, &words);
		add_since(&words, agent->verdict.since);
		text_safe(into, buf_str(&words), cols);
	}
	buf_release(&words);
}

const char *
words_help(const struct agent_view *agent, const struct host_view *host)
{
	static const char *const states[AGENT_STATE_COUNT] = {
		[AGENT_ASKS] = "⏎ answer it",
		[AGENT_LIMITED] = "r go on",
		[AGENT_LOGIN] = "⏎ log in",
		[AGENT_TRUST] = "⏎ answer it",
		[AGENT_FAILED] = "r restart",
		[AGENT_ENDED] = "r restart",
	};
	static const char *const help[HOST_STATE_COUNT] = {
		[HOST_ASKING] = "a answer it",
		[HOST_STALE] = "r reconnects",
		[HOST_LOST] = "r tries now",
		[HOST_REFUSED] = "r tries again",
		[HOST_ENDED] = "r starts again",
		[HOST_CANCELED] = "r tries again",
	};
	bool person = host->why->code == ERR_AUTH || host->why->code == ERR_HOSTKEY;
	if (is_away(agent, host) && host->state == HOST_REFUSED && person)
		return "r asks again";
	if (is_away(agent, host))
		return help[host->state] ? help[host->state] : "";
	if (agent->lost)
		return "r starts it";
	if (agent->verdict.state == AGENT_FAILED &&
		strcmp(agent->verdict.source, "process") != 0)
		return "r go on";
	return states[agent->verdict.state] ? states[agent->verdict.state] : "";
}

void
words_friction(const struct agent_view *agent, const struct host_view *host, int cols,
	struct buf *into)
{
	static const char *const words[AGENT_STATE_COUNT] = {
		[AGENT_ASKS] = "it asks something, in its own words",
		[AGENT_LIMITED] = "its usage limit is reached",
		[AGENT_LOGIN] = "it has to be logged in before it goes on",
		[AGENT_TRUST] = "it asks whether its folder is to be trusted",
		[AGENT_FAILED] = "its process ended",
	};
	const struct verdict *v = &agent->verdict;
	struct buf all = BUF_INIT;
	if (words_grey(agent, host)) {
		words_why(agent, host, cols, into);
		return;
	}
	if (v->state == AGENT_FAILED && strcmp(v->source, "process") != 0)
		buf_addc(&all, "its last turn failed");
	else
		buf_addc(&all, words[v->state] ? words[v->state] : agent_state_word(v->state));
	if (v->detail[0] && (v->state == AGENT_FAILED || v->state == AGENT_LIMITED))
		buf_printf(&all, ": %s", v->detail);
	text_safe(into, buf_str(&all), cols);
	buf_release(&all);
}

void
words_deaf(const struct agent_view *agent, const struct host_view *host, struct buf *into)
{
	static const struct {
		const char *before, *after;
	} words[HOST_STATE_COUNT] = {
		[HOST_READY] = {"",                             " did not answer"              },
		[HOST_STALE] = {"",                             " does not answer"             },
		[HOST_LOST] = {"the link to ",                 " is lost"                     },
		[HOST_REFUSED] = {"",                             " was refused"                 },
		[HOST_ENDED] = {"the fleet was taken down on ", ""                             },
		[HOST_CANCELED] = {"",                             " is not connected (cancelled)"},
	};
	bool lost = host->lost_at && host_state_coming(host->state);
	enum host_state state = lost ? HOST_LOST : host->state;
	if (agent->lost && agent->link)
		agent_loss_words(agent->lost, host->name, into);
	else if (words[state].before)
		buf_printf(into, "%s%s%s", words[state].before, host->name, words[state].after);
	else
		buf_printf(into, "%s is not there yet", host->name);
}

void
words_work(const struct diff *diff, bool files, struct buf *into)
{
	size_t count = diff->file_count + diff->files_left;
	if (count == 0)
		return;
	buf_printf(into, "+%lld -%lld", diff->added, diff->removed);
	if (files)
		buf_printf(into, " in %zu %s", count, count == 1 ? "file" : "files");
}

void
words_tags(const char *tags, struct buf *into)
{
	struct str rest = str_from(tags);
	while (rest.len > 0) {
		struct str tag = str_cut(&rest, ' ');
		buf_printf(into, "%s#%.*s", into->len ? " " : "", STR_ARG(tag));
	}
}
