/* SPDX-License-Identifier: MIT */
/*
 * The names of all actions, and what does the same on the command line. Names are for
 * config.json, so one that was given is never changed; in one mode no two actions have the
 * same.
 */
#include "action.h"
#include "arrange.h"
#include "cockpit/orch_pilot.h"
#include "copy.h"
#include "cost.h"
#include "inbox.h"
#include "keymap.h"
#include "panel.h"
#include "stroke.h"
#include "view.h"

/* No command is to do it: it is about what this screen shows, or has under way itself. Whoever
 * adds a row says this or names a command: a test finds a row without either. */
#define HERE ""

/* clang-format off */
static const struct {
	action_fn *run;
	int argument;
	const char *name;
	const char *command; /* "task add", "check --history" */
} names[] = {
	{action_command,   0,                "leave",               HERE},
	{action_type,      0,                "type",                HERE},
	{action_needs_you, 0,                "next-that-needs-you", HERE},
	{action_new,       0,                "new",                 "new"},
	{action_new_with,  0,                "new-with-options",    "new"},
	{action_prompt,    0,                "prompt",              "send"},
	{action_zoom,      0,                "zoom",                HERE},
	{action_restart,   0,                "restart",             "resume"},
	{action_restart_running, 0,          "restart-running",     "resume --restart"},
	{action_answer,    0,                "answer",              HERE},
	{action_stop,      0,                "stop",                "stop"},
	{action_delete,    0,                "delete",              "delete"},
	{action_undo,      0,                "undo",                "trash restore"},
	{action_explain,   0,                "explain",             "explain"},
	{copy_start,       0,                "scrollback",          HERE},
	{action_fix,       0,                "fix",                 "fix"},
	{action_fix,       1,                "fix-by-other",        "fix --by"},
	{action_merge,     0,                "merge",               "merge"},
	{action_push,      0,                "push",                "push"},
	{doings_show,      0,                "under-way",           HERE},
	{cost_show,        0,                "cost",                "cost"},
	{action_left,      0,                "focus-left",          HERE},
	{action_down,      0,                "focus-down",          HERE},
	{action_up,        0,                "focus-up",            HERE},
	{action_right,     0,                "focus-right",         HERE},
	{action_page,      -1,               "page-before",         HERE},
	{action_page,      1,                "page-after",          HERE},
	{action_jump,      1,                "focus-tile-1",        HERE},
	{action_jump,      2,                "focus-tile-2",        HERE},
	{action_jump,      3,                "focus-tile-3",        HERE},
	{action_jump,      4,                "focus-tile-4",        HERE},
	{action_jump,      5,                "focus-tile-5",        HERE},
	{action_jump,      6,                "focus-tile-6",        HERE},
	{action_jump,      7,                "focus-tile-7",        HERE},
	{action_jump,      8,                "focus-tile-8",        HERE},
	{action_jump,      9,                "focus-tile-9",        HERE},
	{action_shell,     0,                "shell",               "shell"},
	{action_tags,      0,                "tags",                "tag"},
	{filter_open,      0,                "filter",              "ls --filter"},
	{filter_clear,     0,                "show-all",            HERE},
	{action_palette,   0,                "palette",             HERE},
	{action_help,      0,                "help",                "keys"},
	{action_detach,    0,                "detach",              HERE},
	{action_redraw,    0,                "redraw",              HERE},
	{action_suspend,   0,                "suspend",             HERE},
	{arrange_next,     0,                "layout",              HERE},
	{arrange_main,     0,                "make-large",          HERE},
	{panel_show,       PANEL_INBOX,      "inbox",               "ls"},
	{panel_show,       PANEL_TASKS,      "tasks",               "task ls"},
	{panel_show,       PANEL_DIFF,       "diff",                "diff"},
	{panel_show,       PANEL_CHECKS,     "checks",              "check --history"},
	{panel_show,       PANEL_CONFLICTS,  "conflicts",           "conflicts"},
	{panel_show,       PANEL_EVENTS,     "events",              "events"},
	{panel_next,       0,                "next-view",           HERE},
	{panel_close,      0,                "close",               HERE},
	{panel_zoom,       0,                "panel-zoom",          HERE},
	{panel_move,       0,                "panel-move",          HERE},
	{panel_widen,      5,                "panel-wider",         HERE},
	{panel_widen,      -5,               "panel-narrower",      HERE},
	{inbox_decide,     ANSWER_YES,       "answer-yes",          "answer"},
	{inbox_decide,     ANSWER_NO,        "answer-no",           "answer"},
	{inbox_decide,     ANSWER_ALWAYS,    "answer-always",       "answer"},
	{inbox_go,         0,                "go-there",            HERE},
	{inbox_move,       1,                "down",                HERE},
	{inbox_move,       -1,               "up",                  HERE},
	{inbox_page,       1,                "page-down",           HERE},
	{inbox_page,       -1,               "page-up",             HERE},
	{inbox_prompt,     0,                "prompt",              "send"},
	{inbox_restart,    0,                "restart",             "resume"},
	{inbox_explain,    0,                "explain",             "explain"},
	{tasks_add,        0,                "add",                 "task add"},
	{tasks_edit,       0,                "edit",                "task edit"},
	{tasks_assign,     0,                "assign",              "task assign"},
	{tasks_go,         0,                "go-there",            HERE},
	{tasks_cancel,     0,                "cancel",              "task cancel"},
	{tasks_queue,      0,                "queue-again",         "task retry"},
	{tasks_done,       0,                "done",                "task done"},
	{tasks_shift,      1,                "later",               "task before"},
	{tasks_shift,      -1,               "sooner",              "task before"},
	{tasks_raise,      1,                "raise",               "task edit --priority"},
	{tasks_raise,      -1,               "lower",               "task edit --priority"},
	{tasks_fold,       0,                "fold",                HERE},
	{tasks_move,       1,                "down",                HERE},
	{tasks_move,       -1,               "up",                  HERE},
	{tasks_page,       1,                "page-down",           HERE},
	{tasks_page,       -1,               "page-up",             HERE},
	{tasks_end,        -1,               "top",                 HERE},
	{tasks_end,        1,                "end",                 HERE},
	{diff_move,        1,                "down",                HERE},
	{diff_move,        -1,               "up",                  HERE},
	{diff_page,        1,                "page-down",           HERE},
	{diff_page,        -1,               "page-up",             HERE},
	{diff_end,         -1,               "top",                 HERE},
	{diff_end,         1,                "end",                 HERE},
	{diff_comment,     0,                "comment",             "comment"},
	{diff_send,        0,                "send-comments",       "comment --send"},
	{diff_side,        1,                "other-side",          "diff --against"},
	{diff_blanks,      0,                "blanks",              "diff --ignore-space"},
	{diff_file,        1,                "next-file",           HERE},
	{diff_file,        -1,               "file-before",         HERE},
	{checks_run,       0,                "check",               "check"},
	{checks_log,       0,                "output",              "check --history"},
	{checks_unfold,    1,                "unfold",              HERE},
	{checks_unfold,    0,                "fold",                HERE},
	{checks_move,      1,                "down",                HERE},
	{checks_move,      -1,               "up",                  HERE},
	{checks_page,      1,                "page-down",           HERE},
	{checks_page,      -1,               "page-up",             HERE},
	{conflicts_show,   0,                "both-sides",          "conflicts"},
	{conflicts_fix,    0,                "fix",                 "fix"},
	{conflicts_fix,    1,                "fix-by-other",        "fix"},
	{conflicts_go,     -1,               "to-the-one",          HERE},
	{conflicts_go,     1,                "to-the-other",        HERE},
	{conflicts_move,   1,                "down",                HERE},
	{conflicts_move,   -1,               "up",                  HERE},
	{conflicts_page,   1,                "page-down",           HERE},
	{conflicts_page,   -1,               "page-up",             HERE},
	{events_move,      1,                "down",                HERE},
	{events_move,      -1,               "up",                  HERE},
	{events_page,      1,                "page-down",           HERE},
	{events_page,      -1,               "page-up",             HERE},
	{events_end,       -1,               "top",                 HERE},
	{events_end,       1,                "end",                 HERE},
	{copy_select,      SPAN_CHARS,       "select",              HERE},
	{copy_select,      SPAN_LINES,       "select-lines",        HERE},
	{copy_select,      SPAN_BLOCK,       "select-block",        HERE},
	{copy_yank,        0,                "copy",                HERE},
	{copy_search,      1,                "search",              HERE},
	{copy_search,      -1,               "search-up",           HERE},
	{copy_again,       1,                "next",                HERE},
	{copy_again,       -1,               "next-other-way",      HERE},
	{copy_leave,       1,                "back",                HERE},
	{copy_leave,       0,                "end",                 HERE},
	{copy_other_end,   0,                "other-end",           HERE},
	{copy_move,        COPY_FIRST,       "oldest",              HERE},
	{copy_move,        COPY_LAST,        "newest",              HERE},
	{copy_move,        COPY_LEFT,        "left",                HERE},
	{copy_move,        COPY_DOWN,        "down",                HERE},
	{copy_move,        COPY_UP,          "up",                  HERE},
	{copy_move,        COPY_RIGHT,       "right",               HERE},
	{copy_move,        COPY_WORD,        "word",                HERE},
	{copy_move,        COPY_WORD_BACK,   "word-back",           HERE},
	{copy_move,        COPY_WORD_END,    "word-end",            HERE},
	{copy_move,        COPY_LINE_START,  "line-start",          HERE},
	{copy_move,        COPY_LINE_TEXT,   "line-text",           HERE},
	{copy_move,        COPY_LINE_END,    "line-end",            HERE},
	{copy_move,        COPY_PAGE_TOP,    "page-top",            HERE},
	{copy_move,        COPY_PAGE_MIDDLE, "page-middle",         HERE},
	{copy_move,        COPY_PAGE_BOTTOM, "page-bottom",         HERE},
	{copy_move,        COPY_HALF_UP,     "half-page-up",        HERE},
	{copy_move,        COPY_HALF_DOWN,   "half-page-down",      HERE},
	{copy_move,        COPY_PAGE_UP,     "page-up",             HERE},
	{copy_move,        COPY_PAGE_DOWN,   "page-down",           HERE},
	{overlay_do,       STROKE_ACCEPT,      "accept",              HERE},
	{overlay_do,       STROKE_CLOSE,       "close",               HERE},
	{overlay_do,       STROKE_YES,         "yes",                 HERE},
	{overlay_do,       STROKE_NO,          "no",                  HERE},
	{overlay_do,       STROKE_OTHER,       "other",               HERE},
	{overlay_do,       STROKE_CANCEL,      "cancel",              HERE},
	{overlay_do,       STROKE_NEXT_FIELD,  "next-field",          HERE},
	{overlay_do,       STROKE_FIELD_BEFORE, "field-before",        HERE},
	{overlay_do,       STROKE_DOWN,        "down",                HERE},
	{overlay_do,       STROKE_UP,          "up",                  HERE},
	{overlay_do,       STROKE_PAGE_DOWN,   "page-down",           HERE},
	{overlay_do,       STROKE_PAGE_UP,     "page-up",             HERE},
	{overlay_do,       STROKE_HALF_DOWN,   "half-page-down",      HERE},
	{overlay_do,       STROKE_HALF_UP,     "half-page-up",        HERE},
	{overlay_do,       STROKE_TOP,         "top",                 HERE},
	{overlay_do,       STROKE_END,         "end",                 HERE},
	{overlay_do,       STROKE_LEFT,        "left",                HERE},
	{overlay_do,       STROKE_RIGHT,       "right",               HERE},
	{overlay_do,       STROKE_SEARCH,      "search",              HERE},
	{overlay_do,       STROKE_AGAIN,       "next",                HERE},
	{overlay_do,       STROKE_AGAIN_UP,    "before",              HERE},
	{overlay_do,       STROKE_NEW_LINE,    "new-line",            HERE},
	{overlay_do,       STROKE_LINE_START,  "line-start",          HERE},
	{overlay_do,       STROKE_LINE_END,    "line-end",            HERE},
	{overlay_do,       STROKE_ERASE,       "erase",               HERE},
	{overlay_do,       STROKE_ERASE_NEXT,  "erase-next",          HERE},
	{overlay_do,       STROKE_ERASE_TO_START, "erase-to-start",      HERE},
	{overlay_do,       STROKE_ERASE_WORD,  "erase-word",          HERE},
};
/* clang-format on */

#define NAMES (sizeof(names) / sizeof(names[0]))

const char *
keymap_name(action_fn *run, int argument)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (names[i].run == run && names[i].argument == argument)
			return names[i].name;
	}
	return NULL;
}

const char *
keymap_command(action_fn *run, int argument)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (names[i].run == run && names[i].argument == argument)
			return names[i].command;
	}
	return NULL;
}
