/* SPDX-License-Identifier: MIT */
#include "unsent.h"

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/orch_pilot.h"
#include "view.h"
#include "words.h"

/* Between two keys of somebody who types without looking up. */
#define BURST_MS 300

static void
tell(struct view *view, const struct agent_view *agent, const char *what)
{
	struct host_view host;
	struct buf why = BUF_INIT;
	fleet_host_at(view->fleet, agent->host_index, &host);
	words_deaf(agent, &host, &why);
	view_toast(view, ROLE_ERROR, "%s %s: %s", what, agent->name, buf_cstr(&why));
	buf_release(&why);
	pilot_hurry(view->pilot, agent->host_index);
}

void
unsent_key(struct view *view)
{
	struct agent_view agent;
	char what[48];
	int64_t now = clock_ms();
	if (!view_focused(view, &agent))
		return;
	if (view->unsent.agent != agent.id || now - view->unsent.at > TOAST_MS)
		view->unsent.keys = 0;
	view->unsent.agent = agent.id;
	view->unsent.at = now;
	view->unsent.keys++;
	snprintf(what, sizeof(what), "%d key%s not sent to", view->unsent.keys,
		view->unsent.keys == 1 ? "" : "s");
	tell(view, &agent, what);
}

void
unsent_paste(struct view *view)
{
	struct agent_view agent;
	if (view_focused(view, &agent))
		tell(view, &agent, "the paste was not sent to");
}

void
unsent_refuse(struct view *view, const struct agent_view *agent)
{
	tell(view, agent, "nothing can be typed into");
}

bool
unsent_burst(struct view *view)
{
	return view->unsent.agent == view->focus && view->unsent.keys > 0 &&
	       clock_ms() - view->unsent.at < BURST_MS;
}
