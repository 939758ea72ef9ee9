/*
 * ssh_config: what ssh(1) would do for a host name, asked of ssh itself ("ssh
 * -G"), so that Host, Match, Include and all defaults mean what they always do.
 */
#ifndef COCKPIT_SSH_CONFIG_H
#define COCKPIT_SSH_CONFIG_H

#include "cockpit/base_str.h"

struct err;
struct loop;

enum ssh_config_strict {
	SSH_CONFIG_STRICT_ASK,
	SSH_CONFIG_STRICT_YES,        /* only hosts that are known */
	SSH_CONFIG_STRICT_ACCEPT_NEW, /* new ones without asking */
	SSH_CONFIG_STRICT_NO,
};

/* Strings are owned; NULL where the option is not set or says "none". Paths are absolute. */
struct ssh_config {
	char *name; /* as given */
	char *hostname;
	char *user;
	int port;
	char *hostkeyalias;
	char *identityagent; /* a path, "$VARIABLE" or "SSH_AUTH_SOCK"; "none" stays "none" */
	char *proxyjump;
	char *proxycommand;
	char *revokedhostkeys;
	char *certificatefile;
	char *pkcs11provider;
	char *ciphers, *macs, *kexalgorithms, *hostkeyalgorithms; /* comma lists */
	char **identities; /* private key files, in order; they need not exist */
	size_t identity_count;
	char **known_hosts; /* the user's files, then the system's; they need not exist */
	size_t known_hosts_count;
	char *learn_file; /* the first of the user's; NULL: there is none */
	bool hash_known_hosts;
	enum ssh_config_strict strict;
	bool identities_only;
	bool gssapi;          /* which Debian sets for everyone */
	bool batch_mode;      /* nobody is to be asked */
	bool says_who_asks;   /* ssh is 8.5 or later: what a server asks is told from what it
				 asks itself */
	char *preferred;      /* PreferredAuthentications: methods with commas between */
	int password_prompts; /* NumberOfPasswordPrompts */
	bool use_keys, use_interactive, use_password;
	int connect_timeout_s; /* 0: not set */
	int family;            /* 0, 4 or 6 */
};

/* 0, or ERR_INVALID: empty, long, begins with "-" or holds what no host name needs. */
int ssh_config_check_name(const char *name, struct err *err);
/* From the text that "ssh -G" prints; ERR_CONFIG, ERR_LIMIT. */
int ssh_config_parse(
	const char *name, struct str text, struct ssh_config **ret, struct err *err);
void ssh_config_free(struct ssh_config *config); /* accepts NULL */

struct ssh_config_query;
/* Exactly one of config (then the callee's) and err is set. */
typedef void ssh_config_fn(void *ctx, struct ssh_config *config, const struct err *err);
/* Runs ssh with a deadline of 10 s; file: for "ssh -F", or NULL. One callback, from the loop.
 */
struct ssh_config_query *ssh_config_query_new(
	struct loop *loop, const char *name, const char *file, ssh_config_fn *done, void *ctx);
/* No callback comes. Only before done() was called. Accepts NULL. */
void ssh_config_query_cancel(struct ssh_config_query *query);

#endif
