/* SPDX-License-Identifier: MIT */
/* config.json is changed while the screen is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/habits.h"
#include "ui/palette.h"
#include "ui_press.h"

static char home[40];
static struct habits habits;

static void
write_config(const char *text)
{
	char *dir = mem_printf("%s/cockpit", home), *file = path_join(dir, "config.json");
	assert_int_equal(path_mkdir(dir, NULL), 0);
	assert_int_equal(path_write(file, str_from(text), 0600, NULL), 0);
	mem_free(file);
	mem_free(dir);
}

static void
remove_config(void)
{
	char *file = mem_printf("%s/cockpit/config.json", home);
	assert_int_equal(remove(file), 0);
	mem_free(file);
}

static bool
look(void)
{
	view.toast_at = 0;
	return habits_look(&habits, &view);
}

static int
setup(void **state)
{
	strcpy(home, "/tmp/cockpit-habits-XXXXXX");
	if (!mkdtemp(home) || setenv("XDG_CONFIG_HOME", home, 1) != 0)
		return -1;
	return deck_setup(state);
}

static int
teardown(void **state)
{
	habits_release(&habits);
	path_remove_tree(home, NULL);
	return deck_teardown(state);
}

static void
test_keys(void **state)
{
	(void)state;
	view_refresh(&view);
	habits_load(&habits, &view);
	assert_int_equal(view.toast_at, 0);
	press("z");
	assert_true(view.zoom);
	assert_false(look()); /* there is none, as before */
	write_config("{\"keys\": {\"command\": {\"zoom\": \"F5\"}}}");
	press(":"); /* it outlives the keys that it shows */
	assert_true(look());
	press("Escape");
	press("z");
	assert_true(view.zoom);
	press("F5");
	assert_false(view.zoom);
	remove_config();
	assert_true(look());
	assert_false(look());
	press("F5");
	assert_false(view.zoom);
	press("z");
	assert_true(view.zoom);
}

/* It is said once, with its place, and what held before holds. */
static void
test_wrong(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"{\"keys\": {\"command\": {\"zoom\": \"w\"}}}",
                 "config.json:1:31: in command mode"                                 },
		{"{\"keys\": {\"command\": {\"zom\": \"F6\"}}}",
                 "config.json:1:23: command mode has no action \"zom\""              },
		{"{\"notify\": {\"bell\": 3}}",                  "config.json:1:21: "},
		{"{\"keys\": ",				  "config.json:1:"    },
		{"{\"keys\": {\"field\": {\"close\": null}}}",
                 "config.json:1:30: \"close\" needs a key"                           },
	};
	(void)state;
	view_refresh(&view);
	write_config(
		"{\"keys\": {\"command\": {\"zoom\": \"F5\"}}, \"notify\": {\"bell\": false}}");
	habits_load(&habits, &view);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool zoom = view.zoom;
		write_config(rows[i].text);
		assert_false(look());
		assert_true(view.toast_at && view.toast_role == ROLE_ERROR);
		if (!strstr(view.toast, rows[i].why))
			fail_msg("%s: %s", rows[i].text, view.toast);
		assert_false(look());
		assert_int_equal(view.toast_at, 0);
		press("F5");
		assert_int_equal(view.zoom, !zoom);
		assert_false(habits.settings.notify.bell);
	}
	/* At the start, too; then the defaults hold. */
	habits_release(&habits);
	keymap_free(view.keymap);
	view.keymap = NULL;
	habits_load(&habits, &view);
	assert_non_null(strstr(view.toast, "\"close\" needs a key"));
	assert_true(habits.settings.notify.bell);
	assert_string_equal(keymap_first(&view, VIEW_COMMAND, "zoom", (char[32]){0}), "z");
}

/* Who was about to type a key behind the prefix types for the agent, once there is none. */
static void
test_prefix(void **state)
{
	(void)state;
	view_refresh(&view);
	write_config("{\"prefix\": \"C-a\"}");
	habits_load(&habits, &view);
	press("Enter");
	press("C-a");
	assert_true(view.prefixed);
	write_config("{\"prefix\": \"C-b\"}");
	assert_true(look());
	assert_true(view.prefixed);
	write_config("{}");
	assert_true(look());
	assert_false(view.prefixed);
	press("z");
	assert_false(view.zoom);
	assert_int_equal(view.mode, VIEW_TYPING);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_keys),
		CASE(test_wrong),
		CASE(test_prefix),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_habits", tests, NULL, NULL);
}
