/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_spell.h"

static void
test_nearest(void **state)
{
	static const char *const known[] = {
		"attach", "up", "ls", "new", "send", "stop", "down", "explain", "prompt"};
	static const struct {
		const char *word, *best;
	} rows[] = {
		{"promt",							"prompt" },
		{"porpmt",						       "prompt" },
		{"prompts",						      "prompt" },
		{"sned",							 "send"   },
		{"atach",							"attach" },
		{"explian",						      "explain"},
		{"dwon",							 "down"   },
		{"stop",							 "stop"   },
		{"x",							    NULL     },
		{"",							     NULL     },
		{"zzzz",							 NULL     },
		{"frobnify",						     NULL     },
		{"promptpromptpromptpromptpromptpromptpromptpromptpromptprompt", NULL     },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct spell spell;
		spell_init(&spell, str_from(rows[i].word));
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			spell_try(&spell, known[k]);
		if (!rows[i].best)
			assert_null(spell.best);
		else
			assert_string_equal(spell.best ? spell.best : "", rows[i].best);
	}
}

static void
test_hint(void **state)
{
	struct spell spell;
	char ret[96];
	(void)state;
	spell_init(&spell, STR("hots"));
	assert_string_equal(spell_hint(&spell, ret), "");
	spell_try(&spell, "host");
	spell_try(&spell, "hosts");
	assert_string_equal(spell_hint(&spell, ret), ", did you mean \"host\"?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_hint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
