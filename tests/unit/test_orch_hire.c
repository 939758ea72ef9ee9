/* SPDX-License-Identifier: MIT */
/* Agents that are started for tasks: what they are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_str.h"
#include "orch/local.h"

static void
test_slug(void **state)
{
	static const struct {
		const char *title;
		int64_t id;
		const char *wanted;
	} rows[] = {
		{"Write the parser",                                 12,        "write-the-parser-12"               },
		{"  --  Fix: it's (very) bad!! ",                    1,         "fix-it-s-very-bad-1"               },
		{"端末",					   7,         "task-7"                            },
		{"",						 7,         "task-7"                            },
		{"../../etc; rm -rf $HOME \033[m",                   3,         "etc-rm-rf-home-m-3"                },
		{"Überall é",				      3,         "berall-3"                          },
		{"one two three four five six seven eight nine ten", 9,
                 "one-two-three-four-five-six-9"								    },
		{"a23456789 b23456789 c23456789 d2",                 9,         "a23456789-b23456789-c23456789-d2-9"},
		{"a23456789 b23456789 c23456789 d2 e",               9,         "a23456789-b23456789-c23456789-d2-9"},
		{"a23456789 b23456789 c23456789 d23",                9,         "a23456789-b23456789-c23456789-9"   },
		{"averyveryverylongwordthatdoesnotfitwhole",         INT64_MAX,
                 "averyveryverylongwordthatdoesnot-9223372036854775807"                                             },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf name = BUF_INIT;
		hire_slug(rows[i].title, rows[i].id, &name);
		assert_string_equal(buf_cstr(&name), rows[i].wanted);
		assert_true(str_is_name(buf_str(&name)));
		buf_release(&name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slug),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
