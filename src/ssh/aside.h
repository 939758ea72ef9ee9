/*
 * aside: a call that may stop in its middle. It runs on a thread of its own, but
 * only ever while the loop stands still and waits for it: whatever both touch,
 * there is one thread to it. For libssh2's keyboard-interactive login, whose
 * callback must return with the answers of a person.
 */
#ifndef COCKPIT_SSH_ASIDE_H
#define COCKPIT_SSH_ASIDE_H

#include <stdbool.h>

struct aside;
struct err;

/* body does not begin before aside_run(). NULL with *err if there can be no thread. */
struct aside *aside_new(void (*body)(void *ctx), void *ctx, struct err *err);
/* body must have ended. Accepts NULL. */
void aside_free(struct aside *aside);

/* Until body pauses or ends; true: it has ended. */
bool aside_run(struct aside *aside);
/* From inside of body: back to the loop, until the next aside_run(). */
void aside_pause(struct aside *aside);
/* Is it body that asks? */
bool aside_inside(const struct aside *aside);

#endif
