/* SPDX-License-Identifier: MIT */
/*
 * The fleet file, from text to struct fleet_config. Keys, kinds and bounds are
 * rows; the checks behind a row look at one value; what ties values together
 * (hosts to agents, prompts to commands, paths to the file) is code below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "config.h"

#define NAME_RULE \
	"1 to 64 of A-Z a-z 0-9 \".\" \"_\" \"-\" that begin with a letter, digit or \"_\""
#define PATH_BYTES      4095
#define PROMPT_BYTES    65536
#define SLOTS_MAX       64
#define ARGS_MAX        256
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

int
config_refuse(const struct json *node, struct err *err, const char *expected)
{
	char what[128];
	return json_refuse(node, JSON_AT_VALUE, err, "found %s, expected %s",
		json_found(node, what), expected);
}

int
config_read_argv(const struct json *node, const char *key, char ***ret, struct err *err)
{
	size_t count = json_count(node), used = 0;
	char expected[64];
	if (count == 0 || count > ARGS_MAX)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found a command of %zu strings, expected a program and its arguments, "
			"at most %d",
			count, ARGS_MAX);
	char **argv = *ret = mem_alloc_array(count + 1, sizeof(*argv));
	snprintf(expected, sizeof(expected), "a string in \"%s\"", key);
	for (const struct json *it = json_first(node); it; it = json_next(it)) {
		if (json_kind(it) != JSON_KIND_STRING)
			return config_refuse(it, err, expected);
		if (used == 0 && !*json_to_cstr(it))
			return config_refuse(it, err, "the program to run");
		argv[used++] = mem_strdup(json_to_cstr(it));
	}
	return 0;
}

static int
check_name(const struct json *node, struct err *err)
{
	return str_is_name(str_from(json_to_cstr(node)))
		       ? 0
		       : config_refuse(node, err, "a name: " NAME_RULE);
}

/* Such bytes are in no path or name that anyone means, and break lines of tmux and git. */
static bool
has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

static int
check_path(const struct json *node, struct err *err)
{
	const char *path = json_to_cstr(node);
	if (has_control(path))
		return config_refuse(node, err, "a path without control characters");
	if (path[0] == '~' && path[1] != '/' && path[1] != '\0')
		return config_refuse(
			node, err, "\"~/\" for your own home (others' homes: the whole path)");
	return 0;
}

bool
fleet_config_is_branch(const char *name)
{
	return name[0] && name[0] != '-' && !has_control(name) && !strpbrk(name, " ~^:?*[\\") &&
	       !strstr(name, "..");
}

static int
check_base(const struct json *node, struct err *err)
{
	return fleet_config_is_branch(json_to_cstr(node))
		       ? 0
		       : config_refuse(node, err, "a branch, as git names it");
}

static int
check_ssh(const struct json *node, struct err *err)
{
	/* It becomes an argument of ssh -G: nothing there may look like an option. */
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-:%@";
	const char *name = json_to_cstr(node);
	if (name[0] == '-' || name[0] == '@' || name[strspn(name, good)] != '\0')
		return config_refuse(node, err, "a name that ssh knows: [USER@]HOST");
	return 0;
}

static int
check_profile(const struct json *node, struct err *err)
{
	struct spell spell;
	char what[128], hint[96];
	struct buf known = BUF_INIT;
	const char *name = json_to_cstr(node);
	if (profile_find(name))
		return 0;
	spell_init(&spell, str_from(name));
	for (size_t i = 0; i < profile_count(); i++) {
		spell_try(&spell, profile_at(i)->name);
		buf_printf(&known, "%s%s", i ? ", " : "", profile_at(i)->name);
	}
	int rc = json_refuse(node, JSON_AT_VALUE, err, "unknown profile %s%s%s%s",
		json_found(node, what), spell_hint(&spell, hint),
		spell.best ? "" : ", expected one of ", spell.best ? "" : buf_cstr(&known));
	buf_release(&known);
	return rc;
}

/* "a/./b//c/" is "a/b/c": people write "." for the folder, git and tmux compare strings. */
static char *
tidy(char *path)
{
	struct buf b = BUF_INIT;
	struct str rest = str_from(path);
	while (rest.len > 0) {
		struct str part = str_cut(&rest, '/');
		if (!part.len || str_eqc(part, "."))
			continue;
		buf_byte(&b, '/');
		buf_add(&b, part);
	}
	if (b.len == 0)
		buf_byte(&b, '/');
	mem_free(path);
	return buf_steal(&b);
}

/* On this machine, relative to the file; path is taken over, NULL stays NULL. */
static char *
make_absolute(const struct fleet_config *config, char *path)
{
	if (!path)
		return NULL;
	char *home = path_expand(path);
	char *ret = path_join(config->dir, home);
	mem_free(home);
	mem_free(path);
	return tidy(ret);
}

/* The work tree that dir lies in; NULL: none. */
static char *
find_repo(const char *dir)
{
	char *here = mem_strdup(dir);
	for (;;) {
		char *git = path_join(here, ".git");
		bool found = path_exists(git);
		mem_free(git);
		if (found)
			return here;
		char *parent = path_dir(here);
		bool top = strcmp(parent, here) == 0;
		mem_free(here);
		here = parent;
		if (top)
			break;
	}
	mem_free(here);
	return NULL;
}

/* Strings are never empty; arrays and objects are looked into by code below. */
#define TEXT(key, flags, at, max, check, help)                        \
	{                                                             \
		key, JSON_KIND_STRING, flags, at, 1, max, check, help \
	}
#define NUMBER(key, at, max, help)                                \
	{                                                         \
		key, JSON_KIND_INTEGER, 0, at, 1, max, NULL, help \
	}
#define NODE(key, kind, at, help)                  \
	{                                          \
		key, kind, 0, at, 0, 0, NULL, help \
	}

struct host_keys {
	struct config_host h;
	char *clone;
	const struct json *transport;
};

#define HOST(member) offsetof(struct host_keys, h.member)

static const struct json_row host_rows[] = {
	TEXT("ssh", 0, HOST(ssh), 255, check_ssh, "a host that ssh knows"),
	TEXT("ssh_config", 0, HOST(ssh_config), PATH_BYTES, check_path, "a file for ssh -F"),
	TEXT("repo", JSON_ROW_NULL, HOST(repo), PATH_BYTES, check_path, "the repo there"),
	TEXT("clone", 0, offsetof(struct host_keys, clone), 0, NULL,
		"how the repo comes there"),
	TEXT("socket", 0, HOST(socket), PATH_BYTES, check_path, "tmux's socket, name or path"),
	NUMBER("slots", HOST(slots), SLOTS_MAX, "agents at most"),
	{"transport", JSON_KIND_STRING, JSON_ROW_ANY, offsetof(struct host_keys, transport), 0,
							     0, NULL, "how the host is reached"},
};

/* Before all else: a repo that is brought needs no path there. */
static int
read_clone(const struct fleet_config *config, struct config_host *host, const char *clone,
	const struct json *node, struct err *err)
{
	static const char *const names[] = {
#define X(name, id) name,
		CONFIG_CLONES(X)
#undef X
	};
	const struct json *key = json_find(node, "clone"), *repo = json_find(node, "repo");
	if (key && repo)
		return json_refuse(key, JSON_AT_KEY, err,
			"found both \"repo\" and \"clone\" for host \"%s\", expected one of "
			"them",
			host->name);
	for (size_t i = 1; key && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(clone, names[i]) == 0)
			host->clone = (enum config_clone)i;
	}
	if (key && !host->clone)
		return config_refuse(key, err, "\"push\" or \"origin\"");
	/* Elsewhere than here nothing is there by itself. */
	if (!key && !repo && !host->local && config->repo)
		host->clone = CONFIG_CLONE_PUSH;
	if (host->clone && !config->repo)
		return json_refuse(key, JSON_AT_VALUE, err,
			"found no repo on this machine to be brought to host \"%s\", expected "
			"a "
			"\"repo\" of the fleet",
			host->name);
	return 0;
}

static int
finish_local(const struct fleet_config *config, struct config_host *host,
	const struct json *node, struct err *err)
{
	static const char *const remote[] = {"ssh", "ssh_config", "transport"};
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		const struct json *key = json_find(node, remote[i]);
		if (key)
			return json_refuse(key, JSON_AT_KEY, err,
				"found \"%s\" for host \"" CONFIG_LOCAL
				"\", which is this machine, expected it for other hosts only",
				remote[i]);
	}
	if (host->repo)
		host->repo = make_absolute(config, host->repo);
	else if (!json_find(node, "repo") && !host->clone && config->repo)
		host->repo = mem_strdup(config->repo);
	return 0;
}

static int
finish_ssh(const struct fleet_config *config, struct config_host *host, const struct json *node,
	struct err *err)
{
	const struct json *repo = json_find(node, "repo");
	if (!host->ssh && !host->command)
		host->ssh = mem_strdup(host->name);
	host->ssh_config = make_absolute(config, host->ssh_config);
	if (host->repo && host->repo[0] != '/' && host->repo[0] != '~')
		return config_refuse(
			repo, err, "a path that begins with \"/\" or \"~/\", or null");
	if (!repo && !host->clone)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found no \"repo\" for host \"%s\", and none on this machine that "
			"could be "
			"brought there, expected its path there, or null for none",
			host->name);
	return 0;
}

static int
finish_socket(const struct fleet_config *config, struct config_host *host,
	const struct json *node, struct err *err)
{
	const struct json *socket = json_find(node, "socket");
	if (!socket) {
		host->socket = mem_strdup(CONFIG_SOCKET);
		return 0;
	}
	if (!strchr(host->socket, '/') && host->socket[0] != '~')
		return str_is_name(str_from(host->socket))
			       ? 0
			       : config_refuse(socket, err,
					 "a path with a \"/\", or a name: " NAME_RULE);
	if (host->local)
		host->socket = make_absolute(config, host->socket);
	if (host->socket[0] != '/')
		return config_refuse(socket, err,
			"a name or a path that begins with \"/\" (the host is not this "
			"machine)");
	if (strlen(host->socket) > SOCKET_PATH_MAX)
		return json_refuse(socket, JSON_AT_VALUE, err,
			"found a path of %zu bytes, expected at most %zu for a socket",
			strlen(host->socket), SOCKET_PATH_MAX);
	return 0;
}

static int
parse_host(struct fleet_config *config, const struct json *node, struct err *err)
{
	struct host_keys keys = {0};
	struct config_host *host = &config->hosts[config->host_count++];
	if (!str_is_name(str_from(json_key(node)))) {
		char safe[80];
		return json_refuse(node, JSON_AT_KEY, err,
			"found \"%s\", expected the name of a host: " NAME_RULE,
			text_safe_tmp(safe, sizeof(safe), str_from(json_key(node))));
	}
	keys.h.slots = CONFIG_SLOTS_DEFAULT;
	int rc = json_read(
		node, host_rows, sizeof(host_rows) / sizeof(host_rows[0]), &keys, err);
	*host = keys.h;
	host->slots_said = json_find(node, "slots") != NULL;
	host->name = mem_strdup(json_key(node));
	host->local = strcmp(host->name, CONFIG_LOCAL) == 0;
	if (rc == 0 && keys.transport && !host->local)
		rc = config_read_transport(config, host, keys.transport, node, err);
	if (rc == 0)
		rc = read_clone(config, host, keys.clone, node, err);
	mem_free(keys.clone);
	if (rc == 0)
		rc = host->local ? finish_local(config, host, node, err)
				 : finish_ssh(config, host, node, err);
	return rc == 0 ? finish_socket(config, host, node, err) : rc;
}

static int
parse_hosts(struct fleet_config *config, const struct json *hosts, struct err *err)
{
	size_t count = json_count(hosts);
	if (count == 0 || count > CONFIG_HOSTS_MAX)
		return json_refuse(hosts, JSON_AT_VALUE, err,
			"found %zu hosts, expected 1 to %d (without \"hosts\": this machine "
			"alone)",
			count, CONFIG_HOSTS_MAX);
	config->hosts = mem_alloc_array(count, sizeof(*config->hosts));
	for (const struct json *it = json_first(hosts); it; it = json_next(it)) {
		int rc = parse_host(config, it, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

struct agent_keys {
	struct config_agent a;
	const struct json *command;
};

#define AGENT(member) offsetof(struct agent_keys, member)

static const struct json_row agent_rows[] = {
	TEXT("name", JSON_ROW_REQUIRED, AGENT(a.name), 0, check_name, "its own name"),
	TEXT("host", 0, AGENT(a.host), 0, NULL, "one of \"hosts\""),
	TEXT("profile", 0, AGENT(a.profile), 0, check_profile, "a known agent"),
	TEXT("prompt", 0, AGENT(a.prompt), PROMPT_BYTES, NULL, "what to do first"),
	NODE("command", JSON_KIND_ARRAY, AGENT(command), "a program and its arguments"),
};

static int
check_prompt(const struct config_agent *agent, const struct json *node, struct err *err)
{
	const struct json *prompt = json_find(node, "prompt");
	if (!prompt)
		return 0;
	if (agent->command)
		return profile_has_prompt((const char *const *)agent->command)
			       ? 0
			       : json_refuse(prompt, JSON_AT_KEY, err,
					 "found a prompt, but \"command\" has no "
					 "\"" PROFILE_PROMPT
					 "\", expected an argument that holds it");
	/* A profile that was only found on PATH is judged when it starts. */
	if (agent->profile && !profile_takes_prompt(profile_find(agent->profile)))
		return json_refuse(prompt, JSON_AT_KEY, err,
			"found a prompt, but profile \"%s\" takes none when it starts, "
			"expected no "
			"prompt",
			agent->profile);
	return 0;
}

static int
check_host(const struct fleet_config *config, const struct json *host, struct err *err)
{
	struct spell spell;
	char what[128], hint[96];
	if (!host || fleet_config_host(config, json_to_cstr(host)))
		return 0;
	spell_init(&spell, str_from(json_to_cstr(host)));
	for (size_t i = 0; i < config->host_count; i++)
		spell_try(&spell, config->hosts[i].name);
	return json_refuse(host, JSON_AT_VALUE, err, "unknown host %s%s",
		json_found(host, what),
		spell.best ? spell_hint(&spell, hint) : ", expected one of \"hosts\"");
}

/* The agent is not among those of config yet. */
static int
finish_agent(const struct fleet_config *config, struct config_agent *agent,
	const struct json *node, struct err *err)
{
	const struct json *profile = json_find(node, "profile");
	int rc = check_host(config, json_find(node, "host"), err);
	if (rc < 0)
		return rc;
	if (fleet_config_agent(config, agent->name))
		return json_refuse(json_find(node, "name"), JSON_AT_VALUE, err,
			"found \"%s\" for the second time, expected a name of its own for each "
			"agent",
			agent->name);
	if (profile && agent->command)
		return json_refuse(profile, JSON_AT_KEY, err,
			"found both \"profile\" and \"command\", expected one of them");
	if (!agent->host)
		agent->host = mem_strdup(config->hosts[0].name);
	if (!agent->profile && !agent->command && config->profile)
		agent->profile = mem_strdup(config->profile);
	return check_prompt(agent, node, err);
}

static int
parse_agent(struct fleet_config *config, const struct json *node, struct err *err)
{
	struct agent_keys keys = {0};
	int rc = json_read(
		node, agent_rows, sizeof(agent_rows) / sizeof(agent_rows[0]), &keys, err);
	if (rc == 0 && keys.command)
		rc = config_read_argv(keys.command, "command", &keys.a.command, err);
	if (rc == 0)
		rc = finish_agent(config, &keys.a, node, err);
	if (rc == 0)
		config->agents[config->agent_count++] = keys.a;
	else
		config_agent_release(&keys.a);
	return rc;
}

static int
parse_agents(struct fleet_config *config, const struct json *agents, struct err *err)
{
	size_t count = json_count(agents);
	if (count > CONFIG_AGENTS_MAX)
		return json_refuse(agents, JSON_AT_VALUE, err,
			"found %zu agents, expected at most %d", count, CONFIG_AGENTS_MAX);
	config->agents = mem_alloc_array(count, sizeof(*config->agents));
	for (const struct json *it = json_first(agents); it; it = json_next(it)) {
		int rc = parse_agent(config, it, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* "cockpit.json" is named after its folder, any other file after itself. */
static int
default_name(struct fleet_config *config, const struct json *root, struct err *err)
{
	char safe[80];
	const char *base = path_base(config->file);
	struct str name = str_from(base);
	if (strcmp(base, "cockpit.json") == 0)
		name = str_from(path_base(config->dir));
	else if (str_ends(name, STR(".json")))
		name = str_slice(name, 0, name.len - strlen(".json"));
	if (!str_is_name(name))
		return json_refuse(root, JSON_AT_VALUE, err,
			"found no \"name\", and \"%s\" cannot be one, expected a "
			"name: " NAME_RULE,
			text_safe_tmp(safe, sizeof(safe), name));
	config->name = mem_strndup(name.ptr, name.len);
	return 0;
}

static int
check_merge(const struct json *node, struct err *err)
{
	const char *how = json_to_cstr(node);
	if (strcmp(how, "squash") == 0 || strcmp(how, "merge") == 0 ||
		strcmp(how, "rebase") == 0)
		return 0;
	return config_refuse(node, err, "\"squash\", \"merge\" or \"rebase\"");
}

struct top_keys {
	struct fleet_config config;
	char *repo; /* as written */
	const struct json *hosts, *agents;
};

#define TOP(member) offsetof(struct top_keys, member)

static const struct json_row top_rows[] = {
	TEXT("name", 0, TOP(config.name), 0, check_name, "what the fleet is called"),
	TEXT("repo", 0, TOP(repo), PATH_BYTES, check_path, "the git repo on this machine"),
	TEXT("base", 0, TOP(config.base), 255, check_base, "the branch to start from"),
	TEXT("check", 0, TOP(config.check), PATH_BYTES, NULL, "a shell command"),
	{"check_seconds", JSON_KIND_INTEGER, 0, TOP(config.check_seconds), CHECK_SECONDS_MIN,
									      CHECK_SECONDS_MAX,									 NULL, "how long a check may take"},
	{"stuck_minutes", JSON_KIND_INTEGER, 0, TOP(config.stuck_minutes), 0,                 1440, NULL,
									      "how long an agent may work and change nothing"									     },
	{"auto",          JSON_KIND_BOOL,    0, TOP(config.automatic),     0,                 0,    NULL,
									      "true: agents that are free get the next task"									      },
	TEXT("merge", 0, TOP(config.merge), 0, check_merge, "how work goes into the base"),
	TEXT("setup", 0, TOP(config.setup), PATH_BYTES, NULL, "a shell command"),
	TEXT("profile", 0, TOP(config.profile), 0, check_profile, "a known agent"),
	NUMBER("checks_at_once", TOP(config.check_limit), CHECK_LIMIT_MAX,
		"how many checks may run on a host"),
	NODE("hosts", JSON_KIND_OBJECT, TOP(hosts), "hosts by name"),
	NODE("agents", JSON_KIND_ARRAY, TOP(agents), "what to start"),
};

static int
parse_top(struct top_keys *top, const struct json *root, struct err *err)
{
	struct fleet_config *config = &top->config;
	int rc = json_read(root, top_rows, sizeof(top_rows) / sizeof(top_rows[0]), top, err);
	if (rc == 0 && !config->name)
		rc = default_name(config, root, err);
	if (rc < 0)
		return rc;
	config->repo = top->repo ? make_absolute(config, mem_strdup(top->repo))
				 : find_repo(config->dir);
	if (top->hosts)
		rc = parse_hosts(config, top->hosts, err);
	else
		config_add_local(config);
	return rc == 0 && top->agents ? parse_agents(config, top->agents, err) : rc;
}

int
fleet_config_parse(
	const char *file, struct str text, struct fleet_config **ret, struct err *err)
{
	struct json_doc *doc;
	BUG_ON(file[0] != '/');
	int rc = json_doc_parse(file, text, &doc, err);
	if (rc < 0)
		return rc;
	struct top_keys top = {
		.config = {.file = mem_strdup(file), .dir = path_dir(file)}
        };
	rc = parse_top(&top, json_doc_root(doc), err);
	if (rc == 0) {
		*ret = MEM_NEW(struct fleet_config);
		**ret = top.config;
	} else {
		config_release(&top.config);
	}
	mem_free(top.repo);
	json_doc_free(doc);
	return rc;
}
