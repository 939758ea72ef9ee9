/*
 * privatekey: opens the text of a private key file, in OpenSSH's own format or
 * in PEM, and signs with what was in it. ed25519 and ecdsa alone: see
 * keyfile_type_usable().
 */
#ifndef COCKPIT_SSH_PRIVATEKEY_H
#define COCKPIT_SSH_PRIVATEKEY_H

#include <openssl/evp.h>

#include "cockpit/base_buf.h"

struct err;

/*
 * 0, or ERR_AUTH: the passphrase is wrong; ERR_UNSUPPORTED, ERR_INVALID: the file cannot be
 * used whatever it is. With a passphrase it takes tenths of a second by design and is not for
 * the loop; any thread may call it. *ret is the caller's (EVP_PKEY_free).
 */
int privatekey_open(struct str text, struct str passphrase, EVP_PKEY **ret, struct err *err);
/* The same for keys of every kind, and without the key: 0: the passphrase is right; ERR_AUTH:
 * it is wrong; any other: that cannot be told. */
int privatekey_check(struct str text, struct str passphrase);
/* Appends the public half as it is on the wire; false if SSH has no such key. */
bool privatekey_blob(EVP_PKEY *key, struct buf *into);
/* Appends the signature's bytes, without the name of the algorithm. */
bool privatekey_sign(EVP_PKEY *key, struct str data, struct buf *into);

#endif
