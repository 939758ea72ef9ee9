/* SPDX-License-Identifier: MIT */
/*
 * The names of all actions. They are for config.json, so one that was given is never changed;
 * in one mode no two actions have the same.
 */
#include "action.h"
#include "arrange.h"
#include "cockpit/orch_pilot.h"
#include "inbox.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"

/* clang-format off */
static const struct {
	action_fn *run;
	int argument;
	const char *name;
} names[] = {
	{action_command,   0,               "leave"},
	{action_type,      0,               "type"},
	{action_needs_you, 0,               "next-that-needs-you"},
	{action_new,       0,               "new"},
	{action_new_with,  0,               "new-with-options"},
	{action_prompt,    0,               "prompt"},
	{action_zoom,      0,               "zoom"},
	{action_restart,   0,               "restart"},
	{action_answer,    0,               "answer"},
	{action_stop,      0,               "stop"},
	{action_delete,    0,               "delete"},
	{action_undo,      0,               "undo"},
	{action_explain,   0,               "explain"},
	{action_history,   0,               "scrollback"},
	{action_fix,       0,               "fix"},
	{action_fix,       1,               "fix-by-other"},
	{action_merge,     0,               "merge"},
	{action_push,      0,               "push"},
	{action_left,      0,               "focus-left"},
	{action_down,      0,               "focus-down"},
	{action_up,        0,               "focus-up"},
	{action_right,     0,               "focus-right"},
	{action_page,      -1,              "page-before"},
	{action_page,      1,               "page-after"},
	{action_jump,      1,               "focus-tile-1"},
	{action_jump,      2,               "focus-tile-2"},
	{action_jump,      3,               "focus-tile-3"},
	{action_jump,      4,               "focus-tile-4"},
	{action_jump,      5,               "focus-tile-5"},
	{action_jump,      6,               "focus-tile-6"},
	{action_jump,      7,               "focus-tile-7"},
	{action_jump,      8,               "focus-tile-8"},
	{action_jump,      9,               "focus-tile-9"},
	{action_shell,     0,               "shell"},
	{action_tags,      0,               "tags"},
	{filter_open,      0,               "filter"},
	{filter_clear,     0,               "show-all"},
	{action_palette,   0,               "palette"},
	{action_help,      0,               "help"},
	{action_detach,    0,               "detach"},
	{action_redraw,    0,               "redraw"},
	{action_suspend,   0,               "suspend"},
	{arrange_next,     0,               "layout"},
	{arrange_main,     0,               "make-large"},
	{panel_show,       PANEL_INBOX,     "inbox"},
	{panel_show,       PANEL_TASKS,     "tasks"},
	{panel_show,       PANEL_DIFF,      "diff"},
	{panel_show,       PANEL_CHECKS,    "checks"},
	{panel_show,       PANEL_CONFLICTS, "conflicts"},
	{panel_show,       PANEL_EVENTS,    "events"},
	{panel_next,       0,               "next-view"},
	{panel_close,      0,               "close"},
	{panel_zoom,       0,               "panel-zoom"},
	{panel_move,       0,               "panel-move"},
	{panel_widen,      5,               "panel-wider"},
	{panel_widen,      -5,              "panel-narrower"},
	{inbox_decide,     ANSWER_YES,      "answer-yes"},
	{inbox_decide,     ANSWER_NO,       "answer-no"},
	{inbox_decide,     ANSWER_ALWAYS,   "answer-always"},
	{inbox_go,         0,               "go-there"},
	{inbox_move,       1,               "down"},
	{inbox_move,       -1,              "up"},
	{inbox_page,       1,               "page-down"},
	{inbox_page,       -1,              "page-up"},
	{inbox_prompt,     0,               "prompt"},
	{inbox_restart,    0,               "restart"},
	{inbox_explain,    0,               "explain"},
	{tasks_add,        0,               "add"},
	{tasks_edit,       0,               "edit"},
	{tasks_assign,     0,               "assign"},
	{tasks_go,         0,               "go-there"},
	{tasks_cancel,     0,               "cancel"},
	{tasks_queue,      0,               "queue-again"},
	{tasks_done,       0,               "done"},
	{tasks_shift,      1,               "later"},
	{tasks_shift,      -1,              "sooner"},
	{tasks_raise,      1,               "raise"},
	{tasks_raise,      -1,              "lower"},
	{tasks_fold,       0,               "fold"},
	{tasks_move,       1,               "down"},
	{tasks_move,       -1,              "up"},
	{tasks_page,       1,               "page-down"},
	{tasks_page,       -1,              "page-up"},
	{tasks_end,        -1,              "top"},
	{tasks_end,        1,               "end"},
	{diff_move,        1,               "down"},
	{diff_move,        -1,              "up"},
	{diff_page,        1,               "page-down"},
	{diff_page,        -1,              "page-up"},
	{diff_end,         -1,              "top"},
	{diff_end,         1,               "end"},
	{diff_comment,     0,               "comment"},
	{diff_send,        0,               "send-comments"},
	{diff_side,        1,               "other-side"},
	{diff_blanks,      0,               "blanks"},
	{diff_file,        1,               "next-file"},
	{diff_file,        -1,              "file-before"},
	{checks_run,       0,               "check"},
	{checks_log,       0,               "output"},
	{checks_unfold,    1,               "unfold"},
	{checks_unfold,    0,               "fold"},
	{checks_move,      1,               "down"},
	{checks_move,      -1,              "up"},
	{checks_page,      1,               "page-down"},
	{checks_page,      -1,              "page-up"},
	{conflicts_show,   0,               "both-sides"},
	{conflicts_fix,    0,               "fix"},
	{conflicts_fix,    1,               "fix-by-other"},
	{conflicts_go,     -1,              "to-the-one"},
	{conflicts_go,     1,               "to-the-other"},
	{conflicts_move,   1,               "down"},
	{conflicts_move,   -1,              "up"},
	{conflicts_page,   1,               "page-down"},
	{conflicts_page,   -1,              "page-up"},
	{events_move,      1,               "down"},
	{events_move,      -1,              "up"},
	{events_page,      1,               "page-down"},
	{events_page,      -1,              "page-up"},
	{events_end,       -1,              "top"},
	{events_end,       1,               "end"},
};
/* clang-format on */

const char *
keymap_name(action_fn *run, int argument)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].run == run && names[i].argument == argument)
			return names[i].name;
	}
	return NULL;
}
