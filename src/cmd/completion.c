/* SPDX-License-Identifier: MIT */
/*
 * Completion for bash and zsh, printed from the command table. What stands for
 * a fleet or an agent is asked of cockpit when Tab is pressed ("cockpit completion
 * words agents"), from this machine's files alone: Tab never waits for a network.
 */
#include <dirent.h>
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/ui_theme.h"
#include "task.h"

static void
print_commands(void)
{
	for (size_t i = 0; cmd_table[i]; i++)
		printf("%s\n", cmd_table[i]->name);
}

static void
print_dir(const char *dir, const char *suffix)
{
	DIR *list = opendir(dir);
	const struct dirent *entry;
	while (list && (entry = readdir(list)) != NULL) {
		struct str name = str_from(entry->d_name);
		if (!str_ends(name, str_from(suffix)))
			continue;
		name.len -= strlen(suffix);
		if (str_is_name(name))
			printf("%.*s\n", STR_ARG(name));
	}
	if (list)
		closedir(list);
}

static void
print_fleets(void)
{
	char *state = path_state_dir(), *config = path_config_dir();
	char *fleets = path_join(config, "fleets");
	print_dir(state, "");
	print_dir(fleets, ".json");
	mem_free(state);
	mem_free(config);
	mem_free(fleets);
}

/* Those that the fleet file of this folder names. */
static void
print_config(bool hosts)
{
	struct fleet_config *config;
	if (fleet_locate(NULL, &config, NULL) < 0)
		return;
	for (size_t i = 0; hosts && i < config->host_count; i++)
		printf("%s\n", config->hosts[i].name);
	for (size_t i = 0; !hosts && i < config->agent_count; i++)
		printf("%s\n", config->agents[i].name);
	fleet_config_free(config);
}

static void
print_themes(void)
{
	struct ui_theme *themes;
	size_t count;
	ui_theme_list(&themes, &count);
	for (size_t i = 0; i < count; i++)
		printf("%s\n", themes[i].name);
	ui_theme_list_free(themes, count);
}

static void
print_words(enum cmd_word word)
{
	switch (word) {
	case CMD_WORD_FLEET:
		print_fleets();
		break;
	case CMD_WORD_AGENT:
		print_config(false);
		break;
	case CMD_WORD_HOST:
		print_config(true);
		break;
	case CMD_WORD_COMMAND:
		print_commands();
		break;
	case CMD_WORD_SHELL:
		printf("bash\nzsh\n");
		break;
	case CMD_WORD_PROFILE:
		for (size_t i = 0; i < profile_count(); i++)
			printf("%s\n", profile_at(i)->name);
		break;
	case CMD_WORD_TASK:
		task_print_verbs();
		break;
	case CMD_WORD_THEME_VERB:
		printf("ls\npreview\n");
		print_themes();
		break;
	case CMD_WORD_THEME:
		print_themes();
		break;
	case CMD_WORD_FILE:
	case CMD_WORD_NONE:
		break;
	}
}

static void
print_bash(void)
{
	printf("# bash completion for cockpit, made by \"cockpit completion bash\"\n"
	       "_cockpit_words() {\n"
	       "\tlocal IFS=$'\\n'\n"
	       "\tCOMPREPLY=($(compgen -W \"$(cockpit completion words \"$1\" 2>/dev/null)\" "
	       "-- \"$2\"))\n"
	       "}\n"
	       "_cockpit() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tCOMPREPLY=()\n"
	       "\tif ((COMP_CWORD == 1)); then\n"
	       "\t\t_cockpit_words %d \"$cur\"\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tcase ${COMP_WORDS[1]} in\n",
		CMD_WORD_COMMAND);
	for (size_t i = 0; cmd_table[i]; i++) {
		const struct cmd *cmd = cmd_table[i];
		printf("\t%s)\n\t\tcase $prev in\n", cmd->name);
		for (int o = 0; o < CMD_OPTIONS_MAX && cmd->options[o].name; o++) {
			const struct cmd_option *option = &cmd->options[o];
			if (!option->value)
				continue;
			if (option->letter)
				printf("\t\t-%c | --%s) ", option->letter, option->name);
			else
				printf("\t\t--%s) ", option->name);
			printf("_cockpit_words %d \"$cur\"; return ;;\n", (int)option->word);
		}
		printf("\t\tesac\n\t\tif [[ $cur == -* ]]; then\n\t\t\tCOMPREPLY=($(compgen -W "
		       "'--help");
		for (int o = 0; o < CMD_OPTIONS_MAX && cmd->options[o].name; o++)
			printf(" --%s", cmd->options[o].name);
		printf("' -- \"$cur\"))\n\t\telse\n\t\t\t_cockpit_words %d "
		       "\"$cur\"\n\t\tfi\n\t\t;;\n",
			(int)cmd->word);
	}
	printf("\tesac\n}\ncomplete -o default -F _cockpit cockpit\n");
}

/* zsh reads "[" and ":" in descriptions. */
static void
print_escaped(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (strchr("[]:'\\", *p))
			putchar(*p == '\'' ? '`' : '\\');
		if (*p != '\'')
			putchar(*p);
	}
}

static void
print_zsh(void)
{
	printf("#compdef cockpit\n"
	       "# zsh completion for cockpit, made by \"cockpit completion zsh\"\n"
	       /* _arguments puts options for compadd before what we gave it. */
	       "_cockpit_words() {\n"
	       "\tlocal -a found\n"
	       "\tfound=(${(f)\"$(cockpit completion words $argv[-1] 2>/dev/null)\"})\n"
	       "\tcompadd \"${(@)argv[1,-2]}\" -a found\n"
	       "}\n"
	       "_cockpit() {\n"
	       "\tlocal -a commands\n"
	       "\tcommands=(\n");
	for (size_t i = 0; cmd_table[i]; i++) {
		printf("\t\t'%s:", cmd_table[i]->name);
		print_escaped(cmd_table[i]->summary);
		printf("'\n");
	}
	printf("\t)\n"
	       "\tif ((CURRENT == 2)); then\n"
	       "\t\t_describe command commands\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tlocal command=$words[2]\n"
	       "\tshift words\n"
	       "\t((CURRENT--))\n"
	       "\tcase $command in\n");
	for (size_t i = 0; cmd_table[i]; i++) {
		const struct cmd *cmd = cmd_table[i];
		printf("\t%s)\n\t\t_arguments", cmd->name);
		for (int o = 0; o < CMD_OPTIONS_MAX && cmd->options[o].name; o++) {
			const struct cmd_option *option = &cmd->options[o];
			printf(" \\\n\t\t\t'--%s%s[", option->name, option->value ? "=" : "");
			print_escaped(option->help);
			printf("]");
			if (option->value) {
				printf(":");
				print_escaped(option->value);
				printf(":_cockpit_words %d", (int)option->word);
			}
			printf("'");
		}
		printf(" \\\n\t\t\t'*:word:_cockpit_words %d'\n\t\t;;\n", (int)cmd->word);
	}
	/* Both ways of loading it: from fpath at the first Tab, or by "source". */
	printf("\tesac\n}\n"
	       "if [ \"$funcstack[1]\" = _cockpit ]; then\n"
	       "\t_cockpit \"$@\"\n"
	       "else\n"
	       "\tcompdef _cockpit cockpit\n"
	       "fi\n");
}

static int
run(const struct cmd_call *call)
{
	int word;
	if (strcmp(call->args[0], "words") == 0) {
		if (call->arg_count == 2 &&
			str_to_int(str_from(call->args[1]), 0, CMD_WORD_THEME_VERB, &word))
			print_words((enum cmd_word)word);
		return 0;
	}
	if (strcmp(call->args[0], "bash") == 0)
		print_bash();
	else if (strcmp(call->args[0], "zsh") == 0)
		print_zsh();
	else
		return cmd_usage(call->cmd, "completion is there for bash and zsh");
	return 0;
}

const struct cmd cmd_completion = {
	.name = "completion",
	.args = "bash | zsh",
	.min = 1,
	.max = 2,
	.word = CMD_WORD_SHELL,
	.summary = "print the shell's completion",
	.help = "Prints a script for the shell. \"make install\" puts it in place; by hand:\n"
		"  source <(cockpit completion bash)",
	.run = run,
};
