/* ui/fix: one key lets an agent mend what broke. */
#ifndef COCKPIT_UI_FIX_H
#define COCKPIT_UI_FIX_H

#include <stdint.h>

#include "cockpit/orch_fix.h"

struct view;

/* Of the prompt that is being written, or shown. */
struct fixing_view {
	uint32_t agent, whose;
	struct friction friction;
	int mode; /* enum view_mode in which the person was */
};

void action_fix(struct view *view, int argument);

#endif
