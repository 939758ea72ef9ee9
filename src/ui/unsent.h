/* ui/unsent: what was typed and not sent, since the agent cannot be reached. */
#ifndef COCKPIT_UI_UNSENT_H
#define COCKPIT_UI_UNSENT_H

#include <stdbool.h>

struct agent_view;
struct view;

/* The focused agent's key, or paste: says so, and tries a lost host. */
void unsent_key(struct view *view);
void unsent_paste(struct view *view);
/* Typing is not begun at all. */
void unsent_refuse(struct view *view, const struct agent_view *agent);
/*
 * True while one types on without a pause after a key that was not sent: the half of a
 * word that comes after the link's return must not arrive either.
 */
bool unsent_burst(struct view *view);

#endif
