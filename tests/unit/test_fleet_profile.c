/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_profile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Arguments joined by "|", so that their bounds can be seen. */
static void
assert_argv(char **argv, const char *expected)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; argv[i]; i++)
		buf_printf(&b, "%s%s", i ? "|" : "", argv[i]);
	assert_string_equal(buf_cstr(&b), expected);
	buf_release(&b);
	profile_argv_free(argv);
}

static void
test_argv(void **state)
{
	static const struct {
		const char *name, *bare, *prompted; /* NULL: takes no prompt */
	} rows[] = {
		{"claude",   "claude",                         "claude|do it"           },
		{"codex",    "codex",                          "codex|do it"            },
		{"opencode", "opencode",                       "opencode|--prompt|do it"},
		{"gemini",   "gemini",                         "gemini|-i|do it"        },
		{"copilot",  "copilot",                        "copilot|-i|do it"       },
		{"qwen",     "qwen",                           "qwen|-i|do it"          },
		{"pi",       "pi",			     "pi|do it"               },
		{"aider",    "aider",                          NULL                     },
		{"amp",      "amp",                            NULL                     },
		{"shell",    "sh|-c|exec \"${SHELL:-sh}\" -l", NULL                     },
	};
	(void)state;
	assert_int_equal(profile_count(), COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		char **argv = NULL;
		struct err err = ERR_INIT;
		const struct profile *profile = profile_find(rows[i].name);
		assert_ptr_equal(profile, profile_at(i));
		assert_non_null(profile->help);
		assert_int_equal(profile_argv(profile, NULL, &argv, &err), 0);
		assert_argv(argv, rows[i].bare);
		assert_int_equal(profile_takes_prompt(profile), rows[i].prompted != NULL);
		argv = NULL;
		int rc = profile_argv(profile, "do it", &argv, &err);
		if (rows[i].prompted) {
			assert_int_equal(rc, 0);
			assert_argv(argv, rows[i].prompted);
		} else {
			assert_int_equal(rc, ERR_UNSUPPORTED);
			assert_null(argv);
			assert_non_null(strstr(err.text, rows[i].name));
		}
	}
	assert_null(profile_find("claud"));
	assert_null(profile_find(""));
}

static void
test_expand(void **state)
{
	static const struct {
		const char *argv[4], *prompt, *result;
	} rows[] = {
		{{"a", "{prompt}"},                     "do it",                  "a|do it"                 },
		{{"a", "--p={prompt}!"},                "x",                      "a|--p=x!"                },
		{{"a", "{prompt}{prompt}", "{prompt}"}, "x",                      "a|xx|x"                  },
		{{"a", "{promp}", "{{prompt}}"},        "x",                      "a|{promp}|{x}"           },
 /* Once: what the prompt holds is not looked at again. */
		{{"a", "{prompt}"},                     "{prompt}",               "a|{prompt}"              },
		{{"a", "-p", "{prompt}"},               NULL,                     "a|-p|"                   },
		{{"a"},				 "x",                      "a"                       },
 /* Quoting is nobody's business here. */
		{{"a", "{prompt}"},                     "'; rm -rf \"$HOME\"\n|", "a|'; rm -rf \"$HOME\"\n|"},
		{{"a", "{prompt}"},                     "--yolo",                 "a| --yolo"               },
		{{"a", "{prompt}"},                     "@/etc/passwd",           "a| @/etc/passwd"         },
		{{"a", "--p={prompt}"},                 "--yolo",                 "a|--p=--yolo"            },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_argv(profile_expand(rows[i].argv, rows[i].prompt), rows[i].result);
	assert_true(profile_has_prompt(rows[1].argv));
	assert_false(profile_has_prompt(rows[6].argv));
	profile_argv_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_expand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
