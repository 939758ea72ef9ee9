/* limit: something that libssh2 cannot do and ssh(1) perhaps can, in words for people. */
#ifndef COCKPIT_SSH_LIMIT_H
#define COCKPIT_SSH_LIMIT_H

#include "cockpit/base_str.h"

/* All that libssh2 is let use: what is strong, and what 1.10 has. No RSA host keys: it knows
 * them with SHA-1 alone. */
#define LIMIT_KEX     "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256"
#define LIMIT_CRYPT   "aes128-ctr,aes192-ctr,aes256-ctr"
#define LIMIT_MAC     "hmac-sha2-256,hmac-sha2-512"
#define LIMIT_HOSTKEY "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"

struct ssh_config;

/* All zeroed: none was met. */
struct limit {
	char text[256]; /* "RSA key /home/a/.ssh/id_rsa", "ProxyCommand"; safe to show */
	bool host_key; /* it is about who the host is: nothing new may be believed about that */
};

void limit_set(struct limit *limit, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What the configuration alone shows. */
bool limit_of_config(struct limit *limit, const struct ssh_config *config);
/* That a key of this type (as on the wire) cannot be used; nothing for what ssh(1) does not use
 * either. name and where: for people, safe. */
void limit_of_key(struct limit *limit, struct str type, const char *name, const char *where);

#endif
