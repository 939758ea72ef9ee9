/* ui_theme: the themes that there are, and what they look like; for commands. */
#ifndef COCKPIT_UI_THEMES_H
#define COCKPIT_UI_THEMES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;

struct ui_theme {
	char *name;
	char *summary;          /* one line, safe to show; "" */
	const char *background; /* "dark", "light" or "any" */
	char *file;             /* a person's own; NULL: there is none */
	bool built_in;          /* with a file as well: that changes it */
	bool chosen;            /* shown when the command line names none */
	char *error;            /* why it cannot be shown, safe to show; NULL: it can */
};

/* Built-in ones first, then a person's own, by name. */
void ui_theme_list(struct ui_theme **ret, size_t *ret_count);
void ui_theme_list_free(struct ui_theme *list, size_t count);

enum ui_theme_medium {
	UI_THEME_PLAIN,    /* no colours: a file, or a terminal that has none */
	UI_THEME_ANSI,     /* 24-bit colours as escape sequences */
	UI_THEME_TERMINAL, /* as the terminal on standard output has them; else plain */
};

/* Every role in its own style, and a small screen. name NULL: the one that is chosen.
 * ERR_NOT_FOUND, ERR_INVALID, ERR_CONFIG, ERR_LIMIT and ERR_IO for the theme. */
int ui_theme_preview(
	const char *name, enum ui_theme_medium medium, struct buf *into, struct err *err);

#endif
