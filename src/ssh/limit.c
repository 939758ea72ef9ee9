/* SPDX-License-Identifier: MIT */
#include "limit.h"

#include <stdarg.h>
#include <stdio.h>

#include "cockpit/ssh_config.h"

void
limit_set(struct limit *limit, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(limit->text, sizeof(limit->text), fmt, args);
	va_end(args);
}

static bool
lists(struct str list, struct str word)
{
	while (list.len > 0)
		if (str_eq(str_cut(&list, ','), word))
			return true;
	return false;
}

/* A list that is not set forbids nothing. */
static bool
excludes(const char *set, const char *ours)
{
	struct str rest = str_from(ours);
	while (set && rest.len > 0)
		if (lists(str_from(set), str_cut(&rest, ',')))
			return false;
	return set != NULL;
}

/* That it may be used says nothing, Debian allows it for everyone; but who puts it first means
 * it. */
static bool
prefers_gssapi(const struct ssh_config *config)
{
	struct str rest = str_from(config->preferred);
	return config->gssapi && str_starts(str_cut(&rest, ','), STR("gssapi"));
}

/* The list of algorithms that leaves libssh2 none; NULL: each leaves some. */
static const char *
excluded_list(const struct ssh_config *config)
{
	return excludes(config->kexalgorithms, LIMIT_KEX)           ? "KexAlgorithms"
	       : excludes(config->ciphers, LIMIT_CRYPT)             ? "Ciphers"
	       : excludes(config->macs, LIMIT_MAC)                  ? "MACs"
	       : excludes(config->hostkeyalgorithms, LIMIT_HOSTKEY) ? "HostKeyAlgorithms"
								    : NULL;
}

bool
limit_of_config(struct limit *limit, const struct ssh_config *config)
{
	const char *met = config->proxycommand      ? "ProxyCommand"
			  : config->certificatefile ? "CertificateFile"
			  : config->pkcs11provider  ? "PKCS11Provider"
			  : prefers_gssapi(config)  ? "PreferredAuthentications"
						    : excluded_list(config);
	if (met)
		limit_set(limit, "%s", met);
	return met != NULL;
}

void
limit_of_key(struct limit *limit, struct str type, const char *name, const char *where)
{
	static const struct {
		const char *part; /* of the type */
		const char *kind;
	} rows[] = {
		{"-cert-v01@", "certificate" },
		{"sk-",        "hardware key"},
		{"ssh-rsa",    "RSA key"     },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_find_str(type, str_from(rows[i].part)) < 0)
			continue;
		limit_set(limit, "%s %s%s", rows[i].kind, name, where);
		return;
	}
}
