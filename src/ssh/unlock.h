/*
 * unlock: from a key file with a passphrase to the private key in it: as it was
 * opened before for another host, or with what a person answers.
 */
#ifndef COCKPIT_SSH_UNLOCK_H
#define COCKPIT_SSH_UNLOCK_H

#include <openssl/evp.h>

struct err;
struct keyfile;
struct login;
struct unlock;

/* Once, from the loop. key is borrowed until the callback returns, and kept for others; NULL:
 * there is none, and err says why. The unlock is still to be freed, also inside of it. */
typedef void unlock_fn(void *ctx, EVP_PKEY *key, const struct err *err);

struct unlock *unlock_new(
	struct login *login, const struct keyfile *file, unlock_fn *done, void *ctx);
void unlock_free(struct unlock *unlock); /* accepts NULL; no callback comes any more */

#endif
