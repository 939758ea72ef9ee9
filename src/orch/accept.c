/* SPDX-License-Identifier: MIT */
/*
 * What tells whether an agent's work is good: while it has a task with a check of its own, that
 * one instead of the fleet's; before it goes into the base both.
 */
#include "cockpit/base_mem.h"
#include "local.h"

char *
accept_turn(const struct pilot *pilot, const char *host, const char *agent)
{
	const char *fleets = fleet_config(pilot->fleet)->check;
	char *own = tasks_check_of(pilot, host, agent);
	return own ? own : fleets ? mem_strdup(fleets) : NULL;
}

/* Each in a shell of its own, so that neither changes what the other one finds; on lines of its
 * own, since it may end with a comment. */
char *
accept_merge(const struct pilot *pilot, const char *host, const char *agent)
{
	const char *fleets = fleet_config(pilot->fleet)->check;
	char *own = tasks_check_of(pilot, host, agent);
	if (!own || !fleets || strcmp(own, fleets) == 0)
		return own ? own : fleets ? mem_strdup(fleets) : NULL;
	char *both = mem_printf("(\n%s\n) && (\n%s\n)", fleets, own);
	mem_free(own);
	return both;
}
