/* SPDX-License-Identifier: MIT */
/*
 * What was just done, or why it was not, for a few seconds: above the key line, over the frames
 * at the left, so that the keys are always there to be read.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "view.h"

#define ROWS_MAX   3
#define ROWS_EACH  6       /* of the screen, for one of its own */
#define ERROR_SIGN "✗ "    /* never by colour alone */
#define LINE_FIRST 0x2500u /* what frames are drawn with */
#define LINE_LAST  0x257fu

void
view_toast(struct view *view, enum theme_role role, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(view->toast, sizeof(view->toast), fmt, ap);
	va_end(ap);
	view->toast_role = role;
	view->toast_at = clock_ms();
	view_changed(view);
}

static int
sign_cols(const struct view *view)
{
	return view->toast_role == ROLE_ERROR ? text_cols(STR(ERROR_SIGN)) : 0;
}

/* A blank at each end; what is said of the tile has its place at the left in COPY mode. A box
 * has its keys on its lower edge, and a pager its last line: then it is over the header. What a
 * person types into, or answers, is not covered: one row lies over a frame, more would not. */
static struct rect
place(const struct view *view)
{
	int cols = surface_cols(view->surface), sign = sign_cols(view), widest = 0;
	int room = cols - 2 - sign;
	struct rect r = {0};
	struct str rest = str_from(view->toast);
	if (!view->toast_at || view->layout.kind == LAYOUT_TOO_SMALL)
		return r;
	/* A small terminal is not covered with it. */
	int most = surface_rows(view->surface) / ROWS_EACH;
	most = most < 1 ? 1 : most > ROWS_MAX ? ROWS_MAX : most;
	bool box = view_is_covered(view) && !view->filter.editing;
	if (box || view->mode != VIEW_COMMAND)
		most = 1;
	for (; rest.len > 0 && r.h < most; r.h++) {
		int width = text_cols(text_row(&rest, room));
		widest = width > widest ? width : widest;
	}
	r.w = rest.len > 0 ? cols : widest + sign + 2;
	r.x = view->mode == VIEW_COPY ? cols - r.w : 0;
	r.y = view->layout.keys.y - r.h;
	if (box)
		r = (struct rect){0, view->layout.header.y, cols, r.h};
	return r;
}

void
toast_refresh(struct view *view)
{
	if (view->toast_at && clock_ms() - view->toast_at > TOAST_MS)
		view->toast_at = 0;
	const struct rect r = place(view);
	/* What it lay over is drawn anew. */
	view->whole = view->whole || memcmp(&r, &view->toast_rect, sizeof(r)) != 0;
	view->toast_rect = r;
}

/* What is left of the words that its end lies over would read as the rest of it: they go as
 * well, up to the frame or to a gap. Cells that were cleared before stay so until the frame is
 * drawn anew, so this may be done again at every frame. */
static void
clear_rest(struct view *view, const struct rect *r)
{
	const struct cell *row = surface_row(view->surface, r->y);
	int cols = surface_cols(view->surface), from = r->x + r->w, x = from, gap = 0;
	for (; x < cols && gap < 2; x++) {
		if (row[x].text >= LINE_FIRST && row[x].text <= LINE_LAST)
			break;
		gap = row[x].text == 0 || row[x].text == ' ' ? gap + 1 : 0;
	}
	if (x > from)
		surface_fill(view->surface, (struct rect){from, r->y, x - from, 1},
			(struct style){0});
}

void
toast_draw(struct view *view)
{
	const struct rect r = view->toast_rect;
	struct style ground = theme_style(view->theme, ROLE_HEADER);
	struct str rest = str_from(view->toast);
	int sign = sign_cols(view), room = r.w - 2 - sign;
	if (r.h == 0)
		return;
	ground.attr &= CELL_REVERSE;
	struct style style = theme_over(ground, theme_style(view->theme, view->toast_role));
	surface_fill(view->surface, r, style);
	if (r.h == 1)
		clear_rest(view, &r);
	if (sign > 0)
		surface_put(view->surface, r.x + 1, r.y, sign, style, STR(ERROR_SIGN));
	for (int i = 0; i < r.h; i++) {
		/* The last one ends in "…" if that is not all. */
		struct str row = i + 1 < r.h ? text_row(&rest, room) : rest;
		surface_put(view->surface, r.x + 1 + sign, r.y + i, room, style, row);
	}
}
