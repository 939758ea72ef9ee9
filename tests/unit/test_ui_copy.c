/* SPDX-License-Identifier: MIT */
/*
 * COPY mode, its keys and the mouse, on a screen whose host is away: what is on it can be read,
 * searched and copied all the same. What its tmux has is tests/unit/test_ui_history.c and
 * tests/e2e/19-copy.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "ui/action.h"
#include "ui/clipboard.h"
#include "ui/copy_local.h"
#include "ui/panel.h"
#include "ui_deck.h"

#define DEADLINE_MS 10000

static struct buf said, words, why;
static bool deaf;
static int told;

static bool
on_say(void *ctx, struct str bytes)
{
	(void)ctx;
	if (!deaf)
		buf_add(&said, bytes);
	return !deaf;
}

static void
on_done(void *ctx, const char *of, const struct err *err)
{
	(void)ctx;
	told++;
	buf_clear(&words);
	buf_clear(&why);
	buf_addc(&words, of);
	buf_addc(&why, err ? err->text : "");
}

static const struct clipboard_ops ops = {.say = on_say, .done = on_done};

static void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
	view.chrome = true;
	frame_draw(&view);
}

static void
type(const char *text)
{
	for (; *text; text++) {
		const char name[] = {*text, 0};
		press(*text == ' ' ? "Space" : name);
	}
}

static int
setup(void **state)
{
	unsetenv("TMUX");
	if (deck_setup(state) != 0)
		return -1;
	deaf = false;
	told = 0;
	view.clipboard = clipboard_new(loop, NULL, &ops, NULL);
	surface_resize(view.surface, 160, 40);
	screen_feed(view.fleet->agents[0]->screen,
		STR("\r\nint main(void) { return foo_bar; }\r\n"
		    "/usr/lib/x.so:12: 日本語 and e\xcc\x81\r\n\r\n  two words\r\nMain end"));
	view.whole = true;
	frame_draw(&view);
	return 0;
}

static int
teardown(void **state)
{
	clipboard_free(view.clipboard);
	view.clipboard = NULL;
	buf_release(&said);
	buf_release(&words);
	buf_release(&why);
	return deck_teardown(state);
}

static struct copy *
open_copy(void)
{
	press("[");
	assert_non_null(view.copy);
	assert_int_equal(view.mode, VIEW_COPY);
	/* Its host is away. */
	assert_non_null(strstr(view.toast, "cannot be reached"));
	view.toast_at = 0;
	return view.copy;
}

static void
assert_at(int line, int col)
{
	assert_int_equal(view.copy->line, line);
	assert_int_equal(view.copy->col, col);
}

/* What the terminal was told to copy, and that it was left for that. */
static void
assert_copied(const char *text)
{
	struct buf want = BUF_INIT;
	clipboard_bytes(str_from(text), &want);
	assert_string_equal(buf_cstr(&said), buf_cstr(&want));
	assert_null(view.copy);
	assert_int_equal(view.mode, VIEW_COMMAND);
	buf_clear(&said);
	buf_release(&want);
}

/* Rows: 0 "Reading …", 2 "> ", 3 "int main…", 4 "/usr…", 6 "  two words", 7 "Main end". */
static void
test_moves(void **state)
{
	(void)state;
	open_copy();
	assert_at(7, 8);
	press("k");
	press("^");
	assert_at(6, 2);
	press("w");
	assert_at(6, 6);
	press("e");
	assert_at(6, 10);
	press("w");
	assert_at(7, 0);
	press("b");
	press("b");
	assert_at(6, 2);
	press("b");
	press("$");
	assert_at(4, 29);
	press("0");
	assert_at(4, 0);
	press("k");
	press("e");
	press("w");
	press("w");
	assert_at(3, 8);
	press("w");
	/* Another line is no other column, a shorter one no other wish. */
	press("$");
	assert_at(3, 33);
	press("Down");
	press("Down");
	press("Up");
	press("Up");
	assert_at(3, 33);
	/* A wide character is one step. */
	press("Down");
	press("0");
	for (int i = 0; i < 19; i++)
		press("l");
	assert_at(4, 20);
	press("h");
	assert_at(4, 18);
	press("H");
	assert_int_equal(view.copy->line, 0);
	press("L");
	assert_int_equal(view.copy->line, view.copy->rows - 1);
	press("G");
	assert_int_equal(view.copy->line, screen_rows(view.fleet->agents[0]->screen) - 1);
	press("g");
	assert_at(0, 0);
	press("q");
	assert_null(view.copy);
}

static void
test_copies(void **state)
{
	(void)state;
	open_copy();
	press("g");
	press("v");
	press("e");
	press("y");
	assert_copied("Reading");
	assert_string_equal(buf_cstr(&words), "copied 1 line");
	open_copy();
	press("g");
	press("V");
	for (int i = 0; i < 4; i++)
		press("j");
	press("Enter");
	assert_copied("Reading src/parser.c\n\n>\nint main(void) { return foo_bar; }\n"
		      "/usr/lib/x.so:12: 日本語 and e\xcc\x81");
	assert_string_equal(buf_cstr(&words), "copied 5 lines");
	open_copy();
	press("k");
	press("0");
	press("C-v");
	press("j");
	press("l");
	press("l");
	press("l");
	press("o");
	press("l");
	press("y");
	assert_copied(" tw\nain");
	/* Nothing, or as good as nothing. */
	open_copy();
	press("y");
	assert_string_equal(view.toast, "nothing is selected: v begins");
	press("G");
	press("v");
	press("y");
	assert_non_null(strstr(view.toast, "nothing but blanks"));
	assert_int_equal(said.len, 0);
	/* Escape: first the selection. */
	assert_true(view.copy->selecting);
	press("Escape");
	assert_false(view.copy->selecting);
	press("Escape");
	assert_null(view.copy);
	assert_int_equal(told, 3);
}

/* What the agent prints moves nothing, and is not copied. */
static void
test_stands_still(void **state)
{
	struct agent *agent = view.fleet->agents[0];
	(void)state;
	open_copy();
	press("g");
	press("V");
	press("j");
	for (int i = 0; i < 100; i++)
		screen_feed(agent->screen, STR("\r\nmore and more"));
	/* Nor is it what an agent asks for itself. */
	screen_feed(agent->screen, STR("\033]52;c;ZXZpbA==\007"));
	frame_draw(&view);
	assert_frame("copy-120x40", 120, 40);
	press("y");
	assert_copied("Reading src/parser.c\n");
	frame_draw(&view);
	assert_int_equal(told, 1);
}

static void
test_finds(void **state)
{
	struct copy *c = open_copy();
	(void)state;
	press("/");
	type("q y?");
	assert_int_equal(view.mode, VIEW_COPY);
	assert_string_equal(buf_cstr(&c->find.field.text), "q y?");
	press("Escape");
	assert_false(c->find.typing);
	assert_null(c->find.text);
	press("n");
	assert_non_null(strstr(view.toast, "nothing was looked for"));
	press("/");
	copy_paste(&view, STR("main\nnot this"));
	press("Enter");
	assert_string_equal(c->find.text, "main");
	assert_true(c->find.fold);
	struct history_line row;
	int end;
	assert_true(history_line(c->history, 3, &row));
	assert_int_equal(copy_find_in(c, &row, 0, 1, &end), 4);
	assert_int_equal(end, 8);
	assert_int_equal(copy_find_in(c, &row, 5, 1, &end), -1);
	assert_int_equal(copy_find_in(c, &row, INT_MAX, -1, &end), 4);
	assert_true(history_line(c->history, 7, &row));
	assert_int_equal(copy_find_in(c, &row, 0, 1, &end), 0);
	press("/");
	type("Main");
	press("Enter");
	assert_false(c->find.fold);
	assert_true(history_line(c->history, 3, &row));
	assert_int_equal(copy_find_in(c, &row, 0, 1, &end), -1);
	press("?");
	copy_paste(&view, STR("語 a"));
	press("Enter");
	assert_true(history_line(c->history, 4, &row));
	assert_int_equal(copy_find_in(c, &row, 0, 1, &end), 22);
	assert_int_equal(end, 26);
	assert_at(4, 22);
	press("n");
	assert_at(4, 22);
	assert_non_null(strstr(view.toast, "wrapped: from the last line on"));
	press("/");
	type("nowhere");
	press("Enter");
	assert_non_null(strstr(view.toast, "not found on its screen"));
	assert_false(c->find.on);
	copy_close(&view);
}

static void
mouse(enum mouse_kind kind, int x, int y)
{
	/* The first tile's inside begins at 1, 2. */
	action_mouse(&view, (struct mouse){kind, kind < MOUSE_MOVE, 0, x, y});
	view.chrome = true;
	frame_draw(&view);
}

static void
test_mouse(void **state)
{
	(void)state;
	mouse(MOUSE_PRESS, 1, 5);
	assert_null(view.copy);
	mouse(MOUSE_DRAG, 1, 5);
	assert_null(view.copy);
	mouse(MOUSE_DRAG, 4, 5);
	assert_non_null(view.copy);
	assert_int_equal(said.len, 0);
	mouse(MOUSE_DRAG, 3, 6);
	mouse(MOUSE_DRAG, 3, 5);
	mouse(MOUSE_RELEASE, 3, 5);
	assert_copied("int");
	/* A click is only a click. */
	clock_skip(1000);
	mouse(MOUSE_PRESS, 3, 6);
	mouse(MOUSE_RELEASE, 3, 6);
	assert_null(view.copy);
	/* Twice: a word as paths have it. Thrice: the line. */
	mouse(MOUSE_PRESS, 3, 6);
	mouse(MOUSE_RELEASE, 3, 6);
	assert_copied("/usr/lib/x.so:12:");
	mouse(MOUSE_PRESS, 3, 6);
	mouse(MOUSE_RELEASE, 3, 6);
	assert_copied("/usr/lib/x.so:12: 日本語 and e\xcc\x81");
	/* Too late for that, or elsewhere. */
	clock_skip(1000);
	mouse(MOUSE_PRESS, 3, 6);
	mouse(MOUSE_RELEASE, 3, 6);
	mouse(MOUSE_PRESS, 5, 6);
	mouse(MOUSE_RELEASE, 5, 6);
	assert_null(view.copy);
	/* Where nothing stands nothing is copied, and one is back all the same. */
	clock_skip(1000);
	mouse(MOUSE_PRESS, 40, 12);
	mouse(MOUSE_DRAG, 42, 12);
	assert_non_null(view.copy);
	mouse(MOUSE_RELEASE, 42, 12);
	assert_null(view.copy);
	assert_non_null(strstr(view.toast, "nothing but blanks"));
	/* In COPY mode one stays, and a click moves the cursor. */
	open_copy();
	clock_skip(1000);
	mouse(MOUSE_PRESS, 6, 5);
	assert_at(3, 5);
	mouse(MOUSE_DRAG, 1, 5);
	mouse(MOUSE_RELEASE, 1, 5);
	assert_non_null(view.copy);
	assert_string_equal(buf_cstr(&words), "copied 1 line");
	assert_false(view.copy->selecting);
	buf_clear(&said);
	/* One on another tile leaves it. */
	mouse(MOUSE_PRESS, 100, 5);
	mouse(MOUSE_RELEASE, 100, 5);
	assert_null(view.copy);
	assert_int_equal(view.focus, view.agents[1]);
	assert_int_equal(said.len, 0);
}

/* An agent that is typed into and asked for the mouse has it: nothing is selected. */
static void
test_agents_mouse(void **state)
{
	(void)state;
	screen_feed(view.fleet->agents[0]->screen, STR("\033[?1002h\033[?1006h"));
	view.mode = VIEW_TYPING;
	mouse(MOUSE_PRESS, 2, 5);
	mouse(MOUSE_DRAG, 9, 5);
	mouse(MOUSE_RELEASE, 9, 5);
	assert_null(view.copy);
	mouse(MOUSE_WHEEL_UP, 9, 5);
	assert_null(view.copy);
	view.mode = VIEW_COMMAND;
	mouse(MOUSE_WHEEL_UP, 9, 5);
	assert_null(view.copy);
	mouse(MOUSE_PRESS, 1, 5);
	mouse(MOUSE_DRAG, 3, 5);
	mouse(MOUSE_RELEASE, 3, 5);
	assert_copied("int");
	/* On an alternate screen the wheel is keys. */
	screen_feed(view.fleet->agents[0]->screen, STR("\033[?1002l\033[?1049h"));
	mouse(MOUSE_WHEEL_UP, 9, 5);
	assert_null(view.copy);
	screen_feed(view.fleet->agents[0]->screen, STR("\033[?1049l"));
	mouse(MOUSE_WHEEL_UP, 9, 5);
	assert_non_null(view.copy);
	/* Back to what it was opened in. */
	copy_close(&view);
	view.mode = VIEW_TYPING;
	mouse(MOUSE_WHEEL_UP, 9, 5);
	assert_int_equal(view.mode, VIEW_COPY);
	press("q");
	assert_int_equal(view.mode, VIEW_TYPING);
}

static void
test_panel(void **state)
{
	(void)state;
	press("E");
	int x = view.layout.panel.x, w = view.layout.panel.w;
	assert_true(x > 0);
	mouse(MOUSE_PRESS, x, 10);
	mouse(MOUSE_DRAG, x - 16, 12);
	assert_in_range(view.layout.panel.w, w + 15, w + 18);
	mouse(MOUSE_DRAG, 1, 12);
	mouse(MOUSE_RELEASE, 1, 12);
	assert_int_equal(view.panel_share, LAYOUT_SHARE_MAX);
	/* Not moved: a click. The names stand on the frame. */
	x = view.layout.panel.x;
	press("q");
	press("E");
	mouse(MOUSE_PRESS, x + 3, 1);
	mouse(MOUSE_RELEASE, x + 3, 1);
	assert_int_equal(view.mode, VIEW_INBOX);
	assert_int_equal(view.panel_share, LAYOUT_SHARE_MAX);
	mouse(MOUSE_PRESS, x + 13, 1);
	mouse(MOUSE_RELEASE, x + 13, 1);
	assert_int_equal(view.mode, VIEW_TASKS);
	/* At the left, and below: as far as they were pulled. */
	view.panel_place = PLACE_LEFT;
	frame_draw(&view);
	w = view.layout.panel.w;
	mouse(MOUSE_PRESS, w - 1, 10);
	mouse(MOUSE_DRAG, 59, 10);
	mouse(MOUSE_RELEASE, 59, 10);
	assert_in_range(view.layout.panel.w, 59, 62);
	view.panel_place = PLACE_BELOW;
	frame_draw(&view);
	mouse(MOUSE_PRESS, 9, view.layout.panel.y);
	mouse(MOUSE_DRAG, 9, 20);
	mouse(MOUSE_RELEASE, 9, 20);
	assert_in_range(view.layout.panel.y, 19, 21);
	view.panel_place = PLACE_RIGHT;
	frame_draw(&view);
	x = view.layout.panel.x;
	/* Whoever goes there has left COPY mode. */
	press("C-q");
	open_copy();
	mouse(MOUSE_PRESS, x + 10, 10);
	mouse(MOUSE_RELEASE, x + 10, 10);
	assert_null(view.copy);
}

/* --- where it goes --- */

static void
test_terminal(void **state)
{
	char *large = mem_alloc(CLIPBOARD_TERMINAL_MAX + 2);
	struct buf bytes = BUF_INIT;
	(void)state;
	clipboard_bytes(STR("a"), &bytes);
	clipboard_bytes(STR("ab"), &bytes);
	clipboard_bytes(STR("abc\xff"), &bytes);
	assert_string_equal(
		buf_cstr(&bytes), "\033]52;c;YQ==\007\033]52;c;YWI=\007\033]52;c;YWJj/w==\007");
	memset(large, 'x', CLIPBOARD_TERMINAL_MAX + 1);
	clipboard_put(view.clipboard, str_from(large), "all");
	assert_non_null(strstr(buf_cstr(&why), "more than a terminal takes"));
	assert_int_equal(said.len, 0);
	large[CLIPBOARD_TERMINAL_MAX] = 0;
	clipboard_put(view.clipboard, str_from(large), "all");
	assert_int_equal(why.len, 0);
	assert_int_equal(said.len, 100000);
	deaf = true;
	clipboard_put(view.clipboard, STR("x"), "x");
	assert_non_null(strstr(buf_cstr(&why), "takes nothing now"));
	mem_free(large);
	buf_release(&bytes);
}

static void
wait_told(int count)
{
	int64_t until = clock_ms() + DEADLINE_MS;
	while (told < count) {
		if (clock_ms() > until)
			fail_msg("nothing was told");
		loop_turn(loop, true);
	}
}

static char **command;

/* The palette goes on with it, or leaves it for something else. */
static void
test_palette(void **state)
{
	(void)state;
	struct copy *c = open_copy();
	press(":");
	type("copy select lines");
	press("Enter");
	assert_ptr_equal(view.copy, c);
	assert_true(c->selecting);
	assert_int_equal(c->kind, SPAN_LINES);
	press("Escape");
	press(":");
	press("Escape");
	assert_ptr_equal(view.copy, c);
	assert_int_equal(view.mode, VIEW_COPY);
	press(":");
	type("scroll back");
	press("Enter");
	assert_non_null(view.copy);
	assert_int_equal(view.mode, VIEW_COPY);
	press(":");
	type("zoom the focused");
	press("Enter");
	assert_null(view.copy);
	assert_true(view.zoom);
	assert_int_equal(view.mode, VIEW_COMMAND);
}

static void
use(const char *const argv[])
{
	clipboard_free(view.clipboard);
	mem_free_words(command);
	command = argv ? mem_copy_words(argv) : NULL;
	view.clipboard = clipboard_new(loop, command, &ops, NULL);
}

static void
test_command(void **state)
{
	char file[] = "/tmp/ck-copy.XXXXXX";
	const char *const takes[] = {"sh", "-c", "cat >\"$0\"", file, NULL};
	const char *const fails[] = {"sh", "-c", "echo no display >&2; exit 3", NULL};
	const char *const none[] = {"/no/such/program", NULL};
	const char *const stays[] = {
		"sh", "-c", "cat >/dev/null; sleep 1000 & echo $! >\"$0\"", file, NULL};
	struct buf pid = BUF_INIT;
	const char *const sleeps[] = {"sleep", "1000", NULL};
	struct buf got = BUF_INIT;
	int fd = mkstemp(file);
	(void)state;
	assert_true(fd >= 0);
	use(takes);
	clipboard_put(view.clipboard, STR("two\nlines"), "copied 2 lines");
	wait_told(1);
	assert_string_equal(buf_cstr(&words), "copied 2 lines");
	assert_int_equal(why.len, 0);
	assert_int_equal(path_read(file, 100, &got, NULL), 0);
	assert_string_equal(buf_cstr(&got), "two\nlines");
	/* What keeps the clipboard for others goes on. */
	use(stays);
	clipboard_put(view.clipboard, STR("x"), "x");
	wait_told(2);
	assert_int_equal(why.len, 0);
	assert_int_equal(path_read(file, 100, &pid, NULL), 0);
	assert_int_equal(kill(atoi(buf_cstr(&pid)), SIGTERM), 0);
	buf_release(&pid);
	use(fails);
	clipboard_put(view.clipboard, STR("x"), "x");
	wait_told(3);
	assert_string_equal(buf_cstr(&why), "sh has failed: no display");
	use(none);
	clipboard_put(view.clipboard, STR("x"), "x");
	wait_told(4);
	assert_true(why.len > 0);
	/* It is not waited for for ever. */
	use(sleeps);
	clipboard_put(view.clipboard, STR("x"), "x");
	clock_skip(10001);
	wait_told(5);
	assert_non_null(strstr(buf_cstr(&why), "took longer"));
	/* The last one counts. */
	clipboard_put(view.clipboard, STR("x"), "x");
	clipboard_put(view.clipboard, STR("y"), "y");
	clock_skip(10001);
	wait_told(6);
	assert_string_equal(buf_cstr(&words), "y");
	/* Another one is used from the next copy on. */
	clipboard_put(view.clipboard, STR("z"), "z");
	clipboard_use(view.clipboard, NULL);
	clock_skip(10001);
	wait_told(7);
	assert_non_null(strstr(buf_cstr(&why), "sleep took longer"));
	assert_int_equal(said.len, 0);
	clipboard_put(view.clipboard, STR("a"), "a");
	wait_told(8);
	assert_string_equal(buf_cstr(&said), "\033]52;c;YQ==\007");
	buf_clear(&said);
	/* A tmux that is none any more: the terminal. */
	setenv("TMUX", "/nonexistent/tmux,1,0", 1);
	use(NULL);
	unsetenv("TMUX");
	assert_int_equal(said.len, 0);
	clipboard_put(view.clipboard, STR("a"), "a");
	wait_told(9);
	assert_int_equal(why.len, 0);
	assert_string_equal(buf_cstr(&said), "\033]52;c;YQ==\007");
	unlink(file);
	close(fd);
	buf_release(&got);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The agent may go while the palette lies over what is copied from it. */
static void
test_gone_under_palette(void **state)
{
	(void)state;
	open_copy();
	press(":");
	for (const char *c = "select"; *c; c++)
		press((char[]){*c, '\0'});
	copy_close(&view);
	press("Enter");
	assert_null(view.palette);
	assert_null(view.copy);
	assert_int_equal(view.mode, VIEW_COMMAND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_gone_under_palette),
		CASE(test_moves),
		CASE(test_palette),
		CASE(test_copies),
		CASE(test_stands_still),
		CASE(test_finds),
		CASE(test_mouse),
		CASE(test_agents_mouse),
		CASE(test_panel),
		CASE(test_terminal),
		CASE(test_command),
	};
	text_init();
	/* As in the program: a command may end before it has read all. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("ui_copy", tests, NULL, NULL);
}
