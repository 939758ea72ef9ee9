/* SPDX-License-Identifier: MIT */
/*
 * The branch that an agent starts from and goes to, where that is not the fleet's: said when it
 * is started, for a task that has one, and true as long as its work tree is there. A file for
 * each such agent in the fleet's state folder, so that every cockpit and command knows it.
 */
#define LOG_MODULE "bases"
#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "local.h"

#define BRANCH_MAX 255

/* "BASES/HOST/AGENT", the caller's; NULL: there can be no such file. */
static char *
file_of(const struct pilot *pilot, const char *host, const char *agent)
{
	/* The agent's name is what its host says. */
	if (!pilot->bases || !str_is_name(str_from(host)) || !str_is_name(str_from(agent)))
		return NULL;
	return mem_printf("%s/%s/%s", pilot->bases, host, agent);
}

char *
bases_own(const struct pilot *pilot, const char *host, const char *agent)
{
	struct buf text = BUF_INIT;
	char *file = file_of(pilot, host, agent), *branch = NULL;
	if (file && path_read(file, BRANCH_MAX, &text, NULL) == 0 &&
		fleet_config_is_branch(buf_cstr(&text)))
		branch = mem_strdup(buf_cstr(&text));
	buf_release(&text);
	mem_free(file);
	return branch;
}

char *
pilot_base(const struct pilot *pilot, const char *host, const char *agent)
{
	const char *fleets = fleet_config(pilot->fleet)->base;
	char *own = bases_own(pilot, host, agent);
	return own ? own : fleets ? mem_strdup(fleets) : NULL;
}

void
bases_keep(const struct pilot *pilot, const char *host, const char *agent, const char *branch)
{
	struct err err = ERR_INIT;
	char *file = file_of(pilot, host, agent);
	if (!file)
		return;
	char *dir = path_dir(file);
	if (!branch)
		unlink(file);
	else if (path_mkdir(dir, &err) < 0 ||
		 path_write(file, str_from(branch), 0600, &err) < 0)
		log_info("%s", err.text);
	mem_free(dir);
	mem_free(file);
}

void
bases_names(const struct pilot *pilot, const char *host, const char *agent, char *ret[2])
{
	const char *fleets = fleet_config(pilot->fleet)->base;
	ret[0] = bases_own(pilot, host, agent);
	ret[1] = NULL;
	if (!ret[0]) {
		ret[0] = mem_strdup("");
		ret[1] = fleets ? mem_strdup(fleets) : NULL;
	} else if (fleets && strcmp(ret[0], fleets) == 0) {
		ret[1] = mem_strdup("");
	}
}
