/* ui/border: the frame around a tile or the panel, and words on it. */
#ifndef COCKPIT_UI_BORDER_H
#define COCKPIT_UI_BORDER_H

#include "surface.h"
#include "theme.h"

struct view;

void border_draw(struct view *view, struct rect r, enum theme_role role);
/* Words with a blank on each side; returns the column behind them. Cut before end; nothing
 * where there is no room. */
int border_words(
	struct view *view, int x, int y, int end, enum theme_role role, const char *words);

#endif
