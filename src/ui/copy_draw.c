/* SPDX-License-Identifier: MIT */
/* COPY mode on its tile. */
#include "border.h"
#include "cockpit/term_screen.h"
#include "copy_local.h"
#include "keymap.h"
#include "view.h"

uint64_t
copy_version(const struct copy *c)
{
	return c->version;
}

/* Half a wide character at an edge is a blank. */
static void
draw_line(const struct copy *c, struct rect at, const struct history_line *line)
{
	int cols = history_cols(c->history);
	for (int x = 0; x < at.w && c->left + x < cols; x++) {
		const struct cell *cell = &line->cells[c->left + x];
		char tmp[4];
		if (cell->width == 0 || (cell->width == 2 && x + 1 == at.w))
			continue;
		surface_cell(c->view->surface, at.x + x, at.y, cell,
			screen_text(line->screen, cell->text, tmp),
			cell->link ? screen_link(line->screen, cell->link) : STR(""));
	}
}

/* Columns [from, to) of the line, as far as they are seen. */
static void
tint(const struct copy *c, struct rect at, int from, int to, struct style style)
{
	from = from < c->left ? 0 : from - c->left;
	to = to - c->left > at.w ? at.w : to - c->left;
	if (from < to)
		surface_tint(c->view->surface, (struct rect){at.x + from, at.y, to - from, 1},
			style);
}

static void
mark_found(const struct copy *c, struct rect at, const struct history_line *line)
{
	const struct style style = {.attr = CELL_REVERSE};
	int end = 0, col = 0;
	while (c->find.text && (col = copy_find_in(c, line, end, 1, &end)) >= 0)
		tint(c, at, col, end, style);
}

void
copy_draw(struct view *view, struct rect in)
{
	struct copy *c = view->copy;
	struct span span;
	bool some = copy_span(c, &span);
	if (c->rows != in.h || c->cols != in.w) {
		c->rows = in.h;
		c->cols = in.w;
		copy_follow(c);
	}
	surface_fill(view->surface, in, (struct style){0});
	for (int y = 0; y < in.h; y++) {
		struct rect at = {in.x, in.y + y, in.w, 1};
		struct history_line line;
		int number = c->top + y, from, to;
		if (number >= history_end(c->history))
			break;
		if (!history_line(c->history, number, &line)) {
			surface_put(view->surface, at.x, at.y, at.w,
				theme_style(view->theme, ROLE_DIM), STR("…"));
			continue;
		}
		draw_line(c, at, &line);
		mark_found(c, at, &line);
		if (some && span_columns(&span, number, line.cells, history_cols(c->history),
				    &from, &to))
			tint(c, at, from, to, theme_style(view->theme, ROLE_SELECTION));
	}
}

void
copy_cursor(struct view *view, struct rect outer)
{
	struct copy *c = view->copy;
	struct rect in = rect_inner(outer);
	int x = c->col - c->left, y = c->line - c->top;
	if (c->find.typing) {
		struct rect field = {outer.x + 3, outer.y + outer.h - 1, outer.w - 4, 1};
		border_words(view, outer.x + 1, field.y, outer.x + outer.w - 1, ROLE_TITLE,
			c->find.way > 0 ? "/" : "?");
		if (field.w > 0)
			field_draw(view, &c->find.field, field, true);
	} else if (x >= 0 && y >= 0 && x < in.w && y < in.h) {
		surface_set_cursor(view->surface, in.x + x, in.y + y, 0);
	}
}

void
copy_words(const struct copy *c, struct buf *into)
{
	struct span span;
	char said[128];
	int bottom = history_end(c->history) - c->rows;
	bottom = bottom < 0 ? 0 : bottom;
	buf_printf(into, "scrollback %d of %d", bottom - c->top,
		bottom - history_first(c->history));
	if (!history_ready(c->history))
		buf_addc(into, " …");
	if (c->job.on)
		buf_printf(into, "  copying: %d lines so far, %s",
			c->job.line - c->job.span.line,
			keymap_said(c->view, VIEW_COPY, "esc stops", said));
	else if (c->find.on)
		buf_printf(into, "  looking for it, %s",
			keymap_said(c->view, VIEW_COPY, "esc stops", said));
	else if (copy_span(c, &span))
		buf_printf(into, "  %d line%s selected", span.end_line - span.line + 1,
			span.end_line == span.line ? "" : "s");
}
