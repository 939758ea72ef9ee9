/*
 * ui/choice: which theme the screen has. The command line decides, else config.json, else it is
 * THEME_DEFAULT; and while the screen is shown, what changes in these files is taken over.
 */
#ifndef COCKPIT_UI_CHOICE_H
#define COCKPIT_UI_CHOICE_H

#include <stdint.h>

#include "cockpit/base_err.h"

struct caps;
struct view;

struct choice {
	const char *option;      /* of the command line; NULL: none */
	const struct caps *caps; /* NULL: the frame goes to no terminal */
	char *name;              /* what is shown */
	uint64_t config, file;   /* path_stamp() of config.json and of the theme's own file */
	struct err told;         /* the last complaint: said once */
};

/*
 * Sets view->theme. Fails only for a theme that the command line asks for: what is wrong in
 * files is a toast, and the default holds.
 */
int choice_load(struct choice *c, struct view *view, const char *option, struct err *err);
/* For the terminal that it is shown on, its signs too; caps outlives it. */
void choice_fit(struct choice *c, struct view *view, const struct caps *caps);
/* Has anything changed? Then all is drawn anew. A theme that is wrong is a toast, once, and
 * the last good one stays. */
void choice_look(struct choice *c, struct view *view);
void choice_release(struct choice *c);

#endif
