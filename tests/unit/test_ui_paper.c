/* SPDX-License-Identifier: MIT */
/* A long text: its lines, and what is found in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "ui/paper.h"

static char file[40];
static struct paper paper;

static int
setup(void **state)
{
	(void)state;
	strcpy(file, "/tmp/cockpit-paper-XXXXXX");
	int fd = mkstemp(file);
	paper_init(&paper);
	return fd < 0 ? -1 : close(fd);
}

static int
teardown(void **state)
{
	(void)state;
	paper_release(&paper);
	return unlink(file);
}

static void
read_back(struct str text)
{
	struct err err = ERR_INIT;
	assert_int_equal(path_write(file, text, 0600, NULL), 0);
	assert_int_equal(paper_load(&paper, file, &err), 0);
}

static void
assert_line(size_t line, const char *wanted)
{
	struct str got = paper_line(&paper, line);
	char *copy = mem_strndup(got.ptr, got.len);
	assert_string_equal(copy, wanted);
	mem_free(copy);
}

static void
test_lines(void **state)
{
	(void)state;
	read_back(STR("one\n\nthree\r\n\tfour"));
	assert_int_equal(paper.lines, 4);
	assert_line(0, "one");
	assert_line(1, "");
	assert_line(2, "three");
	assert_line(3, "        four");
	assert_line(4, "");
	assert_false(paper.cut);
}

static void
test_nothing(void **state)
{
	size_t line;
	struct err err = ERR_INIT;
	(void)state;
	read_back(STR(""));
	assert_int_equal(paper.lines, 0);
	assert_line(0, "");
	assert_false(paper_find(&paper, STR("x"), 0, 1, &line));
	assert_false(paper_find(&paper, STR("x"), 0, -1, &line));
	assert_int_equal(paper_load(&paper, "/nowhere/1.log", &err), ERR_NOT_FOUND);
	assert_int_equal(paper_load(&paper, "/dev/null", &err), ERR_IO);
}

/* A line without an end is cut between two characters. */
static void
test_a_line_that_is_too_long(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	buf_addc(&text, "x");
	for (size_t i = 0; i < PAPER_LINE; i++)
		buf_addc(&text, "é");
	buf_addc(&text, "\nlast\n");
	read_back(buf_str(&text));
	assert_int_equal(paper.lines, 4);
	assert_int_equal(paper_line(&paper, 0).len, PAPER_LINE - 1);
	assert_int_equal(paper_line(&paper, 1).len, PAPER_LINE);
	assert_line(2, "é");
	assert_line(3, "last");
	assert_int_equal(str_find_str(buf_str(&paper.text), STR("\xef\xbf\xbd")), -1);
	buf_release(&text);
}

static void
test_colours_go_the_rest_is_shown(void **state)
{
	(void)state;
	read_back(STR("\033[1;31mFAIL\033[0m\033[K \033[38;5;12m\033\033[m \033["));
	assert_line(0, "FAIL^[[K ^[ ^[[");
}

static void
test_what_is_too_much_is_left_out(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	buf_fill(&text, '\t', PAPER_FILE - 1);
	read_back(buf_str(&text));
	assert_true(paper.cut);
	assert_true(paper.text.len <= PAPER_MAX);
	paper_release(&paper);
	buf_fill(&text, '\n', PAPER_FILE);
	read_back(buf_str(&text));
	assert_true(paper.cut);
	buf_release(&text);
}

/* A file that grows, byte by byte, is the same text as one that is read at once. */
static void
test_it_grows(void **state)
{
	struct buf text = BUF_INIT, more = BUF_INIT;
	struct paper grown;
	(void)state;
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "line %d é%s", i, i % 3 ? "\n" : "\r\n");
	buf_fill(&text, 'x', 2 * PAPER_LINE);
	read_back(buf_str(&text));
	paper_init(&grown);
	for (size_t i = 0; i < text.len; i++) {
		paper_add(&grown, str_slice(buf_str(&text), i, i + 1));
		assert_true(grown.lines > 0);
	}
	assert_int_equal(grown.lines, paper.lines);
	assert_int_equal(grown.mark_count, paper.mark_count);
	assert_true(str_eq(buf_str(&grown.text), buf_str(&paper.text)));
	assert_int_equal(grown.at, text.len);
	assert_int_equal(paper_read(file, grown.at - 2, &more, NULL), 0);
	assert_true(str_eqc(buf_str(&more), "xx"));
	buf_clear(&more);
	assert_int_equal(paper_read(file, grown.at, &more, NULL), 0);
	assert_int_equal(more.len, 0);
	assert_int_equal(paper_read("/nowhere/1.log", 0, &more, NULL), ERR_NOT_FOUND);
	paper_release(&grown);
	buf_release(&more);
	buf_release(&text);
}

static void
assert_found(const char *needle, size_t from, int way, size_t wanted)
{
	size_t line = SIZE_MAX;
	assert_true(paper_find(&paper, str_from(needle), from, way, &line));
	assert_int_equal(line, wanted);
}

static void
test_find(void **state)
{
	struct buf text = BUF_INIT;
	size_t line;
	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "%s %d\n", i % 100 == 50 ? "Here" : "there", i);
	read_back(buf_str(&text));
	buf_release(&text);
	assert_line(777, "there 777");
	assert_found("Here", 0, 1, 50);
	assert_found("Here", 50, 1, 50);
	assert_found("Here", 51, 1, 150);
	assert_found("Here", 951, 1, 50);
	assert_found("Here", 150, -1, 150);
	assert_found("Here", 149, -1, 50);
	assert_found("Here", 49, -1, 950);
	assert_found("here", 51, 1, 51);
	assert_found(" 999", 5, -1, 999);
	assert_found("there 0", 5000, 1, 0);
	assert_found("there 0", 5000, -1, 0);
	assert_false(paper_find(&paper, STR("HERE"), 0, 1, &line));
	assert_false(paper_find(&paper, STR("0\nthere"), 0, 1, &line));
	assert_false(
		paper_find(&paper, STR("a needle that is longer than any line"), 0, -1, &line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_line_that_is_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_colours_go_the_rest_is_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_too_much_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_it_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_find, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
