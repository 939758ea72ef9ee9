/*
 * ui/pager: a file to read through, over all but the top line of the screen. A worker reads it,
 * and looks for words in it.
 */
#ifndef COCKPIT_UI_PAGER_H
#define COCKPIT_UI_PAGER_H

#include "cockpit/base_str.h"
#include "stroke.h"
#include "view.h"

/* Takes the place of an open one; begins at its end. title must be safe. */
void pager_open(struct view *view, const char *path, const char *title);
void pager_close(struct view *view);
/* overlay.c. */
bool pager_takes_keys(const struct view *view, enum view_mode *ret);
void pager_do(struct view *view, enum stroke stroke);
void pager_type(struct view *view, struct key key);
void pager_paste(struct view *view, struct str text);
void pager_mouse(struct view *view, const struct mouse *mouse);
void pager_draw(struct view *view);

#endif
