/* SPDX-License-Identifier: MIT */
#include "view.h"

#include "arrange.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "copy.h"
#include "cost.h"
#include "dialog.h"
#include "keymap.h"
#include "pager.h"
#include "palette.h"
#include "panel.h"
#include "question.h"
#include "unsent.h"

int
view_index(const struct view *view, uint32_t agent)
{
	for (int i = 0; i < view->agent_count; i++) {
		if (view->agents[i] == agent)
			return i;
	}
	return -1;
}

bool
view_focused(const struct view *view, struct agent_view *ret)
{
	return view->focus && fleet_agent(view->fleet, view->focus, ret);
}

bool
view_is_covered(const struct view *view)
{
	return view->question || view->dialog || view->palette || view->pager ||
	       view->doings.open || view->text.len || view->filter.editing;
}

bool
view_is_occupied(const struct view *view)
{
	return view_is_covered(view) || view->mode == VIEW_TYPING || view->mode == VIEW_COPY;
}

/* Who has a pane, and who should have one, if the filter lets him. Order never changes by
 * state. */
static void
collect(struct view *view)
{
	int count = fleet_agent_count(view->fleet);
	int old = view_index(view, view->focus);
	view->agents = mem_grow(view->agents, (size_t)count + 1, sizeof(*view->agents));
	view->everyone = mem_grow(view->everyone, (size_t)count + 1, sizeof(*view->everyone));
	view->agent_count = view->everyone_count = 0;
	/* By what an agent does alone the focus never goes elsewhere: the next key is for him.
	 */
	uint32_t kept = view->filter.editing ? 0 : view->focus;
	for (int i = 0; i < count; i++) {
		struct agent_view agent;
		fleet_agent_at(view->fleet, i, &agent);
		if (!agent.present && !agent.declared && !agent.lost)
			continue;
		view->everyone[view->everyone_count++] = agent.id;
		if (agent.id == kept || filter_shows(view, &agent))
			view->agents[view->agent_count++] = agent.id;
	}
	if (view_index(view, view->focus) >= 0)
		return;
	/* The focused one is gone: its neighbour takes the focus, but never the keys. */
	if (view->focus)
		unsent_throw_out(view);
	if (old >= view->agent_count)
		old = view->agent_count - 1;
	view->focus = view->agent_count ? view->agents[old < 0 ? 0 : old] : 0;
	copy_close(view);
}

void
view_refresh(struct view *view)
{
	collect(view);
	shell_look(view);
	struct agent_view agent;
	/* Not for what may come back: what one types on into a lost link is no command. */
	if (view->mode == VIEW_TYPING &&
		(!view_focused(view, &agent) || (!agent.present && !agent.lost)))
		unsent_throw_out(view);
	/* Whoever goes elsewhere has left it. */
	if (view->copy && view->mode != VIEW_COPY)
		copy_close(view);
	int focus = view_index(view, view->focus);
	enum layout_panel panel = panel_has_keys(view)
					  ? (view->panel_full ? PANEL_FULL : PANEL_KEYS)
				  : view->panel ? PANEL_OPEN
						: PANEL_CLOSED;
	const struct layout_wish wish = arrange_wish(view, panel);
	layout_compute(surface_cols(view->surface), surface_rows(view->surface),
		view->agent_count, focus < 0 ? 0 : focus, view->zoom, &wish, &view->layout);
	panel_refresh(view);
	doings_refresh(view);
	cost_refresh(view);
	toast_refresh(view);
}

void
view_changed(struct view *view)
{
	view->chrome = true;
	if (view->changed)
		view->changed(view->ctx);
}

void
view_release(struct view *view)
{
	copy_close(view);
	mem_free(view->main_name);
	mem_free(view->merge_branch);
	buf_release(&view->arranged);
	endings_release(view);
	askeds_release(view);
	pager_close(view);
	dialog_close(view);
	palette_close(view);
	question_close(view);
	asking_release(&view->asking);
	inbox_release(&view->inbox);
	diff_view_release(&view->diff);
	comments_release(&view->comments);
	conflicts_release(&view->conflicts);
	events_release(&view->events);
	checks_release(&view->checks);
	tasks_release(&view->tasks);
	buf_release(&view->text);
	keymap_free(view->keymap);
	mem_free(view->agents);
	mem_free(view->everyone);
	filter_release(&view->filter);
	surface_free(view->surface);
	theme_free(view->theme);
}
