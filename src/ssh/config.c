/* SPDX-License-Identifier: MIT */
/*
 * "ssh -G" prints one option a line: the name in small letters, a blank, the
 * value. It expands most values, but an identity file is printed as it was
 * written, so "~" and the percent tokens are ours to expand there. A list of
 * files is printed with blanks between and no quotes: a word that does not
 * begin a path of its own belongs to the file name before it.
 */
#include "cockpit/ssh_config.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_run.h"
#include "hop.h"

#define NAME_MAX_BYTES 255
#define VALUE_MAX      4096
#define FILES_MAX      64
#define QUERY_MS       10000

int
ssh_config_check_name(const char *name, struct err *err)
{
	char safe[128];
	struct str s = str_from(name);
	if (s.len == 0 || s.len > NAME_MAX_BYTES)
		return err_set(
			err, ERR_INVALID, "a host name has 1 to %d bytes", NAME_MAX_BYTES);
	if (s.ptr[0] == '-')
		return err_set(err, ERR_INVALID,
			"host name %s: ssh would take it for an option",
			text_safe_tmp(safe, sizeof(safe), s));
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f ||
			strchr("'`\"$\\;&<>|(){}*?!#", s.ptr[i]))
			return err_set(err, ERR_INVALID,
				"host name %s: byte %zu cannot be part of one",
				text_safe_tmp(safe, sizeof(safe), s), i + 1);
	return 0;
}

/* One row an option: what its value becomes. */
enum value_kind {
	VALUE_TEXT,
	VALUE_PATH,
	VALUE_PORT,
	VALUE_COUNT,
	VALUE_BOOL,
	VALUE_SECONDS,
	VALUE_FAMILY,
	VALUE_STRICT,
	VALUE_IDENTITY,
	VALUE_HOST_FILES,
	VALUE_USER_HOST_FILES
};

#define FIELD(name) offsetof(struct ssh_config, name)

static const struct option {
	const char *name;
	enum value_kind kind;
	size_t offset;
} options[] = {
	{"hostname",		     VALUE_TEXT,            FIELD(hostname)         },
	{"user",			 VALUE_TEXT,            FIELD(user)             },
	{"hostkeyalias",                 VALUE_TEXT,            FIELD(hostkeyalias)     },
	{"proxyjump",                    VALUE_TEXT,            FIELD(proxyjump)        },
	{"proxycommand",                 VALUE_TEXT,            FIELD(proxycommand)     },
	{"revokedhostkeys",              VALUE_TEXT,            FIELD(revokedhostkeys)  },
	{"preferredauthentications",     VALUE_TEXT,            FIELD(preferred)        },
	{"certificatefile",              VALUE_TEXT,            FIELD(certificatefile)  },
	{"pkcs11provider",               VALUE_TEXT,            FIELD(pkcs11provider)   },
	{"ciphers",		      VALUE_TEXT,            FIELD(ciphers)          },
	{"macs",			 VALUE_TEXT,            FIELD(macs)             },
	{"kexalgorithms",                VALUE_TEXT,            FIELD(kexalgorithms)    },
	{"hostkeyalgorithms",            VALUE_TEXT,            FIELD(hostkeyalgorithms)},
	{"gssapiauthentication",         VALUE_BOOL,            FIELD(gssapi)           },
	{"identityagent",                VALUE_PATH,            FIELD(identityagent)    },
	{"port",			 VALUE_PORT,            FIELD(port)             },
	{"numberofpasswordprompts",      VALUE_COUNT,           FIELD(password_prompts) },
	{"identitiesonly",               VALUE_BOOL,            FIELD(identities_only)  },
	{"batchmode",                    VALUE_BOOL,            FIELD(batch_mode)       },
 /* has that name since 8.5 */
	{"pubkeyacceptedalgorithms",     VALUE_BOOL,            FIELD(says_who_asks)    },
	{"hashknownhosts",               VALUE_BOOL,            FIELD(hash_known_hosts) },
	{"pubkeyauthentication",         VALUE_BOOL,            FIELD(use_keys)         },
	{"kbdinteractiveauthentication", VALUE_BOOL,            FIELD(use_interactive)  },
	{"passwordauthentication",       VALUE_BOOL,            FIELD(use_password)     },
	{"connecttimeout",               VALUE_SECONDS,         FIELD(connect_timeout_s)},
	{"addressfamily",                VALUE_FAMILY,          FIELD(family)           },
	{"stricthostkeychecking",        VALUE_STRICT,          FIELD(strict)           },
	{"identityfile",                 VALUE_IDENTITY,        0                       },
	{"userknownhostsfile",           VALUE_USER_HOST_FILES, FIELD(known_hosts)      },
	{"globalknownhostsfile",         VALUE_HOST_FILES,      FIELD(known_hosts)      },
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static int
append(char ***list, size_t *count, char *path, struct err *err)
{
	if (*count == FILES_MAX) {
		mem_free(path);
		return err_set(err, ERR_LIMIT, "ssh -G lists more than %d files", FILES_MAX);
	}
	*list = mem_grow(*list, *count + 1, sizeof(char *));
	(*list)[(*count)++] = path;
	return 0;
}

static char *
expand_path(struct str value)
{
	char *raw = mem_strndup(value.ptr, value.len);
	char *path = path_expand(raw);
	mem_free(raw);
	return path;
}

static enum ssh_config_strict
strict_of(struct str value)
{
	static const struct {
		const char *word;
		enum ssh_config_strict strict;
	} rows[] = {
		{"yes",        SSH_CONFIG_STRICT_YES       },
		{"true",       SSH_CONFIG_STRICT_YES       },
		{"accept-new", SSH_CONFIG_STRICT_ACCEPT_NEW},
		{"no",         SSH_CONFIG_STRICT_NO        },
		{"false",      SSH_CONFIG_STRICT_NO        },
		{"off",        SSH_CONFIG_STRICT_NO        },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_eqc(value, rows[i].word))
			return rows[i].strict;
	return SSH_CONFIG_STRICT_ASK;
}

/* What is new is written to the first of the user's own files. */
static void
set_learn_file(struct ssh_config *config, size_t first)
{
	mem_free(config->learn_file);
	config->learn_file = config->known_hosts_count > first
				     ? mem_strdup(config->known_hosts[first])
				     : NULL;
}

static int
add_host_files(struct ssh_config *config, struct str value, struct err *err)
{
	char ***list = &config->known_hosts;
	size_t *count = &config->known_hosts_count;
	size_t first = *count;
	while (value.len > 0) {
		struct str word = str_cut(&value, ' ');
		if (word.len == 0 || (str_eqc(word, "none") && *count == first))
			continue;
		if (word.ptr[0] != '/' && word.ptr[0] != '~' && *count > first) {
			char **last = &(*list)[*count - 1];
			char *joined = mem_printf("%s %.*s", *last, STR_ARG(word));
			mem_free(*last);
			*last = joined;
			continue;
		}
		int rc = append(list, count, expand_path(word), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
set_number(int *into, struct str value, int min, int max, const char *option, struct err *err)
{
	if (!str_to_int(value, min, max, into))
		return err_set(err, ERR_CONFIG, "ssh -G gives no usable %s", option);
	return 0;
}

static int
set_option(struct ssh_config *config, const struct option *option, struct str value,
	struct err *err)
{
	void *field = (char *)config + option->offset;
	char **text = field;
	switch (option->kind) {
	case VALUE_TEXT:
	case VALUE_PATH:
		mem_free(*text);
		*text = NULL;
		if (option->kind == VALUE_PATH)
			*text = expand_path(value);
		else if (!str_eqc(value, "none"))
			*text = mem_strndup(value.ptr, value.len);
		return 0;
	case VALUE_PORT:
		return set_number(field, value, 1, 65535, option->name, err);
	case VALUE_COUNT:
		return set_number(field, value, 0, INT_MAX, option->name, err);
	case VALUE_SECONDS:
		if (str_eqc(value, "none"))
			return 0;
		return set_number(field, value, 0, 86400, option->name, err);
	case VALUE_BOOL:
		/* also "unbound" and "host-bound" of PubkeyAuthentication */
		*(bool *)field = !str_eqc(value, "no") && !str_eqc(value, "false");
		return 0;
	case VALUE_FAMILY:
		*(int *)field = str_eqc(value, "inet") ? 4 : str_eqc(value, "inet6") ? 6 : 0;
		return 0;
	case VALUE_STRICT:
		*(enum ssh_config_strict *)field = strict_of(value);
		return 0;
	case VALUE_IDENTITY:
		if (str_eqc(value, "none"))
			return 0;
		return append(&config->identities, &config->identity_count,
			mem_strndup(value.ptr, value.len), err);
	case VALUE_HOST_FILES:
		return add_host_files(config, value, err);
	case VALUE_USER_HOST_FILES: {
		size_t first = config->known_hosts_count;
		int rc = add_host_files(config, value, err);
		set_learn_file(config, first);
		return rc;
	}
	}
	return 0;
}

static int
set_line(struct ssh_config *config, struct str line, struct err *err)
{
	struct str value = line;
	struct str name = str_cut(&value, ' ');
	value = str_trim(value);
	if (value.len == 0)
		return 0;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!str_eqc(name, options[i].name))
			continue;
		if (value.len > VALUE_MAX)
			return err_set(err, ERR_LIMIT, "ssh -G gives a %s over %d bytes",
				options[i].name, VALUE_MAX);
		if (memchr(value.ptr, '\0', value.len))
			return err_set(err, ERR_CONFIG, "ssh -G gives a %s with a NUL in it",
				options[i].name);
		return set_option(config, &options[i], value, err);
	}
	return 0;
}

/* The tokens that ssh_config(5) allows in IdentityFile, as far as they name what is known here.
 */
static char *
expand_tokens(const struct ssh_config *config, const char *pattern)
{
	char local[256] = "";
	struct buf out = BUF_INIT;
	for (const char *p = pattern; *p; p++) {
		if (*p != '%' || !p[1]) {
			buf_byte(&out, *p);
			continue;
		}
		switch (*++p) {
		case '%':
			buf_byte(&out, '%');
			break;
		case 'd':
			buf_addc(&out, getenv("HOME") ? getenv("HOME") : "");
			break;
		case 'h':
			buf_addc(&out, config->hostname);
			break;
		case 'n':
			buf_addc(&out, config->name);
			break;
		case 'k':
			buf_addc(&out,
				config->hostkeyalias ? config->hostkeyalias : config->hostname);
			break;
		case 'p':
			buf_printf(&out, "%d", config->port);
			break;
		case 'r':
			buf_addc(&out, config->user);
			break;
		case 'i':
			buf_printf(&out, "%lu", (unsigned long)getuid());
			break;
		case 'u':
			buf_addc(&out, getenv("USER") ? getenv("USER") : config->user);
			break;
		case 'l':
		case 'L':
			(void)gethostname(local, sizeof(local) - 1);
			if (*p == 'L' && strchr(local, '.'))
				*strchr(local, '.') = '\0';
			buf_addc(&out, local);
			break;
		default: /* no such token: the file will be missing, and be named so */
			buf_byte(&out, '%');
			buf_byte(&out, *p);
		}
	}
	char *plain = buf_steal(&out);
	char *path = path_expand(plain);
	mem_free(plain);
	return path;
}

int
ssh_config_parse(const char *name, struct str text, struct ssh_config **ret, struct err *err)
{
	int rc = 0;
	struct ssh_config *config = MEM_NEW(struct ssh_config);
	config->name = mem_strdup(name);
	config->port = 22;
	config->password_prompts = 3;
	config->use_keys = config->use_interactive = config->use_password = true;
	while (text.len > 0 && rc == 0)
		rc = set_line(config, str_cut(&text, '\n'), err);
	if (rc == 0 && (!config->hostname || !config->user))
		rc = err_set(err, ERR_CONFIG, "ssh -G names no host or no user");
	if (rc < 0) {
		ssh_config_free(config);
		return rc;
	}
	for (size_t i = 0; i < config->identity_count; i++) {
		char *path = expand_tokens(config, config->identities[i]);
		mem_free(config->identities[i]);
		config->identities[i] = path;
	}
	*ret = config;
	return 0;
}

void
ssh_config_free(struct ssh_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->identity_count; i++)
		mem_free(config->identities[i]);
	for (size_t i = 0; i < config->known_hosts_count; i++)
		mem_free(config->known_hosts[i]);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].kind == VALUE_TEXT || options[i].kind == VALUE_PATH)
			mem_free(*(char **)((char *)config + options[i].offset));
	mem_free(config->learn_file);
	mem_free(config->identities);
	mem_free(config->known_hosts);
	mem_free(config->name);
	mem_free(config);
}

struct ssh_config_query {
	struct loop *loop;
	struct link *local;
	struct run *run;
	char *name, *file;
	char *user, *port, *before; /* what a jump host's place in a list says; else NULL */
	ssh_config_fn *done;
	void *ctx;
	struct err refused; /* the name is not acceptable */
};

static void
release(struct ssh_config_query *query)
{
	link_free(query->local);
	mem_free(query->name);
	mem_free(query->file);
	mem_free(query->user);
	mem_free(query->port);
	mem_free(query->before);
	mem_free(query);
}

static void
finish(struct ssh_config_query *query, struct ssh_config *config, const struct err *err)
{
	ssh_config_fn *done = query->done;
	void *ctx = query->ctx;
	struct err why = err ? *err : ERR_INIT;
	release(query);
	done(ctx, config, err ? &why : NULL);
}

static void
on_answer(void *ctx, const struct run_result *result)
{
	struct ssh_config_query *query = ctx;
	struct err err = ERR_INIT;
	struct ssh_config *config = NULL;
	char safe[512];
	query->run = NULL;
	if (result->err) {
		err = *result->err;
		err_prefix(&err, "ssh -G %s", query->name);
	} else if (result->code != 0) {
		err_set(&err, ERR_CONFIG, "ssh -G %s failed: %s", query->name,
			text_safe_tmp(safe, sizeof(safe), str_trim(result->errout)));
	} else {
		ssh_config_parse(query->name, result->out, &config, &err);
	}
	finish(query, config, config ? NULL : &err);
}

static void
on_local_ready(void *ctx)
{
	struct ssh_config_query *query = ctx;
	const struct {
		const char *option, *value;
	} rows[] = {
		{"-F", query->file  },
		{"-l", query->user  },
		{"-p", query->port  },
		{"-J", query->before},
	};
	const char *argv[4 + 2 * sizeof(rows) / sizeof(rows[0]) + 2] = {"ssh", "-G", "-T"};
	size_t count = 3;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].value)
			continue;
		argv[count++] = rows[i].option;
		argv[count++] = rows[i].value;
	}
	argv[count++] = "--";
	argv[count] = query->name;
	struct err err = query->refused;
	if (err.code == 0)
		query->run = run_new(query->loop, query->local, argv, STR(""), QUERY_MS,
			on_answer, query, &err);
	if (!query->run)
		finish(query, NULL, &err);
}

static void
on_local_closed(void *ctx, const struct err *why)
{
	struct ssh_config_query *query = ctx;
	if (!query->run) /* else the run says it */
		finish(query, NULL, why);
}

struct ssh_config_query *
ssh_config_query_new(
	struct loop *loop, const char *name, const char *file, ssh_config_fn *done, void *ctx)
{
	struct ssh_hop hop = {.host = mem_strdup(name)};
	struct ssh_config_query *query = ssh_config_query_hop(loop, &hop, file, done, ctx);
	ssh_hop_release(&hop);
	return query;
}

struct ssh_config_query *
ssh_config_query_hop(struct loop *loop, const struct ssh_hop *hop, const char *file,
	ssh_config_fn *done, void *ctx)
{
	static const struct link_ops ops = {.ready = on_local_ready, .closed = on_local_closed};
	struct ssh_config_query *query = MEM_NEW(struct ssh_config_query);
	query->loop = loop;
	query->name = mem_strdup(hop->host);
	query->file = file ? mem_strdup(file) : NULL;
	query->user = hop->user ? mem_strdup(hop->user) : NULL;
	query->port = hop->port ? mem_printf("%d", hop->port) : NULL;
	query->before = hop->before ? mem_strdup(hop->before) : NULL;
	query->done = done;
	query->ctx = ctx;
	ssh_config_check_name(hop->host, &query->refused);
	query->local = link_local_new(loop, &ops, query);
	return query;
}

void
ssh_config_query_cancel(struct ssh_config_query *query)
{
	if (!query)
		return;
	run_cancel(query->run);
	release(query);
}
