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

/* Evidence of an agent that runs, and some more. */
#define RUNS .present = true, .started_at = 1000

static void
test_states(void **state)
{
	static const struct {
		const char *name;
		struct evidence ev;
		enum agent_state want;
		const char *source;
		int64_t since;
	} rows[] = {
  /* --- the process --- */
		{"nothing",                {0},								AGENT_DOWN,    "process", 0         },
		{"no pane, old signal",    {.signal_at = 5, .signal = "state=working"},                        AGENT_DOWN,
                 "process",													      0         },
		{"just started",           {RUNS},							     AGENT_UNKNOWN, "nothing", 0         },
		{"ended well",             {RUNS, .dead = true, .dead_at = 70},                                AGENT_ENDED,   "process", 70        },
		{"ended with status",      {RUNS, .dead = true, .dead_status = 1, .dead_at = 70},
                 AGENT_FAILED,												"process", 70        },
		{"ended by signal",        {RUNS, .dead = true, .dead_signal = 15, .dead_at = 70},
                 AGENT_FAILED,												"process", 70        },
		{"ended, status to come",  {RUNS, .dead = true, .ending = true, .dead_at = 70},
                 AGENT_ENDED,												 "process", 70        },
		{"ended while asking",
                 {RUNS, .dead = true, .dead_at = 70, .signal_at = 60,
				.signal = "state=blocked"},
                 AGENT_ENDED,												 "process", 70        },

 /* --- its own signal --- */
		{"working",                {RUNS, .signal_at = 50, .signal = "state=working:app=codex"},
                 AGENT_WORKING,											       "signal",  50        },
		{"asks",
                 {RUNS, .signal_at = 50,
				.signal = "state=blocked:app=x:kind=permission"},
                 AGENT_ASKS,												  "signal",  50        },
		{"done",                   {RUNS, .signal_at = 50, .signal = "state=done"},                    AGENT_DONE,    "signal",
                 50																},
		{"idle",                   {RUNS, .signal_at = 50, .signal = "app=codex:state=idle"},          AGENT_IDLE,
                 "signal",													       50        },
		{"last field",             {RUNS, .signal_at = 50, .signal = "app=codex:x:state=done"},
                 AGENT_DONE,												  "signal",  50        },
		{"unknown word",           {RUNS, .signal_at = 50, .signal = "state=thinking"},
                 AGENT_UNKNOWN,											       "nothing", 0         },
		{"longer word",            {RUNS, .signal_at = 50, .signal = "state=blockedish"},
                 AGENT_UNKNOWN,											       "nothing", 0         },
		{"other key",              {RUNS, .signal_at = 50, .signal = "mystate=blocked"},
                 AGENT_UNKNOWN,											       "nothing", 0         },
		{"capitals",               {RUNS, .signal_at = 50, .signal = "State=Blocked"},                 AGENT_UNKNOWN,
                 "nothing",													      0         },
		{"empty signal",           {RUNS, .signal_at = 50},                                            AGENT_UNKNOWN, "nothing", 0         },
		{"never said",             {RUNS, .signal = "state=blocked"},                                  AGENT_UNKNOWN, "nothing", 0         },
		{"signal beats title",
                 {RUNS, .signal_at = 50, .signal = "state=done", .title_at = 60,
				.title = "⠋ repo"},
                 AGENT_DONE,												  "signal",  50        },
		{"signal beats output",
                 {RUNS, .signal_at = 50, .signal = "state=blocked", .output_at = NOW},
                 AGENT_ASKS,												  "signal",  50        },

 /* --- a key is the answer --- */
		{"answered",               {RUNS, .signal_at = 50, .signal = "state=blocked", .typed_at = 51},
                 AGENT_UNKNOWN,											       "nothing", 0         },
		{"answered, works on",
                 {RUNS, .signal_at = 50, .signal = "state=blocked", .typed_at = 51,
				.output_at = NOW - 10, .output_since = NOW - 500},
                 AGENT_WORKING,											       "output",  NOW - 500 },
		{"asked again",
                 {RUNS, .signal_at = 52, .signal = "state=blocked", .typed_at = 51},
                 AGENT_ASKS,												  "signal",  52        },
		{"typed while done",
                 {RUNS, .signal_at = 50, .signal = "state=done", .typed_at = 51},
                 AGENT_DONE,												  "signal",  50        },
		{"answered title",
                 {RUNS, .title_at = 50, .title = "[ ! ] Action Required | x",
				.typed_at = 51},
                 AGENT_UNKNOWN,											       "nothing", 0         },

 /* --- the title --- */
		{"spinner",                {RUNS, .title_at = 50, .title = "⠋ repo"},                        AGENT_WORKING, "title",
                 50																},
		{"last spinner",           {RUNS, .title_at = 50, .title = "⣿ repo"},                        AGENT_WORKING,
                 "title",														50        },
		{"spinner alone",          {RUNS, .title_at = 50, .title = "⠋"},                             AGENT_UNKNOWN,
                 "nothing",													      0         },
		{"no blank behind",        {RUNS, .title_at = 50, .title = "⠋repo"},                         AGENT_UNKNOWN,
                 "nothing",													      0         },
		{"spinner inside",         {RUNS, .title_at = 50, .title = "repo ⠋ x"},                      AGENT_UNKNOWN,
                 "nothing",													      0         },
		{"asks by title",
                 {RUNS, .title_at = 50, .title = "[ ! ] Action Required | repo"},
                 AGENT_ASKS,												  "title",   50        },
		{"blinking",               {RUNS, .title_at = 50, .title = "[ . ] Action Required | repo"},
                 AGENT_ASKS,												  "title",   50        },
		{"hand",                   {RUNS, .title_at = 50, .title = "✋ repo"},                        AGENT_ASKS,    "title",   50        },
		{"star that says nothing", {RUNS, .title_at = 50, .title = "✳ repo"},
                 AGENT_UNKNOWN,											       "nothing", 0         },
		{"title beats output",
                 {RUNS, .title_at = 50, .title = "✋ repo", .output_at = NOW},                                AGENT_ASKS,
                 "title",														50        },
		{"bad bytes",              {RUNS, .title_at = 50, .title = "\xe2\xa0"},                        AGENT_UNKNOWN,
                 "nothing",													      0         },

 /* --- progress, output, nothing --- */
		{"progress",               {RUNS, .progress_at = 50, .progress = 1},                           AGENT_WORKING,
                 "progress",													     50        },
		{"without end",            {RUNS, .progress_at = 50, .progress = 3},                           AGENT_WORKING,
                 "progress",													     50        },
		{"progress over",          {RUNS, .progress_at = 50, .progress = 0},                           AGENT_UNKNOWN,
                 "nothing",													      0         },
		{"progress failed",        {RUNS, .progress_at = 50, .progress = 2},                           AGENT_UNKNOWN,
                 "nothing",													      0         },
		{"prints",                 {RUNS, .output_at = NOW, .output_since = 40},                       AGENT_WORKING,
                 "output",													       40        },
		{"printed a moment ago",   {RUNS, .output_at = NOW - 3000},                                    AGENT_WORKING,
                 "output",													       NOW - 3000},
		{"quiet",                  {RUNS, .output_at = NOW - 3001, .output_since = 40},                AGENT_UNKNOWN,
                 "nothing",													      NOW - 3001},
		{"rang",                   {RUNS, .bell_at = NOW, .notify_at = NOW, .notify = "done"},
                 AGENT_UNKNOWN,											       "nothing", 0         },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct verdict got;
		detect_state(&rows[i].ev, NOW, &got);
		if (got.state != rows[i].want || strcmp(got.source, rows[i].source) != 0 ||
			got.since != rows[i].since)
			fail_msg("%s: %s by %s since %lld", rows[i].name,
				agent_state_json(got.state), got.source, (long long)got.since);
	}
}

static void
test_detail(void **state)
{
	static const struct {
		struct evidence ev;
		const char *want;
	} rows[] = {
		{{RUNS, .dead = true, .dead_status = 3},                   "exit 3"          },
		{{RUNS, .dead = true},                                     "exit 0"          },
		{{RUNS, .dead = true, .dead_signal = 9, .dead_status = 3}, "signal 9"        },
		{{RUNS, .signal_at = 1, .signal = "state=done:app=x"},     "state=done:app=x"},
		{{RUNS, .title_at = 1, .title = "⠋ repo"},               "⠋ repo"        },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct verdict got;
		detect_state(&rows[i].ev, NOW, &got);
		assert_string_equal(got.detail, rows[i].want);
	}
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

/* What is foreign is made safe, and what decided is named. */
static void
test_explain(void **state)
{
	const struct evidence ev = {RUNS, .signal_at = NOW - 5000,
		.signal = "state=blocked:x=\033[2J", .title_at = NOW - 61000,
		.title = "\xe2\x80\xaeni"};
	struct buf text = BUF_INIT;
	(void)state;
	detect_explain(&ev, NOW, &text);
	const char *got = buf_cstr(&text);
	assert_null(strchr(got, '\033'));
	assert_null(strstr(got, "\xe2\x80\xae"));
	assert_non_null(strstr(got, "state=blocked:x=^[[2J"));
	assert_non_null(strstr(got, "5s"));
	assert_non_null(strstr(got, "1m"));
	assert_non_null(strstr(got, "decided by signal: asks"));
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
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_output_runs),
		cmocka_unit_test(test_set_text),
		cmocka_unit_test(test_explain),
	};
	return cmocka_run_group_tests_name("fleet_detect", tests, setup, NULL);
}
