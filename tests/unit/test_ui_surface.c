/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/ui/surface.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"

static const struct style plain;

static void
assert_text(const struct surface *s, bool ansi, const char *want)
{
	struct buf text = BUF_INIT;

	surface_text(s, ansi, &text);
	assert_string_equal(buf_cstr(&text), want);
	buf_release(&text);
}

/* The invariant of surface.c, for every cell. */
static void
assert_whole(const struct surface *s)
{
	for (int y = 0; y < surface_rows(s); y++) {
		const struct cell *row = surface_row(s, y);

		for (int x = 0; x < surface_cols(s); x++) {
			assert_true(row[x].width <= 2);
			if (row[x].width == 2) {
				assert_true(x + 1 < surface_cols(s));
				assert_int_equal(row[x + 1].width, 0);
				assert_int_equal(row[x + 1].bg, row[x].bg);
			}
			if (row[x].width == 0) {
				assert_true(x > 0 && row[x - 1].width == 2);
				assert_int_equal(row[x].text, 0);
			}
		}
	}
}

static void
puts_clipped(void **state)
{
	static const struct {
		int x, y, cols;
		const char *text, *want;
		int used;
	} rows[] = {
		{0,       0,  8,       "hello",                    "hello\n\n",                       5},
		{0,       1,  8,       "hello",                    "\nhello\n",                       5},
		{2,       0,  8,       "hello",                    "  hello\n\n",                     5},
		{0,       0,  5,       "hello",                    "hello\n\n",                       5},
		{0,       0,  4,       "hello",                    "hel\xe2\x80\xa6\n\n",             4},
		{0,       0,  1,       "hello",                    "\xe2\x80\xa6\n\n",                1},
		{0,       0,  0,       "hello",                    "\n\n",                            0},
		{0,       0,  -3,      "hello",                    "\n\n",                            0},
		{5,       0,  INT_MAX, "hello",                    "     he\xe2\x80\xa6\n\n",         3},
		{8,       0,  8,       "hello",                    "\n\n",                            0},
		{INT_MAX, 0,  8,       "hello",                    "\n\n",                            0},
		{-2,      0,  8,       "hello",                    "llo\n\n",                         5},
		{0,       -1, 8,       "hello",                    "\n\n",                            5},
		{0,       2,  8,       "hello",                    "\n\n",                            5},
 /* Wide: 日本 */
		{0,       0,  4,       "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac\n\n",    4},
		{0,       0,  3,       "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe2\x80\xa6\n\n",    3},
		{0,       0,  2,       "\xe6\x97\xa5\xe6\x9c\xac", "\xe2\x80\xa6\n\n",                1},
		{-1,      0,  8,       "\xe6\x97\xa5\xe6\x9c\xac", " \xe6\x9c\xac\n\n",               4},
 /* Combining: e + acute, one cell. */
		{0,       0,  3,       "ae\xcc\x81z",              "ae\xcc\x81z\n\n",                 3},
 /* Control bytes and bad UTF-8 never get through. */
		{0,       0,  8,       "a\033[b\x80",              "a\xef\xbf\xbd[b\xef\xbf\xbd\n\n", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct surface *s = surface_new(8, 2);

		assert_int_equal(surface_put(s, rows[i].x, rows[i].y, rows[i].cols, plain,
					 str_from(rows[i].text)),
			rows[i].used);
		assert_text(s, false, rows[i].want);
		assert_whole(s);
		surface_free(s);
	}
}

static void
draws_over_halves(void **state)
{
	static const struct {
		int x, w;
		const char *want;
	} rows[] = {
		{0, 1, "| \xe6\x9c\xac\xe8\xaa\x9e\n"},
		{1, 1, " |\xe6\x9c\xac\xe8\xaa\x9e\n"},
		{1, 2, " || \xe8\xaa\x9e\n"          },
		{2, 2, "\xe6\x97\xa5||\xe8\xaa\x9e\n"},
		{5, 1, "\xe6\x97\xa5\xe6\x9c\xac |\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct surface *s = surface_new(6, 1);

		surface_put(s, 0, 0, 6, plain, STR("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"));
		for (int x = 0; x < rows[i].w; x++)
			surface_put(s, rows[i].x + x, 0, 1, plain, STR("|"));
		assert_text(s, false, rows[i].want);
		assert_whole(s);
		/* The same by filling. */
		surface_put(s, 0, 0, 6, plain, STR("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"));
		surface_fill(s, (struct rect){rows[i].x, 0, rows[i].w, 1}, plain);
		assert_whole(s);
		surface_free(s);
	}
}

static void
copies_cells(void **state)
{
	struct surface *s = surface_new(6, 2);
	struct cell wide = {.text = 0x65e5, .width = 2, .fg = CELL_PALETTE(1)};
	struct cell right = {.width = 0, .bg = CELL_PALETTE(2)};
	struct cell cluster = {.text = CELL_CLUSTER | 77, .width = 1, .link = 9};
	struct cell evil = {.text = 0x1b, .width = 1, .link = 3};
	char tmp[4];

	(void)state;
	surface_cell(s, 0, 0, &wide, STR("\xe6\x97\xa5"), STR(""));
	surface_cell(s, 1, 0, &right, STR(""), STR(""));
	/* Cut by the edge of the crop: a right half alone, a left half at the rim. */
	surface_cell(s, 3, 0, &right, STR(""), STR(""));
	surface_cell(s, 5, 0, &wide, STR("\xe6\x97\xa5"), STR(""));
	surface_cell(s, 6, 0, &wide, STR("\xe6\x97\xa5"), STR(""));
	surface_cell(s, 0, 1, &cluster, STR("e\xcc\x81"), STR("https://example.org/a"));
	surface_cell(s, 1, 1, &evil, STR("\033"), STR("file:///etc/passwd"));
	cluster.text = CELL_CLUSTER | 78;
	surface_cell(s, 2, 1, &cluster, STR("a\xc2\x9b"), STR("https://x/\033\\"));
	surface_cell(s, 3, 1, &cluster, STR("e\xcc\x81"), STR("https://example.org/a"));
	assert_whole(s);
	assert_text(s, false,
		"\xe6\x97\xa5\ne\xcc\x81\xef\xbf\xbd\xef\xbf\xbd"
		"e\xcc\x81\n");
	assert_int_equal(surface_row(s, 0)[1].fg, CELL_PALETTE(1));
	assert_int_equal(surface_row(s, 0)[3].bg, CELL_PALETTE(2));
	assert_int_equal(surface_row(s, 1)[1].link, 0);
	assert_int_equal(surface_row(s, 1)[2].link, 0);
	assert_int_equal(surface_row(s, 1)[3].link, surface_row(s, 1)[0].link);
	assert_true(str_eqc(
		surface_cell_link(s, surface_row(s, 1)[0].link), "https://example.org/a"));
	assert_true(str_eqc(surface_cell_text(s, surface_row(s, 1)[0].text, tmp), "e\xcc\x81"));
	surface_free(s);
}

static void
links_are_bounded(void **state)
{
	struct surface *s = surface_new(400, 1);
	struct cell cell = {.text = 'x', .width = 1, .link = 1};
	char url[32];

	(void)state;
	for (int x = 0; x < 400; x++) {
		snprintf(url, sizeof(url), "http://h/%d", x);
		surface_cell(s, x, 0, &cell, STR("x"), str_from(url));
	}
	assert_true(str_eqc(surface_cell_link(s, surface_row(s, 0)[254].link), "http://h/254"));
	assert_int_equal(surface_row(s, 0)[255].link, 0);
	surface_fill(s, (struct rect){0, 0, 400, 1}, plain);
	surface_cell(s, 0, 0, &cell, STR("x"), STR("http://again/"));
	assert_true(str_eqc(surface_cell_link(s, surface_row(s, 0)[0].link), "http://again/"));
	surface_free(s);
}

static void
tints(void **state)
{
	struct surface *s = surface_new(6, 1);
	struct style bold = {CELL_PALETTE(1), CELL_PALETTE(2), CELL_BOLD | CELL_ITALIC};
	struct style grey = {CELL_PALETTE(8), CELL_DEFAULT, CELL_DIM};
	const struct cell *row = surface_row(s, 0);

	(void)state;
	surface_put(s, 0, 0, 6, bold, STR("\xe6\x97\xa5\xe6\x9c\xacz"));
	surface_tint(s, (struct rect){1, 0, 2, 1}, grey);
	assert_int_equal(row[0].fg, CELL_PALETTE(1));
	assert_int_equal(row[1].fg, CELL_PALETTE(1));
	assert_int_equal(row[2].fg, CELL_PALETTE(8));
	assert_int_equal(row[3].fg, CELL_PALETTE(8));
	assert_int_equal(row[3].attr, CELL_DIM | CELL_ITALIC);
	assert_int_equal(row[4].attr, CELL_BOLD | CELL_ITALIC);
	assert_text(s, false, "\xe6\x97\xa5\xe6\x9c\xacz\n");
	surface_tint(s, (struct rect){-9, -9, INT_MAX, INT_MAX}, grey);
	assert_int_equal(row[5].fg, CELL_PALETTE(8));
	surface_free(s);
}

static void
cursor_is_cleared(void **state)
{
	struct surface *s = surface_new(4, 2);
	int x, y, shape;

	(void)state;
	assert_false(surface_cursor(s, &x, &y, &shape));
	surface_set_cursor(s, 3, 1, 5);
	assert_true(surface_cursor(s, &x, &y, &shape));
	assert_int_equal(x, 3);
	assert_int_equal(y, 1);
	assert_int_equal(shape, 5);
	surface_fill(s, (struct rect){0, 0, 3, 2}, plain);
	assert_true(surface_cursor(s, &x, &y, &shape));
	surface_fill(s, (struct rect){0, 0, 4, 2}, plain);
	assert_false(surface_cursor(s, &x, &y, &shape));
	surface_set_cursor(s, 4, 1, 5);
	assert_false(surface_cursor(s, &x, &y, &shape));
	surface_free(s);
}

static void
writes_ansi(void **state)
{
	struct surface *s = surface_new(6, 3);
	struct style a = {CELL_PALETTE(9), CELL_RGB(1, 2, 255), CELL_BOLD};
	struct style b = {CELL_PALETTE(200), CELL_DEFAULT, CELL_UL_CURLY << CELL_UL_SHIFT};

	(void)state;
	surface_put(s, 0, 0, 6, a, STR("ab"));
	surface_put(s, 2, 0, 6, b, STR("c"));
	surface_put(s, 3, 0, 6, plain, STR("d"));
	surface_fill(s, (struct rect){0, 1, 2, 1}, a);
	surface_fill(s, (struct rect){0, 2, 6, 1}, (struct style){.fg = CELL_PALETTE(1)});
	assert_text(s, true,
		"\033[0;1;91;48;2;1;2;255mab\033[0;4:3;38;5;200mc\033[0md\n"
		"\033[0;1;91;48;2;1;2;255m  \033[0m\n\n");
	assert_text(s, false, "abcd\n\n\n");
	surface_free(s);
}

/* Anything drawn anywhere in any order leaves a whole surface. */
static void
survives_anything(void **state)
{
	static const char *const words[] = {"x", "hello", "\xe6\x97\xa5\xe6\x9c\xac",
		"e\xcc\x81\xcc\x82", "\xf0\x9f\x98\x80!",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"};
	struct surface *s = surface_new(1, 1);

	(void)state;
	srand(1);
	for (int i = 0; i < 40000; i++) {
		struct rect r = {rand() % 24 - 4, rand() % 10 - 2, rand() % 12, rand() % 6};
		struct style style = {CELL_PALETTE(rand() % 256), CELL_PALETTE(rand() % 256),
			(uint16_t)(rand() % 256)};
		struct cell cell = {.text = 0x65e5, .width = (uint8_t)(rand() % 3)};

		switch (rand() % 12) {
		case 0:
			surface_fill(s, r, style);
			break;
		case 1:
			surface_tint(s, r, style);
			break;
		case 2:
			surface_cell(s, r.x, r.y, &cell, STR("\xe6\x97\xa5"), STR(""));
			break;
		case 3:
			if (i % 100 == 0)
				surface_resize(s, r.w, r.h);
			else if (surface_cols(s) < 3)
				surface_resize(s, 16, 6);
			break;
		default:
			surface_put(s, r.x, r.y, r.w, style, str_from(words[rand() % 6]));
			break;
		}
		assert_whole(s);
	}
	surface_free(s);
}

static void
prints(void **state)
{
	struct surface *s = surface_new(700, 1);

	(void)state;
	assert_int_equal(surface_printf(s, 0, 0, 700, plain, "%d %s", 42, "x"), 4);
	assert_text(s, false, "42 x\n");
	assert_int_equal(surface_printf(s, 0, 0, 700, plain, "%0600d", 7), 600);
	assert_int_equal(surface_row(s, 0)[599].text, '7');
	surface_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_clipped),
		cmocka_unit_test(draws_over_halves),
		cmocka_unit_test(copies_cells),
		cmocka_unit_test(links_are_bounded),
		cmocka_unit_test(tints),
		cmocka_unit_test(cursor_is_cleared),
		cmocka_unit_test(writes_ansi),
		cmocka_unit_test(survives_anything),
		cmocka_unit_test(prints),
	};

	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
