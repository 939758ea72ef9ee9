/*
 * ui/pager: a file to read through, over all but the top line of the screen. A worker reads it,
 * and looks for words in it. It may be one that grows.
 */
#ifndef COCKPIT_UI_PAGER_H
#define COCKPIT_UI_PAGER_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_str.h"
#include "stroke.h"
#include "view.h"

/* Takes the place of an open one; begins at its end. title must be safe. */
void pager_open(struct view *view, const char *path, const char *title);
/* Writes the title of that file, which is about that agent, as it is now (safe); false: the
 * file does not grow any more. */
typedef bool pager_title_fn(
	const struct view *view, uint32_t agent, const char *path, struct buf *title);
/* The same of a file that grows: what comes is shown, at once where its end is seen. */
void pager_follow(struct view *view, const char *path, uint32_t agent, pager_title_fn *title);
void pager_close(struct view *view);
/* overlay.c. */
bool pager_takes_keys(const struct view *view, enum view_mode *ret);
void pager_do(struct view *view, enum stroke stroke);
void pager_type(struct view *view, struct key key);
void pager_paste(struct view *view, struct str text);
void pager_mouse(struct view *view, const struct mouse *mouse);
void pager_draw(struct view *view);

#endif
