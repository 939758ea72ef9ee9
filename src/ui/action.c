/* SPDX-License-Identifier: MIT */
#include "action.h"

#include <stdio.h>

#include "arrange.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/term_screen.h"
#include "copy.h"
#include "dialog.h"
#include "keymap.h"
#include "pager.h"
#include "palette.h"
#include "panel.h"
#include "question.h"
#include "unsent.h"
#include "view.h"

void
action_report(void *ctx, const char *text, const struct err *err)
{
	struct view *view = ctx;
	if (err)
		action_complain(view, err);
	else if (text[0])
		view_toast(view, ROLE_NOTICE, "%.200s", text);
}

void
action_complain(struct view *view, const struct err *err)
{
	/* What a person wanted is no failure. */
	view_toast(view, err->code == ERR_CANCELED ? ROLE_NOTICE : ROLE_ERROR, "%.200s",
		err->text);
}

static void
focus_index(struct view *view, int index)
{
	if (index < 0 || index >= view->agent_count || view->agents[index] == view->focus)
		return;
	copy_close(view);
	view->focus = view->agents[index];
	view->mode = VIEW_COMMAND;
}

void
action_focus(struct view *view, uint32_t agent)
{
	struct agent_view there;
	if (view_index(view, agent) < 0 && filter_is_on(view) &&
		fleet_agent(view->fleet, agent, &there)) {
		filter_clear(view, 0);
		if (view_index(view, agent) >= 0)
			view_toast(view, ROLE_NOTICE,
				"the filter did not show it: all are shown now");
	}
	focus_index(view, view_index(view, agent));
}

void
action_tile_size(const struct view *view, int index, int *ret_cols, int *ret_rows)
{
	struct layout layout;
	int count = view->agent_count ? view->agent_count : 1;
	const struct layout_wish wish =
		arrange_wish(view, view->panel ? PANEL_OPEN : PANEL_CLOSED);
	layout_compute(surface_cols(view->surface), surface_rows(view->surface), count, 0,
		false, &wish, &layout);
	*ret_cols = 80;
	*ret_rows = 24;
	bool large = layout.kind == LAYOUT_MAIN && layout.tiles[0].index == index;
	const struct layout_tile *tile = large ? &layout.tiles[0] : layout_typical(&layout);
	if (tile) {
		struct rect in = rect_inner(tile->outer);
		*ret_cols = in.w;
		*ret_rows = in.h;
	}
}

bool
action_focused(struct view *view, struct agent_view *ret)
{
	char said[128];
	if (view_focused(view, ret))
		return true;
	view_toast(view, ROLE_NOTICE, "there is no agent: %s",
		keymap_said(view, VIEW_COMMAND,
			view->everyone_count > 0 ? "esc shows all" : "n starts one", said));
	return false;
}

void
action_type(struct view *view, int argument)
{
	struct agent_view agent;
	char said[128];
	(void)argument;
	if (!action_focused(view, &agent))
		return;
	/* Whether it runs is not known before its host is there. */
	if (!agent.link)
		unsent_refuse(view, &agent);
	else if (!agent.present)
		view_toast(view, ROLE_ERROR, "%s does not run: %s", agent.name,
			keymap_said(view, VIEW_COMMAND, "r starts it", said));
	else
		view->mode = VIEW_TYPING;
}

void
action_command(struct view *view, int argument)
{
	(void)argument;
	view->mode = VIEW_COMMAND;
	view_changed(view);
}

void
action_typed(struct view *view, struct key key)
{
	if (unsent_burst(view) || pilot_key(view->pilot, view->focus, key) < 0)
		unsent_key(view);
}

void
action_paste(struct view *view, struct str text, bool truncated)
{
	if (view->question) {
		question_paste(view, text, truncated);
		return;
	}
	if (view->dialog) {
		dialog_paste(view, text);
		return;
	}
	/* What lies over the tile has the keys. */
	if (view->text.len)
		return;
	if (view->palette) {
		palette_paste(view, text);
		return;
	}
	if (view->doings.open)
		return;
	if (view->pager) {
		pager_paste(view, text);
		return;
	}
	if (view->filter.editing) {
		filter_paste(view, text);
		return;
	}
	if (copy_paste(view, text))
		return;
	if (view->mode != VIEW_TYPING) {
		char key[32];
		keymap_first(view, VIEW_COMMAND, "type", key);
		view_toast(view, ROLE_ERROR, "a paste goes to an agent%s%s%s",
			key[0] ? ": press " : "", key, key[0] ? " to type first" : "");
		return;
	}
	if (truncated)
		view_toast(
			view, ROLE_ERROR, "the paste is longer than 4 MiB: nothing was sent");
	else if (unsent_burst(view) || pilot_paste(view->pilot, view->focus, text) < 0)
		unsent_paste(view);
}

static const char *
or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

/* The short form has the first field alone: the others are NULL. */
static void submit_new(struct view *view, uint32_t agent, const char *const values[]);

/* With all options if there is a second value. */
static void
open_new(struct view *view, const char *const values[])
{
	static const char *const labels[] = {"what is it to do? (may be empty)",
		"name (empty: made up)", "host (empty: the one with most room)",
		"profile: claude, codex, …, shell (empty: the fleet's)", NULL};
	const char *const first[] = {labels[0], NULL};
	dialog_form(view, "new agent", 0, values[1] ? labels : first, values, submit_new);
}

static void
submit_new(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	struct pilot_spec spec = {.prompt = or_null(values[0]),
		.name = or_null(values[1]),
		.host = or_null(values[2]),
		.profile = or_null(values[3])};
	(void)agent;
	action_tile_size(view, -1, &spec.cols, &spec.rows);
	if (pilot_spawn(view->pilot, &spec, action_report, view, &err) == 0) {
		view_toast(view, ROLE_NOTICE, "starting…");
		return;
	}
	/* What was written is not written again for one word of it. */
	action_complain(view, &err);
	open_new(view, values);
}

void
action_new(struct view *view, int argument)
{
	static const char *const values[] = {"", NULL};
	(void)argument;
	open_new(view, values);
}

void
action_new_with(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	bool some = view_focused(view, &agent);
	const char *const values[] = {"", "", some ? agent.host : "", "", NULL};
	open_new(view, values);
}

static void
submit_prompt(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	if (pilot_send(view->pilot, agent, str_from(values[0]), NULL, action_report, view,
		    &err) == 0)
		return;
	action_complain(view, &err);
	struct agent_view to;
	if (fleet_agent(view->fleet, agent, &to) && values[0][0])
		action_prompt_with(view, &to, values[0]);
}

void
action_prompt_with(struct view *view, const struct agent_view *agent, const char *text)
{
	static const char *const labels[] = {"prompt", NULL};
	const char *const texts[] = {text, NULL};
	char title[96];
	snprintf(title, sizeof(title), "to %s", agent->name);
	dialog_form(view, title, agent->id, labels, text ? texts : NULL, submit_prompt);
}

void
action_prompt_agent(struct view *view, const struct agent_view *agent)
{
	action_prompt_with(view, agent, NULL);
}

/* What a cockpit that was killed had taken and may not have delivered. */
void
action_left_prompts(struct view *view)
{
	int count = pilot_resume_prompts(view->pilot, action_report, view);
	if (count)
		view_toast(view, ROLE_NOTICE,
			"going on with %d prompt%s of a cockpit that ended", count,
			count == 1 ? "" : "s");
}

void
action_prompt(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (action_focused(view, &agent))
		action_prompt_agent(view, &agent);
}

void
action_zoom(struct view *view, int argument)
{
	(void)argument;
	view->zoom = !view->zoom;
}

static void
start_declared(struct view *view, const char *name)
{
	struct err err = ERR_INIT;
	int cols, rows;
	action_tile_size(view, -1, &cols, &rows);
	if (pilot_spawn_declared(view->pilot, name, cols, rows, action_report, view, &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "starting %s…", name);
}

/* What the fleet file does not name is not known to it, but to its host. */
static void
start_again(struct view *view, const struct agent_view *agent)
{
	struct err err = ERR_INIT;
	int cols, rows;
	action_tile_size(view, -1, &cols, &rows);
	if (pilot_spawn_again(view->pilot, agent->id, cols, rows, action_report, view, &err) <
		0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "starting %s again…", agent->name);
}

void
action_restart_agent(struct view *view, const struct agent_view *agent)
{
	enum agent_state state = agent->verdict.state;
	bool ended = strcmp(agent->verdict.source, "process") == 0;
	char said[128];
	bool over = ended && (state == AGENT_FAILED || state == AGENT_ENDED);
	/* It runs, and came to nothing: a word makes it go on. */
	if (agent->present && agent->link && !ended &&
		(state == AGENT_FAILED || state == AGENT_LIMITED)) {
		action_prompt_with(view, agent, "Please go on.");
		return;
	}
	pilot_retry(view->pilot);
	if (!agent->present && agent->declared)
		start_declared(view, agent->name);
	else if (agent->lost)
		start_again(view, agent);
	else if (!agent->link)
		view_toast(view, ROLE_NOTICE, "trying host %s", agent->host);
	else if (over && pilot_restart(view->pilot, agent->id) < 0)
		view_toast(view, ROLE_ERROR, "host %s cannot be reached now", agent->host);
	else if (!over)
		view_toast(view, ROLE_NOTICE, "%s runs; %s", agent->name,
			keymap_said(view, VIEW_COMMAND, "x stops it", said));
}

void
action_restart(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (view_focused(view, &agent))
		action_restart_agent(view, &agent);
	else
		pilot_retry(view->pilot);
}

void
action_start_declared(struct view *view, int host)
{
	for (int i = 0; i < fleet_agent_count(view->fleet); i++) {
		struct agent_view agent;
		fleet_agent_at(view->fleet, i, &agent);
		if (agent.declared && !agent.present && (host < 0 || agent.host_index == host))
			start_declared(view, agent.name);
	}
}

void
action_answer(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	bool some = view_focused(view, &agent);
	if (!question_open(view, some ? agent.host_index : -1))
		view_toast(view, ROLE_NOTICE, "no host asks anything");
}

void
action_explain_agent(struct view *view, uint32_t agent)
{
	buf_clear(&view->text);
	fleet_explain(view->fleet, agent, &view->text);
	overlay_text(view, "explain");
}

void
action_explain(struct view *view, int argument)
{
	(void)argument;
	action_explain_agent(view, view->focus);
}

static void
move(struct view *view, int dx, int dy)
{
	int from = view_index(view, view->focus);
	if (from >= 0)
		focus_index(view, layout_move(&view->layout, view->agent_count, from, dx, dy));
}

void
action_left(struct view *view, int argument)
{
	(void)argument;
	move(view, -1, 0);
}

void
action_right(struct view *view, int argument)
{
	(void)argument;
	move(view, 1, 0);
}

void
action_up(struct view *view, int argument)
{
	(void)argument;
	move(view, 0, -1);
}

void
action_down(struct view *view, int argument)
{
	(void)argument;
	move(view, 0, 1);
}

void
action_page(struct view *view, int argument)
{
	const struct layout *layout = &view->layout;
	int index = argument > 0 ? layout->after : layout->before;
	if (index < 0)
		index = argument > 0 ? view->agent_count - 1 : 0;
	if (view->layout.kind == LAYOUT_LIST)
		index = view_index(view, view->focus) + argument * view->layout.list.h;
	if (index >= view->agent_count)
		index = view->agent_count - 1;
	focus_index(view, index < 0 ? 0 : index);
}

void
action_jump(struct view *view, int argument)
{
	focus_index(view, argument - 1);
}

void
action_redraw(struct view *view, int argument)
{
	(void)argument;
	view->redraw = true;
}

void
action_suspend(struct view *view, int argument)
{
	(void)argument;
	view->suspend = true;
}

void
action_help(struct view *view, int argument)
{
	(void)argument;
	static const char *const titles[VIEW_MODE_COUNT] = {
		[VIEW_COMMAND] = "keys in COMMAND mode",
		[VIEW_INBOX] = "keys in INBOX mode",
		[VIEW_DIFF] = "keys in DIFF mode",
		[VIEW_CONFLICTS] = "keys in CONFLICTS mode",
		[VIEW_EVENTS] = "keys in EVENTS mode",
		[VIEW_CHECKS] = "keys in CHECKS mode",
		[VIEW_TASKS] = "keys in TASKS mode",
		[VIEW_COPY] = "keys in COPY mode",
		[VIEW_PAGER] = "keys in PAGER mode"};
	enum view_mode mode = view->mode;
	(void)overlay_takes_keys(view, &mode);
	buf_clear(&view->text);
	keymap_text(view, mode, &view->text);
	overlay_text(view, titles[mode]);
}

void
action_palette(struct view *view, int argument)
{
	(void)argument;
	palette_open(view);
}

void
action_detach(struct view *view, int argument)
{
	(void)argument;
	view->quit = true;
}
