/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "fleet/pattern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct pattern *
compile(const char *text)
{
	struct pattern *pattern = NULL;
	struct err err = ERR_INIT;
	if (pattern_new(text, &pattern, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return pattern;
}

static bool
finds(const char *text, struct str subject, struct buf *match)
{
	struct pattern *pattern = compile(text);
	bool found = pattern_find(pattern, subject, match);
	pattern_free(pattern);
	return found;
}

static void
test_match(void **state)
{
	static const struct {
		const char *pattern, *subject, *match; /* NULL: not found */
	} rows[] = {
		{"b",                 "abc",                   "b"      },
		{"a(.)c",             "xabc",                  "b"      },
		{"(x)?b",             "abc",                   "b"      },
		{"(?:x|b)",           "abc",                   "b"      },
		{"^b",                "abc",                   NULL     },
		{"^b",                "a\nb",                  NULL     },
		{"(?m)^b$",           "a\nb\nc",               "b"      },
		{"c$",                "abc",                   "c"      },
		{"",                  "",                      ""       },
		{"$",                 "abc",                   ""       },
		{"^[\u2800-\u28ff] ", "\u280b codex",          "\u280b "},
		{"^[\u2800-\u28ff] ", "\u2733 Claude Code",    NULL     },
		{"^.x",               "\u65e5x",               "\u65e5x"},
		{"(?i)ACTION",        "[ ! ] Action Required", "Action" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf match = BUF_INIT;
		bool found = finds(rows[i].pattern, str_from(rows[i].subject), &match);
		assert_int_equal(found, rows[i].match != NULL);
		if (found)
			assert_string_equal(buf_cstr(&match), rows[i].match);
		assert_int_equal(
			finds(rows[i].pattern, str_from(rows[i].subject), NULL), found);
		buf_release(&match);
	}
}

static void
test_wrong(void **state)
{
	static const struct {
		const char *pattern, *why;
	} rows[] = {
		{"(ab",               "missing closing parenthesis at character 4 of it"                 },
		{"a)",                "unmatched closing parenthesis at character 2 of it"               },
		{"\u65e5\u672c*+?+",  NULL							       },
		{"\u65e5\u672c[z-a]",
                 "range out of order in character class at character 6 of it"                            },
		{"*",                 "quantifier does not follow a repeatable item at character 1 of it"},
		{"\\C",               "using \\C is disabled by the application at character 3 of it"    },
	};
	char longer[PATTERN_TEXT_MAX + 2];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pattern *pattern = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(pattern_new(rows[i].pattern, &pattern, &err), ERR_INVALID);
		assert_null(pattern);
		if (rows[i].why)
			assert_string_equal(err.text, rows[i].why);
	}
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	struct pattern *pattern = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(pattern_new(longer, &pattern, &err), ERR_INVALID);
	assert_string_equal(err.text, "it has more than 1000 bytes");
	assert_int_equal(pattern_new(longer + 1, &pattern, NULL), 0);
	pattern_free(pattern);
	pattern_free(NULL);
	/* Memory and levels of a pattern have bounds too. */
	assert_int_equal(
		pattern_new("(?:(?:a{1000}){1000}){1000}", &pattern, NULL), ERR_INVALID);
	memset(longer, '(', 100);
	memset(longer + 100, ')', 100);
	longer[200] = '\0';
	assert_int_equal(pattern_new(longer, &pattern, NULL), ERR_INVALID);
}

static void
test_invalid_utf8(void **state)
{
	const struct {
		const char *pattern;
		struct str subject;
		bool found;
	} rows[] = {
		{"working",         STR("\xff\xfe working \x80"), true },
		{"^working",        STR("\xffworking"),           false},
		{"g$",              STR("working\xe2\xa0"),       false},
		{"g$",              STR("\xe2\xa0working"),       true },
		{".",               STR("\x80\x81\xbf\xff"),      false},
		{"a.b",
                 STR("a\xff"
			    "b"),
                 false						 },
		{"b",               STR("a\0b"),                  true },
		{"[\u2800-\u28ff]", STR("\xe2\xa0\xe2\xa0\x8b"),  true },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (finds(rows[i].pattern, rows[i].subject, NULL) != rows[i].found)
			fail_msg("row %zu", i);
	}
	/* Wherever a window over the text begins. */
	char text[4096];
	for (size_t bad = 1; bad < 4; bad++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)(i % bad == 0 ? 0xff : 0x80 + i % 64);
		memcpy(text + sizeof(text) - 4, "here", 4);
		assert_true(finds("here$", (struct str){text, sizeof(text)}, NULL));
		assert_false(finds("there", (struct str){text, sizeof(text)}, NULL));
	}
}

static void
test_long(void **state)
{
	static char text[PATTERN_SUBJECT_MAX + 1];
	(void)state;
	/* Three bytes each, so that some stand across all bounds. */
	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "\u280b", 3);
	size_t len = PATTERN_SUBJECT_MAX / 3 * 3;
	for (size_t at = 0; at + 6 < len; at += 3 * 37) {
		struct buf match = BUF_INIT;
		memcpy(text + at, "x=(", 3);
		assert_true(finds("x=(.)", (struct str){text, len}, &match));
		assert_string_equal(buf_cstr(&match), "(");
		memcpy(text + at, "\u280b", 3);
		buf_release(&match);
	}
	memcpy(text + len - 3, "end", 3);
	assert_true(finds("end$", (struct str){text, len}, NULL));
	assert_true(finds("(?<=\u280b)end", (struct str){text, len}, NULL));
	assert_false(finds("^end", (struct str){text, len}, NULL));
	memset(text, 'a', sizeof(text));
	assert_true(finds("a", (struct str){text, sizeof(text) - 1}, NULL));
	assert_false(finds("a", (struct str){text, sizeof(text)}, NULL));
}

/* Processor time, so that a busy machine makes no difference. */
static void
test_bounded(void **state)
{
	static const char *const patterns[] = {"(a+)+$b", "(a|aa)+b", "(a|a)*b", "(.*)*b",
		"a*a*a*b", "(?:a?){60}a{60}b", "(?s).*.*.*b", "([ab]*)*c", "(?:[ab]+[bc]*)+d",
		"(?=(a+))\\1b", "(a)(?R)?b", "[ab]*[bc]"};
	static char text[PATTERN_SUBJECT_MAX];
	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < COUNT(patterns); i++) {
		for (size_t len = 32; len <= sizeof(text); len *= 8) {
			struct pattern *pattern = compile(patterns[i]);
			clock_t before = clock();
			bool found = pattern_find(pattern, (struct str){text, len}, NULL);
			clock_t took = clock() - before;
			assert_false(found);
			/* The sanitizers are slow. */
			if (took > CLOCKS_PER_SEC)
				fail_msg("%s: %ld ms on %zu bytes", patterns[i],
					(long)(took * 1000 / CLOCKS_PER_SEC), len);
			pattern_free(pattern);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_invalid_utf8),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
