/* SPDX-License-Identifier: MIT */
/* The command palette: what it has, in which order, and what Enter does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/action.h"
#include "ui/caps.h"
#include "ui/fuzzy.h"
#include "ui/keymap.h"
#include "ui/palette.h"
#include "ui/panel.h"
#include "ui_press.h"

static void
type(const char *text)
{
	for (; *text; text++) {
		const struct key key = {.code = (uint32_t)*text};
		assert_true(overlay_key(&view, key));
	}
}

static bool
has(const char *words)
{
	const char *at;
	for (int i = 0; (at = palette_at(&view, i)) != NULL; i++) {
		if (strcmp(at, words) == 0)
			return true;
	}
	return false;
}

static void
test_score(void **state)
{
	(void)state;
	const struct str text = STR("diff: what the focused agent has changed");
	int first = fuzzy_score(STR("dif"), text), word = fuzzy_score(STR("Focus"), text);
	int part = fuzzy_score(STR("gent"), text), letters = fuzzy_score(STR("fcsd"), text);
	assert_true(first > word && word > part && part > letters && letters >= 0);
	assert_int_equal(fuzzy_score(STR("xyz"), text), -1);
	/* Letters in another order, or from the middle of a word on, are no fit. */
	assert_int_equal(fuzzy_score(STR("dscf"), text), -1);
	assert_int_equal(fuzzy_score(STR("ifwhat"), text), -1);
	/* All words, in any order. */
	assert_true(fuzzy_score(STR("agent diff"), text) > first);
	assert_int_equal(fuzzy_score(STR("agent nothing"), text), -1);
	assert_int_equal(fuzzy_score(STR(""), text), 0);
	assert_int_equal(fuzzy_score(STR("  "), text), 0);
	assert_int_equal(fuzzy_score(STR("a"), STR("")), -1);
}

/* Whatever a key does can be done from here, too. */
static void
test_has_all(void **state)
{
	(void)state;
	view_refresh(&view);
	for (int m = 0; m < VIEW_BOXES; m++) {
		struct keymap_row row;
		view.mode = (enum view_mode)m;
		if (m == VIEW_TYPING)
			continue;
		palette_open(&view);
		for (int i = 0; keymap_at(NULL, view.mode, i, &row); i++) {
			char words[160];
			const char *help = row.help ? row.help : row.hint ? row.hint : row.name;
			snprintf(words, sizeof(words), "%s%s%s",
				m == VIEW_COMMAND ? "" : keymap_mode(view.mode),
				m == VIEW_COMMAND ? "" : ": ", help);
			if (row.run != action_palette && !has(words))
				fail_msg("the palette lacks: %s", words);
		}
		palette_close(&view);
	}
	view.mode = VIEW_COMMAND;
}

static void
test_runs(void **state)
{
	(void)state;
	view_refresh(&view);
	press(":");
	assert_non_null(view.palette);
	type("focus");
	assert_frame("palette-120x40", 120, 40);
	assert_frame("palette-60x20", 60, 20);
	press("C-u");
	type("zoo");
	assert_string_equal(palette_at(&view, 0), "zoom the focused tile, and back");
	press("Enter");
	assert_null(view.palette);
	assert_true(view.zoom);
	/* By the name of the action. */
	press(":");
	type("Focus-Tile-2");
	assert_string_equal(palette_at(&view, 0), "focus-tile-2");
	press("Enter");
	assert_int_equal(view.focus, view.agents[1]);
	/* Somebody to go to. */
	press(":");
	type("go parser");
	assert_string_equal(palette_at(&view, 0), "go to parser on local: quiet");
	assert_frame("palette-go-120x40", 120, 40);
	press("Enter");
	assert_int_equal(view.focus, view.agents[0]);
	press(":");
	type("qqqq");
	assert_null(palette_at(&view, 0));
	press("Enter");
	assert_non_null(view.palette);
	press("C-u");
	type("quit");
	press("Escape");
	assert_null(view.palette);
	assert_false(view.quit);
}

/* Without colours a key has the box's ground, not that of the key line. Words that have no room
 * end with a clause. */
static void
test_rows(void **state)
{
	const struct caps mono = {.depth = CAPS_MONO};
	char tmp[4];
	(void)state;
	theme_fit(view.theme, &mono);
	surface_resize(view.surface, 60, 20);
	press(":");
	type("mends");
	assert_string_equal(palette_at(&view, 0),
		"choose who mends it: a new agent with its work, or one that is at rest");
	view.whole = true;
	frame_draw(&view);
	for (int y = 4; y < 18; y++) {
		const struct cell *row = surface_row(view.surface, y);
		for (int x = 1; x < 59; x++)
			assert_false(row[x].attr & CELL_REVERSE);
	}
	const struct cell *row = surface_row(view.surface, 3);
	assert_true(str_eqc(surface_cell_text(view.surface, row[48].text, tmp), "…"));
	press("Escape");
}

/* Up, Down and their like; the first letter typed begins at the top again. */
static void
test_choosing(void **state)
{
	(void)state;
	view_refresh(&view);
	press(":");
	press("Down");
	press("C-n");
	press("C-p");
	press("Up");
	press("Up");
	press("NPage");
	press("NPage");
	press("NPage");
	press("NPage");
	press("NPage");
	press("NPage"); /* not behind the last one, which is an agent */
	assert_frame("palette-last-80x24", 80, 24);
	press("Enter");
	assert_int_equal(view.focus, view.agents[5]);
	press(":");
	press("Down");
	type("new agent");
	press("Down");
	assert_string_equal(palette_at(&view, 1), "new agent, with all options");
	press("Enter");
	assert_non_null(view.dialog); /* the second one: it asks for more than one thing */
	assert_null(view.palette);
}

/* The open panel's actions are there, and are run in its mode. */
static void
test_panel(void **state)
{
	(void)state;
	view_refresh(&view);
	panel_show(&view, PANEL_INBOX);
	action_command(&view, 0);
	press(":");
	assert_true(has("inbox: the panel alone, and back"));
	assert_false(has("tasks: add one"));
	type("inbox panel alone");
	press("Enter");
	assert_true(view.panel_full);
	assert_int_equal(view.mode, VIEW_INBOX);
	/* Opened there, its own come first. */
	press(":");
	assert_true(str_starts(str_from(palette_at(&view, 0)), STR("inbox: ")));
	type("inbox close");
	press("Enter");
	assert_false(view.panel);
}

static void
test_paste(void **state)
{
	(void)state;
	view_refresh(&view);
	press(":");
	action_paste(&view, STR("zo\033om\nrm -rf"), false);
	assert_string_equal(palette_at(&view, 0), "zoom the focused tile, and back");
	press("Escape");
}

/* Bytes that are no text, and what turns a line around. */
static void
test_hostile_letters(void **state)
{
	(void)state;
	view_refresh(&view);
	press(":");
	action_paste(&view, STR("\xff\xfe\xe6\x97\xa5 \xe2\x80\xae z"), false);
	assert_null(palette_at(&view, 0));
	assert_frame("palette-hostile-80x24", 80, 24);
	press("Escape");
}

static int
own_state_setup(void **state)
{
	char dir[] = "/tmp/ckpalette.XXXXXX";
	assert_non_null(mkdtemp(dir));
	setenv("XDG_STATE_HOME", dir, 1);
	return deck_setup(state);
}

static int
own_state_teardown(void **state)
{
	path_remove_tree(getenv("XDG_STATE_HOME"), NULL);
	return deck_teardown(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, own_state_setup, own_state_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_score),
		CASE(test_has_all),
		CASE(test_runs),
		CASE(test_rows),
		CASE(test_choosing),
		CASE(test_panel),
		CASE(test_paste),
		CASE(test_hostile_letters),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_palette", tests, NULL, NULL);
}
