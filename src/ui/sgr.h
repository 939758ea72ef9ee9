/*
 * ui/sgr: a style as the ECMA-48 sequence that sets it, for files and for
 * terminals of today. What an old terminal takes instead is tty.c's business.
 */
#ifndef COCKPIT_UI_SGR_H
#define COCKPIT_UI_SGR_H

#include "surface.h"

/* These are seen on a blank too. */
#define SGR_BLANK_ATTRS (CELL_REVERSE | CELL_STRIKE | CELL_OVERLINE | CELL_UNDERLINE)

static inline bool
style_eq(struct style a, struct style b)
{
	return a.fg == b.fg && a.bg == b.bg && a.attr == b.attr;
}

/* One whole sequence that first resets: 24-bit colours, underlines as 4:n. */
void sgr_style(struct buf *into, struct style style);
/* ";38;2;r;g;b" and the like: parameters of one colour, each with a semicolon in front; 39 or
 * 49 for the default. */
void sgr_colour(struct buf *into, uint32_t colour, bool background);

#endif
