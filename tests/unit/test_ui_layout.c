/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/ui/layout.h"

static const struct layout_wish closed = {.panel = PANEL_CLOSED};

static void
known_sizes(void **state)
{
	static const struct {
		int cols, rows, count, focus;
		bool zoom;
		enum layout_kind kind;
		int pages, page, first, tiles;
		struct rect tile; /* the first one */
		struct rect list;
	} rows[] = {
		{200, 60, 6,  0, false, LAYOUT_GRID,      1, 0, 0, 6, {0, 1, 66, 29},  {0}          },
		{200, 60, 5,  4, false, LAYOUT_GRID,      1, 0, 0, 5, {0, 1, 66, 29},  {0}          },
		{200, 60, 4,  0, false, LAYOUT_GRID,      1, 0, 0, 4, {0, 1, 100, 29}, {0}          },
		{200, 60, 2,  0, false, LAYOUT_GRID,      1, 0, 0, 2, {0, 1, 100, 58}, {0}          },
		{200, 60, 1,  0, false, LAYOUT_GRID,      1, 0, 0, 1, {0, 1, 200, 58}, {0}          },
		{200, 60, 10, 9, false, LAYOUT_GRID,      2, 1, 9, 1, {0, 1, 200, 58}, {0}          },
		{120, 40, 6,  0, false, LAYOUT_GRID,      2, 0, 0, 4, {0, 1, 60, 19},  {0}          },
		{120, 40, 6,  4, false, LAYOUT_GRID,      2, 1, 4, 2, {0, 1, 60, 38},  {0}          },
		{80,  24, 6,  2, false, LAYOUT_LIST,      2, 0, 0, 1, {0, 6, 80, 17},  {0, 1, 80, 5}},
		{80,  24, 6,  5, false, LAYOUT_LIST,      2, 1, 1, 1, {0, 6, 80, 17},  {0, 1, 80, 5}},
		{80,  24, 3,  0, false, LAYOUT_LIST,      1, 0, 0, 1, {0, 4, 80, 19},  {0, 1, 80, 3}},
		{80,  24, 1,  0, false, LAYOUT_GRID,      1, 0, 0, 1, {0, 1, 80, 22},  {0}          },
		{60,  20, 6,  0, false, LAYOUT_LIST,      2, 0, 0, 1, {0, 6, 60, 13},  {0, 1, 60, 5}},
		{119, 24, 6,  0, false, LAYOUT_LIST,      1, 0, 0, 1, {39, 1, 80, 22},
                 {0, 1, 39, 22}								     },
		{20,  6,  6,  3, false, LAYOUT_LIST,      6, 3, 3, 1, {0, 2, 20, 3},   {0, 1, 20, 1}},
		{200, 60, 6,  2, true,  LAYOUT_ZOOM,      6, 2, 2, 1, {0, 1, 200, 58}, {0}          },
		{20,  6,  6,  2, true,  LAYOUT_ZOOM,      6, 2, 2, 1, {0, 1, 20, 4},   {0}          },
		{19,  60, 6,  0, false, LAYOUT_TOO_SMALL, 1, 0, 0, 0, {0},             {0}          },
		{200, 5,  6,  0, true,  LAYOUT_TOO_SMALL, 1, 0, 0, 0, {0},             {0}          },
		{80,  24, 0,  0, false, LAYOUT_EMPTY,     1, 0, 0, 0, {0},             {0}          },
		{80,  24, 0,  0, true,  LAYOUT_EMPTY,     1, 0, 0, 0, {0},             {0}          },
	};
	struct layout l;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		layout_compute(rows[i].cols, rows[i].rows, rows[i].count, rows[i].focus,
			rows[i].zoom, &closed, &l);
		assert_int_equal(l.kind, rows[i].kind);
		assert_int_equal(l.pages, rows[i].pages);
		assert_int_equal(l.page, rows[i].page);
		assert_int_equal(l.first, rows[i].first);
		assert_int_equal(l.tile_count, rows[i].tiles);
		assert_memory_equal(&l.list, &rows[i].list, sizeof(l.list));
		if (l.tile_count > 0)
			assert_memory_equal(
				&l.tiles[0].outer, &rows[i].tile, sizeof(rows[i].tile));
	}
}

/* Every cell of the frame belongs to exactly one part. */
static void
assert_tiled(const struct layout *l, int cols, int rows)
{
	static unsigned char owner[512][512];
	const struct rect *parts[LAYOUT_TILES_MAX + 4] = {
		&l->header, &l->keys, &l->list, &l->panel};
	int count = 4, area = 0;

	for (int i = 0; i < l->tile_count; i++)
		parts[count++] = &l->tiles[i].outer;
	memset(owner, 0, sizeof(owner));
	for (int i = 0; i < count; i++) {
		const struct rect *r = parts[i];

		assert_true(r->x >= 0 && r->y >= 0 && r->w >= 0 && r->h >= 0);
		assert_true(r->x + r->w <= cols && r->y + r->h <= rows);
		for (int y = r->y; y < r->y + r->h; y++) {
			for (int x = r->x; x < r->x + r->w; x++) {
				assert_int_equal(owner[y][x], 0);
				owner[y][x] = 1;
			}
		}
		area += r->w * r->h;
	}
	assert_int_equal(area, cols * rows);
}

static void
assert_indices(const struct layout *l, int count, int focus)
{
	bool shown = false;

	for (int i = 0; i < l->tile_count; i++) {
		const struct layout_tile *t = &l->tiles[i];

		assert_true(t->index >= 0 && t->index < count);
		if (l->kind == LAYOUT_GRID)
			assert_int_equal(t->index, l->first + i);
		if (l->kind == LAYOUT_GRID || l->kind == LAYOUT_MAIN) {
			assert_true(t->outer.w >= LAYOUT_TILE_COLS);
			assert_true(t->outer.h >= LAYOUT_TILE_ROWS);
		}
		shown |= t->index == focus;
		assert_int_equal(layout_at(l, count, t->outer.x, t->outer.y), t->index);
		assert_int_equal(layout_at(l, count, t->outer.x + t->outer.w - 1,
					 t->outer.y + t->outer.h - 1),
			t->index);
	}
	assert_true(shown);
	if (l->kind == LAYOUT_LIST) {
		assert_true(focus >= l->first && focus < l->first + l->list.h);
		assert_int_equal(
			layout_at(l, count, l->list.x, l->list.y + focus - l->first), focus);
		assert_true(l->tiles[0].outer.h >= 3);
	}
	assert_int_equal(
		layout_at(l, count, l->panel.x + l->panel.w - 1, l->panel.y + l->panel.h - 1),
		l->panel.w ? -1 : layout_at(l, count, -1, -1));
	assert_int_equal(layout_at(l, count, l->header.x, l->header.y), -1);
	assert_int_equal(layout_at(l, count, l->keys.x, l->keys.y), -1);
}

/* Where it is, and how large. */
static void
assert_panel(const struct layout *l, int cols, int rows, const struct layout_wish *wish)
{
	enum layout_panel panel = wish->panel;
	int share = wish->share;
	bool side = wish->place == PLACE_FITTING ? cols >= 120 : wish->place != PLACE_BELOW;
	bool left = wish->place == PLACE_LEFT;
	const struct rect *r = &l->panel;
	bool small = cols < 80 || rows < 24;
	bool alone = small || panel == PANEL_FULL;

	if (panel == PANEL_CLOSED || (small && panel == PANEL_OPEN)) {
		assert_int_equal(r->w * r->h, 0);
		assert_int_not_equal(l->kind, LAYOUT_PANEL);
		return;
	}
	assert_int_equal(l->kind == LAYOUT_PANEL, alone);
	assert_int_equal(r->x + r->w, left && !alone ? r->w : cols);
	assert_int_equal(r->y + r->h, rows - 1);
	if (alone || !side)
		assert_int_equal(r->w, cols);
	else if (share)
		assert_int_equal(r->w, cols * share / 100 < 40 ? 40 : cols * share / 100);
	else
		assert_int_equal(r->w, cols / 3 < 40 ? 40 : cols / 3 > 80 ? 80 : cols / 3);
	if (alone || side)
		assert_int_equal(r->h, rows - 2);
	else if (share)
		assert_int_equal(r->h, (rows - 2) * share / 100);
	else
		assert_int_equal(r->h, rows / 3);
}

static void
assert_size(int cols, int rows, int count, enum layout_panel panel)
{
	struct layout l;
	int focus = (cols * 7 + rows * 3) % (count + 1);

	int span = LAYOUT_SHARE_MAX - LAYOUT_SHARE_MIN + 1;
	int share = (cols * 7 + rows) % 4 ? 0 : LAYOUT_SHARE_MIN + (cols + count) % span;

	const struct layout_wish wish = {.panel = panel,
		.place = (enum layout_place)((cols / 3 + rows) % PLACE_COUNT),
		.share = share,
		.form = (enum layout_form)((cols + rows / 2 + count) % FORM_COUNT),
		.main = rows % (count + 1),
		.page = cols % 3};

	focus -= focus == count && count > 0;
	layout_compute(cols, rows, count, focus, (cols + rows) % 5 == 0, &wish, &l);
	if (l.kind == LAYOUT_TOO_SMALL) {
		assert_true(cols < LAYOUT_MIN_COLS || rows < LAYOUT_MIN_ROWS);
		return;
	}
	assert_panel(&l, cols, rows, &wish);
	if (l.kind == LAYOUT_EMPTY) {
		assert_int_equal(count, 0);
		return;
	}
	assert_tiled(&l, cols, rows);
	if (l.kind != LAYOUT_PANEL)
		assert_indices(&l, count, focus);
	if (wish.form == FORM_LIST)
		assert_int_not_equal(l.kind, LAYOUT_GRID);
	if (l.kind == LAYOUT_MAIN)
		assert_int_equal(l.tiles[0].index, wish.main < count ? wish.main : count - 1);
}

static void
all_sizes(void **state)
{
	(void)state;
	for (int cols = 1; cols <= 400; cols += cols < 30 ? 1 : 7) {
		for (int rows = 1; rows <= 120; rows += rows < 24 ? 1 : 5) {
			for (int count = 0; count <= 80; count += count < 10 ? 1 : 9) {
				assert_size(cols, rows, count, PANEL_CLOSED);
				assert_size(cols, rows, count, PANEL_OPEN);
				assert_size(cols, rows, count, PANEL_KEYS);
				assert_size(cols, rows, count, PANEL_FULL);
			}
		}
	}
}

/* A search by moves alone; the layout is computed anew after each, as the app does. */
static void
assert_reachable(int cols, int rows, int count, bool zoom, const struct layout_wish *as)
{
	static const int steps[4][2] = {
		{1,  0 },
                {-1, 0 },
                {0,  1 },
                {0,  -1}
        };
	bool seen[128] = {false};
	int queue[128], head = 0, tail = 0;
	struct layout l;

	struct layout_wish wish = *as;
	seen[count / 2] = true;
	queue[tail++] = count / 2;
	while (head < tail) {
		int focus = queue[head++];

		layout_compute(cols, rows, count, focus, zoom, &wish, &l);
		wish.page = l.page;
		for (int i = 0; i < 4; i++) {
			int next = layout_move(&l, count, focus, steps[i][0], steps[i][1]);

			assert_true(next >= 0 && next < count);
			if (!seen[next]) {
				seen[next] = true;
				queue[tail++] = next;
			}
		}
	}
	assert_int_equal(tail, count);
}

static void
all_reachable(void **state)
{
	const struct layout_wish open = {.panel = PANEL_OPEN};
	const struct layout_wish large = {.form = FORM_MAIN, .main = 1};
	(void)state;
	for (int cols = 20; cols <= 400; cols += 20) {
		for (int rows = 6; rows <= 120; rows += 6) {
			for (int count = 1; count <= 100; count += 1 + count / 6) {
				assert_reachable(cols, rows, count, false, &closed);
				assert_reachable(cols, rows, count, true, &closed);
				assert_reachable(cols, rows, count, false, &open);
				assert_reachable(cols, rows, count, false, &large);
			}
		}
	}
}

static void
moves(void **state)
{
	static const struct {
		int cols, rows, count, from, dx, dy, to;
	} rows[] = {
		{200, 60, 6, 0, 1,  0,  1},
		{200, 60, 6, 2, 1,  0,  2}, /* the edge: never around a corner */
		{200, 60, 6, 3, -1, 0,  3},
		{200, 60, 6, 1, 0,  1,  4},
		{200, 60, 6, 4, 0,  -1, 1},
		{200, 60, 6, 4, 0,  1,  4},
		{200, 60, 5, 2, 0,  1,  4},
		{200, 60, 5, 3, 0,  -1, 0},
		{120, 40, 6, 1, 1,  0,  4}, /* the page turns */
		{120, 40, 6, 3, 0,  1,  4},
		{120, 40, 6, 4, -1, 0,  3},
		{120, 40, 6, 5, 1,  0,  5},
		{80,  24, 6, 4, 0,  1,  5},
		{80,  24, 6, 5, 0,  1,  5},
		{80,  24, 6, 4, 1,  0,  4},
	};
	struct layout l;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		layout_compute(rows[i].cols, rows[i].rows, rows[i].count, rows[i].from, false,
			&closed, &l);
		assert_int_equal(
			layout_move(&l, rows[i].count, rows[i].from, rows[i].dx, rows[i].dy),
			rows[i].to);
	}
}

/* One large, by hand: who is where, and what the arrows do there. */
static void
large(void **state)
{
	static const struct {
		int cols, rows, count, focus, main, page;
		struct rect large, small; /* the first one of these */
		int tiles, first, pages, left, right, down;
	} rows[] = {
  /* 200x60: 120 columns for it, and three beside it. */
		{200, 60, 6, 0, 0, 0, {0, 1, 120, 58}, {120, 1, 80, 19}, 4, 1, 2, 0, 1, 4},
		{200, 60, 6, 3, 2, 0, {0, 1, 120, 58}, {120, 1, 80, 19}, 4, 0, 2, 2, 4, 4},
		{200, 60, 6, 5, 2, 0, {0, 1, 120, 58}, {120, 1, 80, 29}, 3, 4, 2, 2, 5, 5},
 /* On the large one the others stay where they were. */
		{200, 60, 6, 2, 2, 1, {0, 1, 120, 58}, {120, 1, 80, 29}, 3, 4, 2, 3, 4, 2},
 /* 120x40: it is above. */
		{120, 40, 3, 0, 0, 0, {0, 1, 120, 22}, {0, 23, 60, 16},  3, 1, 1, 0, 0, 1},
	};
	struct layout l;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct layout_wish wish = {
			.form = FORM_MAIN, .main = rows[i].main, .page = rows[i].page};
		int count = rows[i].count, focus = rows[i].focus;
		layout_compute(rows[i].cols, rows[i].rows, count, focus, false, &wish, &l);
		assert_int_equal(l.kind, LAYOUT_MAIN);
		assert_int_equal(l.tile_count, rows[i].tiles);
		assert_int_equal(l.first, rows[i].first);
		assert_int_equal(l.pages, rows[i].pages);
		assert_memory_equal(&l.tiles[0].outer, &rows[i].large, sizeof(struct rect));
		assert_memory_equal(&l.tiles[1].outer, &rows[i].small, sizeof(struct rect));
		assert_ptr_equal(layout_typical(&l), &l.tiles[1]);
		assert_int_equal(layout_move(&l, count, focus, -1, 0), rows[i].left);
		assert_int_equal(layout_move(&l, count, focus, 1, 0), rows[i].right);
		assert_int_equal(layout_move(&l, count, focus, 0, 1), rows[i].down);
	}
	/* No room for two: the list. */
	const struct layout_wish wish = {.form = FORM_MAIN};
	layout_compute(80, 24, 3, 0, false, &wish, &l);
	assert_int_equal(l.kind, LAYOUT_LIST);
}

static void
inner(void **state)
{
	struct rect r = rect_inner((struct rect){3, 4, 60, 15});

	(void)state;
	assert_memory_equal(&r, &((struct rect){4, 5, 58, 13}), sizeof(r));
	r = rect_inner((struct rect){0, 0, 1, 1});
	assert_true(r.w == 0 && r.h == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sizes),
		cmocka_unit_test(all_sizes),
		cmocka_unit_test(all_reachable),
		cmocka_unit_test(moves),
		cmocka_unit_test(large),
		cmocka_unit_test(inner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
