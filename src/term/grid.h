/*
 * grid: the cells of one screen and the edits on them, after tmux's rules:
 * what is erased takes a background colour, and a wide character that loses one
 * half loses the other too. All coordinates are checked here once more, since
 * they come from libvterm or from numbers that an agent printed.
 */
#ifndef COCKPIT_TERM_GRID_H
#define COCKPIT_TERM_GRID_H

#include "cockpit/term_cell.h"

struct grid_row {
	struct cell *cells;
	uint64_t version;
	bool wrapped; /* the text runs on in the next row */
};

struct grid {
	int cols, rows;
	struct grid_row *row; /* scrolling moves these, never the cells */
	struct cell *cells;   /* the one block that the rows point into */
	uint64_t now;         /* version that the next change gets */
	bool changed;         /* since the owner last cleared it */
};

void grid_init(struct grid *g, int cols, int rows);
void grid_release(struct grid *g);
void grid_touch(struct grid *g, int y);
void grid_touch_all(struct grid *g);
/* Puts cell, one or two columns wide; ignored when it does not fit. */
void grid_put(struct grid *g, int x, int y, struct cell cell);
/* Changes the text of the character that covers x. */
void grid_set_text(struct grid *g, int x, int y, uint32_t text);
/* Column where the character that covers x begins. */
int grid_lead(const struct grid *g, int x, int y);
void grid_erase(struct grid *g, int x, int y, int count, uint32_t bg);
void grid_erase_rows(struct grid *g, int y, int count, uint32_t bg);
void grid_insert(struct grid *g, int x, int y, int count, uint32_t bg);
void grid_delete(struct grid *g, int x, int y, int count, uint32_t bg);
/* Rows top to bottom, inclusive: up when count is positive, else down. */
void grid_scroll(struct grid *g, int top, int bottom, int count, uint32_t bg);
void grid_swap_rows(struct grid *g, int a, int b);
void grid_fill(struct grid *g, uint32_t text);

#endif
