/*
 * fleet_request: what an agent asks of the fleet's board, as src/data/sidecar/agent.sh writes
 * it into an option of its pane, and what is written back. Whoever is in the sandbox can write
 * there: nothing in it is believed but what it asks for. (Who else has that tmux server can
 * write to this pane too, in the agent's name: a server is one user's, and that is the border.)
 */
#ifndef COCKPIT_FLEET_REQUEST_H
#define COCKPIT_FLEET_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/base_buf.h"

struct fleet;

#define REQUEST_BYTES_MAX  8192 /* of its words */
#define REQUEST_WORDS_MAX  6
#define REQUEST_NUMBER_MAX ((uint64_t)1 << 53)
#define REQUEST_WAIT_MAX   1000 /* seconds that the agent may wait for the answer */
#define REQUEST_REPLY_MAX  8192 /* bytes of an answer */

struct request {
	uint64_t number; /* grows with each of an agent; the same again is the same request */
	int wait_s;      /* the agent waits so long still */
	size_t count;
	char *words[REQUEST_WORDS_MAX + 1]; /* ends with NULL; any bytes but NUL */
	char *bytes;                        /* where they stand */
};

/* "NUMBER UNTIL HEX": words in hexadecimal, each with a NUL behind it; wall: the host's clock,
 * seconds. False: it is none, or nobody waits for it any more. */
bool request_parse(struct str text, int64_t wall, struct request *ret);
void request_release(struct request *request);
void request_copy(struct request *ret, const struct request *from);
/* An answer's text as it stands in an option: letters, digits and little else as they are, all
 * other bytes as %ooo. */
void request_escape(struct buf *into, struct str text);

/* The last one of an agent, after FLEET_REQUEST; NULL: none. Borrowed until the next turn. */
const struct request *fleet_request(const struct fleet *fleet, uint32_t agent);

#endif
