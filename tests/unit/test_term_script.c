/* SPDX-License-Identifier: MIT */
/*
 * Runs tests/script/term/screen.t; the format stands at its top.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "cockpit/term_screen.h"

enum { MAX_EXPECTED = 32, WHOLE = -1, SINGLE = -2 };

struct script {
	char name[120];
	int line, cols, rows;
	struct buf in, said;
	unsigned count;
	char expected[MAX_EXPECTED][256]; /* "row", "cursor" and "cell" lines */
};

static int
hex(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The quoted text that s begins with. */
static void
unquote(const char *s, struct buf *into)
{
	static const char names[] = "eabtrn\\\"", bytes[] = "\033\a\b\t\r\n\\\"";

	assert_int_equal(*s, '"');
	for (s++; *s && *s != '"'; s++) {
		if (*s != '\\') {
			buf_byte(into, *s);
		} else if (*++s == 'x') {
			buf_byte(into, (char)(hex(s[1]) << 4 | hex(s[2])));
			s += 2;
		} else {
			const char *at = strchr(names, *s);

			assert_non_null(at);
			buf_byte(into, bytes[at - names]);
		}
	}
	assert_int_equal(*s, '"');
}

static void
on_signal(void *ctx, const struct screen_signal *signal)
{
	struct buf *said = ctx;

	buf_printf(said, "%d ", (int)signal->kind);
	buf_add(said, signal->text);
	buf_byte(said, '\n');
}

static const struct screen_ops ops = {on_signal};

static void
feed(struct screen *s, struct str bytes, int split)
{
	size_t step = split == SINGLE ? 1 : split == WHOLE ? bytes.len : (size_t)split;
	size_t at = 0;

	while (at < bytes.len) {
		screen_feed(s, str_slice(bytes, at, at + step));
		at += step;
		if (split > 0)
			step = bytes.len;
	}
}

static void
check_line(struct script *script, struct screen *s, const char *line, int split, bool *named)
{
	struct buf want = BUF_INIT, got = BUF_INIT;
	unsigned width, attr, fg, bg;
	int x, y, at, gx, gy;
	const struct cell *cell;

	if (sscanf(line, "row %d %n", &y, &at) == 1) {
		named[y] = true;
		unquote(line + at, &want);
		screen_row_text(s, y, &got);
	} else if (sscanf(line, "cursor %d %d", &x, &y) == 2) {
		screen_cursor(s, &gx, &gy);
		buf_printf(&want, "%d %d", x, y);
		buf_printf(&got, "%d %d", gx, gy);
	} else if (sscanf(line, "cell %d %d %u %x %x %x", &x, &y, &width, &attr, &fg, &bg) ==
		   6) {
		cell = &screen_row(s, y)[x];
		buf_printf(&want, "%u %x %x %x", width, attr, fg, bg);
		buf_printf(&got, "%u %x %x %x", (unsigned)cell->width, (unsigned)cell->attr,
			cell->fg, cell->bg);
	} else {
		fail_msg("not understood: %s", line);
	}
	if (!str_eq(buf_str(&want), buf_str(&got)))
		fail_msg("line %d, %s, split %d: %s: got '%s'", script->line, script->name,
			split, line, buf_cstr(&got));
	buf_release(&want);
	buf_release(&got);
}

static void
run_split(struct script *script, int split)
{
	struct buf said = BUF_INIT, row = BUF_INIT;
	struct screen *s = screen_new(script->cols, script->rows, &ops, &said);
	bool named[SCREEN_MAX_ROWS] = {false};

	feed(s, buf_str(&script->in), split);
	for (unsigned i = 0; i < script->count; i++)
		check_line(script, s, script->expected[i], split, named);
	for (int y = 0; y < script->rows; y++) {
		buf_clear(&row);
		screen_row_text(s, y, &row);
		if (!named[y] && row.len > 0)
			fail_msg("%s, split %d: row %d: '%s'", script->name, split, y,
				buf_cstr(&row));
	}
	assert_string_equal(buf_cstr(&said), buf_cstr(&script->said));
	screen_free(s);
	buf_release(&said);
	buf_release(&row);
}

static void
run(struct script *script)
{
	if (script->cols > 0) {
		run_split(script, WHOLE);
		run_split(script, SINGLE);
		for (size_t at = 1; at < script->in.len; at++)
			run_split(script, (int)at);
	}
	buf_release(&script->in);
	buf_release(&script->said);
}

static void
test_script(void **state)
{
	FILE *f = fopen("tests/script/term/screen.t", "r");
	struct script script = {.cols = 0};
	char line[512];
	int number = 0, cases = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		int kind, at;

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (strncmp(line, "case ", 5) == 0) {
			run(&script);
			script = (struct script){.line = number};
			snprintf(script.name, sizeof(script.name), "%.100s", line + 5);
			cases++;
		} else if (strncmp(line, "in ", 3) == 0) {
			unquote(line + 3, &script.in);
		} else if (sscanf(line, "said %d %n", &kind, &at) == 1) {
			buf_printf(&script.said, "%d ", kind);
			unquote(line + at, &script.said);
			buf_byte(&script.said, '\n');
		} else if (sscanf(line, "size %d %d", &script.cols, &script.rows) != 2) {
			assert_true(script.count < MAX_EXPECTED);
			snprintf(script.expected[script.count++], sizeof(script.expected[0]),
				"%.250s", line);
		}
	}
	run(&script);
	fclose(f);
	assert_true(cases > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_script)};

	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
