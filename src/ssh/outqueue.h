/* outqueue: bytes that wait to be sent, in blocks that never move, so that a call which could
 * not be finished sees the same bytes again. */
#ifndef COCKPIT_SSH_OUTQUEUE_H
#define COCKPIT_SSH_OUTQUEUE_H

#include "cockpit/base_str.h"

struct outqueue_block;

/* All zeroed: empty. */
struct outqueue {
	struct outqueue_block *first, *last;
	size_t len; /* of all */
};

void outqueue_release(struct outqueue *queue); /* back to empty */
void outqueue_add(struct outqueue *queue, struct str bytes);
/* What can be sent in one piece; empty when there is nothing. */
struct str outqueue_front(const struct outqueue *queue);
/* At most what outqueue_front() gave. */
void outqueue_consume(struct outqueue *queue, size_t len);

#endif
