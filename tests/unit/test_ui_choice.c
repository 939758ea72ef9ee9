/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/ui/caps.h"
#include "../../src/ui/choice.h"
#include "../../src/ui/view.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"

static char home[] = "/tmp/cockpit-choice-XXXXXX";
static struct view view;
static struct choice choice;

static void
write_file(const char *name, const char *text)
{
	char *file = mem_printf("%s/cockpit/%s", home, name);
	char *dir = path_dir(file);
	struct err err = ERR_INIT;
	assert_int_equal(path_mkdir(dir, &err), 0);
	assert_int_equal(path_write(file, str_from(text), 0600, &err), 0);
	mem_free(dir);
	mem_free(file);
}

static void
remove_file(const char *name)
{
	char *file = mem_printf("%s/cockpit/%s", home, name);
	assert_int_equal(remove(file), 0);
	mem_free(file);
}

static uint32_t
colour(enum theme_role role)
{
	return theme_style(view.theme, role).fg;
}

static void
look(void)
{
	view.toast_at = 0;
	choice_look(&choice, &view);
}

static bool
told(const char *what)
{
	return view.toast_at && view.toast_role == ROLE_ERROR && strstr(view.toast, what);
}

static int
set_up(void **state)
{
	(void)state;
	unsetenv("NO_COLOR");
	if (!mkdtemp(home))
		return -1;
	return setenv("XDG_CONFIG_HOME", home, 1);
}

static int
tear_down(void **state)
{
	(void)state;
	return path_remove_tree(home, NULL);
}

static int
end(void **state)
{
	(void)state;
	choice_release(&choice);
	theme_free(view.theme);
	view = (struct view){0};
	char *dir = mem_printf("%s/cockpit", home);
	path_remove_tree(dir, NULL);
	mem_free(dir);
	return 0;
}

static void
changes(void **state)
{
	struct err err = ERR_INIT;
	struct theme *light = NULL;
	(void)state;
	assert_int_equal(theme_load("light", &light, &err), 0);
	assert_int_equal(choice_load(&choice, &view, NULL, &err), 0);
	assert_string_equal(choice.name, "dark");
	look();
	assert_int_equal(view.toast_at, 0);
	/* Another one. */
	write_file("config.json", "{\"theme\": \"light\"}");
	view.whole = false;
	look();
	assert_true(view.whole);
	assert_string_equal(choice.name, "light");
	assert_true(theme_same(view.theme, light));
	/* A file of one's own comes to be, is changed, and goes. */
	write_file("themes/light.json", "{\"roles\": {\"error\": {\"fg\": \"#000001\"}}}");
	look();
	assert_int_equal(colour(ROLE_ERROR), CELL_RGB(0, 0, 1));
	write_file("themes/light.json", "{\"roles\": {\"error\": {\"fg\": \"#000002\"}}}");
	look();
	assert_int_equal(colour(ROLE_ERROR), CELL_RGB(0, 0, 2));
	view.whole = false;
	look();
	assert_false(view.whole);
	remove_file("themes/light.json");
	look();
	assert_true(theme_same(view.theme, light));
	remove_file("config.json");
	look();
	assert_string_equal(choice.name, "dark");
	theme_free(light);
}

static void
broken(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	write_file("config.json", "{\"theme\": \"mine\"}");
	write_file("themes/mine.json", "{\"roles\": {\"text\": {\"fg\": \"#000001\"}}}");
	assert_int_equal(choice_load(&choice, &view, NULL, &err), 0);
	assert_int_equal(colour(ROLE_TEXT), CELL_RGB(0, 0, 1));
	/* The last good one stays; it is said once, and again for another reason. */
	write_file("themes/mine.json", "{\"roles\": {\"text\": {\"fg\": \"pink\"}}}");
	look();
	assert_true(told("pink"));
	assert_int_equal(colour(ROLE_TEXT), CELL_RGB(0, 0, 1));
	look();
	assert_int_equal(view.toast_at, 0);
	write_file("config.json", "{\"theme\": 4}");
	look();
	assert_true(told("found 4"));
	assert_int_equal(colour(ROLE_TEXT), CELL_RGB(0, 0, 1));
	write_file("config.json", "{\"theme\": \"none\"}");
	look();
	assert_true(told("no theme \"none\""));
	write_file("config.json", "{\"theme\": \"mine\"}");
	write_file("themes/mine.json", "{\"roles\": {\"text\": {\"fg\": \"#000003\"}}}");
	look();
	assert_int_equal(view.toast_at, 0);
	assert_int_equal(colour(ROLE_TEXT), CELL_RGB(0, 0, 3));
	/* Once it was well, the same complaint is news. */
	write_file("themes/mine.json", "{\"roles\": {\"text\": {\"fg\": \"pink\"}}}");
	look();
	assert_true(told("pink"));
}

/* From the start: only what was asked for on the command line is refused. */
static void
broken_at_start(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	write_file("themes/dark.json", "{\"roles\": 1}");
	assert_int_equal(choice_load(&choice, &view, NULL, &err), 0);
	assert_true(told("dark.json"));
	assert_int_not_equal(colour(ROLE_ERROR), CELL_DEFAULT);
	end(NULL);
	write_file("config.json", "{\"theme\": \"light\"}");
	assert_int_equal(choice_load(&choice, &view, "none", &err), ERR_NOT_FOUND);
	end(NULL);
	write_file("config.json", "{\"theme\": \"light\"}");
	assert_int_equal(choice_load(&choice, &view, "high-contrast", &err), 0);
	look();
	assert_string_equal(choice.name, "high-contrast");
}

/* What is loaded anew is made to fit the terminal again. */
static void
fits(void **state)
{
	const struct caps caps = {.depth = CAPS_MONO};
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(choice_load(&choice, &view, NULL, &err), 0);
	choice_fit(&choice, &view, &caps);
	assert_int_equal(colour(ROLE_ERROR), CELL_DEFAULT);
	write_file("themes/dark.json",
		"{\"roles\": {\"error\": {\"fg\": \"#000001\", \"italic\": true}}}");
	look();
	assert_true(theme_style(view.theme, ROLE_ERROR).attr & CELL_ITALIC);
	assert_int_equal(colour(ROLE_ERROR), CELL_DEFAULT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(changes, end),
		cmocka_unit_test_teardown(broken, end),
		cmocka_unit_test_teardown(broken_at_start, end),
		cmocka_unit_test_teardown(fits, end),
	};

	text_init();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
