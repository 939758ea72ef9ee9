/*
 * keyfile: what kind of private key a file holds, without its secret: so that
 * a key that cannot be used is named with the reason before anything is tried.
 */
#ifndef COCKPIT_SSH_KEYFILE_H
#define COCKPIT_SSH_KEYFILE_H

#include "cockpit/base_buf.h"

struct err;

struct keyfile {
	char *path;
	bool exists; /* the private key itself; a .pub file alone may be enough for an agent */
	bool encrypted;
	bool exposed; /* others may read it: ssh does not use such a key, nor do we */
	struct buf
		blob;  /* the public key, from the file or from the .pub beside it; or empty */
	char type[32]; /* "ssh-ed25519", "ssh-rsa", …; "" when it cannot be told */
};

/* Looks at path and path.pub. ret is always set and to be released. */
void keyfile_probe(struct keyfile *ret, const char *path);
void keyfile_release(struct keyfile *key);
/* The private key's text, to be given back by keyfile_wipe(). */
int keyfile_read(const struct keyfile *key, struct buf *into, struct err *err);
void keyfile_wipe(struct buf *text);
/* ed25519 and ecdsa: what libssh2 1.10 can sign with for a server of today. */
bool keyfile_type_usable(struct str type);

#endif
