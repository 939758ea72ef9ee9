/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/tmux_version.h"

/* The number of the case is that of the threat model. */
static void
test_21_versions(void **state)
{
	static const struct {
		const char *text;
		int version;
		bool enough;
	} rows[] = {
		{"tmux 1.8",              108,  false},
		{"tmux 2.9a",             209,  false},
		{"tmux 3.0",              300,  false},
		{"tmux 3.1c",             301,  false},
		{"tmux next-3.1",         301,  false},
		{"tmux 3.2",              302,  true },
		{"tmux 3.2-rc4",          302,  true },
		{"tmux 3.3a",             303,  true },
		{"tmux 3.4",              304,  true },
		{"tmux 3.5a",             305,  true },
		{"tmux next-3.6",         306,  true },
		{"tmux 3.10",             310,  true },
		{"tmux 10.0",             1000, true },
		{"cockpit-tmux tmux 3.4", 304,  true },
		{"tmux openbsd-7.4",      704,  true },
		{"tmux master",           0,    false},
		{"tmux 3",                0,    false},
		{"tmux 3.",               0,    false},
		{"tmux 300.2",            0,    false},
		{"tmux 3.99999999999",    0,    false},
		{"missing",               0,    false},
		{"",		      0,    false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int version = tmux_version(str_from(rows[i].text));
		if (version != rows[i].version || (version >= TMUX_MINIMUM) != rows[i].enough)
			fail_msg("\"%s\": %d, not %d", rows[i].text, version, rows[i].version);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_21_versions)};
	return cmocka_run_group_tests_name("tmux_version", tests, NULL, NULL);
}
