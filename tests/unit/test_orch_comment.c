/* SPDX-License-Identifier: MIT */
/* Where comments are, and what an agent is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cockpit/orch_comments.h"
#include "cockpit/repo_diff.h"

/* Of "same" twice, one that was removed and one that came, without a new line at its end. */
static char text[] = "same\ngone\nsame\nnew\nsame\n\\\n";
static struct diff_line lines[] = {
	{' ',  1, 1, 0,  5},
	{'-',  2, 0, 5,  5},
	{' ',  3, 2, 10, 5},
	{'+',  0, 3, 15, 4},
	{'+',  0, 4, 19, 5},
	{'\\', 0, 4, 24, 2},
};
static struct diff_hunk hunk = {.first_line = 0, .line_count = 6};
static struct diff_file file = {.path = (char[]){"a"}, .first_hunk = 0, .hunk_count = 1};
static struct diff diff = {.files = &file,
	.hunks = &hunk,
	.lines = lines,
	.file_count = 1,
	.hunk_count = 1,
	.line_count = 6};

static int
setup(void **state)
{
	(void)state;
	buf_addc(&diff.text, text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&diff.text);
	return 0;
}

static void
assert_anchor(const char *path, bool old, int line, const char *want)
{
	struct str got = STR("");
	bool there = comment_anchor(&diff, path, old, line, &got);
	assert_int_equal(there, want != NULL);
	if (want)
		assert_true(str_eqc(got, want));
}

static void
test_anchor(void **state)
{
	(void)state;
	assert_anchor("a", false, 1, "same");
	assert_anchor("a", false, 3, "new");
	assert_anchor("a", false, 4, "same");
	assert_anchor("a", false, 5, NULL);
	assert_anchor("a", true, 2, "gone");
	assert_anchor("a", true, 1, NULL); /* it is there still */
	assert_anchor("a", true, 0, NULL);
	assert_anchor("a", false, 0, NULL);
	assert_anchor("b", false, 1, NULL);
}

static void
assert_follows(bool old, int line, const char *anchor, int want)
{
	struct comment c = {.path = (char[]){"a"}, .old = old, .line = line};
	char copy[20];
	strcpy(copy, anchor);
	c.anchor = copy;
	comment_follow(&c, &diff);
	assert_int_equal(c.stale, want == 0);
	assert_int_equal(c.line, want ? want : line);
}

static void
test_follows(void **state)
{
	(void)state;
	assert_follows(false, 9, "new", 3);
	assert_follows(false, 3, "same", 2); /* the nearest; of two the first */
	assert_follows(false, 7, "same", 4);
	assert_follows(true, 9, "gone", 2);
	assert_follows(true, 1, "same", 0);
	assert_follows(false, 2, "gone", 0);
}

static void
test_message(void **state)
{
	struct comment last = {.path = (char[]){"b"},
		.line = 1,
		.anchor = (char[]){"x"},
		.text = (char[]){"three"},
		.stale = true};
	struct comment second = {.path = (char[]){"a"},
		.line = 10,
		.anchor = (char[]){"y"},
		.text = (char[]){"two\nlines"}};
	struct comment first = {.path = (char[]){"a"},
		.line = 9,
		.old = true,
		.anchor = (char[]){"z"},
		.text = (char[]){"one"}};
	const struct comment *all[] = {&last, &second, &first};
	struct buf message = BUF_INIT;
	(void)state;
	comment_sort(all, 3);
	comment_message(all, 3, &message);
	assert_string_equal(buf_cstr(&message),
		"Please look at these comments on your changes:\n"
		"\n1. a:9 (a line that you removed)\n> z\none\n"
		"\n2. a:10\n> y\ntwo\nlines\n"
		"\n3. b:1 (this line has changed since)\n> x\nthree\n");
	buf_clear(&message);
	comment_message(all, 1, &message);
	assert_true(str_starts(buf_str(&message),
		STR("Please look at this comment on your changes:\n\n1. a:9")));
	buf_release(&message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_anchor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_follows, setup, teardown),
		cmocka_unit_test(test_message),
	};
	return cmocka_run_group_tests_name("orch_comment", tests, NULL, NULL);
}
