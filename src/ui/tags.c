/* SPDX-License-Identifier: MIT */
/* A box for the focused agent's tags and label. */
#include <stdio.h>

#include "action.h"
#include "cockpit/base_buf.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tags.h"
#include "dialog.h"
#include "view.h"

static void open_box(
	struct view *view, const struct agent_view *agent, const char *tags, const char *label);

/* What was typed is not lost for one wrong word. */
static void
submit(struct view *view, uint32_t id, const char *const values[])
{
	struct agent_view agent;
	struct err err = ERR_INIT;
	struct buf tags = BUF_INIT;
	if (!fleet_agent(view->fleet, id, &agent))
		return;
	int rc = tags_clean(str_from(values[0]), &tags, &err);
	if (rc == 0)
		rc = pilot_tag(view->pilot, agent.name, buf_cstr(&tags), values[1], &err);
	if (rc < 0) {
		open_box(view, &agent, values[0], values[1]);
		action_complain(view, &err);
	}
	buf_release(&tags);
	view_changed(view);
}

static void
open_box(struct view *view, const struct agent_view *agent, const char *tags, const char *label)
{
	static const char *const labels[] = {
		"tags, with blanks between them", "label, beside its name", NULL};
	const char *const defaults[] = {tags, label};
	char title[96];
	snprintf(title, sizeof(title), "tags of %s", agent->name);
	dialog_form(view, title, agent->id, labels, defaults, submit);
}

void
action_tags(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (action_focused(view, &agent))
		open_box(view, &agent, pilot_tags(view->pilot, agent.name),
			pilot_label(view->pilot, agent.name));
}
