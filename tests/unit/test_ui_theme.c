/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/ui/caps.h"
#include "../../src/ui/theme.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"

static char home[] = "/tmp/cockpit-theme-XXXXXX";

static void
write_theme(const char *name, const char *text)
{
	char *file = mem_printf("%s/cockpit/themes/%s.json", home, name);
	char *dir = path_dir(file);
	struct err err = ERR_INIT;

	assert_int_equal(path_mkdir(dir, &err), 0);
	assert_int_equal(path_write(file, str_from(text), 0600, &err), 0);
	mem_free(dir);
	mem_free(file);
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

static void
built_in(void **state)
{
	static const char *const names[] = {
		"dark", "light", "high-contrast", "colour-blind", "ansi16"};
	static const char *const roles[] = {
#define X(key, name, help) "\"" key "\"",
		THEME_ROLES(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct theme *theme = NULL;
		struct err err = ERR_INIT;
		char file[64];

		assert_int_equal(theme_load(names[i], &theme, &err), 0);
		/* A screen where what needs a person looks like the rest is no good. */
		assert_int_not_equal(theme_style(theme, ROLE_STATE_ASKS).fg,
			theme_style(theme, ROLE_STATE_IDLE).fg);
		assert_int_not_equal(theme_style(theme, ROLE_BORDER).fg,
			theme_style(theme, ROLE_BORDER_FOCUS).fg);
		assert_int_not_equal(theme_style(theme, ROLE_MODE_COMMAND).bg,
			theme_style(theme, ROLE_MODE_TYPING).bg);
		assert_true(theme_summary(theme)[0] != '\0');
		theme_free(theme);
		snprintf(file, sizeof(file), "themes/%s.json", names[i]);
		for (int r = 0; r < ROLE_COUNT; r++)
			assert_true(str_find_str(data_find(file), str_from(roles[r])) >= 0);
	}
}

static void
overridden(void **state)
{
	struct theme *theme = NULL, *dark = NULL;
	struct err err = ERR_INIT;
	struct style style;

	(void)state;
	assert_int_equal(theme_load("dark", &dark, &err), 0);
	write_theme("mine",
		"{\"name\": \"mine\", \"roles\": {"
		"\"text\": {\"fg\": \"#01A2ff\", \"bg\": \"palette:200\", \"bold\": true, "
		"\"dim\": true, \"italic\": true, \"underline\": true, \"reverse\": true},"
		"\"dim\": {\"fg\": \"default\", \"bold\": false}}}");
	assert_int_equal(theme_load("mine", &theme, &err), 0);
	assert_string_equal(theme_summary(theme), "");
	assert_int_equal(theme_ground(theme), THEME_DARK);
	style = theme_style(theme, ROLE_TEXT);
	assert_int_equal(style.fg, CELL_RGB(1, 0xa2, 0xff));
	assert_int_equal(style.bg, CELL_PALETTE(200));
	assert_int_equal(style.attr, CELL_BOLD | CELL_DIM | CELL_ITALIC | CELL_REVERSE |
					     CELL_UL_SINGLE << CELL_UL_SHIFT);
	style = theme_style(theme, ROLE_DIM);
	assert_true(style.fg == 0 && style.bg == 0 && style.attr == 0);
	assert_int_equal(theme_style(theme, ROLE_ERROR).fg, theme_style(dark, ROLE_ERROR).fg);
	theme_free(theme);
	/* Over a built-in one only what it names changes. */
	write_theme("light", "{\"roles\": {\"error\": {\"fg\": \"palette:1\"}}}");
	assert_int_equal(theme_load("light", &theme, &err), 0);
	assert_int_equal(theme_style(theme, ROLE_ERROR).fg, CELL_PALETTE(1));
	assert_int_not_equal(
		theme_style(theme, ROLE_NOTICE).fg, theme_style(dark, ROLE_NOTICE).fg);
	theme_free(theme);
	write_theme("mine",
		"{\"summary\": \"a\\u001b[31m line\", \"background\": \"any\", \"roles\": {}}");
	assert_int_equal(theme_load("mine", &theme, &err), 0);
	assert_int_equal(theme_style(theme, ROLE_ERROR).fg, theme_style(dark, ROLE_ERROR).fg);
	assert_string_equal(theme_summary(theme), "a^[[31m line");
	assert_int_equal(theme_ground(theme), THEME_ANY);
	theme_free(theme);
	/* What it leaves out is made for the same ground. */
	write_theme(
		"mine", "{\"background\": \"light\", \"roles\": {\"text\": {\"bold\": true}}}");
	assert_int_equal(theme_load("mine", &theme, &err), 0);
	assert_int_equal(theme_style(theme, ROLE_NOTICE).fg, CELL_RGB(0x27, 0x72, 0x2b));
	assert_int_equal(theme_style(theme, ROLE_TEXT).attr, CELL_BOLD);
	theme_free(theme);
	theme_free(dark);
}

static void
refused(void **state)
{
	static const struct {
		const char *text, *place, *word;
	} rows[] = {
		{"{\"roles\": {\n\"tixt\": {}}}",                      ":2:1:",     "did you mean \"text\""},
		{"{\"roles\": {\"text\": {\"fg\": \"blue\"}}}",        ":1:27:",    "#rrggbb"              },
		{"{\"roles\": {\"text\": {\"fg\": \"#12345\"}}}",      ":1:27:",    "#rrggbb"              },
		{"{\"roles\": {\"text\": {\"fg\": \"#12345g\"}}}",     ":1:27:",    "#rrggbb"              },
		{"{\"roles\": {\"text\": {\"bg\": \"palette:256\"}}}", ":1:27:",    "palette:255"          },
		{"{\"roles\": {\"text\": {\"bold\": 1}}}",             ":1:29:",    "true or false"        },
		{"{\"roles\": {\"text\": {\"bald\": true}}}",          ":1:21:",    "bald"                 },
		{"{\"roles\": {\"text\": \"red\"}}",                   ":1:20:",    "an object"            },
		{"{\"roles\": 4}",				     ":1:11:",    "object"               },
		{"{\"background\": \"pink\", \"roles\": {}}",          ":1:16:",    "\"light\""            },
		{"{}",						 ":1:1:",     "roles"                },
		{"[]",						 ":1:1:",     "object"               },
		{"{\"roles\": {}",				     "bad.json:", ""                     },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct theme *theme = NULL;
		struct err err = ERR_INIT;

		write_theme("bad", rows[i].text);
		assert_int_equal(theme_load("bad", &theme, &err), ERR_CONFIG);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_null(theme);
		if (!strstr(err.text, rows[i].place) || !strstr(err.text, rows[i].word))
			fail_msg("row %d: %s", (int)i, err.text);
	}
}

static void
missing(void **state)
{
	struct theme *theme = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(theme_load("none", &theme, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "none"));
	assert_int_equal(theme_load("../dark", &theme, &err), ERR_INVALID);
	assert_int_equal(theme_load("", &theme, &err), ERR_INVALID);
	assert_null(theme);
}

static void
no_colour(void **state)
{
	struct theme *theme = NULL;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_int_equal(theme_load("dark", &theme, NULL), 0);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style style = theme_style(theme, (enum theme_role)i);

		assert_true(style.fg == CELL_DEFAULT && style.bg == CELL_DEFAULT);
	}
	assert_true(theme_style(theme, ROLE_STATE_ASKS).attr & CELL_BOLD);
	assert_true(theme_style(theme, ROLE_SELECTION).attr & CELL_REVERSE);
	theme_free(theme);
	setenv("NO_COLOR", "", 1);
	assert_int_equal(theme_load("dark", &theme, NULL), 0);
	assert_int_not_equal(theme_style(theme, ROLE_ERROR).fg, CELL_DEFAULT);
	theme_free(theme);
}

static void
over(void **state)
{
	const struct style ground = {CELL_RGB(0, 0, 0), CELL_RGB(255, 255, 0), CELL_BOLD};
	struct style style;

	(void)state;
	/* Its own colour where that is read, the ground's where not. */
	style = theme_over(ground, (struct style){CELL_RGB(128, 0, 0), 0, CELL_ITALIC});
	assert_int_equal(style.fg, CELL_RGB(128, 0, 0));
	assert_int_equal(style.bg, ground.bg);
	assert_int_equal(style.attr, CELL_BOLD | CELL_ITALIC);
	style = theme_over(ground, (struct style){CELL_RGB(255, 255, 255), 0, 0});
	assert_int_equal(style.fg, ground.fg);
	/* Of these nobody knows what they are. */
	style = theme_over(ground, (struct style){CELL_PALETTE(2), 0, 0});
	assert_int_equal(style.fg, ground.fg);
	style = theme_over((struct style){0, 0, CELL_REVERSE},
		(struct style){CELL_PALETTE(2), 0, CELL_DIM});
	assert_true(style.fg == CELL_DEFAULT && style.attr == CELL_REVERSE);
	/* Nothing to be on; a ground of its own. */
	style = theme_over((struct style){0}, (struct style){CELL_PALETTE(2), 0, 0});
	assert_int_equal(style.fg, CELL_PALETTE(2));
	style = theme_over(ground, (struct style){CELL_PALETTE(0), CELL_PALETTE(3), 0});
	assert_true(style.fg == CELL_PALETTE(0) && style.bg == CELL_PALETTE(3));
}

static void
few_colours(void **state)
{
	const struct caps caps = {.depth = CAPS_8}, more = {.depth = CAPS_256};
	struct theme *theme = NULL, *basic = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(theme_load("ansi16", &basic, &err), 0);
	assert_int_equal(theme_load("light", &theme, &err), 0);
	theme_fit(theme, &more);
	assert_false(theme_same(theme, basic));
	theme_fit(theme, &caps);
	assert_int_equal(theme_style(theme, ROLE_STATE_FAILED).bg, CELL_PALETTE(1));
	assert_int_equal(theme_style(theme, ROLE_NOTICE).fg, CELL_PALETTE(2));
	theme_free(theme);
	/* What it has is taken as it is. */
	write_theme("few",
		"{\"roles\": {\"notice\": {\"fg\": \"palette:5\"}, \"error\": {\"fg\": "
		"\"palette:100\"}}}");
	assert_int_equal(theme_load("few", &theme, &err), 0);
	theme_fit(theme, &caps);
	assert_int_equal(theme_style(theme, ROLE_NOTICE).fg, CELL_PALETTE(5));
	assert_int_equal(theme_style(theme, ROLE_ERROR).bg, CELL_PALETTE(1));
	theme_free(theme);
	theme_free(basic);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in),
		cmocka_unit_test(overridden),
		cmocka_unit_test(refused),
		cmocka_unit_test(missing),
		cmocka_unit_test(no_colour),
		cmocka_unit_test(over),
		cmocka_unit_test(few_colours),
	};

	text_init();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
