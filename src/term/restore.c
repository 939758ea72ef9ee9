/* SPDX-License-Identifier: MIT */
/*
 * A snapshot is painted into a new grid beside libvterm, which only learns the
 * size, the region and the cursor. The text comes from a host and is read with
 * a guard of its own whose table knows nothing but colours, line drawing and
 * links. What tmux cannot tell (pen, character sets) starts afresh; a cursor
 * that the agent saved is kept, since nothing says that it changed. Both are guesses:
 * doubt.c.
 */
#include "cockpit/base_text.h"
#include "local.h"

/*
 * What tmux shows is what it had room for: a character after a joiner belongs
 * to the cell before it if it fits in there, else it has a cell of its own.
 */
struct painter {
	struct screen *screen;
	struct guard guard;
	int x, y;
	bool drawing, joiner;
};

static void
put(struct painter *p, uint32_t text, int width)
{
	struct screen *s = p->screen;

	if (p->x + width <= s->cols)
		grid_put(&s->grid, p->x, p->y,
			(struct cell){
				.text = text,
				.fg = s->pen.fg,
				.bg = s->pen.bg,
				.attr = s->pen.attr,
				.width = (uint8_t)width,
				.link = s->pen.link,
			});
	p->x += width;
}

static void
on_ascii(void *ctx, struct str run)
{
	struct painter *p = ctx;

	p->joiner = false;
	for (size_t i = 0; i < run.len && p->x < p->screen->cols; i++) {
		unsigned char c = (unsigned char)run.ptr[i];

		put(p, p->drawing ? charset_map(c) : c, 1);
	}
}

static void
on_glyph(void *ctx, uint32_t cp)
{
	struct painter *p = ctx;
	int width = text_width(cp);

	bool joined = p->joiner;

	p->joiner = cp == 0x200d;
	if (width < 0 || p->y >= p->screen->rows)
		return;
	if (width == 0 || joined) {
		if (p->x <= p->screen->cols &&
			(combine(p->screen, p->x, p->y, cp, false) || width == 0))
			return;
	}
	put(p, cp, width);
}

static void
on_control(void *ctx, unsigned char c)
{
	struct painter *p = ctx;

	if (c == '\n') {
		p->x = 0;
		p->y++;
		p->joiner = false;
	} else if (c == 0x0e || c == 0x0f) {
		p->drawing = c == 0x0e;
	}
}

static void
on_escape(void *ctx, const struct guard_seq *seq)
{
	struct painter *p = ctx;

	if (seq->marks[0] || seq->final != '\\')
		p->screen->counters.sequences++;
}

static void
on_csi(void *ctx, const struct guard_seq *seq)
{
	struct painter *p = ctx;

	if (seq->final == 'm' && !seq->marks[0])
		pen_sgr(&p->screen->pen, seq, true);
	else
		p->screen->counters.sequences++;
}

static void
on_string(void *ctx, enum guard_string kind, struct str text)
{
	struct painter *p = ctx;

	if (kind != GUARD_OSC || !strings_link(p->screen, text))
		p->screen->counters.strings++;
}

static const struct guard_ops painter_ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
};

static void
paint(struct screen *s, struct str text)
{
	struct painter p = {.screen = s};

	guard_init(&p.guard, &painter_ops, &p, &s->counters);
	guard_feed(&p.guard, text);
	s->pen = (struct pen){0};
}

static int
clamp(int value, int max)
{
	return value < 0 ? 0 : value > max ? max : value;
}

void
screen_restore(struct screen *s, const struct screen_snapshot *snapshot)
{
	s->grid.now = ++s->version;
	screen_set_size(s, snapshot->cols, snapshot->rows);
	glyphs_clear(s->glyphs);
	links_release(&s->links);
	s->pen = (struct pen){0};
	s->charsets = (struct charsets){false};
	s->held = s->wants_snapshot = false;
	guard_init(&s->guard, &verbs_ops, s, &s->counters);
	paint(s, snapshot->text);
	if (snapshot->tabs.ptr)
		vt_set_tabs(s, snapshot->tabs);
	s->alt_x = snapshot->alt_x;
	s->alt_y = clamp(snapshot->alt_y, s->rows - 1);
	s->modes = (s->modes & ~snapshot->known) | (snapshot->modes & snapshot->known);
	if (snapshot->scroll_top >= 0 && snapshot->scroll_top < snapshot->scroll_bottom &&
		snapshot->scroll_bottom < s->rows)
		vt_region(s, snapshot->scroll_top, snapshot->scroll_bottom);
	vt_move(s, clamp(snapshot->cursor_x, s->cols - 1),
		clamp(snapshot->cursor_y, s->rows - 1));
	s->pending = snapshot->cursor_x >= s->cols;
	s->unknown = DOUBT_ALL;
	if (snapshot->cursor_x <= s->cols)
		s->unknown &= ~(unsigned)DOUBT_BEYOND;
	s->saved.unknown = DOUBT_PEN | DOUBT_CHARSETS;
	s->doubts = s->normal_doubts = 0;
}
