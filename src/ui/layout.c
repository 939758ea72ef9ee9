/* SPDX-License-Identifier: MIT */
/*
 * A grid is chosen by its number of rows: the tiles of a page are dealt evenly
 * over them, the upper rows get what is left over, and each row fills the whole
 * width. The best is the one whose tiles are nearest to 80 columns, which is what
 * most programs are drawn for; a row that holds fewer tiles than another costs as
 * much as ten columns.
 *
 *	5 tiles on 200x60:	+-- 66 --+-- 66 --+-- 68 --+
 *				+---- 100 ---+---- 100 ----+
 */
#include "layout.h"

#include <stdlib.h>

#define BEST_COLS     80
#define GAP_COST      10
#define LIST_ROWS     5  /* a list above its preview */
#define LIST_COLS_MIN 24 /* beside it */
#define LIST_COLS_MAX 40
#define SIDE_COLS_MIN 40 /* the panel beside tiles */
#define SIDE_COLS_MAX 80

static int
min(int a, int b)
{
	return a < b ? a : b;
}

static int
max(int a, int b)
{
	return a > b ? a : b;
}

static int
div_up(int a, int b)
{
	return (a + b - 1) / b;
}

/* Rows of the best grid for n tiles; n is at most (w / min) * (h / min), so that there is one.
 */
static int
best_rows(struct rect room, int n)
{
	int max_cols = room.w / LAYOUT_TILE_COLS, max_rows = room.h / LAYOUT_TILE_ROWS;
	int best = 0, best_cost = 0;

	for (int rows = 1; rows <= min(n, max_rows); rows++) {
		int cols = div_up(n, rows);
		int cost = abs(room.w / cols - BEST_COLS) + GAP_COST * (rows * cols - n);

		/* Rows that could be spared are no grid of their own. */
		if (cols > max_cols || div_up(n, cols) != rows)
			continue;
		if (best == 0 || cost < best_cost) {
			best = rows;
			best_cost = cost;
		}
	}
	return best;
}

static void
add_tile(struct layout *layout, int index, struct rect outer)
{
	layout->tiles[layout->tile_count++] = (struct layout_tile){index, outer};
}

static void
fill_grid(struct layout *layout, struct rect room, int n)
{
	int rows = best_rows(room, n), h = room.h / rows, index = layout->first;

	for (int row = 0; row < rows; row++) {
		int cols = n / rows + (row < n % rows), w = room.w / cols;
		struct rect r = {room.x, room.y + row * h, w, h};

		if (row == rows - 1)
			r.h = room.h - row * h;
		for (int col = 0; col < cols; col++) {
			r.x = room.x + col * w;
			if (col == cols - 1)
				r.w = room.w - col * w;
			add_tile(layout, index++, r);
		}
	}
}

static void
set_page(struct layout *layout, int count, int focus, int size)
{
	layout->page = focus / size;
	layout->pages = div_up(count, size);
	layout->first = layout->page * size;
}

static void
fill_list(struct layout *layout, struct rect room, int count, int focus)
{
	struct rect list = room, preview = room;

	if (room.w >= BEST_COLS + LIST_COLS_MIN) {
		list.w = min(room.w - BEST_COLS, LIST_COLS_MAX);
		preview.x += list.w;
		preview.w -= list.w;
	} else {
		list.h = max(1, min(min(count, LIST_ROWS), room.h / 3));
		preview.y += list.h;
		preview.h -= list.h;
	}
	layout->kind = LAYOUT_LIST;
	layout->list = list;
	set_page(layout, count, focus, list.h);
	add_tile(layout, focus, preview);
}

/* Takes the panel's part off room; false if nothing of it is left. */
static bool
cut_panel(struct layout *layout, struct rect *room, int cols, int rows,
	const struct layout_wish *wish)
{
	bool right = wish->place == PLACE_RIGHT ||
		     (wish->place == PLACE_FITTING && cols >= LAYOUT_SIDE_COLS);
	int share = wish->share;
	enum layout_panel panel = wish->panel;
	bool small = cols < LAYOUT_PANEL_COLS || rows < LAYOUT_PANEL_ROWS;

	if (panel == PANEL_CLOSED || (small && panel == PANEL_OPEN))
		return true;
	layout->panel = *room;
	if (small || panel == PANEL_FULL)
		return false;
	if (right) {
		int third = min(cols / 3, SIDE_COLS_MAX);
		layout->panel.w = max(SIDE_COLS_MIN, share ? cols * share / 100 : third);
		room->w -= layout->panel.w;
		layout->panel.x += room->w;
	} else {
		layout->panel.h = share ? room->h * share / 100 : rows / 3;
		room->h -= layout->panel.h;
		layout->panel.y += room->h;
	}
	return true;
}

void
layout_compute(int cols, int rows, int count, int focus, bool zoom,
	const struct layout_wish *wish, struct layout *ret)
{
	struct rect room = {0, 1, cols, rows - 2};
	int capacity;

	*ret = (struct layout){.kind = LAYOUT_TOO_SMALL, .pages = 1};
	if (cols < LAYOUT_MIN_COLS || rows < LAYOUT_MIN_ROWS)
		return;
	ret->header = (struct rect){0, 0, cols, 1};
	ret->keys = (struct rect){0, rows - 1, cols, 1};
	ret->kind = LAYOUT_PANEL;
	if (!cut_panel(ret, &room, cols, rows, wish))
		return;
	ret->kind = LAYOUT_EMPTY;
	if (count <= 0)
		return;
	focus = max(0, min(focus, count - 1));
	capacity = min(
		(room.w / LAYOUT_TILE_COLS) * (room.h / LAYOUT_TILE_ROWS), LAYOUT_TILES_MAX);
	if (zoom) {
		ret->kind = LAYOUT_ZOOM;
		set_page(ret, count, focus, 1);
		add_tile(ret, focus, room);
	} else if (capacity < min(count, 2)) {
		fill_list(ret, room, count, focus);
	} else {
		ret->kind = LAYOUT_GRID;
		set_page(ret, count, focus, capacity);
		fill_grid(ret, room, min(capacity, count - ret->first));
	}
}

static const struct layout_tile *
find_tile(const struct layout *layout, int index)
{
	for (int i = 0; i < layout->tile_count; i++) {
		if (layout->tiles[i].index == index)
			return &layout->tiles[i];
	}
	return NULL;
}

/* Columns that both have in common. */
static int
overlap(struct rect a, struct rect b)
{
	return min(a.x + a.w, b.x + b.w) - max(a.x, b.x);
}

/* The tile of the row above or below that shares most columns with from; NULL at an edge. */
static const struct layout_tile *
find_vertical(const struct layout *layout, struct rect from, int dy)
{
	const struct layout_tile *best = NULL;

	for (int i = 0; i < layout->tile_count; i++) {
		const struct layout_tile *t = &layout->tiles[i];
		bool next = dy > 0 ? t->outer.y == from.y + from.h
				   : t->outer.y + t->outer.h == from.y;

		if (!next || overlap(t->outer, from) <= 0)
			continue;
		if (!best || overlap(t->outer, from) > overlap(best->outer, from))
			best = t;
	}
	return best;
}

static int
move_grid(const struct layout *layout, int count, int focus, int dx, int dy)
{
	const struct layout_tile *from = find_tile(layout, focus), *to;
	int next_page = layout->first + layout->tile_count, index;

	if (!from)
		return focus;
	if (dx != 0) {
		to = find_tile(layout, focus + dx);
		if (to && to->outer.y == from->outer.y)
			return to->index;
	} else {
		to = find_vertical(layout, from->outer, dy);
		if (to)
			return to->index;
	}
	index = dx + dy > 0 ? next_page : layout->first - 1;
	return index >= 0 && index < count ? index : focus;
}

int
layout_move(const struct layout *layout, int count, int focus, int dx, int dy)
{
	int step = dx != 0 ? dx : dy;

	if (step == 0 || focus < 0 || focus >= count)
		return focus;
	switch (layout->kind) {
	case LAYOUT_TOO_SMALL:
	case LAYOUT_EMPTY:
	case LAYOUT_PANEL:
		return focus;
	case LAYOUT_GRID:
		return move_grid(layout, count, focus, dx, dx != 0 ? 0 : dy);
	case LAYOUT_LIST:
		if (dx != 0)
			return focus;
		break;
	case LAYOUT_ZOOM:
		break;
	}
	return max(0, min(focus + step, count - 1));
}

bool
rect_has(struct rect r, int x, int y)
{
	return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
}

int
layout_at(const struct layout *layout, int count, int x, int y)
{
	if (rect_has(layout->list, x, y)) {
		int index = layout->first + y - layout->list.y;

		return index < count ? index : -1;
	}
	for (int i = 0; i < layout->tile_count; i++) {
		if (rect_has(layout->tiles[i].outer, x, y))
			return layout->tiles[i].index;
	}
	return -1;
}

struct rect
rect_inner(struct rect outer)
{
	return (struct rect){
		outer.x + 1, outer.y + 1, max(0, outer.w - 2), max(0, outer.h - 2)};
}
