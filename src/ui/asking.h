/* ui/asking: the hosts that ask a person, in the order in which they began to. */
#ifndef COCKPIT_UI_ASKING_H
#define COCKPIT_UI_ASKING_H

#include "cockpit/base_buf.h"

struct fleet;
struct link_ask;

struct asking {
	int *hosts; /* by index, oldest first */
	int count;
};

void asking_release(struct asking *a);
/* After a FLEET_ASK of that host. */
void asking_update(struct asking *a, const struct fleet *fleet, int host);
/* "web-1", "gate, on the way to web-1": who asks. */
void asking_who(
	const struct fleet *fleet, int host, const struct link_ask *ask, struct buf *into);
/* What helps to decide, or NULL. */
const char *asking_help(const struct link_ask *ask);

#endif
