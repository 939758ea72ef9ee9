/* cmd/absent: what is known of the agents of hosts that do not answer: which names they have.
 */
#ifndef COCKPIT_CMD_ABSENT_H
#define COCKPIT_CMD_ABSENT_H

#include <stddef.h>

#include "cockpit/base_buf.h"

struct session;

struct absent {
	struct buf hosts; /* "web-1, web-2", safe; empty: every host has answered */
	char **names;     /* of agents that ran on them when they were heard of last; ends with
			     NULL */
	char **where;     /* the host of each */
	size_t count;
};

/* Of all hosts but that one (-1: of all). Reads the journal, if one is absent. To be released.
 */
void absent_find(const struct session *s, int except, struct absent *ret);
void absent_release(struct absent *absent);
/* The host of those that has an agent of that name, as far as is known; NULL. */
const char *absent_host(const struct absent *absent, const char *name);

#endif
