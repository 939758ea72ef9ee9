/* SPDX-License-Identifier: MIT */
/* Whole frames against saved ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/action.h"
#include "ui/arrange.h"
#include "ui/dialog.h"
#include "ui/panel.h"
#include "ui/question.h"
#include "ui_press.h"

static void
test_sizes(void **state)
{
	(void)state;
	assert_frame("grid-200x60", 200, 60);
	assert_frame("grid-120x40", 120, 40);
	assert_frame("list-80x24", 80, 24);
	assert_frame("list-60x20", 60, 20);
	assert_frame("small-10x3", 10, 3);
	assert_frame("small-19x8", 19, 8);
}

static void
test_modes(void **state)
{
	(void)state;
	assert_frame("grid-120x40", 120, 40);
	action_type(&view, 0);
	assert_frame("typing-120x40", 120, 40);
	action_command(&view, 0);
	action_zoom(&view, 0);
	assert_frame("zoom-120x40", 120, 40);
	action_zoom(&view, 0);
	action_help(&view, 0);
	assert_frame("help-120x40", 120, 40);
	buf_clear(&view.text);
	action_stop(&view, 0);
	assert_frame("stop-80x24", 80, 24);
	dialog_close(&view);
	action_restart_running(&view, 0);
	assert_frame("restart-80x24", 80, 24);
	assert_frame("restart-60x20", 60, 20);
	dialog_close(&view);
	action_new_with(&view, 0);
	assert_frame("new-80x24", 80, 24);
	dialog_close(&view);
	assert_frame("grid-120x40", 120, 40); /* nothing of it is left */
}

/* One large, the others beside it; and a list, whatever the size is. */
static void
test_layouts(void **state)
{
	(void)state;
	view.form = FORM_MAIN;
	assert_frame("main-200x60", 200, 60);
	action_right(&view, 0);
	arrange_main(&view, 0);
	assert_frame("main-120x40", 120, 40);
	assert_frame("main-80x24", 80, 24);
	view.form = FORM_LIST;
	assert_frame("list-200x60", 200, 60);
	panel_show(&view, PANEL_INBOX);
	view.panel_place = PLACE_LEFT;
	assert_frame("list-inbox-200x60", 200, 60);
	arrange_next(&view, 0);
	assert_int_equal(view.form, FORM_FITTING);
}

/* A field alone shows all of its text, and Up and Down go through its rows. */
static void
test_long_prompt(void **state)
{
	struct agent_view agent;
	(void)state;
	view_refresh(&view);
	assert_true(view_focused(&view, &agent));
	action_prompt_with(&view, &agent,
		"Your work does not merge any more.\n- src/日本語.c, lines of yours: "
		"5\n\nPlease "
		"merge it into your branch, resolve the conflicts so that what both were for "
		"still "
		"works, and check that.");
	assert_frame("prompt-80x24", 80, 24);
	/* A long text is read from its beginning. */
	press("End");
	for (int i = 0; i < 3; i++)
		press("Up");
	press("X");
	press("Down");
	press("Down");
	press("Y");
	assert_frame("prompt-60x20", 60, 20);
	dialog_close(&view);
}

static void
test_trouble(void **state)
{
	struct host *host = &view.fleet->hosts[1];
	(void)state;
	host->state = HOST_REFUSED;
	host->since = noon - 5LL * 86400 * 1000;
	err_set(&host->why, ERR_HOSTKEY, "host web-1: the host key is not known");
	assert_frame("refused-120x40", 120, 40);
}

static void
trouble(enum host_state state, int code, const char *why)
{
	struct host *host = &view.fleet->hosts[1];
	host->state = state;
	host->since = host->tried_at = noon - 3200;
	host->tries = 0;
	host->lost_at = noon - 42200;
	host->heard_at = noon - 31200;
	host->retry_at = state == HOST_LOST ? noon + 7500 : 0;
	host->why = ERR_INIT;
	if (code)
		err_set(&host->why, code, "host web-1: %s", why);
	/* What was known then is said of it still. */
	struct agent *types = view.fleet->agents[1];
	types->ev.dead = false;
	types->ev.signs[SIGN_PROGRESS] =
		(struct sign){.at = noon - 200000, .claim = AGENT_WORKING, .row = 1};
}

static void
test_stale(void **state)
{
	(void)state;
	trouble(HOST_STALE, 0, "");
	assert_frame("stale-120x40", 120, 40);
	assert_frame("stale-80x24", 80, 24);
}

static void
test_retry(void **state)
{
	(void)state;
	trouble(HOST_LOST, ERR_CLOSED, "connection to 10.1.2.3 port 22: Connection refused");
	assert_frame("lost-120x40", 120, 40);
	assert_frame("lost-80x24", 80, 24);
	trouble(HOST_LOGIN, 0, "");
	assert_frame("login-120x40", 120, 40);
	trouble(HOST_CANCELED, ERR_CANCELED, "connecting was cancelled");
	assert_frame("cancelled-120x40", 120, 40);
}

static void
test_server_gone(void **state)
{
	(void)state;
	agent_lose(view.fleet->agents[1], LOSS_SERVER, noon - 2LL * 86400 * 1000 - 5000);
	assert_frame("gone-120x40", 120, 40);
	assert_frame("gone-80x24", 80, 24);
	/* One whose screen was never seen here says the same in its middle, not how its host
	 * is. */
	struct screen *seen = view.fleet->agents[1]->screen;
	struct buf text = BUF_INIT;
	view.fleet->agents[1]->screen = NULL;
	surface_resize(view.surface, 120, 40);
	view.whole = true;
	frame_draw(&view);
	view.fleet->agents[1]->screen = seen;
	view.whole = true;
	surface_text(view.surface, false, &text);
	assert_non_null(strstr(buf_cstr(&text), "   ✗ lost 2d   "));
	assert_null(strstr(buf_cstr(&text), " ready "));
	buf_release(&text);
}

/* On a tile's lower edge the key that helps has the colour of all keys, its words that of what
 * is the matter. */
static void
test_key_on_edge(void **state)
{
	const struct style key = theme_style(view.theme, ROLE_KEYS_KEY);
	const struct style words = theme_style(view.theme, ROLE_STATE_FAILED);
	(void)state;
	surface_resize(view.surface, 120, 40);
	view.whole = true;
	frame_draw(&view);
	const struct rect *outer = &view.layout.tiles[1].outer;
	const struct cell *end = surface_row(view.surface, outer->y + outer->h - 1) + outer->x +
				 outer->w - (int)strlen(" r restart ") - 1;
	assert_int_equal(end[1].text, 'r');
	assert_int_equal(end[1].fg, key.fg);
	assert_int_equal(end[3].text, 'r');
	assert_int_equal(end[3].fg, words.fg);
	assert_int_not_equal(key.fg, words.fg);
	/* Where what is the matter has a ground of its own, on that. */
	theme_free(view.theme);
	assert_int_equal(theme_load("ansi16", &view.theme, NULL), 0);
	view.whole = true;
	frame_draw(&view);
	assert_int_equal(end[1].text, 'r');
	assert_int_equal(end[1].bg, theme_style(view.theme, ROLE_STATE_FAILED).bg);
	assert_int_equal(end[1].fg, theme_style(view.theme, ROLE_STATE_FAILED).fg);
	assert_true(end[1].attr & CELL_UNDERLINE);
	assert_false(end[3].attr & CELL_UNDERLINE);
}

/* Typed while nothing arrives: counted, and the mode stays. */
static void
test_not_sent(void **state)
{
	struct key key = {.code = 'x'};
	(void)state;
	view_refresh(&view);
	action_jump(&view, 2);
	action_type(&view, 0);
	assert_int_equal(view.mode, VIEW_TYPING);
	trouble(HOST_STALE, 0, "");
	for (int i = 0; i < 3; i++)
		action_typed(&view, key);
	assert_frame("unsent-120x40", 120, 40);
	assert_int_equal(view.mode, VIEW_TYPING);
	assert_string_equal(view.toast, "3 keys not sent to types: web-1 does not answer");
}

/* The same at every size, whatever is open: case 66. */
static void
test_any_size(void **state)
{
	static void (*const open[])(struct view * view, int argument) = {action_type,
		action_command, action_zoom, action_help, action_stop, action_new_with};
	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		open[i](&view, 0);
		for (int cols = 1; cols <= 46; cols += 5) {
			for (int rows = 1; rows <= 13; rows += 3) {
				surface_resize(view.surface, cols, rows);
				view.whole = true;
				frame_draw(&view);
			}
		}
		dialog_close(&view);
		buf_clear(&view.text);
	}
	assert_frame("small-10x3", 10, 3);
}

enum { LONG = 10000 /* characters */ };

static char *
make_long(const char *character)
{
	struct buf name = BUF_INIT;
	for (int i = 0; i < LONG; i++)
		buf_addc(&name, character);
	return buf_steal(&name);
}

/* What a frame is drawn with, or 0. */
static uint32_t
border_at(int x, int y)
{
	static const char *const borders[] = {"│", "┌", "┐", "└", "┘"};
	const struct cell *cell = &surface_row(view.surface, y)[x];
	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++) {
		struct str border = str_from(borders[i]);
		if (cell->text == text_next(&border))
			return cell->text;
	}
	return 0;
}

/* Case 65: names of any length and script leave all borders where they are. */
static void
test_long_names(void **state)
{
	static const char *const characters[] = {"a", "日", "e\xcc\x81\xcc\x82\xcc\x83",
		"\xd7\x90\xd8\xa8", "\xe2\x80\xae",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "\xcc\x81"};
	static const int sizes[][2] = {
		{200, 60},
                {120, 40},
                {80,  24},
                {40,  10}
        };
	static uint32_t plain[60][200];
	(void)state;
	for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
		int cols = sizes[size][0], rows = sizes[size][1], borders = 0;
		surface_resize(view.surface, cols, rows);
		for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
			for (int n = 0; n < 3; n++) {
				struct agent *agent = view.fleet->agents[n];
				mem_free(agent->name);
				mem_free(agent->branch);
				agent->name = make_long(characters[i]);
				agent->branch = make_long(characters[i]);
			}
			view.whole = true;
			frame_draw(&view);
			for (int y = 0; y < rows; y++) {
				for (int x = 0; x < cols; x++) {
					uint32_t border = border_at(x, y);
					borders += border != 0;
					if (i == 0)
						plain[y][x] = border;
					else if (border != plain[y][x])
						fail_msg("%s at %dx%d", characters[i], x, y);
				}
			}
		}
		assert_true(borders > rows);
	}
}

/* Case 70. An agent's output stays inside, whatever it draws; the frame around it is ours. */
static void
test_fake_frame(void **state)
{
	struct agent *agent = view.fleet->agents[0];
	(void)state;
	screen_feed(agent->screen,
		STR("\033[2J\033[H\033[999;999H\xe2\x94\x98\033[1;1H\xe2\x94\x8c 1 parser "
		    "\xe2\x94"
		    "\x80 done\033]2;\xe2\x94\x90\007\033[20A\033[200C\xe2\x94\x90"));
	assert_frame("fake-80x24", 80, 24);
}

/* What an agent prints is drawn alone, at every edge: the same as from nothing. */
static void
test_prints(void **state)
{
	const struct str prints[] = {
		STR("\r\n\033[31mnarrow\033[m over"),
		STR("\033[H日本 wide \033[1;57H日"),
		STR("\033[H\033[2K 日"),
		STR("\033[H日 e\xcc\x81 \033]8;;https://a.example/\033\\link\033]8;;\033\\"),
		STR("\033[2J\033[99;99H$"),
	};
	struct agent *agent = view.fleet->agents[0];
	(void)state;
	assert_frame("grid-120x40", 120, 40);
	for (size_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		struct buf alone = BUF_INIT, whole = BUF_INIT;
		uint64_t header = surface_row_stamp(view.surface, 0);
		uint64_t frame = surface_row_stamp(view.surface, view.layout.tiles[0].outer.y);
		screen_feed(agent->screen, prints[i]);
		frame_draw(&view);
		assert_int_equal(surface_row_stamp(view.surface, 0), header);
		assert_int_equal(
			surface_row_stamp(view.surface, view.layout.tiles[0].outer.y), frame);
		surface_text(view.surface, true, &alone);
		view.whole = true;
		frame_draw(&view);
		surface_text(view.surface, true, &whole);
		mask_clock(&alone);
		mask_clock(&whole);
		assert_string_equal(buf_cstr(&alone), buf_cstr(&whole));
		buf_release(&alone);
		buf_release(&whole);
	}
}

static const struct link_ask secret = {
	.kind = LINK_ASK_SECRET,
	.host = "web-1",
	.title = "web-1.example.org asks for more than a key",
	.text = "Two-step login for ann\nA code was sent to your telephone.",
	.prompts = {{"Password:", false}, {"Code from the telephone:", true}},
	.count = 2
};

static const struct link_ask trust = {.kind = LINK_ASK_TRUST,
	.host = "web-1",
	.title = "the host key of web-1.example.org port 2222 has never been seen",
	.text = "ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrmJTcBJ1XqYw3VDCnX6q4lI\n"
		"yes adds it to /home/ann/.ssh/known_hosts"};

static void
ask(int index, const struct link_ask *what)
{
	struct host *host = &view.fleet->hosts[index];
	host->state = HOST_ASKING;
	host->since = noon - 5LL * 86400 * 1000 - 1000;
	snprintf(host->doing, sizeof(host->doing), "login");
	ask_take(host, what);
	question_update(&view, index);
}

static void
test_questions(void **state)
{
	(void)state;
	ask(1, &secret);
	view_refresh(&view);
	action_type(&view, 0);
	assert_frame("asks-typing-120x40", 120, 40);
	assert_frame("asks-typing-60x20", 60, 20);
	action_command(&view, 0);
	assert_frame("asks-command-120x40", 120, 40);
	action_answer(&view, 0);
	question_paste(&view, STR("correct horse"), false);
	assert_frame("secret-120x40", 120, 40);
	assert_frame("secret-60x20", 60, 20);
	press("Enter");
	question_paste(&view, STR("12日34"), false);
	assert_frame("secret-second-80x24", 80, 24);
	question_close(&view);
	ask(0, &trust); /* on this machine, and with the name of another host */
	action_answer(&view, 0);
	assert_frame("trust-120x40", 120, 40);
	question_close(&view);
	ask(1, &trust);
	view.asking.hosts[0] = 1;
	view.asking.hosts[1] = 0;
	view.focus = view.agents[1];
	action_answer(&view, 0);
	assert_frame("trust-60x20", 60, 20);
	assert_frame("trust-40x10", 40, 10);
}

/* Safe to show, but as long and as wide as a host likes. */
static void
test_hostile_question(void **state)
{
	struct link_ask hostile = {.kind = LINK_ASK_SECRET, .host = "web-1", .count = 8};
	struct buf text = BUF_INIT, wide = BUF_INIT;
	(void)state;
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, "%d 日本語日本語\n", i);
	for (int i = 0; i < 5000; i++)
		buf_addc(&wide, "漢");
	hostile.title = buf_cstr(&wide);
	hostile.text = buf_cstr(&text);
	for (int i = 0; i < 8; i++)
		hostile.prompts[i].text = buf_cstr(&wide);
	ask(1, &hostile);
	assert_frame("asks-hostile-60x20", 60, 20);
	action_answer(&view, 0);
	assert_frame("hostile-60x20", 60, 20);
	for (int i = 0; i < 7; i++)
		press("Tab");
	assert_frame("hostile-last-60x20", 60, 20);
	assert_frame("hostile-last-200x60", 200, 60);
	buf_release(&text);
	buf_release(&wide);
}

static void
test_refused_question(void **state)
{
	struct host *host = &view.fleet->hosts[1];
	(void)state;
	host->state = HOST_REFUSED;
	host->since = noon - 5LL * 86400 * 1000 - 1000;
	err_set(&host->why, ERR_AUTH,
		"host web-1: login as ann on web-1.example.org refused: tried "
		"/home/ann/.ssh/id: "
		"nobody gave its passphrase");
	view_refresh(&view);
	view.focus = view.fleet->agents[4]->id;
	action_zoom(&view, 0);
	assert_frame("refused-zoom-80x24", 80, 24);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_modes, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_key_on_edge, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_layouts, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_long_prompt, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_trouble, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_stale, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_retry, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_server_gone, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_not_sent, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_any_size, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_long_names, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_fake_frame, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_prints, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_questions, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(
			test_hostile_question, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(
			test_refused_question, deck_setup, deck_teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_frame", tests, NULL, NULL);
}
