/* SPDX-License-Identifier: MIT */
/*
 * A passphrase is tried on a thread: OpenSSH makes that slow on purpose. The
 * thread has copies of all that it looks at, and may end after its unlock.
 */
#include "unlock.h"

#include <openssl/crypto.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "desk.h"
#include "keyfile.h"
#include "method.h"
#include "passphrase.h"
#include "privatekey.h"
#include "secrets.h"

#define PASSPHRASE_MAX 1024

struct job {
	struct unlock *unlock; /* NULL: nobody waits any more */
	struct buf text;
	char *passphrase; /* in OpenSSL's secure heap */
	EVP_PKEY *key;
	struct err err;
};

struct unlock {
	struct login *login;
	const struct keyfile *file;
	unlock_fn *done;
	void *ctx;
	uint64_t start_id; /* 0: begun */
	struct desk_seat *seat;
	struct job *job;
	int tries; /* that were wrong */
};

static void
finish(struct unlock *unlock, EVP_PKEY *key, const struct err *err)
{
	unlock->done(unlock->ctx, key, err);
}

static void
finish_without(struct unlock *unlock, const char *why)
{
	struct err err = ERR_INIT;
	err_set(&err, ERR_AUTH, "%s", why);
	finish(unlock, NULL, &err);
}

static void
settle(struct unlock *unlock, enum desk_word word)
{
	struct desk_seat *seat = unlock->seat;
	unlock->seat = NULL;
	desk_settle(seat, word);
}

static void
release_job(struct job *job)
{
	keyfile_wipe(&job->text);
	if (job->passphrase)
		OPENSSL_secure_clear_free(job->passphrase, PASSPHRASE_MAX);
	EVP_PKEY_free(job->key);
	mem_free(job);
}

static void ask(struct unlock *unlock);

static void
on_opened(void *ctx)
{
	struct job *job = ctx;
	struct unlock *unlock = job->unlock;
	if (!unlock) {
		release_job(job);
		return;
	}
	struct err err = job->err;
	EVP_PKEY *key = job->key;
	unlock->job = NULL;
	job->key = NULL;
	release_job(job);
	if (key) {
		EVP_PKEY_up_ref(key);
		secrets_keep_key(unlock->login->secrets, unlock->file->path, key);
		settle(unlock, DESK_YES);
		finish(unlock, key, NULL);
		EVP_PKEY_free(key);
	} else if (err.code == ERR_AUTH && ++unlock->tries < PASSPHRASE_TRIES) {
		ask(unlock);
	} else {
		settle(unlock, DESK_NO);
		if (err.code == ERR_AUTH)
			err_set(&err, ERR_AUTH, "the passphrase was wrong %d times",
				PASSPHRASE_TRIES);
		finish(unlock, NULL, &err);
	}
}

static void
open_key(void *ctx)
{
	struct job *job = ctx;
	privatekey_open(buf_str(&job->text), str_from(job->passphrase), &job->key, &job->err);
}

static struct job *
job_new(const struct keyfile *file, struct err *err)
{
	struct job *job = MEM_NEW(struct job);
	if (keyfile_read(file, &job->text, err) == 0)
		return job;
	release_job(job);
	return NULL;
}

static void
on_answer(void *ctx, bool yes, const char *const answers[])
{
	struct unlock *unlock = ctx;
	struct err err = ERR_INIT;
	size_t len = yes ? strlen(answers[0]) : 0;
	if (len == 0 || len >= PASSPHRASE_MAX) {
		settle(unlock, DESK_NO);
		finish_without(unlock, "its passphrase was not given");
		return;
	}
	struct job *job = unlock->job = job_new(unlock->file, &err);
	if (!job) {
		settle(unlock, DESK_NO);
		finish(unlock, NULL, &err);
		return;
	}
	job->unlock = unlock;
	job->passphrase = OPENSSL_secure_zalloc(PASSPHRASE_MAX);
	BUG_ON(job->passphrase == NULL);
	memcpy(job->passphrase, answers[0], len);
	loop_job(unlock->login->loop, open_key, on_opened, job);
}

static void
ask(struct unlock *unlock)
{
	struct passphrase_question question;
	passphrase_question(&question, str_from(unlock->file->path), unlock->tries);
	if (login_ask(unlock->login, &question.ask, on_answer, unlock))
		return;
	struct desk_seat *seat = unlock->seat;
	unlock->seat = NULL;
	desk_leave(seat);
	finish_without(unlock,
		"it has a passphrase and nobody is there to ask (give it to ssh-agent with "
		"ssh-add, or run cockpit in a terminal)");
}

static void
on_turn(void *ctx, enum desk_word word)
{
	struct unlock *unlock = ctx;
	if (word != DESK_ASK)
		unlock->seat = NULL;
	EVP_PKEY *key = secrets_key(unlock->login->secrets, unlock->file->path);
	if (key) {
		EVP_PKEY_up_ref(key);
		if (unlock->seat)
			settle(unlock, DESK_YES);
		finish(unlock, key, NULL);
		EVP_PKEY_free(key);
	} else if (word == DESK_ASK) {
		ask(unlock);
	} else {
		finish_without(unlock, "its passphrase was not given");
	}
}

static void
start(void *ctx)
{
	struct unlock *unlock = ctx;
	char *topic = mem_printf("key %s", unlock->file->path);
	unlock->start_id = 0;
	unlock->seat = desk_take(secrets_desk(unlock->login->secrets), topic, on_turn, unlock);
	mem_free(topic);
}

struct unlock *
unlock_new(struct login *login, const struct keyfile *file, unlock_fn *done, void *ctx)
{
	struct unlock *unlock = MEM_NEW(struct unlock);
	*unlock = (struct unlock){.login = login, .file = file, .done = done, .ctx = ctx};
	unlock->start_id = loop_defer(login->loop, start, unlock);
	return unlock;
}

void
unlock_free(struct unlock *unlock)
{
	if (!unlock)
		return;
	login_unask(unlock->login, unlock);
	if (unlock->start_id)
		loop_defer_cancel(unlock->login->loop, unlock->start_id);
	if (unlock->job)
		unlock->job->unlock = NULL;
	desk_leave(unlock->seat);
	mem_free(unlock);
}
