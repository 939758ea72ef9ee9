/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "cockpit/term_screen.h"

static void
feed(struct screen *s, const char *bytes)
{
	screen_feed(s, str_from(bytes));
}

static void
assert_row(struct screen *s, int row, const char *text)
{
	struct buf line = BUF_INIT;

	screen_row_text(s, row, &line);
	assert_string_equal(buf_cstr(&line), text);
	buf_release(&line);
}

static void
assert_cursor(struct screen *s, int x, int y)
{
	int at[2];

	screen_cursor(s, &at[0], &at[1]);
	assert_int_equal(at[0], x);
	assert_int_equal(at[1], y);
}

/* Nothing of these may show, move, be said, or take memory for good. */
static void
test_hostile(void **state)
{
	static const char *const inputs[] = {
		"\033[5b",
		"\xcc\x81\033[5b",
		"\033[999999999b",
		"\033[8;30;5t",
		"\033P$q\"p\033\\",
		"\033P$qm\033\\",
		"\033[c\033[>c\033[=c\033[6n\033[?6n\033[>q\033[?2004$p\033[21t\033[20t",
		"\033]4;1;?\007\033]10;?\007\033]11;?\033\\\033]52;c;?\007\033]52;c;aGk=\007",
		"\033#3\033#6\033 G\033*0\033+0\033n\033o\033}\033|\033~",
		"\033[20;24r\033[1;1H",
		"\033[?69h\033[3;5s\033[H",
		"\xf0\x28\x8c\x28\033[2J\033[H",
		"\x90\x9b\x9d",
		"\033_Gf=100;AAAA\033\\\033Xsos\033\\\033^pm\033\\",
		"\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m\033[m\033[H",
		"\033[::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::m",
		"\033[1 ! # $x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct screen *s = screen_new(80, 24, NULL, NULL);
		const struct screen_counters *c = screen_counters(s);

		feed(s, inputs[i]);
		for (int y = 0; y < 24; y++)
			assert_row(s, y, "");
		assert_cursor(s, 0, 0);
		if (i != 9 && i != 14 && i < 15 && i != 0 && i != 1 && i != 2)
			assert_true(c->sequences + c->strings + c->utf8 + c->limits > 0);
		feed(s, "\033[Hok");
		assert_row(s, 0, "ok");
		screen_free(s);
	}
}

static void
test_parameters(void **state)
{
	static const int counts[] = {16, 17, 23, 24, 32, 1000, 1000000};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct screen *s = screen_new(80, 24, NULL, NULL);
		struct buf bytes = BUF_INIT;

		buf_addc(&bytes, "\033[");
		for (int n = 0; n < counts[i]; n++)
			buf_addc(&bytes, "7;");
		buf_addc(&bytes, "HX");
		screen_feed(s, buf_str(&bytes));
		/* One more parameter than sevens: the empty one at the end. */
		if (counts[i] < 23)
			assert_row(s, 6, "      X");
		else
			assert_row(s, 0, "X");
		assert_int_equal(screen_counters(s)->limits, counts[i] >= 23);
		buf_release(&bytes);
		screen_free(s);
	}
}

static long
resident(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* 10 MB without an end: a line, and strings of each kind. */
static void
test_endless(void **state)
{
	static const char *const openings[] = {"", "\033]0;", "\033P", "\033P1$q", "\033_G",
		"\033X", "\033^", "\033k", "\033[", "\033[?"};
	static char block[65536];

	(void)state;
	memset(block, '7', sizeof(block));
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		struct screen *s = screen_new(80, 24, NULL, NULL);
		long before;

		feed(s, openings[i]);
		screen_feed(s, (struct str){block, sizeof(block)});
		before = resident();
		for (int n = 0; n < 160; n++)
			screen_feed(s, (struct str){block, sizeof(block)});
		assert_true(resident() - before < 2048);
		feed(s, i < 8 ? "\033\\\033[2J\033[Hok" : "m\033[2J\033[Hok");
		assert_row(s, 0, "ok");
		if (i > 0)
			assert_true(
				screen_counters(s)->strings + screen_counters(s)->limits > 0);
		screen_free(s);
	}
}

struct heard {
	struct buf text;
};

static void
on_signal(void *ctx, const struct screen_signal *signal)
{
	struct heard *heard = ctx;

	buf_printf(&heard->text, "%d:", (int)signal->kind);
	buf_add(&heard->text, signal->text);
	buf_byte(&heard->text, '\n');
}

static const struct screen_ops ops = {on_signal};

static void
test_signals(void **state)
{
	static const struct {
		const char *bytes, *heard;
	} rows[] = {
		{"\033]0;one\007\033]2;two\033\\\033ktri\033\\",            "0:one\n0:two\n0:tri\n"  },
		{"a\007b",						  "1:\n"                   },
		{"\033]9;4;1;50\007",				       "2:1;50\n"               },
		{"\033]9;done\007\033]777;notify;a;b\007\033]99;i=1;x\007",
                 "3:done\n3:notify;a;b\n3:i=1;x\n"                                                   },
		{"\033]7501;state=working:app=x\007",                       "4:state=working:app=x\n"},
		{"\033]133;A\007\033]133;D;0\007",                          "5:A\n5:D;0\n"           },
		{"\033]1;icon\007\033]52;c;eA==\007\033]4;1;red\007",       ""                       },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t split = 0; split <= strlen(rows[i].bytes); split++) {
			struct heard heard = {BUF_INIT};
			struct screen *s = screen_new(20, 3, &ops, &heard);
			struct str all = str_from(rows[i].bytes);

			screen_feed(s, str_slice(all, 0, split));
			screen_feed(s, str_slice(all, split, all.len));
			assert_string_equal(buf_cstr(&heard.text), rows[i].heard);
			buf_release(&heard.text);
			screen_free(s);
		}
	}
}

static void
test_links(void **state)
{
	struct screen *s = screen_new(20, 3, NULL, NULL);
	const struct cell *cells;

	(void)state;
	feed(s, "\033]8;id=1;https://example.org/\033\\ab\033[0mc\033]8;;\033\\d");
	feed(s, "\033]8;;file:///etc/passwd\033\\e\033]8;;http://x y\033\\f");
	cells = screen_row(s, 0);
	assert_true(str_eqc(screen_link(s, cells[2].link), "https://example.org/"));
	for (int x = 3; x < 6; x++)
		assert_int_equal(cells[x].link, 0);
	/* More targets than there is room for: those that nobody sees go. */
	for (int i = 0; i < 1000; i++) {
		char bytes[64];

		snprintf(bytes, sizeof(bytes), "\033[3H\033]8;;http://h/%d\033\\x", i);
		feed(s, bytes);
	}
	assert_true(str_eqc(screen_link(s, screen_row(s, 2)[0].link), "http://h/999"));
	assert_true(str_eqc(screen_link(s, screen_row(s, 0)[0].link), "https://example.org/"));
	screen_free(s);
}

static void
test_restore(void **state)
{
	struct screen *s = screen_new(10, 4, NULL, NULL);
	struct screen_snapshot snapshot = {
		.cols = 6,
		.rows = 3,
		.cursor_x = 6,
		.cursor_y = 1,
		.modes = SCREEN_ALTERNATE | SCREEN_WRAP,
		.known = SCREEN_ALTERNATE | SCREEN_WRAP | SCREEN_CURSOR,
		.scroll_top = 0,
		.scroll_bottom = 1,
		.text = STR("\033[1;31mred\n\016qx\017\xe4\xb8\xad"
			    "e\xcc\x81\033[0m\nend"),
	};
	uint64_t version;

	(void)state;
	feed(s, "\033[?2004hold\033[3");
	version = screen_version(s);
	screen_restore(s, &snapshot);
	assert_true(screen_version(s) > version);
	assert_int_equal(screen_cols(s), 6);
	assert_int_equal(screen_rows(s), 3);
	assert_row(s, 0, "red");
	assert_row(s, 1,
		"\xe2\x94\x80\xe2\x94\x82\xe4\xb8\xad"
		"e\xcc\x81");
	assert_int_equal(screen_row(s, 1)[4].attr, CELL_BOLD);
	assert_int_equal(screen_row(s, 1)[4].fg, CELL_PALETTE(1));
	assert_row(s, 2, "end");
	assert_cursor(s, 6, 1);
	assert_int_equal(screen_modes(s), SCREEN_ALTERNATE | SCREEN_WRAP | SCREEN_PASTE);
	/* The pending wrap scrolls the region only. */
	feed(s, "new");
	assert_row(s, 1, "new");
	assert_row(s, 2, "end");
	assert_false(screen_wants_snapshot(s));
	feed(s, "\033[?1049l");
	assert_true(screen_wants_snapshot(s));
	snapshot.modes = SCREEN_WRAP;
	screen_restore(s, &snapshot);
	assert_false(screen_wants_snapshot(s));
	feed(s, "\033[?1049h\033[?1049l");
	assert_false(screen_wants_snapshot(s));
	assert_row(s, 0, "red");
	screen_free(s);
}

static void
test_versions(void **state)
{
	struct screen *s = screen_new(10, 4, NULL, NULL);
	uint64_t before = screen_version(s), row = screen_row_version(s, 0);

	(void)state;
	feed(s, "\033[1;31m");
	assert_int_equal(screen_version(s), before);
	feed(s, "\033[2Hx");
	assert_true(screen_version(s) > before);
	assert_int_equal(screen_row_version(s, 0), row);
	assert_int_equal(screen_row_version(s, 1), screen_version(s));
	before = screen_version(s);
	feed(s, "\033[3H");
	assert_true(screen_version(s) > before);
	feed(s, "\033[?2026h");
	assert_true(screen_held(s));
	screen_release_hold(s);
	assert_false(screen_held(s));
	feed(s, "\033[?2026h\033[?2026l");
	assert_false(screen_held(s));
	feed(s, "\033[4 q");
	assert_int_equal(screen_cursor_shape(s), 4);
	screen_free(s);
}

static void
test_sizes(void **state)
{
	static const int sizes[][2] = {
		{1,      1     },
                {2,      1     },
                {2,      2     },
                {3,      2     },
                {500,    200   },
                {100000, 100000}
        };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct screen *s = screen_new(sizes[i][0], sizes[i][1], NULL, NULL);

		for (int n = 0; n < 3; n++)
			feed(s, "\xe4\xb8\xad\xe6\x96\x87"
				"a\xcc\x81\033[?7l\xe4\xb8\xad\033[?7h\n"
				"\033[4hx\xe4\xb8\xad\033[4l\033M\033[9L\033[9M\033[9@\033["
				"9P\033#8\033[1;2r\n\n");
		assert_true(
			screen_cols(s) >= SCREEN_MIN_COLS && screen_cols(s) <= SCREEN_MAX_COLS);
		screen_free(s);
	}
}

static void
test_glyphs(void **state)
{
	struct glyphs *g = glyphs_new();
	char tmp[4], bytes[16];
	uint32_t a, first = 0;

	(void)state;
	assert_int_equal(glyphs_put(g, STR("a")), 'a');
	for (int i = 0; i < 5000; i++) {
		int len = snprintf(bytes, sizeof(bytes), "%05d", i);

		a = glyphs_put(g, (struct str){bytes, (size_t)len});
		assert_int_equal(a, glyphs_put(g, (struct str){bytes, (size_t)len}));
		if (i == 0)
			first = a;
	}
	assert_true(glyphs_full(g));
	assert_int_equal(a, '0');
	assert_true(str_eqc(glyphs_get(g, first, tmp), "00000"));
	assert_int_equal(glyphs_get(g, CELL_CLUSTER | 99999, tmp).len, 0);
	glyphs_free(g);
}

static int
set_up(void **state)
{
	(void)state;
	text_init();
	return 0;
}

/* What is kept of a screen does not change with it. */
static void
test_copy(void **state)
{
	struct screen *s = screen_new(10, 4, NULL, NULL), *copy;
	struct buf text = BUF_INIT;
	(void)state;
	screen_feed(s, STR("\033]8;;https://example.org/\033\\e\xcc\x81\033]8;;\033\\ "
			   "\xe6\x97\xa5 and so on"));
	copy = screen_copy(s);
	screen_feed(s, STR("\033[2J\033[Ho\xcc\x88"));
	screen_row_text(copy, 0, &text);
	assert_string_equal(buf_cstr(&text), "e\xcc\x81 \xe6\x97\xa5 and s");
	assert_true(screen_row_wraps(copy, 0));
	assert_false(screen_row_wraps(copy, 1));
	assert_true(str_eqc(
		screen_link(copy, screen_row(copy, 0)[0].link), "https://example.org/"));
	screen_free(s);
	buf_clear(&text);
	screen_row_text(copy, 0, &text);
	assert_string_equal(buf_cstr(&text), "e\xcc\x81 \xe6\x97\xa5 and s");
	screen_free(copy);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_glyphs),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
