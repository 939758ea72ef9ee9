/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL has a heap for private keys that does what is wanted here; its own
 * objects use it as soon as it is set up.
 */
#include "secrets.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>

#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "desk.h"

#define SECURE_BYTES (64u << 10) /* what a process may lock without privilege, at least */
#define KEYS_MAX     64
#define WORDS_MAX    16
#define TRUSTED_MAX  256

/* What was said of a file: one of the two. */
struct kept {
	char *path;
	struct stat st; /* when it was read */
	EVP_PKEY *key;
	char *passphrase; /* in OpenSSL's secure heap */
};

struct shelf {
	struct kept kept[KEYS_MAX];
	size_t count, max;
};

struct secrets {
	int refs;
	struct desk *desk;
	struct shelf keys, words;
	char *trusted[TRUSTED_MAX];
	size_t trusted_count;
};

struct secrets *
secrets_new(struct loop *loop)
{
	struct secrets *secrets = MEM_NEW(struct secrets);
	secrets->refs = 1;
	secrets->keys.max = KEYS_MAX;
	secrets->words.max = WORDS_MAX;
	secrets->desk = desk_new(loop);
	/* Without it (no memory may be locked), keys are still wiped. */
	if (!CRYPTO_secure_malloc_initialized())
		(void)CRYPTO_secure_malloc_init(SECURE_BYTES, 32);
	return secrets;
}

struct secrets *
secrets_ref(struct secrets *secrets)
{
	secrets->refs++;
	return secrets;
}

static void
drop(struct shelf *shelf, size_t at)
{
	struct kept *kept = &shelf->kept[at];
	mem_free(kept->path);
	EVP_PKEY_free(kept->key);
	if (kept->passphrase)
		OPENSSL_secure_clear_free(kept->passphrase, strlen(kept->passphrase));
	*kept = shelf->kept[--shelf->count];
}

static void
drop_all(struct shelf *shelf)
{
	while (shelf->count > 0)
		drop(shelf, 0);
}

void
secrets_unref(struct secrets *secrets)
{
	if (!secrets || --secrets->refs > 0)
		return;
	drop_all(&secrets->keys);
	drop_all(&secrets->words);
	for (size_t i = 0; i < secrets->trusted_count; i++)
		mem_free(secrets->trusted[i]);
	desk_free(secrets->desk);
	mem_free(secrets);
}

struct desk *
secrets_desk(struct secrets *secrets)
{
	return secrets->desk;
}

static void
forget(struct shelf *shelf, const char *path)
{
	for (size_t i = shelf->count; i > 0; i--)
		if (strcmp(shelf->kept[i - 1].path, path) == 0)
			drop(shelf, i - 1);
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* NULL too if the file has changed since. */
static const struct kept *
find(struct shelf *shelf, const char *path)
{
	struct stat st;
	for (size_t i = 0; i < shelf->count; i++) {
		if (strcmp(shelf->kept[i].path, path) != 0)
			continue;
		if (stat(path, &st) == 0 && same_file(&st, &shelf->kept[i].st))
			return &shelf->kept[i];
		drop(shelf, i);
		return NULL;
	}
	return NULL;
}

/* In the place of what was there; NULL: there is no such file. */
static struct kept *
put(struct shelf *shelf, const char *path)
{
	struct stat st;
	forget(shelf, path);
	if (stat(path, &st) < 0)
		return NULL;
	if (shelf->count == shelf->max)
		drop(shelf, 0);
	struct kept *kept = &shelf->kept[shelf->count++];
	*kept = (struct kept){.path = mem_strdup(path), .st = st};
	return kept;
}

EVP_PKEY *
secrets_key(struct secrets *secrets, const char *path)
{
	const struct kept *kept = find(&secrets->keys, path);
	return kept ? kept->key : NULL;
}

void
secrets_keep_key(struct secrets *secrets, const char *path, EVP_PKEY *key)
{
	struct kept *kept = put(&secrets->keys, path);
	if (kept)
		kept->key = key;
	else
		EVP_PKEY_free(key);
}

void
secrets_forget_key(struct secrets *secrets, const char *path)
{
	forget(&secrets->keys, path);
}

const char *
secrets_passphrase(struct secrets *secrets, const char *path)
{
	const struct kept *kept = find(&secrets->words, path);
	return kept ? kept->passphrase : NULL;
}

void
secrets_keep_passphrase(struct secrets *secrets, const char *path, const char *passphrase)
{
	size_t len = strlen(passphrase);
	char *copy = OPENSSL_secure_zalloc(len + 1);
	struct kept *kept = copy ? put(&secrets->words, path) : NULL;
	if (!kept) { /* then it is asked for once more */
		OPENSSL_secure_clear_free(copy, len);
		return;
	}
	memcpy(copy, passphrase, len);
	kept->passphrase = copy;
}

bool
secrets_trusts(const struct secrets *secrets, const char *topic)
{
	for (size_t i = 0; i < secrets->trusted_count; i++)
		if (strcmp(secrets->trusted[i], topic) == 0)
			return true;
	return false;
}

void
secrets_trust(struct secrets *secrets, const char *topic)
{
	if (!secrets_trusts(secrets, topic) && secrets->trusted_count < TRUSTED_MAX)
		secrets->trusted[secrets->trusted_count++] = mem_strdup(topic);
}
