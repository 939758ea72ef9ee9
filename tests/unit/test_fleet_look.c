/* SPDX-License-Identifier: MIT */
/* Which words on a screen are the same question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "ui_deck.h"

/* The same command is not the same words: a Yes to one is none to the other. */
static void
test_same_question(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{"rm -rf /tmp/x\n\nGo on?\n",                   "rm -rf / tmp/x\n\nGo on?\n",                  false},
		{"rm a b\nGo on?\n",                            "rm ab\nGo on?\n",                             false},
		{"rm a\nGo on?\n",                              "rm b\nGo on?\n",                              false},
 /* Other rows, another frame, other blanks. */
		{"Do you want to run this?\n",                  "Do you want\nto run this?\n",                 true },
		{"│ Do you want to run │\n│ this? │\n", "│ Do you │\n│ want to run this? │\n",
                 true											       },
		{"\n\n  Go on?\n",                              "Go on?",                                      true },
	};
	(void)state;
	struct agent *agent = view.fleet->agents[0];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		look_text(agent, str_from(rows[i].one));
		uint64_t id = agent->question.id;
		assert_int_not_equal(id, 0);
		look_text(agent, str_from(rows[i].other));
		assert_int_equal(agent->question.id == id, rows[i].same);
	}
}

/* It was looked at later than it asked. */
static void
test_since(void **state)
{
	(void)state;
	struct agent *agent = view.fleet->agents[2];
	agent_output(agent, STR("\033]7501;state=blocked:kind=permission\007"));
	int64_t asked = clock_ms();
	clock_skip(5000);
	look_text(agent, STR("Go on?"));
	assert_in_range(agent->question.since, asked - 1000, asked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_question, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_since, deck_setup, deck_teardown),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
