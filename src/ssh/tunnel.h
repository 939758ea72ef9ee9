/*
 * tunnel: channels of one session that lead on from its server to other hosts
 * ("direct-tcpip"), each the transport of another session.
 */
#ifndef COCKPIT_SSH_TUNNEL_H
#define COCKPIT_SSH_TUNNEL_H

#include "transport.h"

struct err;
struct loop;
struct ssh_session;
struct tunnels;

/* name: of the jump host, for errors; copied. wake() asks for tunnels_run() from the loop. */
struct tunnels *tunnels_new(struct loop *loop, struct ssh_session *session, const char *name,
	void (*wake)(void *ctx), void *ctx);
/* All transports must have been freed. Accepts NULL. */
void tunnels_free(struct tunnels *tunnels);
/* Does all that can be done without waiting. From the loop alone. */
void tunnels_run(struct tunnels *tunnels);
/* The session is over: nothing moves any more, and nobody is told from here. */
void tunnels_end(struct tunnels *tunnels);

/* err: NULL when it is open; else it is to be freed. */
typedef void tunnel_fn(void *ctx, const struct err *err);
/* Not to be used before done(), but freed at any time. NULL with err: too many. */
struct transport *tunnel_new(struct tunnels *tunnels, const char *host, int port,
	tunnel_fn *done, void (*event)(void *ctx), void *ctx, struct err *err);

#endif
