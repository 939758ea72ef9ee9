/* SPDX-License-Identifier: MIT */
/*
 * Three steps: ask the server what it takes, ask the agent what it has, then
 * try one key after the other. The agent signs through a callback of libssh2
 * that may say "not yet": the step is then repeated when the agent answered.
 */
#include "auth.h"

#include <stdlib.h>

#include "agent.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_config.h"
#include "keyfile.h"
#include "limit.h"
#include "wire.h"

#define TRIED_MAX     600 /* bytes of an error's text */
#define AGENT_KEY_MAX 64
#define AGENT_KEY     "agent key "

enum phase { PHASE_METHODS, PHASE_AGENT, PHASE_KEYS };

struct candidate {
	char *label;      /* for people, safe to show */
	const char *file; /* of auth.files; NULL: the agent's */
	struct buf blob;  /* the agent's key */
};

enum signing { SIGNING_NONE, SIGNING_ASKED, SIGNING_DONE, SIGNING_FAILED };

struct auth {
	struct loop *loop;
	const struct ssh_config *config;
	LIBSSH2_SESSION *ssh;
	void (*wake)(void *ctx);
	void *ctx;

	enum phase phase;
	struct ssh_agent *agent;
	bool listing;
	struct keyfile *files;
	size_t file_count;
	struct candidate *candidates;
	size_t candidate_count, current;

	enum signing signing;
	struct buf signature;
	struct buf tried, skipped; /* for the error's text */
	bool no_room_for_rsa;
	bool gssapi;             /* the server takes it, and the configuration allows it */
	struct limit met, limit; /* limit: none before it is known that the login is refused */
};

static void
note(struct buf *list, const char *label, const char *why)
{
	if (list->len + strlen(label) + strlen(why) + 4 > TRIED_MAX)
		return;
	buf_printf(list, "%s%s%s%s", list->len ? ", " : "", label, *why ? ": " : "", why);
}

static void
skip(struct auth *auth, const char *label, struct str type)
{
	if (str_eqc(type, "ssh-rsa")) {
		auth->no_room_for_rsa = true;
		note(&auth->skipped, label, "an RSA key, which libssh2 1.10 cannot use");
	} else {
		note(&auth->skipped, label, "a kind of key that libssh2 1.10 cannot use");
	}
}

/* A key without a passphrase, or with an agent that has it: ssh(1) needs nobody to use it. */
static void
meet(struct auth *auth, struct str type, const char *name, const char *where)
{
	if (auth->met.text[0] == '\0')
		limit_of_key(&auth->met, type, name, where);
}

static struct candidate *
add_candidate(struct auth *auth, char *label)
{
	auth->candidates =
		mem_grow(auth->candidates, auth->candidate_count + 1, sizeof(struct candidate));
	struct candidate *c = &auth->candidates[auth->candidate_count++];
	*c = (struct candidate){.label = label};
	return c;
}

static char *
safe_label(const char *before, struct str text)
{
	char safe[200];
	return mem_printf("%s%s", before, text_safe_tmp(safe, sizeof(safe), text));
}

static const struct keyfile *
file_of(const struct auth *auth, struct str blob)
{
	for (size_t i = 0; i < auth->file_count; i++)
		if (str_eq(buf_str(&auth->files[i].blob), blob))
			return &auth->files[i];
	return NULL;
}

static bool
is_candidate(const struct auth *auth, struct str blob)
{
	for (size_t i = 0; i < auth->candidate_count; i++)
		if (str_eq(buf_str(&auth->candidates[i].blob), blob))
			return true;
	return false;
}

/* One pass for the keys that the configuration names, one for the others. */
static void
add_agent_keys(struct auth *auth, struct str list, bool named)
{
	struct str blob, comment;
	for (size_t n = 0; n < AGENT_KEY_MAX && ssh_agent_next_key(&list, &blob, &comment);
		n++) {
		if ((file_of(auth, blob) != NULL) != named)
			continue;
		char *label = safe_label(AGENT_KEY, comment);
		struct str type = wire_key_type(blob);
		if (keyfile_type_usable(type)) {
			struct candidate *c = add_candidate(auth, label);
			buf_add(&c->blob, blob);
		} else {
			skip(auth, label, type);
			meet(auth, type, label + strlen(AGENT_KEY), " (of the agent)");
			mem_free(label);
		}
	}
}

static void
add_files(struct auth *auth)
{
	for (size_t i = 0; i < auth->file_count; i++) {
		const struct keyfile *key = &auth->files[i];
		struct str type = str_from(key->type);
		if (!key->exists || (key->blob.len && is_candidate(auth, buf_str(&key->blob))))
			continue;
		char *label = safe_label("", str_from(key->path));
		if (key->exposed)
			note(&auth->skipped, label, "others can read it (chmod 600)");
		else if (type.len > 0 && !keyfile_type_usable(type) && key->encrypted)
			note(&auth->skipped, label,
				"a kind of key that libssh2 1.10 cannot use, and it has a "
				"passphrase (give it to ssh-agent with ssh-add)");
		else if (type.len > 0 && !keyfile_type_usable(type)) {
			skip(auth, label, type);
			meet(auth, type, label, "");
		} else if (key->encrypted)
			note(&auth->skipped, label,
				"it has a passphrase (give it to ssh-agent with ssh-add)");
		else
			add_candidate(auth, mem_strdup(label))->file = key->path;
		mem_free(label);
	}
}

static void
on_keys(void *ctx, struct str list, const struct err *err)
{
	struct auth *auth = ctx;
	auth->listing = false;
	if (err) {
		note(&auth->skipped, "the agent", err->text);
		ssh_agent_free(auth->agent);
		auth->agent = NULL;
	} else {
		add_agent_keys(auth, list, true);
		if (!auth->config->identities_only)
			add_agent_keys(auth, list, false);
	}
	add_files(auth);
	auth->phase = PHASE_KEYS;
	auth->wake(auth->ctx);
}

static const char *
agent_path(const struct ssh_config *config)
{
	const char *path = config->identityagent;
	if (!path || strcmp(path, "SSH_AUTH_SOCK") == 0)
		path = getenv("SSH_AUTH_SOCK");
	else if (path[0] == '$')
		path = getenv(path + 1);
	return path && *path && strcmp(path, "none") != 0 ? path : NULL;
}

struct auth *
auth_new(struct loop *loop, const struct ssh_config *config, LIBSSH2_SESSION *ssh,
	void (*wake)(void *ctx), void *ctx)
{
	struct auth *auth = MEM_NEW(struct auth);
	*auth = (struct auth){
		.loop = loop, .config = config, .ssh = ssh, .wake = wake, .ctx = ctx};
	auth->files = mem_alloc_array(config->identity_count + 1, sizeof(struct keyfile));
	for (size_t i = 0; i < config->identity_count; i++)
		keyfile_probe(&auth->files[auth->file_count++], config->identities[i]);
	return auth;
}

void
auth_free(struct auth *auth)
{
	if (!auth)
		return;
	ssh_agent_free(auth->agent);
	for (size_t i = 0; i < auth->file_count; i++)
		keyfile_release(&auth->files[i]);
	for (size_t i = 0; i < auth->candidate_count; i++) {
		mem_free(auth->candidates[i].label);
		buf_release(&auth->candidates[i].blob);
	}
	mem_free(auth->files);
	mem_free(auth->candidates);
	buf_release(&auth->signature);
	buf_release(&auth->tried);
	buf_release(&auth->skipped);
	mem_free(auth);
}

static void
on_signature(void *ctx, struct str answer, const struct err *err)
{
	struct auth *auth = ctx;
	struct str algorithm, bytes;
	auth->signing = SIGNING_FAILED;
	if (!err && wire_take_string(&answer, &algorithm) &&
		wire_take_string(&answer, &bytes)) {
		buf_clear(&auth->signature);
		buf_add(&auth->signature, bytes);
		auth->signing = SIGNING_DONE;
	}
	auth->wake(auth->ctx);
}

static int
sign(LIBSSH2_SESSION *ssh, unsigned char **ret, size_t *ret_len, const unsigned char *data,
	size_t len, void **abstract)
{
	struct auth *auth = *abstract;
	(void)ssh;
	switch (auth->signing) {
	case SIGNING_NONE:
		auth->signing = SIGNING_ASKED;
		ssh_agent_sign(auth->agent, buf_str(&auth->candidates[auth->current].blob),
			(struct str){(const char *)data, len}, on_signature, auth);
		return LIBSSH2_ERROR_EAGAIN;
	case SIGNING_ASKED:
		return LIBSSH2_ERROR_EAGAIN;
	case SIGNING_DONE:
		/* libssh2 gives it back with the session's own free function: mem_free(). */
		*ret_len = auth->signature.len;
		*ret = (unsigned char *)buf_steal(&auth->signature);
		return 0;
	case SIGNING_FAILED:
		break;
	}
	return -1;
}

static int
try_current(struct auth *auth)
{
	struct candidate *c = &auth->candidates[auth->current];
	const char *user = auth->config->user;
	void *abstract = auth;
	if (c->file) /* "": else OpenSSL would ask the terminal for a passphrase */
		return libssh2_userauth_publickey_fromfile_ex(
			auth->ssh, user, (unsigned)strlen(user), NULL, c->file, "");
	return libssh2_userauth_publickey(auth->ssh, user, (const unsigned char *)c->blob.ptr,
		c->blob.len, sign, &abstract);
}

/* ssh(1) takes a certificate beside a key file without being told. */
static void
meet_certificates(struct auth *auth)
{
	for (size_t i = 0; i < auth->file_count; i++) {
		char *file = mem_printf("%s-cert.pub", auth->files[i].path);
		char *label = safe_label("", str_from(file));
		if (path_exists(file))
			meet(auth, STR("-cert-v01@"), label, "");
		mem_free(label);
		mem_free(file);
	}
}

static int
refused(struct auth *auth, struct err *err)
{
	meet_certificates(auth);
	if (auth->met.text[0] == '\0' && auth->gssapi && auth->tried.len == 0)
		limit_set(&auth->met, "GSSAPI");
	auth->limit = auth->met;
	char user[128], host[256];
	text_safe_tmp(user, sizeof(user), str_from(auth->config->user));
	text_safe_tmp(host, sizeof(host), str_from(auth->config->hostname));
	const char *hint =
		auth->no_room_for_rsa ? "; make another key with: ssh-keygen -t ed25519" : "";
	if (auth->tried.len == 0 && auth->skipped.len == 0)
		return err_set(err, ERR_AUTH,
			"login as %s on %s: there is no key to try: no agent answered and none "
			"of the key files exists",
			user, host);
	return err_set(err, ERR_AUTH, "login as %s on %s refused: tried %s%s%s%s", user, host,
		auth->tried.len ? buf_cstr(&auth->tried) : "nothing",
		auth->skipped.len ? "; could not use " : "", buf_cstr(&auth->skipped), hint);
}

const struct limit *
auth_limit(const struct auth *auth)
{
	return &auth->limit;
}

static int
ssh_failed(struct auth *auth, struct err *err)
{
	char *text = NULL;
	char safe[256];
	libssh2_session_last_error(auth->ssh, &text, NULL, 0);
	return err_set(err, ERR_CLOSED, "login: %s",
		text_safe_tmp(safe, sizeof(safe), str_from(text)));
}

/* These speak about one key; any other error is about the connection. */
static bool
is_about_key(int rc)
{
	return rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
	       rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED || rc == LIBSSH2_ERROR_FILE ||
	       rc == LIBSSH2_ERROR_METHOD_NONE || rc == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED;
}

static int
step_keys(struct auth *auth, struct err *err)
{
	while (auth->current < auth->candidate_count) {
		struct candidate *c = &auth->candidates[auth->current];
		int rc = try_current(auth);
		if (rc == LIBSSH2_ERROR_EAGAIN)
			return auth->signing == SIGNING_ASKED ? AUTH_AGENT : AUTH_SOCKET;
		if (rc == 0)
			return AUTH_DONE;
		note(&auth->tried, c->label,
			rc == LIBSSH2_ERROR_FILE          ? "the file cannot be read"
			: auth->signing == SIGNING_FAILED ? "the agent did not sign"
							  : "");
		if (!is_about_key(rc))
			return ssh_failed(auth, err);
		auth->signing = SIGNING_NONE;
		auth->current++;
	}
	return refused(auth, err);
}

static int
step_methods(struct auth *auth, struct err *err)
{
	char safe[128];
	const char *user = auth->config->user;
	const char *methods = libssh2_userauth_list(auth->ssh, user, (unsigned)strlen(user));
	if (!methods && libssh2_userauth_authenticated(auth->ssh))
		return AUTH_DONE;
	if (!methods && libssh2_session_last_errno(auth->ssh) == LIBSSH2_ERROR_EAGAIN)
		return AUTH_SOCKET;
	if (!methods)
		return ssh_failed(auth, err);
	auth->gssapi = auth->config->gssapi && strstr(methods, "gssapi-with-mic");
	if (!strstr(methods, "publickey") && auth->gssapi)
		return refused(auth, err);
	if (!strstr(methods, "publickey"))
		return err_set(err, ERR_AUTH, "login: the server takes no keys, only: %s",
			text_safe_tmp(safe, sizeof(safe), str_from(methods)));
	auth->phase = PHASE_AGENT;
	return auth_step(auth, err);
}

static int
step_agent(struct auth *auth, struct err *err)
{
	struct err why = ERR_INIT;
	const char *path = agent_path(auth->config);
	if (auth->listing)
		return AUTH_AGENT;
	if (path && (auth->agent = ssh_agent_new(auth->loop, path, &why))) {
		auth->listing = true;
		ssh_agent_list(auth->agent, on_keys, auth);
		return AUTH_AGENT;
	}
	if (path)
		note(&auth->skipped, "the agent", why.text);
	add_files(auth);
	auth->phase = PHASE_KEYS;
	return step_keys(auth, err);
}

int
auth_step(struct auth *auth, struct err *err)
{
	switch (auth->phase) {
	case PHASE_METHODS:
		return step_methods(auth, err);
	case PHASE_AGENT:
		return step_agent(auth, err);
	case PHASE_KEYS:
		return step_keys(auth, err);
	}
	return AUTH_DONE;
}
