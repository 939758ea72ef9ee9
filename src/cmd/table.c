/* SPDX-License-Identifier: MIT */
#include "cmd.h"

const struct cmd *const cmd_table[] = {
	&cmd_attach,
	&cmd_up,
	&cmd_ls,
	&cmd_new,
	&cmd_send,
	&cmd_wait,
	&cmd_answer,
	&cmd_put,
	&cmd_shell,
	&cmd_stop,
	&cmd_resume,
	&cmd_delete,
	&cmd_trash,
	&cmd_down,
	&cmd_tag,
	&cmd_task,
	&cmd_diff,
	&cmd_comment,
	&cmd_conflicts,
	&cmd_check,
	&cmd_fix,
	&cmd_merge,
	&cmd_push,
	&cmd_events,
	&cmd_cost,
	&cmd_explain,
	&cmd_keys,
	&cmd_doctor,
	&cmd_theme,
	&cmd_demo,
	&cmd_completion,
	&cmd_version,
	&cmd_help,
	NULL,
};

const struct cmd *
cmd_find(const char *name)
{
	for (size_t i = 0; cmd_table[i]; i++) {
		if (strcmp(cmd_table[i]->name, name) == 0)
			return cmd_table[i];
	}
	return NULL;
}
