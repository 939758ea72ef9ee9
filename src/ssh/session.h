/*
 * session: one SSH connection, from a name to "logged in", and its bytes after
 * that. It never blocks and never lets libssh2 see a full socket: what the
 * kernel does not take is kept here, so no call of libssh2 is ever interrupted
 * halfway through sending.
 */
#ifndef COCKPIT_SSH_SESSION_H
#define COCKPIT_SSH_SESSION_H

#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>

struct err;
struct link_ask; /* io_link.h */
struct jump;
struct limit;
struct ssh_config;
struct ssh_hop;
struct ssh_pool;
struct ssh_session;

/* All from the loop; the session may not be freed inside of them. */
struct ssh_session_ops {
	/* What the name means is known. With false the session stays where it is, for ever;
	 * NULL: true. */
	bool (*configured)(void *ctx, const struct ssh_config *config);
	void (*status)(void *ctx, const char *what);
	void (*ready)(void *ctx);
	void (*io)(void *ctx);                            /* something came or has left */
	void (*failed)(void *ctx, const struct err *why); /* once, and last */
	/* As in struct link_ops, but for: false: nobody is there to ask. */
	bool (*ask)(void *ctx, const struct link_ask *ask);
	void (*unask)(void *ctx);
	void (*note)(void *ctx, const char *text);
};

/* What may wait to be sent before it is wise to write more. */
#define SSH_SESSION_UNSENT_MAX (64u << 10)

/* via: the jump host that it is for; NULL: it is for a link. */
struct ssh_session *ssh_session_new(struct ssh_pool *pool, const struct ssh_hop *hop,
	const char *config_file, struct jump *via, const struct ssh_session_ops *ops,
	void *ctx);
/* Frees all channels of libssh2 too. Accepts NULL. */
void ssh_session_free(struct ssh_session *session);

/* What ssh(1) can do by itself need not be asked of a person: it fails with a limit before.
 * person: ssh(1) has one to ask. The same holds for the jump hosts on the way. */
void ssh_session_may_switch(struct ssh_session *session, bool person);
/* Of one that failed: what ssh(1) could do and libssh2 cannot, if it was that; else NULL. */
const struct limit *ssh_session_limit(const struct ssh_session *session);
/* To what ask() brought; harmless when nothing is asked. Never calls back at once. */
void ssh_session_answer(struct ssh_session *session, bool yes, const char *const answers[]);

/* Only once ready. */
LIBSSH2_SESSION *ssh_session_raw(struct ssh_session *session);
size_t ssh_session_unsent(const struct ssh_session *session);
/* To be called after libssh2 was used outside of io(): sends on, watches what has to be
 * watched. */
void ssh_session_settle(struct ssh_session *session);
/* The socket has bytes that nobody took. */
bool ssh_session_has_input(const struct ssh_session *session);
/* Without a channel: makes libssh2 look at what came, see raw_look(); true while it is at that.
 */
void ssh_session_look(struct ssh_session *session);
bool ssh_session_looking(const struct ssh_session *session);
/* libssh2 reported rc, which ends the connection: failed() comes before io() is called again.
 */
void ssh_session_broke(struct ssh_session *session, int rc);
/* While it is deaf, whatever of libssh2 waits for the server fails; then all is as before. */
void ssh_session_deafen(struct ssh_session *session, bool deaf);

#endif
