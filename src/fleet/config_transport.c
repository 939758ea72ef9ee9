/* SPDX-License-Identifier: MIT */
/* The way to a host, as its "transport" says it: a word, or a program and its arguments. */
#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_command.h"
#include "config.h"

static const char *const names[] = {
#define X(name, id) name,
	CONFIG_TRANSPORTS(X)
#undef X
};

static int
read_word(struct config_host *host, const struct json *node, struct err *err)
{
	for (size_t i = 0; i < CONFIG_TRANSPORT_COMMAND; i++) {
		if (strcmp(json_to_cstr(node), names[i]) != 0)
			continue;
		host->transport = (enum config_transport)i;
		return 0;
	}
	return config_refuse(node, err,
		"\"auto\", \"libssh2\", \"openssh\", or an array: a program and its arguments");
}

/* A program that is named by a path lies where the file says; by a name alone, on PATH. */
static void
place_program(const struct fleet_config *config, char **program)
{
	if (!strchr(*program, '/'))
		return;
	char *home = path_expand(*program);
	mem_free(*program);
	*program = path_join(config->dir, home);
	mem_free(home);
}

int
config_read_transport(const struct fleet_config *config, struct config_host *host,
	const struct json *node, const struct json *object, struct err *err)
{
	static const char *const for_ssh[] = {"ssh", "ssh_config"};
	if (json_kind(node) == JSON_KIND_STRING)
		return read_word(host, node, err);
	if (json_kind(node) != JSON_KIND_ARRAY)
		return config_refuse(node, err,
			"a string or an array for \"transport\" (how the host is reached)");
	host->transport = CONFIG_TRANSPORT_COMMAND;
	int rc = config_read_argv(node, "transport", &host->command, err);
	if (rc < 0)
		return rc;
	if (strstr(host->command[0], COMMAND_PLACEHOLDER))
		return config_refuse(json_first(node), err, "the program to run");
	place_program(config, &host->command[0]);
	for (size_t i = 0; i < sizeof(for_ssh) / sizeof(for_ssh[0]); i++) {
		const struct json *key = json_find(object, for_ssh[i]);
		if (key)
			return json_refuse(key, JSON_AT_KEY, err,
				"found \"%s\" beside a \"transport\" that is a command, "
				"expected one of "
				"them",
				for_ssh[i]);
	}
	return 0;
}
