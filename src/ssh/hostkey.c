/* SPDX-License-Identifier: MIT */
/*
 * A host that was never seen is put to a person once, however many links want to
 * go there: the others wait, and read the files anew when there is an answer.
 */
#include "hostkey.h"

#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_config.h"
#include "cockpit/ssh_known_hosts.h"
#include "desk.h"
#include "learn.h"
#include "limit.h"
#include "secrets.h"
#include "wire.h"

static const char *
known_name(const struct ssh_config *config)
{
	return config->hostkeyalias ? config->hostkeyalias : config->hostname;
}

/* HostKeyAlias stands for itself, whatever the port. */
static int
known_port(const struct ssh_config *config)
{
	return config->hostkeyalias ? 22 : config->port;
}

void
hostkey_prefer(
	const struct ssh_known_hosts *known, const struct ssh_config *config, struct buf *into)
{
	ssh_known_hosts_prefer(
		known, known_name(config), known_port(config), STR(LIMIT_HOSTKEY), into);
}

int
hostkey_read_files(
	const struct ssh_config *config, struct ssh_known_hosts **ret, struct err *err)
{
	struct ssh_known_hosts *known = ssh_known_hosts_new();
	int rc = 0;
	for (size_t i = 0; i < config->known_hosts_count && rc == 0; i++)
		rc = ssh_known_hosts_add_file(known, config->known_hosts[i], err);
	if (rc == 0 && config->revokedhostkeys)
		rc = ssh_known_hosts_add_revoked(known, config->revokedhostkeys, err);
	if (rc == 0)
		*ret = known;
	else
		ssh_known_hosts_free(known);
	return rc;
}

struct hostkey {
	struct loop *loop;
	const struct ssh_config *config;
	struct secrets *secrets;
	struct buf key;
	const struct hostkey_ops *ops;
	void *ctx;

	char *topic;
	struct desk_seat *seat;
	bool asking;
	bool trusted;
	struct err failed; /* its code is 0 while it has not */
	uint64_t wake_id;

	/* safe to show */
	char print[WIRE_FINGERPRINT_MAX], kind[40], host[200], name[100];
};

struct hostkey *
hostkey_new(struct loop *loop, const struct ssh_config *config, struct secrets *secrets,
	struct str key, const struct hostkey_ops *ops, void *ctx)
{
	struct hostkey *h = MEM_NEW(struct hostkey);
	*h = (struct hostkey){
		.loop = loop, .config = config, .secrets = secrets, .ops = ops, .ctx = ctx};
	buf_add(&h->key, key);
	wire_fingerprint(key, h->print);
	text_safe_tmp(h->kind, sizeof(h->kind), wire_key_type(key));
	text_safe_tmp(h->host, sizeof(h->host), str_from(known_name(config)));
	text_safe_tmp(h->name, sizeof(h->name), str_from(config->name));
	h->topic =
		mem_printf("host %s %d %s", known_name(config), known_port(config), h->print);
	return h;
}

void
hostkey_free(struct hostkey *h)
{
	if (!h)
		return;
	desk_leave(h->seat);
	if (h->wake_id)
		loop_defer_cancel(h->loop, h->wake_id);
	buf_release(&h->key);
	mem_free(h->topic);
	mem_free(h);
}

static void
wake(void *ctx)
{
	struct hostkey *h = ctx;
	h->wake_id = 0;
	h->ops->wake(h->ctx);
}

static void
wake_later(struct hostkey *h)
{
	if (!h->wake_id)
		h->wake_id = loop_defer(h->loop, wake, h);
}

/* Why it is new, where that is not what one would think; a whole sentence or "". */
static void
explain(const struct ssh_known_hosts_answer *answer, char ret[300])
{
	char file[200];
	text_safe_tmp(file, sizeof(file), str_from(answer->file));
	ret[0] = '\0';
	if (answer->other_type)
		snprintf(ret, 300, "%s:%u has a key of another type for this host.", file,
			answer->line);
	else if (answer->authority)
		snprintf(ret, 300,
			"The certificate authority that known_hosts names cannot vouch here: "
			"libssh2 takes no certificates.");
}

static int
refuse_new(
	const struct hostkey *h, const struct ssh_known_hosts_answer *answer, struct err *err)
{
	char more[300];
	explain(answer, more);
	if (h->config->strict == SSH_CONFIG_STRICT_YES)
		return err_set(err, ERR_HOSTKEY,
			"the host key of %s port %d is not known: it is the %s key %s, and "
			"StrictHostKeyChecking is on: add it to known_hosts by hand%s%s",
			h->host, h->config->port, h->kind, h->print, *more ? ". " : "", more);
	return err_set(err, ERR_HOSTKEY,
		"the host key of %s port %d is not known: it is the %s key %s. Compare that "
		"with what the host's owner says, then run \"ssh %s\" once to accept it, or "
		"cockpit in a terminal, which asks%s%s",
		h->host, h->config->port, h->kind, h->print, h->name, *more ? ". " : "", more);
}

static int
refuse_changed(
	const struct hostkey *h, const struct ssh_known_hosts_answer *answer, struct err *err)
{
	char file[200];
	text_safe_tmp(file, sizeof(file), str_from(answer->file));
	return err_set(err, ERR_HOSTKEY,
		"the host key of %s port %d is not the one in %s:%u: the host shows the %s key "
		"%s. Somebody may be listening in between. If the key was changed on purpose, "
		"compare it with what the host's owner says, then remove line %u and run "
		"\"ssh %s\" once",
		h->host, h->config->port, file, answer->line, h->kind, h->print, answer->line,
		h->name);
}

static int
refuse_revoked(
	const struct hostkey *h, const struct ssh_known_hosts_answer *answer, struct err *err)
{
	char file[200];
	text_safe_tmp(file, sizeof(file), str_from(answer->file));
	return err_set(err, ERR_HOSTKEY,
		"the host key of %s port %d, the %s key %s, is revoked by %s:%u. Do not use "
		"this host before its owner has given it another key",
		h->host, h->config->port, h->kind, h->print, file, answer->line);
}

/* As one host is looked up in two ways, so it is written in one: see ssh_known_hosts.h. */
static void
learn(struct hostkey *h)
{
	struct err err = ERR_INIT;
	char line_name[SSH_KNOWN_HOSTS_NAME_MAX], text[600];
	const char *path = h->config->learn_file;
	struct str name =
		ssh_known_hosts_name(known_name(h->config), known_port(h->config), line_name);
	int rc = path ? learn_host(
				path, name, h->config->hash_known_hosts, buf_str(&h->key), &err)
		      : 1;
	if (rc == 0)
		return;
	secrets_trust(h->secrets, h->topic);
	if (rc > 0) /* as it was wanted: there is no file, or it is /dev/null */
		return;
	snprintf(text, sizeof(text),
		"the host key is trusted for this time only, it could not be written down: "
		"%.400s",
		err.text);
	h->ops->note(h->ctx, text);
}

static int
check(struct hostkey *h, struct ssh_known_hosts_answer *ret, struct buf *file, struct err *err)
{
	struct ssh_known_hosts *known;
	int rc = hostkey_read_files(h->config, &known, err);
	if (rc < 0)
		return rc;
	*ret = ssh_known_hosts_check(
		known, known_name(h->config), known_port(h->config), buf_str(&h->key));
	/* outlives the files */
	buf_addc(file, ret->file ? ret->file : "");
	ret->file = buf_cstr(file);
	ssh_known_hosts_free(known);
	return 0;
}

void
hostkey_limit(struct limit *limit, const struct ssh_known_hosts *known,
	const struct ssh_config *config, struct str key)
{
	struct ssh_known_hosts_answer answer =
		ssh_known_hosts_check(known, known_name(config), known_port(config), key);
	bool comparable = ssh_known_hosts_has(
		known, known_name(config), known_port(config), STR(LIMIT_HOSTKEY));
	if (answer.verdict == SSH_KNOWN_HOSTS_NEW && answer.authority)
		limit_set(limit, "@cert-authority in known_hosts");
	else if (answer.verdict == SSH_KNOWN_HOSTS_CHANGED && answer.other_type && !comparable)
		limit_set(limit, "known_hosts has only keys that libssh2 cannot compare");
	limit->host_key = limit->text[0] != '\0';
}

/* ssh takes a host whose lines have keys of other types for a new one, and so do we, but never
 * without a person. */
static bool
is_new(const struct ssh_known_hosts_answer *answer)
{
	return answer->verdict == SSH_KNOWN_HOSTS_NEW ||
	       (answer->verdict == SSH_KNOWN_HOSTS_CHANGED && answer->other_type);
}

static void
fail_new(struct hostkey *h, const struct ssh_known_hosts_answer *answer)
{
	refuse_new(h, answer, &h->failed);
	wake_later(h);
}

static void
ask(struct hostkey *h, const struct ssh_known_hosts_answer *answer)
{
	char title[300], more[300], file[200];
	struct buf text = BUF_INIT;
	snprintf(title, sizeof(title), "a host that was never seen: %s port %d", h->host,
		h->config->port);
	explain(answer, more);
	text_safe_tmp(file, sizeof(file), str_from(h->config->learn_file));
	buf_printf(&text,
		"It shows the %s key\n%s\nCompare that with what the host's owner says.",
		h->kind, h->print);
	if (*more)
		buf_printf(&text, "\n%s", more);
	buf_printf(&text,
		h->config->learn_file ? "\nYes writes it to %s"
				      : "\nYes trusts it for this time%s",
		file);
	struct link_ask question = {.kind = LINK_ASK_TRUST,
		.host = h->config->name,
		.title = title,
		.text = buf_cstr(&text)};
	h->asking = true; /* the answer may come at once */
	bool asked = !h->config->batch_mode && h->ops->ask(h->ctx, &question);
	buf_release(&text);
	if (asked)
		return;
	h->asking = false;
	struct desk_seat *seat = h->seat;
	h->seat = NULL;
	desk_leave(seat);
	fail_new(h, answer);
}

static void
settle(struct hostkey *h, enum desk_word word)
{
	struct desk_seat *seat = h->seat;
	h->seat = NULL;
	desk_settle(seat, word);
}

static void
on_turn(void *ctx, enum desk_word word)
{
	struct hostkey *h = ctx;
	struct buf file = BUF_INIT;
	struct ssh_known_hosts_answer answer;
	if (word != DESK_ASK)
		h->seat = NULL;
	int rc = check(h, &answer, &file, &h->failed);
	bool known =
		rc == 0 && (answer.verdict == SSH_KNOWN_HOSTS_OK ||
				   (is_new(&answer) && secrets_trusts(h->secrets, h->topic)));
	if (rc < 0 || known || !is_new(&answer)) {
		/* step() says it */
		if (h->seat)
			settle(h, DESK_YES);
		wake_later(h);
	} else if (word == DESK_ASK) {
		ask(h, &answer);
	} else {
		fail_new(h, &answer);
	}
	buf_release(&file);
}

static int
step_new(struct hostkey *h, const struct ssh_known_hosts_answer *answer, struct err *err)
{
	enum ssh_config_strict strict = h->config->strict;
	if (secrets_trusts(h->secrets, h->topic))
		return HOSTKEY_TRUSTED;
	if (strict == SSH_CONFIG_STRICT_YES)
		return refuse_new(h, answer, err);
	if (strict != SSH_CONFIG_STRICT_ASK && !answer->other_type) {
		learn(h);
		return HOSTKEY_TRUSTED;
	}
	h->seat = desk_take(secrets_desk(h->secrets), h->topic, on_turn, h);
	return HOSTKEY_PERSON;
}

int
hostkey_step(struct hostkey *h, struct err *err)
{
	struct buf file = BUF_INIT;
	struct ssh_known_hosts_answer answer;
	if (h->failed.code != 0) {
		*err = h->failed;
		return err->code;
	}
	if (h->trusted)
		return HOSTKEY_TRUSTED;
	if (h->seat)
		return HOSTKEY_PERSON;
	int rc = check(h, &answer, &file, err);
	if (rc == 0 && is_new(&answer))
		rc = step_new(h, &answer, err);
	else if (rc == 0 && answer.verdict == SSH_KNOWN_HOSTS_CHANGED)
		rc = refuse_changed(h, &answer, err);
	else if (rc == 0 && answer.verdict == SSH_KNOWN_HOSTS_REVOKED)
		rc = refuse_revoked(h, &answer, err);
	buf_release(&file);
	return rc;
}

void
hostkey_answer(struct hostkey *h, bool yes)
{
	if (!h->asking)
		return;
	h->asking = false;
	if (yes) {
		learn(h);
		h->trusted = true;
	} else {
		err_set(&h->failed, ERR_HOSTKEY,
			"the host key of %s port %d, the %s key %s, was not accepted", h->host,
			h->config->port, h->kind, h->print);
	}
	settle(h, yes ? DESK_YES : DESK_NO);
	wake_later(h);
}
