/* SPDX-License-Identifier: MIT */
/* A text that a person edits on several rows: how it is broken, and where its cursor is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_text.h"
#include "ui/field.h"
#include "ui/view.h"

#define COLS 10
#define ROWS 4

static struct view view;

static int
setup(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	view = (struct view){.surface = surface_new(COLS, ROWS)};
	return theme_load("dark", &view.theme, &err);
}

static int
teardown(void **state)
{
	(void)state;
	surface_free(view.surface);
	theme_free(view.theme);
	return 0;
}

static void
assert_drawn(struct field *f, const char *wanted)
{
	struct buf text = BUF_INIT;
	field_draw(&view, f, (struct rect){0, 0, COLS, ROWS}, true);
	surface_text(view.surface, false, &text);
	assert_string_equal(buf_cstr(&text), wanted);
	buf_release(&text);
}

static const struct row {
	const char *text, *drawn;
	int rows;
} rows[] = {
	{"",		      "\n\n\n\n",                      1},
	{"one two",               "one two\n\n\n\n",               1},
 /* Words are not torn where they have room on a row of their own. */
	{"the output of it",      "the output\nof it\n\n\n",       2},
	{"an output of it",       "an output\nof it\n\n\n",        2},
	{"is an output",          "is an\noutput\n\n\n",           2},
	{"is an output  of  it",  "is an\noutput  of\nit\n\n",     3},
 /* Those that have none are. */
	{"a 0123456789abc d",     "a 01234567\n89abc d\n\n\n",     2},
	{"0123456789abc",         "0123456789\nabc\n\n\n",         2},
	{"a\n\nb\n",              "a\n\nb\n\n",                    4},
	{"  indented text",       "  indented\ntext\n\n\n",        2},
 /* A wide one takes two columns, and is not halved. */
	{"12345678 \xe7\x95\x8c", "12345678\n\xe7\x95\x8c\n\n\n",  2},
	{"123456789\xe7\x95\x8c", "123456789\n\xe7\x95\x8c\n\n\n", 2},
};

static void
test_breaks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct field f;
		field_init(&f, FIELD_TEXT);
		assert_true(field_insert(&f, str_from(rows[i].text)));
		assert_drawn(&f, rows[i].drawn);
		assert_int_equal(field_rows(&f, COLS, 100), rows[i].rows);
		field_release(&f);
	}
}

/* Up and down keep the column, and every place of the cursor is on the field. */
static void
test_cursor(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct field f;
		field_init(&f, FIELD_TEXT);
		assert_true(field_insert(&f, str_from(rows[i].text)));
		for (size_t n = 0; n <= strlen(rows[i].text); n++) {
			int x, y, shape;
			field_draw(&view, &f, (struct rect){0, 0, COLS, ROWS}, true);
			assert_true(surface_cursor(view.surface, &x, &y, &shape));
			assert_in_range(x, 0, COLS - 1);
			assert_in_range(y, 0, ROWS - 1);
			(void)field_do(&f, STROKE_LEFT);
		}
		assert_int_equal(f.cursor, 0);
		field_release(&f);
	}
	struct field f;
	field_init(&f, FIELD_TEXT);
	assert_true(field_insert(&f, STR("is an output of it")));
	assert_drawn(&f, "is an\noutput of\nit\n\n");
	(void)field_do(&f, STROKE_UP);
	assert_true(field_insert(&f, STR("+")));
	assert_drawn(&f, "is an\nou+tput of\nit\n\n");
	(void)field_do(&f, STROKE_UP);
	(void)field_do(&f, STROKE_DOWN);
	assert_true(field_insert(&f, STR("-")));
	assert_drawn(&f, "is an\nou+-tput\nof it\n\n");
	field_release(&f);
}

int
main(void)
{
	text_init();
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_breaks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
