/* hostkey: is this the host that it says it is, and in what words is that told. */
#ifndef COCKPIT_SSH_HOSTKEY_H
#define COCKPIT_SSH_HOSTKEY_H

#include "cockpit/base_buf.h"

struct err;
struct limit;
struct ssh_config;
struct ssh_known_hosts;

/* Appends the types of key to ask the host for, those first that known_hosts can check. */
void hostkey_prefer(
	const struct ssh_known_hosts *known, const struct ssh_config *config, struct buf *into);
/* key: the public key that it showed. 0, or ERR_HOSTKEY with the fingerprint and what to do. */
int hostkey_check(const struct ssh_known_hosts *known, const struct ssh_config *config,
	struct str key, struct err *err);

/* Of a key that was refused: whether ssh(1) may know better, since all that is known of the
 * host is of kinds that libssh2 cannot check. Never so for a key that has changed or is
 * revoked. */
void hostkey_limit(struct limit *limit, const struct ssh_known_hosts *known,
	const struct ssh_config *config, struct str key);

#endif
