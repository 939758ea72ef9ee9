/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cockpit/base_peek.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char whole[] =
	"{ \"session_id\" : \"ab-1\", \"n\": 12, \"yes\":true, \"list\": [1, {\"a\": \"]\"}],\n"
	"\"tool_input\": {\"command\": \"echo \\\"hi\\\" \\\\ \\u00e9\\ud83d\\ude00\\n\", "
	"\"deep\": {\"x\": null}}, \"empty\": \"\", \"last\": \"z\"}";

static void
test_values(void **state)
{
	static const struct {
		const char *path, *value; /* NULL: not there */
	} rows[] = {
		{"session_id",         "ab-1"                             },
		{"n",                  "12"			       },
		{"yes",                "true"                             },
		{"list",               "[1, {\"a\": \"]\"}]"              },
		{"tool_input.command", "echo \"hi\" \\ \u00e9\U0001f600\n"},
		{"tool_input.deep.x",  "null"                             },
		{"tool_input.deep",    "{\"x\": null}"                    },
		{"empty",              ""				 },
		{"last",               "z"				},
		{"tool_input.none",    NULL                               },
		{"command",            NULL                               },
		{"a",                  NULL			       },
		{"n.x",                NULL			       },
		{"list.0",             "1"				},
		{"list.1.a",           "]"				},
		{"list.2",             NULL			       },
		{"list.x",             NULL			       },
		{"list.a",             NULL			       },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf got = BUF_INIT;
		bool cut = true;
		bool found = json_peek(str_from(whole), rows[i].path, &got, &cut);
		assert_int_equal(found, rows[i].value != NULL);
		assert_string_equal(buf_cstr(&got), rows[i].value ? rows[i].value : "");
		assert_true(!found || !cut);
		buf_release(&got);
	}
}

/* Wherever it is cut: what was found before is found, the value at the cut is its beginning. */
static void
test_cut(void **state)
{
	struct buf full = BUF_INIT;
	(void)state;
	json_peek(str_from(whole), "tool_input.command", &full, NULL);
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		char *text =
			malloc(len ? len : 1); /* exactly: the sanitizer sees what is beyond */
		memcpy(text, whole, len);
		struct buf got = BUF_INIT;
		bool cut = false;
		if (json_peek((struct str){text, len}, "tool_input.command", &got, &cut)) {
			assert_true(str_starts(buf_str(&full), buf_str(&got)) || cut);
			assert_true(cut || str_eq(buf_str(&full), buf_str(&got)));
		}
		if (len > 30) {
			buf_clear(&got);
			assert_true(
				json_peek((struct str){text, len}, "session_id", &got, &cut));
			assert_string_equal(buf_cstr(&got), "ab-1");
		}
		buf_release(&got);
		free(text);
	}
	buf_release(&full);
}

static void
test_strange(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{"",				      NULL      },
		{"{",				     NULL      },
		{"[]",				    NULL      },
		{"{\"a\"",				NULL      },
		{"{\"a\":",			       NULL      },
		{"{\"a\": ",			      NULL      },
		{"{\"a\": tru",                           "tru"     },
		{"{\"a\": \"\\",                          ""        },
		{"{\"a\": \"\\u12",                       ""        },
		{"{\"a\": \"\\ud83d x\"}",                "\ufffd x"},
		{"{\"a\": \"\\u0000\"}",                  "\ufffd"  },
		{"{\"a\": \"\\q\"}",                      ""        },
		{"{\"b\": {\"a\": 1}, \"a\": 2}",         "2"       },
		{"{\"b\": \"{\\\"a\\\": 1}\", \"a\": 2}", "2"       },
		{"{\"b\": ]]]], \"a\": 2}",               NULL      },
		{"{\"a\": }",                             NULL      },
		{"{\"a\": [[[[",                          "[[[["    },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf got = BUF_INIT;
		bool found = json_peek(str_from(rows[i].text), "a", &got, NULL);
		if (found != (rows[i].value != NULL) ||
			(found && strcmp(buf_cstr(&got), rows[i].value) != 0))
			fail_msg("%s: %d %s", rows[i].text, found, buf_cstr(&got));
		buf_release(&got);
	}
}

/* A limit of the caller's is kept. */
static void
test_limit(void **state)
{
	struct buf got = BUF_INIT_MAX(4);
	(void)state;
	json_peek(STR("{\"a\": \"12\\n4567\"}"), "a", &got, NULL);
	assert_true(got.len <= 4);
	buf_release(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests_name("base_peek", tests, NULL, NULL);
}
