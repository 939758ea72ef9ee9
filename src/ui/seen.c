/* SPDX-License-Identifier: MIT */
#include "seen.h"

#include "cockpit/base_clock.h"
#include "cockpit/orch_pilot.h"
#include "view.h"

#define SEEN_MS 1000

/* Its tile is in front of somebody, and is what the agent shows now. */
static bool
is_in_front(const struct view *view, const struct agent_view *agent)
{
	int index = view_index(view, agent->id);
	if (view->away || view->covered || view->copy || !agent->link || !agent->synced)
		return false;
	for (int i = 0; i < view->layout.tile_count; i++) {
		if (view->layout.tiles[i].index == index)
			return true;
	}
	return false;
}

int64_t
seen_step(struct view *view)
{
	struct agent_view agent;
	if (!view_focused(view, &agent) || agent.verdict.state != AGENT_DONE ||
		!is_in_front(view, &agent)) {
		view->look.agent = 0;
		return 0;
	}
	if (view->look.agent != agent.id || view->look.done_at != agent.verdict.since) {
		view->look.agent = agent.id;
		view->look.done_at = agent.verdict.since;
		view->look.since = clock_ms();
		view->look.told = false;
	}
	int64_t left = view->look.since + SEEN_MS - clock_ms();
	if (left > 0 || view->look.told)
		return left > 0 ? left : 0;
	view->look.told = true;
	pilot_seen(view->pilot, agent.id);
	return 0;
}
