/* SPDX-License-Identifier: MIT */
/*
 * What broke is an agent's to mend: the prompt that would be sent is shown, to be changed and
 * sent, or not.
 */
#include "fix.h"

#include <stdio.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_pilot.h"
#include "conflicts.h"
#include "dialog.h"
#include "view.h"

static void compose(struct view *view, bool force);

/* --- what is asked --- */

struct asked *
asked_new(struct view *view, const struct fixing_view *of)
{
	struct asked *asked = MEM_NEW(struct asked);
	*asked = (struct asked){view, *of, view->askeds};
	view->askeds = asked;
	return asked;
}

void
asked_drop(struct asked *asked)
{
	struct asked **p = &asked->view->askeds;
	while (*p != asked)
		p = &(*p)->next;
	*p = asked->next;
	mem_free(asked);
}

void
askeds_release(struct view *view)
{
	while (view->askeds)
		asked_drop(view->askeds);
}

/* --- the prompt is sent --- */

static void
on_sent(void *ctx, const char *text, const struct err *err)
{
	struct asked *asked = ctx;
	if (!err)
		pilot_fix_sent(asked->view->pilot, asked->of.whose, &asked->of.friction);
	action_report(asked->view, text, err);
	asked_drop(asked);
}

static void
submit(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	struct asked *asked = asked_new(view, &view->fixing);
	if (pilot_send(view->pilot, agent, str_from(values[0]), NULL, on_sent, asked, &err) <
		0) {
		action_complain(view, &err);
		asked_drop(asked);
	}
}

static void
show(struct view *view, const struct fixing_view *of, const char *text)
{
	static const char *const labels[] = {"prompt (C-j: new line)", NULL};
	const char *const texts[] = {text, NULL};
	struct agent_view agent;
	char title[96];
	/* Who has gone on to something else by now is not disturbed. */
	if ((int)view->mode != of->mode || view->dialog ||
		!fleet_agent(view->fleet, of->agent, &agent))
		return;
	view->fixing = *of;
	view->toast_at = 0;
	snprintf(title, sizeof(title), "to %s", agent.name);
	dialog_form(view, title, agent.id, labels, texts, submit);
}

static void
on_composed(void *ctx, const char *text, const struct err *err)
{
	struct asked *asked = ctx;
	if (err)
		action_complain(asked->view, err);
	else
		show(asked->view, &asked->of, text);
	asked_drop(asked);
}

static void
submit_anyway(struct view *view, uint32_t agent, const char *const values[])
{
	(void)agent;
	(void)values;
	compose(view, true);
}

static void
compose(struct view *view, bool force)
{
	struct err err = ERR_INIT;
	const struct friction *friction = &view->fixing.friction;
	struct asked *asked = asked_new(view, &view->fixing);
	int rc = pilot_fix(view->pilot, view->fixing.agent, view->fixing.whose, friction, force,
		on_composed, asked, &err);
	if (rc < 0)
		asked_drop(asked);
	if (rc == ERR_EXISTS || rc == ERR_LIMIT)
		dialog_ask(view, "once more?", view->fixing.agent, err.text, "once more",
			submit_anyway);
	else if (rc < 0)
		action_complain(view, &err);
	else if (friction->kind == FRICTION_BASE || friction->kind == FRICTION_CLASH)
		view_toast(view, ROLE_NOTICE, "bringing there what it clashes with…");
}

/* --- who is to mend what --- */

static void
begin(struct view *view, uint32_t agent, uint32_t whose, const struct friction *friction)
{
	view->fixing.agent = agent;
	view->fixing.whose = whose;
	view->fixing.friction = *friction;
	view->fixing.mode = view->mode;
	compose(view, false);
}

static void
submit_other(struct view *view, uint32_t whose, const char *const values[])
{
	struct friction friction;
	uint32_t agent = fleet_agent_find(view->fleet, values[0]);
	pilot_friction(view->pilot, whose, &friction);
	if (!agent)
		view_toast(view, ROLE_ERROR, "there is no such agent");
	else
		begin(view, agent, whose, &friction);
}

static void
ask_who(struct view *view, const struct agent_view *whose, const struct friction *friction)
{
	static const char *const labels[] = {"which agent is to mend it?", NULL};
	char title[240];
	snprintf(title, sizeof(title), "%s: %s", whose->name, friction->words);
	dialog_form(view, title, whose->id, labels, NULL, submit_other);
}

/* argument: 0 the agent itself, 1 another one. */
void
action_fix(struct view *view, int argument)
{
	struct agent_view agent;
	struct friction friction;
	if (!view_focused(view, &agent))
		return;
	pilot_friction(view->pilot, agent.id, &friction);
	if (friction.kind == FRICTION_NONE)
		view_toast(
			view, ROLE_NOTICE, "nothing of %s is known to be broken", agent.name);
	else if (argument)
		ask_who(view, &agent, &friction);
	else
		begin(view, agent.id, agent.id, &friction);
}

/* argument: 0 the one that is named first, 1 the other one. */
void
conflicts_fix(struct view *view, int argument)
{
	size_t file;
	const struct pilot_clash *clash = conflicts_selected(view, &file);
	struct friction friction;
	if (!clash)
		return;
	uint32_t who = argument ? clash->other : clash->one;
	if (!who) {
		view_toast(view, ROLE_NOTICE,
			"the base is no agent: f lets the other one mend it");
		return;
	}
	pilot_friction_with(view->pilot, who, argument ? clash->one : clash->other, &friction);
	begin(view, who, who, &friction);
}
