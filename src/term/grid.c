/* SPDX-License-Identifier: MIT */
/*
 * Cells live in one block; each row holds a pointer into it, so that scrolling
 * costs a few pointers a line and one row of blanks. tmux lets half of a wide
 * character survive some edits; here the pair is always kept whole, because the
 * drawing code must be able to trust a width.
 */
#include "grid.h"

#include "cockpit/base_mem.h"

static struct cell
blank(uint32_t bg)
{
	return (struct cell){.bg = bg, .width = 1};
}

static void
fill(struct cell *cells, int count, uint32_t bg)
{
	struct cell cell = blank(bg);

	for (int i = 0; i < count; i++)
		cells[i] = cell;
}

void
grid_init(struct grid *g, int cols, int rows)
{
	*g = (struct grid){.cols = cols, .rows = rows, .now = 1};
	g->cells = mem_alloc_array((size_t)cols * (size_t)rows, sizeof(*g->cells));
	g->row = mem_alloc_array((size_t)rows, sizeof(*g->row));
	fill(g->cells, cols * rows, CELL_DEFAULT);
	for (int y = 0; y < rows; y++)
		g->row[y].cells = g->cells + (size_t)y * (size_t)cols;
}

void
grid_release(struct grid *g)
{
	mem_free(g->cells);
	mem_free(g->row);
	*g = (struct grid){0};
}

void
grid_touch(struct grid *g, int y)
{
	g->row[y].version = g->now;
	g->changed = true;
}

void
grid_touch_all(struct grid *g)
{
	for (int y = 0; y < g->rows; y++)
		grid_touch(g, y);
}

/* Blanks what remains of a wide character that an edit cuts between x - 1 and x. */
static void
part(struct grid *g, int x, int y)
{
	struct cell *cells = g->row[y].cells;

	if (x <= 0 || x >= g->cols || cells[x].width != 0)
		return;
	cells[x - 1] = blank(cells[x - 1].bg);
	cells[x] = blank(cells[x].bg);
}

void
grid_put(struct grid *g, int x, int y, struct cell cell)
{
	struct cell *cells;

	if (x < 0 || y < 0 || y >= g->rows || x + cell.width > g->cols)
		return;
	cells = g->row[y].cells;
	if (cells[x].width == 0 && x > 0)
		cells[x - 1] = blank(CELL_DEFAULT);
	if (x + cell.width < g->cols && cells[x + cell.width].width == 0)
		cells[x + cell.width] = blank(CELL_DEFAULT);
	cells[x] = cell;
	if (cell.width == 2) {
		cells[x + 1] = cell;
		cells[x + 1].text = 0;
		cells[x + 1].width = 0;
	}
	grid_touch(g, y);
}

void
grid_set_text(struct grid *g, int x, int y, uint32_t text)
{
	if (x < 0 || x >= g->cols || y < 0 || y >= g->rows)
		return;
	g->row[y].cells[grid_lead(g, x, y)].text = text;
	grid_touch(g, y);
}

int
grid_lead(const struct grid *g, int x, int y)
{
	return x > 0 && g->row[y].cells[x].width == 0 ? x - 1 : x;
}

void
grid_erase(struct grid *g, int x, int y, int count, uint32_t bg)
{
	if (x < 0 || x >= g->cols || y < 0 || y >= g->rows || count <= 0)
		return;
	if (count > g->cols - x)
		count = g->cols - x;
	if (count == g->cols) {
		grid_erase_rows(g, y, 1, bg);
		return;
	}
	part(g, x, y);
	part(g, x + count, y);
	fill(g->row[y].cells + x, count, bg);
	grid_touch(g, y);
}

/* A row that is emptied or moved is no longer what the row above runs on into. */
static void
unwrap_above(struct grid *g, int y)
{
	if (y > 0)
		g->row[y - 1].wrapped = false;
}

void
grid_erase_rows(struct grid *g, int y, int count, uint32_t bg)
{
	if (y < 0 || y >= g->rows || count <= 0)
		return;
	if (count > g->rows - y)
		count = g->rows - y;
	unwrap_above(g, y);
	for (; count > 0; count--, y++) {
		fill(g->row[y].cells, g->cols, bg);
		g->row[y].wrapped = false;
		grid_touch(g, y);
	}
}

/* tmux blanks only as many cells as it moved: what stands between those stays. */
void
grid_insert(struct grid *g, int x, int y, int count, uint32_t bg)
{
	struct cell *cells;
	int moved;

	if (x < 0 || x >= g->cols || y < 0 || y >= g->rows || count <= 0)
		return;
	if (count > g->cols - x)
		count = g->cols - x;
	if (x == g->cols - 1) {
		grid_erase(g, x, y, 1, bg);
		return;
	}
	moved = g->cols - x - count;
	cells = g->row[y].cells;
	part(g, x, y);
	part(g, g->cols - count, y);
	memmove(cells + x + count, cells + x, (size_t)moved * sizeof(*cells));
	fill(cells + x, count < moved ? count : moved, bg);
	grid_touch(g, y);
}

void
grid_delete(struct grid *g, int x, int y, int count, uint32_t bg)
{
	struct cell *cells;

	if (x < 0 || x >= g->cols || y < 0 || y >= g->rows || count <= 0)
		return;
	if (count > g->cols - x)
		count = g->cols - x;
	cells = g->row[y].cells;
	part(g, x, y);
	part(g, x + count, y);
	memmove(cells + x, cells + x + count, (size_t)(g->cols - x - count) * sizeof(*cells));
	fill(cells + g->cols - count, count, bg);
	grid_touch(g, y);
}

void
grid_swap_rows(struct grid *g, int a, int b)
{
	struct grid_row kept = g->row[a];

	g->row[a] = g->row[b];
	g->row[b] = kept;
	grid_touch(g, a);
	grid_touch(g, b);
}

static void
reverse(struct grid_row *row, int from, int to)
{
	for (; from < to; from++, to--) {
		struct grid_row kept = row[from];

		row[from] = row[to];
		row[to] = kept;
	}
}

void
grid_scroll(struct grid *g, int top, int bottom, int count, uint32_t bg)
{
	int height = bottom - top + 1;
	int up = count > 0 ? count : -count;

	if (top < 0 || bottom >= g->rows || height <= 0 || count == 0)
		return;
	if (up > height)
		up = height;
	unwrap_above(g, top);
	if (up == 1 && count > 0) {
		struct grid_row first = g->row[top];

		memmove(g->row + top, g->row + top + 1, (size_t)(height - 1) * sizeof(*g->row));
		g->row[bottom] = first;
	} else {
		int split = count > 0 ? top + up : bottom + 1 - up;

		reverse(g->row, top, split - 1);
		reverse(g->row, split, bottom);
		reverse(g->row, top, bottom);
	}
	for (int y = top; y <= bottom; y++)
		grid_touch(g, y);
	for (int i = 0; i < up; i++) {
		int y = count > 0 ? bottom - i : top + i;

		fill(g->row[y].cells, g->cols, bg);
		g->row[y].wrapped = false;
	}
	if (count < 0)
		g->row[bottom].wrapped = false;
}

void
grid_fill(struct grid *g, uint32_t text)
{
	for (int y = 0; y < g->rows; y++) {
		for (int x = 0; x < g->cols; x++)
			g->row[y].cells[x] = (struct cell){.text = text, .width = 1};
		g->row[y].wrapped = false;
		grid_touch(g, y);
	}
}
