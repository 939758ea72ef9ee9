/*
 * ui/arrange: how a person has arranged the screen of a fleet: the tiles' layout, which agent
 * is the large one, the panel's view, place and size. Remembered for each fleet; a new one
 * begins as the last one was left.
 */
#ifndef COCKPIT_UI_ARRANGE_H
#define COCKPIT_UI_ARRANGE_H

#include "layout.h"

struct view;

/* What is wanted now. */
struct layout_wish arrange_wish(const struct view *view, enum layout_panel panel);
/* The next layout of the tiles. */
void arrange_next(struct view *view, int argument);
/* The focused agent is the large one from now on. */
void arrange_main(struct view *view, int argument);
/* Panes get the size of their tiles; those on other pages that of the first one, so that
 * turning a page does not make them draw anew.
 */
void arrange_panes(struct view *view);

/* As it was left last time. Nothing hangs on it: what cannot be read is as if it were not
 * there.
 */
void arrange_load(struct view *view);
/* Written down, if it is another than it was. */
void arrange_save(struct view *view);

#endif
