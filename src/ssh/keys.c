/* SPDX-License-Identifier: MIT */
/*
 * The method "publickey": the keys that ssh would use, in its order: the agent's
 * that the configuration names, the agent's others, then key files.
 *
 * libssh2 first asks the server whether it would take a key, and calls back for
 * the signature if so: only then is a person asked for a passphrase. The callback
 * declines at that, and the key is tried anew when it is open: libssh2 gives a
 * server 60 s from its first word, and a person may take longer.
 */
#include <stdlib.h>

#include "agent.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_config.h"
#include "keyfile.h"
#include "method.h"
#include "privatekey.h"
#include "raw.h"
#include "secrets.h"
#include "unlock.h"
#include "wire.h"

#define AGENT_KEY_MAX 64
#define AGENT_KEY     "agent key "

struct candidate {
	char *label;                /* for people, safe to show */
	const struct keyfile *file; /* NULL: the agent's */
	struct buf blob;            /* the public half; empty while it cannot be known */
	bool unlocked;              /* a person was asked */
};

enum signing { SIGNING_NONE, SIGNING_ASKED, SIGNING_DONE, SIGNING_FAILED, SIGNING_LOCKED };

struct keys {
	struct login *login;
	struct ssh_agent *agent;
	bool listing, listed;
	struct keyfile *files;
	size_t file_count;
	struct candidate *candidates;
	size_t candidate_count, current;
	struct unlock *unlock; /* of the current one */
	enum signing signing;
	struct buf signature;
};

static void
skip(struct login *login, const char *label, struct str type)
{
	if (str_eqc(type, "ssh-rsa")) {
		login->no_room_for_rsa = true;
		login_note(&login->skipped, label, "an RSA key, which libssh2 1.10 cannot use");
	} else {
		login_note(
			&login->skipped, label, "a kind of key that libssh2 1.10 cannot use");
	}
}

/* A key without a passphrase, or with an agent that has it, or a person who is there: ssh(1)
 * can use it. */
static void
meet(struct login *login, struct str type, const char *name, const char *where)
{
	if (login->met.text[0] == '\0')
		limit_of_key(&login->met, type, name, where);
}

/* ssh(1) takes a certificate beside a key file without being told. */
static void
meet_certificate(struct login *login, const char *path)
{
	char *file = mem_printf("%s-cert.pub", path);
	char safe[200];
	if (path_exists(file))
		meet(login, STR("-cert-v01@"),
			text_safe_tmp(safe, sizeof(safe), str_from(file)), "");
	mem_free(file);
}

static struct candidate *
add_candidate(struct keys *keys, char *label)
{
	keys->candidates =
		mem_grow(keys->candidates, keys->candidate_count + 1, sizeof(struct candidate));
	struct candidate *c = &keys->candidates[keys->candidate_count++];
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
file_of(const struct keys *keys, struct str blob)
{
	for (size_t i = 0; i < keys->file_count; i++)
		if (str_eq(buf_str(&keys->files[i].blob), blob))
			return &keys->files[i];
	return NULL;
}

static bool
is_candidate(const struct keys *keys, struct str blob)
{
	for (size_t i = 0; i < keys->candidate_count; i++)
		if (str_eq(buf_str(&keys->candidates[i].blob), blob))
			return true;
	return false;
}

/* One pass for the keys that the configuration names, one for the others. */
static void
add_agent_keys(struct keys *keys, struct str list, bool named)
{
	struct str blob, comment;
	for (size_t n = 0; n < AGENT_KEY_MAX && ssh_agent_next_key(&list, &blob, &comment);
		n++) {
		if ((file_of(keys, blob) != NULL) != named)
			continue;
		char *label = safe_label(AGENT_KEY, comment);
		struct str type = wire_key_type(blob);
		if (keyfile_type_usable(type)) {
			struct candidate *c = add_candidate(keys, label);
			buf_add(&c->blob, blob);
		} else {
			skip(keys->login, label, type);
			meet(keys->login, type, label + strlen(AGENT_KEY), " (of the agent)");
			mem_free(label);
		}
	}
}

static void
add_files(struct keys *keys)
{
	struct login *login = keys->login;
	for (size_t i = 0; i < keys->file_count; i++) {
		const struct keyfile *file = &keys->files[i];
		meet_certificate(login, file->path);
		struct str type = str_from(file->type);
		if (!file->exists ||
			(file->blob.len && is_candidate(keys, buf_str(&file->blob))))
			continue;
		char *label = safe_label("", str_from(file->path));
		if (file->exposed) {
			login_note(&login->skipped, label, "others can read it (chmod 600)");
		} else if (type.len > 0 && !keyfile_type_usable(type) && file->encrypted) {
			login_note(&login->skipped, label,
				"a kind of key that libssh2 1.10 cannot use, and it has a "
				"passphrase (give it to ssh-agent with ssh-add)");
			if (login->ssh_may_ask)
				meet(login, type, label, "");
		} else if (type.len > 0 && !keyfile_type_usable(type)) {
			skip(login, label, type);
			meet(login, type, label, "");
		} else {
			struct candidate *c = add_candidate(keys, mem_strdup(label));
			c->file = file;
			buf_add(&c->blob, buf_str(&file->blob));
		}
		mem_free(label);
	}
}

static void
on_keys(void *ctx, struct str list, const struct err *err)
{
	struct keys *keys = ctx;
	keys->listing = false;
	if (err) {
		login_note(&keys->login->skipped, "the agent", err->text);
		ssh_agent_free(keys->agent);
		keys->agent = NULL;
	} else {
		add_agent_keys(keys, list, true);
		if (!keys->login->config->identities_only)
			add_agent_keys(keys, list, false);
	}
	add_files(keys);
	keys->listed = true;
	keys->login->ops->wake(keys->login->ctx);
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

static void *
keys_start(struct login *login)
{
	const struct ssh_config *config = login->config;
	struct keys *keys = MEM_NEW(struct keys);
	keys->login = login;
	keys->files = mem_alloc_array(config->identity_count + 1, sizeof(struct keyfile));
	for (size_t i = 0; i < config->identity_count; i++)
		keyfile_probe(&keys->files[keys->file_count++], config->identities[i]);
	return keys;
}

static void
keys_free(void *method)
{
	struct keys *keys = method;
	unlock_free(keys->unlock);
	ssh_agent_free(keys->agent);
	for (size_t i = 0; i < keys->file_count; i++)
		keyfile_release(&keys->files[i]);
	for (size_t i = 0; i < keys->candidate_count; i++) {
		mem_free(keys->candidates[i].label);
		buf_release(&keys->candidates[i].blob);
	}
	mem_free(keys->files);
	mem_free(keys->candidates);
	buf_release(&keys->signature);
	mem_free(keys);
}

static void
on_signature(void *ctx, struct str answer, const struct err *err)
{
	struct keys *keys = ctx;
	struct str algorithm, bytes;
	keys->signing = SIGNING_FAILED;
	if (!err && wire_take_string(&answer, &algorithm) &&
		wire_take_string(&answer, &bytes)) {
		buf_clear(&keys->signature);
		buf_add(&keys->signature, bytes);
		keys->signing = SIGNING_DONE;
	}
	keys->login->ops->wake(keys->login->ctx);
}

/* The key, opened, for the caller to free; NULL if there is none without a person. */
static EVP_PKEY *
open_file(struct keys *keys, const struct keyfile *file)
{
	struct buf text = BUF_INIT;
	EVP_PKEY *key = secrets_key(keys->login->secrets, file->path);
	if (key) {
		EVP_PKEY_up_ref(key);
		return key;
	}
	if (!file->encrypted && keyfile_read(file, &text, NULL) == 0)
		privatekey_open(buf_str(&text), STR(""), &key, NULL);
	keyfile_wipe(&text);
	return key;
}

static void
sign_with_file(struct keys *keys, struct str data)
{
	struct candidate *c = &keys->candidates[keys->current];
	EVP_PKEY *key = open_file(keys, c->file);
	buf_clear(&keys->signature);
	keys->signing =
		!key ? c->file->encrypted && !c->unlocked ? SIGNING_LOCKED : SIGNING_FAILED
		: privatekey_sign(key, data, &keys->signature) ? SIGNING_DONE
							       : SIGNING_FAILED;
	EVP_PKEY_free(key);
}

static int
sign(LIBSSH2_SESSION *ssh, unsigned char **ret, size_t *ret_len, const unsigned char *bytes,
	size_t len, void **abstract)
{
	struct keys *keys = *abstract;
	struct candidate *c = &keys->candidates[keys->current];
	struct str data = {(const char *)bytes, len};
	if (keys->signing == SIGNING_NONE && c->file) {
		sign_with_file(keys, data);
	} else if (keys->signing == SIGNING_NONE) {
		keys->signing = SIGNING_ASKED;
		ssh_agent_sign(keys->agent, buf_str(&c->blob), data, on_signature, keys);
	}
	if (keys->signing == SIGNING_ASKED)
		return LIBSSH2_ERROR_EAGAIN;
	if (keys->signing != SIGNING_DONE)
		return -1;
	*ret_len = keys->signature.len;
	*ret = raw_give(ssh, buf_str(&keys->signature));
	buf_release(&keys->signature);
	return 0;
}

static void
on_unlocked(void *ctx, EVP_PKEY *key, const struct err *err)
{
	struct keys *keys = ctx;
	struct candidate *c = &keys->candidates[keys->current];
	unlock_free(keys->unlock);
	keys->unlock = NULL;
	c->unlocked = true;
	if (!key || (c->blob.len == 0 && !privatekey_blob(key, &c->blob))) {
		login_note(&keys->login->skipped, c->label,
			err ? err->text : "a kind of key that libssh2 1.10 cannot use");
		keys->current++;
	}
	keys->login->ops->wake(keys->login->ctx);
}

/* What cannot be offered without its private half is opened first. */
static bool
know_blob(struct keys *keys, struct candidate *c)
{
	EVP_PKEY *key = open_file(keys, c->file);
	bool known = key && privatekey_blob(key, &c->blob);
	EVP_PKEY_free(key);
	return known;
}

static int
start_unlock(struct keys *keys)
{
	keys->unlock = unlock_new(
		keys->login, keys->candidates[keys->current].file, on_unlocked, keys);
	return AUTH_PERSON;
}

/* These speak about one key; any other error is about the connection. */
static bool
is_about_key(int rc)
{
	return rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
	       rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
}

static int
try_current(struct keys *keys, struct err *err)
{
	struct login *login = keys->login;
	struct candidate *c = &keys->candidates[keys->current];
	const char *user = login->config->user;
	void *abstract = keys;
	if (c->blob.len == 0 && !know_blob(keys, c)) {
		if (c->file->encrypted && !c->unlocked)
			return start_unlock(keys);
		login_note(&login->skipped, c->label, "the file cannot be read");
		keys->current++;
		return METHOD_AGAIN;
	}
	int rc = libssh2_userauth_publickey(login->ssh, user,
		(const unsigned char *)c->blob.ptr, c->blob.len, sign, &abstract);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return keys->signing == SIGNING_ASKED ? AUTH_AGENT : AUTH_SOCKET;
	enum signing signing = keys->signing;
	keys->signing = SIGNING_NONE;
	if (rc == 0)
		return AUTH_DONE;
	if (!is_about_key(rc))
		return login_broke(login, err);
	if (signing == SIGNING_LOCKED)
		return start_unlock(keys);
	login_note(&login->tried, c->label,
		signing != SIGNING_FAILED ? ""
		: c->file                 ? "the file cannot be read"
					  : "the agent did not sign");
	keys->current++;
	return signing == SIGNING_FAILED ? METHOD_AGAIN : METHOD_REFUSED;
}

static int
list_keys(struct keys *keys)
{
	struct err why = ERR_INIT;
	const char *path = agent_path(keys->login->config);
	if (path && (keys->agent = ssh_agent_new(keys->login->loop, path, &why))) {
		keys->listing = true;
		ssh_agent_list(keys->agent, on_keys, keys);
		return AUTH_AGENT;
	}
	if (path)
		login_note(&keys->login->skipped, "the agent", why.text);
	add_files(keys);
	keys->listed = true;
	return 0;
}

static int
keys_step(void *method, struct err *err)
{
	struct keys *keys = method;
	if (keys->listing)
		return AUTH_AGENT;
	if (keys->unlock)
		return AUTH_PERSON;
	if (!keys->listed && list_keys(keys) != 0)
		return AUTH_AGENT;
	if (keys->current == keys->candidate_count)
		return METHOD_SPENT;
	return try_current(keys, err);
}

static void
keys_again(void *method)
{
	((struct keys *)method)->current = 0;
}

const struct method_class method_keys = {
	.name = "publickey",
	.use = offsetof(struct ssh_config, use_keys),
	.start = keys_start,
	.again = keys_again,
	.step = keys_step,
	.free = keys_free,
};
