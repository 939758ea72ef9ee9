/*
 * auth: logs in, by the keys that ssh would use and in its order: the agent's
 * that the configuration names, the agent's others, then key files. Passwords
 * and passphrases are for a person and not asked for here: what would need one
 * is named in the error.
 */
#ifndef COCKPIT_SSH_AUTH_H
#define COCKPIT_SSH_AUTH_H

#include <libssh2.h>

struct auth;
struct err;
struct limit;
struct loop;
struct ssh_config;

enum auth_progress {
	AUTH_DONE = 0,
	AUTH_SOCKET, /* call again when the socket has something */
	AUTH_AGENT,  /* wake() will tell when to call again */
};

/* config and ssh must outlive it. wake() comes from the loop. */
struct auth *auth_new(struct loop *loop, const struct ssh_config *config, LIBSSH2_SESSION *ssh,
	void (*wake)(void *ctx), void *ctx);
void auth_free(struct auth *auth); /* accepts NULL */
/* An auth_progress, or a negative ERR_*: then it is over. */
int auth_step(struct auth *auth, struct err *err);

/* What it met, if it was refused: a key that ssh(1) could have used. Borrowed. */
const struct limit *auth_limit(const struct auth *auth);

#endif
