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
	struct str rest = str_from(config->preferredauthentications);
	return config->gssapi && str_starts(str_cut(&rest, ','), STR("gssapi"));
}

bool
limit_of_config(struct limit *limit, const struct ssh_config *config)
{
	const struct {
		const char *option;
		bool met;
	} rows[] = {
		{"ProxyJump",                   config->proxyjump != NULL},
		{					     "ProxyCommand", config->proxycommand != NULL                         },
		{			     "CertificateFile",                             config->certificatefile != NULL                                      },
		{   "PKCS11Provider",             config->pkcs11provider != NULL},
		{				"RevokedHostKeys",       config->revokedhostkeys != NULL             },
		{ "PreferredAuthentications",                   prefers_gssapi(config)                                           },
		{				       "KexAlgorithms",                 excludes(config->kexalgorithms,                                          LIMIT_KEX)},
		{				      "Ciphers",                   excludes(config->ciphers,                                            LIMIT_CRYPT)},
		{			       "MACs",               excludes(config->macs,                                        LIMIT_MAC)},
		{			      "HostKeyAlgorithms",                              excludes(config->hostkeyalgorithms,                                                        LIMIT_HOSTKEY)},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].met)
			continue;
		limit_set(limit, "%s", rows[i].option);
		return true;
	}
	return false;
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
