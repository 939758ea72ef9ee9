/* SPDX-License-Identifier: MIT */
/*
 * Every view, box and layout at every size: what must hold of all frames does (ui_straight.h),
 * in whatever theme; frames of views that have none elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "cockpit/base_data.h"
#include "ui/copy.h"
#include "ui/dialog.h"
#include "ui/pager.h"
#include "ui/question.h"
#include "ui_shown.h"
#include "ui_straight.h"

#define DEADLINE_MS 20000

static char dir[40];

static const char *
plain_words(const char *plain)
{
	return plain;
}

static int
setup(void **state)
{
	strcpy(dir, "/tmp/cockpit-views-XXXXXX");
	if (!mkdtemp(dir) || setenv("XDG_STATE_HOME", dir, 1) < 0 || asking_setup(state) != 0)
		return -1;
	((struct fleet_config *)(uintptr_t)fleet_config(view.fleet))->check =
		mem_strdup("make test");
	ask_person(0, 7, 40000, "Bash", "rm -rf build\nmake", YES | NO | ALWAYS);
	shown_fill(plain_words);
	return 0;
}

static int
teardown(void **state)
{
	shown_drop();
	deck_teardown(state);
	return path_remove_tree(dir, NULL);
}

static void
press(const char *keys)
{
	for (struct str rest = str_from(keys); rest.len > 0;) {
		struct key key;
		assert_true(key_parse(str_cut(&rest, ' '), &key));
		view_refresh(&view);
		if (!overlay_key(&view, key))
			keymap_key(&view, key);
	}
}

static void
nothing(struct view *of, uint32_t agent, const char *const values[])
{
	(void)of;
	(void)agent;
	(void)values;
}

static void
open_choice(void)
{
	const struct dialog_choice choices[] = {
		{"one",   "start a fixer: fix-parser, with the work of parser, on the same host"},
		{"two",   "docs  ✓ done 3m  local  +7 -0"                                     },
                {"three", "lexer  · idle 1m  local"                                            }
        };
	dialog_choose(&view, "parser: 1 of 10 failed", deck_id(0), choices, 3, nothing);
}

static void
open_form(void)
{
	static const char *const labels[] = {
		"title", "text", "tags", "needs", "priority", NULL};
	static const char *const values[] = {"one", "two\nthree", "日本語", "", "5"};
	dialog_form(&view, "task 12", 0, labels, values, nothing);
}

static void
open_question(void)
{
	dialog_ask(&view, "stop", deck_id(0),
		"Stop parser?\nIts process ends; its work stays in "
		"/home/somebody/.local/state/cockpit/deck/work/parser-and-more/that-is-long\n",
		"Stop", nothing);
}

static void
open_pager(void)
{
	char *path = path_join(dir, "1.log");
	struct buf text = BUF_INIT;
	for (int i = 1; i < 100; i++)
		buf_printf(&text, "line %d of what the check has printed, 日本語\n", i);
	assert_int_equal(path_write(path, buf_str(&text), 0600, NULL), 0);
	pager_open(&view, path, "the check of parser ✗ failed: /the/file/where/it/is.log");
	int64_t until = clock_ms() + DEADLINE_MS;
	int cols = surface_cols(view.surface), rows = surface_rows(view.surface);
	struct rect place = {0, 1, 1, 1};
	surface_resize(view.surface, 120, 40);
	do {
		assert_true(clock_ms() < until);
		loop_turn(loop, false);
		view.whole = true;
		frame_draw(&view);
	} while (!has_words(place, "99"));
	surface_resize(view.surface, cols, rows);
	buf_release(&text);
	mem_free(path);
}

static const struct scene {
	const char *name, *keys;
	void (*open)(void);   /* NULL: keys do it */
	const char *saved[2]; /* of 120x40 and 60x20; NULL: it has others elsewhere */
} scenes[] = {
	{"grid",          "",              NULL,          {NULL, NULL}                                     },
	{"one large",     "L L",           NULL,          {NULL, NULL}                                     },
	{"list",          "L L L",         NULL,          {NULL, NULL}                                     },
	{"zoom",          "z",             NULL,          {NULL, NULL}                                     },
	{"typing",        "Enter",         NULL,          {NULL, "view-typing-60x20"}                      },
	{"inbox",         "Tab",           NULL,          {NULL, NULL}                                     },
	{"inbox alone",   "Tab z",         NULL,          {NULL, NULL}                                     },
	{"inbox below",   "Tab o",         NULL,          {NULL, NULL}                                     },
	{"tasks",         "T",             NULL,          {NULL, NULL}                                     },
	{"tasks, all",    "T A G",         NULL,          {NULL, NULL}                                     },
	{"new task",      "T a",           NULL,          {NULL, NULL}                                     },
	{"diff",          "2 d",           NULL,          {"view-diff-120x40", "view-diff-60x20"}          },
	{"diff, further", "2 d j j j j",   NULL,          {NULL, NULL}                                     },
	{"comment",       "2 d j j j j c", NULL,          {NULL, NULL}                                     },
	{"checks",        "V",             NULL,          {"view-checks-120x40", "view-checks-60x20"}      },
	{"conflicts",     "c",             NULL,          {"view-conflicts-120x40", "view-conflicts-60x20"}},
	{"events",        "E",             NULL,          {"view-events-120x40", "view-events-60x20"}      },
	{"palette",       ":",             NULL,          {NULL, NULL}                                     },
	{"palette, few",  ": f i x",       NULL,          {NULL, NULL}                                     },
	{"help",          "?",             NULL,          {NULL, "view-help-60x20"}                        },
	{"help, its end", "? NPage NPage", NULL,          {NULL, NULL}                                     },
	{"explain",       "e",             NULL,          {NULL, NULL}                                     },
	{"filter",        "/ d o",         NULL,          {NULL, NULL}                                     },
	{"copy",          "[ k V k",       NULL,          {NULL, "view-copy-60x20"}                        },
	{"copy, search",  "[ / R e",       NULL,          {NULL, NULL}                                     },
	{"new",           "n",             NULL,          {NULL, NULL}                                     },
	{"new, all",      "N Tab Tab",     NULL,          {NULL, NULL}                                     },
	{"stop",          "x",             NULL,          {NULL, NULL}                                     },
	{"delete",        "D",             NULL,          {NULL, NULL}                                     },
	{"prompt",        "3 Space a b",   NULL,          {NULL, NULL}                                     },
	{"tags",          ",",             NULL,          {NULL, NULL}                                     },
	{"choice",        "",              open_choice,   {NULL, NULL}                                     },
	{"form",          "",              open_form,     {NULL, NULL}                                     },
	{"question",      "",              open_question, {NULL, "view-stop-60x20"}                        },
	{"pager",         "",              open_pager,    {"view-pager-120x40", "view-pager-60x20"}        },
};
#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static const struct {
	int cols, rows;
} sizes[] = {
	{200, 60},
	{120, 40},
	{80,  24},
	{60,  20},
	{40,  10},
	{20,  6 },
	{19,  5 },
	{1,   1 },
};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void
open_scene(const struct scene *of, int cols, int rows)
{
	scene = of->name;
	surface_resize(view.surface, cols, rows);
	press(of->keys);
	if (of->open)
		of->open();
	view.toast_at = 0;
	view.whole = true;
	frame_draw(&view);
}

/* What goes with every scene. */
static void
close_scene(void)
{
	question_close(&view);
	dialog_close(&view);
	pager_close(&view);
	press("Escape Escape Escape Escape");
	view.panel = view.panel_full = view.zoom = false;
	view.panel_place = view.form = view.panel_view = 0;
	view.mode = VIEW_COMMAND;
	view.filter.editing = false;
	press("Escape");
	press("1");
}

/* One leaves each panel by a key that its line names, also on the smallest screen. */
static void
assert_panel_key(void)
{
	struct rect keys = view.layout.keys;
	bool panel = panel_has_keys(&view) && !view.dialog && !view.text.len;
	if (panel && keys.w >= 60)
		HOLDS(has_words(keys, " close") || has_words(keys, " back"), "no way out", 0,
			keys.y);
	if (view.mode == VIEW_TYPING && keys.w >= 40)
		HOLDS(has_words(keys, "C-q back"), "no way out", 0, keys.y);
}

static void
each_is_straight(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCENES * SIZES; i++) {
		open_scene(&scenes[i / SIZES], sizes[i % SIZES].cols, sizes[i % SIZES].rows);
		assert_straight();
		assert_panel_key();
		close_scene();
		/* What is drawn over it when it closes leaves nothing behind. */
		frame_draw(&view);
		assert_straight();
	}
}

/* Another size while it is open. */
static void
each_takes_another_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCENES; i++) {
		open_scene(&scenes[i], 120, 40);
		for (size_t s = 0; s < SIZES; s++) {
			surface_resize(view.surface, sizes[s].cols, sizes[s].rows);
			view.whole = true;
			frame_draw(&view);
			assert_straight();
		}
		close_scene();
	}
}

static void
frames(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < SCENES * 2; i++) {
		const char *saved = scenes[i / 2].saved[i % 2];
		int cols = i % 2 ? 60 : 120, rows = i % 2 ? 20 : 40;
		if (!saved)
			continue;
		open_scene(&scenes[i / 2], cols, rows);
		assert_frame(saved, cols, rows);
		close_scene();
	}
}

/* --- themes --- */

static bool
is_style(const struct cell *cell, struct style style)
{
	return cell->fg == style.fg && cell->bg == style.bg && cell->attr == style.attr;
}

/* A role, or one on the ground of another. */
static bool
is_of_theme(const struct cell *cell)
{
	if (is_style(cell, (struct style){0}))
		return true;
	for (int i = 0; i < ROLE_COUNT * ROLE_COUNT; i++) {
		struct style words = theme_style(view.theme, (enum theme_role)(i % ROLE_COUNT));
		struct style ground =
			theme_style(view.theme, (enum theme_role)(i / ROLE_COUNT));
		struct style header = ground, bare = words;
		header.attr &= CELL_REVERSE;
		bare.bg = CELL_DEFAULT;
		if (is_style(cell, words) || is_style(cell, theme_over(ground, words)) ||
			is_style(cell, theme_over(header, words)) ||
			is_style(cell, theme_over(ground, bare)))
			return true;
	}
	return false;
}

static bool
is_agents(int x, int y, struct rect over)
{
	if (rect_has(over, x, y) || view.pager)
		return false;
	for (int i = 0; i < view.layout.tile_count; i++) {
		if (rect_has(rect_inner(view.layout.tiles[i].outer), x, y))
			return true;
	}
	return false;
}

static void
assert_styles(void)
{
	int cols = surface_cols(view.surface), rows = surface_rows(view.surface);
	struct rect over = find_box();
	struct style known = {0};
	for (int i = 0; i < cols * rows; i++) {
		int x = i % cols, y = i / cols;
		const struct cell *cell = &surface_row(view.surface, y)[x];
		if (is_agents(x, y, over) || is_style(cell, known))
			continue;
		HOLDS(is_of_theme(cell), "a style of no theme", x, y);
		known = (struct style){cell->fg, cell->bg, cell->attr};
	}
}

static void
each_theme(void **state)
{
	(void)state;
	for (const struct data_file *file = data_files; file->name; file++) {
		struct str name = str_from(file->name);
		if (!str_starts(name, STR("themes/")))
			continue;
		name = str_slice(name, strlen("themes/"), name.len - strlen(".json"));
		char *own = mem_strndup(name.ptr, name.len);
		theme_free(view.theme);
		assert_int_equal(theme_load(own, &view.theme, NULL), 0);
		for (size_t i = 0; i < SCENES; i++) {
			open_scene(&scenes[i], 80, 24);
			assert_styles();
			close_scene();
		}
		mem_free(own);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_is_straight),
		T(each_takes_another_size),
		T(frames),
		T(each_theme),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_views", tests, NULL, NULL);
}
