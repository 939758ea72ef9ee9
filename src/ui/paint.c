/* SPDX-License-Identifier: MIT */
/*
 * The last frame is kept as cells, in our own glyphs and links: those of a
 * surface are numbered anew at each frame. Cells that are equal are not written, but when it is
 * cheaper to write over a few than to jump across them.
 *
 * Terminals do not agree on how wide characters are. So where the cursor stands is
 * only believed after ASCII; after other characters it is believed for the next
 * one of their sort (a line of a frame, a Chinese sentence), and set anew
 * before ASCII goes on; after emoji and clusters it is never believed. What goes
 * wrong on a terminal that counts otherwise stays within the character's run.
 */
#include "paint.h"

#include "caps.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "sgr.h"

#define JUMP_COST  6 /* bytes of a cursor move: gaps up to this are written over */
#define ERASE_GAIN 8 /* blanks that make an erase worth it */
#define NOWHERE    (-1)

enum belief { SURE, RUN, LOST };

struct paint {
	const struct caps *caps;
	int cols, rows;
	bool known; /* shown is what the terminal shows */
	struct cell *shown;
	struct cell *next; /* one row */
	uint64_t *stamps;  /* of the surface's rows, as they were painted */
	struct glyphs *glyphs;
	char *links[256];
	int link_count;
	uint8_t link_map[256]; /* from the surface's to ours, this frame */
	/* The terminal's pen and cursor. */
	struct style pen;
	uint8_t pen_link;
	int x, y;
	enum belief belief;
	bool cursor; /* visible */
	int cursor_x, cursor_y, cursor_shape;
	/* The last style asked for, as the terminal has it. */
	struct style asked, device;
};

struct paint *
paint_new(const struct caps *caps)
{
	struct paint *p = MEM_NEW(struct paint);

	p->caps = caps;
	p->glyphs = glyphs_new();
	return p;
}

static void
drop_links(struct paint *p)
{
	for (int i = 1; i <= p->link_count; i++)
		mem_free(p->links[i]);
	p->link_count = 0;
}

void
paint_free(struct paint *p)
{
	if (!p)
		return;
	drop_links(p);
	glyphs_free(p->glyphs);
	mem_free(p->shown);
	mem_free(p->next);
	mem_free(p->stamps);
	mem_free(p);
}

void
paint_forget(struct paint *p)
{
	p->known = false;
}

static void
add_string(const struct paint *p, struct buf *into, enum caps_string which)
{
	if (p->caps->strings[which].len > 0)
		buf_add(into, p->caps->strings[which]);
}

/* What this terminal makes of a style. */
static struct style
to_device(struct paint *p, struct style style)
{
	const struct caps *caps = p->caps;
	struct style ret = {0};
	unsigned underline = (style.attr & CELL_UNDERLINE) >> CELL_UL_SHIFT;

	if (style_eq(style, p->asked))
		return p->device;
	for (int i = 0; i < CAPS_ATTRS; i++) {
		if ((style.attr & 1 << i) && caps->sgr[i].len > 0)
			ret.attr |= (uint16_t)(1 << i);
	}
	if (underline > CELL_UL_DASHED || caps->underline[underline].len == 0)
		underline = CELL_UL_NONE;
	ret.attr |= (uint16_t)(underline << CELL_UL_SHIFT);
	ret.fg = caps_colour(caps, style.fg);
	ret.bg = caps_colour(caps, style.bg);
	/* Eight colours are made sixteen by bold. */
	if (caps->depth == CAPS_8 && CELL_COLOUR_KIND(style.fg) == 1 && (style.fg & 0xff) > 8 &&
		(style.fg & 0xff) < 16)
		ret.attr |= CELL_BOLD & (caps->sgr[0].len > 0 ? 0xffff : 0);
	p->asked = style;
	p->device = ret;
	return ret;
}

static void
add_param(const struct paint *p, struct buf *into, struct str sgr)
{
	if (p->caps->ansi)
		buf_byte(into, ';');
	buf_add(into, sgr);
}

static void
add_colour(const struct paint *p, struct buf *into, uint32_t colour, bool background)
{
	const struct str *table = background ? p->caps->bg : p->caps->fg;

	size_t start = into->len;

	if (p->caps->ansi && (colour == CELL_DEFAULT || p->caps->depth >= CAPS_256)) {
		sgr_colour(into, colour, background);
	} else if (colour == CELL_DEFAULT) {
		return; /* by a reset, before */
	} else if (p->caps->depth < CAPS_256) {
		add_param(p, into, table[colour & 15]);
	} else {
		buf_byte(into, '\033');
		sgr_colour(into, colour, background);
		into->ptr[start + 1] = '[';
		buf_byte(into, 'm');
	}
}

static void
set_pen(struct paint *p, struct buf *into, struct style want)
{
	const struct caps *caps = p->caps;
	unsigned all = ~(unsigned)CELL_UNDERLINE & 0xffff;
	unsigned underline, had;
	size_t start = into->len;
	bool reset;

	want = to_device(p, want);
	if (style_eq(want, p->pen))
		return;
	underline = want.attr & CELL_UNDERLINE;
	had = p->pen.attr & CELL_UNDERLINE;
	reset = (p->pen.attr & ~want.attr & all) || (had && !underline);
	/* Back to plain is shortest so. */
	if (style_eq(want, (struct style){0}))
		reset = true;
	if (!caps->ansi && ((p->pen.fg && !want.fg) || (p->pen.bg && !want.bg)))
		reset = true;
	/* "CSI ; params m": the first semicolon becomes the bracket, an empty parameter is 0.
	 */
	if (caps->ansi)
		buf_byte(into, '\033');
	if (reset) {
		if (caps->ansi)
			buf_byte(into, ';');
		else
			add_string(p, into, CAPS_RESET);
		p->pen = (struct style){0};
	}
	for (int i = 0; i < CAPS_ATTRS; i++) {
		if ((want.attr & ~p->pen.attr) & 1 << i)
			add_param(p, into, caps->sgr[i]);
	}
	if (underline != (p->pen.attr & CELL_UNDERLINE))
		add_param(p, into, caps->underline[underline >> CELL_UL_SHIFT]);
	if (want.fg != p->pen.fg)
		add_colour(p, into, want.fg, false);
	if (want.bg != p->pen.bg)
		add_colour(p, into, want.bg, true);
	if (caps->ansi) {
		buf_byte(into, 'm');
		into->ptr[start + 1] = '[';
	}
	p->pen = want;
}

static void
set_link(struct paint *p, struct buf *into, uint8_t link)
{
	if (link == p->pen_link || !p->caps->links)
		return;
	if (link)
		buf_printf(into, "\033]8;id=c%u;%s\033\\", link, p->links[link]);
	else
		buf_add(into, STR("\033]8;;\033\\"));
	p->pen_link = link;
}

/* Our number of a link of this surface; 0 when there are too many. */
static uint8_t
map_link(struct paint *p, const struct surface *s, uint8_t link)
{
	struct str uri;

	if (link == 0 || p->link_map[link] != 0)
		return p->link_map[link];
	uri = surface_cell_link(s, link);
	for (int i = 1; i <= p->link_count && uri.len > 0; i++) {
		if (str_eqc(uri, p->links[i]))
			return p->link_map[link] = (uint8_t)i;
	}
	if (p->link_count == 255)
		p->known = false; /* with the next frame they are counted anew */
	if (uri.len == 0 || p->link_count == 255)
		return 0;
	p->links[++p->link_count] = mem_strndup(uri.ptr, uri.len);
	return p->link_map[link] = (uint8_t)p->link_count;
}

static bool
is_blank(const struct cell *c)
{
	return c->width == 1 && (c->text == 0 || c->text == ' ');
}

/* As the terminal can show it. A wide character becomes two signs, which need no belief. */
static void
plain(const struct paint *p, const struct surface *s, struct cell *c, struct cell *next)
{
	char tmp[4];
	struct str text = surface_cell_text(s, c->text, tmp);

	if (text.len > 0 && (c->text & CELL_CLUSTER || c->text >= 0x80))
		c->text = charset_sign(p->caps->charset, text_next(&text));
	if (c->width == 2 && c->text < 0x80) {
		c->width = 1;
		next->width = 1;
		next->text = c->text == '?' ? '?' : 0;
	}
}

/* A row of the surface in our own numbers; blanks in one form. */
static void
load_row(struct paint *p, const struct surface *s, int y)
{
	const struct cell *row = surface_row(s, y);
	char tmp[4];

	memcpy(p->next, row, (size_t)p->cols * sizeof(*row));
	for (int x = 0; x < p->cols; x++) {
		struct cell *c = &p->next[x];

		if (p->caps->charset != CHARSET_ALL)
			plain(p, s, c, c + 1);
		if (c->text & CELL_CLUSTER)
			c->text = glyphs_put(p->glyphs, surface_cell_text(s, c->text, tmp));
		if (c->link)
			c->link = map_link(p, s, c->link);
		if (is_blank(c)) {
			c->text = 0;
			c->attr &= SGR_BLANK_ATTRS;
			c->fg = c->attr ? c->fg : CELL_DEFAULT;
		}
	}
}

static bool
same(const struct cell *a, const struct cell *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static enum belief
believe(const struct cell *c)
{
	if (c->text & CELL_CLUSTER)
		return LOST;
	if (c->text < 0x80)
		return SURE;
	/* Arrows to dingbats, and all of the emoji planes, are drawn wide by some. */
	if (c->text >= 0x1f000 || (c->text >= 0x231a && c->text < 0x2500) ||
		(c->text >= 0x25a0 && c->text < 0x2800) ||
		(c->text >= 0x2900 && c->text < 0x2e80) ||
		(c->text >= 0xe000 && c->text < 0xf900))
		return LOST;
	return RUN;
}

/* The style to write a cell in: the pen's own where the difference cannot be seen. */
static struct style
pen_for(const struct paint *p, const struct cell *c)
{
	struct style style = {c->fg, c->bg, c->attr};

	if (c->text == 0 && c->attr == 0 && !(p->asked.attr & SGR_BLANK_ATTRS)) {
		style = p->asked;
		style.bg = c->bg;
	}
	return style;
}

/* Writing the cells [from, to) of the row, which stand there already, costs no more than a
 * jump. */
static bool
cheap_gap(const struct paint *p, const struct cell *row, int from, int to)
{
	if (to - from > JUMP_COST || !style_eq(p->device, p->pen))
		return false;
	for (int x = from; x < to; x++) {
		if (row[x].width != 1 || row[x].text >= 0x80 || row[x].link != p->pen_link ||
			!style_eq(pen_for(p, &row[x]), p->asked))
			return false;
	}
	return true;
}

static void
put_cell(struct paint *p, struct buf *into, const struct cell *c)
{
	char tmp[4];

	set_link(p, into, c->link);
	set_pen(p, into, pen_for(p, c));
	if (c->text < 0x80)
		buf_byte(into, c->text ? (char)c->text : ' ');
	else
		buf_add(into, glyphs_get(p->glyphs, c->text, tmp));
	p->x += c->width;
	p->belief = believe(c);
	/* At the edge a terminal may stand on the last column, past it or in the next row. */
	if (p->x >= p->cols) {
		p->belief = LOST;
		p->y = p->caps->edge ? p->y : NOWHERE;
	}
}

static void
go(struct paint *p, struct buf *into, int x, int y, enum belief coming)
{
	const struct caps *caps = p->caps;
	bool believed = p->belief == SURE || (p->belief == RUN && coming != SURE);

	if (p->y == y && p->x == x && believed)
		return;
	if (p->y == y && p->x < x && p->belief == SURE && cheap_gap(p, p->next, p->x, x)) {
		while (p->x < x)
			put_cell(p, into, &p->next[p->x]);
		return;
	}
	if (p->y == y && caps->ansi_column)
		buf_printf(into, "\033[%dG", x + 1);
	else if (p->y != NOWHERE && p->y + 1 == y && x == 0)
		buf_add(into, STR("\r\n"));
	else
		caps_move(caps, into, x, y);
	p->x = x;
	p->y = y;
	p->belief = SURE;
}

/* The column from which on the row is blanks of one background that an erase would leave, or
 * cols. */
static int
find_tail(const struct paint *p, const struct cell *row)
{
	const struct cell *last = &row[p->cols - 1];
	int x = p->cols;

	if (last->text != 0 || last->width != 1 || last->attr != 0 || last->link != 0)
		return x;
	if (last->bg != CELL_DEFAULT && !p->caps->bce)
		return x;
	while (x > 0 && same(&row[x - 1], last))
		x--;
	return x;
}

static bool
erase_pays(const struct paint *p, const struct cell *was, int from)
{
	int differ = 0;

	if (p->caps->strings[CAPS_ERASE_LINE].len == 0)
		return false;
	for (int x = from; x < p->cols && differ < ERASE_GAIN; x++)
		differ += !same(&p->next[x], &was[x]);
	return differ >= ERASE_GAIN;
}

static void
paint_row(struct paint *p, struct buf *into, int y)
{
	struct cell *was = p->shown + (size_t)y * (size_t)p->cols;
	int end = p->cols, tail;

	if (memcmp(was, p->next, (size_t)p->cols * sizeof(*was)) == 0)
		return;
	/* Nobody shall see the cursor run over the screen. */
	if (p->cursor)
		add_string(p, into, CAPS_HIDE);
	p->cursor = false;
	tail = find_tail(p, p->next);
	if (tail < end && erase_pays(p, was, tail))
		end = tail;
	else if (!p->caps->edge && y == p->rows - 1)
		end--;
	for (int x = 0; x < end; x++) {
		const struct cell *c = &p->next[x];

		if (same(c, &was[x]) || c->width == 0)
			continue;
		go(p, into, x, y, believe(c));
		put_cell(p, into, c);
	}
	if (end == tail && tail < p->cols) {
		go(p, into, tail, y, SURE);
		set_link(p, into, 0);
		set_pen(p, into, (struct style){.bg = p->next[tail].bg});
		add_string(p, into, CAPS_ERASE_LINE);
	}
	memcpy(was, p->next, (size_t)p->cols * sizeof(*was));
}

/* An empty screen of the surface's size, and nothing remembered of an older one. */
static void
start_over(struct paint *p, const struct surface *s, struct buf *into)
{
	size_t count;

	p->cols = surface_cols(s);
	p->rows = surface_rows(s);
	count = (size_t)p->cols * (size_t)p->rows;
	mem_free(p->shown);
	mem_free(p->next);
	mem_free(p->stamps);
	p->stamps = mem_alloc_array((size_t)p->rows, sizeof(*p->stamps));
	p->shown = mem_alloc_array(count, sizeof(*p->shown));
	p->next = mem_alloc_array((size_t)p->cols, sizeof(*p->next));
	for (size_t i = 0; i < count; i++)
		p->shown[i].width = 1;
	glyphs_clear(p->glyphs);
	drop_links(p);
	add_string(p, into, CAPS_RESET);
	add_string(p, into, CAPS_HIDE);
	add_string(p, into, CAPS_CLEAR);
	p->pen = p->asked = p->device = (struct style){0};
	p->pen_link = 0;
	p->x = p->y = 0;
	p->belief = SURE;
	p->cursor = false;
	p->cursor_shape = NOWHERE;
	p->known = true;
}

static void
paint_cursor(struct paint *p, const struct surface *s, struct buf *into, bool drawn)
{
	int x, y, shape;

	if (!surface_cursor(s, &x, &y, &shape)) {
		if (p->cursor)
			add_string(p, into, CAPS_HIDE);
		p->cursor = false;
		return;
	}
	if (drawn || !p->cursor || x != p->cursor_x || y != p->cursor_y)
		caps_move(p->caps, into, x, y);
	if (!p->cursor)
		add_string(p, into, CAPS_SHOW);
	if (shape != p->cursor_shape && p->caps->modern)
		buf_printf(into, "\033[%d q", shape);
	p->cursor = true;
	p->cursor_x = x;
	p->cursor_y = y;
	p->cursor_shape = shape;
}

void
paint_frame(struct paint *p, const struct surface *s, struct buf *into)
{
	size_t start = into->len, body;

	if (p->caps->sync)
		buf_add(into, STR("\033[?2026h"));
	body = into->len;
	memset(p->link_map, 0, sizeof(p->link_map));
	if (!p->known || p->cols != surface_cols(s) || p->rows != surface_rows(s) ||
		glyphs_full(p->glyphs))
		start_over(p, s, into);
	p->x = p->y = NOWHERE;
	for (int y = 0; y < p->rows; y++) {
		uint64_t stamp = surface_row_stamp(s, y);
		if (stamp == p->stamps[y])
			continue;
		p->stamps[y] = stamp;
		load_row(p, s, y);
		paint_row(p, into, y);
	}
	/* Whoever else writes to this terminal starts from a plain pen. */
	set_link(p, into, 0);
	set_pen(p, into, (struct style){0});
	paint_cursor(p, s, into, into->len > body);
	if (into->len == body)
		buf_truncate(into, start);
	else if (p->caps->sync)
		buf_add(into, STR("\033[?2026l"));
}
