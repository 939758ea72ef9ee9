/*
 * hostkey: is this the host that it says it is, in what words is that told, and
 * what a person says to a host that was never seen.
 */
#ifndef COCKPIT_SSH_HOSTKEY_H
#define COCKPIT_SSH_HOSTKEY_H

#include "cockpit/base_buf.h"

struct err;
struct limit;
struct hostkey;
struct link_ask;
struct loop;
struct secrets;
struct ssh_config;
struct ssh_known_hosts;

/* Reads the files that the configuration names, as they are now. */
int hostkey_read_files(
	const struct ssh_config *config, struct ssh_known_hosts **ret, struct err *err);
/* Appends the types of key to ask the host for, those first that known_hosts can check. */
void hostkey_prefer(
	const struct ssh_known_hosts *known, const struct ssh_config *config, struct buf *into);

enum hostkey_progress {
	HOSTKEY_TRUSTED = 0,
	HOSTKEY_PERSON, /* wake() will tell when to call again */
};

/* All from the loop. */
struct hostkey_ops {
	void (*wake)(void *ctx);
	/* false: nobody is there. Else hostkey_answer() is due. */
	bool (*ask)(void *ctx, const struct link_ask *ask);
	/* One line that a person should see; not an error. */
	void (*note)(void *ctx, const char *text);
};

/* key: the public key that it showed; copied. All else must outlive it. */
struct hostkey *hostkey_new(struct loop *loop, const struct ssh_config *config,
	struct secrets *secrets, struct str key, const struct hostkey_ops *ops, void *ctx);
void hostkey_free(struct hostkey *hostkey); /* accepts NULL */
/* A hostkey_progress, or ERR_HOSTKEY with the fingerprint and what to do, or what reading the
 * files gives. */
int hostkey_step(struct hostkey *hostkey, struct err *err);
/* Harmless when nothing is asked. Never calls back at once. */
void hostkey_answer(struct hostkey *hostkey, bool yes);

/* Of a key that was refused: whether ssh(1) may know better, since all that is known of the
 * host is of kinds that libssh2 cannot check. Never so for a key that has changed or is
 * revoked. */
void hostkey_limit(struct limit *limit, const struct ssh_known_hosts *known,
	const struct ssh_config *config, struct str key);

#endif
