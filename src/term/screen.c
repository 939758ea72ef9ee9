/* SPDX-License-Identifier: MIT */
/*
 * The door of the floor: keeps one screen together and answers what it shows.
 * The work is done in the files that local.h draws.
 */
#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "local.h"

static int
clamp(int value, int min, int max)
{
	return value < min ? min : value > max ? max : value;
}

void
screen_set_size(struct screen *s, int cols, int rows)
{
	uint64_t now = s->grid.now;

	grid_release(&s->grid);
	grid_release(&s->normal);
	s->has_normal = false;
	s->cols = clamp(cols, SCREEN_MIN_COLS, SCREEN_MAX_COLS);
	s->rows = clamp(rows, 1, SCREEN_MAX_ROWS);
	grid_init(&s->grid, s->cols, s->rows);
	s->grid.now = now;
	grid_touch_all(&s->grid);
	vt_open(s);
	s->top = 0;
	s->bottom = s->rows - 1;
	s->pending = s->joiner = false;
}

struct screen *
screen_new(int cols, int rows, const struct screen_ops *ops, void *ctx)
{
	struct screen *s = MEM_NEW(struct screen);

	s->ops = ops;
	s->ctx = ctx;
	s->glyphs = glyphs_new();
	s->modes = SCREEN_CURSOR | SCREEN_WRAP;
	s->alt_x = -1;
	/* No two screens ever have a version in common, so that one compare tells both apart.
	 */
	static uint64_t born;
	s->version = s->grid.now = ++born << 32;
	screen_set_size(s, cols, rows);
	guard_init(&s->guard, &verbs_ops, s, &s->counters);
	return s;
}

void
screen_free(struct screen *s)
{
	if (!s)
		return;
	vt_close(s);
	grid_release(&s->grid);
	grid_release(&s->normal);
	glyphs_free(s->glyphs);
	links_release(&s->links);
	mem_free(s);
}

struct screen *
screen_copy(const struct screen *s)
{
	struct screen *copy = screen_new(s->cols, s->rows, NULL, NULL);

	for (int y = 0; y < s->rows; y++) {
		memcpy(copy->grid.row[y].cells, s->grid.row[y].cells,
			(size_t)s->cols * sizeof(struct cell));
		copy->grid.row[y].wrapped = s->grid.row[y].wrapped;
	}
	glyphs_free(copy->glyphs);
	copy->glyphs = glyphs_copy(s->glyphs);
	for (size_t i = 0; i < sizeof(s->links.uri) / sizeof(s->links.uri[0]); i++) {
		if (s->links.uri[i])
			copy->links.uri[i] = mem_strdup(s->links.uri[i]);
	}
	copy->modes = s->modes;
	return copy;
}

void
screen_feed(struct screen *s, struct str bytes)
{
	int x = screen_x(s), y = s->vt.y, shape = s->shape;
	unsigned modes = s->modes;
	bool held = s->held;

	if (bytes.len > 0 && s->unknown & DOUBT_PARSER) {
		/* ESC begins anew wherever it stands. */
		if (bytes.ptr[0] != '\033')
			s->doubts |= DOUBT_PARSER;
		s->unknown &= ~(unsigned)DOUBT_PARSER;
	}
	s->grid.now = s->version + 1;
	s->grid.changed = false;
	guard_feed(&s->guard, bytes);
	vt_flush(s);
	if (s->grid.changed || x != screen_x(s) || y != s->vt.y || shape != s->shape ||
		modes != s->modes || held != s->held)
		s->version++;
}

void
screen_signal(struct screen *s, enum screen_signal_kind kind, struct str text)
{
	struct screen_signal signal = {kind, text};

	if (s->ops && s->ops->signal)
		s->ops->signal(s->ctx, &signal);
}

void
screen_set_pen(struct screen *s, struct pen pen)
{
	pen.link = s->pen.link;
	s->pen = pen;
}

void
screen_scroll(struct screen *s, int top, int bottom, int count, uint32_t bg)
{
	if (top == bottom && (count < 0 || s->modes & SCREEN_ALTERNATE))
		return;
	grid_scroll(&s->grid, top, bottom, count, bg);
}

int
screen_x(const struct screen *s)
{
	return s->pending ? s->cols : s->vt.x;
}

bool
screen_wants_snapshot(const struct screen *s)
{
	return s->wants_snapshot;
}

int
screen_cols(const struct screen *s)
{
	return s->cols;
}

int
screen_rows(const struct screen *s)
{
	return s->rows;
}

unsigned
screen_modes(const struct screen *s)
{
	return s->modes;
}

void
screen_cursor(const struct screen *s, int *ret_x, int *ret_y)
{
	*ret_x = screen_x(s);
	*ret_y = s->vt.y;
}

int
screen_cursor_shape(const struct screen *s)
{
	return s->shape;
}

const struct cell *
screen_row(const struct screen *s, int row)
{
	return s->grid.row[clamp(row, 0, s->rows - 1)].cells;
}

bool
screen_row_wraps(const struct screen *s, int row)
{
	return s->grid.row[clamp(row, 0, s->rows - 1)].wrapped;
}

struct str
screen_text(const struct screen *s, uint32_t text, char tmp[4])
{
	return glyphs_get(s->glyphs, text, tmp);
}

struct str
screen_link(const struct screen *s, uint8_t link)
{
	return links_get(&s->links, link);
}

uint64_t
screen_version(const struct screen *s)
{
	return s->version;
}

uint64_t
screen_row_version(const struct screen *s, int row)
{
	return s->grid.row[clamp(row, 0, s->rows - 1)].version;
}

bool
screen_held(const struct screen *s)
{
	return s->held;
}

void
screen_release_hold(struct screen *s)
{
	s->held = false;
}

const struct screen_counters *
screen_counters(const struct screen *s)
{
	return &s->counters;
}

void
screen_row_text(const struct screen *s, int row, struct buf *into)
{
	const struct cell *cells = screen_row(s, row);
	int end = s->cols;

	while (end > 0 && (cells[end - 1].text == 0 || cells[end - 1].text == ' ') &&
		cells[end - 1].width == 1)
		end--;
	for (int x = 0; x < end; x++) {
		char tmp[4];

		if (cells[x].width == 0)
			continue;
		if (cells[x].text == 0)
			buf_byte(into, ' ');
		else
			buf_add(into, screen_text(s, cells[x].text, tmp));
	}
}
