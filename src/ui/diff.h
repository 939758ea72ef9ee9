/*
 * ui/diff: what the focused agent has changed, line by line. All of its text is foreign.
 */
#ifndef COCKPIT_UI_DIFF_H
#define COCKPIT_UI_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

struct diff_row;
struct view;

/* As it was drawn last; rows are made anew when what they are made of is another one. */
struct diff_view {
	uint32_t agent;
	int64_t at; /* of the work that the rows are of; -1: they are of none */
	int cols;
	struct diff_row *rows;
	int count;
	int top;  /* rows that are passed */
	int page; /* rows that are seen */
};

void diff_view_release(struct diff_view *diff);
/* Files that are changed. */
int diff_count(const struct view *view);
void diff_draw(struct view *view, struct rect in);

/* Actions. argument: how many rows, pages or files. */
void diff_move(struct view *view, int argument);
void diff_page(struct view *view, int argument);
void diff_file(struct view *view, int argument);
/* argument: -1 to the first row, 1 to the last. */
void diff_end(struct view *view, int argument);

#endif
