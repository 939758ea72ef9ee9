/* SPDX-License-Identifier: MIT */
/*
 * Keys, actions and their words are one table: it drives what keys do, the
 * bottom line, the help, the palette, "cockpit keys" and the manual. A row is for one mode or
 * several; in TYPING mode exactly one key is ours, and a prefix where a person wants one. Each
 * action has a name: keynames.c. What is said of keys is put into words in keywords.c.
 */
#include "keymap.h"
#include "action.h"
#include "arrange.h"
#include "cockpit/orch_pilot.h"
#include "copy.h"
#include "cost.h"
#include "inbox.h"
#include "panel.h"
#include "stroke.h"
#include "unsent.h"
#include "view.h"

/* The modes that a row is for. */
#define C (1u << VIEW_COMMAND)
#define T (1u << VIEW_TYPING)
#define I (1u << VIEW_INBOX)
#define D (1u << VIEW_DIFF)
#define F (1u << VIEW_CONFLICTS)
#define E (1u << VIEW_EVENTS)
#define K (1u << VIEW_CHECKS)
#define B (1u << VIEW_TASKS) /* the board */
#define Y (1u << VIEW_COPY)
/* And what lies over these. */
#define W (1u << VIEW_FIELD) /* words that are typed */
#define Q (1u << VIEW_QUESTION)
#define L (1u << VIEW_LIST)
#define X (1u << VIEW_TEXT)
#define G (1u << VIEW_PAGER)

/* The first ones of a mode stay on the bottom line when it gets narrow. */
/* clang-format off */
static const struct binding {
	const char *keys; /* separated by blanks */
	unsigned modes;
	void (*run)(struct view *view, int argument);
	int argument;
	const char *hint; /* on the bottom line; NULL: not there */
	const char *help;
} bindings[] = {
	{"C-q",          T,     action_command,   0,             "back to COMMAND; other keys go to the agent", NULL},
	{"Enter",        C,     action_type,      0,             "type",                "type into the focused agent"},
	{"y",            I,     inbox_decide,     ANSWER_YES,    "yes",                 "answer yes"},
	{"n",            I,     inbox_decide,     ANSWER_NO,     "no",                  "answer no"},
	{"a",            I,     inbox_decide,     ANSWER_ALWAYS, "always",              "answer always; open what a host asks"},
	{"Enter",        I,     inbox_go,         0,             "go there",            "go to the agent, and type if it asks by itself"},
	{"Enter",        F,     conflicts_show,   0,             "both sides",          "show how both sides have it"},
	{"a",            B,     tasks_add,        0,             "add",                 "add one"},
	{"e",            B,     tasks_edit,       0,             "edit",                "change its title, text, tags, needs and priority"},
	{"s",            B,     tasks_assign,     0,             "assign",              "say who is to do it"},
	{"Enter",        B,     tasks_go,         0,             "go there",            "go to the agent that has it"},
	{"x",            B,     tasks_cancel,     0,             "cancel",              "cancel it (asks first)"},
	{"r",            B,     tasks_queue,      0,             "queue again",         "queue it again: what failed, was cancelled or needs you"},
	{"D",            B,     tasks_done,       0,             "done",                "it is merged by hand: what is ready or checking"},
	{"J",            B,     tasks_shift,      1,             "later",               "do it later, among those of its priority"},
	{"K",            B,     tasks_shift,      -1,            "sooner",              "do it sooner, among those of its priority"},
	{"q Escape C-c", I | D | F | E | K | B, panel_close,      0,             "close",               "close the panel"},
	{"j Down",       I,     inbox_move,       1,             NULL,                  "select the next one"},
	{"k Up",         I,     inbox_move,       -1,            NULL,                  "select the one before"},
	{"w",            C | I | D | F | E | K | B, action_needs_you, 0,             "next that needs you", "next agent that needs you"},
	{"n",            C,     action_new,       0,             "new",                 "new agent"},
	{"?",            C | I | D | F | E | K | B, action_help,      0,             "help",                "this help"},
	{":",            C | Y | I | D | F | E | K | B, action_palette, 0,     "commands",            "every command, found by a few letters of it"},
	{"q C-c",        C,     action_detach,    0,             "detach",              "detach (agents go on)"},
	{"N",            C,     action_new_with,  0,             NULL,                  "new agent, with all options"},
	{"Tab",          C,     panel_show,       PANEL_INBOX,   "inbox",               "inbox: all that waits for you"},
	{"Tab",          I | D | F | E | K | B, panel_next,   0,             "next view",           "the panel's next view"},
	{"T",            C | I | D | F | E | K, panel_show, PANEL_TASKS, "tasks",             "tasks: what is to be done, and who does it"},
	{"d",            C | I | F | E | K | B, panel_show,   PANEL_DIFF,    "diff",                "diff: what the focused agent has changed"},
	{"c",            C | I | E | K | B, panel_show,       PANEL_CONFLICTS, "conflicts",         "conflicts: who will clash with whom"},
	{"E",            C | I | D | F | K | B, panel_show, PANEL_EVENTS, NULL,               "events: what happened, and who did it"},
	{"V",            C | I | D | F | E | B, panel_show, PANEL_CHECKS,  NULL,                "checks: what came of each agent's"},
	{"v",            C | K, checks_run,       0,             "check",               "check the focused agent's work now"},
	{"f",            C | K, action_fix,       0,             "let it fix it",       "let the agent mend what is broken: shows the prompt first"},
	{"F",            C | K, action_fix,       1,             NULL,                  "choose who mends it: a new agent with its work, or one that is at rest"},
	{"m",            C | D | K, action_merge, 0,             "merge",               "merge its work into the base: shows what, and with which words"},
	{"p",            C | D, action_push,      0,             NULL,                  "push its work and ask for a pull; or the base, when all of it is in that"},
	{"P",            C,     doings_show,      0,             NULL,                  "what is under way here, how far it is, and a way to cancel it"},
	{"$",            C,     cost_show,        0,             NULL,                  "cost: what the agents have spent, as far as they tell"},
	{"Space",        C,     action_prompt,    0,             "prompt",              "send the agent a prompt without typing into it"},
	{"z",            C,     action_zoom,      0,             "zoom",                "zoom the focused tile, and back"},
	{"L",            C,     arrange_next,     0,             NULL,                  "the next layout: whatever fits, a grid, one large, a list"},
	{"M",            C,     arrange_main,     0,             NULL,                  "make it the large one, the others beside it"},
	{"r",            C,     action_restart,   0,             NULL,                  "start again what has ended or was lost; try hosts again"},
	{"R",            C,     action_restart_running, 0,       NULL,                  "restart the agent, though it runs (asks first)"},
	{"a",            C,     action_answer,    0,             NULL,                  "answer what a host asks"},
	{"x",            C,     action_stop,      0,             "stop",                "stop the agent (asks first); forget a lost one"},
	{"D",            C,     action_delete,    0,             NULL,                  "delete the agent and its work tree (asks first); its work goes into the trash"},
	{"u",            C | D | K, action_undo,      0,             NULL,                  "undo the last stop, delete or merge, for 30 seconds"},
	{"e",            C,     action_explain,   0,             "explain",             "explain: what it does, and how cockpit knows"},
	{"[",            C,     copy_start,       0,             "scrollback",          "scroll back, search and copy: COPY mode"},
	{"t",            C,     action_shell,     0,             NULL,                  "a shell in the agent's folder, or to the one that is there"},
	{",",            C,     action_tags,      0,             NULL,                  "tags of the agent, and a label beside its name"},
	{"/",            C,     filter_open,      0,             NULL,                  "filter: show the agents that a few words fit"},
	{"Escape",       C,     filter_clear,     0,             NULL,                  "show all agents again"},
	{"h Left",       C | D, action_left,      0,             NULL,                  "focus left"},
	{"j Down",       C,     action_down,      0,             NULL,                  "focus down"},
	{"k Up",         C,     action_up,        0,             NULL,                  "focus up"},
	{"l Right",      C | D, action_right,     0,             NULL,                  "focus right"},
	{"PPage",        C,     action_page,      -1,            NULL,                  "page before"},
	{"NPage",        C,     action_page,      1,             NULL,                  "page after"},
	{"1",            C | D | F | E | K, action_jump,      1,             NULL,                  "focus tile 1, and so on to 9"},
	{"2",            C | D | F | E | K, action_jump,      2,             NULL,                  NULL},
	{"3",            C | D | F | E | K, action_jump,      3,             NULL,                  NULL},
	{"4",            C | D | F | E | K, action_jump,      4,             NULL,                  NULL},
	{"5",            C | D | F | E | K, action_jump,      5,             NULL,                  NULL},
	{"6",            C | D | F | E | K, action_jump,      6,             NULL,                  NULL},
	{"7",            C | D | F | E | K, action_jump,      7,             NULL,                  NULL},
	{"8",            C | D | F | E | K, action_jump,      8,             NULL,                  NULL},
	{"9",            C | D | F | E | K, action_jump,      9,             NULL,                  NULL},
	{"d",            D,     panel_show,       PANEL_DIFF,    "back",                "back to COMMAND; the panel stays"},
	{"C-q",          I | D | F | E | K | B, action_command,   0,             NULL,                  "back to COMMAND; the panel stays"},
	{"j Down",       D,     diff_move,        1,             NULL,                  "a row down"},
	{"k Up",         D,     diff_move,        -1,            NULL,                  "a row up"},
	{"NPage Space",  D,     diff_page,        1,             NULL,                  "a page down"},
	{"PPage b",      D,     diff_page,        -1,            NULL,                  "a page up"},
	{"c",            D,     diff_comment,     0,             "comment",             "comment on the line"},
	{"C",            D,     diff_send,        0,             "send comments",       "send all comments to the agent, as one message"},
	{"s",            D,     diff_side,        1,             "other side",          "against another side: where its branch began, the base, its last commit"},
	{"W",            D,     diff_blanks,      0,             NULL,                  "let changes of blanks count, or not"},
	{"]",            D,     diff_file,        1,             "next file",           "the next file"},
	{"[",            D,     diff_file,        -1,            "file before",         "the file before"},
	{"g Home",       D,     diff_end,         -1,            NULL,                  "to the top"},
	{"G End",        D,     diff_end,         1,             NULL,                  "to the end"},
	{"j Down",       K,     checks_move,      1,             NULL,                  "the next agent, or earlier check"},
	{"k Up",         K,     checks_move,      -1,            NULL,                  "the one before"},
	{"Enter",        D,     action_type,      0,             "type",                "type into the agent"},
	{"Enter",        K,     checks_log,       0,             "output",              "what the check printed"},
	{"l Right",      K,     checks_unfold,    1,             "earlier ones",        "show the agent's earlier checks"},
	{"h Left",       K,     checks_unfold,    0,             NULL,                  "fold them again"},
	{"NPage Space",  K,     checks_page,      1,             NULL,                  "agents further down"},
	{"PPage b",      K,     checks_page,      -1,            NULL,                  "agents further up"},
	{"V",            K,     panel_show,       PANEL_CHECKS,  "back",                "back to COMMAND; the panel stays"},
	{"j Down",       B,     tasks_move,       1,             NULL,                  "the next task"},
	{"k Up",         B,     tasks_move,       -1,            NULL,                  "the task before"},
	{"+ =",          B,     tasks_raise,      1,             NULL,                  "a higher priority"},
	{"-",            B,     tasks_raise,      -1,            NULL,                  "a lower priority"},
	{"A",            B,     tasks_fold,       0,             NULL,                  "show those that are over, or fold them"},
	{"NPage",        B,     tasks_page,       1,             NULL,                  "a page down"},
	{"PPage",        B,     tasks_page,       -1,            NULL,                  "a page up"},
	{"g Home",       B,     tasks_end,        -1,            NULL,                  "to the first"},
	{"G End",        B,     tasks_end,        1,             NULL,                  "to the last"},
	{"T",            B,     panel_show,       PANEL_TASKS,   "back",                "back to COMMAND; the panel stays"},
	{"j Down",       E,     events_move,      1,             NULL,                  "a row down"},
	{"k Up",         E,     events_move,      -1,            NULL,                  "a row up"},
	{"NPage Space",  E,     events_page,      1,             NULL,                  "a page down"},
	{"PPage b",      E,     events_page,      -1,            NULL,                  "a page up"},
	{"g Home",       E,     events_end,       -1,            NULL,                  "to the top: what happened last"},
	{"G End",        E,     events_end,       1,             NULL,                  "to the end"},
	{"E",            E,     panel_show,       PANEL_EVENTS,  "back",                "back to COMMAND; the panel stays"},
	{"j Down",       F,     conflicts_move,   1,             NULL,                  "the next file"},
	{"k Up",         F,     conflicts_move,   -1,            NULL,                  "the file before"},
	{"f",            F,     conflicts_fix,    0,             "let the one fix it",  "let the agent that is named first mend it: shows the prompt first"},
	{"c",            F,     panel_show,       PANEL_CONFLICTS, "back",              "back to COMMAND; the panel stays"},
	{"F",            F,     conflicts_fix,    1,             NULL,                  "let the other one mend it"},
	{"h Left",       F,     conflicts_go,     -1,            "to the one",          "go to the agent that is named first"},
	{"l Right",      F,     conflicts_go,     1,             "to the other",        "go to the other one"},
	{"NPage Space",  F,     conflicts_page,   1,             NULL,                  "a page down"},
	{"PPage b",      F,     conflicts_page,   -1,            NULL,                  "a page up"},
	{"NPage",        I,     inbox_page,       1,             NULL,                  "what it wants: rows after"},
	{"PPage",        I,     inbox_page,       -1,            NULL,                  "what it wants: rows before"},
	{"s Space",      I,     inbox_prompt,     0,             "prompt",              "send the agent a prompt"},
	{"r",            I,     inbox_restart,    0,             NULL,                  "start again what has ended or was lost; try hosts again"},
	{"e",            I,     inbox_explain,    0,             "explain",             "explain: what it does, and how cockpit knows"},
	{"z",            I | D | F | E | K | B, panel_zoom, 0,           NULL,                  "the panel alone, and back"},
	{"o",            I | D | F | E | K | B, panel_move, 0,           NULL,                  "the panel at the right of the tiles, below, or at the left"},
	{"<",            I | D | F | E | K | B, panel_widen, 5,          NULL,                  "a wider panel"},
	{">",            I | D | F | E | K | B, panel_widen, -5,         NULL,                  "a narrower panel"},
	{"v Space",      Y,     copy_select,      SPAN_CHARS,    "select",              "begin or end a selection"},
	{"y Enter",      Y,     copy_yank,        0,             "copy",                "copy what is selected, and leave"},
	{"/",            Y,     copy_search,      1,             "search",              "look for a text further down; capitals count if it has one"},
	{"?",            Y,     copy_search,      -1,            NULL,                  "look for a text further up"},
	{"n",            Y,     copy_again,       1,             "next",                "the next one that way"},
	{"N",            Y,     copy_again,       -1,            NULL,                  "the next one the other way"},
	{"q C-q",        Y,     copy_leave,       1,             "back",                "back to the mode before"},
	{"Escape C-c",   Y,     copy_leave,       0,             NULL,                  "end what is under way, then the selection, then COPY mode"},
	{"V",            Y,     copy_select,      SPAN_LINES,    "lines",               "select lines"},
	{"C-v",          Y,     copy_select,      SPAN_BLOCK,    NULL,                  "select the same columns of each line"},
	{"o",            Y,     copy_other_end,   0,             NULL,                  "go to the other end of the selection"},
	{"g",            Y,     copy_move,        COPY_FIRST,    "top",                 "to the oldest line"},
	{"G",            Y,     copy_move,        COPY_LAST,     "bottom",              "to the last line"},
	{"h Left",       Y,     copy_move,        COPY_LEFT,     NULL,                  "left"},
	{"j Down",       Y,     copy_move,        COPY_DOWN,     NULL,                  "down"},
	{"k Up",         Y,     copy_move,        COPY_UP,       NULL,                  "up"},
	{"l Right",      Y,     copy_move,        COPY_RIGHT,    NULL,                  "right"},
	{"w",            Y,     copy_move,        COPY_WORD,     NULL,                  "to the next word"},
	{"b",            Y,     copy_move,        COPY_WORD_BACK, NULL,                 "to the beginning of the word, or of the one before"},
	{"e",            Y,     copy_move,        COPY_WORD_END, NULL,                  "to the end of the word, or of the next one"},
	{"0 Home",       Y,     copy_move,        COPY_LINE_START, NULL,                "to the beginning of the line"},
	{"^",            Y,     copy_move,        COPY_LINE_TEXT, NULL,                 "to the first character of the line"},
	{"$ End",        Y,     copy_move,        COPY_LINE_END, NULL,                  "to the end of the line"},
	{"H",            Y,     copy_move,        COPY_PAGE_TOP, NULL,                  "to the first line that is seen"},
	{"M",            Y,     copy_move,        COPY_PAGE_MIDDLE, NULL,               "to the middle of what is seen"},
	{"L",            Y,     copy_move,        COPY_PAGE_BOTTOM, NULL,               "to the last line that is seen"},
	{"C-u",          Y,     copy_move,        COPY_HALF_UP,  NULL,                  "half a page up"},
	{"C-d",          Y,     copy_move,        COPY_HALF_DOWN, NULL,                 "half a page down"},
	{"PPage C-b",    Y,     copy_move,        COPY_PAGE_UP,  NULL,                  "a page up"},
	{"NPage C-f",    Y,     copy_move,        COPY_PAGE_DOWN, NULL,                 "a page down"},
	{"F1",           Y,     action_help,      0,             NULL,                  "this help"},
	{"C-l",          C | Y | I | D | F | E | K | B, action_redraw,    0,             NULL,                  "draw everything anew"},
	{"C-z",          C | Y | I | D | F | E | K | B, action_suspend,   0,             NULL,                  "suspend cockpit (agents go on)"},
	{"Enter",        W,     overlay_do,       STROKE_ACCEPT,      NULL,               "done: what was typed is taken"},
	{"Escape C-c C-g C-q", W, overlay_do,     STROKE_CLOSE,       NULL,               "leave it, as if nothing had been typed; refuse what a host asks"},
	{"Tab",          W,     overlay_do,       STROKE_NEXT_FIELD,  NULL,               "the next field, or row of a list"},
	{"BTab",         W,     overlay_do,       STROKE_FIELD_BEFORE, NULL,              "the one before"},
	{"Down C-n",     W,     overlay_do,       STROKE_DOWN,        NULL,               "a row down, or the next field"},
	{"Up C-p",       W,     overlay_do,       STROKE_UP,          NULL,               "a row up, or the field before"},
	{"NPage",        W,     overlay_do,       STROKE_PAGE_DOWN,   NULL,               "a page down, in what stands around the field"},
	{"PPage",        W,     overlay_do,       STROKE_PAGE_UP,     NULL,               "a page up"},
	{"C-j S-Enter M-Enter C-Enter", W, overlay_do, STROKE_NEW_LINE, NULL,             "a new line in the text"},
	{"Left",         W,     overlay_do,       STROKE_LEFT,        NULL,               "a character to the left"},
	{"Right",        W,     overlay_do,       STROKE_RIGHT,       NULL,               "a character to the right"},
	{"Home C-a",     W,     overlay_do,       STROKE_LINE_START,  NULL,               "to the start"},
	{"End C-e",      W,     overlay_do,       STROKE_LINE_END,    NULL,               "to the end"},
	{"BSpace",       W,     overlay_do,       STROKE_ERASE,       NULL,               "erase the character before; a search with none ends"},
	{"DC",           W,     overlay_do,       STROKE_ERASE_NEXT,  NULL,               "erase the character"},
	{"C-u",          W,     overlay_do,       STROKE_ERASE_TO_START, NULL,            "erase all before"},
	{"C-w",          W,     overlay_do,       STROKE_ERASE_WORD,  NULL,               "erase the word before"},
	{"Enter",        Q,     overlay_do,       STROKE_ACCEPT,      NULL,               "what is chosen, which at first is not to do it"},
	{"y",            Q,     overlay_do,       STROKE_YES,         NULL,               "yes, do it"},
	{"n",            Q,     overlay_do,       STROKE_NO,          NULL,               "no, leave it"},
	{"Escape q C-c C-q", Q, overlay_do,   STROKE_CLOSE,       NULL,               "leave it, which is a no"},
	{"Tab BTab h Left l Right", Q, overlay_do, STROKE_OTHER,      NULL,               "choose the other answer"},
	{"j Down",       Q,     overlay_do,       STROKE_DOWN,        NULL,               "a row down"},
	{"k Up",         Q,     overlay_do,       STROKE_UP,          NULL,               "a row up"},
	{"NPage",        Q,     overlay_do,       STROKE_PAGE_DOWN,   NULL,               "a page down"},
	{"PPage",        Q,     overlay_do,       STROKE_PAGE_UP,     NULL,               "a page up"},
	{"Enter",        L,     overlay_do,       STROKE_ACCEPT,      NULL,               "choose it; of what is under way, cancel it"},
	{"x",            L,     overlay_do,       STROKE_CANCEL,      NULL,               "cancel it, of what is under way"},
	{"j Down",       L,     overlay_do,       STROKE_DOWN,        NULL,               "the next one"},
	{"k Up",         L,     overlay_do,       STROKE_UP,          NULL,               "the one before"},
	{"NPage",        L,     overlay_do,       STROKE_PAGE_DOWN,   NULL,               "a page down"},
	{"PPage",        L,     overlay_do,       STROKE_PAGE_UP,     NULL,               "a page up"},
	{"Escape q P C-c C-q", L, overlay_do, STROKE_CLOSE,       NULL,               "leave it"},
	{"j Down",       X,     overlay_do,       STROKE_DOWN,        NULL,               "a row down"},
	{"k Up",         X,     overlay_do,       STROKE_UP,          NULL,               "a row up"},
	{"NPage Space",  X,     overlay_do,       STROKE_PAGE_DOWN,   NULL,               "a page down"},
	{"PPage b",      X,     overlay_do,       STROKE_PAGE_UP,     NULL,               "a page up"},
	{"Escape q C-c C-q", X, overlay_do,   STROKE_CLOSE,       NULL,               "close it; so does every other key"},
	{"j Down Enter", G,     overlay_do,       STROKE_DOWN,        NULL,               "a row down"},
	{"k Up",         G,     overlay_do,       STROKE_UP,          NULL,               "a row up"},
	{"NPage Space f", G,    overlay_do,       STROKE_PAGE_DOWN,   NULL,               "a page down"},
	{"PPage b",      G,     overlay_do,       STROKE_PAGE_UP,     NULL,               "a page up"},
	{"C-d",          G,     overlay_do,       STROKE_HALF_DOWN,   NULL,               "half a page down"},
	{"C-u",          G,     overlay_do,       STROKE_HALF_UP,     NULL,               "half a page up"},
	{"g Home <",     G,     overlay_do,       STROKE_TOP,         NULL,               "to the top"},
	{"G End >",      G,     overlay_do,       STROKE_END,         NULL,               "to the end"},
	{"h Left",       G,     overlay_do,       STROKE_LEFT,        NULL,               "what is further to the left"},
	{"l Right",      G,     overlay_do,       STROKE_RIGHT,       NULL,               "what is further to the right"},
	{"/",            G,     overlay_do,       STROKE_SEARCH,      NULL,               "look for a text"},
	{"n",            G,     overlay_do,       STROKE_AGAIN,       NULL,               "the next place that has it"},
	{"N",            G,     overlay_do,       STROKE_AGAIN_UP,    NULL,               "the place before"},
	{"Escape q C-c C-q", G, overlay_do,   STROKE_CLOSE,       NULL,               "close it"},
	{"? F1",         G,     action_help,      0,                NULL,               "this help"},
};
/* clang-format on */
#define BINDINGS (int)(sizeof(bindings) / sizeof(bindings[0]))

static const char *const mode_names[VIEW_MODE_COUNT] = {
	[VIEW_COMMAND] = "command",
	[VIEW_TYPING] = "typing",
	[VIEW_INBOX] = "inbox",
	[VIEW_DIFF] = "diff",
	[VIEW_CONFLICTS] = "conflicts",
	[VIEW_EVENTS] = "events",
	[VIEW_CHECKS] = "checks",
	[VIEW_TASKS] = "tasks",
	[VIEW_COPY] = "copy",
	[VIEW_FIELD] = "field",
	[VIEW_QUESTION] = "question",
	[VIEW_LIST] = "list",
	[VIEW_TEXT] = "text",
	[VIEW_PAGER] = "pager",
};

const char *
keymap_mode(enum view_mode mode)
{
	return mode_names[mode];
}

int
keymap_slots(void)
{
	return BINDINGS * VIEW_MODE_COUNT;
}

int
keymap_slot(int id, enum view_mode mode)
{
	return id * VIEW_MODE_COUNT + (int)mode;
}

static const char *
keys_of(const struct keymap *map, int id, enum view_mode mode)
{
	const char *own = map ? map->keys[keymap_slot(id, mode)] : NULL;
	return own ? own : bindings[id].keys;
}

bool
keymap_at(const struct keymap *map, enum view_mode mode, int index, struct keymap_row *ret)
{
	for (int i = 0; i < BINDINGS; i++) {
		const struct binding *b = &bindings[i];
		if (!(b->modes >> mode & 1) || index-- > 0)
			continue;
		*ret = (struct keymap_row){.id = i,
			.mode = mode,
			.keys = keys_of(map, i, mode),
			.name = keymap_name(b->run, b->argument),
			.command = keymap_command(b->run, b->argument),
			.hint = b->hint,
			.help = b->help,
			.run = b->run,
			.argument = b->argument,
			.own = (b->modes & (b->modes - 1)) == 0};
		return true;
	}
	return false;
}

bool
keymap_line(const struct keymap *map, int index, struct keymap_line *ret)
{
	struct keymap_row row;
	for (int m = 0; m < VIEW_MODE_COUNT; m++) {
		enum view_mode mode = (enum view_mode)m;
		for (int i = 0; keymap_at(map, mode, i, &row); i++) {
			if (index-- > 0)
				continue;
			*ret = (struct keymap_line){.mode = mode_names[mode],
				.keys = row.keys,
				.name = row.name,
				.command = row.command,
				.help = row.help   ? row.help
					: row.hint ? row.hint
						   : ""};
			return true;
		}
	}
	return false;
}

bool
keymap_has(const char *keys, struct key key)
{
	struct str rest = str_from(keys);
	while (rest.len > 0) {
		struct key own;
		if (key_parse(str_cut(&rest, ' '), &own) && key_eq(own, key))
			return true;
	}
	return false;
}

bool
keymap_find(
	const struct view *view, enum view_mode mode, struct key key, struct keymap_row *ret)
{
	for (int i = 0; keymap_at(view->keymap, mode, i, ret); i++) {
		if (keymap_has(ret->keys, key))
			return true;
	}
	return false;
}

static bool
run_key(struct view *view, struct key key)
{
	struct keymap_row row;
	if (!keymap_find(view, view->mode, key, &row))
		return false;
	first_used(view, row.name);
	row.run(view, row.argument);
	view_changed(view);
	return true;
}

/* Behind the prefix a key is COMMAND's; one goes on typing where that left everything. */
static void
prefixed_key(struct view *view, struct key key)
{
	uint32_t focus = view->focus;
	view->prefixed = false;
	view_changed(view);
	if (key_eq(key, view->keymap->prefix)) {
		action_typed(view, key);
		return;
	}
	view->mode = VIEW_COMMAND;
	if (!run_key(view, key))
		view_toast(view, ROLE_ERROR, "that key does nothing behind the prefix");
	if (view->mode == VIEW_COMMAND && view->focus == focus)
		view->mode = VIEW_TYPING;
	copy_return_to_typing(view, focus);
}

void
keymap_key(struct view *view, struct key key)
{
	bool typing = view->mode == VIEW_TYPING;
	if (!typing) {
		view->prefixed = false;
		if (!unsent_is_thrown_out(view))
			run_key(view, key);
	} else if (view->prefixed) {
		prefixed_key(view, key);
	} else if (view->keymap && view->keymap->prefixes &&
		   key_eq(key, view->keymap->prefix)) {
		view->prefixed = true;
		view_changed(view);
	} else if (!run_key(view, key)) {
		action_typed(view, key);
	}
}
