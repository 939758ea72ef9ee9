/* SPDX-License-Identifier: MIT */
/*
 * The invariant that everything here keeps: a cell of width 2 is followed by a
 * cell of width 0 in the same row, and no other cell has width 0. Whoever
 * writes over a part of a row first splits the wide characters that lie across
 * its two edges (both halves become blanks), so that frames may be drawn over
 * anything, in any order.
 *
 * Clusters and link targets are looked up again at every frame: they are owned by the surface
 * and dropped when all of it is filled, which is how a frame begins. Nothing that
 * could move a terminal's cursor gets into a cell: control characters become U+FFFD.
 */
#include "surface.h"

#include <stdarg.h>
#include <stdio.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "sgr.h"

#define SIDE_MAX    4096 /* columns or rows; more than any terminal */
#define CLUSTER_MAX 21   /* bytes, as the glyphs keep them */
#define LINK_MAX    2083
#define ZWJ         0x200du
#define ELLIPSIS    0x2026u

struct surface {
	int cols, rows;
	struct cell *cells;
	uint64_t *stamps; /* one a row */
	struct glyphs *glyphs;
	char *links[256]; /* [0] is never used */
	int link_count;
	bool cursor;
	int cursor_x, cursor_y, cursor_shape;
};

/* A cluster on its way into a cell. */
struct cluster {
	uint32_t first;
	int width;
	unsigned len;
	char bytes[CLUSTER_MAX];
};

static int
clamp(int v, int min, int max)
{
	return v < min ? min : v > max ? max : v;
}

static struct cell *
at(const struct surface *s, int x, int y)
{
	return &s->cells[(size_t)y * (size_t)s->cols + (size_t)x];
}

static void
blank(struct cell *c)
{
	c->text = 0;
	c->width = 1;
	c->link = 0;
}

/* Unlike all before, of this surface and of others. */
static void
mark(struct surface *s, int y)
{
	static uint64_t last;
	s->stamps[y] = ++last;
}

/* Makes sure that no wide character lies across the left edge of column x. */
static void
split(struct surface *s, int x, int y)
{
	if (x <= 0 || x >= s->cols || at(s, x, y)->width != 0)
		return;
	blank(at(s, x - 1, y));
	blank(at(s, x, y));
	mark(s, y);
}

static void
drop_links(struct surface *s)
{
	for (int i = 1; i <= s->link_count; i++)
		mem_free(s->links[i]);
	s->link_count = 0;
}

static void
clear(struct surface *s, struct style style)
{
	struct cell cell = {.fg = style.fg, .bg = style.bg, .attr = style.attr, .width = 1};
	size_t count = (size_t)s->cols * (size_t)s->rows;

	for (size_t i = 0; i < count; i++)
		s->cells[i] = cell;
	for (int y = 0; y < s->rows; y++)
		mark(s, y);
	glyphs_clear(s->glyphs);
	drop_links(s);
	s->cursor = false;
}

struct surface *
surface_new(int cols, int rows)
{
	struct surface *s = MEM_NEW(struct surface);

	s->glyphs = glyphs_new();
	surface_resize(s, cols, rows);
	return s;
}

void
surface_free(struct surface *s)
{
	if (!s)
		return;
	drop_links(s);
	glyphs_free(s->glyphs);
	mem_free(s->cells);
	mem_free(s->stamps);
	mem_free(s);
}

void
surface_resize(struct surface *s, int cols, int rows)
{
	cols = clamp(cols, 1, SIDE_MAX);
	rows = clamp(rows, 1, SIDE_MAX);
	if (cols != s->cols || rows != s->rows) {
		mem_free(s->cells);
		mem_free(s->stamps);
		s->stamps = mem_alloc_array((size_t)rows, sizeof(*s->stamps));
		s->cells = mem_alloc_array((size_t)cols * (size_t)rows, sizeof(*s->cells));
		s->cols = cols;
		s->rows = rows;
	}
	clear(s, (struct style){0});
}

int
surface_cols(const struct surface *s)
{
	return s->cols;
}

int
surface_rows(const struct surface *s)
{
	return s->rows;
}

uint64_t
surface_row_stamp(const struct surface *s, int row)
{
	return s->stamps[row];
}

/* The part of r that lies on the surface; w or h is 0 when there is none. */
static struct rect
clip(const struct surface *s, struct rect r)
{
	/* The sums are taken in 64 bits: callers may pass INT_MAX for "all the rest". */
	int64_t right = (int64_t)r.x + r.w, bottom = (int64_t)r.y + r.h;
	int x = clamp(r.x, 0, s->cols), y = clamp(r.y, 0, s->rows);

	right = right > s->cols ? s->cols : right;
	bottom = bottom > s->rows ? s->rows : bottom;
	return (struct rect){
		x, y, right > x ? (int)right - x : 0, bottom > y ? (int)bottom - y : 0};
}

void
surface_fill(struct surface *s, struct rect r, struct style style)
{
	struct cell cell = {.fg = style.fg, .bg = style.bg, .attr = style.attr, .width = 1};

	r = clip(s, r);
	if (r.w == s->cols && r.h == s->rows) {
		clear(s, style);
		return;
	}
	if (r.w == 0)
		return;
	for (int y = r.y; y < r.y + r.h; y++) {
		struct cell *row = at(s, r.x, y);
		bool same = true;

		split(s, r.x, y);
		split(s, r.x + r.w, y);
		for (int x = 0; x < r.w; x++) {
			same = same && memcmp(&row[x], &cell, sizeof(cell)) == 0;
			row[x] = cell;
		}
		if (!same)
			mark(s, y);
	}
}

/* Puts a cell of cell.width columns; what sticks out at either side of the surface is drawn as
 * blanks. */
static void
place(struct surface *s, int x, int y, struct cell cell)
{
	int width = cell.width;

	if (y < 0 || y >= s->rows || x >= s->cols || x + width <= 0)
		return;
	if (width == 2 && (x < 0 || x + 1 >= s->cols)) {
		x = x < 0 ? 0 : x;
		blank(&cell);
		width = 1;
	}
	split(s, x, y);
	split(s, x + width, y);
	if (memcmp(at(s, x, y), &cell, sizeof(cell)) == 0 &&
		(width == 1 || at(s, x + 1, y)->width == 0))
		return;
	mark(s, y);
	*at(s, x, y) = cell;
	if (width == 2) {
		cell.text = 0;
		cell.width = 0;
		*at(s, x + 1, y) = cell;
	}
}

static uint32_t
drawable(uint32_t cp, int *ret_width)
{
	*ret_width = text_width(cp);
	if (*ret_width >= 0 && cp != 0)
		return cp;
	*ret_width = 1;
	return TEXT_BAD;
}

/* Takes a base character and what combines with it off the front of *text (not empty). */
static void
take(struct str *text, struct cluster *ret)
{
	bool joined = false;

	ret->first = drawable(text_next(text), &ret->width);
	ret->len = text_encode(ret->first, ret->bytes);
	while (text->len > 0) {
		struct str rest = *text;
		char bytes[4];
		int width;
		uint32_t cp = drawable(text_next(&rest), &width);
		unsigned len;

		if (width > 0 && !joined)
			break;
		joined = cp == ZWJ;
		len = text_encode(cp, bytes);
		if (ret->len + len <= sizeof(ret->bytes)) {
			memcpy(ret->bytes + ret->len, bytes, len);
			ret->len += len;
		}
		*text = rest;
	}
	/* A mark without a base stands on a blank of its own. */
	if (ret->width == 0)
		ret->width = 1;
}

static bool
fits(struct str text, int cols)
{
	struct cluster cluster;

	while (text.len > 0) {
		take(&text, &cluster);
		cols -= cluster.width;
		if (cols < 0)
			return false;
	}
	return true;
}

int
surface_put(struct surface *s, int x, int y, int cols, struct style style, struct str text)
{
	struct cell cell = {.fg = style.fg, .bg = style.bg, .attr = style.attr};
	int used = 0, room;
	bool whole;

	if (x >= s->cols)
		return 0;
	if (cols > s->cols && x >= 0)
		cols = s->cols;
	if ((int64_t)x + cols > s->cols)
		cols = s->cols - x;
	if (cols <= 0)
		return 0;
	whole = fits(text, cols);
	room = whole ? cols : cols - 1;
	while (text.len > 0) {
		struct cluster cluster;

		take(&text, &cluster);
		if (used + cluster.width > room)
			break;
		cell.width = (uint8_t)cluster.width;
		cell.text = cluster.first;
		if (cluster.len > text_encode(cluster.first, (char[4]){0}))
			cell.text =
				glyphs_put(s->glyphs, (struct str){cluster.bytes, cluster.len});
		place(s, x + used, y, cell);
		used += cluster.width;
	}
	if (!whole) {
		cell.width = 1;
		cell.text = ELLIPSIS;
		place(s, x + used, y, cell);
		used++;
	}
	return used;
}

int
surface_printf(
	struct surface *s, int x, int y, int cols, struct style style, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	char small[512];
	va_list ap;
	int len, used;

	va_start(ap, fmt);
	len = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (len < 0)
		return 0;
	if ((size_t)len < sizeof(small))
		return surface_put(s, x, y, cols, style, (struct str){small, (size_t)len});
	buf_fill(&text, ' ', (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(text.ptr, text.len, fmt, ap);
	va_end(ap);
	used = surface_put(s, x, y, cols, style, (struct str){text.ptr, (size_t)len});
	buf_release(&text);
	return used;
}

/* Only what a terminal's OSC 8 cannot be broken out of, and only to the web. */
static bool
link_allowed(struct str link)
{
	if (link.len > LINK_MAX ||
		!(str_starts(link, STR("https://")) || str_starts(link, STR("http://"))))
		return false;
	for (size_t i = 0; i < link.len; i++) {
		if (link.ptr[i] <= ' ' || link.ptr[i] > '~')
			return false;
	}
	return true;
}

/* 0 when there is no room: a missing link is better than a wrong one. */
static uint8_t
link_put(struct surface *s, struct str link)
{
	if (link.len == 0)
		return 0;
	/* From the end: a link's cells come one after the other. */
	for (int i = s->link_count; i > 0; i--) {
		if (str_eqc(link, s->links[i]))
			return (uint8_t)i;
	}
	if (s->link_count == 255 || !link_allowed(link))
		return 0;
	s->links[++s->link_count] = mem_strndup(link.ptr, link.len);
	return (uint8_t)s->link_count;
}

/* The text value of foreign bytes: checked again here, because this is the last gate. */
static uint32_t
foreign(struct surface *s, const struct cell *cell, struct str text)
{
	struct str rest = text;

	if (!(cell->text & CELL_CLUSTER)) {
		uint32_t cp = cell->text;

		if (cp == 0)
			return 0;
		return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp > 0x10ffff ? TEXT_BAD : cp;
	}
	if (text.len == 0)
		return 0;
	while (rest.len > 0) {
		uint32_t cp = text_next(&rest);

		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			return TEXT_BAD;
	}
	return glyphs_put(s->glyphs, text);
}

void
surface_cell(struct surface *s, int x, int y, const struct cell *cell, struct str text,
	struct str link)
{
	struct cell copy = *cell;

	if (x < 0 || y < 0 || x >= s->cols || y >= s->rows)
		return;
	if (cell->width == 0) {
		/* The right half: came with its left half, or is cut off from it. */
		if (at(s, x, y)->width == 0)
			return;
		blank(&copy);
	} else {
		copy.text = foreign(s, cell, text);
		copy.width = cell->width == 2 ? 2 : 1;
	}
	copy.link = cell->link ? link_put(s, link) : 0;
	place(s, x, y, copy);
}

static void
tint(struct cell *c, struct style style)
{
	unsigned keep = CELL_ITALIC | CELL_STRIKE | CELL_OVERLINE | CELL_CONCEAL;

	if (!(style.attr & CELL_UNDERLINE))
		keep |= CELL_UNDERLINE;
	c->fg = style.fg;
	c->bg = style.bg;
	c->attr = (uint16_t)(style.attr | (c->attr & keep));
}

void
surface_tint(struct surface *s, struct rect r, struct style style)
{
	r = clip(s, r);
	for (int y = r.y; y < r.y + r.h; y++) {
		mark(s, y);
		for (int x = r.x; x < r.x + r.w; x++) {
			struct cell *c = at(s, x, y);

			/* A wide character goes with its left half. */
			if (c->width == 0)
				continue;
			tint(c, style);
			if (c->width == 2)
				tint(c + 1, style);
		}
	}
}

void
surface_set_cursor(struct surface *s, int x, int y, int shape)
{
	s->cursor = x >= 0 && y >= 0 && x < s->cols && y < s->rows;
	s->cursor_x = x;
	s->cursor_y = y;
	s->cursor_shape = shape >= 0 && shape <= 6 ? shape : 0;
}

void
surface_hide_cursor(struct surface *s)
{
	s->cursor = false;
}

bool
surface_cursor(const struct surface *s, int *ret_x, int *ret_y, int *ret_shape)
{
	if (!s->cursor)
		return false;
	*ret_x = s->cursor_x;
	*ret_y = s->cursor_y;
	*ret_shape = s->cursor_shape;
	return true;
}

const struct cell *
surface_row(const struct surface *s, int row)
{
	BUG_ON(row < 0 || row >= s->rows);
	return at(s, 0, row);
}

struct str
surface_cell_text(const struct surface *s, uint32_t text, char tmp[4])
{
	return glyphs_get(s->glyphs, text, tmp);
}

struct str
surface_cell_link(const struct surface *s, uint8_t link)
{
	return link > 0 && link <= s->link_count ? str_from(s->links[link]) : STR("");
}

/* Columns up to the last one that shows something. */
static int
visible(const struct surface *s, int row, bool ansi)
{
	int x = s->cols;

	for (; x > 0; x--) {
		const struct cell *c = at(s, x - 1, row);

		if (c->width == 0 || (c->text != 0 && c->text != ' '))
			break;
		if (ansi && (c->bg != CELL_DEFAULT || (c->attr & SGR_BLANK_ATTRS)))
			break;
	}
	return x;
}

void
surface_text(const struct surface *s, bool ansi, struct buf *into)
{
	for (int y = 0; y < s->rows; y++) {
		int cols = visible(s, y, ansi);
		struct style style = {0};

		for (int x = 0; x < cols; x++) {
			const struct cell *c = at(s, x, y);
			struct style next = {c->fg, c->bg, c->attr};
			char tmp[4];

			if (c->width == 0)
				continue;
			if (ansi && !style_eq(style, next)) {
				sgr_style(into, next);
				style = next;
			}
			buf_add(into, c->text ? glyphs_get(s->glyphs, c->text, tmp) : STR(" "));
		}
		if (!style_eq(style, (struct style){0}))
			buf_addc(into, "\033[0m");
		buf_byte(into, '\n');
	}
}
