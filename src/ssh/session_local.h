/*
 * The inside of a session, for session.c, which has its table, its login and its
 * end, and for route.c, which has its way to the server.
 */
#ifndef COCKPIT_SSH_SESSION_LOCAL_H
#define COCKPIT_SSH_SESSION_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "limit.h"
#include "raw.h"
#include "session.h"

#define STATES(X)                 \
	X(CONFIG, "config")       \
	X(JUMP, "jump")           \
	X(TURN, "turn")           \
	X(LOOKUP, "lookup")       \
	X(CONNECT, "connect")     \
	X(HANDSHAKE, "handshake") \
	X(HOSTKEY, "host key")    \
	X(LOGIN, "login")         \
	X(READY, "ready")         \
	X(OVER, "over")

enum state {
#define X(id, name) STATE_##id,
	STATES(X)
#undef X
};

enum event {
	EVENT_CONFIGURED,
	EVENT_JUMPED,
	EVENT_TURN,
	EVENT_BUSY,
	EVENT_LOOKED_UP,
	EVENT_CONNECTED,
	EVENT_SHAKEN,
	EVENT_TRUSTED,
	EVENT_LOGGED_IN,
	EVENT_IO,
};

struct ssh_session {
	struct ssh_pool *pool;
	struct loop *loop;
	char *name;
	char *file;       /* of the configuration, or NULL */
	struct jump *via; /* it is for this one; NULL: for a link */
	uint64_t born;    /* by the pool's clock */
	const struct ssh_session_ops *ops;
	void *ctx;
	enum state state;

	struct ssh_config_query *query;
	struct ssh_config *config;
	struct ssh_known_hosts *known;
	struct jump_user *jump;
	struct turn *turn; /* until it is ready */
	struct dial *dial;
	struct transport *tunnel; /* while it is being opened */
	struct hostkey *hostkey;
	struct auth *auth;
	struct loop_timer *deadline;
	int deadline_s;

	struct raw raw;  /* from the handshake on */
	bool may_switch; /* another way may be taken to this host */
	bool may_ask;    /* a person is there for that way */
	bool person;     /* is waited for, here or by another session for us too */
	bool asking;     /* ask() has no answer yet */
	bool waiting_for_agent;
	int broken_rc;      /* of libssh2, or 0 */
	struct limit limit; /* met; for what failed */
};

/* session.c */
void session_fail(struct ssh_session *s, const struct err *why);
void session_step(struct ssh_session *s, enum event event);
void session_set_deadline(struct ssh_session *s, int seconds);
/* Of the transport: something came, or can be sent. */
void session_event(void *ctx);
bool session_ask(void *ctx, const struct link_ask *ask);
void session_unask(void *ctx);

/* route.c */
void route_on_config(void *ctx, struct ssh_config *config, const struct err *err);
void route_start_jump(struct ssh_session *s);
void route_wait_for_turn(struct ssh_session *s);
void route_start_lookup(struct ssh_session *s);
/* The server had no room: all is let go but the place in the queue. */
void route_start_over(struct ssh_session *s);

#endif
