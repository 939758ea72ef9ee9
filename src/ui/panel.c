/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <stdio.h>
#include <string.h>

#include "border.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "inbox.h"
#include "view.h"

static const struct panel_view {
	const char *name;
	enum view_mode mode;
	void (*refresh)(struct view *view);    /* NULL: it looks when it is drawn */
	int (*count)(const struct view *view); /* behind its name; 0, NULL: nothing */
	void (*draw)(struct view *view, struct rect in);
	void (*click)(struct view *view, int row); /* of what was drawn; NULL: nothing */
	void (*wheel)(struct view *view, int rows);
} views[] = {
	[PANEL_INBOX] = {"INBOX",     VIEW_INBOX,     inbox_refresh, inbox_count,     inbox_draw,
			 inbox_click,									       inbox_move    },
	[PANEL_TASKS] = {"TASKS",     VIEW_TASKS,     NULL,          tasks_count,     tasks_draw,     tasks_click,
			 tasks_move											       },
	[PANEL_DIFF] = {"DIFF",      VIEW_DIFF,      NULL,          diff_count,      diff_draw,      diff_click,   diff_move     },
	[PANEL_CHECKS] = {"CHECKS",    VIEW_CHECKS,    NULL,          checks_count,    checks_draw,    checks_click,
			 checks_move											      },
	[PANEL_CONFLICTS] = {"CONFLICTS", VIEW_CONFLICTS, NULL,          conflicts_count, conflicts_draw,
			 conflicts_click,									   conflicts_move},
	[PANEL_EVENTS] = {"EVENTS",    VIEW_EVENTS,    NULL,          NULL,            events_draw,    NULL,         events_move   },
};
#define VIEWS (int)(sizeof(views) / sizeof(views[0]))

bool
panel_has_keys(const struct view *view)
{
	return view->panel && view->mode == views[view->panel_view].mode;
}

enum view_mode
panel_mode(const struct view *view)
{
	return views[view->panel_view].mode;
}

void
panel_show(struct view *view, int argument)
{
	if (panel_has_keys(view) && view->panel_view == argument) {
		view->mode = VIEW_COMMAND;
		return;
	}
	view->panel_view = argument;
	view->panel = true;
	view->mode = views[argument].mode;
	if (argument == PANEL_INBOX)
		inbox_opened(view);
	else if (argument == PANEL_CONFLICTS)
		conflicts_opened(view);
	else if (argument == PANEL_TASKS)
		tasks_opened(view);
}

void
panel_next(struct view *view, int argument)
{
	(void)argument;
	panel_show(view, (view->panel_view + 1) % VIEWS);
}

void
panel_close(struct view *view, int argument)
{
	(void)argument;
	if (panel_has_keys(view))
		view->mode = VIEW_COMMAND;
	view->panel = false;
	inbox_closed(view);
}

const char *
panel_name(const struct view *view)
{
	return views[view->panel_view].name;
}

void
panel_open_named(struct view *view, const char *name)
{
	for (int i = 0; i < VIEWS; i++) {
		if (strcmp(views[i].name, name) != 0)
			continue;
		panel_show(view, i);
		view->mode = VIEW_COMMAND;
	}
}

/* --- its size and place --- */

#define SHARE 33 /* about what comes without any */

void
panel_zoom(struct view *view, int argument)
{
	(void)argument;
	view->panel_full = !view->panel_full;
}

/* Straight to what differs from what is seen: at the right, below, at the left. */
void
panel_move(struct view *view, int argument)
{
	static const enum layout_place next[PLACE_COUNT] = {[PLACE_RIGHT] = PLACE_BELOW,
		[PLACE_BELOW] = PLACE_LEFT,
		[PLACE_LEFT] = PLACE_RIGHT};
	int place = view->panel_place;
	(void)argument;
	if (place == PLACE_FITTING)
		place = surface_cols(view->surface) >= LAYOUT_SIDE_COLS ? PLACE_RIGHT
									: PLACE_BELOW;
	view->panel_place = (int)next[place];
	view->panel_full = false;
}

static void
set_share(struct view *view, int share)
{
	view->panel_share = share < LAYOUT_SHARE_MIN   ? LAYOUT_SHARE_MIN
			    : share > LAYOUT_SHARE_MAX ? LAYOUT_SHARE_MAX
						       : share;
}

void
panel_widen(struct view *view, int argument)
{
	set_share(view, (view->panel_share ? view->panel_share : SHARE) + argument);
}

/* At the right of the tiles, at their left, or below them. */
static enum layout_place
place_of(const struct view *view)
{
	struct rect r = view->layout.panel;
	if (r.x > 0)
		return PLACE_RIGHT;
	return r.w < surface_cols(view->surface) ? PLACE_LEFT : PLACE_BELOW;
}

bool
panel_edge(const struct view *view, int x, int y)
{
	struct rect r = view->layout.panel;
	if (r.w == 0 || r.h == 0 || view->layout.kind == LAYOUT_PANEL)
		return false;
	if (place_of(view) == PLACE_BELOW)
		return y == r.y || y == r.y - 1;
	int edge = r.x > 0 ? r.x : r.w;
	return (x == edge || x == edge - 1) && y >= r.y && y < r.y + r.h;
}

void
panel_drag(struct view *view, int x, int y)
{
	struct rect r = view->layout.panel;
	int cols = surface_cols(view->surface), room = surface_rows(view->surface) - 2;
	int have = place_of(view) == PLACE_RIGHT  ? cols - x
		   : place_of(view) == PLACE_LEFT ? x + 1
						  : r.y + r.h - y;
	int of = place_of(view) == PLACE_BELOW ? room : cols;
	if (of > 0)
		set_share(view, (have * 100 + of - 1) / of);
	view_changed(view);
}

void
panel_refresh(struct view *view)
{
	if (view->panel && views[view->panel_view].refresh)
		views[view->panel_view].refresh(view);
}

void
panel_scroll(int *top, int page, int count, int first, int last)
{
	if (first >= 0 && last >= *top + page)
		*top = last - page + 1;
	if (first >= 0 && first < *top)
		*top = first;
	if (*top > count - page)
		*top = count - page;
	if (*top < 0)
		*top = 0;
}

struct style
panel_select(struct view *view, struct rect row, struct style style)
{
	struct style chosen = theme_style(view->theme, ROLE_SELECTION);
	surface_fill(view->surface, row, chosen);
	return theme_over(chosen, style);
}

/* "TASKS 3"; returns how many columns that takes on the frame. */
static int
name_view(const struct view *view, int index, char into[32])
{
	int count = views[index].count ? views[index].count(view) : 0;
	if (count > 0)
		snprintf(into, 32, "%s %d", views[index].name, count);
	else
		snprintf(into, 32, "%s", views[index].name);
	return (int)strlen(into) + 3;
}

/* The first view whose name is on the frame: of all of them, or from the first one on with
 * which the shown one has room. */
static int
first_name(const struct view *view, struct rect r)
{
	int need = 0, first = 0;
	char words[32];
	for (int i = 0; i <= view->panel_view; i++)
		need += name_view(view, i, words);
	while (first < view->panel_view && need > r.w - 1)
		need -= name_view(view, first++, words);
	return first;
}

/* The view whose name is there; -1: none. */
static int
name_at(const struct view *view, struct rect r, int x)
{
	char words[32];
	int at = r.x + 1;
	for (int i = first_name(view, r); i < VIEWS && at < r.x + r.w - 1; i++) {
		int next = at + name_view(view, i, words);
		if (x >= at && x < next)
			return i;
		at = next;
	}
	return -1;
}

static void
draw_frame(struct view *view, struct rect r)
{
	enum theme_role border = panel_has_keys(view) ? ROLE_BORDER_FOCUS : ROLE_BORDER;
	int x = r.x + 1, end = r.x + r.w - 1;
	char words[32];
	border_draw(view, r, border);
	for (int i = first_name(view, r); i < VIEWS; i++) {
		bool shown = i == view->panel_view;
		int next = x + name_view(view, i, words);
		/* A name is there as a whole, or not at all. */
		if (!shown && next > end) {
			border_words(view, x, r.y, end, ROLE_DIM, "…");
			break;
		}
		x = border_words(view, x, r.y, end, shown ? ROLE_TITLE : ROLE_DIM, words) + 1;
	}
}

void
panel_draw(struct view *view)
{
	struct rect r = view->layout.panel, in = rect_inner(r);
	if (r.w == 0 || r.h == 0)
		return;
	draw_frame(view, r);
	surface_fill(view->surface, in, (struct style){0});
	if (in.w > 0 && in.h > 0)
		views[view->panel_view].draw(view, in);
}

bool
panel_mouse(struct view *view, const struct mouse *mouse)
{
	const struct panel_view *shown = &views[view->panel_view];
	struct rect in = rect_inner(view->layout.panel);
	if (!rect_has(view->layout.panel, mouse->x, mouse->y))
		return false;
	int name = mouse->y == view->layout.panel.y
			   ? name_at(view, view->layout.panel, mouse->x)
			   : -1;
	if (mouse->kind == MOUSE_PRESS && name >= 0 && name != view->panel_view) {
		panel_show(view, name);
	} else if (mouse->kind == MOUSE_PRESS) {
		view->mode = shown->mode;
		if (shown->click && mouse->y >= in.y)
			shown->click(view, mouse->y - in.y);
	} else if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
		shown->wheel(view, mouse->kind == MOUSE_WHEEL_UP ? -1 : 1);
	}
	view_changed(view);
	return true;
}
