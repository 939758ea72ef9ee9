/* SPDX-License-Identifier: MIT */
/*
 * What broke is an agent's to mend: the prompt that would be sent is shown, to be changed and
 * sent, or not.
 */
#include "fix.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_pilot.h"
#include "conflicts.h"
#include "dialog.h"
#include "keymap.h"
#include "view.h"
#include "words.h"

static void compose(struct view *view, bool force);

/* --- what is asked --- */

struct asked *
asked_new(struct view *view, const struct fixing_view *of)
{
	struct asked *asked = MEM_NEW(struct asked);
	*asked = (struct asked){view, *of, view->typed, view->askeds};
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

bool
asked_is_awaited(const struct asked *asked)
{
	return !view_is_covered(asked->view) && asked->view->typed == asked->typed;
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
	struct friction friction = asked->of.friction;
	snprintf(friction.by, sizeof(friction.by), "%s", asked->of.by);
	if (!err)
		pilot_fix_sent(asked->view->pilot, asked->of.whose, &friction);
	action_report(asked->view, text, err);
	asked_drop(asked);
}

/* It is started, and told when it is up. */
static void
submit_new(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	struct pilot_fixer spec = {.whose = view->fixing.whose,
		.name = view->fixing.by,
		.prompt = values[0],
		.friction = &view->fixing.friction};
	(void)agent;
	action_tile_size(view, -1, &spec.cols, &spec.rows);
	if (pilot_fixer(view->pilot, &spec, action_report, view, &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "starting %s…", spec.name);
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
show(const struct asked *asked, const char *text)
{
	struct view *view = asked->view;
	const struct fixing_view *of = &asked->of;
	static const char *const labels[] = {"prompt", NULL};
	const char *const texts[] = {text, NULL};
	struct agent_view agent;
	char title[96];
	uint32_t about = of->agent ? of->agent : of->whose;
	if (!fleet_agent(view->fleet, about, &agent))
		return;
	/* Who has gone on to something else by now is not disturbed. */
	if (!asked_is_awaited(asked)) {
		view_toast(view, ROLE_NOTICE, "the prompt for %s is there now: ask again",
			agent.name);
		return;
	}
	view->fixing = *of;
	view->toast_at = 0;
	if (of->agent)
		snprintf(title, sizeof(title), "to %s", agent.name);
	else
		snprintf(title, sizeof(title), "to a new agent, %.70s", of->by);
	dialog_form(view, title, about, labels, texts, of->agent ? submit : submit_new);
	dialog_late(view);
}

static void
on_composed(void *ctx, const char *text, const struct err *err)
{
	struct asked *asked = ctx;
	if (err)
		action_complain(asked->view, err);
	else
		show(asked, text);
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

/* agent 0: a new one. */
static void
begin(struct view *view, uint32_t agent, uint32_t whose, const struct friction *friction)
{
	struct agent_view other;
	struct fixing_view *of = &view->fixing;
	*of = (struct fixing_view){.agent = agent, .whose = whose, .friction = *friction};
	if (!agent)
		pilot_fixer_name(view->pilot, whose, of->by);
	else if (agent != whose && fleet_agent(view->fleet, agent, &other))
		snprintf(of->by, sizeof(of->by), "%s", other.name);
	compose(view, false);
}

static void
submit_who(struct view *view, uint32_t whose, const char *const values[])
{
	struct friction friction;
	struct agent_view other;
	uint32_t agent = (uint32_t)strtoul(values[0], NULL, 10);
	pilot_friction(view->pilot, whose, &friction);
	if (friction.kind == FRICTION_NONE)
		view_toast(view, ROLE_NOTICE, "nothing of it is broken any more");
	else if (agent && !fleet_agent(view->fleet, agent, &other))
		view_toast(view, ROLE_ERROR, "that agent is gone");
	else
		begin(view, agent, whose, &friction);
}

/* "two  ✓ done 3m  web-1  +3 -1" */
static void
describe(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	struct pilot_work work;
	struct host_view host;
	fleet_host_at(view->fleet, agent->host_index, &host);
	pilot_work(view->pilot, agent->id, &work);
	buf_printf(into, "%s  ", agent->name);
	words_state(agent, &host, WORDS_SHORT, into);
	buf_printf(into, "  %s  ", agent->host);
	if (work.diff)
		words_work(work.diff, false, into);
}

/* A new one, or who has nothing to do; the one whose work it is has f. */
static void
ask_who(struct view *view, const struct agent_view *whose, const struct friction *friction)
{
	int all = fleet_agent_count(view->fleet);
	size_t count = 0;
	struct dialog_choice *choices = mem_alloc_array((size_t)all + 1, sizeof(*choices));
	struct {
		char id[12];
		struct buf text;
	} *rows = mem_alloc_array((size_t)all + 1, sizeof(*rows));
	char name[FIXER_NAME_MAX], title[240];
	pilot_fixer_name(view->pilot, whose->id, name);
	rows[0].text = BUF_INIT;
	buf_printf(&rows[0].text, "start a fixer: %s, with the work of %s", name, whose->name);
	choices[count++] = (struct dialog_choice){"0", buf_cstr(&rows[0].text)};
	for (int i = 0; i < all; i++) {
		struct agent_view agent;
		fleet_agent_at(view->fleet, i, &agent);
		if (agent.id == whose->id || !pilot_is_free(view->pilot, agent.id))
			continue;
		rows[count].text = BUF_INIT;
		describe(view, &agent, &rows[count].text);
		snprintf(rows[count].id, sizeof(rows[count].id), "%" PRIu32, agent.id);
		choices[count] =
			(struct dialog_choice){rows[count].id, buf_cstr(&rows[count].text)};
		count++;
	}
	snprintf(title, sizeof(title), "%s: %s", whose->name, friction->words);
	dialog_choose(view, title, whose->id, choices, count, submit_who);
	for (size_t i = 0; i < count; i++)
		buf_release(&rows[i].text);
	mem_free(rows);
	mem_free(choices);
}

/* argument: 0 the agent itself, 1 whoever is chosen. */
void
action_fix(struct view *view, int argument)
{
	struct agent_view agent;
	struct friction friction;
	if (!action_focused(view, &agent))
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
	char said[128];
	if (!clash)
		return;
	uint32_t who = argument ? clash->other : clash->one;
	if (!who) {
		view_toast(view, ROLE_NOTICE, "the base is no agent: %s",
			keymap_said(
				view, VIEW_CONFLICTS, "f lets the other one mend it", said));
		return;
	}
	pilot_friction_with(view->pilot, who, argument ? clash->one : clash->other, &friction);
	begin(view, who, who, &friction);
}
