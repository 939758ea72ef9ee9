/*
 * orch/pace: when something that a worker reads is read again: as long as somebody looks at it,
 * and at once where it may be another one. One is under way at a time.
 */
#ifndef COCKPIT_ORCH_PACE_H
#define COCKPIT_ORCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/io_loop.h"

struct err;

struct pace {
	struct loop_timer *timer; /* NULL: nobody waits any more */
	int64_t watched_at, asked_at;
	bool busy;   /* a worker is at it */
	bool again;  /* another look, at once */
	char *error; /* why the last one went wrong; NULL: it did not */
};

/* read() begins with pace_begin(). */
void pace_init(struct pace *pace, struct loop *loop, loop_fn *read, void *ctx);
/* It is the caller's still while busy. */
void pace_stop(struct pace *pace);
void pace_release(struct pace *pace);

void pace_begin(struct pace *pace);
/* True: it went wrong, and did not before, or for another reason, or does not any more. */
bool pace_end(struct pace *pace, const struct err *err);
/* After that: when the next one is. watched: it is wanted even if nobody looks at it. */
void pace_next(struct pace *pace, bool watched);

/* Somebody looks at it, and has until a little while ago. */
void pace_watch(struct pace *pace);
bool pace_is_watched(const struct pace *pace);
/* It may be another one. */
void pace_look(struct pace *pace);

#endif
