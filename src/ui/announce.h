/*
 * ui/announce: the bytes that make the operator's terminal ring and show a notice on the
 * desktop. Pure but for the environment, which is looked at once.
 */
#ifndef COCKPIT_UI_ANNOUNCE_H
#define COCKPIT_UI_ANNOUNCE_H

#include "cockpit/base_buf.h"
#include "cockpit/fleet_settings.h"

#define ANNOUNCE_COLS 120 /* longer texts are cut */

struct announce {
	bool bell;
	enum settings_desktop desktop; /* never DESKTOP_AUTO */
	bool tmux;                     /* we run in one: it has to be told to pass things on */
	unsigned serial;
};

/* What is "auto" becomes what the terminal is known to take, or off. */
void announce_init(struct announce *a, const struct settings *settings);
/* Appends text as it may stand in a notice: safe to show, one line, no ";", cut. */
void announce_text(struct str text, struct buf *into);
/* Appends the bytes; title and text are from announce_text(). */
void announce_bytes(struct announce *a, struct str title, struct str text, struct buf *into);

#endif
