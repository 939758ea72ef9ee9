/* SPDX-License-Identifier: MIT */
/* The key table, and what a person changes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/fleet_settings.h"
#include "ui/keymap.h"
#include "ui_press.h"

#define FILE_NAME "config.json"

/* No key means two things in one mode, and each is the name of a key. */
static void
assert_no_two(const struct keymap *map)
{
	for (int m = 0; m < VIEW_MODE_COUNT; m++) {
		struct key taken[160];
		int count = 0;
		struct keymap_row row;
		for (int i = 0; keymap_at(map, (enum view_mode)m, i, &row); i++) {
			struct str rest = str_from(row.keys);
			while (rest.len > 0) {
				struct key key;
				assert_true(key_parse(str_cut(&rest, ' '), &key));
				for (int n = 0; n < count; n++) {
					if (key_eq(taken[n], key))
						fail_msg("%s mode: %s twice: %s",
							keymap_mode((enum view_mode)m),
							row.keys, row.name);
				}
				assert_true(count < 160);
				taken[count++] = key;
			}
		}
		assert_true(m == VIEW_TYPING ? count > 0 && (map || count == 1) : count > 10);
	}
}

static void
test_table(void **state)
{
	(void)state;
	assert_no_two(NULL);
}

/* Every row has a name, one of its own in its mode, that can be written in a file. */
static void
test_names(void **state)
{
	(void)state;
	for (int m = 0; m < VIEW_MODE_COUNT; m++) {
		struct keymap_row row, other;
		assert_non_null(keymap_mode((enum view_mode)m));
		for (int i = 0; keymap_at(NULL, (enum view_mode)m, i, &row); i++) {
			if (!row.name)
				fail_msg("keynames.c has no name for: %s",
					row.help ? row.help : row.keys);
			assert_true(str_is_name(str_from(row.name)));
			for (int j = 0; j < i; j++) {
				assert_true(keymap_at(NULL, (enum view_mode)m, j, &other));
				if (strcmp(row.name, other.name) == 0)
					fail_msg("%s mode: two actions are called %s",
						keymap_mode((enum view_mode)m), row.name);
			}
		}
	}
}

/* Help has every action that has words, with all its keys. */
static void
test_help(void **state)
{
	(void)state;
	for (int m = 0; m < VIEW_MODE_COUNT; m++) {
		struct buf text = BUF_INIT, keys = BUF_INIT;
		struct keymap_row row;
		view.mode = (enum view_mode)m;
		keymap_text(&view, &text);
		for (int i = 0; keymap_at(NULL, view.mode, i, &row); i++) {
			buf_clear(&keys);
			keymap_show(&view, row.keys, &keys);
			if (row.help) {
				assert_true(
					str_find_str(buf_str(&text), str_from(row.help)) >= 0);
				assert_true(str_find_str(buf_str(&text), buf_str(&keys)) >= 0);
			} else {
				/* Said of the row before, or on the bottom line. */
				assert_true(row.hint ||
					    str_starts(str_from(row.name), STR("focus-tile-")));
			}
		}
		buf_release(&text);
		buf_release(&keys);
	}
}

static int
bind(const char *text, struct err *err)
{
	struct settings settings;
	struct keymap *map;
	settings_init(&settings);
	int rc = settings_parse(FILE_NAME, str_from(text), &settings, err);
	if (rc == 0)
		rc = keymap_new(&settings, &map, err);
	if (rc == 0) {
		assert_no_two(map);
		keymap_free(view.keymap);
		view.keymap = map;
	}
	settings_release(&settings);
	return rc;
}

static void
assert_bound(const char *text)
{
	struct err err = ERR_INIT;
	if (bind(text, &err) < 0)
		fail_msg("%s", err.text);
}

static void
assert_refused(const char *text, const char *why)
{
	struct err err = ERR_INIT;
	assert_int_equal(bind(text, &err), ERR_CONFIG);
	assert_string_equal(err.text, why);
}

static const char *
first(enum view_mode mode, const char *name)
{
	static char into[32];
	return keymap_first(&view, mode, name, into);
}

static void
test_rebound(void **state)
{
	struct buf text = BUF_INIT;
	char key[32];
	(void)state;
	view_refresh(&view);
	assert_bound("{\"keys\": {\"command\": {\"zoom\": \"F5\", \"help\": [\"H\", \"F1\"], "
		     "\"diff\": null, \"checks\": \"d\"}}}");
	press("z");
	assert_false(view.zoom);
	press("F5");
	assert_true(view.zoom);
	press("d");
	assert_int_equal(view.mode, VIEW_CHECKS);
	/* In other modes it is as it was. */
	press("d");
	assert_int_equal(view.mode, VIEW_DIFF);
	view.mode = VIEW_COMMAND;
	press("F1");
	assert_true(view.text.len > 0);
	press("Escape");
	assert_string_equal(first(VIEW_COMMAND, "zoom"), "F5");
	assert_string_equal(first(VIEW_COMMAND, "diff"), "");
	assert_string_equal(first(VIEW_INBOX, "diff"), "d");
	keymap_text(&view, &text);
	assert_true(str_find_str(buf_str(&text), STR("H F1      this help")) >= 0);
	assert_true(str_find_str(buf_str(&text), STR("diff: what")) < 0);
	for (int i = 0;; i++) {
		const char *hint = keymap_hint(&view, i, key);
		if (!hint)
			break;
		assert_string_not_equal(hint, "diff");
		if (strcmp(hint, "zoom") == 0)
			assert_string_equal(key, "F5");
	}
	buf_release(&text);
}

/* What tiles and toasts say of keys, too. */
static void
test_said(void **state)
{
	char said[128];
	(void)state;
	view_refresh(&view);
	assert_string_equal(keymap_said(&view, VIEW_COMMAND, "r restart", said), "r restart");
	assert_bound("{\"keys\": {\"command\": {\"restart\": \"M-r\", \"type\": null}}}");
	assert_string_equal(keymap_said(&view, VIEW_COMMAND, "r restart", said), "M-r restart");
	assert_string_equal(keymap_said(&view, VIEW_COMMAND, "⏎ answer it", said), "answer it");
	assert_string_equal(keymap_said(&view, VIEW_INBOX, "r restart", said), "r restart");
	assert_string_equal(keymap_said(&view, VIEW_COMMAND, "reads on", said), "reads on");
	assert_string_equal(keymap_said(&view, VIEW_COMMAND, "", said), "");
	assert_frame("keys-rebound-120x40", 120, 40);
}

static void
test_refused(void **state)
{
	(void)state;
	assert_refused("{\"keys\": {\"comand\": {}, \"command\": {\"zoom\": 5}}}",
		FILE_NAME ":1:45: found 5, expected a key, an array of keys, or null for none");
	assert_refused("{\"keys\": {\"comand\": {\"zoom\": \"x\"}}}",
		FILE_NAME ":1:11: unknown mode \"comand\", did you mean \"command\"?");
	assert_refused("{\"keys\": {\"command\": {\"chek\": \"F5\"}}}", FILE_NAME
		":1:23: command mode has no action \"chek\", did you mean \"check\"?");
	assert_refused("{\"keys\": {\"command\": {\"xyzzyx\": \"F5\"}}}", FILE_NAME
		":1:23: command mode has no action \"xyzzyx\"; \"cockpit keys\" has all "
		"of them");
	assert_refused("{\"keys\": {\"command\": {\"zoom\": [\"F5\", \"F99\"]}}}", FILE_NAME
		":1:38: \"F99\" is no key, expected one like \"x\", \"C-x\", \"M-x\", "
		"\"F5\" or \"Enter\"");
	assert_refused("{\"keys\": {\"command\": {\"zoom\": \"w\"}}}", FILE_NAME
		":1:31: in command mode \"w\" would mean both \"next-that-needs-you\" "
		"and \"zoom\"; give one of them another key, or null");
	assert_refused("{\"keys\": {\"typing\": {\"leave\": null}}}", FILE_NAME
		":1:31: \"leave\" needs a key: there would be no way out of typing mode");
	assert_refused("{\"keys\": {\"typing\": {\"leave\": [\"C-g\", \"q\"]}}}", FILE_NAME
		":1:31: \"q\" is for the agent in typing mode, expected a key with C- or "
		"M-, or F1 to F12");
	/* What terminals send as Enter. */
	assert_refused("{\"keys\": {\"typing\": {\"leave\": \"C-m\"}}}", FILE_NAME
		":1:31: \"C-m\" is for the agent in typing mode, expected a key with C- "
		"or M-, or F1 to F12");
	assert_refused("{\"prefix\": \"C-q\"}", FILE_NAME
		":1:12: in typing mode \"C-q\" would mean both the prefix and \"leave\"");
	assert_refused("{\"prefix\": \"Enter\"}", FILE_NAME
		":1:12: \"Enter\" is for the agent in typing mode, expected a key with C- "
		"or M-, or F1 to F12");
	/* Two keys that change places are no clash. */
	assert_bound(
		"{\"keys\": {\"command\": {\"zoom\": \"w\", \"next-that-needs-you\": \"z\"}}}");
}

static void
test_leave(void **state)
{
	(void)state;
	view_refresh(&view);
	assert_bound("{\"keys\": {\"typing\": {\"leave\": [\"C-g\", \"F12\"]}}}");
	press("Enter");
	assert_int_equal(view.mode, VIEW_TYPING);
	press("C-q");
	assert_int_equal(view.mode, VIEW_TYPING);
	press("F12");
	assert_int_equal(view.mode, VIEW_COMMAND);
}

/* Behind it a key is COMMAND's, and one goes on typing unless that led elsewhere. */
static void
test_prefix(void **state)
{
	char key[32];
	(void)state;
	view_refresh(&view);
	assert_bound("{\"prefix\": \"C-a\"}");
	press("C-a"); /* not while it means nothing */
	assert_false(view.prefixed);
	press("Enter");
	press("z");
	assert_false(view.zoom);
	press("C-a");
	assert_true(view.prefixed);
	assert_non_null(keymap_hint(&view, 1, key)); /* COMMAND's are shown */
	press("z");
	assert_true(view.zoom);
	assert_false(view.prefixed);
	assert_int_equal(view.mode, VIEW_TYPING);
	press("C-a");
	press("C-a");
	assert_false(view.prefixed);
	assert_int_equal(view.mode, VIEW_TYPING);
	press("C-a");
	press("2");
	assert_int_equal(view.focus, view.agents[1]);
	assert_int_equal(view.mode, VIEW_COMMAND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, deck_setup, deck_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_table),
		CASE(test_names),
		CASE(test_help),
		CASE(test_rebound),
		CASE(test_said),
		CASE(test_refused),
		CASE(test_leave),
		CASE(test_prefix),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_keymap", tests, NULL, NULL);
}
