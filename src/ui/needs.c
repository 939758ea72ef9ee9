/* SPDX-License-Identifier: MIT */
/*
 * The next agent that needs a person: the most urgent kind first, and of that kind each in
 * its turn. What nobody can reach now comes after all that can be reached.
 */
#include "action.h"
#include "inbox.h"
#include "view.h"

#define BIT(state) (1u << AGENT_##state)

static const unsigned urgency[] = {
	BIT(ASKS), BIT(TRUST), BIT(LOGIN), BIT(FAILED) | BIT(LOST),
	BIT(DONE), /* and not seen: else it is idle */
};
#define URGENCIES (sizeof(urgency) / sizeof(urgency[0]))

static bool
needs(const struct agent_view *agent, unsigned states, bool away)
{
	enum agent_state state = agent->question ? AGENT_ASKS : agent->verdict.state;
	bool deaf = agent->present && !agent->link;
	return states >> state & 1 && deaf == away;
}

static int
place_of(const struct view *view, uint32_t agent)
{
	for (int i = 0; i < view->everyone_count; i++) {
		if (view->everyone[i] == agent)
			return i;
	}
	return -1;
}

/* From the focused one on, which itself is not meant; whatever the filter shows. 0: none. */
static uint32_t
find_next(const struct view *view, unsigned states, bool away)
{
	int from = place_of(view, view->focus);
	for (int i = 1; i < view->everyone_count + (from < 0); i++) {
		int index = (from + i) % view->everyone_count;
		struct agent_view agent;
		if (fleet_agent(view->fleet, view->everyone[index], &agent) &&
			needs(&agent, states, away))
			return agent.id;
	}
	return 0;
}

static bool
needs_at_all(const struct view *view)
{
	struct agent_view agent;
	unsigned states = 0;
	for (size_t i = 0; i < URGENCIES; i++)
		states |= urgency[i];
	return view_focused(view, &agent) &&
	       (needs(&agent, states, false) || needs(&agent, states, true));
}

void
action_needs_you(struct view *view, int argument)
{
	enum view_mode mode = view->mode;
	uint32_t id = 0;
	(void)argument;
	for (int away = 0; away < 2 && !id; away++) {
		for (size_t i = 0; i < URGENCIES && !id; i++)
			id = find_next(view, urgency[i], away != 0);
	}
	if (!id) {
		bool this = needs_at_all(view);
		view_toast(view, ROLE_NOTICE,
			this ? "no other agent needs you" : "no agent needs you");
		id = this ? view->focus : 0;
	}
	if (id)
		action_focus(view, id);
	view->mode = mode;
	if (id && view->panel)
		inbox_select(view, id);
}
