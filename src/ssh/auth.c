/* SPDX-License-Identifier: MIT */
/*
 * Asks the server what it takes, then lets one method after the other try. After
 * a refusal, what the server takes now is known from the refusal itself or asked
 * anew: one that wants two things says so by taking the first and asking for the
 * second.
 */
#include "auth.h"

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_config.h"
#include "limit.h"
#include "method.h"
#include "overhear.h"

#define NOTES_MAX     600 /* bytes of an error's text */
#define BANNER_BYTES  2000
#define PARTIAL_MAX   8 /* methods that one server may want, one after the other */
#define ORDER_DEFAULT "publickey,keyboard-interactive,password"

static const struct method_class *const methods[] = {
	&method_keys, &method_interactive, &method_password};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

struct auth {
	struct login login;
	char *list; /* what the server takes; NULL: to be asked */
	void *started[METHOD_COUNT];
	bool spent[METHOD_COUNT];
	size_t current; /* METHOD_COUNT: to be chosen */
	int partials;
	uint64_t wake_id;
	bool gssapi; /* the server takes it, and the configuration allows it */
	bool may_switch;
	struct limit limit; /* none before it is known that the login is refused */
};

void
login_note(struct buf *list, const char *label, const char *why)
{
	if (list->len + strlen(label) + strlen(why) + 4 > NOTES_MAX)
		return;
	buf_printf(list, "%s%s%s%s", list->len ? ", " : "", label, *why ? ": " : "", why);
}

void
login_safe_lines(struct buf *into, struct str text)
{
	text = str_trim(str_slice(text, 0, BANNER_BYTES));
	for (int i = 0; i < 12 && text.len > 0; i++) {
		if (i > 0)
			buf_byte(into, '\n');
		text_safe(into, str_trim(str_cut(&text, '\n')), 200);
	}
}

bool
login_ask(struct login *login, const struct link_ask *ask,
	void (*answer)(void *method, bool yes, const char *const answers[]), void *method)
{
	struct buf text = BUF_INIT;
	struct link_ask whole = *ask;
	if (login->config->batch_mode)
		return false;
	overheard_banner(login->heard, &text);
	if (text.len > 0 && *ask->text)
		buf_byte(&text, '\n');
	buf_addc(&text, ask->text);
	whole.host = login->config->name;
	whole.text = buf_cstr(&text);
	login->answer = answer;
	login->answer_ctx = method;
	bool asked = login->ops->ask(login->ctx, &whole);
	if (!asked)
		login->answer = NULL;
	buf_release(&text);
	return asked;
}

void
login_unask(struct login *login, const void *method)
{
	if (!login->answer || login->answer_ctx != method)
		return;
	login->answer = NULL;
	login->ops->unask(login->ctx);
}

int
login_broke(struct login *login, struct err *err)
{
	char *text = NULL;
	char safe[256];
	libssh2_session_last_error(login->ssh, &text, NULL, 0);
	return err_set(err, ERR_CLOSED, "login: %s",
		text_safe_tmp(safe, sizeof(safe), str_from(text)));
}

void
auth_may_switch(struct auth *auth, bool person)
{
	auth->may_switch = true;
	auth->login.ssh_may_ask = person && !auth->login.config->batch_mode;
}

struct auth *
auth_new(struct loop *loop, const struct ssh_config *config, LIBSSH2_SESSION *ssh,
	struct secrets *secrets, struct overheard *heard, const struct auth_ops *ops, void *ctx)
{
	struct auth *auth = MEM_NEW(struct auth);
	auth->login = (struct login){.loop = loop,
		.config = config,
		.ssh = ssh,
		.secrets = secrets,
		.heard = heard,
		.ops = ops,
		.ctx = ctx};
	auth->current = METHOD_COUNT;
	return auth;
}

void
auth_free(struct auth *auth)
{
	if (!auth)
		return;
	auth->login.answer = NULL; /* whoever frees it knows */
	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (auth->started[i])
			methods[i]->free(auth->started[i]);
	if (auth->wake_id)
		loop_defer_cancel(auth->login.loop, auth->wake_id);
	buf_release(&auth->login.tried);
	buf_release(&auth->login.skipped);
	mem_free(auth->list);
	mem_free(auth);
}

static int
refused(struct auth *auth, struct err *err)
{
	struct login *login = &auth->login;
	if (login->met.text[0] == '\0' && auth->gssapi && login->tried.len == 0)
		limit_set(&login->met, "GSSAPI");
	auth->limit = login->met;
	char user[128], host[256];
	text_safe_tmp(user, sizeof(user), str_from(login->config->user));
	text_safe_tmp(host, sizeof(host), str_from(login->config->hostname));
	const char *hint =
		login->no_room_for_rsa ? "; make another key with: ssh-keygen -t ed25519" : "";
	if (!strstr(auth->list, "publickey") && login->tried.len == 0 &&
		login->skipped.len == 0) {
		char list[128];
		return err_set(err, ERR_AUTH,
			"login as %s on %s: the server takes nothing that may be used here, "
			"only: %s",
			user, host, text_safe_tmp(list, sizeof(list), str_from(auth->list)));
	}
	if (login->tried.len == 0 && login->skipped.len == 0)
		return err_set(err, ERR_AUTH,
			"login as %s on %s: there is no key to try: no agent answered and none "
			"of the key files exists",
			user, host);
	return err_set(err, ERR_AUTH, "login as %s on %s refused%s: tried %s%s%s%s", user, host,
		auth->partials > 0 ? " after a first step that was accepted" : "",
		login->tried.len ? buf_cstr(&login->tried) : "nothing",
		login->skipped.len ? "; could not use " : "", buf_cstr(&login->skipped), hint);
}

const struct limit *
auth_limit(const struct auth *auth)
{
	return &auth->limit;
}

static bool
lists(const char *list, const char *name)
{
	struct str rest = str_from(list);
	while (rest.len > 0)
		if (str_eqc(str_trim(str_cut(&rest, ',')), name))
			return true;
	return false;
}

static size_t
method_named(struct str name)
{
	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (str_eqc(name, methods[i]->name))
			return i;
	return METHOD_COUNT;
}

/* The first by preference that the server takes and that is not spent. */
static size_t
choose(const struct auth *auth)
{
	const struct ssh_config *config = auth->login.config;
	struct str order = str_from(config->preferred ? config->preferred : ORDER_DEFAULT);
	while (order.len > 0) {
		size_t i = method_named(str_trim(str_cut(&order, ',')));
		if (i == METHOD_COUNT || auth->spent[i] || !lists(auth->list, methods[i]->name))
			continue;
		if (*(const bool *)((const char *)config + methods[i]->use))
			return i;
	}
	return METHOD_COUNT;
}

static void
set_list(struct auth *auth, struct str list)
{
	char *copy = mem_strndup(list.ptr, list.len);
	mem_free(auth->list);
	auth->list = copy;
}

/* What is spent by having been accepted is not tried again; the server does not list it. */
static void
half_content(struct auth *auth)
{
	if (++auth->partials > PARTIAL_MAX)
		return;
	for (size_t i = 0; i < METHOD_COUNT; i++) {
		if (!auth->started[i] || !methods[i]->again)
			continue;
		methods[i]->again(auth->started[i]);
		auth->spent[i] = false;
	}
}

static void
take_refusal(struct auth *auth)
{
	struct str list;
	bool partial;
	if (!overheard_refusal(auth->login.heard, &list, &partial)) {
		mem_free(auth->list);
		auth->list = NULL;
		return;
	}
	set_list(auth, list);
	if (partial)
		half_content(auth);
	auth->current = METHOD_COUNT;
}

static int
ask_list(struct auth *auth, struct err *err)
{
	LIBSSH2_SESSION *ssh = auth->login.ssh;
	const char *user = auth->login.config->user;
	const char *list = libssh2_userauth_list(ssh, user, (unsigned)strlen(user));
	if (!list && libssh2_userauth_authenticated(ssh))
		return AUTH_DONE;
	if (!list && libssh2_session_last_errno(ssh) == LIBSSH2_ERROR_EAGAIN)
		return AUTH_SOCKET;
	if (!list)
		return login_broke(&auth->login, err);
	set_list(auth, str_slice(str_from(list), 0, 256));
	auth->gssapi = auth->login.config->gssapi && lists(auth->list, "gssapi-with-mic");
	auth->current = METHOD_COUNT;
	return METHOD_AGAIN;
}

static int
step_method(struct auth *auth, struct err *err)
{
	struct str list;
	bool partial;
	if (auth->current == METHOD_COUNT)
		auth->current = choose(auth);
	size_t i = auth->current;
	/* What ssh(1) can do by itself comes before what a person is asked. */
	bool person = i < METHOD_COUNT && methods[i] != &method_keys;
	if (i == METHOD_COUNT ||
		(person && auth->may_switch && auth->login.met.text[0] != '\0'))
		return refused(auth, err);
	if (!auth->started[i])
		auth->started[i] = methods[i]->start(&auth->login);
	/* An earlier one is not this one's. */
	(void)overheard_refusal(auth->login.heard, &list, &partial);
	int rc = methods[i]->step(auth->started[i], err);
	if (rc == METHOD_SPENT) {
		auth->spent[i] = true;
		auth->current = METHOD_COUNT;
	}
	return rc;
}

int
auth_step(struct auth *auth, struct err *err)
{
	for (;;) {
		int rc;
		if (!auth->list) {
			rc = ask_list(auth, err);
		} else {
			rc = step_method(auth, err);
			if (rc == METHOD_REFUSED)
				take_refusal(auth);
		}
		if (rc < METHOD_AGAIN)
			return rc;
	}
}

static void
wake(void *ctx)
{
	struct auth *auth = ctx;
	auth->wake_id = 0;
	auth->login.ops->wake(auth->login.ctx);
}

void
auth_answer(struct auth *auth, bool yes, const char *const answers[])
{
	void (*answer)(void *, bool, const char *const[]) = auth->login.answer;
	auth->login.answer = NULL;
	if (!answer)
		return;
	answer(auth->login.answer_ctx, yes, answers);
	if (!auth->wake_id)
		auth->wake_id = loop_defer(auth->login.loop, wake, auth);
}

bool
auth_inside(const struct auth *auth)
{
	return auth && auth->login.inside;
}

bool
auth_wait_input(struct auth *auth)
{
	if (!auth || auth->current == METHOD_COUNT || !methods[auth->current]->wait_input)
		return false;
	return methods[auth->current]->wait_input(auth->started[auth->current]);
}
