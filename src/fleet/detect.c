/* SPDX-License-Identifier: MIT */
/*
 * Rules in the order of their strength; the first that has something to say
 * decides. An agent's own signal beats its title, a title beats the mere
 * flow of bytes, and silence proves nothing: an agent at its prompt and one that
 * waits for a permission are equally silent.
 */
#include "cockpit/fleet_detect.h"

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"

/* Real agents print at least every second or two while they work. */
#define OUTPUT_FRESH_MS 3000

static const struct {
	const char *json, *glyph, *word;
} states[] = {
#define X(json, name, glyph, word) {json, glyph, word},
	AGENT_STATES(X)
#undef X
};

const char *
agent_state_json(enum agent_state state)
{
	return states[state].json;
}

const char *
agent_state_glyph(enum agent_state state)
{
	return states[state].glyph;
}

const char *
agent_state_word(enum agent_state state)
{
	return states[state].word;
}

void
evidence_set_text(char field[EVIDENCE_TEXT_MAX], struct str text)
{
	struct str left = text;
	size_t len = 0;
	while (left.len > 0) {
		size_t before = left.len;
		text_next(&left);
		size_t n = before - left.len;
		if (len + n >= EVIDENCE_TEXT_MAX)
			break;
		len += n;
	}
	for (size_t i = 0; i < len; i++)
		field[i] = text.ptr[i] ? text.ptr[i] : ' ';
	field[len] = '\0';
}

void
evidence_output(struct evidence *ev, int64_t now)
{
	if (!ev->output_since || now - ev->output_at > OUTPUT_FRESH_MS)
		ev->output_since = now;
	ev->output_at = now;
}

static bool
decide(struct verdict *ret, enum agent_state state, int64_t since)
{
	ret->state = state;
	ret->since = since;
	return true;
}

/* A key typed into an asking agent is the answer: no agent reports that it was answered. */
static bool
answered(const struct evidence *ev, int64_t asked_at)
{
	return ev->typed_at > asked_at;
}

static bool
rule_process(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	if (ev->lost_at)
		return decide(ret, AGENT_LOST, ev->lost_at);
	if (!ev->present)
		return decide(ret, AGENT_DOWN, 0);
	if (!ev->dead)
		return false;
	if (ev->ending) {
		snprintf(ret->detail, sizeof(ret->detail), "how is not known");
		return decide(ret, AGENT_ENDED, ev->dead_at);
	}
	if (ev->dead_signal)
		snprintf(ret->detail, sizeof(ret->detail), "signal %d", ev->dead_signal);
	else
		snprintf(ret->detail, sizeof(ret->detail), "exit %d", ev->dead_status);
	return decide(ret, ev->dead_status || ev->dead_signal ? AGENT_FAILED : AGENT_ENDED,
		ev->dead_at);
}

/* OSC 7501 "state=working:app=codex:kind=permission". */
static bool
rule_signal(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	static const struct {
		const char *word;
		enum agent_state state;
	} words[] = {
		{"state=working", AGENT_WORKING},
                {"state=blocked", AGENT_ASKS   },
		{"state=done",    AGENT_DONE   },
                {"state=idle",    AGENT_IDLE   }
        };
	struct str rest = str_from(ev->signal);
	(void)now;
	if (!ev->signal_at)
		return false;
	while (rest.len > 0) {
		struct str part = str_cut(&rest, ':');
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (!str_eqc(part, words[i].word))
				continue;
			if (words[i].state == AGENT_ASKS && answered(ev, ev->signal_at))
				return false;
			evidence_set_text(ret->detail, str_from(ev->signal));
			return decide(ret, words[i].state, ev->signal_at);
		}
	}
	return false;
}

/* What real agents write into their titles: see rule rows. Claude's "✳ " is the same for idle
 * and asking, so it says nothing. */
static bool
rule_title(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	static const struct {
		const char *prefix;
		enum agent_state state;
	} rows[] = {
		{"[ ! ] Action Required", AGENT_ASKS   },
                {"[ . ] Action Required", AGENT_ASKS   },
		{"✋",                   AGENT_ASKS   },
                {"✦",                   AGENT_WORKING},
                {"◇",                   AGENT_IDLE   }
        };
	struct str title = str_from(ev->title);
	(void)now;
	if (!ev->title_at || title.len == 0)
		return false;
	evidence_set_text(ret->detail, title);
	struct str rest = title;
	uint32_t first = text_next(&rest);
	if (first >= 0x2800 && first <= 0x28ff && rest.len > 0 && rest.ptr[0] == ' ')
		return decide(ret, AGENT_WORKING, ev->title_at);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_starts(title, str_from(rows[i].prefix)))
			continue;
		if (rows[i].state == AGENT_ASKS && answered(ev, ev->title_at))
			return false;
		return decide(ret, rows[i].state, ev->title_at);
	}
	return false;
}

/* OSC 9;4: 1 and 3 are progress that goes on; 0 only says that it does not. */
static bool
rule_progress(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	if (!ev->progress_at || (ev->progress != 1 && ev->progress != 3))
		return false;
	snprintf(ret->detail, sizeof(ret->detail), "9;4;%d", ev->progress);
	return decide(ret, AGENT_WORKING, ev->progress_at);
}

static bool
rule_output(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	if (!ev->output_at || now - ev->output_at > OUTPUT_FRESH_MS)
		return false;
	snprintf(ret->detail, sizeof(ret->detail), "it prints");
	return decide(ret, AGENT_WORKING, ev->output_since ? ev->output_since : ev->output_at);
}

static bool
rule_nothing(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	snprintf(ret->detail, sizeof(ret->detail), "it gives no sign of what it does");
	return decide(ret, AGENT_UNKNOWN, ev->output_at);
}

static const struct {
	const char *source;
	bool (*rule)(const struct evidence *ev, int64_t now, struct verdict *ret);
} rules[] = {
	{"process",  rule_process },
        {"signal",   rule_signal  },
        {"title",    rule_title   },
	{"progress", rule_progress},
        {"output",   rule_output  },
        {"nothing",  rule_nothing }
};

void
detect_state(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		*ret = (struct verdict){.source = rules[i].source};
		if (rules[i].rule(ev, now, ret))
			return;
	}
}

static void
explain_row(struct buf *into, const char *source, const char *what, int64_t at, int64_t now,
	const char *foreign)
{
	char age[8] = "never";
	if (at)
		clock_age(now - at, age);
	buf_printf(into, "  %-9s %-24s %6s  ", source, what, at ? age : "never");
	text_safe(into, str_from(foreign), 60);
	buf_byte(into, '\n');
}

void
detect_explain(const struct evidence *ev, int64_t now, struct buf *into)
{
	char process[64];
	char progress[16] = "";
	struct verdict verdict;
	snprintf(process, sizeof(process), "%s",
		ev->lost_at    ? "went with its server"
		: !ev->present ? "no pane"
		: ev->dead     ? "has ended"
			       : "runs");
	if (ev->progress_at)
		snprintf(progress, sizeof(progress), "%d", ev->progress);
	buf_printf(into, "  %-9s %-24s %6s\n", "source", "evidence", "age");
	explain_row(into, "process", process,
		ev->lost_at ? ev->lost_at
		: ev->dead  ? ev->dead_at
			    : ev->started_at,
		now, "");
	explain_row(into, "signal", "OSC 7501", ev->signal_at, now, ev->signal);
	explain_row(into, "title", "OSC 0, 2", ev->title_at, now, ev->title);
	explain_row(into, "progress", "OSC 9;4", ev->progress_at, now, progress);
	explain_row(into, "notice", "OSC 9, 99, 777", ev->notify_at, now, ev->notify);
	explain_row(into, "bell", "BEL", ev->bell_at, now, "");
	explain_row(into, "output", "bytes from the agent", ev->output_at, now, "");
	explain_row(into, "you", "keys typed into it", ev->typed_at, now, "");
	detect_state(ev, now, &verdict);
	buf_printf(into, "decided by %s: %s", verdict.source, agent_state_json(verdict.state));
	if (verdict.detail[0]) {
		buf_addc(into, " (");
		text_safe(into, str_from(verdict.detail), 60);
		buf_byte(into, ')');
	}
	buf_byte(into, '\n');
}
