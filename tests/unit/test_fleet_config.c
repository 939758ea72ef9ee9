/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define FILE_NAME "/no/acme/cockpit.json"
#define HOME      "/home/u"

static const char full[] =
	"{ \"name\": \"acme\", \"repo\": \"~/src/compiler\", \"base\": \"main\",\n"
	"  \"check\": \"make test\", \"setup\": \"make deps\", \"profile\": \"codex\",\n"
	"  \"hosts\": {\n"
	"    \"local\": {\"slots\": 4},\n"
	"    \"web-1\": {\"ssh\": \"u@web-1.example\", \"ssh_config\": \"lab/ssh_config\",\n"
	"      \"repo\": \"/srv/compiler\", \"socket\": \"/run/ck/tmux\", \"slots\": 64},\n"
	"    \"web-2\": {},\n"
	"    \"box\": {\"repo\": null, \"socket\": \"other\"}\n"
	"  },\n"
	"  \"agents\": [\n"
	"    {\"name\": \"parser\", \"host\": \"web-1\", \"profile\": \"claude\", \"prompt\": "
	"\"caf\\u00e9\"},\n"
	"    {\"name\": \"x\", \"command\": [\"my-agent\", \"--p={prompt}\", \"\"], "
	"\"prompt\": \"go\"},\n"
	"    {\"name\": \"y\"}\n"
	"  ]\n"
	"}\n";

static struct fleet_config *
parse(const char *text)
{
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	if (fleet_config_parse(FILE_NAME, str_from(text), &config, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return config;
}

static void
test_transports(void **state)
{
	static const char text[] =
		"{\"hosts\": {\n"
		"\"a\": {\"repo\": null},\n"
		"\"b\": {\"repo\": null, \"transport\": \"auto\"},\n"
		"\"c\": {\"repo\": null, \"transport\": \"openssh\", \"ssh\": \"x\"},\n"
		"\"d\": {\"repo\": null, \"transport\": \"libssh2\"},\n"
		"\"e\": {\"repo\": \"~/r\", \"transport\": [\"podman\", \"\", \"a b\"]},\n"
		"\"f\": {\"repo\": null, \"transport\": [\"bin/enter\", \"{command}\"]},\n"
		"\"g\": {\"repo\": null, \"transport\": [\"~/enter\"]}\n"
		"}}";
	static const enum config_transport want[] = {CONFIG_TRANSPORT_AUTO,
		CONFIG_TRANSPORT_AUTO, CONFIG_TRANSPORT_OPENSSH, CONFIG_TRANSPORT_LIBSSH2,
		CONFIG_TRANSPORT_COMMAND, CONFIG_TRANSPORT_COMMAND, CONFIG_TRANSPORT_COMMAND};
	struct fleet_config *c = parse(text);
	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct config_host *h = &c->hosts[i];
		assert_int_equal(h->transport, want[i]);
		assert_int_equal(h->command != NULL, want[i] == CONFIG_TRANSPORT_COMMAND);
		assert_int_equal(h->ssh == NULL, want[i] == CONFIG_TRANSPORT_COMMAND);
	}
	char **command = c->hosts[4].command;
	assert_string_equal(command[0], "podman");
	assert_string_equal(command[1], "");
	assert_string_equal(command[2], "a b");
	assert_null(command[3]);
	/* by a path: from the file's folder, or the home */
	assert_string_equal(c->hosts[5].command[0], "/no/acme/bin/enter");
	assert_string_equal(c->hosts[6].command[0], HOME "/enter");
	fleet_config_free(c);
}

static void
test_full(void **state)
{
	struct fleet_config *c = parse(full);
	(void)state;
	assert_string_equal(c->name, "acme");
	assert_string_equal(c->file, FILE_NAME);
	assert_string_equal(c->dir, "/no/acme");
	assert_string_equal(c->repo, HOME "/src/compiler");
	assert_string_equal(c->base, "main");
	assert_string_equal(c->check, "make test");
	assert_string_equal(c->setup, "make deps");
	assert_string_equal(c->profile, "codex");

	assert_int_equal(c->host_count, 4);
	const struct config_host *h = &c->hosts[0];
	assert_string_equal(h->name, "local");
	assert_true(h->local);
	assert_null(h->ssh);
	assert_null(h->ssh_config);
	assert_string_equal(h->repo, HOME "/src/compiler");
	assert_string_equal(h->socket, "cockpit");
	assert_int_equal(h->slots, 4);
	assert_true(h->slots_said);
	h = &c->hosts[1];
	assert_string_equal(h->name, "web-1");
	assert_false(h->local);
	assert_string_equal(h->ssh, "u@web-1.example");
	assert_string_equal(h->ssh_config, "/no/acme/lab/ssh_config");
	assert_string_equal(h->repo, "/srv/compiler");
	assert_int_equal(h->clone, CONFIG_CLONE_NONE);
	assert_string_equal(h->socket, "/run/ck/tmux");
	assert_int_equal(h->slots, 64);
	h = &c->hosts[2];
	assert_string_equal(h->ssh, "web-2");
	assert_null(h->ssh_config);
	assert_null(h->repo);
	assert_int_equal(h->clone, CONFIG_CLONE_PUSH);
	assert_string_equal(h->socket, "cockpit");
	assert_int_equal(h->slots, CONFIG_SLOTS_DEFAULT);
	assert_false(h->slots_said);
	h = &c->hosts[3];
	assert_null(h->repo);
	assert_string_equal(h->socket, "other");

	assert_int_equal(c->agent_count, 3);
	const struct config_agent *a = &c->agents[0];
	assert_string_equal(a->name, "parser");
	assert_string_equal(a->host, "web-1");
	assert_string_equal(a->profile, "claude");
	assert_null(a->command);
	assert_string_equal(a->prompt, "caf\xc3\xa9");
	a = &c->agents[1];
	assert_string_equal(a->host, "local");
	assert_null(a->profile);
	assert_string_equal(a->command[0], "my-agent");
	assert_string_equal(a->command[1], "--p={prompt}");
	assert_string_equal(a->command[2], "");
	assert_null(a->command[3]);
	a = &c->agents[2];
	assert_string_equal(a->profile, "codex");
	assert_null(a->prompt);

	assert_ptr_equal(fleet_config_host(c, "web-2"), &c->hosts[2]);
	assert_null(fleet_config_host(c, "web-3"));
	assert_ptr_equal(fleet_config_agent(c, "y"), &c->agents[2]);
	assert_null(fleet_config_agent(c, "z"));
	fleet_config_free(c);
	fleet_config_free(NULL);
}

static void
test_smallest(void **state)
{
	struct fleet_config *c = parse("{}");
	(void)state;
	assert_string_equal(c->name, "acme");
	assert_null(c->repo);
	assert_null(c->base);
	assert_null(c->check);
	assert_null(c->profile);
	assert_int_equal(c->host_count, 1);
	assert_true(c->hosts[0].local);
	assert_null(c->hosts[0].repo);
	assert_string_equal(c->hosts[0].socket, "cockpit");
	assert_int_equal(c->hosts[0].slots, CONFIG_SLOTS_DEFAULT);
	assert_false(c->hosts[0].slots_said);
	assert_int_equal(c->agent_count, 0);
	fleet_config_free(c);
	/* What is found on PATH is not known here, but it is never nothing. */
	c = parse("{\"agents\": [{\"name\": \"a\", \"prompt\": \"p\"}]}");
	assert_null(c->agents[0].profile); /* its host's PATH decides */
	fleet_config_free(c);
	c = fleet_config_from_repo("n", "/r");
	assert_string_equal(c->name, "n");
	assert_string_equal(c->repo, "/r");
	assert_string_equal(c->dir, "/r");
	assert_string_equal(c->hosts[0].repo, "/r");
	assert_null(c->file);
	fleet_config_free(c);
}

/* Any of these alone in hosts. */
static void
test_paths(void **state)
{
	static const struct {
		const char *host, *body, *repo, *socket;
	} rows[] = {
		{"local", "\"repo\": \".\"",           "/no/acme",       "cockpit"       },
		{"local", "\"repo\": \"./a//b/./c/\"", "/no/acme/a/b/c", "cockpit"       },
		{"local", "\"repo\": \"../b\"",        "/no/acme/../b",  "cockpit"       },
		{"local", "\"repo\": \"~\"",           HOME,             "cockpit"       },
		{"local", "\"repo\": \"/\"",           "/",              "cockpit"       },
		{"local", "\"repo\": null",            NULL,             "cockpit"       },
		{"local", "\"socket\": \"./s\"",       NULL,             "/no/acme/s"    },
		{"local", "\"socket\": \"lab/s\"",     NULL,             "/no/acme/lab/s"},
		{"local", "\"socket\": \"~/s\"",       NULL,             HOME "/s"       },
		{"local", "\"socket\": \"/s\"",        NULL,             "/s"            },
		{"local", "\"socket\": \"s\"",         NULL,             "s"             },
		{"h",     "\"repo\": \"~/x y\"",       "~/x y",          "cockpit"       },
		{"h",     "\"repo\": \"/x\"",          "/x",             "cockpit"       },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text =
			mem_printf("{\"hosts\": {\"%s\": {%s}}}", rows[i].host, rows[i].body);
		struct fleet_config *c = parse(text);
		if (rows[i].repo)
			assert_string_equal(c->hosts[0].repo, rows[i].repo);
		else
			assert_null(c->hosts[0].repo);
		assert_string_equal(c->hosts[0].socket, rows[i].socket);
		fleet_config_free(c);
		mem_free(text);
	}
}

static void
test_names(void **state)
{
	static const struct {
		const char *file, *name;
	} rows[] = {
		{"/a/b/cockpit.json",   "b"     },
		{"/a/b/acme.json",      "acme"  },
		{"/a/b/acme",           "acme"  },
		{"/a/b c/acme.x.json",  "acme.x"},
		{"/cockpit.json",       NULL    },
		{"/a/b c/cockpit.json", NULL    },
		{"/a/.json",            NULL    },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fleet_config *c = NULL;
		struct err err = ERR_INIT;
		int rc = fleet_config_parse(rows[i].file, STR("{}"), &c, &err);
		assert_int_equal(rc, rows[i].name ? 0 : ERR_CONFIG);
		if (rows[i].name)
			assert_string_equal(c->name, rows[i].name);
		else
			assert_non_null(strstr(err.text, ":1:1: found no \"name\", and \""));
		fleet_config_free(c);
	}
}

#define NAME_RULE \
	"1 to 64 of A-Z a-z 0-9 \".\" \"_\" \"-\" that begin with a letter, digit or \"_\""

#define BAD(text, error)    \
	{                   \
		text, error \
	}

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		BAD("{", "1:2: found the end of the file, expected a key in double quotes or "
			 "'}'"),
		BAD("[]", "1:1: found an array, expected an object"),
		BAD("{\"nam\": 1}", "1:2: unknown key \"nam\", did you mean \"name\"?"),
		BAD("{\"name\": \"a\",\n \"name\": \"a\"}",
			"2:2: found a key for the second time, expected each key once"),
		BAD("{\"name\": 1}", "1:10: found 1, expected a string for \"name\" (what the "
				     "fleet is called)"),
		BAD("{\"name\": \"-a\"}", "1:10: found \"-a\", expected a name: " NAME_RULE),
		BAD("{\"name\": \"a/b\"}", "1:10: found \"a/b\", expected a name: " NAME_RULE),
		BAD("{\"repo\": \"\"}", "1:10: found \"\", expected a string for \"repo\" (the "
					"git repo on this "
					"machine)"),
		BAD("{\"repo\": \"~root/x\"}", "1:10: found \"~root/x\", expected \"~/\" for "
					       "your own home (others' homes: the "
					       "whole path)"),
		BAD("{\"repo\": \"a\\nb\"}",
			"1:10: found \"a^Jb\", expected a path without control characters"),
		BAD("{\"base\": \"-x\"}",
			"1:10: found \"-x\", expected a branch, as git names it"),
		BAD("{\"base\": \"a..b\"}",
			"1:10: found \"a..b\", expected a branch, as git names it"),
		BAD("{\"check\": [\"make\"]}", "1:11: found an array, expected a string for "
					       "\"check\" (a shell command)"),
		BAD("{\"profile\": \"claud\"}",
			"1:13: unknown profile \"claud\", did you mean \"claude\"?"),
		BAD("{\"profile\": \"zzz\"}", "1:13: unknown profile \"zzz\", expected one of "
					      "claude, codex, opencode, gemini, "
					      "copilot, qwen, pi, aider, amp, shell"),
		BAD("{\"hosts\": []}", "1:11: found an array, expected an object for \"hosts\" "
				       "(hosts by name)"),
		BAD("{\"checks_at_once\": 0}",
			"1:20: found 0, expected an integer from 1 to 64 for "
			"\"checks_at_once\" (how many checks may run on a host)"),
		BAD("{\"checks_at_once\": 65}",
			"1:20: found 65, expected an integer from 1 to 64 for "
			"\"checks_at_once\" (how many checks may run on a host)"),
		BAD("{\"hosts\": {}}", "1:11: found 0 hosts, expected 1 to 256 (without "
				       "\"hosts\": this machine alone)"),
		BAD("{\"hosts\": {\"a b\": {}}}",
			"1:12: found \"a b\", expected the name of a host: " NAME_RULE),
		BAD("{\"hosts\": {\"a\": 1}}", "1:17: found 1, expected an object"),
		BAD("{\"hosts\": {\"a\": {\"port\": 1}}}",
			"1:18: unknown key \"port\", expected one of \"ssh\", \"ssh_config\", "
			"\"repo\", "
			"\"clone\", \"socket\", \"slots\", \"transport\""),
		BAD("{\"hosts\": {\"a\": {\"transport\": 1}}}",
			"1:31: found 1, expected a string or an array for \"transport\" (how "
			"the host is reached)"),
		BAD("{\"hosts\": {\"a\": {\"transport\": null}}}",
			"1:31: found null, expected a string or an array for \"transport\" "
			"(how the host is reached)"),
		BAD("{\"hosts\": {\"a\": {\"transport\": \"ssh\"}}}",
			"1:31: found \"ssh\", expected \"auto\", \"libssh2\", \"openssh\", or "
			"an array: a program and its arguments"),
		BAD("{\"hosts\": {\"a\": {\"transport\": \"\"}}}",
			"1:31: found \"\", expected \"auto\", \"libssh2\", \"openssh\", or "
			"an array: a program and its arguments"),
		BAD("{\"hosts\": {\"a\": {\"transport\": []}}}",
			"1:31: found a command of 0 strings, expected a program and its "
			"arguments, at most 256"),
		BAD("{\"hosts\": {\"a\": {\"transport\": [\"\", \"x\"]}}}",
			"1:32: found \"\", expected the program to run"),
		BAD("{\"hosts\": {\"a\": {\"transport\": [\"{command}\"]}}}",
			"1:32: found \"{command}\", expected the program to run"),
		BAD("{\"hosts\": {\"a\": {\"transport\":\n [\"podman\", 7]}}}",
			"2:13: found 7, expected a string in \"transport\""),
		BAD("{\"hosts\": {\"a\": {\"transport\": [\"podman\", \"a\\u0000b\"]}}}",
			"1:44: found a NUL (\\u0000), expected text without NULs"),
		BAD("{\"hosts\": {\"a\": {\"transport\": [\"podman\"], \"ssh\": \"b\"}}}",
			"1:43: found \"ssh\" beside a \"transport\" that is a command, "
			"expected one of them"),
		BAD("{\"hosts\": {\"a\": {\"ssh_config\": \"b\", \"transport\": "
		    "[\"podman\"]}}}",
			"1:18: found \"ssh_config\" beside a \"transport\" that is a "
			"command, expected one of them"),
		BAD("{\"hosts\": {\"a\": {\"transport\": [\"podman\"]}}}",
			"1:17: found no \"repo\" for host \"a\", and none on this machine that "
			"could be brought there, expected its path there, or null for none"),
		BAD("{\"hosts\": {\"local\": {\"transport\": \"auto\"}}}",
			"1:22: found \"transport\" for host \"local\", which is this machine, "
			"expected it for other hosts only"),
		BAD("{\"hosts\": {\n  \"a\": {}}}",
			"2:8: found no \"repo\" for host \"a\", and none on this machine that "
			"could be brought there, expected its path there, or null for none"),
		BAD("{\"hosts\": {\"a\": {\"clone\": \"push\"}}}",
			"1:27: found no repo on this machine to be brought to host \"a\", "
			"expected a \"repo\" of the fleet"),
		BAD("{\"hosts\": {\"local\": {\"clone\": \"origin\"}}}",
			"1:31: found no repo on this machine to be brought to host \"local\", "
			"expected a \"repo\" of the fleet"),
		BAD("{\"repo\": \"/x\", \"hosts\": {\"a\": {\"clone\": \"pull\"}}}",
			"1:41: found \"pull\", expected \"push\" or \"origin\""),
		BAD("{\"repo\": \"/x\", \"hosts\": {\"a\": {\"repo\": \"/y\", \"clone\": "
		    "\"push\"}}}",
			"1:46: found both \"repo\" and \"clone\" for host \"a\", expected one "
			"of them"),
		BAD("{\"setup\": 1}", "1:11: found 1, expected a string for \"setup\" (a shell "
				      "command)"),
		BAD("{\"hosts\": {\"a\": {\"repo\": \"x\"}}}",
			"1:26: found \"x\", expected a path that begins with \"/\" or \"~/\", "
			"or null"),
		BAD("{\"hosts\": {\"a\": {\"repo\": 1}}}",
			"1:26: found 1, expected a string or null for \"repo\" (the repo "
			"there)"),
		BAD("{\"hosts\": {\"local\": {\"ssh\": \"a\"}}}",
			"1:22: found \"ssh\" for host \"local\", which is this machine, "
			"expected it for "
			"other hosts only"),
		BAD("{\"hosts\": {\"local\": {\"ssh_config\": \"a\"}}}",
			"1:22: found \"ssh_config\" for host \"local\", which is this machine, "
			"expected it "
			"for other hosts only"),
		BAD("{\"hosts\": {\"a\": {\"ssh\": \"-oProxyCommand=x\"}}}",
			"1:25: found \"-oProxyCommand=x\", expected a name that ssh knows: "
			"[USER@]HOST"),
		BAD("{\"hosts\": {\"a\": {\"ssh\": \"-v\"}}}",
			"1:25: found \"-v\", expected a name that ssh knows: [USER@]HOST"),
		BAD("{\"hosts\": {\"a\": {\"ssh\": \"a;b\"}}}",
			"1:25: found \"a;b\", expected a name that ssh knows: [USER@]HOST"),
		BAD("{\"hosts\": {\"a\": {\"ssh\": null}}}",
			"1:25: found null, expected a string for \"ssh\" (a host that ssh "
			"knows)"),
		BAD("{\"hosts\": {\"a\": {\"repo\": null, \"socket\": \"x/y\"}}}",
			"1:42: found \"x/y\", expected a name or a path that begins with \"/\" "
			"(the host "
			"is not this machine)"),
		BAD("{\"hosts\": {\"a\": {\"repo\": null, \"socket\": \"~/y\"}}}",
			"1:42: found \"~/y\", expected a name or a path that begins with \"/\" "
			"(the host "
			"is not this machine)"),
		BAD("{\"hosts\": {\"local\": {\"socket\": \"a b\"}}}",
			"1:32: found \"a b\", expected a path with a \"/\", or a "
			"name: " NAME_RULE),
		BAD("{\"hosts\": {\"local\": {\"slots\": 0}}}",
			"1:31: found 0, expected an integer from 1 to 64 for \"slots\" (agents "
			"at most)"),
		BAD("{\"hosts\": {\"local\": {\"slots\": 65}}}",
			"1:31: found 65, expected an integer from 1 to 64 for \"slots\" "
			"(agents at most)"),
		BAD("{\"hosts\": {\"local\": {\"slots\": \"4\"}}}",
			"1:31: found \"4\", expected an integer from 1 to 64 for \"slots\" "
			"(agents at "
			"most)"),
		BAD("{\"agents\": [1]}", "1:13: found 1, expected an object"),
		BAD("{\"agents\": [{}]}",
			"1:13: found no \"name\", expected a string (its own name)"),
		BAD("{\"agents\": [{\"name\": \"a\", \"promt\": \"x\"}]}",
			"1:27: unknown key \"promt\", did you mean \"prompt\"?"),
		BAD("{\"agents\": [{\"name\": \".a\"}]}",
			"1:22: found \".a\", expected a name: " NAME_RULE),
		BAD("{\"agents\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}",
			"2:10: found \"a\" for the second time, expected a name of its own for "
			"each "
			"agent"),
		BAD("{\"agents\": [{\"name\": \"a\", \"host\": \"b\"}]}",
			"1:35: unknown host \"b\", expected one of \"hosts\""),
		/* The order of keys says nothing. */
		BAD("{\"agents\": [{\"name\": \"a\", \"host\": \"web1\"}], \"hosts\": "
		    "{\"web-1\": "
		    "{\"repo\": null}}}",
			"1:35: unknown host \"web1\", did you mean \"web-1\"?"),
		BAD("{\"agents\": [{\"name\": \"a\", \"profile\": \"pi\", \"command\": "
		    "[\"b\"]}]}",
			"1:27: found both \"profile\" and \"command\", expected one of them"),
		BAD("{\"agents\": [{\"name\": \"a\", \"command\": []}]}",
			"1:38: found a command of 0 strings, expected a program and its "
			"arguments, at "
			"most 256"),
		BAD("{\"agents\": [{\"name\": \"a\", \"command\": \"b\"}]}",
			"1:38: found \"b\", expected an array for \"command\" (a program and "
			"its "
			"arguments)"),
		BAD("{\"agents\": [{\"name\": \"a\", \"command\": [\"\"]}]}",
			"1:39: found \"\", expected the program to run"),
		BAD("{\"agents\": [{\"name\": \"a\", \"command\": [\"b\", 1]}]}",
			"1:44: found 1, expected a string in \"command\""),
		BAD("{\"agents\": [{\"name\": \"a\", \"command\": [\"b\"], \"prompt\": "
		    "\"p\"}]}",
			"1:45: found a prompt, but \"command\" has no \"{prompt}\", expected "
			"an argument "
			"that holds it"),
		BAD("{\"agents\": [{\"name\": \"a\", \"profile\": \"aider\", \"prompt\": "
		    "\"p\"}]}",
			"1:47: found a prompt, but profile \"aider\" takes none when it "
			"starts, expected "
			"no prompt"),
		BAD("{\"profile\": \"shell\", \"agents\": [{\"name\": \"a\", \"prompt\": "
		    "\"p\"}]}",
			"1:47: found a prompt, but profile \"shell\" takes none when it "
			"starts, expected "
			"no prompt"),
		BAD("{\"agents\": [{\"name\": \"a\", \"prompt\": \"\"}]}",
			"1:37: found \"\", expected a string for \"prompt\" (what to do "
			"first)"),
		BAD("{\"agents\": [{\"name\": \"\\u001b[2J\"}]}",
			"1:22: found \"^[[2J\", expected a name: " NAME_RULE),
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fleet_config *c = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(
			fleet_config_parse(FILE_NAME, str_from(rows[i].text), &c, &err),
			ERR_CONFIG);
		assert_null(c);
		assert_int_equal(strncmp(err.text, FILE_NAME ":", strlen(FILE_NAME ":")), 0);
		assert_string_equal(err.text + strlen(FILE_NAME ":"), rows[i].error);
	}
}

/* A file with count of something; the error's text or "". */
static const char *
many(const char *before, const char *item, size_t count, const char *after, struct err *err)
{
	struct fleet_config *c = NULL;
	struct buf b = BUF_INIT;
	*err = ERR_INIT;
	buf_addc(&b, before);
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s%s%zu%s", i ? "," : "", "\"n", i, item);
	buf_addc(&b, after);
	fleet_config_parse(FILE_NAME, buf_str(&b), &c, err);
	buf_release(&b);
	fleet_config_free(c);
	return err->text;
}

static void
test_limits(void **state)
{
	struct err err;
	(void)state;
	assert_string_equal(
		many("{\"hosts\":{", "\":{\"repo\":null}", CONFIG_HOSTS_MAX, "}}", &err), "");
	assert_string_equal(
		many("{\"hosts\":{", "\":{\"repo\":null}", CONFIG_HOSTS_MAX + 1, "}}", &err),
		FILE_NAME ":1:10: found 257 hosts, expected 1 to 256 (without \"hosts\": this "
			  "machine alone)");
	/* One agent with as many arguments as may be, and one more. */
	static const char before[] = "{\"agents\":[{\"name\":\"a\",\"command\":[";
	assert_string_equal(many(before, "\"", 256, "]}]}", &err), "");
	assert_non_null(strstr(many(before, "\"", 257, "]}]}", &err), "257 strings"));

	struct buf b = BUF_INIT;
	struct fleet_config *c = NULL;
	for (size_t over = 0; over < 2; over++) {
		buf_clear(&b);
		buf_addc(&b, "{\"profile\":\"pi\",\"agents\":[{\"name\":\"a\",\"prompt\":\"");
		buf_fill(&b, 'x', 65536 + over);
		buf_addc(&b, "\"}]}");
		assert_int_equal(fleet_config_parse(FILE_NAME, buf_str(&b), &c, &err),
			over ? ERR_CONFIG : 0);
		if (!over)
			fleet_config_free(c);
	}
	assert_string_equal(err.text, FILE_NAME
		":1:48: found 65537 bytes, expected at most 65536 for \"prompt\" (what to "
		"do first)");
	for (size_t over = 0; over < 2; over++) {
		buf_clear(&b);
		buf_addc(&b, "{\"profile\":\"pi\",\"agents\":[");
		for (size_t i = 0; i < CONFIG_AGENTS_MAX + over; i++)
			buf_printf(&b, "%s{\"name\":\"a%zu\"}", i ? "," : "", i);
		buf_addc(&b, "]}");
		assert_int_equal(fleet_config_parse(FILE_NAME, buf_str(&b), &c, &err),
			over ? ERR_CONFIG : 0);
		if (!over)
			fleet_config_free(c);
	}
	assert_string_equal(
		err.text, FILE_NAME ":1:26: found 1025 agents, expected at most 1024");
	buf_release(&b);
	char *socket = mem_printf("{\"hosts\": {\"local\": {\"socket\": \"/%0107d\"}}}", 0);
	assert_int_equal(fleet_config_parse(FILE_NAME, str_from(socket), &c, &err), ERR_CONFIG);
	assert_string_equal(err.text, FILE_NAME
		":1:32: found a path of 108 bytes, expected at most 107 for a socket");
	mem_free(socket);
}

/* A torn file is never half of a fleet: only the newline at its end is not needed. */
static void
test_torn(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(full); len++) {
		struct fleet_config *c = NULL;
		struct err err = ERR_INIT;
		int rc = fleet_config_parse(FILE_NAME, (struct str){full, len}, &c, &err);
		assert_int_equal(rc, len < sizeof(full) - 2 ? ERR_CONFIG : 0);
		assert_int_equal(c == NULL, rc < 0);
		fleet_config_free(c);
	}
	/* Nor does one bad byte anywhere do more than fail. */
	static const char bad[] = {'\0', '"', '{', ']', '\\', '\x80', '9', ' '};
	for (size_t at = 0; at < sizeof(full) - 1; at++) {
		for (size_t i = 0; i < sizeof(bad); i++) {
			char text[sizeof(full)];
			struct fleet_config *c = NULL;
			memcpy(text, full, sizeof(full));
			text[at] = bad[i];
			fleet_config_parse(
				FILE_NAME, (struct str){text, sizeof(full) - 1}, &c, NULL);
			fleet_config_free(c);
		}
	}
}

/* A folder of our own: dir/repo/.git, dir/repo/sub. */
static char *
make_dir(void)
{
	char name[] = "/tmp/test_config.XXXXXX";
	char *dir = NULL;
	assert_non_null(mkdtemp(name));
	assert_int_equal(path_real(name, &dir, NULL), 0);
	char *git = path_join(dir, "repo/.git"), *sub = path_join(dir, "repo/sub");
	assert_int_equal(path_mkdir(git, NULL), 0);
	assert_int_equal(path_mkdir(sub, NULL), 0);
	mem_free(git);
	mem_free(sub);
	return dir;
}

static void
test_read(void **state)
{
	struct fleet_config *c = NULL;
	struct err err = ERR_INIT;
	char *dir = make_dir();
	char *file = path_join(dir, "repo/sub/cockpit.json");
	char *link = path_join(dir, "linked.json");
	char *repo = path_join(dir, "repo");
	char *sub = path_join(dir, "repo/sub");
	(void)state;
	assert_int_equal(fleet_config_read(file, &c, &err), ERR_NOT_FOUND);
	assert_int_equal(fleet_config_read(sub, &c, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, ": found no regular file"));

	assert_int_equal(path_write(file, STR("{}"), 0644, NULL), 0);
	assert_int_equal(symlink(file, link), 0);
	/* A link leads to the real file; relative paths and the name are those beside it. */
	const char *const ways[] = {file, link};
	for (size_t i = 0; i < COUNT(ways); i++) {
		assert_int_equal(fleet_config_read(ways[i], &c, &err), 0);
		assert_string_equal(c->file, file);
		assert_string_equal(c->dir, sub);
		assert_string_equal(c->repo, repo);
		assert_string_equal(c->hosts[0].repo, repo);
		assert_string_equal(c->name, "sub");
		fleet_config_free(c);
		c = NULL;
	}
	static const mode_t modes[] = {0664, 0646, 0666};
	for (size_t i = 0; i < COUNT(modes); i++) {
		assert_int_equal(chmod(file, modes[i]), 0);
		assert_int_equal(fleet_config_read(link, &c, &err), ERR_CONFIG);
		char *run =
			mem_printf("(mode %04o), expected one that only its owner may; run: "
				   "chmod go-w '%s'",
				(unsigned)modes[i], file);
		assert_non_null(strstr(err.text, run));
		mem_free(run);
	}
	assert_null(c);
	if (geteuid() == 0) {
		assert_int_equal(chmod(file, 0644), 0);
		assert_int_equal(chown(file, 12345, (gid_t)-1), 0);
		assert_int_equal(fleet_config_read(file, &c, &err), ERR_CONFIG);
		assert_non_null(strstr(err.text, ": found a file of user 12345, expected"));
	}
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(fleet_config_read(file, &c, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, ": found no regular file"));
	assert_int_equal(unlink(file), 0);

	struct buf big = BUF_INIT;
	buf_fill(&big, ' ', CONFIG_FILE_MAX + 1);
	assert_int_equal(path_write(file, buf_str(&big), 0600, NULL), 0);
	assert_int_equal(fleet_config_read(file, &c, &err), ERR_LIMIT);
	buf_release(&big);

	assert_int_equal(path_remove_tree(dir, NULL), 0);
	mem_free(dir);
	mem_free(file);
	mem_free(link);
	mem_free(repo);
	mem_free(sub);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_transports),
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_read),
	};
	text_init();
	setenv("HOME", HOME, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
