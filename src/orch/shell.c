/* SPDX-License-Identifier: MIT */
/* A shell beside an agent: one of its own kind, in the agent's folder on its host. */
#include <stdio.h>
#include <string.h>

#include "local.h"

#define NAME_MAX_BYTES 80

static void
make_name(const struct agent_view *agent, char ret[NAME_MAX_BYTES])
{
	snprintf(ret, NAME_MAX_BYTES, "%s-sh", agent->name);
}

uint32_t
pilot_shell_of(const struct pilot *pilot, uint32_t agent)
{
	struct agent_view of, it;
	char name[NAME_MAX_BYTES];
	if (!fleet_agent(pilot->fleet, agent, &of))
		return 0;
	make_name(&of, name);
	for (int i = 0; i < fleet_agent_count(pilot->fleet); i++) {
		fleet_agent_at(pilot->fleet, i, &it);
		if (it.beside && strcmp(it.host, of.host) == 0 && strcmp(it.name, name) == 0)
			return it.id;
	}
	return 0;
}

int
pilot_shell(struct pilot *pilot, uint32_t agent, int cols, int rows, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct agent_view of;
	char name[NAME_MAX_BYTES];
	if (!fleet_agent(pilot->fleet, agent, &of))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	if (of.beside)
		return err_set(err, ERR_INVALID, "%s is a shell itself", of.name);
	if (!of.present || !of.dir[0])
		return err_set(err, ERR_NOT_FOUND,
			"%s does not run: a shell is opened beside one that does", of.name);
	make_name(&of, name);
	const struct pilot_spec spec = {.name = name,
		.host = of.host,
		.profile = "shell",
		.beside = of.name,
		.cols = cols,
		.rows = rows};
	return pilot_spawn(pilot, &spec, done, ctx, err);
}
