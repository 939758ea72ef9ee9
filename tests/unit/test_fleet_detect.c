/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cockpit/base_text.h"
#include "cockpit/fleet_detect.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW      100000

/* An agent that runs, and some more. */
#define RUNS .present = true, .started_at = 1000
/* One of that age, seen for so long, that tells who listens. */
#define LATE(age, seen)                                                          \
	.present = true, .talks = true, .streams = true, .born_at = NOW - (age), \
	.started_at = NOW - (seen)

struct says {
	enum sign_source source;
	int claim;
	int64_t at;
};

#define WORKING AGENT_WORKING
#define ASKS    AGENT_ASKS
#define DONE    AGENT_DONE
#define IDLE    AGENT_IDLE
#define QUIET   CLAIM_QUIET

static struct evidence
make(struct evidence ev, const struct says *says, size_t count)
{
	struct evidence ret;
	evidence_init(&ret);
	memcpy(ev.signs, ret.signs, sizeof(ev.signs));
	for (size_t i = 0; i < count && says[i].at; i++)
		ev.signs[says[i].source] =
			(struct sign){.at = says[i].at, .claim = says[i].claim, .row = 3};
	return ev;
}

/* clang-format off */
static const struct {
	const char *name;
	struct evidence ev;
	struct says says[5];
	enum agent_state want;
	const char *source;
	int64_t since;
} rows[] = {
	/* --- the process --- */
	{"nothing", {0}, {{0}}, AGENT_DOWN, "process", 0},
	{"no pane, old signal", {0}, {{SIGN_SIGNAL, WORKING, 5}}, AGENT_DOWN, "process", 0},
	{"no evidence", {RUNS}, {{0}}, AGENT_UNKNOWN, "nothing", 0},
	{"ended well", {RUNS, .dead = true, .dead_at = 70}, {{0}}, AGENT_ENDED, "process", 70},
	{"ended with status", {RUNS, .dead = true, .dead_status = 1, .dead_at = 70}, {{0}},
		AGENT_FAILED, "process", 70},
	{"ended by signal", {RUNS, .dead = true, .dead_signal = 15, .dead_at = 70}, {{0}},
		AGENT_FAILED, "process", 70},
	{"ended, status to come", {RUNS, .dead = true, .ending = true, .dead_at = 70}, {{0}},
		AGENT_ENDED, "process", 70},
	{"ended while asking", {RUNS, .dead = true, .dead_at = 70}, {{SIGN_EVENT, ASKS, 60}},
		AGENT_ENDED, "process", 70},
	{"went with its server", {.lost_at = 80}, {{SIGN_TITLE, WORKING, 60}}, AGENT_LOST,
		"process", 80},

	/* --- a title that rests before the hook tells why --- */
	{"rests, not told why yet", {RUNS, .screen_at = NOW},
		{{SIGN_TITLE, QUIET, NOW - 300}, {SIGN_EVENT, WORKING, NOW - 5000}}, WORKING, "event",
		NOW - 5000},
	{"rests, and no hook tells", {RUNS, .screen_at = NOW},
		{{SIGN_TITLE, QUIET, NOW - 1001}, {SIGN_EVENT, WORKING, NOW - 5000}}, IDLE, "title",
		NOW - 1001},
	{"rests, its turn ended", {RUNS, .turn_at = NOW - 200},
		{{SIGN_TITLE, QUIET, NOW - 300}, {SIGN_EVENT, DONE, NOW - 200}}, DONE, "title", NOW - 200},
	/* --- what was answered goes on --- */
	{"answered just now", {RUNS, .answered_at = NOW - 400},
		{{SIGN_TITLE, QUIET, NOW - 9000}, {SIGN_EVENT, ASKS, NOW - 8900}}, WORKING, "event",
		NOW - 400},
	{"answered, and nothing came of it", {RUNS, .answered_at = NOW - 1501},
		{{SIGN_TITLE, QUIET, NOW - 9000}, {SIGN_EVENT, ASKS, NOW - 8900}}, IDLE, "title",
		NOW - 9000},
	{"answered, and it shows that it rests", {RUNS, .answered_at = NOW - 400},
		{{SIGN_TITLE, QUIET, NOW - 100}, {SIGN_EVENT, ASKS, NOW - 8900}}, IDLE, "title", NOW - 100},
	{"its dialog answered by a key", {RUNS, .typed_at = NOW - 400, .screen_at = NOW - 500},
		{{SIGN_TITLE, ASKS, NOW - 9000}, {SIGN_SCREEN, ASKS, NOW - 8900}}, WORKING, "title",
		NOW - 400},
	/* --- an old picture --- */
	{"limited, before it went on", {RUNS, .screen_at = NOW - 5000},
		{{SIGN_SCREEN, AGENT_LIMITED, NOW - 6000}, {SIGN_TITLE, QUIET, NOW - 100}}, IDLE, "title",
		NOW - 100},

	/* --- one sign alone --- */
	{"signal", {RUNS}, {{SIGN_SIGNAL, WORKING, 50}}, WORKING, "signal", 50},
	{"title", {RUNS}, {{SIGN_TITLE, WORKING, 50}}, WORKING, "title", 50},
	{"progress", {RUNS}, {{SIGN_PROGRESS, WORKING, 50}}, WORKING, "progress", 50},
	{"event", {RUNS}, {{SIGN_EVENT, WORKING, 50}}, WORKING, "event", 50},
	{"screen", {RUNS}, {{SIGN_SCREEN, WORKING, 50}}, WORKING, "screen", 50},
	{"asks by event", {RUNS}, {{SIGN_EVENT, ASKS, 50}}, ASKS, "event", 50},
	{"asks by signal", {RUNS}, {{SIGN_SIGNAL, ASKS, 50}}, ASKS, "signal", 50},
	{"asks by title", {RUNS}, {{SIGN_TITLE, ASKS, 50}}, ASKS, "title", 50},
	{"asks by notice", {RUNS}, {{SIGN_NOTICE, ASKS, 50}}, ASKS, "notice", 50},
	{"asks by screen", {RUNS, .screen_at = 50}, {{SIGN_SCREEN, ASKS, 50}}, ASKS, "screen", 50},
	{"never said", {RUNS}, {{SIGN_SIGNAL, ASKS, 0}}, AGENT_UNKNOWN, "nothing", 0},
	{"says nothing", {RUNS}, {{SIGN_TITLE, CLAIM_NOTHING, 50}}, AGENT_UNKNOWN, "nothing", 0},
	{"is to be ignored", {RUNS}, {{SIGN_TITLE, CLAIM_IGNORE, 50}}, AGENT_UNKNOWN, "nothing", 0},

	/* --- which is stronger --- */
	{"signal beats title", {RUNS}, {{SIGN_SIGNAL, IDLE, 50}, {SIGN_TITLE, WORKING, 60}}, IDLE,
		"signal", 50},
	{"title beats progress", {RUNS}, {{SIGN_TITLE, IDLE, 50}, {SIGN_PROGRESS, WORKING, 60}},
		IDLE, "title", 50},
	{"event beats screen", {RUNS}, {{SIGN_EVENT, IDLE, 50}, {SIGN_SCREEN, WORKING, 60}}, IDLE,
		"event", 50},
	{"anything beats output", {RUNS, .output_at = NOW}, {{SIGN_TITLE, IDLE, 50}}, IDLE, "title",
		50},
	{"the hook is ahead of the title", {RUNS},
		{{SIGN_TITLE, QUIET, 50}, {SIGN_EVENT, WORKING, NOW - 100}}, WORKING, "event",
		NOW - 100},
	{"but not for long", {RUNS}, {{SIGN_TITLE, QUIET, 50}, {SIGN_EVENT, WORKING, NOW - 3001}},
		IDLE, "title", 50},
	{"the title is ahead of an old hook", {RUNS},
		{{SIGN_EVENT, WORKING, NOW - 1600}, {SIGN_TITLE, QUIET, NOW - 1500}}, IDLE, "title",
		NOW - 1500},

	/* --- claude: idle and asking have the same title --- */
	{"asks, title quiet", {RUNS}, {{SIGN_EVENT, ASKS, 50}, {SIGN_TITLE, QUIET, 55}}, ASKS,
		"event", 50},
	{"answered elsewhere, works again", {RUNS},
		{{SIGN_EVENT, ASKS, 50}, {SIGN_TITLE, WORKING, 60}}, WORKING, "title", 60},
	{"asks while the spinner goes on", {RUNS},
		{{SIGN_EVENT, ASKS, 50}, {SIGN_TITLE, WORKING, 40}}, ASKS, "event", 50},
	{"interrupted: no hook tells", {RUNS}, {{SIGN_EVENT, WORKING, 50}, {SIGN_TITLE, QUIET, 60}},
		IDLE, "title", 60},
	{"interrupted at its question", {RUNS, .typed_at = 51},
		{{SIGN_EVENT, ASKS, 50}, {SIGN_TITLE, QUIET, 45}}, IDLE, "title", 45},
	{"its dialog went", {RUNS, .dialog_at = 60, .screen_at = 70},
		{{SIGN_EVENT, ASKS, 50}, {SIGN_TITLE, QUIET, 45}, {SIGN_SCREEN, IDLE, 70}}, IDLE,
		"title", 45},
	{"its dialog is there", {RUNS, .dialog_at = 70, .screen_at = 70},
		{{SIGN_EVENT, ASKS, 50}, {SIGN_TITLE, QUIET, 45}, {SIGN_SCREEN, ASKS, 60}}, ASKS,
		"event", 50},
	{"its dialog is not drawn yet", {RUNS, .screen_at = 1000},
		{{SIGN_EVENT, ASKS, 500}, {SIGN_TITLE, QUIET, 45}, {SIGN_SCREEN, IDLE, 40}}, ASKS,
		"event", 500},
	{"it was not seen, and is not there now", {RUNS, .screen_at = 5000},
		{{SIGN_EVENT, ASKS, 500}, {SIGN_TITLE, QUIET, 45}, {SIGN_SCREEN, IDLE, 5000}}, IDLE,
		"title", 45},
	{"a screen that says nothing takes nothing back", {RUNS, .screen_at = 5000},
		{{SIGN_EVENT, ASKS, 500}, {SIGN_TITLE, QUIET, 45},
			{SIGN_SCREEN, CLAIM_NOTHING, 5000}}, ASKS, "event", 500},

	/* --- a key is the answer, for a moment --- */
	{"answered", {RUNS, .typed_at = NOW - 10}, {{SIGN_SIGNAL, ASKS, 50}}, WORKING,
		"signal", NOW - 10},
	{"answered, works on",
		{RUNS, .typed_at = NOW - 10, .output_at = NOW - 10, .output_since = NOW - 500},
		{{SIGN_SIGNAL, ASKS, 50}}, WORKING, "signal", NOW - 10},
	{"it still says so: that was no answer", {RUNS, .typed_at = NOW - 2001},
		{{SIGN_SIGNAL, ASKS, 50}}, ASKS, "signal", 50},
	{"an event is not said again", {RUNS, .typed_at = 51}, {{SIGN_EVENT, ASKS, 50}},
		AGENT_UNKNOWN, "nothing", 0},
	{"the screen was not looked at since", {RUNS, .typed_at = 51, .screen_at = 50},
		{{SIGN_SCREEN, ASKS, 50}}, AGENT_UNKNOWN, "nothing", 0},
	{"the screen shows it still", {RUNS, .typed_at = 51, .screen_at = NOW},
		{{SIGN_SCREEN, ASKS, 50}}, ASKS, "screen", 50},
	{"answered from here", {RUNS, .answered_at = 51}, {{SIGN_EVENT, ASKS, 50}}, AGENT_UNKNOWN,
		"nothing", 0},
	{"asked again", {RUNS, .typed_at = 51}, {{SIGN_SIGNAL, ASKS, 52}}, ASKS, "signal", 52},
	{"typed while done", {RUNS, .typed_at = 51, .turn_at = 50}, {{SIGN_SIGNAL, DONE, 50}}, DONE,
		"signal", 50},

	/* --- what stops it altogether --- */
	{"trust", {RUNS, .screen_at = 50}, {{SIGN_SCREEN, AGENT_TRUST, 50}}, AGENT_TRUST, "screen",
		50},
	{"trust given", {RUNS, .screen_at = 50, .typed_at = 60}, {{SIGN_SCREEN, AGENT_TRUST, 50}},
		AGENT_UNKNOWN, "nothing", 0},
	{"limited, title quiet", {RUNS, .turn_at = 50, .screen_at = 60},
		{{SIGN_SCREEN, AGENT_LIMITED, 50}, {SIGN_TITLE, QUIET, 55}}, AGENT_LIMITED, "screen",
		50},
	{"limited by event", {RUNS}, {{SIGN_EVENT, AGENT_LIMITED, 50}, {SIGN_TITLE, QUIET, 55}},
		AGENT_LIMITED, "event", 50},
	{"works again after its limit", {RUNS},
		{{SIGN_SCREEN, AGENT_LIMITED, 50}, {SIGN_TITLE, WORKING, 60}}, WORKING, "title", 60},
	{"login", {RUNS, .screen_at = 60}, {{SIGN_SCREEN, AGENT_LOGIN, 50}, {SIGN_TITLE, QUIET, 40}}, AGENT_LOGIN,
		"screen", 50},
	{"failed, by event", {RUNS}, {{SIGN_EVENT, AGENT_FAILED, 50}}, AGENT_FAILED, "event", 50},

	/* --- done until it was looked at --- */
	{"done", {RUNS, .turn_at = 50}, {{SIGN_EVENT, DONE, 50}, {SIGN_TITLE, QUIET, 55}}, DONE,
		"title", 50},
	{"seen", {RUNS, .turn_at = 50, .seen_at = 60},
		{{SIGN_EVENT, DONE, 50}, {SIGN_TITLE, QUIET, 55}}, IDLE, "title", 55},
	{"done again", {RUNS, .turn_at = 70, .seen_at = 60}, {{SIGN_EVENT, DONE, 70}}, DONE, "event",
		70},
	{"cleared", {RUNS, .turn_at = 50}, {{SIGN_EVENT, IDLE, 60}, {SIGN_TITLE, QUIET, 55}}, IDLE,
		"title", 55},
	{"told to be idle", {RUNS, .turn_at = 50}, {{SIGN_SIGNAL, IDLE, 60}}, IDLE, "signal", 60},

	/* --- its age --- */
	{"just started", {RUNS, .talks = true, .born_at = NOW - 5000, .output_at = NOW}, {{0}},
		AGENT_STARTING, "process", NOW - 5000},
	{"started long ago", {RUNS, .talks = true, .born_at = NOW - 20001}, {{0}}, AGENT_UNKNOWN,
		"nothing", 0},
	{"one that tells nothing", {RUNS, .born_at = NOW - 5000}, {{0}}, AGENT_UNKNOWN, "nothing",
		0},
	{"nobody heard its beginning", {LATE(6000, 3000), .output_at = NOW - 3500}, {{0}},
		AGENT_UNKNOWN, "nothing", NOW - 3500},
	{"it prints still", {LATE(6000, 3000), .output_at = NOW - 2000}, {{0}}, AGENT_STARTING,
		"process", NOW - 6000},
	{"it has printed in its first moments alone", {LATE(6000, 3000), .output_at = NOW - 5000},
		{{0}}, AGENT_STARTING, "process", NOW - 6000},
	{"and has had its time", {LATE(10001, 3000), .output_at = NOW - 9500}, {{0}},
		AGENT_UNKNOWN, "nothing", NOW - 9500},
	{"it never printed", {LATE(10001, 3000)}, {{0}}, AGENT_UNKNOWN, "nothing", 0},
	{"somebody listened all the time", {LATE(12000, 11000), .output_at = NOW - 9000}, {{0}},
		AGENT_STARTING, "process", NOW - 12000},
	{"what it tells is kept", {.present = true, .talks = true, .born_at = NOW - 12000,
		.started_at = NOW - 3000, .output_at = NOW - 9000}, {{0}}, AGENT_STARTING,
		"process", NOW - 12000},
	{"its plugin is up, its screen not", {RUNS, .talks = true, .born_at = NOW - 5000},
		{{SIGN_EVENT, AGENT_STARTING, NOW - 2000}}, AGENT_STARTING, "event", NOW - 2000},
	{"now it is", {RUNS, .talks = true, .born_at = NOW - 5000},
		{{SIGN_EVENT, AGENT_STARTING, NOW - 2000}, {SIGN_SCREEN, IDLE, NOW - 1000}}, IDLE,
		"screen", NOW - 1000},

	/* --- output, nothing --- */
	{"progress over", {RUNS}, {{SIGN_PROGRESS, QUIET, 50}}, IDLE, "progress", 50},
	{"prints", {RUNS, .output_at = NOW, .output_since = 40}, {{0}}, WORKING, "output", 40},
	{"printed a moment ago", {RUNS, .output_at = NOW - 3000}, {{0}}, WORKING, "output",
		NOW - 3000},
	{"quiet", {RUNS, .output_at = NOW - 3001, .output_since = 40}, {{0}}, AGENT_UNKNOWN,
		"nothing", NOW - 3001},
	{"rang", {RUNS, .bell_at = NOW}, {{SIGN_NOTICE, CLAIM_NOTHING, NOW}}, AGENT_UNKNOWN,
		"nothing", 0},
};
/* clang-format on */

static void
test_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct evidence ev = make(rows[i].ev, rows[i].says, COUNT(rows[i].says));
		struct verdict got;
		detect_state(&ev, NOW, &got);
		if (got.state != rows[i].want || strcmp(got.source, rows[i].source) != 0 ||
			got.since != rows[i].since)
			fail_msg("%s: %s by %s since %lld", rows[i].name,
				agent_state_json(got.state), got.source, (long long)got.since);
	}
}

/* What time alone will change is looked at when it does; nothing else wakes anybody up. */
static void
test_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct evidence ev = make(rows[i].ev, rows[i].says, COUNT(rows[i].says));
		struct verdict before, after;
		int64_t now = NOW, next;
		detect_state(&ev, now, &before);
		while ((next = detect_next(&ev, now)) > 0) {
			detect_state(&ev, now + next - 1, &after);
			if (after.state != before.state)
				fail_msg("%s: changes before %lld", rows[i].name,
					(long long)next);
			now += next;
			detect_state(&ev, now, &before);
		}
		detect_state(&ev, now + 1000000, &after);
		if (after.state != before.state)
			fail_msg("%s: changes later by itself", rows[i].name);
	}
}

static void
test_detail(void **state)
{
	static const struct {
		struct evidence ev;
		const char *want;
	} ends[] = {
		{{RUNS, .dead = true, .dead_status = 3},                   "exit 3"  },
		{{RUNS, .dead = true},                                     "exit 0"  },
		{{RUNS, .dead = true, .dead_signal = 9, .dead_status = 3}, "signal 9"},
	};
	struct verdict got;
	struct evidence ev = {RUNS};
	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		detect_state(&ends[i].ev, NOW, &got);
		assert_string_equal(got.detail, ends[i].want);
	}
	evidence_init(&ev);
	ev.present = true;
	ev.signs[SIGN_TITLE] = (struct sign){.at = 1, .claim = AGENT_WORKING, .text = "⠋ repo"};
	detect_state(&ev, NOW, &got);
	assert_string_equal(got.detail, "⠋ repo");
	ev.signs[SIGN_SCREEN] = (struct sign){
		.at = 2, .claim = AGENT_LIMITED, .text = "limit · resets 3pm", .detail = "3pm"};
	ev.screen_at = 2;
	detect_state(&ev, NOW, &got);
	assert_string_equal(got.detail, "3pm");
	/* Not as it is sent. */
	evidence_init(&ev);
	ev.present = true;
	ev.signs[SIGN_SIGNAL] = (struct sign){
		.at = 1, .claim = AGENT_ASKS, .text = "state=blocked:app=x:kind=permission"};
	detect_state(&ev, NOW, &got);
	assert_int_equal(got.state, AGENT_ASKS);
	assert_string_equal(got.detail, "permission");
	ev.signs[SIGN_SIGNAL].text[strlen("state=blocked:app=x")] = '\0';
	detect_state(&ev, NOW, &got);
	assert_string_equal(got.detail, "");
}

/* "It prints" counts from its first byte, until it was quiet for a while. */
static void
test_output_runs(void **state)
{
	struct evidence ev = {RUNS};
	struct verdict got;
	(void)state;
	for (int64_t at = 10000; at <= 20000; at += 2000)
		evidence_output(&ev, at);
	detect_state(&ev, 20000, &got);
	assert_int_equal(got.since, 10000);
	evidence_output(&ev, 30000);
	detect_state(&ev, 30000, &got);
	assert_int_equal(got.since, 30000);
}

static void
test_set_text(void **state)
{
	char field[EVIDENCE_TEXT_MAX];
	struct buf text = BUF_INIT;
	(void)state;
	evidence_set_text(field, STR("a\0b"));
	assert_string_equal(field, "a b");
	evidence_set_text(field, STR(""));
	assert_string_equal(field, "");
	/* Cut between characters, never within one. */
	for (int lead = 0; lead < 3; lead++) {
		buf_clear(&text);
		buf_fill(&text, 'x', (size_t)lead);
		for (int i = 0; i < 200; i++)
			buf_addc(&text, "日");
		evidence_set_text(field, buf_str(&text));
		size_t len = strlen(field);
		assert_true(len < EVIDENCE_TEXT_MAX && len > EVIDENCE_TEXT_MAX - 4);
		assert_int_equal((len - (size_t)lead) % 3, 0);
	}
	buf_release(&text);
}

/* What is foreign is made safe, and what decided is named with its rule. */
static void
test_explain(void **state)
{
	struct evidence ev = {RUNS};
	struct buf text = BUF_INIT;
	(void)state;
	evidence_init(&ev);
	ev.present = true;
	ev.signs[SIGN_SIGNAL] = (struct sign){.at = NOW - 5000,
		.claim = AGENT_ASKS,
		.row = 2,
		.text = "state=blocked:x=\033[2J"};
	ev.signs[SIGN_TITLE] = (struct sign){
		.at = NOW - 61000, .claim = CLAIM_NOTHING, .text = "\xe2\x80\xaeni"};
	detect_explain(&ev, "codex", NOW, &text);
	const char *got = buf_cstr(&text);
	assert_null(strchr(got, '\033'));
	assert_null(strstr(got, "\xe2\x80\xae"));
	assert_non_null(strstr(got, "asks (rule 2) state=blocked:x=^[[2J"));
	assert_non_null(strstr(got, "5s"));
	assert_non_null(strstr(got, "1m"));
	assert_non_null(strstr(got, "decided by signal, rule 2 of profile codex: asks"));
	buf_release(&text);
}

static int
setup(void **state)
{
	(void)state;
	text_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_output_runs),
		cmocka_unit_test(test_set_text),
		cmocka_unit_test(test_explain),
	};
	return cmocka_run_group_tests_name("fleet_detect", tests, setup, NULL);
}
