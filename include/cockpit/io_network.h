/*
 * io_network: tells when this machine may have come back to a network: it got an
 * address that others can reach, or a default route (rtnetlink(7)). Where the system does not
 * let it hear of that, it never tells.
 */
#ifndef COCKPIT_IO_NETWORK_H
#define COCKPIT_IO_NETWORK_H

#include "cockpit/io_loop.h"

struct network;

/* changed() comes once for what comes together, half a second after the first of it. */
struct network *network_new(struct loop *loop, loop_fn *changed, void *ctx);
void network_free(struct network *network); /* accepts NULL */

#endif
