/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/ui_theme.h"

static void
print_json(const struct ui_theme *themes, size_t count)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_array(&w, NULL);
	for (size_t i = 0; i < count; i++) {
		json_write_object(&w, NULL);
		json_write_cstr(&w, "name", themes[i].name);
		json_write_cstr(&w, "summary", themes[i].summary);
		json_write_cstr(&w, "background", themes[i].background);
		json_write_bool(&w, "built_in", themes[i].built_in);
		json_write_cstr(&w, "file", themes[i].file);
		json_write_bool(&w, "in_use", themes[i].chosen);
		json_write_cstr(&w, "error", themes[i].error);
		json_write_close(&w);
	}
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static void
print_theme(const struct ui_theme *theme, int width)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "%c %-*s", theme->chosen ? '*' : ' ', width, theme->name);
	if (theme->summary[0])
		buf_printf(&line, "  %s", theme->summary);
	if (theme->file)
		buf_printf(
			&line, "  (%s%s)", theme->built_in ? "changed by " : "", theme->file);
	printf("%s\n", buf_cstr(&line));
	if (theme->error)
		printf("  %-*s  cannot be used: %s\n", width, "", theme->error);
	buf_release(&line);
}

static int
ls(bool json)
{
	struct ui_theme *themes;
	size_t count;
	int width = 0;
	ui_theme_list(&themes, &count);
	for (size_t i = 0; i < count; i++) {
		int len = (int)strlen(themes[i].name);
		width = len > width ? len : width;
	}
	if (json)
		print_json(themes, count);
	for (size_t i = 0; i < count && !json; i++)
		print_theme(&themes[i], width);
	ui_theme_list_free(themes, count);
	return 0;
}

static int
preview(const struct cmd_call *call)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	enum ui_theme_medium medium = cmd_value(call, "ansi") ? UI_THEME_ANSI
				      : isatty(STDOUT_FILENO) ? UI_THEME_TERMINAL
							      : UI_THEME_PLAIN;
	int rc = ui_theme_preview(
		call->arg_count > 1 ? call->args[1] : NULL, medium, &out, &err);
	if (rc == 0)
		fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
	return rc < 0 ? cmd_fail(&err) : 0;
}

static int
run(const struct cmd_call *call)
{
	const char *verb = call->arg_count ? call->args[0] : "ls";
	if (strcmp(verb, "preview") == 0)
		return preview(call);
	if (strcmp(verb, "ls") != 0)
		return cmd_verb(call, "ls or preview");
	if (call->arg_count > 1)
		return cmd_usage(call->cmd, "ls takes no theme");
	return ls(cmd_value(call, "json") != NULL);
}

const struct cmd cmd_theme = {
	.name = "theme",
	.args = "[ls [--json] | preview [THEME] [--ansi]]",
	.max = 2,
	.word = CMD_WORD_THEME_VERB,
	.summary = "the colours that there are, and what they look like",
	.help = "ls: all themes; * stands before the one that is used when --theme names "
		"none:\n"
		"\"theme\" in config.json, see cockpit-config(5), or else dark.\n"
		"preview: every role of a theme in its own style, and a small screen, as this\n"
		"terminal has them. How to write a theme: cockpit-theme(5).",
	.options = {CMD_JSON_OPTION,
		    {"ansi", 0, NULL, CMD_WORD_NONE,
			"preview: with all colours, whatever the terminal has"}},
	.run = run,
};
