/*
 * ui/first: the first steps: at the end of the bottom line one key that this person has not
 * used yet. It goes when the key was used, and all go after a few starts of the screen.
 */
#ifndef COCKPIT_UI_FIRST_H
#define COCKPIT_UI_FIRST_H

#include <stdbool.h>

struct buf;
struct view;

struct first {
	bool on;
	int starts;
	unsigned used; /* bits: the steps that were done */
};

/* What was used before, by whatever fleet's screen; and counts this start. */
void first_load(struct view *view);
/* An action, by its name, was run by its key. */
void first_used(struct view *view, const char *name);
/* "first steps: w goes to who needs you"; nothing when there is nothing to say. */
void first_words(const struct view *view, struct buf *into);

#endif
