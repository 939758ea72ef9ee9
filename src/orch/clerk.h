/*
 * orch/clerk: one request of an agent, done in the store. What it says of itself counts for
 * nothing: who asks is who has the pane.
 */
#ifndef COCKPIT_ORCH_CLERK_H
#define COCKPIT_ORCH_CLERK_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_buf.h"
#include "cockpit/fleet_request.h"

struct err;
struct store;

#define CLERK_LEASE_MS   600000
#define CLERK_QUEUED_MAX 2000 /* then agents can add none */
#define CLERK_UNREAD_MAX 50   /* messages that wait for one */
#define CLERK_INBOX_MAX  20   /* messages in one answer */

struct clerk {
	const struct request *request;
	const char *asker;        /* "HOST/AGENT" */
	const char *const *fleet; /* every agent that there is, "HOST/AGENT"; ends with NULL */
	bool has_check;           /* the fleet has a check */
	const char *bases[2];     /* it can take tasks of: see struct task_claim */
	int64_t now;              /* wall clock, ms */
	/* What comes of it. */
	int status;                    /* exit status for the agent */
	struct buf text;               /* the answer */
	bool said;                     /* there is a message more */
	int64_t read[CLERK_INBOX_MAX]; /* messages that the answer holds */
	size_t read_count;
};

/* Does it once, whoever has seen it how often: the text and status of the first time else. What
 * is done and that it was answered are one change of the store: a request that is refused has
 * changed nothing, and where this fails nothing has happened. */
int clerk_serve(struct clerk *clerk, struct store *store, struct err *err);
void clerk_release(struct clerk *clerk);
/* Another one's words, as they are put before an agent. */
void clerk_quote(struct buf *into, const char *from, const char *text);

#endif
