/* cmd/attach: shared by the commands that show the screen. */
#ifndef COCKPIT_CMD_ATTACH_H
#define COCKPIT_CMD_ATTACH_H

#include "cmd.h"

struct fleet_config;
struct ui_options;

/* Takes config over. The screen, or with call's --once one frame; the exit status. */
int attach_show(
	const struct cmd_call *call, struct fleet_config *config, struct ui_options *options);

#define CMD_ATTACH_OPTIONS                                                            \
	{"once", 0, NULL, CMD_WORD_NONE, "draw one complete frame as text and end"},  \
		{"size", 0, "COLSxROWS", CMD_WORD_NONE, "its size (default 200x60)"}, \
		{"ansi", 0, NULL, CMD_WORD_NONE, "with colours"},                     \
	{                                                                             \
		"theme", 0, "THEME", CMD_WORD_THEME, "colours: see \"cockpit theme\"" \
	}

#endif
