/*
 * ui/keymap: the rows of the key table, for those who show, run or change them.
 *
 * An action has a name that stays, whatever its words and its keys become: config.json binds
 * by it. What is done by the same function with the same argument is the same action in every
 * mode.
 */
#ifndef COCKPIT_UI_KEYMAP_PRIVATE_H
#define COCKPIT_UI_KEYMAP_PRIVATE_H

#include "cockpit/base_buf.h"
#include "cockpit/term_keys.h"
#include "cockpit/ui_keymap.h"
#include "view.h"

typedef void action_fn(struct view *view, int argument);

struct keymap {
	char **keys;       /* by row and mode: keymap_slot(); NULL: as the table has it */
	struct key prefix; /* while typing, the next key is COMMAND's */
	bool prefixes;     /* there is one */
};

/* Strings are borrowed, keys from the map. */
struct keymap_row {
	int id; /* its place in the table */
	enum view_mode mode;
	const char *keys; /* "": none */
	const char *name;
	const char *command;     /* what does the same on the command line; "": none is to */
	const char *hint, *help; /* NULL: none */
	action_fn *run;
	int argument;
	bool own; /* for this mode alone */
};

/* The index-th one that is for this mode; false behind the last one. map NULL: as it is by
 * itself. */
bool keymap_at(
	const struct keymap *map, enum view_mode mode, int index, struct keymap_row *ret);
/* The one that this key is of in this mode. */
bool keymap_find(
	const struct view *view, enum view_mode mode, struct key key, struct keymap_row *ret);
/* How many slots there are, and the one of a row in a mode. */
int keymap_slots(void);
int keymap_slot(int id, enum view_mode mode);
/* "command" */
const char *keymap_mode(enum view_mode mode);
/* The first key of an action as it stands on a keyboard; "" if it has none. */
const char *keymap_first(
	const struct view *view, enum view_mode mode, const char *name, char into[32]);
/* Words that begin with a key of this mode as the table has it by itself, "r restart": with the
 * one that it has now, or without one. Others stay as they are. */
const char *keymap_said(
	const struct view *view, enum view_mode mode, const char *words, char into[128]);
/* All of them, separated by blanks; returns how many columns they take. */
int keymap_show(const struct view *view, const char *keys, struct buf *into);
bool keymap_has(const char *keys, struct key key);
/*
 * What a box says of its keys, in so many columns: items "NAMES WORDS" with commas between,
 * NAMES those of actions with "+" between: "accept go,down+up move,close cancel". What has no
 * key is left out, and from the last but one on what has no room: the way out is the last.
 */
void keymap_hints(const struct view *view, enum view_mode mode, const char *items, int cols,
	struct buf *into);

/* rebind.c: it leads out of its mode. */
bool keymap_leaves(const struct keymap_row *row);
/* keynames.c: NULL: nobody gave it one, which a test finds. */
const char *keymap_name(action_fn *run, int argument);
const char *keymap_command(action_fn *run, int argument);

#endif
