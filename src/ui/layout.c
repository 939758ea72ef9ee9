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
#define MAIN_COLS     80 /* the large tile has at least so much */
#define MAIN_ROWS     20
#define MAIN_SHARE    60 /* percent */
#define LEFT_OVER     6  /* cells that the last tile of a row may have more than the others */
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

/* The agents of one page in rows; skip: the one that is elsewhere, -1: none. */
static void
fill_grid(struct layout *layout, struct rect room, int n, int skip)
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
			add_tile(layout, index, r);
			index += index + 1 == skip ? 2 : 1;
		}
	}
}

static int
tiles_in(struct rect room)
{
	return min((room.w / LAYOUT_TILE_COLS) * (room.h / LAYOUT_TILE_ROWS),
		LAYOUT_TILES_MAX - 1);
}

static void
set_page(struct layout *layout, int count, int focus, int size)
{
	layout->page = focus / size;
	layout->pages = div_up(count, size);
	layout->first = layout->page * size;
	layout->before = layout->page > 0 ? layout->first - size : -1;
	layout->last_before = layout->first - 1;
	layout->after = layout->page + 1 < layout->pages ? layout->first + size : -1;
}

/* The index of the n-th of those that are not the large one. */
static int
small_index(int n, int main)
{
	return n >= main ? n + 1 : n;
}

/* False where there is no room for both. */
static bool
fill_main(struct layout *layout, struct rect room, int count, int focus,
	const struct layout_wish *wish)
{
	int main = max(0, min(wish->main, count - 1));
	struct rect large = room, rest = room;

	if (count < 2 || room.w < LAYOUT_TILE_COLS || room.h < LAYOUT_TILE_ROWS)
		return false;
	if (room.w >= MAIN_COLS + LAYOUT_TILE_COLS) {
		large.w = min(
			max(room.w * MAIN_SHARE / 100, MAIN_COLS), room.w - LAYOUT_TILE_COLS);
		rest.x += large.w;
		rest.w -= large.w;
	} else if (room.h >= MAIN_ROWS + LAYOUT_TILE_ROWS) {
		large.h = min(room.h * MAIN_SHARE / 100, room.h - LAYOUT_TILE_ROWS);
		rest.y += large.h;
		rest.h -= large.h;
	} else {
		return false;
	}
	int size = tiles_in(rest), at = focus > main ? focus - 1 : focus;
	if (focus == main)
		at = max(0, min(wish->page * size, count - 2));
	set_page(layout, count - 1, at, size);
	int n = min(size, count - 1 - layout->first);
	int *const places[] = {
		&layout->first, &layout->before, &layout->after, &layout->last_before};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (*places[i] >= 0)
			*places[i] = small_index(*places[i], main);
	}
	layout->kind = LAYOUT_MAIN;
	add_tile(layout, main, large);
	fill_grid(layout, rest, n, main);
	return true;
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
	/* The last page begins early enough to be full. */
	layout->first = max(0, min(layout->first, count - list.h));
	add_tile(layout, focus, preview);
}

/* Takes the panel's part off room; false if nothing of it is left. */
static bool
cut_panel(struct layout *layout, struct rect *room, int cols, int rows,
	const struct layout_wish *wish)
{
	enum layout_place place = wish->place;
	int share = wish->share;
	enum layout_panel panel = wish->panel;
	bool small = cols < LAYOUT_PANEL_COLS || rows < LAYOUT_PANEL_ROWS;

	if (panel == PANEL_CLOSED || (small && panel == PANEL_OPEN))
		return true;
	layout->panel = *room;
	if (small || panel == PANEL_FULL)
		return false;
	if (place == PLACE_FITTING)
		place = cols >= LAYOUT_SIDE_COLS ? PLACE_RIGHT : PLACE_BELOW;
	if (place == PLACE_BELOW) {
		layout->panel.h = share ? room->h * share / 100 : rows / 3;
		room->h -= layout->panel.h;
		layout->panel.y += room->h;
		return true;
	}
	int third = min(cols / 3, SIDE_COLS_MAX);
	layout->panel.w = max(SIDE_COLS_MIN, share ? cols * share / 100 : third);
	room->w -= layout->panel.w;
	if (place == PLACE_RIGHT)
		layout->panel.x += room->w;
	else
		room->x += layout->panel.w;
	return true;
}

void
layout_compute(int cols, int rows, int count, int focus, bool zoom,
	const struct layout_wish *wish, struct layout *ret)
{
	struct rect room = {0, 1, cols, rows - 2};

	*ret = (struct layout){.kind = LAYOUT_TOO_SMALL,
		.pages = 1,
		.before = -1,
		.after = -1,
		.last_before = -1};
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
	int capacity = tiles_in(room);
	int wanted = wish->form == FORM_GRID ? 1 : min(count, 2);
	if (zoom) {
		ret->kind = LAYOUT_ZOOM;
		set_page(ret, count, focus, 1);
		add_tile(ret, focus, room);
	} else if (wish->form == FORM_LIST || capacity < wanted) {
		fill_list(ret, room, count, focus);
	} else if (wish->form != FORM_MAIN || !fill_main(ret, room, count, focus, wish)) {
		ret->kind = LAYOUT_GRID;
		set_page(ret, count, focus, capacity);
		fill_grid(ret, room, min(capacity, count - ret->first), -1);
	}
}

const struct layout_tile *
layout_typical(const struct layout *layout)
{
	int index = layout->kind == LAYOUT_MAIN;
	return index < layout->tile_count ? &layout->tiles[index] : NULL;
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

/* What two spans have in common. */
static int
overlap(int a, int a_len, int b, int b_len)
{
	return min(a + a_len, b + b_len) - max(a, b);
}

/* How much of the edge that from has on that side to's is on; 0: it does not lie there. */
static int
shared_edge(struct rect from, struct rect to, int dx, int dy)
{
	bool next = dx > 0   ? to.x == from.x + from.w
		    : dx < 0 ? to.x + to.w == from.x
		    : dy > 0 ? to.y == from.y + from.h
			     : to.y + to.h == from.y;

	if (!next)
		return 0;
	return max(0, dx != 0 ? overlap(from.y, from.h, to.y, to.h)
			      : overlap(from.x, from.w, to.x, to.w));
}

/* By what lies where; behind an edge is the next page. */
static int
move_tiles(const struct layout *layout, int focus, int dx, int dy)
{
	const struct layout_tile *from = find_tile(layout, focus), *best = NULL;
	int most = 0;

	if (!from)
		return focus;
	for (int i = 0; i < layout->tile_count; i++) {
		int edge = shared_edge(from->outer, layout->tiles[i].outer, dx, dy);
		if (edge > (most ? most + LEFT_OVER : 0)) {
			best = &layout->tiles[i];
			most = edge;
		}
	}
	int page = dx + dy > 0 ? layout->after : layout->last_before;
	return best ? best->index : page >= 0 ? page : focus;
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
	case LAYOUT_MAIN:
		return move_tiles(layout, focus, dx, dx != 0 ? 0 : dy);
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
