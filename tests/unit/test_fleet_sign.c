/* SPDX-License-Identifier: MIT */
/* What kinds of agents tell, and to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "ui_deck.h"

/* What a hook or a plugin told is kept; what is told in its bytes hears who listens then. */
static void
test_streams(void **state)
{
	static const struct {
		const char *profile;
		bool talks, streams;
	} rows[] = {
		{"claude", true,  false},
		{"pi",     true,  false},
		{"codex",  true,  true },
		{"gemini", true,  true },
		{"shell",  false, false},
		{"nobody", false, false},
	};
	(void)state;
	struct agent *agent = view.fleet->agents[0];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mem_free(agent->profile);
		agent->profile = mem_strdup(rows[i].profile);
		signs_again(agent);
		assert_int_equal(agent->ev.talks, rows[i].talks);
		assert_int_equal(agent->ev.streams, rows[i].streams);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_streams, deck_setup, deck_teardown),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
