/*
 * ui/filter: which agents have tiles. Words that all must fit, as they are typed on the bottom
 * line; order stays, and what the header counts, the inbox has and "w" finds is of all agents.
 */
#ifndef COCKPIT_UI_FILTER_H
#define COCKPIT_UI_FILTER_H

#include "field.h"

struct agent_view;
struct view;

struct filter {
	struct field field;
	bool editing;
	uint32_t came_from; /* who had the focus when one began to type */
};

void filter_release(struct filter *filter);
/* It says something: not all agents need to be shown. */
bool filter_is_on(const struct view *view);
bool filter_shows(const struct view *view, const struct agent_view *agent);
/* overlay.c: while it is typed. */
void filter_do(struct view *view, enum stroke stroke);
void filter_type(struct view *view, struct key key);
void filter_paste(struct view *view, struct str text);
/* "filter: ui !docs (3 of 14)" in so many columns at most; nothing without one. */
void filter_words(const struct view *view, int cols, struct buf *into);
/* The line that is typed, in place of the keys. */
void filter_draw(struct view *view, struct rect line);

/* Actions. */
void filter_open(struct view *view, int argument);
void filter_clear(struct view *view, int argument);

#endif
