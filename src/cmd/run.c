/* SPDX-License-Identifier: MIT */
/* A command line against the row of its command. */
#include <stdarg.h>
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/fleet_settings.h"
#include "cockpit/ui_keymap.h"

const char *
cmd_value(const struct cmd_call *call, const char *option)
{
	for (int i = 0; i < CMD_OPTIONS_MAX && call->cmd->options[i].name; i++) {
		if (strcmp(call->cmd->options[i].name, option) == 0)
			return call->values[i];
	}
	BUG_ON(true);
	return NULL;
}

void
cmd_print_json(struct json_writer *w, struct buf *out)
{
	json_writer_end(w);
	fputs(buf_cstr(out), stdout);
	buf_release(out);
}

int
cmd_fail(const struct err *err)
{
	fprintf(stderr, "cockpit: %s\n", err->text);
	return err_exit_status(err->code);
}

int
cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	va_list ap;
	fputs("cockpit: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (cmd)
		fprintf(stderr, "\nusage: cockpit %s%s%s\n\"cockpit help %s\" says more\n",
			cmd->name, cmd->args[0] ? " " : "", cmd->args, cmd->name);
	else
		fputs("\n\"cockpit help\" lists the commands\n", stderr);
	return err_exit_status(ERR_INVALID);
}

int
cmd_unknown(const char *word)
{
	struct spell spell;
	char safe[64], hint[96];
	spell_init(&spell, str_from(word));
	for (size_t i = 0; cmd_table[i]; i++)
		spell_try(&spell, cmd_table[i]->name);
	return cmd_usage(NULL, "there is no command %s%s",
		text_safe_tmp(safe, sizeof(safe), str_from(word)), spell_hint(&spell, hint));
}

int
cmd_verb(const struct cmd_call *call, const char *expected)
{
	char safe[64];
	return cmd_usage(call->cmd, "found \"%s\", expected %s",
		text_safe_tmp(safe, sizeof(safe), str_from(call->args[0])), expected);
}

int
cmd_size(const char *text, int *ret_cols, int *ret_rows, struct err *err)
{
	struct str rest = str_from(text);
	if (!str_to_int(str_cut(&rest, 'x'), 1, 1000, ret_cols) ||
		!str_to_int(rest, 1, 500, ret_rows)) {
		char safe[64];
		return err_set(err, ERR_INVALID,
			"%s is no size: expected COLUMNSxROWS, as 200x60",
			text_safe_tmp(safe, sizeof(safe), str_from(text)));
	}
	return 0;
}

/* The index of an option, -1 if there is none. */
static int
find_option(const struct cmd *cmd, struct str name)
{
	for (int i = 0; i < CMD_OPTIONS_MAX && cmd->options[i].name; i++) {
		const struct cmd_option *option = &cmd->options[i];
		if (str_eqc(name, option->name) ||
			(name.len == 1 && option->letter && name.ptr[0] == option->letter))
			return i;
	}
	return -1;
}

static int
bad_option(const struct cmd *cmd, const char *word, struct str name)
{
	struct spell spell;
	char safe[64], hint[96];
	spell_init(&spell, name);
	for (int i = 0; i < CMD_OPTIONS_MAX && cmd->options[i].name; i++)
		spell_try(&spell, cmd->options[i].name);
	return cmd_usage(cmd, "%s has no option %s%s", cmd->name,
		text_safe_tmp(safe, sizeof(safe), str_from(word)), spell_hint(&spell, hint));
}

/* One option at argv[*at]; moves *at over its value. 0, or an exit status. */
static int
take_option(struct cmd_call *call, int argc, char **argv, int *at)
{
	const char *word = argv[*at];
	struct str value = str_from(word + (word[1] == '-' ? 2 : 1));
	bool has_value = str_find(value, '=') >= 0;
	struct str name = str_cut(&value, '=');
	int index = find_option(call->cmd, name);
	if (index < 0 || (word[1] == '-') != (name.len > 1))
		return bad_option(call->cmd, word, name);
	const struct cmd_option *option = &call->cmd->options[index];
	if (!option->value) {
		if (has_value)
			return cmd_usage(call->cmd, "--%s takes no value", option->name);
		call->values[index] = "";
	} else if (has_value) {
		call->values[index] = value.ptr;
	} else {
		if (*at + 1 >= argc)
			return cmd_usage(call->cmd, "--%s needs a value: %s", option->name,
				option->value);
		call->values[index] = argv[++*at];
	}
	return 0;
}

/* Whatever is done next goes by the defaults; that is no reason not to do it. */
static void
warn_of_settings(void)
{
	struct settings settings;
	struct err err = ERR_INIT;
	struct str refused = str_from(profile_complaints());
	while (refused.len > 0) {
		struct str line = str_cut(&refused, '\n');
		fprintf(stderr, "cockpit: warning: %.*s; that profile is not used\n",
			STR_ARG(line));
	}
	struct keymap *map = NULL;
	if (settings_read(&settings, &err) < 0 || keymap_new(&settings, &map, &err) < 0)
		fprintf(stderr, "cockpit: warning: %s; the defaults hold\n", err.text);
	keymap_free(map);
	settings_release(&settings);
}

/* A fleet is named by an option or by the first argument: who names another command there means
 * it for that. */
static int
check_fleet(const struct cmd_call *call)
{
	const struct cmd *cmd = call->cmd;
	int index = find_option(cmd, STR("fleet"));
	const char *fleet = index < 0 ? NULL : call->values[index];
	char safe[2][64];
	if (!fleet || call->arg_count == 0 || strncmp(cmd->args, "[FLEET]", 7) != 0)
		return 0;
	text_safe_tmp(safe[0], sizeof(safe[0]), str_from(fleet));
	text_safe_tmp(safe[1], sizeof(safe[1]), str_from(call->args[0]));
	if (cmd == &cmd_attach && cmd_find(call->args[0]))
		return cmd_usage(
			NULL, "a command comes first: cockpit %s -F %s", safe[1], safe[0]);
	return cmd_usage(cmd, "the fleet is named twice: %s and %s", safe[0], safe[1]);
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_call call = {.cmd = cmd};
	int status = 0;
	call.args = mem_alloc_array((size_t)argc + 1, sizeof(*call.args));
	for (int i = 0; i < argc && status == 0; i++) {
		if (strcmp(argv[i], "--") == 0 && cmd->takes_rest) {
			call.rest = argv + i + 1;
			break;
		}
		if (strcmp(argv[i], "--") == 0) {
			while (++i < argc)
				call.args[call.arg_count++] = argv[i];
			break;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			char *name[] = {mem_strdup(cmd->name), NULL};
			struct cmd_call help = {.cmd = &cmd_help, .args = name, .arg_count = 1};
			status = cmd_help.run(&help);
			mem_free(name[0]);
			goto out;
		}
		if (argv[i][0] == '-' && argv[i][1] != '\0')
			status = take_option(&call, argc, argv, &i);
		else
			call.args[call.arg_count++] = argv[i];
	}
	if (status == 0 && call.arg_count < cmd->min)
		status = cmd_usage(cmd, "%s needs more: %s", cmd->name, cmd->args);
	if (status == 0 && cmd->max >= 0 && call.arg_count > cmd->max) {
		char safe[64];
		status = cmd_usage(cmd, "%s takes no \"%s\"", cmd->name,
			text_safe_tmp(safe, sizeof(safe), str_from(call.args[cmd->max])));
	}
	if (status == 0)
		status = check_fleet(&call);
	if (status == 0) {
		warn_of_settings();
		status = cmd->run(&call);
	}
out:
	mem_free(call.args);
	return status;
}

int
cmd_main(int argc, char **argv)
{
	if (argc < 2)
		return run(&cmd_attach, 0, argv);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return run(&cmd_version, 0, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return run(&cmd_help, 0, argv);
	/* "cockpit --once" is "cockpit attach --once". */
	if (argv[1][0] == '-')
		return run(&cmd_attach, argc - 1, argv + 1);
	const struct cmd *cmd = cmd_find(argv[1]);
	return cmd ? run(cmd, argc - 2, argv + 2) : cmd_unknown(argv[1]);
}
