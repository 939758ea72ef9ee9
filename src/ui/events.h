/*
 * ui/events: what happened in the fleet, who did it, and when; the last of it first.
 */
#ifndef COCKPIT_UI_EVENTS_H
#define COCKPIT_UI_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

struct events_row;
struct view;

/* As it was drawn last; rows are made anew when the journal has grown. */
struct events_view {
	uint64_t stamp; /* of what the rows are of */
	int64_t day;    /* on which they are shown */
	bool read;
	int cols;
	struct events_row *rows;
	int count;
	int top;  /* rows that are passed */
	int page; /* rows that are seen */
};

void events_release(struct events_view *events);
void events_draw(struct view *view, struct rect in);

/* Actions. argument: how many rows, pages; to which end. */
void events_move(struct view *view, int argument);
void events_page(struct view *view, int argument);
void events_end(struct view *view, int argument);

#endif
