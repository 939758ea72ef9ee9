/* SPDX-License-Identifier: MIT */
/* A box of which one of several is chosen: what is drawn of it, and what keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/dialog.h"
#include "ui_press.h"

static char chosen[40];

static void
on_chosen(struct view *v, uint32_t agent, const char *const values[])
{
	(void)v;
	snprintf(chosen, sizeof(chosen), "%u:%s", (unsigned)agent, values[0]);
}

static void
press_all(const char *names[])
{
	for (; *names; names++)
		press(*names);
}

static void
open_three(void)
{
	static const struct dialog_choice three[] = {
		{"0", "start a fixer: fix-parser, with the work of parser"},
		{"7", "types  · idle 3m  web-1  +3 -1"                   },
                {"9", "docs  ✓ done 5s  local  "                        }
        };
	chosen[0] = '\0';
	dialog_choose(&view, "parser: 3 of 120 failed", 4, three, 3, on_chosen);
}

static void
test_keys(void **state)
{
	static const struct {
		const char *keys[6];
		const char *want;
		bool open;
	} rows[] = {
		{{"Enter"},                     "4:0", false},
		{{"j", "Enter"},                "4:7", false},
		{{"Down", "j", "Enter"},        "4:9", false},
		{{"j", "j", "j", "j", "Enter"}, "4:9", false},
		{{"j", "k", "Up", "Enter"},     "4:0", false},
		{{"j", "x"},                    "",    true },
		{{"j", "q"},                    "",    false},
		{{"Escape"},                    "",    false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *keys[7] = {NULL};
		memcpy(keys, rows[i].keys, sizeof(rows[i].keys));
		open_three();
		press_all(keys);
		assert_string_equal(chosen, rows[i].want);
		assert_int_equal(view.dialog != NULL, rows[i].open);
		dialog_close(&view);
	}
}

/* What is pasted is no choice. */
static void
test_paste(void **state)
{
	(void)state;
	open_three();
	dialog_paste(&view, STR("j\r"));
	assert_non_null(view.dialog);
	assert_string_equal(chosen, "");
	dialog_close(&view);
}

static void
test_frames(void **state)
{
	const char *down[] = {"j", NULL};
	(void)state;
	view_refresh(&view);
	open_three();
	press_all(down);
	assert_frame("choose-120x40", 120, 40);
	dialog_close(&view);
}

/* More than there is room for: the selected one is shown. */
static void
test_many(void **state)
{
	struct dialog_choice many[40];
	char texts[40][40];
	const char *down[31] = {NULL}, *up[26] = {NULL};
	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(texts[i], sizeof(texts[i]), "agent-%d", i);
		many[i] = (struct dialog_choice){texts[i], texts[i]};
	}
	for (int i = 0; i < 30; i++)
		down[i] = "j";
	for (int i = 0; i < 25; i++)
		up[i] = "k";
	view_refresh(&view);
	dialog_choose(&view, "parser: 3 of 120 failed", 4, many, 40, on_chosen);
	press_all(down);
	assert_frame("choose-many-60x20", 60, 20);
	press_all(up);
	assert_frame("choose-many-up-60x20", 60, 20);
	dialog_close(&view);
}

static bool
shows(const char *text)
{
	struct buf frame = BUF_INIT;
	surface_resize(view.surface, 100, 30);
	view.whole = true;
	frame_draw(&view);
	surface_text(view.surface, false, &frame);
	bool found = str_find_str(buf_str(&frame), str_from(text)) >= 0;
	buf_release(&frame);
	return found;
}

/* One wrong word, and the rest of it need not be written again. */
static void
test_written_again(void **state)
{
	(void)state;
	view_refresh(&view);
	press("N");
	dialog_paste(&view, STR("make the parser\nfast"));
	press("Tab");
	dialog_paste(&view, STR("quick"));
	press("Tab");
	press("C-u");
	dialog_paste(&view, STR("mars"));
	press("Enter");
	assert_string_equal(view.toast, "fleet deck has no host mars");
	assert_non_null(view.dialog);
	assert_true(shows("make the parser") && shows("quick") && shows("mars"));
	press("Escape");
	press("n");
	assert_true(shows("what is it to do") && !shows("made up"));
	press("Escape");
	/* A shell takes no prompts. */
	view.focus = view.agents[view.agent_count - 1];
	press("Space");
	dialog_paste(&view, STR("and make it small"));
	press("Enter");
	assert_true(view.toast_role == ROLE_ERROR);
	assert_true(shows("and make it small"));
	press("Escape");
	press("Space");
	press("Enter"); /* of nothing there is nothing to keep */
	assert_null(view.dialog);
}

/* A key that is about an agent says that there is none. */
static void
test_nobody(void **state)
{
	static const char *const keys[] = {
		"Enter", "Space", "x", "R", "D", "m", "p", "f", "F", "t", ","};
	int count = view.fleet->agent_count;
	(void)state;
	view.fleet->agent_count = 0;
	view.focus = 0;
	view_refresh(&view);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		view.toast[0] = '\0';
		press(keys[i]);
		assert_null(view.dialog);
		assert_string_equal(view.toast, "there is no agent: n starts one");
	}
	view.fleet->agent_count = count;
	view.focus = 0;
	view.everyone_count = count;
	press("x");
	assert_string_equal(view.toast, "there is no agent: esc shows all");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keys, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_paste, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_frames, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_many, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_written_again, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_nobody, deck_setup, deck_teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_dialog", tests, NULL, NULL);
}
