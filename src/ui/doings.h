/*
 * ui/doings: what is under way, said where there is room once it takes longer than a second,
 * and a box that lists all of it, each with a way to cancel it.
 */
#ifndef COCKPIT_UI_DOINGS_H
#define COCKPIT_UI_DOINGS_H

#include "cockpit/base_buf.h"
#include "cockpit/orch_doing.h"
#include "layout.h"
#include "stroke.h"

struct view;

struct doings_view {
	struct doing rows[DOINGS_MAX]; /* as of this frame */
	int count;
	bool open;
	uint64_t chosen;  /* id; 0: the first one */
	int64_t moved_at; /* that one was over, and another one took its place */
	int at, top;
};

/* Opens the box; argument: 0. */
void doings_show(struct view *view, int argument);
/* Looks again at what is under way; before a frame. */
void doings_refresh(struct view *view);
/* "⠹ pushing parser 3s", "⠹ 2 things under way"; nothing where nothing takes long. */
void doings_words(const struct view *view, struct buf *into);
/* "⠹ merging 3s": the agent's that has taken longest, but for its check, which is said by
 * checks_words(); nothing where that is wider than cols. */
void doings_tile_words(const struct view *view, uint32_t agent, int cols, struct buf *into);
/* overlay.c: while the box is open. */
void doings_do(struct view *view, enum stroke stroke);
void doings_draw(struct view *view);

#endif
