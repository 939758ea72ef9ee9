/* SPDX-License-Identifier: MIT */
/* What a host says of a conversation's place is foreign: a file is made there on another one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orch/local.h"

static void
places(void **state)
{
#define CLAUDE ".c/{folder}/{conversation}.jsonl"
#define PI     ".p/--{path}--/*_{conversation}.jsonl"
	static const struct {
		const char *pattern, *id;
		const char *found;
		const char *wanted; /* NULL: refused */
	} rows[] = {
		{CLAUDE,                    "x-1",             ".c/-home-me/x-1.jsonl",   ".c/{folder}/x-1.jsonl"     },
		{PI,			"x.1",             ".p/--h-m--/20_x.1.jsonl", ".p/--{path}--/20_x.1.jsonl"},
		{".d/*/r-*-{conversation}", "x",               ".d/26/r-1-x",             ".d/26/r-1-x"               },
		{CLAUDE,                    "x-1",             ".c/-home-me/x-2.jsonl",   NULL                        },
		{CLAUDE,                    "x-1",             ".d/-home-me/x-1.jsonl",   NULL                        },
		{CLAUDE,                    "x-1",             ".c/x-1.jsonl",            NULL                        },
		{CLAUDE,                    "x-1",             ".c/a/b/x-1.jsonl",        NULL                        },
		{CLAUDE,                    "x-1",             "/.c/a/x-1.jsonl",         NULL                        },
		{CLAUDE,                    "x-1",             ".c//x-1.jsonl",           NULL                        },
		{CLAUDE,                    "x-1",             ".c/a\n/x-1.jsonl",        NULL                        },
		{CLAUDE,                    "x-1",             "",                        NULL                        },
		{CLAUDE,                    "*",               ".c/a/evil.jsonl",         NULL                        },
		{CLAUDE,                    "",                ".c/a/.jsonl",             NULL                        },
		{".d/*/{conversation}",     "authorized_keys", ".d/../authorized_keys",   NULL                        },
		{".d/*/{conversation}",     "x",               ".d/.ssh/x",               NULL                        },
		{".d/*/{conversation}",     "x",               ".d/a\n/x",                NULL                        },
		{".d/{conversation}",       "..",              ".d/..",                   NULL                        },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf place = BUF_INIT;
		int rc = talk_place(
			rows[i].pattern, rows[i].id, str_from(rows[i].found), &place);
		if ((rc == 0) != (rows[i].wanted != NULL))
			fail_msg("row %zu: %d", i, rc);
		assert_string_equal(buf_cstr(&place), rows[i].wanted ? rows[i].wanted : "");
		buf_release(&place);
	}
	struct buf place = BUF_INIT;
	assert_int_not_equal(talk_place(".d/*/x", "x", STR(".d/a\0b/x"), &place), 0);
	buf_release(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(places)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
