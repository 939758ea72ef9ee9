/* SPDX-License-Identifier: MIT */
/*
 * The mouse. An agent that is typed into and asked for it gets all of it; one that asked for it
 * gets the wheel in any case. Else a drag selects and copies, and the wheel scrolls back, or is
 * arrow keys on an alternate screen, as terminals have it.
 */
#include "action.h"
#include "cockpit/base_clock.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/term_screen.h"
#include "copy.h"
#include "pager.h"
#include "panel.h"
#include "view.h"

/* How far one turn of the wheel goes. */
#define WHEEL_LINES 3
#define CLICKS_MS   400 /* from one to the next, for a double one */

static const struct layout_tile *
tile_of(const struct view *view, uint32_t agent)
{
	for (int i = 0; i < view->layout.tile_count; i++) {
		const struct layout_tile *tile = &view->layout.tiles[i];
		if (view->agents[tile->index] == agent)
			return tile;
	}
	return NULL;
}

static bool
asked_for_it(const struct agent_view *agent)
{
	return agent->screen && screen_modes(agent->screen) & SCREEN_MOUSE_ANY;
}

/* To the cell of its own screen that is there. */
static void
send_mouse(struct view *view, const struct agent_view *agent, struct mouse mouse)
{
	const struct layout_tile *tile = tile_of(view, agent->id);
	int from_x, from_y;
	if (!tile)
		return;
	struct rect in = rect_inner(tile->outer);
	if (!rect_has(in, mouse.x, mouse.y))
		return;
	tile_crop(agent->screen, in, &from_x, &from_y);
	mouse.x += from_x - in.x;
	mouse.y += from_y - in.y;
	if (mouse.x < screen_cols(agent->screen) && mouse.y < screen_rows(agent->screen))
		pilot_mouse(view->pilot, agent->id, mouse);
}

static void
turn_wheel(struct view *view, struct mouse mouse, uint32_t id)
{
	struct agent_view agent;
	bool same = id == view->focus, up = mouse.kind == MOUSE_WHEEL_UP;
	if (!fleet_agent(view->fleet, id, &agent) || !agent.screen)
		return;
	if (same && view->copy) {
		copy_scroll(view, up ? WHEEL_LINES : -WHEEL_LINES);
	} else if (asked_for_it(&agent)) {
		send_mouse(view, &agent, mouse);
	} else if (same && tile_of(view, id) && screen_modes(agent.screen) & SCREEN_ALTERNATE) {
		for (int i = 0; i < WHEEL_LINES; i++)
			pilot_key(view->pilot, id, (struct key){up ? KEY_UP : KEY_DOWN, 0, 0});
	} else if (up && (same || (view->mode != VIEW_TYPING && view->mode != VIEW_COPY))) {
		action_focus(view, id);
		copy_open(view, WHEEL_LINES);
	}
}

/* What a button that is down over a tile does. */
static void
drag_tile(struct view *view, struct mouse mouse)
{
	const struct layout_tile *tile = tile_of(view, view->focus);
	struct mouse press = view->pointer.press;
	if (!tile || (mouse.x == press.x && mouse.y == press.y && !view->pointer.moved))
		return;
	struct rect in = rect_inner(tile->outer);
	view->pointer.moved = true;
	if (!view->copy) {
		view->pointer.opened = copy_open(view, 0);
		if (view->copy)
			copy_press(view, in, press.x, press.y, 1);
	}
	if (view->copy)
		copy_drag(view, in, mouse.x, mouse.y);
}

static void
press_tile(struct view *view, struct mouse mouse)
{
	const struct layout_tile *tile = tile_of(view, view->focus);
	int clicks = view->pointer.clicks;
	struct rect in = tile ? rect_inner(tile->outer) : (struct rect){0};
	if (mouse.button != 1 || !rect_has(in, mouse.x, mouse.y))
		return;
	view->pointer.at = POINT_TILE;
	/* The second click may have opened it, and the third one comes before it has ended. */
	if (clicks == 1)
		view->pointer.opened = false;
	if (!view->copy && clicks > 1)
		view->pointer.opened = copy_open(view, 0);
	if (view->copy)
		copy_press(view, in, mouse.x, mouse.y, clicks);
}

/* Once, twice, three times at one place. */
static void
count_clicks(struct view *view, struct mouse mouse)
{
	int64_t now = clock_ms();
	const struct mouse *last = &view->pointer.press;
	bool again = now - view->pointer.pressed_at < CLICKS_MS && last->x == mouse.x &&
		     last->y == mouse.y && last->button == mouse.button;
	view->pointer.clicks = again && view->pointer.clicks < 3 ? view->pointer.clicks + 1 : 1;
	view->pointer.press = mouse;
	view->pointer.pressed_at = now;
	view->pointer.at = POINT_NOTHING;
	view->pointer.moved = false;
}

static void
point(struct view *view, struct mouse mouse)
{
	struct agent_view agent;
	if (panel_mouse(view, &mouse))
		return;
	int index = layout_at(&view->layout, view->agent_count, mouse.x, mouse.y);
	if (index < 0)
		return;
	uint32_t id = view->agents[index];
	if (mouse.kind == MOUSE_WHEEL_UP || mouse.kind == MOUSE_WHEEL_DOWN) {
		turn_wheel(view, mouse, id);
	} else if (id == view->focus && view->mode == VIEW_TYPING &&
		   view_focused(view, &agent) && asked_for_it(&agent)) {
		send_mouse(view, &agent, mouse);
	} else if (mouse.kind == MOUSE_PRESS) {
		action_focus(view, id);
		if (panel_has_keys(view))
			view->mode = VIEW_COMMAND;
		press_tile(view, mouse);
		view_changed(view);
	}
}

static void
release(struct view *view, enum pointing was, struct mouse mouse)
{
	if (was == POINT_EDGE && view->pointer.moved)
		return;
	if (was == POINT_EDGE) {
		point(view, view->pointer.press);
		view->pointer.at = POINT_NOTHING;
	} else if (was == POINT_TILE) {
		copy_release(view, view->pointer.opened);
	} else {
		point(view, mouse);
	}
}

void
action_mouse(struct view *view, struct mouse mouse)
{
	enum pointing was = view->pointer.at;
	if (view->question || view->dialog || view->palette || view->doings.open ||
		view->text.len) {
		view->pointer.at = POINT_NOTHING;
		return;
	}
	if (view->filter.editing && mouse.kind == MOUSE_PRESS)
		view->filter.editing = false;
	if (view->pager) {
		view->pointer.at = POINT_NOTHING;
		pager_mouse(view, &mouse);
		return;
	}
	if (mouse.kind == MOUSE_PRESS) {
		count_clicks(view, mouse);
		if (panel_edge(view, mouse.x, mouse.y) && mouse.button == 1)
			view->pointer.at = POINT_EDGE;
		else
			point(view, mouse);
	} else if (mouse.kind == MOUSE_DRAG && was == POINT_EDGE) {
		view->pointer.moved = true;
		panel_drag(view, mouse.x, mouse.y);
	} else if (mouse.kind == MOUSE_DRAG && was == POINT_TILE) {
		drag_tile(view, mouse);
	} else if (mouse.kind == MOUSE_RELEASE) {
		view->pointer.at = POINT_NOTHING;
		release(view, was, mouse);
	} else {
		point(view, mouse);
	}
}
