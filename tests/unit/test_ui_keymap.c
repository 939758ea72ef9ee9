/* SPDX-License-Identifier: MIT */
/* The key table, and what a person changes of it. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/cmd.h"
#include "cockpit/fleet_settings.h"
#include "ui/dialog.h"
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
		assert_true(m == VIEW_TYPING ? count > 0 && (map || count == 1)
					     : count > (map ? 0 : 10));
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

static bool
has_option(const struct cmd *cmd, struct str name)
{
	for (int i = 0; i < CMD_OPTIONS_MAX && cmd->options[i].name; i++) {
		if (str_eqc(name, cmd->options[i].name))
			return true;
	}
	return false;
}

/* "task add", "check --history": there is that command, with that option or word. */
static bool
is_command(const char *words)
{
	char name[40];
	struct str rest = str_from(words);
	text_copy(name, sizeof(name), str_cut(&rest, ' '));
	const struct cmd *cmd = cmd_find(name);
	while (cmd && rest.len > 0) {
		struct str word = str_cut(&rest, ' ');
		bool option = str_starts(word, STR("--"));
		if (option && !has_option(cmd, str_slice(word, 2, word.len)))
			return false;
		/* A verb: its usage names it. */
		if (!option && str_find_str(str_from(cmd->args), word) < 0)
			return false;
	}
	return cmd != NULL;
}

/* Whatever a key does has a key by itself, and can be done on the command line, unless whoever
 * made it said that it is about the screen alone. */
static void
test_commands(void **state)
{
	struct keymap_row row;
	int count = 0;
	(void)state;
	for (int m = 0; m < VIEW_MODE_COUNT; m++) {
		/* Where every key but one is an agent's, and in boxes, there is none. */
		bool palette = m == VIEW_TYPING || m >= VIEW_BOXES;
		for (int i = 0; keymap_at(NULL, (enum view_mode)m, i, &row); i++) {
			const char *command = row.command;
			palette = palette || strcmp(row.name, "palette") == 0;
			if (!row.keys[0])
				fail_msg("%s has no key", row.name);
			if (!command)
				fail_msg("keynames.c: which command does what %s does?",
					row.name);
			if (command[0] && !is_command(command))
				fail_msg("%s: there is no \"cockpit %s\"", row.name, command);
			count += command[0] != '\0';
		}
		if (!palette)
			fail_msg("no palette in %s mode", keymap_mode((enum view_mode)m));
	}
	assert_true(count > 50);
	assert_true(is_command("task add"));
	assert_false(is_command("task adds"));
	assert_false(is_command("check --histories"));
	assert_false(is_command("chek"));
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
		keymap_text(&view, view.mode, &text);
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

/* From every mode a key leads out, and the file can take away all but the last one. */
static void
test_ways_out(void **state)
{
	(void)state;
	for (int m = 0; m < VIEW_MODE_COUNT; m++) {
		const char *mode = keymap_mode((enum view_mode)m);
		struct buf some = BUF_INIT, none = BUF_INIT;
		struct keymap_row row;
		struct err err = ERR_INIT;
		int count = 0;
		buf_printf(&some, "{\"keys\": {\"%s\": {", mode);
		buf_add(&none, buf_str(&some));
		for (int i = 0; keymap_at(NULL, (enum view_mode)m, i, &row); i++) {
			if (!keymap_leaves(&row))
				continue;
			buf_printf(&some, "%s\"%s\": %s", count ? ", " : "", row.name,
				count ? "null" : "\"F12\"");
			buf_printf(&none, "%s\"%s\": null", count ? ", " : "", row.name);
			count++;
		}
		buf_addc(&some, "}}}");
		buf_addc(&none, "}}}");
		assert_true(count > 0);
		assert_bound(buf_cstr(&some));
		assert_int_equal(bind(buf_cstr(&none), &err), ERR_CONFIG);
		assert_non_null(strstr(err.text, "there would be no way out of"));
		buf_release(&some);
		buf_release(&none);
	}
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
	keymap_text(&view, view.mode, &text);
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
	assert_refused("{\"keys\": {\"field\": {\"close\": \"q\"}}}", FILE_NAME
		":1:30: \"q\" is typed into the field, expected a key with C- or M-, or one "
		"like Tab or F5");
	assert_refused("{\"keys\": {\"field\": {\"accept\": \"Space\"}}}", FILE_NAME
		":1:31: \"Space\" is typed into the field, expected a key with C- or M-, or "
		"one like Tab or F5");
	assert_refused("{\"keys\": {\"question\": {\"accept\": null, \"yes\": \"Enter\"}}}",
		FILE_NAME ":1:47: \"Enter\" is pressed in haste, expected a key that means "
			  "yes alone");
	assert_refused("{\"keys\": {\"field\": {\"accept\": null}}}", FILE_NAME
		":1:31: \"accept\" needs a key: no line that is typed could be ended");
	assert_refused("{\"keys\": {\"pager\": {\"close\": null}}}", FILE_NAME
		":1:30: \"close\" needs a key: there would be no way out of pager mode");
	assert_refused("{\"keys\": {\"list\": {\"accept\": \"j\"}}}", FILE_NAME
		":1:30: in list mode \"j\" would mean both \"accept\" and \"down\"; give one "
		"of them another key, or null");
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

static char said[80];

static void
on_said(struct view *v, uint32_t agent, const char *const values[])
{
	(void)v;
	(void)agent;
	snprintf(said, sizeof(said), "%s", values[0] ? values[0] : "yes");
}

static bool
is_drawn(const char *words)
{
	struct buf text = BUF_INIT;
	view.whole = true;
	frame_draw(&view);
	surface_text(view.surface, false, &text);
	bool is = str_find_str(buf_str(&text), str_from(words)) >= 0;
	buf_release(&text);
	return is;
}

/* A field keeps all that is text, whatever is bound, and says its keys as they are. */
static void
test_field(void **state)
{
	static const char *const labels[] = {"one", "two", NULL};
	(void)state;
	view_refresh(&view);
	assert_bound(
		"{\"keys\": {\"field\": {\"accept\": [\"C-s\", \"F2\"], \"close\": \"C-x\", "
		"\"next-field\": \"M-n\", \"erase-word\": \"C-b\", \"new-line\": \"Enter\"}}}");
	dialog_form(&view, "form", 0, labels, NULL, on_said);
	assert_true(is_drawn("C-s go   M-n next field   ⏎ new line   C-x cancel"));
	for (const char *p = "a b"; *p; p++)
		press((const char[]){*p == ' ' ? '_' : *p, '\0'});
	press("Space");
	press("q");
	press("C-b");
	press("S-BSpace"); /* Shift is held on while one types capitals */
	press("Enter");
	press("C-w"); /* it has no key any more */
	press("z");
	press("M-n");
	press("Escape");
	assert_non_null(view.dialog);
	press("F2");
	assert_null(view.dialog);
	assert_string_equal(said, "a_b\nz");
	dialog_form(&view, "form", 0, labels, NULL, on_said);
	press("C-x");
	assert_null(view.dialog);
	press(":");
	assert_true(is_drawn("C-s do it   ↑ ↓ choose   C-x close"));
	press("z");
	press("C-x");
	press("/");
	assert_true(is_drawn("C-s keep   C-x show all"));
	press("C-x");
	assert_false(view.filter.editing);
}

/* Cancel is chosen at first, whatever the keys are. */
static void
test_question(void **state)
{
	(void)state;
	view_refresh(&view);
	assert_bound(
		"{\"keys\": {\"question\": {\"yes\": \"J\", \"no\": \"N\", \"other\": \"Tab\", "
		"\"close\": \"F4\"}}}");
	said[0] = '\0';
	dialog_ask(&view, "stop", 0, "Stop?", "Stop", on_said);
	assert_true(is_drawn("[ Cancel ]  [ Stop ]  ⇥ choose   N J answer"));
	press("J"); /* nobody has read it so soon */
	press("y");
	press("q");
	press("Escape");
	assert_non_null(view.dialog);
	press("Enter");
	assert_null(view.dialog);
	assert_string_equal(said, "");
	dialog_ask(&view, "stop", 0, "Stop?", "Stop", on_said);
	press("Tab");
	press("Enter");
	assert_string_equal(said, "yes");
	dialog_ask(&view, "stop", 0, "Stop?", "Stop", on_said);
	press("F4");
	assert_null(view.dialog);
}

static void
wait_ms(int64_t ms)
{
	for (int64_t until = clock_ms() + ms; clock_ms() < until;)
		poll(NULL, 0, 5);
}

/* One that opens by itself, as a merge's once it was looked at, takes no key of somebody who
 * types on: not before there was a pause. */
static void
test_late(void **state)
{
	static const char *const labels[] = {"message", NULL};
	static const char *const texts[] = {"as it was", NULL};
	static const struct dialog_choice choices[] = {
		{"a", "a"},
                {"b", "b"}
        };
	(void)state;
	view_refresh(&view);
	for (int kind = 0; kind < 3; kind++) {
		said[0] = '\0';
		if (kind == 0)
			dialog_form(&view, "merge", 0, labels, texts, on_said);
		else if (kind == 1)
			dialog_ask(&view, "push", 0, "Push?", "Push", on_said);
		else
			dialog_choose(&view, "who", 0, choices, 2, on_said);
		dialog_late(&view);
		wait_ms(HASTY_MS / 2);
		press("j");
		wait_ms(HASTY_MS / 3 * 2); /* behind its first moment, but typed on */
		press("Tab");
		press("Enter");
		press("y");
		dialog_paste(&view, STR("more"));
		assert_non_null(view.dialog);
		assert_string_equal(said, "");
		assert_non_null(strstr(view.toast, "did nothing"));
		wait_ms(HASTY_MS + 20);
		press(kind == 1 ? "y" : "Enter");
		assert_null(view.dialog);
		assert_string_equal(said, kind == 0 ? "as it was" : kind == 1 ? "yes" : "a");
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, deck_setup, deck_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_table),
		CASE(test_names),
		CASE(test_commands),
		CASE(test_help),
		CASE(test_rebound),
		CASE(test_said),
		CASE(test_refused),
		CASE(test_leave),
		CASE(test_ways_out),
		CASE(test_field),
		CASE(test_question),
		CASE(test_late),
		CASE(test_prefix),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_keymap", tests, NULL, NULL);
}
