/*
 * ui/palette: a line to type in, and below it all that can be done now and everybody whom one
 * can go to, best fit first.
 */
#ifndef COCKPIT_UI_PALETTE_H
#define COCKPIT_UI_PALETTE_H

#include "cockpit/base_str.h"
#include "cockpit/term_keys.h"
#include "stroke.h"

struct view;

void palette_open(struct view *view);
void palette_close(struct view *view);
/* overlay.c. */
void palette_do(struct view *view, enum stroke stroke);
void palette_type(struct view *view, struct key key);
void palette_paste(struct view *view, struct str text);
void palette_draw(struct view *view);
/* The index-th of those that fit, best first; NULL behind the last one. For tests. */
const char *palette_at(const struct view *view, int index);

#endif
