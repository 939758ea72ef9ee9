/* SPDX-License-Identifier: MIT */
/* A shell beside an agent: a tile of its own, in the agent's folder on its host. */
#include "action.h"
#include "cockpit/orch_pilot.h"
#include "view.h"

void
action_shell(struct view *view, int argument)
{
	struct agent_view agent;
	struct err err = ERR_INIT;
	int cols, rows;
	(void)argument;
	if (!action_focused(view, &agent))
		return;
	uint32_t there = pilot_shell_of(view->pilot, agent.id);
	if (there) {
		action_focus(view, there);
		return;
	}
	action_tile_size(view, -1, &cols, &rows);
	if (pilot_shell(view->pilot, agent.id, cols, rows, action_report, view, &err) < 0) {
		action_complain(view, &err);
		return;
	}
	view_toast(view, ROLE_NOTICE, "starting %s-sh…", agent.name);
	view->shell_from = agent.id;
}

void
shell_look(struct view *view)
{
	if (!view->shell_from)
		return;
	uint32_t there = pilot_shell_of(view->pilot, view->shell_from);
	bool stayed = view->focus == view->shell_from;
	if (!there && stayed)
		return;
	view->shell_from = 0;
	/* Who has gone on to something else by now stays there. */
	if (there && stayed && view->mode == VIEW_COMMAND && !view_is_occupied(view))
		action_focus(view, there);
}
