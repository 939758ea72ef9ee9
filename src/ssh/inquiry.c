/* SPDX-License-Identifier: MIT */
/*
 * A passphrase is tried by us, on a thread, before ssh gets it: so a wrong one can
 * be asked again, and a right one kept for the other hosts with that key. Who asks
 * for the same as another link stands at the desk.
 */
#include "inquiry.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "askpass.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_config.h"
#include "desk.h"
#include "keyfile.h"
#include "passphrase.h"
#include "privatekey.h"
#include "prompt.h"
#include "secrets.h"

#define LINES_MAX   16
#define PROMPT_COLS 120
#define NAME_SIZE   300

struct job {
	struct inquiry *inquiry; /* NULL: nobody waits any more */
	struct buf text;         /* of the file */
	char *passphrase;        /* in OpenSSL's secure heap */
	int rc;
};

struct inquiry {
	struct loop *loop;
	const struct ssh_config *config;
	struct secrets *secrets;
	bool new_keys;
	const struct inquiry_ops *ops;
	void *ctx;
	struct askpass *askpass;

	/* Of the question that is open, copied. */
	bool open;
	struct buf text;
	struct prompt prompt; /* points into text */
	char *path;           /* of the key; NULL: not known, or no passphrase */
	char *topic;
	struct desk_seat *seat;
	struct job *job;
	int tries;   /* that were wrong */
	bool asking; /* ask() has no answer yet */
	bool person; /* is waited for */

	bool spent;
	struct err refused; /* its code is 0 while it is not */
	uint64_t refuse_id;
	char note[NAME_SIZE + 60];
};

static void start_passphrase(struct inquiry *q);

static void
set_person(struct inquiry *q, bool person)
{
	if (q->person == person)
		return;
	q->person = person;
	q->ops->person(q->ctx, person);
}

static void
settle(struct inquiry *q, enum desk_word word)
{
	struct desk_seat *seat = q->seat;
	q->seat = NULL;
	if (seat)
		desk_settle(seat, word);
}

/* The question is over. */
static void
release_question(struct inquiry *q)
{
	desk_leave(q->seat);
	q->seat = NULL;
	if (q->job)
		q->job->inquiry = NULL;
	q->job = NULL;
	buf_release(&q->text);
	q->prompt = (struct prompt){0};
	mem_free(q->path);
	mem_free(q->topic);
	q->path = q->topic = NULL;
	q->tries = 0;
	q->open = q->asking = false;
}

static void
reply(struct inquiry *q, bool yes, struct str text)
{
	askpass_answer(q->askpass, yes, text);
	release_question(q);
	set_person(q, false);
}

static void
refuse_now(void *ctx)
{
	struct inquiry *q = ctx;
	struct err err = q->refused;
	q->refuse_id = 0;
	q->ops->refused(q->ctx, &err);
}

/* ssh is told no as well: it ends by itself then, or goes on to nobody. */
static void
refuse(struct inquiry *q)
{
	reply(q, false, STR(""));
	if (!q->refuse_id)
		q->refuse_id = loop_defer(q->loop, refuse_now, q);
}

static void
put(struct inquiry *q, const struct link_ask *ask)
{
	struct link_ask whole = *ask;
	whole.host = q->config->name;
	q->asking = true; /* before: the answer may come at once */
	q->ops->ask(q->ctx, &whole);
}

/* --- passphrases --- */

/* The file that ssh wants to open, as far as it is known. */
static struct str
key_name(const struct inquiry *q)
{
	return q->path ? str_from(q->path) : q->prompt.subject;
}

static void
note_passphrase(struct inquiry *q, const char *what)
{
	char path[NAME_SIZE];
	snprintf(q->note, sizeof(q->note), "%s: %s",
		text_safe_tmp(path, sizeof(path), key_name(q)), what);
}

static void
ask_passphrase(struct inquiry *q)
{
	struct passphrase_question question;
	passphrase_question(&question, key_name(q), q->tries);
	put(q, &question.ask);
}

static void
release_job(struct job *job)
{
	keyfile_wipe(&job->text);
	OPENSSL_secure_clear_free(job->passphrase, ASKPASS_ANSWER_MAX + 1);
	mem_free(job);
}

static void
check_passphrase(void *ctx)
{
	struct job *job = ctx;
	job->rc = privatekey_check(buf_str(&job->text), str_from(job->passphrase));
}

/* ssh goes on without the key, to what else the server takes. */
static void
give_up_key(struct inquiry *q, const char *why)
{
	note_passphrase(q, why);
	settle(q, DESK_NO);
	reply(q, false, STR(""));
}

static void
on_checked(void *ctx)
{
	struct job *job = ctx;
	struct inquiry *q = job->inquiry;
	if (!q) {
		release_job(job);
		return;
	}
	q->job = NULL;
	if (job->rc == ERR_AUTH && ++q->tries < PASSPHRASE_TRIES) {
		ask_passphrase(q);
	} else if (job->rc == ERR_AUTH) {
		give_up_key(q, "the passphrase was wrong 3 times");
	} else {
		/* What we cannot tell is for ssh to try; whoever waits asks for himself then.
		 */
		if (job->rc == 0) {
			secrets_keep_passphrase(q->secrets, q->path, job->passphrase);
			settle(q, DESK_YES);
		} else {
			q->spent = true;
		}
		reply(q, true, str_from(job->passphrase));
	}
	release_job(job);
}

static void
take_passphrase(struct inquiry *q, bool yes, const char *text)
{
	size_t len = yes ? strlen(text) : 0;
	if (len == 0 || len > ASKPASS_ANSWER_MAX) {
		give_up_key(q, "its passphrase was not given");
		return;
	}
	struct keyfile file = {.path = q->path};
	struct buf bytes = BUF_INIT;
	if (!q->path || keyfile_read(&file, &bytes, NULL) < 0) {
		keyfile_wipe(&bytes);
		q->spent = true;
		reply(q, true, str_from(text));
		return;
	}
	struct job *job = q->job = MEM_NEW(struct job);
	job->inquiry = q;
	job->text = bytes;
	job->passphrase = OPENSSL_secure_zalloc(ASKPASS_ANSWER_MAX + 1);
	BUG_ON(job->passphrase == NULL);
	memcpy(job->passphrase, text, len);
	loop_job(q->loop, check_passphrase, on_checked, job);
}

static bool
give_kept(struct inquiry *q)
{
	const char *kept = q->path ? secrets_passphrase(q->secrets, q->path) : NULL;
	if (!kept)
		return false;
	settle(q, DESK_YES);
	reply(q, true, str_from(kept));
	return true;
}

static void
on_passphrase_turn(void *ctx, enum desk_word word)
{
	struct inquiry *q = ctx;
	if (word != DESK_ASK)
		q->seat = NULL;
	if (give_kept(q))
		return;
	if (word == DESK_ASK)
		ask_passphrase(q);
	else if (word == DESK_NO)
		give_up_key(q, "its passphrase was not given");
	else
		start_passphrase(q); /* it could not be kept */
}

static void
start_passphrase(struct inquiry *q)
{
	set_person(q, true);
	q->seat = desk_take(secrets_desk(q->secrets), q->topic, on_passphrase_turn, q);
}

static void
open_passphrase(struct inquiry *q)
{
	q->path = prompt_key_path(
		q->prompt.subject, q->config->identities, q->config->identity_count);
	if (give_kept(q))
		return;
	q->topic = mem_printf("passphrase %.*s", STR_ARG(q->prompt.subject));
	start_passphrase(q);
}

/* --- host keys --- */

static void
ask_trust(struct inquiry *q)
{
	char host[NAME_SIZE], title[NAME_SIZE + 40];
	struct buf text = BUF_INIT;
	struct str rest = q->prompt.before;
	snprintf(title, sizeof(title), "a host that was never seen: %s",
		text_safe_tmp(host, sizeof(host), q->prompt.subject));
	for (int i = 0; i < LINES_MAX && rest.len > 0; i++) {
		text_safe(&text, str_trim(str_cut(&rest, '\n')), 200);
		buf_byte(&text, '\n');
	}
	buf_addc(&text,
		"Compare that with what the host's owner says.\nYes has ssh(1) write it "
		"to known_hosts.");
	struct link_ask ask = {.kind = LINK_ASK_TRUST, .title = title, .text = buf_cstr(&text)};
	put(q, &ask);
	buf_release(&text);
}

static void
take_trust(struct inquiry *q, bool yes)
{
	char words[500], host[NAME_SIZE];
	if (yes) {
		secrets_trust(q->secrets, q->topic);
		settle(q, DESK_YES);
		reply(q, true, STR("yes"));
		return;
	}
	text_safe_lines(words, sizeof(words), q->prompt.before);
	err_set(&q->refused, ERR_HOSTKEY, "the host key of %s was not accepted: %s",
		text_safe_tmp(host, sizeof(host), q->prompt.subject), words);
	settle(q, DESK_NO);
	refuse(q);
}

static void
on_trust_turn(void *ctx, enum desk_word word)
{
	struct inquiry *q = ctx;
	if (word != DESK_ASK)
		q->seat = NULL;
	if (secrets_trusts(q->secrets, q->topic))
		take_trust(q, true);
	else if (word == DESK_ASK)
		ask_trust(q);
	else
		take_trust(q, false);
}

static void
open_trust(struct inquiry *q)
{
	/* The question names the host and the key's fingerprint. */
	q->topic = mem_printf("ssh %s", buf_cstr(&q->text));
	if (!q->new_keys) {
		reply(q, false, STR(""));
	} else if (secrets_trusts(q->secrets, q->topic)) {
		reply(q, true, STR("yes"));
	} else {
		set_person(q, true);
		q->seat = desk_take(secrets_desk(q->secrets), q->topic, on_trust_turn, q);
	}
}

/* --- all else --- */

static void
open_other(struct inquiry *q)
{
	char name[NAME_SIZE], title[NAME_SIZE + 20];
	struct buf text = BUF_INIT, question = BUF_INIT;
	struct str rest = q->prompt.before;
	bool confirm = q->prompt.kind == PROMPT_CONFIRM;
	snprintf(title, sizeof(title), "login at %s through ssh(1)",
		text_safe_tmp(name, sizeof(name), str_from(q->config->name)));
	for (int i = 0; i < LINES_MAX && rest.len > 0; i++) {
		text_safe(&text, str_trim(str_cut(&rest, '\n')), 200);
		buf_byte(&text, '\n');
	}
	text_safe(confirm ? &text : &question, q->prompt.question, PROMPT_COLS);
	struct link_ask ask = {.kind = LINK_ASK_SECRET,
		.title = title,
		.text = buf_cstr(&text),
		.prompts = {{buf_cstr(&question), false}},
		.count = confirm ? 0 : 1};
	set_person(q, true);
	put(q, &ask);
	buf_release(&text);
	buf_release(&question);
}

static void
take_secret(struct inquiry *q, bool yes, const char *text)
{
	bool fits = yes && strlen(text) <= ASKPASS_ANSWER_MAX;
	q->spent = true;
	if (fits) {
		reply(q, true, str_from(text));
		return;
	}
	err_set(&q->refused, ERR_AUTH, "the login was given up: %s",
		yes ? "the answer was longer than ssh(1) takes"
		    : "what ssh(1) asked was not answered");
	refuse(q);
}

static void
open_notice(struct inquiry *q)
{
	char words[200];
	text_safe_lines(words, sizeof(words), buf_str(&q->text));
	q->ops->status(q->ctx, words);
}

static void
open_bad_host(struct inquiry *q)
{
	reply(q, false, STR(""));
}

static void
on_asked(void *ctx, struct str hint, struct str prompt)
{
	static void (*const opens[])(struct inquiry * q) = {
		[PROMPT_PASSPHRASE] = open_passphrase,
		[PROMPT_NEW_HOST] = open_trust,
		[PROMPT_BAD_HOST] = open_bad_host,
		[PROMPT_CONFIRM] = open_other,
		[PROMPT_NOTICE] = open_notice,
		[PROMPT_SECRET] = open_other,
	};
	struct inquiry *q = ctx;
	release_question(q);
	buf_add(&q->text, prompt);
	q->prompt = prompt_read(hint, str_from(buf_cstr(&q->text)));
	q->open = true;
	if (q->refuse_id) /* nothing more is asked of who has said no */
		reply(q, false, STR(""));
	else
		opens[q->prompt.kind](q);
}

static void
on_gone(void *ctx)
{
	struct inquiry *q = ctx;
	bool asking = q->asking;
	q->spent |= asking;
	release_question(q);
	set_person(q, false);
	if (asking)
		q->ops->unask(q->ctx);
}

void
inquiry_answer(struct inquiry *q, bool yes, const char *const answers[])
{
	if (!q || !q->asking)
		return;
	q->asking = false;
	switch (q->prompt.kind) {
	case PROMPT_PASSPHRASE:
		take_passphrase(q, yes, yes ? answers[0] : "");
		break;
	case PROMPT_NEW_HOST:
		take_trust(q, yes);
		break;
	case PROMPT_SECRET:
		take_secret(q, yes, yes ? answers[0] : "");
		break;
	case PROMPT_CONFIRM:
		reply(q, yes, STR("yes"));
		break;
	case PROMPT_BAD_HOST:
	case PROMPT_NOTICE:
		break;
	}
}

const char *
inquiry_note(const struct inquiry *q)
{
	return q->note;
}

bool
inquiry_spent(const struct inquiry *q)
{
	return q->spent;
}

struct inquiry *
inquiry_new(struct loop *loop, const char *path, const struct ssh_config *config,
	struct secrets *secrets, bool new_keys, const struct inquiry_ops *ops, void *ctx,
	struct err *err)
{
	static const struct askpass_ops askpass_ops = {on_asked, on_gone};
	struct inquiry *q = MEM_NEW(struct inquiry);
	*q = (struct inquiry){.loop = loop,
		.config = config,
		.secrets = secrets,
		.new_keys = new_keys,
		.ops = ops,
		.ctx = ctx};
	q->askpass = askpass_new(loop, path, &askpass_ops, q, err);
	if (q->askpass)
		return q;
	mem_free(q);
	return NULL;
}

void
inquiry_free(struct inquiry *q)
{
	if (!q)
		return;
	release_question(q);
	if (q->refuse_id)
		loop_defer_cancel(q->loop, q->refuse_id);
	askpass_free(q->askpass);
	mem_free(q);
}
