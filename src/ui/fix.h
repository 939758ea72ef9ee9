/* ui/fix: one key lets an agent mend what broke. */
#ifndef COCKPIT_UI_FIX_H
#define COCKPIT_UI_FIX_H

#include <stdint.h>

#include "cockpit/orch_fix.h"

struct view;

/* Of the prompt that is being written, or shown. */
struct fixing_view {
	uint32_t agent, whose;    /* agent 0: a new one is to mend it */
	char by[FIXER_NAME_MAX];  /* its name, or another one's; "": whose work it is */
	struct friction friction; /* as it was found */
};

/* What a late answer is about: whoever asked may be at something else by then. */
struct asked {
	struct view *view;
	struct fixing_view of;
	uint64_t typed; /* up to the key that asked, as view.typed has it */
	struct asked *next;
};

struct asked *asked_new(struct view *view, const struct fixing_view *of);
void asked_drop(struct asked *asked);
/* The person waits for the answer: a box that opens now takes no key that was meant for
 * something else.
 */
bool asked_is_awaited(const struct asked *asked);
void askeds_release(struct view *view);

void action_fix(struct view *view, int argument);

#endif
