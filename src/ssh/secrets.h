/*
 * secrets: what a person has said and need not say again while the program
 * runs: private keys, opened with their passphrase, and host keys that were
 * accepted but could not be written down. A passphrase itself is kept only where
 * it is ssh(1) that needs it, which opens its keys anew for each host. Private
 * keys and passphrases live in memory that is locked, left out of core dumps and
 * wiped when it is given back.
 */
#ifndef COCKPIT_SSH_SECRETS_H
#define COCKPIT_SSH_SECRETS_H

#include <stdbool.h>

#include <openssl/evp.h>

struct desk;
struct loop;
struct secrets;

/* Counted: links may go after their pool. */
struct secrets *secrets_new(struct loop *loop);
struct secrets *secrets_ref(struct secrets *secrets);
void secrets_unref(struct secrets *secrets); /* accepts NULL */

/* Where those stand who would ask for the same. */
struct desk *secrets_desk(struct secrets *secrets);

/* The key of the file as it is now (borrowed until the next call), or NULL. */
EVP_PKEY *secrets_key(struct secrets *secrets, const char *path);
/* Takes over key; what is found under path later is this, until the file changes. */
void secrets_keep_key(struct secrets *secrets, const char *path, EVP_PKEY *key);
void secrets_forget_key(struct secrets *secrets, const char *path);

/* The same of the passphrase of a file: one that was found right. keep copies it. */
const char *secrets_passphrase(struct secrets *secrets, const char *path);
void secrets_keep_passphrase(struct secrets *secrets, const char *path, const char *passphrase);

/* topic: names the host and its key. */
bool secrets_trusts(const struct secrets *secrets, const char *topic);
void secrets_trust(struct secrets *secrets, const char *topic);

#endif
