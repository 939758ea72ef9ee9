/* SPDX-License-Identifier: MIT */
/* The method "password": one question, one answer, NumberOfPasswordPrompts times. */
#include <openssl/crypto.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_config.h"
#include "method.h"

#define PASSWORD_MAX 1024

struct password {
	struct login *login;
	int tries;
	bool asking, given, refused;
	char *secret; /* in OpenSSL's secure heap */
};

static void *
password_start(struct login *login)
{
	struct password *password = MEM_NEW(struct password);
	password->login = login;
	password->secret = OPENSSL_secure_zalloc(PASSWORD_MAX);
	BUG_ON(password->secret == NULL);
	return password;
}

static void
password_free(void *method)
{
	struct password *password = method;
	login_unask(password->login, password);
	OPENSSL_secure_clear_free(password->secret, PASSWORD_MAX);
	mem_free(password);
}

static void
on_answer(void *method, bool yes, const char *const answers[])
{
	struct password *password = method;
	size_t len = yes ? strlen(answers[0]) : 0;
	password->asking = false;
	password->given = len > 0 && len < PASSWORD_MAX;
	password->refused = !yes;
	if (password->given)
		memcpy(password->secret, answers[0], len + 1);
}

static int
ask(struct password *password)
{
	struct login *login = password->login;
	char title[400], user[128], host[256];
	text_safe_tmp(user, sizeof(user), str_from(login->config->user));
	text_safe_tmp(host, sizeof(host), str_from(login->config->hostname));
	snprintf(title, sizeof(title), "password of %s on %s", user, host);
	struct link_ask question = {.kind = LINK_ASK_SECRET,
		.title = title,
		.text = password->tries > 1 ? "The server did not take it. Once more:" : "",
		.prompts = {{"Password", false}},
		.count = 1};
	password->asking = true; /* the answer may come at once */
	if (login_ask(login, &question, on_answer, password))
		return AUTH_PERSON;
	password->asking = false;
	login_note(&login->skipped, "a password",
		"nobody is there to ask (run cockpit in a terminal, or use a key)");
	return METHOD_SPENT;
}

static int
try_secret(struct password *password, struct err *err)
{
	struct login *login = password->login;
	const char *user = login->config->user;
	int rc = libssh2_userauth_password_ex(login->ssh, user, (unsigned)strlen(user),
		password->secret, (unsigned)strlen(password->secret), NULL);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return AUTH_SOCKET;
	OPENSSL_cleanse(password->secret, PASSWORD_MAX);
	password->given = false;
	if (rc == 0)
		return AUTH_DONE;
	if (rc == LIBSSH2_ERROR_PASSWORD_EXPIRED) {
		char name[100];
		return err_set(err, ERR_AUTH,
			"the server wants the password changed first: log in once with "
			"\"ssh %s\"",
			text_safe_tmp(name, sizeof(name), str_from(login->config->name)));
	}
	if (rc != LIBSSH2_ERROR_AUTHENTICATION_FAILED)
		return login_broke(login, err);
	login_note(&login->tried, "a password", "");
	return METHOD_REFUSED;
}

static int
password_step(void *method, struct err *err)
{
	struct password *password = method;
	if (password->asking)
		return AUTH_PERSON;
	if (password->given)
		return try_secret(password, err);
	if (password->refused)
		return err_set(err, ERR_AUTH, "the login was given up: no password was given");
	if (password->tries >= password->login->config->password_prompts)
		return METHOD_SPENT;
	password->tries++;
	return ask(password);
}

const struct method_class method_password = {
	.name = "password",
	.use = offsetof(struct ssh_config, use_password),
	.start = password_start,
	.step = password_step,
	.free = password_free,
};
