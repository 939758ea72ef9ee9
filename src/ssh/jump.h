/*
 * jump: one connection to a jump host for all sessions that go on from it. It is
 * made for the first one and stays a little longer than the last.
 */
#ifndef COCKPIT_SSH_JUMP_H
#define COCKPIT_SSH_JUMP_H

#include "hop.h"
#include "tunnel.h"

struct jump;
struct jump_user;
struct limit;
struct link_ask;
struct ssh_pool;

/* All from the loop, and each may free anything. */
struct jump_ops {
	void (*status)(void *ctx, const char *what);
	void (*ready)(void *ctx);
	void (*failed)(void *ctx, const struct err *why); /* once, and last */
	/* As in struct ssh_session_ops; one of those who wait is asked. */
	bool (*ask)(void *ctx, const struct link_ask *ask);
	void (*unask)(void *ctx);
};

/*
 * via: the jump host that wants to go there, NULL: a link does. born: of pool->clock, when the
 * one that wants to was made: what failed after that is not tried for it again. NULL with err.
 */
struct jump_user *jump_join(struct ssh_pool *pool, struct jump *via, uint64_t born,
	const struct ssh_hop *hop, const char *file, const struct jump_ops *ops, void *ctx,
	struct err *err);
/* Only once ready; see tunnel.h. */
struct transport *jump_tunnel(struct jump_user *user, const char *host, int port,
	tunnel_fn *done, void (*event)(void *ctx), void *ctx, struct err *err);
/* Tells it from others; lasts as long as the user. */
const void *jump_id(const struct jump_user *user);
/* See ssh_session_may_switch(): as long as one of those who wait may. */
void jump_may_switch(struct jump_user *user, bool person);
/* Of one that failed before it was ready: what ssh(1) could do and libssh2 cannot, and at which
 * jump host; NULL: it was not that. Borrowed until the user leaves. */
const struct limit *jump_limit(const struct jump_user *user);
/* To what ask() brought. Never calls back at once. */
void jump_answer(struct jump_user *user, bool yes, const char *const answers[]);
/* After its transport was freed. Accepts NULL. */
void jump_leave(struct jump_user *user);
/* Those that nobody uses. */
void jump_drop_idle(struct ssh_pool *pool);

#endif
