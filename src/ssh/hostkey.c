/* SPDX-License-Identifier: MIT */
#include "hostkey.h"

#include "cockpit/base_err.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_config.h"
#include "cockpit/ssh_known_hosts.h"
#include "limit.h"
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
hostkey_check(const struct ssh_known_hosts *known, const struct ssh_config *config,
	struct str key, struct err *err)
{
	char print[WIRE_FINGERPRINT_MAX], kind[40], host[200], file[200], name[100];
	struct ssh_known_hosts_answer answer =
		ssh_known_hosts_check(known, known_name(config), known_port(config), key);
	wire_fingerprint(key, print);
	text_safe_tmp(kind, sizeof(kind), wire_key_type(key));
	text_safe_tmp(host, sizeof(host), str_from(known_name(config)));
	text_safe_tmp(file, sizeof(file), str_from(answer.file));
	text_safe_tmp(name, sizeof(name), str_from(config->name));
	switch (answer.verdict) {
	case SSH_KNOWN_HOSTS_OK:
		return 0;
	case SSH_KNOWN_HOSTS_NEW:
		return err_set(err, ERR_HOSTKEY,
			"the host key of %s port %d is not known: it is the %s key %s. Compare "
			"that with what the host's owner says, then run \"ssh %s\" once to "
			"accept "
			"it%s",
			host, config->port, kind, print, name,
			answer.authority ? " (the certificate authority that known_hosts names "
					   "cannot vouch here: libssh2 takes no certificates)"
					 : "");
	case SSH_KNOWN_HOSTS_CHANGED:
		return err_set(err, ERR_HOSTKEY,
			"the host key of %s port %d is not the one in %s:%u%s: the host shows "
			"the "
			"%s key %s. Somebody may be listening in between. If the key was "
			"changed "
			"on purpose, compare it with what the host's owner says, then remove "
			"line "
			"%u and run \"ssh %s\" once",
			host, config->port, file, answer.line,
			answer.other_type ? ", which has a key of another type" : "", kind,
			print, answer.line, name);
	case SSH_KNOWN_HOSTS_REVOKED:
		return err_set(err, ERR_HOSTKEY,
			"the host key of %s port %d, the %s key %s, is revoked by %s:%u. Do "
			"not use "
			"this host before its owner has given it another key",
			host, config->port, kind, print, file, answer.line);
	}
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
