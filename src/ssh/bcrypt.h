/*
 * bcrypt: bcrypt_pbkdf, by which OpenSSH turns a passphrase into a key. Slow by
 * design: not for the loop. (OpenSSL has no such thing, and libssh2 has one that
 * it keeps to itself.)
 */
#ifndef COCKPIT_SSH_BCRYPT_H
#define COCKPIT_SSH_BCRYPT_H

#include "cockpit/base_str.h"

/* len: at most 1024. Allocates what it needs in wiped memory; any thread may call it. */
void bcrypt_derive(
	struct str pass, struct str salt, unsigned rounds, unsigned char *ret, size_t len);

#endif
