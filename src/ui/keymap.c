/* SPDX-License-Identifier: MIT */
/*
 * Keys, actions and their words are one table: it drives what keys do, the
 * bottom line, the help, and the manual. COMMAND mode has all the keys; in TYPING
 * mode exactly one is ours.
 */
#include <stdio.h>

#include "action.h"
#include "cockpit/base_buf.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/ui_app.h"
#include "unsent.h"
#include "view.h"

#define LEAVE_TYPING "C-q"

/* The first ones stay on the bottom line when it gets narrow. */
static const struct binding {
	const char *keys; /* separated by blanks */
	void (*run)(struct view *view, int argument);
	int argument;
	const char *hint; /* on the bottom line; NULL: not there */
	const char *help;
} bindings[] = {
	{"Enter",   action_type,      0,  "type",                "type into the focused agent (C-q leaves)"      },
	{"w",       action_needs_you, 0,  "next that needs you", "next agent that needs you"                     },
	{"n",       action_new,       0,  "new",                 "new agent"                                     },
	{"?",       action_help,      0,  "help",                "this help"                                     },
	{"q C-c",   action_detach,    0,  "detach",              "detach (agents go on)"                         },
	{"N",       action_new_with,  0,  NULL,                  "new agent, with all options"                   },
	{"Space",   action_prompt,    0,  "prompt",              "send the agent a prompt without typing into it"},
	{"z",       action_zoom,      0,  "zoom",                "zoom the focused tile, and back"               },
	{"r",       action_restart,   0,  NULL,
         "start again what has ended or was lost; try hosts again"                                               },
	{"a",       action_answer,    0,  NULL,                  "answer what a host asks"                       },
	{"x",       action_stop,      0,  "stop",                "stop the agent (asks first); forget a lost one"},
	{"e",       action_explain,   0,  "explain",             "explain: what it does, and how cockpit knows"  },
	{"[",       action_history,   0,  "scrollback",          "scrollback"                                    },
	{"h Left",  action_left,      0,  NULL,                  "focus left"                                    },
	{"j Down",  action_down,      0,  NULL,                  "focus down"                                    },
	{"k Up",    action_up,        0,  NULL,                  "focus up"                                      },
	{"l Right", action_right,     0,  NULL,                  "focus right"                                   },
	{"PPage",   action_page,      -1, NULL,                  "page before"                                   },
	{"NPage",   action_page,      1,  NULL,                  "page after"                                    },
	{"1",       action_jump,      1,  NULL,                  "focus tile 1, and so on to 9"                  },
	{"2",       action_jump,      2,  NULL,                  NULL					    },
	{"3",       action_jump,      3,  NULL,                  NULL					    },
	{"4",       action_jump,      4,  NULL,                  NULL					    },
	{"5",       action_jump,      5,  NULL,                  NULL					    },
	{"6",       action_jump,      6,  NULL,                  NULL					    },
	{"7",       action_jump,      7,  NULL,                  NULL					    },
	{"8",       action_jump,      8,  NULL,                  NULL					    },
	{"9",       action_jump,      9,  NULL,                  NULL					    },
	{"C-l",     action_redraw,    0,  NULL,                  "draw everything anew"                          },
	{"C-z",     action_suspend,   0,  NULL,                  "suspend cockpit (agents go on)"                },
};
#define BINDINGS (int)(sizeof(bindings) / sizeof(bindings[0]))

static bool
has_key(const struct binding *b, struct key key)
{
	struct str rest = str_from(b->keys);
	while (rest.len > 0) {
		struct key own;
		if (key_parse(str_cut(&rest, ' '), &own) && key_eq(own, key))
			return true;
	}
	return false;
}

void
keymap_key(struct view *view, struct key key)
{
	struct key leave;
	if (view->mode == VIEW_TYPING) {
		if (key_parse(STR(LEAVE_TYPING), &leave) && key_eq(key, leave))
			action_command(view, 0);
		else
			action_typed(view, key);
		return;
	}
	if (unsent_is_thrown_out(view))
		return;
	for (int i = 0; i < BINDINGS; i++) {
		if (has_key(&bindings[i], key)) {
			bindings[i].run(view, bindings[i].argument);
			view_changed(view);
			return;
		}
	}
}

/* As it stands on a keyboard. */
static void
show_key(struct str name, char into[32])
{
	static const struct {
		const char *name, *shown;
	} rows[] = {
		{"Enter", "⏎" },
                {"PPage", "PgUp"},
                {"NPage", "PgDn"},
                {"Left",  "←" },
		{"Right", "→" },
                {"Up",    "↑" },
                {"Down",  "↓" }
        };
	snprintf(into, 32, "%.*s", STR_ARG(name));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_eqc(name, rows[i].name))
			snprintf(into, 32, "%s", rows[i].shown);
	}
}

const char *
keymap_hint(const struct view *view, int index, char key[32])
{
	if (view->mode == VIEW_TYPING) {
		snprintf(key, 32, LEAVE_TYPING);
		return index == 0 ? "back to COMMAND; all other keys go to the agent" : NULL;
	}
	for (int i = 0; i < BINDINGS; i++) {
		struct str keys = str_from(bindings[i].keys);
		if (!bindings[i].hint || index-- > 0)
			continue;
		show_key(str_cut(&keys, ' '), key);
		return bindings[i].hint;
	}
	return NULL;
}

void
ui_keys_text(struct buf *into)
{
	for (int i = 0; i < BINDINGS; i++) {
		struct str rest = str_from(bindings[i].keys);
		char keys[80] = "";
		size_t len = 0;
		if (!bindings[i].help)
			continue;
		int cols = 0;
		while (rest.len > 0) {
			char one[32];
			struct str name = str_cut(&rest, ' ');
			show_key(name, one);
			len += (size_t)snprintf(
				keys + len, sizeof(keys) - len, "%s%s", len ? " " : "", one);
			/* Every sign we show takes one column, however many bytes. */
			for (const char *p = one; *p; p++)
				cols += ((unsigned char)*p & 0xc0) != 0x80;
			cols += rest.len > 0;
		}
		buf_addc(into, keys);
		buf_fill(into, ' ', (size_t)(cols < 10 ? 10 - cols : 1));
		buf_printf(into, "%s\n", bindings[i].help);
	}
}
