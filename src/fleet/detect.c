/* SPDX-License-Identifier: MIT */
/*
 * Signs are weighed in this order; the first that has something to say decides:
 *
 *   the process        gone, ended
 *   the screen         what stops an agent altogether: trust, login, limit, failure
 *   whatever asks      unless it was answered, or the agent works again since
 *   its answer         it goes on, until it shows anything else
 *   standing signs     OSC 7501, the title, progress: the truth about working or not,
 *                      for an interrupt fires no hook
 *   events             what a hook or a plugin told last
 *   the screen         what its last rows say of working or resting
 *   its age            it is not long there, and has not told anything yet
 *   output             bytes flow
 *
 * Silence proves nothing: an agent at its prompt and one that waits for a permission are
 * equally silent. No agent reports that it was answered: the operator's key is the answer,
 * for a moment; what still stands then asks still.
 */
#include "cockpit/fleet_detect.h"

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Real agents print at least every second or two while they work. */
#define OUTPUT_FRESH_MS 3000
/* After a key the agent takes back what it said, within this. */
#define ANSWER_MS 2000
/* A hook is ahead of the title; longer than this and the title is right. */
#define EVENT_AHEAD_MS 3000
/* The title rests before the hook tells why: that it asks, or that its turn ended. Where no
 * hook tells (an interrupt), the title is believed after that. */
#define QUIET_MS 1000
/* What was answered goes on within this, or does not. */
#define GOES_ON_MS 1500
/* A hook is called before the dialog is drawn. */
#define DIALOG_MS 1500
/* Agents take 3 to 8 s to start, on a busy machine more. */
#define START_MS 20000
/* None has said anything by then, but for one that nobody heard it may have. */
#define EARLIEST_MS 3000
/* What a pane's first moments show is not from the agent; tmux tells full seconds. */
#define FIRST_MS 1500
/* One that nobody heard is believed to be up after that, if it is silent. */
#define UP_MS 10000

static const struct {
	const char *json, *glyph, *word;
} states[] = {
#define X(json, name, glyph, word) {json, glyph, word},
	AGENT_STATES(X)
#undef X
};

static const struct {
	const char *name, *what;
} sources[] = {
#define X(name, id, what) {name, what},
	SIGN_SOURCES(X)
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

bool
agent_state_asks(enum agent_state state)
{
	return state == AGENT_ASKS || state == AGENT_TRUST;
}

bool
agent_state_find(const char *json, enum agent_state *ret)
{
	for (size_t i = 0; i < COUNT(states); i++) {
		if (strcmp(states[i].json, json) == 0) {
			*ret = (enum agent_state)i;
			return true;
		}
	}
	return false;
}

const char *
sign_source_name(enum sign_source source)
{
	return sources[source].name;
}

void
evidence_init(struct evidence *ev)
{
	*ev = (struct evidence){0};
	for (int i = 0; i < SIGN_SOURCE_COUNT; i++)
		ev->signs[i].claim = CLAIM_NOTHING;
}

void
evidence_set_text(char field[EVIDENCE_TEXT_MAX], struct str text)
{
	text_copy(field, EVIDENCE_TEXT_MAX, text);
}

void
evidence_output(struct evidence *ev, int64_t now)
{
	if (!ev->output_since || now - ev->output_at > OUTPUT_FRESH_MS)
		ev->output_since = now;
	ev->output_at = now;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
says(const struct evidence *ev, enum sign_source source, int claim)
{
	const struct sign *sign = &ev->signs[source];
	return sign->at != 0 && sign->claim == claim;
}

/* What a sign says beside the state, for people: OSC 7501 has "kind=permission" for that among
 * its fields, progress has nothing. */
static struct str
sign_words(const struct sign *sign, enum sign_source source)
{
	struct str rest = str_from(sign->text);
	if (sign->detail[0])
		return str_from(sign->detail);
	if (source == SIGN_PROGRESS)
		return STR("");
	while (source == SIGN_SIGNAL && rest.len > 0) {
		struct str field = str_cut(&rest, ':');
		if (str_starts(field, STR("kind=")))
			return str_slice(field, strlen("kind="), field.len);
	}
	return rest;
}

static bool
decide(const struct evidence *ev, enum sign_source source, enum agent_state state,
	struct verdict *ret)
{
	const struct sign *sign = &ev->signs[source];
	ret->state = state;
	ret->source = sources[source].name;
	ret->since = sign->at;
	ret->row = sign->row;
	evidence_set_text(ret->detail, sign_words(sign, source));
	return true;
}

/* The strongest one that says anything of working or not; -1: none. */
static int
standing(const struct evidence *ev)
{
	static const enum sign_source order[] = {SIGN_SIGNAL, SIGN_TITLE, SIGN_PROGRESS};
	for (size_t i = 0; i < COUNT(order); i++) {
		const struct sign *sign = &ev->signs[order[i]];
		if (sign->at && sign->claim != CLAIM_NOTHING && sign->claim != CLAIM_IGNORE)
			return (int)order[i];
	}
	return -1;
}

static bool
works_since(const struct evidence *ev, int64_t when)
{
	int source = standing(ev);
	return source >= 0 && ev->signs[source].claim == AGENT_WORKING &&
	       ev->signs[source].at > when;
}

static int64_t
answer_at(const struct evidence *ev)
{
	return later(ev->typed_at, ev->answered_at);
}

/* What still stands a while after the answer was none. */
static bool
is_answered(const struct evidence *ev, enum sign_source source, int64_t now)
{
	int64_t at = answer_at(ev);
	if (at <= ev->signs[source].at)
		return false;
	if (source == SIGN_EVENT || source == SIGN_NOTICE)
		return true;
	if (source == SIGN_SCREEN && ev->screen_at <= at)
		return true;
	return now - at <= ANSWER_MS;
}

bool
evidence_hook_asks(const struct evidence *ev)
{
	return says(ev, SIGN_EVENT, AGENT_ASKS) && answer_at(ev) <= ev->signs[SIGN_EVENT].at;
}

/* Its dialog was on the screen, and is not any more; or it had time to come there, and what is
 * there shows that it rests. */
static bool
dialog_went(const struct evidence *ev, int64_t since)
{
	/* That it works may be all that is shown while a hook is waited for. */
	bool other = says(ev, SIGN_SCREEN, AGENT_IDLE) || says(ev, SIGN_SCREEN, CLAIM_QUIET);
	return (ev->dialog_at > since && ev->screen_at > ev->dialog_at &&
		       !says(ev, SIGN_SCREEN, AGENT_ASKS)) ||
	       (other && ev->screen_at > since + DIALOG_MS);
}

static bool
weigh_process(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	ret->source = "process";
	if (ev->lost_at) {
		ret->state = AGENT_LOST;
		ret->since = ev->lost_at;
		return true;
	}
	if (!ev->present) {
		ret->state = AGENT_DOWN;
		return true;
	}
	if (!ev->dead)
		return false;
	ret->since = ev->dead_at;
	ret->state = AGENT_ENDED;
	if (ev->ending) {
		snprintf(ret->detail, sizeof(ret->detail), "how is not known");
		return true;
	}
	if (ev->dead_status || ev->dead_signal)
		ret->state = AGENT_FAILED;
	if (ev->dead_signal)
		snprintf(ret->detail, sizeof(ret->detail), "signal %d", ev->dead_signal);
	else
		snprintf(ret->detail, sizeof(ret->detail), "exit %d", ev->dead_status);
	return true;
}

/* It has shown or told something else since its screen was looked at. */
static bool
is_old_picture(const struct evidence *ev)
{
	const struct sign *event = &ev->signs[SIGN_EVENT];
	int source = standing(ev);
	int64_t at = source >= 0 ? ev->signs[source].at : 0;
	if (says(ev, SIGN_EVENT, AGENT_WORKING))
		at = later(at, event->at);
	return ev->screen_at && at > ev->screen_at;
}

/* What no work goes on from, whoever says so. */
static bool
weigh_stops(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	static const enum agent_state stops[] = {
		AGENT_TRUST, AGENT_LOGIN, AGENT_LIMITED, AGENT_FAILED};
	static const enum sign_source from[] = {SIGN_SCREEN, SIGN_EVENT};
	for (size_t i = 0; i < COUNT(from); i++) {
		const struct sign *sign = &ev->signs[from[i]];
		if (works_since(ev, sign->at) ||
			(from[i] == SIGN_SCREEN &&
				(is_answered(ev, SIGN_SCREEN, now) || is_old_picture(ev))))
			continue;
		for (size_t k = 0; k < COUNT(stops); k++) {
			if (says(ev, from[i], (int)stops[k]))
				return decide(ev, from[i], stops[k], ret);
		}
	}
	return false;
}

static bool
weigh_asks(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	static const enum sign_source from[] = {
		SIGN_EVENT, SIGN_SIGNAL, SIGN_TITLE, SIGN_NOTICE, SIGN_SCREEN};
	for (size_t i = 0; i < COUNT(from); i++) {
		const struct sign *sign = &ev->signs[from[i]];
		bool once = from[i] == SIGN_EVENT || from[i] == SIGN_NOTICE;
		if (!says(ev, from[i], AGENT_ASKS) || is_answered(ev, from[i], now))
			continue;
		if ((once || from[i] == SIGN_SCREEN) && works_since(ev, sign->at))
			continue;
		if (once && dialog_went(ev, sign->at))
			continue;
		return decide(ev, from[i], AGENT_ASKS, ret);
	}
	return false;
}

/* No agent says that it goes on after an answer: until it shows what it does, it does that. */
static bool
weigh_answer(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	int64_t at = answer_at(ev);
	int source = standing(ev);
	if (now - at > GOES_ON_MS || (source >= 0 && ev->signs[source].at > at))
		return false;
	for (int i = 0; i < SIGN_SOURCE_COUNT; i++) {
		if (!says(ev, (enum sign_source)i, AGENT_ASKS) || at <= ev->signs[i].at)
			continue;
		decide(ev, (enum sign_source)i, AGENT_WORKING, ret);
		ret->since = at;
		return true;
	}
	return false;
}

/* It does not work. Whether that is news is for the one who looks. */
static bool
rest(const struct evidence *ev, enum sign_source source, struct verdict *ret)
{
	const struct sign *sign = &ev->signs[source];
	const struct sign *event = &ev->signs[SIGN_EVENT];
	bool idle = sign->claim == AGENT_IDLE ||
		    (event->claim == AGENT_IDLE && event->at > ev->turn_at);
	bool done = !idle && ev->turn_at > ev->seen_at;
	decide(ev, source, done ? AGENT_DONE : AGENT_IDLE, ret);
	ret->since = done ? ev->turn_at : later(sign->at, ev->turn_at);
	ret->rests = !idle;
	return true;
}

static bool
weigh_claim(const struct evidence *ev, enum sign_source source, struct verdict *ret)
{
	switch (ev->signs[source].claim) {
	case AGENT_WORKING:
	case AGENT_STARTING:
		return decide(ev, source, (enum agent_state)ev->signs[source].claim, ret);
	case AGENT_DONE:
	case AGENT_IDLE:
	case CLAIM_QUIET:
		return rest(ev, source, ret);
	default:
		return false;
	}
}

static bool
weigh_standing(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	int source = standing(ev);
	const struct sign *event = &ev->signs[SIGN_EVENT];
	if (source < 0)
		return false;
	const struct sign *sign = &ev->signs[source];
	/* The hook is called before the title follows. */
	if (sign->claim != AGENT_WORKING && says(ev, SIGN_EVENT, AGENT_WORKING) &&
		event->at > sign->at && now - event->at <= EVENT_AHEAD_MS)
		return decide(ev, SIGN_EVENT, AGENT_WORKING, ret);
	/* Or after it. */
	if (sign->claim == CLAIM_QUIET && says(ev, SIGN_EVENT, AGENT_WORKING) &&
		event->at <= sign->at && now - sign->at <= QUIET_MS)
		return decide(ev, SIGN_EVENT, AGENT_WORKING, ret);
	return weigh_claim(ev, (enum sign_source)source, ret);
}

static bool
weigh_event(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	/* Its plugin is there before its screen. */
	if (says(ev, SIGN_EVENT, AGENT_STARTING) && says(ev, SIGN_SCREEN, AGENT_IDLE))
		return false;
	return ev->signs[SIGN_EVENT].at && weigh_claim(ev, SIGN_EVENT, ret);
}

static bool
weigh_screen(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	return ev->signs[SIGN_SCREEN].at && weigh_claim(ev, SIGN_SCREEN, ret);
}

/* What it tells is lost where nobody listens, and nobody did from its beginning: that it has
 * not told anything is not known then. Once it has printed and rests, or has had its time, it
 * is not taken to be starting still. */
static bool
was_missed(const struct evidence *ev, int64_t now)
{
	return ev->streams && ev->started_at - ev->born_at >= EARLIEST_MS &&
	       now - ev->output_at > OUTPUT_FRESH_MS &&
	       (ev->output_at - ev->born_at > FIRST_MS || now - ev->born_at > UP_MS);
}

static bool
weigh_age(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	if (!ev->talks || ev->signs[SIGN_EVENT].at || !ev->born_at ||
		now - ev->born_at > START_MS || was_missed(ev, now))
		return false;
	ret->source = "process";
	ret->state = AGENT_STARTING;
	ret->since = ev->born_at;
	return true;
}

static bool
weigh_output(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	ret->source = "output";
	if (!ev->output_at || now - ev->output_at > OUTPUT_FRESH_MS)
		return false;
	snprintf(ret->detail, sizeof(ret->detail), "it prints");
	ret->state = AGENT_WORKING;
	ret->since = ev->output_since ? ev->output_since : ev->output_at;
	return true;
}

static bool
weigh_nothing(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	(void)now;
	snprintf(ret->detail, sizeof(ret->detail), "it gives no sign of what it does");
	ret->source = "nothing";
	ret->state = AGENT_UNKNOWN;
	ret->since = ev->output_at;
	return true;
}

void
detect_state(const struct evidence *ev, int64_t now, struct verdict *ret)
{
	static bool (*const order[])(
		const struct evidence *ev, int64_t now, struct verdict *ret) = {weigh_process,
		weigh_stops, weigh_asks, weigh_answer, weigh_standing, weigh_event,
		weigh_screen, weigh_age, weigh_output, weigh_nothing};
	for (size_t i = 0; i < COUNT(order); i++) {
		*ret = (struct verdict){0};
		if (order[i](ev, now, ret))
			return;
	}
}

int64_t
detect_next(const struct evidence *ev, int64_t now)
{
	int source = standing(ev);
	const int64_t ends[] = {
		ev->output_at ? ev->output_at + OUTPUT_FRESH_MS : 0,
		answer_at(ev) ? answer_at(ev) + ANSWER_MS : 0,
		answer_at(ev) ? answer_at(ev) + GOES_ON_MS : 0,
		source >= 0 ? ev->signs[source].at + QUIET_MS : 0,
		ev->signs[SIGN_EVENT].at ? ev->signs[SIGN_EVENT].at + EVENT_AHEAD_MS : 0,
		ev->born_at ? ev->born_at + START_MS : 0,
		ev->born_at ? ev->born_at + UP_MS : 0,
	};
	int64_t next = 0;
	for (size_t i = 0; i < COUNT(ends); i++) {
		int64_t left = ends[i] - now + 1;
		if (ends[i] && left > 0 && (!next || left < next))
			next = left;
	}
	return next;
}

static void
explain_row(struct buf *into, const char *source, const char *what, int64_t at, int64_t now,
	const char *foreign)
{
	char age[8] = "never";
	if (at)
		clock_age(now - at, age);
	buf_printf(into, "  %-9s %-24s %6s  ", source, what, age);
	text_safe(into, str_from(foreign), 60);
	buf_byte(into, '\n');
}

const char *
sign_claim_name(int claim)
{
	static const char *const words[] = {
#define X(name, id) name,
		SIGN_CLAIMS(X)
#undef X
	};
	if (claim < 0)
		return "nothing";
	return claim < AGENT_STATE_COUNT ? states[claim].json
					 : words[claim - AGENT_STATE_COUNT];
}

static void
explain_sign(const struct evidence *ev, enum sign_source source, int64_t now, struct buf *into)
{
	const struct sign *sign = &ev->signs[source];
	struct buf words = BUF_INIT;
	if (sign->at && sign->row)
		buf_printf(&words, "%s (rule %d) ", sign_claim_name(sign->claim), sign->row);
	struct str rest = str_from(sign->text);
	buf_add(&words, str_cut(&rest, '\n'));
	explain_row(into, sources[source].name, sources[source].what, sign->at, now,
		buf_cstr(&words));
	buf_release(&words);
}

void
detect_explain(const struct evidence *ev, const char *profile, int64_t now, struct buf *into)
{
	struct verdict verdict;
	const char *process = ev->lost_at    ? "went with its server"
			      : !ev->present ? "no pane"
			      : ev->dead     ? "has ended"
					     : "runs";
	buf_printf(into, "  %-9s %-24s %6s\n", "source", "evidence", "age");
	explain_row(into, "process", process,
		ev->lost_at ? ev->lost_at
		: ev->dead  ? ev->dead_at
			    : ev->started_at,
		now, "");
	for (int i = 0; i < SIGN_SOURCE_COUNT; i++)
		explain_sign(ev, (enum sign_source)i, now, into);
	explain_row(into, "bell", "BEL", ev->bell_at, now, "");
	explain_row(into, "output", "bytes from the agent", ev->output_at, now, "");
	explain_row(into, "you", "keys typed into it", ev->typed_at, now, "");
	explain_row(into, "question", "was settled", ev->answered_at, now, "");
	explain_row(into, "turn", "its last one ended", ev->turn_at, now, "");
	explain_row(into, "turn", "and was looked at", ev->seen_at, now, "");
	detect_state(ev, now, &verdict);
	buf_printf(into, "decided by %s", verdict.source);
	if (verdict.row)
		buf_printf(into, ", rule %d of profile %s", verdict.row, profile);
	buf_printf(into, ": %s", agent_state_json(verdict.state));
	if (verdict.detail[0]) {
		struct str rest = str_from(verdict.detail);
		buf_addc(into, " (");
		text_safe(into, str_cut(&rest, '\n'), 60);
		buf_byte(into, ')');
	}
	buf_byte(into, '\n');
}
