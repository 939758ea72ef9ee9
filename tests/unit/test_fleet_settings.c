/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_detect.h"
#include "cockpit/fleet_settings.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define BIT(state) (1u << AGENT_##state)

static void
parse(const char *text, struct settings *ret)
{
	struct err err = ERR_INIT;
	if (settings_parse("/no/config.json", str_from(text), ret, &err) < 0)
		fail_msg("%s: %s", text, err.text);
}

static void
test_values(void **state)
{
	const unsigned usual = BIT(ASKS) | BIT(TRUST) | BIT(LOGIN) | BIT(LIMITED) | BIT(FAILED);
	struct settings s;
	(void)state;
	parse("{}", &s);
	assert_true(s.notify.bell);
	assert_int_equal(s.notify.desktop, DESKTOP_AUTO);
	assert_int_equal(s.notify.on, usual);
	assert_null(s.notify.command);
	settings_release(&s);
	parse("{\"notify\": {\"bell\": false, \"desktop\": \"osc777\", \"on\": [\"done\", "
	      "\"asks\"], \"command\": [\"notify-send\", \"a b\"]}}",
		&s);
	assert_false(s.notify.bell);
	assert_int_equal(s.notify.desktop, DESKTOP_OSC777);
	assert_int_equal(s.notify.on, BIT(DONE) | BIT(ASKS));
	assert_string_equal(s.notify.command[0], "notify-send");
	assert_string_equal(s.notify.command[1], "a b");
	assert_null(s.notify.command[2]);
	assert_null(s.copy_command);
	settings_release(&s);
	parse("{\"copy_command\": [\"xclip\", \"-i\"]}", &s);
	assert_string_equal(s.copy_command[1], "-i");
	assert_null(s.copy_command[2]);
	assert_true(s.notify.bell);
	settings_release(&s);
	parse("{\"notify\": {\"on\": [], \"desktop\": \"off\"}}", &s);
	assert_int_equal(s.notify.on, 0);
	assert_int_equal(s.notify.desktop, DESKTOP_OFF);
	settings_release(&s);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{"[]",						    "/no/config.json:1:1: found an array, expected an object"},
		{"{\"notfy\": {}}",				       "/no/config.json:1:2: unknown key \"notfy\", did you mean "
				    "\"notify\"?"                                               },
		{"{\"theme\": \"../x\"}",                                 "expected the name of a theme"                           },
		{"{\"theme\": \"dark\", \"notify\": 1}",                  "found 1"                                                },
		{"{\"notify\": {\n\"bell\": 1}}",                         "/no/config.json:2:9: found 1"                           },
		{"{\"notify\": {\"desktop\": \"osc8\"}}",
                 "/no/config.json:1:24: found \"osc8\", expected \"auto\""                                                         },
		{"{\"notify\": {\"on\": [\"asks\", \"fialed\"]}}",
                 "unknown state \"fialed\", did you mean \"failed\"?"                                                              },
		{"{\"notify\": {\"on\": [\"working\"]}}",                 "unknown state \"working\""                              },
		{"{\"notify\": {\"on\": [1]}}",                           "expected the name of a state"                           },
		{"{\"copy_command\": \"xclip\"}",                         "expected an array for"                                  },
		{"{\"copy_command\": [7]}",                               "expected a string in"                                   },
		{"{\"notify\": {\"command\": []}}",                       "found a command of 0 strings"                           },
		{"{\"notify\": {\"command\": [\"x\", 1]}}",               "expected a string"                                      },
		{"{\"notify\": {\"command\": [\"\"]}}",                   "expected the program to run"                            },
		{"{\"notify\": {\"command\": [\"x\"], \"on\": [\"x\"]}}", "unknown state"                                          },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct settings s;
		assert_int_equal(
			settings_parse("/no/config.json", str_from(rows[i].text), &s, &err),
			ERR_CONFIG);
		if (!strstr(err.text, rows[i].what))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

/* In a folder of its own: none, a good one, one that others may write, a bad one. */
static void
test_file(void **state)
{
	char dir[] = "/tmp/ck-settings.XXXXXX";
	struct settings s;
	struct err err = ERR_INIT;
	(void)state;
	assert_non_null(mkdtemp(dir));
	setenv("XDG_CONFIG_HOME", dir, 1);
	char *own = path_config_dir(), *file = path_join(own, "config.json");
	assert_int_equal(settings_read(&s, &err), 0);
	assert_true(s.notify.bell);
	settings_release(&s);
	assert_int_equal(path_mkdir(own, NULL), 0);
	assert_int_equal(
		path_write(file, STR("{\"notify\": {\"bell\": false}}"), 0600, NULL), 0);
	assert_int_equal(settings_read(&s, &err), 0);
	assert_false(s.notify.bell);
	settings_release(&s);
	assert_int_equal(chmod(file, 0622), 0);
	assert_int_equal(settings_read(&s, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, "others may write"));
	assert_true(s.notify.bell); /* the defaults */
	settings_release(&s);
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(path_write(file, STR("{\"notify\": 1}"), 0600, NULL), 0);
	assert_int_equal(settings_read(&s, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, "config.json:1:12: found 1"));
	assert_true(s.notify.bell);
	settings_release(&s);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
	mem_free(file);
	mem_free(own);
}

/* Keys are kept as they are always written, with their places; what they do is not known here.
 */
static void
test_keys(void **state)
{
	static const char text[] =
		"{\"keys\": {\"some-mode\": {\n  \"do\": [\"Esc\", \"C-X\", \" \"],"
		" \"undo\": null}},\n \"prefix\": \"C-a\"}";
	struct settings s;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(settings_parse("f", str_from(text), &s, &err), 0);
	assert_int_equal(s.key_count, 2);
	assert_string_equal(s.keys[0].mode, "some-mode");
	assert_string_equal(s.keys[0].action, "do");
	assert_string_equal(s.keys[0].keys, "Escape C-x Space");
	assert_int_equal(s.keys[0].mode_at.line, 1);
	assert_int_equal(s.keys[0].action_at.line, 2);
	assert_int_equal(s.keys[0].action_at.column, 3);
	assert_int_equal(s.keys[0].keys_at.column, 9);
	assert_string_equal(s.keys[1].keys, "");
	assert_string_equal(s.prefix, "C-a");
	assert_int_equal(s.prefix_at.line, 3);
	settings_release(&s);
	assert_int_equal(settings_parse("f", STR("{\"prefix\": null}"), &s, &err), 0);
	assert_null(s.prefix);
	settings_release(&s);
	/* Whatever is wrong, all of it is given back. */
	assert_int_equal(
		settings_parse(
			"f", STR("{\"keys\": {\"a\": {\"b\": \"x\"}, \"c\": 1}}"), &s, &err),
		ERR_CONFIG);
	assert_int_equal(
		settings_parse("f", STR("{\"keys\": {\"a\": {\"b\": \"x\"}}, \"prefix\": 1}"),
			&s, &err),
		ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_keys),
	};
	text_init();
	return cmocka_run_group_tests_name("fleet_settings", tests, NULL, NULL);
}
