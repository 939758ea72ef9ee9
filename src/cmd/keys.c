/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/fleet_settings.h"
#include "cockpit/ui_keymap.h"

static void
print_json(const struct keymap *map)
{
	struct keymap_line line;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_array(&w, NULL);
	for (int i = 0; keymap_line(map, i, &line); i++) {
		struct str rest = str_from(line.keys);
		json_write_object(&w, NULL);
		json_write_cstr(&w, "mode", line.mode);
		json_write_array(&w, "keys");
		while (rest.len > 0)
			json_write_str(&w, NULL, str_cut(&rest, ' '));
		json_write_close(&w);
		json_write_cstr(&w, "name", line.name);
		json_write_cstr(&w, "command", line.command);
		json_write_cstr(&w, "help", line.help);
		json_write_close(&w);
	}
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static int
wider(int cols, const char *words)
{
	int need = (int)strlen(words);
	return need > cols ? need : cols;
}

static void
print_table(const struct keymap *map)
{
	struct keymap_line line;
	int keys = 0, name = 0, command = 0;
	for (int i = 0; keymap_line(map, i, &line); i++) {
		keys = wider(keys, line.keys);
		name = wider(name, line.name);
		command = wider(command, line.command);
	}
	line = (struct keymap_line){"MODE", "KEYS", "ACTION", "COMMAND", "WHAT IT DOES"};
	for (int i = -1; i < 0 || keymap_line(map, i, &line); i++) {
		int last = line.help[0] ? command : 0;
		printf("%-9s  %-*s  %-*s  %-*s%s%s\n", line.mode, keys,
			line.keys[0] ? line.keys : "-", name, line.name, last,
			line.command[0] ? line.command : "-", line.help[0] ? "  " : "",
			line.help);
	}
}

static int
run(const struct cmd_call *call)
{
	struct settings settings;
	struct keymap *map = NULL;
	/* What is wrong there was said already, before any command. */
	if (settings_read(&settings, NULL) == 0)
		(void)keymap_new(&settings, &map, NULL);
	if (cmd_value(call, "json"))
		print_json(map);
	else
		print_table(map);
	keymap_free(map);
	settings_release(&settings);
	return 0;
}

const struct cmd cmd_keys = {
	.name = "keys",
	.args = "[--json]",
	.summary = "list the screen's keys by mode, and the names of what they do",
	.help = "Lists what each key does in each mode of the screen, as config.json has it, "
		"and\n"
		"which command does the same. The last modes are those of boxes: of what is "
		"typed,\n"
		"of questions, lists and texts. By mode and action other keys can be given, "
		"see\n"
		"cockpit-config(5).",
	.options = {CMD_JSON_OPTION},
	.run = run,
};
