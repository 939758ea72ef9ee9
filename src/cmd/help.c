/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"

static void
print_option(const struct cmd_option *option)
{
	char left[64];
	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", option->letter ? "-" : "  ",
		option->letter ? option->letter : ' ', option->letter ? ", " : " ",
		option->name, option->value ? " " : "", option->value ? option->value : "");
	printf("  %-26s %s\n", left, option->help);
}

static int
one(const struct cmd *cmd)
{
	printf("usage: cockpit %s%s%s\n\n%s\n", cmd->name, cmd->args[0] ? " " : "", cmd->args,
		cmd->help);
	if (cmd->options[0].name)
		printf("\n");
	for (int i = 0; i < CMD_OPTIONS_MAX && cmd->options[i].name; i++)
		print_option(&cmd->options[i]);
	return 0;
}

static int
run(const struct cmd_call *call)
{
	if (call->arg_count > 0) {
		const struct cmd *cmd = cmd_find(call->args[0]);
		return cmd ? one(cmd) : cmd_unknown(call->args[0]);
	}
	printf("cockpit: fly a fleet of coding agents from one terminal\n\n"
	       "usage: cockpit [COMMAND] [OPTION...]\n\n"
	       "Without a command: show the fleet of this folder (\"attach\").\n\n");
	for (size_t i = 0; cmd_table[i]; i++)
		printf("  %-11s %s\n", cmd_table[i]->name, cmd_table[i]->summary);
	printf("\n\"cockpit help COMMAND\" says more; cockpit(1) and cockpit.json(5) say it "
	       "all.\n");
	return 0;
}

const struct cmd cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.max = 1,
	.word = CMD_WORD_COMMAND,
	.summary = "say what there is, or how one command works",
	.help = "Lists the commands, or explains one of them.",
	.run = run,
};
