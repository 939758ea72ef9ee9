/*
 * ui_keymap: which key does what on the screen, by mode: a table, and what a person has
 * changed of it in config.json.
 */
#ifndef COCKPIT_UI_KEYMAP_H
#define COCKPIT_UI_KEYMAP_H

#include <stdbool.h>

struct err;
struct keymap;
struct settings;

/*
 * The table as these settings want it. ERR_CONFIG where they name a mode or an action that
 * there is not, where a key would mean two things in one mode, where there would be no way out
 * of a mode, and where a key would take what is to be typed.
 */
int keymap_new(const struct settings *settings, struct keymap **ret, struct err *err);
void keymap_free(struct keymap *map); /* accepts NULL */

/* All borrowed from the map. */
struct keymap_line {
	const char *mode; /* "command" */
	const char *keys; /* as term_keys.h names them, separated by blanks; "": none */
	const char *name; /* of the action, unique in its mode */
	/* What does the same on the command line, behind "cockpit": "task add"; "": it is about
	 * the screen alone. */
	const char *command;
	const char *help; /* one line; "": it is said of another one */
};

/* Mode by mode, most useful first; false at the end. map NULL: the table as it is by itself. */
bool keymap_line(const struct keymap *map, int index, struct keymap_line *ret);

#endif
