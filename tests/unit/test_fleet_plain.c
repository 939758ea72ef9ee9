/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fleet/plain.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void
test_plain(void **state)
{
	static const struct {
		struct str raw;
		const char *plain;
	} rows[] = {
		{BYTES("plain\ttext"),                              "plain\ttext"         },
		{BYTES("\033[1;31mred\033[m"),                      "red"                 },
		{BYTES("\033]0;title\aafter"),                      "after"               },
		{BYTES("\033]8;;http://x\033\\link\033]8;;\033\\"), "link"                },
		{BYTES("\033]0;no end"),                            "0;no end"            },
		{BYTES("\033]a\033]b\033]c"),                       "abc"                 },
		{BYTES("\033Pq\033\\x\033_y\033\\"),                "x"                   },
		{BYTES("\033[201~x\033(B\033=y\033"),               "xy"                  },
		{BYTES("\xc2\x9b"
		       "31mx\xc2\x9d"
		       "0;t\xc2\x9cy\xc2\x85"),
                 "xy"								     },
		{BYTES("a\0b\x7f"
		       "c\b\a"),
                 "abc"								    },
		{BYTES("caf\xc3\xa9 \xc2\xa9"),                     "caf\xc3\xa9 \xc2\xa9"},
		{BYTES("\033["),				    ""                    },
		{BYTES("a\xc2"),				    "a\ufffd"             },
		{BYTES("\xff\xe2\x80z"),                            "\ufffd\ufffdz"       },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char room[PLAIN_ROOM(64)];
		struct str plain = plain_line(rows[i].raw, room);
		if (!str_eqc(plain, rows[i].plain))
			fail_msg("row %zu: \"%.*s\"", i, STR_ARG(plain));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
