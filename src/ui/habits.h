/*
 * ui/habits: what a person set in config.json for the screen: keys, notices, where copied text
 * goes. While the screen is shown, what changes there is taken over; the theme has its own way,
 * choice.h.
 */
#ifndef COCKPIT_UI_HABITS_H
#define COCKPIT_UI_HABITS_H

#include <stdint.h>

#include "cockpit/base_err.h"
#include "cockpit/fleet_settings.h"

struct view;

struct habits {
	struct settings settings;
	uint64_t stamp;  /* settings_stamp() of what was read */
	struct err told; /* the last complaint: said once */
};

/* Sets view->keymap. A file that is wrong is a toast, and the defaults hold. */
void habits_load(struct habits *h, struct view *view);
/* Has the file changed? Then it is taken whole, settings and view->keymap: true, and what was
 * in the settings before is gone. One that is wrong is a toast, once, and all stays as it is.
 */
bool habits_look(struct habits *h, struct view *view);
void habits_release(struct habits *h);

#endif
