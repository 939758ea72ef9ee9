/* SPDX-License-Identifier: MIT */
/* A shell beside an agent: a tile of its own, in the agent's folder on its host. */
#include <stdio.h>

#include "action.h"
#include "cockpit/orch_pilot.h"
#include "view.h"

/* 0: there is none. */
static uint32_t
find(const struct view *view, const char *host, const char *name)
{
	for (int i = 0; i < view->everyone_count; i++) {
		struct agent_view agent;
		if (fleet_agent(view->fleet, view->everyone[i], &agent) && agent.beside &&
			strcmp(agent.host, host) == 0 && strcmp(agent.name, name) == 0)
			return agent.id;
	}
	return 0;
}

void
action_shell(struct view *view, int argument)
{
	struct agent_view agent;
	struct err err = ERR_INIT;
	char name[80];
	(void)argument;
	if (!view_focused(view, &agent))
		return;
	snprintf(name, sizeof(name), "%s-sh", agent.name);
	uint32_t there = find(view, agent.host, name);
	if (there) {
		action_focus(view, there);
		return;
	}
	if (agent.beside || !agent.present || !agent.dir[0]) {
		view_toast(view, ROLE_ERROR,
			agent.beside
				? "%s is a shell itself"
				: "%s does not run: a shell is opened beside one that does",
			agent.name);
		return;
	}
	struct pilot_spec spec = {
		.name = name, .host = agent.host, .profile = "shell", .beside = agent.name};
	action_tile_size(view, -1, &spec.cols, &spec.rows);
	if (pilot_spawn(view->pilot, &spec, action_report, view, &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "starting %s…", name);
	view->shell.from = agent.id;
	snprintf(view->shell.name, sizeof(view->shell.name), "%s", name);
	snprintf(view->shell.host, sizeof(view->shell.host), "%s", agent.host);
}

void
shell_look(struct view *view)
{
	if (!view->shell.from)
		return;
	uint32_t there = find(view, view->shell.host, view->shell.name);
	bool stayed = view->focus == view->shell.from;
	if (!there && stayed)
		return;
	view->shell.from = 0;
	/* Who has gone on to something else by now stays there. */
	if (there && stayed && view->mode == VIEW_COMMAND && !view_is_occupied(view))
		action_focus(view, there);
}
