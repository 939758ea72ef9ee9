/*
 * ui/panel: what lies beside the tiles, or below them, or in front of them where there is
 * little room. Its views are rows of a table; each has a mode of its own, in which it gets
 * the keys.
 */
#ifndef COCKPIT_UI_PANEL_H
#define COCKPIT_UI_PANEL_H

#include <stdbool.h>

#include "view.h"

struct mouse;

enum panel_which {
	PANEL_INBOX,
	PANEL_TASKS,
	PANEL_DIFF,
	PANEL_CHECKS,
	PANEL_CONFLICTS,
	PANEL_EVENTS
};

/* argument: enum panel_which. Opens it there and gives it the keys; where it has them already,
 * they are COMMAND's again. */
void panel_show(struct view *view, int argument);
/* The view behind the one that is shown; behind the last one is the first. */
void panel_next(struct view *view, int argument);
void panel_close(struct view *view, int argument);
/* It alone, and back. */
void panel_zoom(struct view *view, int argument);
/* argument: percent of the screen more. */
void panel_widen(struct view *view, int argument);
void panel_move(struct view *view, int argument);
/* The name of the view that is shown, or was last. */
const char *panel_name(const struct view *view);
/* Opens it there, without the keys; a name that is none: does nothing. */
void panel_open_named(struct view *view, const char *name);
/* The mode of the view that it shows, open or not. */
enum view_mode panel_mode(const struct view *view);
/* True while it gets the keys. */
bool panel_has_keys(const struct view *view);
/* Looks again at what it shows. */
void panel_refresh(struct view *view);
/* Moves *top, of count rows of which page are seen, so that those from first to last are seen,
 * the first before the last (first -1: no matter which), and none is seen behind the end. */
void panel_scroll(int *top, int page, int count, int first, int last);
/* The ground of a row that is selected; its words in that style. */
struct style panel_select(struct view *view, struct rect row, struct style style);
void panel_draw(struct view *view);
/* True where the mouse takes hold of the edge between tiles and panel; it is then moved there,
 * and stays. */
bool panel_edge(const struct view *view, int x, int y);
void panel_drag(struct view *view, int x, int y);
/* True if it was the panel's. */
bool panel_mouse(struct view *view, const struct mouse *mouse);

#endif
