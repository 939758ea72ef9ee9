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

struct kept {
	char *path;
	struct stat st; /* when it was read */
	EVP_PKEY *key;
};

struct word {
	char *path;
	struct stat st;
	char *passphrase; /* in OpenSSL's secure heap */
};

struct secrets {
	int refs;
	struct desk *desk;
	struct kept keys[KEYS_MAX];
	size_t key_count;
	struct word words[WORDS_MAX];
	size_t word_count;
	char *trusted[TRUSTED_MAX];
	size_t trusted_count;
};

struct secrets *
secrets_new(struct loop *loop)
{
	struct secrets *secrets = MEM_NEW(struct secrets);
	secrets->refs = 1;
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
drop(struct secrets *secrets, size_t at)
{
	struct kept *kept = &secrets->keys[at];
	mem_free(kept->path);
	EVP_PKEY_free(kept->key);
	*kept = secrets->keys[--secrets->key_count];
}

static void
drop_word(struct secrets *secrets, size_t at)
{
	struct word *word = &secrets->words[at];
	mem_free(word->path);
	OPENSSL_secure_clear_free(word->passphrase, strlen(word->passphrase));
	*word = secrets->words[--secrets->word_count];
}

void
secrets_unref(struct secrets *secrets)
{
	if (!secrets || --secrets->refs > 0)
		return;
	while (secrets->key_count > 0)
		drop(secrets, 0);
	while (secrets->word_count > 0)
		drop_word(secrets, 0);
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

void
secrets_forget_key(struct secrets *secrets, const char *path)
{
	for (size_t i = secrets->key_count; i > 0; i--)
		if (strcmp(secrets->keys[i - 1].path, path) == 0)
			drop(secrets, i - 1);
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

EVP_PKEY *
secrets_key(struct secrets *secrets, const char *path)
{
	struct stat st;
	for (size_t i = 0; i < secrets->key_count; i++) {
		if (strcmp(secrets->keys[i].path, path) != 0)
			continue;
		if (stat(path, &st) == 0 && same_file(&st, &secrets->keys[i].st))
			return secrets->keys[i].key;
		drop(secrets, i);
		return NULL;
	}
	return NULL;
}

void
secrets_keep_key(struct secrets *secrets, const char *path, EVP_PKEY *key)
{
	struct stat st;
	secrets_forget_key(secrets, path);
	if (stat(path, &st) < 0) {
		EVP_PKEY_free(key);
		return;
	}
	if (secrets->key_count == KEYS_MAX)
		drop(secrets, 0);
	secrets->keys[secrets->key_count++] = (struct kept){mem_strdup(path), st, key};
}

const char *
secrets_passphrase(struct secrets *secrets, const char *path)
{
	struct stat st;
	for (size_t i = 0; i < secrets->word_count; i++) {
		if (strcmp(secrets->words[i].path, path) != 0)
			continue;
		if (stat(path, &st) == 0 && same_file(&st, &secrets->words[i].st))
			return secrets->words[i].passphrase;
		drop_word(secrets, i);
		return NULL;
	}
	return NULL;
}

void
secrets_keep_passphrase(struct secrets *secrets, const char *path, const char *passphrase)
{
	struct stat st;
	size_t len = strlen(passphrase);
	for (size_t i = secrets->word_count; i > 0; i--)
		if (strcmp(secrets->words[i - 1].path, path) == 0)
			drop_word(secrets, i - 1);
	char *copy = stat(path, &st) == 0 ? OPENSSL_secure_zalloc(len + 1) : NULL;
	if (!copy)
		return; /* then it is asked for once more */
	memcpy(copy, passphrase, len);
	if (secrets->word_count == WORDS_MAX)
		drop_word(secrets, 0);
	secrets->words[secrets->word_count++] = (struct word){mem_strdup(path), st, copy};
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
