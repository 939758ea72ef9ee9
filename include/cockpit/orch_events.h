/*
 * orch_events: the end of the fleet's journal (orch_journal.h) for the screen: read by a worker
 * while somebody looks at it.
 */
#ifndef COCKPIT_ORCH_EVENTS_H
#define COCKPIT_ORCH_EVENTS_H

#include <stdint.h>

#include "cockpit/orch_journal.h"

struct pilot;

#define EVENTS_MAX 1000 /* the last ones */

/* changed() from the loop, when pilot_events() says something new. Once; where nothing is
 * written down nothing ever comes. */
void pilot_follow_events(struct pilot *pilot, void (*changed)(void *ctx), void *ctx);
/* Somebody looks at them: what is new is found within a second. To be called at least every two
 * seconds for as long as that is so; cheap. */
void pilot_watch_events(struct pilot *pilot);

/* Borrowed until the next turn of the loop. */
struct pilot_events {
	const struct journal *journal; /* NULL: nobody follows it */
	uint64_t stamp;                /* another one when it is read anew; 0: it was not yet */
	const char *error;             /* why not, the last time; NULL: it was */
};

void pilot_events(const struct pilot *pilot, struct pilot_events *ret);

#endif
