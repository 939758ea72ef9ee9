/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fleet/snapshot.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEAD     "80 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 4294967295 4294967295 8,16,24"

static void
test_command(void **state)
{
	struct buf line = BUF_INIT;
	size_t fields = 0, words = 0;
	(void)state;
	snapshot_command(&line, "%12");
	const char *text = buf_cstr(&line);
	for (const char *p = text; (p = strstr(p, "#{")); p++)
		fields++;
	for (const char *p = HEAD; *p; p++)
		words += *p == ' ';
	assert_int_equal(fields, words + 1);
	/* Two commands, of one pane each. */
	assert_int_equal(strncmp(text, "display-message -p -t '%12' ", 28), 0);
	assert_non_null(strstr(text, " ; capture-pane "));
	assert_non_null(strstr(text, "-C -t '%12'"));
	assert_null(strchr(text, '\n'));
	buf_release(&line);
}

static void
test_parse(void **state)
{
	struct buf scratch = BUF_INIT;
	struct screen_snapshot s;
	(void)state;
	assert_true(snapshot_parse(
		STR(HEAD "\nplain\n\\033[1mbold\\033[0m \\\\ \\134\n日本"), &scratch, &s));
	assert_int_equal(s.cols, 80);
	assert_int_equal(s.rows, 24);
	assert_int_equal(s.cursor_x, 5);
	assert_int_equal(s.cursor_y, 6);
	assert_int_equal(s.scroll_top, 1);
	assert_int_equal(s.scroll_bottom, 22);
	assert_int_equal(s.modes, SCREEN_CURSOR | SCREEN_WRAP);
	assert_true(str_eqc(s.text, "plain\n\033[1mbold\033[0m \\ \\\n日本"));
	/* What tmux cannot tell stays as it is. */
	assert_false(s.known & (SCREEN_PASTE | SCREEN_FOCUS));
	assert_true(s.known & SCREEN_ALTERNATE);
	assert_int_equal(s.alt_x, -1);
	assert_int_equal(s.alt_y, -1);
	assert_true(str_eqc(s.tabs, "8,16,24"));
	/* An empty screen. */
	assert_true(snapshot_parse(STR(HEAD), &scratch, &s));
	assert_int_equal(s.text.len, 0);
	buf_release(&scratch);
}

/* Every flag sets the one mode that is its own. */
static void
test_modes(void **state)
{
	static const unsigned modes[] = {SCREEN_ALTERNATE, SCREEN_CURSOR, SCREEN_INSERT,
		SCREEN_APP_CURSOR, SCREEN_APP_KEYPAD, SCREEN_MOUSE_CLICK, SCREEN_MOUSE_DRAG,
		SCREEN_MOUSE_MOVE, SCREEN_MOUSE_SGR, SCREEN_MOUSE_UTF8, SCREEN_ORIGIN,
		SCREEN_WRAP};
	struct buf scratch = BUF_INIT, line = BUF_INIT;
	unsigned all = 0;
	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct screen_snapshot s;
		buf_clear(&line);
		buf_addc(&line, "80 24 0 0 0 23");
		for (size_t k = 0; k < COUNT(modes); k++)
			buf_addc(&line, k == i ? " 1" : " 0");
		buf_addc(&line, " 3 4 ");
		assert_true(snapshot_parse(buf_str(&line), &scratch, &s));
		assert_int_equal(s.modes, modes[i]);
		all |= modes[i];
		assert_true((s.known & modes[i]) != 0);
	}
	struct screen_snapshot s;
	assert_true(snapshot_parse(buf_str(&line), &scratch, &s));
	assert_int_equal(s.known, all);
	buf_release(&scratch);
	buf_release(&line);
}

static void
test_not_whole(void **state)
{
	static const char *const rows[] = {
		"",
		"\n",
		"80 24",
		"80 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0",
		"80 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 x 3 4 8",
		"0 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"80 0 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"80 24 -1 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"80 24  6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"99999 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"80 24 4294967295 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"80 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1",
		"80 24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 -1 4 8",
		"80\t24 5 6 1 22 0 1 0 0 0 0 0 0 0 0 0 1 3 4 8",
		"can't find pane: %99",
	};
	struct buf scratch = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct screen_snapshot s;
		if (snapshot_parse(str_from(rows[i]), &scratch, &s))
			fail_msg("row %zu: \"%s\"", i, rows[i]);
	}
	buf_release(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_not_whole),
	};
	return cmocka_run_group_tests_name("fleet_snapshot", tests, NULL, NULL);
}
