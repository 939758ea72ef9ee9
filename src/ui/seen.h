/* ui/seen: what an agent has done counts as new until somebody has looked at it for a while. */
#ifndef COCKPIT_UI_SEEN_H
#define COCKPIT_UI_SEEN_H

#include <stdint.h>

struct view;

/* After each frame. Returns in how many ms to be called again; 0: not before the next one. */
int64_t seen_step(struct view *view);

#endif
