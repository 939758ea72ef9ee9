/* SPDX-License-Identifier: MIT */
/*
 * The method "keyboard-interactive": the server asks what it likes, as often as
 * it likes. libssh2 hands its questions to a callback that must return with the
 * answers, so the whole exchange stands aside (aside.h) while a person thinks.
 * There, a dry socket is waited for as well, instead of being told to libssh2:
 * that one gives up what is not finished 60 s after it began.
 */
#include <openssl/crypto.h>
#include <stdio.h>

#include "aside.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_config.h"
#include "method.h"
#include "raw.h"

#define PROMPT_COLS 120
#define TITLE_COLS  120
#define ANSWER_MAX  4096
#define INFO_MAX    2000
#define ROUNDS_MAX  50 /* of one exchange: a server must not ask for ever */

/* libssh2's, valid while its call stands aside. */
struct round {
	struct str name, instruction;
	const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts;
	LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses;
	int count;
};

struct interactive {
	struct login *login;
	struct aside *aside;
	int rc; /* of libssh2, when the exchange has ended */
	int tries, rounds;
	struct round round;
	struct buf info; /* said without a question, for the next one; safe to show */
	bool wants_ask;  /* the round is for a person */
	bool asking;
	bool asked_once;
	bool given_up;  /* by the person */
	bool abandoned; /* answers are empty from now on, nobody is asked */
	bool cut_off;   /* the session goes: nothing is waited for */
};

static _Thread_local struct interactive *here;

static void
add_info(struct interactive *it)
{
	if (it->round.instruction.len == 0 || it->info.len > INFO_MAX)
		return;
	if (it->info.len > 0)
		buf_byte(&it->info, '\n');
	login_safe_lines(&it->info, it->round.instruction);
}

static void
on_prompts(const char *name, int name_len, const char *instruction, int instruction_len,
	int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
	LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract)
{
	struct interactive *it = here;
	(void)abstract;
	it->round = (struct round){
		.name = {name,        name_len > 0 ? (size_t)name_len : 0              },
		.instruction = {instruction, instruction_len > 0 ? (size_t)instruction_len : 0},
		.prompts = prompts,
		.responses = responses,
		.count = count
        };
	add_info(it);
	if (++it->rounds > ROUNDS_MAX)
		it->abandoned = true;
	if (count == 0 || it->abandoned)
		return;
	it->wants_ask = true;
	aside_pause(it->aside);
}

static void
body(void *ctx)
{
	struct interactive *it = ctx;
	const char *user = it->login->config->user;
	here = it;
	it->rc = libssh2_userauth_keyboard_interactive_ex(
		it->login->ssh, user, (unsigned)strlen(user), on_prompts);
}

static void *
interactive_start(struct login *login)
{
	struct interactive *it = MEM_NEW(struct interactive);
	it->login = login;
	return it;
}

/* The session has seen to it that libssh2 can neither read nor write any more. */
static void
interactive_free(void *method)
{
	struct interactive *it = method;
	login_unask(it->login, it);
	it->abandoned = it->cut_off = true;
	while (it->aside && !aside_run(it->aside))
		continue;
	aside_free(it->aside);
	buf_release(&it->info);
	mem_free(it);
}

static bool
interactive_wait_input(void *method)
{
	struct interactive *it = method;
	if (!it->aside || !aside_inside(it->aside) || it->cut_off)
		return false;
	aside_pause(it->aside);
	return true;
}

static void
on_answer(void *method, bool yes, const char *const answers[])
{
	struct interactive *it = method;
	it->asking = false;
	it->given_up = !yes;
	for (int i = 0; yes && i < it->round.count; i++) {
		size_t len = strlen(answers[i]);
		if (len > ANSWER_MAX)
			len = ANSWER_MAX;
		/* During a login what libssh2 gives back is wiped. */
		it->round.responses[i].text =
			raw_give(it->login->ssh, (struct str){answers[i], len});
		it->round.responses[i].length = (unsigned)len;
	}
}

static const char *
title_of(struct interactive *it, struct buf *title)
{
	char user[128], host[256];
	text_safe_tmp(user, sizeof(user), str_from(it->login->config->user));
	text_safe_tmp(host, sizeof(host), str_from(it->login->config->hostname));
	buf_printf(title, "login as %s on %s", user, host);
	struct str name = str_trim(it->round.name);
	if (name.len > 0) {
		buf_addc(title, ": ");
		text_safe(title, name, TITLE_COLS);
	}
	return buf_cstr(title);
}

/* sshd puts what its modules say in front of the question: that is text, not the prompt. */
static struct str
split_prompt(struct interactive *it, const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompt)
{
	struct str text = str_trim((struct str){(const char *)prompt->text, prompt->length});
	struct str last = str_cut_last(&text, '\n');
	if (text.len > 0 && it->info.len <= INFO_MAX) {
		if (it->info.len > 0)
			buf_byte(&it->info, '\n');
		login_safe_lines(&it->info, text);
	}
	return last;
}

static bool
ask(struct interactive *it)
{
	struct buf title = BUF_INIT, prompts[LINK_PROMPTS_MAX] = {{0}};
	if (it->tries > 1 && it->rounds == 1) {
		struct buf info = it->info;
		it->info = BUF_INIT;
		buf_addc(&it->info, "The server did not take it. Once more:");
		if (info.len > 0)
			buf_byte(&it->info, '\n');
		buf_add(&it->info, buf_str(&info));
		buf_release(&info);
	}
	for (int i = 0; i < it->round.count; i++)
		text_safe(&prompts[i], split_prompt(it, &it->round.prompts[i]), PROMPT_COLS);
	struct link_ask question = {.kind = LINK_ASK_SECRET,
		.title = title_of(it, &title),
		.text = buf_cstr(&it->info),
		.count = it->round.count};
	for (int i = 0; i < it->round.count; i++)
		question.prompts[i] = (struct link_prompt){
			buf_cstr(&prompts[i]), it->round.prompts[i].echo != 0};
	it->asking = true; /* the answer may come at once */
	bool asked = login_ask(it->login, &question, on_answer, it);
	it->asking &= asked;
	for (int i = 0; i < it->round.count; i++)
		buf_release(&prompts[i]);
	buf_release(&title);
	buf_release(&it->info);
	return asked;
}

/* Puts the round to a person; false: the exchange has to go on without. */
static bool
put_round(struct interactive *it)
{
	char many[80];
	it->wants_ask = false;
	if (it->round.count > LINK_PROMPTS_MAX) {
		snprintf(many, sizeof(many), "the server asks %d things at once, at most %d do",
			it->round.count, LINK_PROMPTS_MAX);
		login_note(&it->login->skipped, "keyboard-interactive", many);
	} else if (ask(it)) {
		it->asked_once = true;
		return true;
	} else {
		login_note(&it->login->skipped, "what the server asks (keyboard-interactive)",
			"nobody is there to ask (run cockpit in a terminal, or use a key)");
	}
	it->abandoned = true;
	return false;
}

static int
ended(struct interactive *it, struct err *err)
{
	aside_free(it->aside);
	it->aside = NULL;
	it->login->inside = false;
	buf_release(&it->info);
	if (it->rc == 0)
		return AUTH_DONE;
	if (it->rc != LIBSSH2_ERROR_AUTHENTICATION_FAILED)
		return login_broke(it->login, err);
	if (it->abandoned)
		return METHOD_SPENT;
	login_note(&it->login->tried, "keyboard-interactive", "");
	return METHOD_REFUSED;
}

static int
begin(struct interactive *it, struct err *err)
{
	/* A server that has asked nothing will not do so the next time either. */
	if (it->tries >= it->login->config->password_prompts ||
		(it->tries > 0 && !it->asked_once))
		return METHOD_SPENT;
	it->tries++;
	it->rounds = 0;
	it->aside = aside_new(body, it, err);
	it->login->inside = it->aside != NULL;
	return it->aside ? 0 : ERR_IO;
}

static int
interactive_step(void *method, struct err *err)
{
	struct interactive *it = method;
	int rc = it->aside ? 0 : begin(it, err);
	if (rc != 0)
		return rc;
	if (it->asking)
		return AUTH_PERSON;
	if (it->given_up)
		return err_set(err, ERR_AUTH,
			"the login was given up: what the server asked was not answered");
	while (!aside_run(it->aside))
		if (!it->wants_ask)
			return AUTH_SOCKET;
		else if (put_round(it))
			return AUTH_PERSON;
	return ended(it, err);
}

const struct method_class method_interactive = {
	.name = "keyboard-interactive",
	.use = offsetof(struct ssh_config, use_interactive),
	.start = interactive_start,
	.step = interactive_step,
	.wait_input = interactive_wait_input,
	.free = interactive_free,
};
