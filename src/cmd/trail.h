/* cmd/trail: the way to a host, step by step, as the link told while it went. */
#ifndef COCKPIT_CMD_TRAIL_H
#define COCKPIT_CMD_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

struct host_view;
struct report;

#define TRAIL_STEPS_MAX 24

struct trail {
	struct trail_step {
		char what[32];
		int64_t ms; /* -1: it goes on, or a person was asked in it */
	} steps[TRAIL_STEPS_MAX];
	int count;
	int64_t since; /* of the last one */
	bool asked;    /* in it */
	bool over;     /* the host is linked or given up */
};

/* Looks at the host after each of its events, at the time now (ms). */
void trail_look(struct trail *t, const struct host_view *host, int64_t now);
/* A person is asked in this step: its time says nothing. */
void trail_asked(struct trail *t);
/* What became of it: the steps, and what broke the last one. True if the host can be asked
 * more.
 */
bool trail_report(const struct trail *t, const struct host_view *host, struct report *r);

#endif
