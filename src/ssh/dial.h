/* dial: a name and a port become a connected socket: look-up off the loop, then each address.
 */
#ifndef COCKPIT_SSH_DIAL_H
#define COCKPIT_SSH_DIAL_H

#include <stdint.h>

struct dial;
struct err;
struct loop;

/* fd is the callee's, non-blocking and close-on-exec; -1 with err. */
typedef void dial_fn(void *ctx, int fd, const struct err *err);

/* family: 0, 4 or 6. connecting() tells that the look-up is over; may be NULL. One callback of
 * done; the deadline is the caller's. */
struct dial *dial_new(struct loop *loop, const char *host, int port, int family,
	void (*connecting)(void *ctx), dial_fn *done, void *ctx);
/* No callback comes. Only before done() was called. Accepts NULL. */
void dial_free(struct dial *dial);

#endif
