/* SPDX-License-Identifier: MIT */
/*
 * "ssh -G" prints the last hop taken apart and put together again, and those
 * before it as they were written: [user@]host[:port] or ssh://[user@]host[:port],
 * an IPv6 address in brackets (ssh prints those of IPv4 so too).
 */
#include "hop.h"

#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_str.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_config.h"

#define USER_MAX 255

/* Of "host", "host:port", "[address]", "[address]:port"; a bare IPv6 address has no port. */
static bool
take_host(struct str text, struct str *host, struct str *port)
{
	*port = STR("");
	if (text.len > 0 && text.ptr[0] == '[') {
		ptrdiff_t end = str_find(text, ']');
		if (end < 0)
			return false;
		*host = str_slice(text, 1, (size_t)end);
		struct str after = str_slice(text, (size_t)end + 1, text.len);
		if (after.len > 0 && after.ptr[0] != ':')
			return false;
		*port = str_slice(after, 1, after.len);
		return after.len != 1;
	}
	ptrdiff_t colon = str_find(text, ':');
	*host = text;
	if (colon < 0 || str_find(str_slice(text, (size_t)colon + 1, text.len), ':') >= 0)
		return true;
	*host = str_slice(text, 0, (size_t)colon);
	*port = str_slice(text, (size_t)colon + 1, text.len);
	return port->len > 0;
}

static bool
is_user(struct str user)
{
	for (size_t i = 0; i < user.len; i++)
		if (user.ptr[i] <= ' ' || user.ptr[i] >= 0x7f)
			return false;
	return user.len > 0 && user.len <= USER_MAX && user.ptr[0] != '-';
}

int
ssh_hop_parse(const char *proxyjump, struct ssh_hop *ret, struct err *err)
{
	char safe[200];
	struct str before = str_trim(str_from(proxyjump));
	struct str spec = str_trim(str_cut_last(&before, ','));
	struct str rest = spec, host, port, user;
	int number = 0;
	if (str_starts(rest, STR("ssh://"))) {
		rest = str_slice(rest, 6, rest.len);
		if (str_ends(rest, STR("/")))
			rest = str_slice(rest, 0, rest.len - 1);
	}
	bool has_user = str_find(rest, '@') >= 0;
	struct str place = str_cut_last(&rest, '@');
	user = has_user ? rest : STR("");
	if ((has_user && !is_user(user)) || !take_host(place, &host, &port) ||
		(port.len > 0 && !str_to_int(port, 1, 65535, &number)))
		return err_set(err, ERR_CONFIG,
			"ProxyJump: \"%s\" is not a jump host: [user@]host[:port] is",
			text_safe_tmp(safe, sizeof(safe), spec));
	char *name = mem_strndup(host.ptr, host.len);
	int rc = ssh_config_check_name(name, err);
	if (rc < 0) {
		mem_free(name);
		return err_prefix(err, "ProxyJump");
	}
	*ret = (struct ssh_hop){.host = name, .port = number};
	ret->user = has_user ? mem_strndup(user.ptr, user.len) : NULL;
	ret->before = before.len ? mem_strndup(before.ptr, before.len) : NULL;
	return rc;
}

void
ssh_hop_release(struct ssh_hop *hop)
{
	mem_free(hop->host);
	mem_free(hop->user);
	mem_free(hop->before);
	*hop = (struct ssh_hop){0};
}
