/*
 * inquiry: what ssh(1) asks on its way to one host, put to a person in the words
 * that a link by libssh2 has, or answered with what a person has said before.
 */
#ifndef COCKPIT_SSH_INQUIRY_H
#define COCKPIT_SSH_INQUIRY_H

#include <stdbool.h>

struct err;
struct inquiry;
struct link_ask;
struct loop;
struct secrets;
struct ssh_config;

/* All from the loop, and each may free anything, but for person(). */
struct inquiry_ops {
	void (*ask)(void *ctx, const struct link_ask *ask); /* inquiry_answer() is due, unless
							       unask() comes first */
	void (*unask)(void *ctx);
	/* A person is waited for, here or by another link for us too; or no longer. */
	void (*person)(void *ctx, bool waits);
	void (*status)(void *ctx, const char *what);
	/* A person's no, which ends it: ERR_AUTH or ERR_HOSTKEY. */
	void (*refused)(void *ctx, const struct err *why);
};

/* path: of the socket to be made. new_keys: a host key that was never seen may be asked for.
 * config, secrets and ops must outlive it. NULL with err. */
struct inquiry *inquiry_new(struct loop *loop, const char *path,
	const struct ssh_config *config, struct secrets *secrets, bool new_keys,
	const struct inquiry_ops *ops, void *ctx, struct err *err);
/* What is asked is not answered, nor taken back. Accepts NULL. */
void inquiry_free(struct inquiry *inquiry);
/* To what ask() brought; harmless when nothing is asked. Never calls back at once. */
void inquiry_answer(struct inquiry *inquiry, bool yes, const char *const answers[]);
/* What came of the passphrases that were asked, for an error's text; "" when all was well. */
const char *inquiry_note(const struct inquiry *inquiry);
/* A person has answered with something that is not kept: to begin anew is to ask anew. */
bool inquiry_spent(const struct inquiry *inquiry);

#endif
