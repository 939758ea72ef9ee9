/*
 * auth: logs in, by the methods that ssh would use and in its order. What needs a
 * person is asked through ops; where nobody can be asked, the error says what
 * would have been asked and what to do instead.
 */
#ifndef COCKPIT_SSH_AUTH_H
#define COCKPIT_SSH_AUTH_H

#include <libssh2.h>
#include <stdbool.h>

struct auth;
struct err;
struct limit;
struct link_ask;
struct loop;
struct overheard;
struct secrets;
struct ssh_config;

enum auth_progress {
	AUTH_DONE = 0,
	AUTH_SOCKET, /* call again when the socket has something */
	AUTH_AGENT,  /* wake() will tell when to call again */
	AUTH_PERSON, /* the same, and a person is waited for: no deadline of ours counts */
};

/* All from the loop. */
struct auth_ops {
	void (*wake)(void *ctx);
	/* false: nobody is there. Else auth_answer() is due, unless unask() comes first. */
	bool (*ask)(void *ctx, const struct link_ask *ask);
	void (*unask)(void *ctx);
};

/* All must outlive it. heard hears what ssh gets. */
struct auth *auth_new(struct loop *loop, const struct ssh_config *config, LIBSSH2_SESSION *ssh,
	struct secrets *secrets, struct overheard *heard, const struct auth_ops *ops,
	void *ctx);
/* After auth_inside(), ssh must be cut off from its socket first. Accepts NULL. */
void auth_free(struct auth *auth);
/* Another way to the host may be taken: when ssh(1) could log in with what libssh2 cannot use,
 * it is over before a person is asked for what comes after keys. person: ssh(1) has one to ask.
 */
void auth_may_switch(struct auth *auth, bool person);
/* Of a login that was refused: what ssh(1) could use. */
const struct limit *auth_limit(const struct auth *auth);
/* An auth_progress, or a negative ERR_*: then it is over. */
int auth_step(struct auth *auth, struct err *err);
/* Harmless when nothing is asked. Never calls back at once. */
void auth_answer(struct auth *auth, bool yes, const char *const answers[]);
/* A call of libssh2 stands in its middle. */
bool auth_inside(const struct auth *auth);
/* To be called when the socket has run dry: true: it was waited for, and may have more now. */
bool auth_wait_input(struct auth *auth);

/* What it met, if it was refused: a key that ssh(1) could have used. Borrowed. */
const struct limit *auth_limit(const struct auth *auth);

#endif
