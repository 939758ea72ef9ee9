/* SPDX-License-Identifier: MIT */
/* What is under way is read anew for each frame; the box keeps only which one is selected. */
#include "doings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_text.h"
#include "panel.h"
#include "view.h"

#define SAID_MS  1000
#define QUIET_MS 3000 /* what happens by itself all the time: not before it is slow */
#define COLS_MAX 100
#define ROWS_MAX 16

void
doings_refresh(struct view *view)
{
	struct doings_view *d = &view->doings;
	d->count = view->pilot ? pilot_doings(view->pilot, d->rows, DOINGS_MAX) : 0;
	int at = -1;
	for (int i = 0; i < d->count; i++) {
		if (d->rows[i].id == d->chosen)
			at = i;
	}
	/* The one that was selected is over: the one in its place is. */
	if (at < 0)
		at = d->at < d->count ? d->at : d->count - 1;
	d->at = at < 0 ? 0 : at;
	const uint64_t chosen = d->count > 0 ? d->rows[d->at].id : 0;
	if (d->chosen && chosen != d->chosen)
		d->moved_at = clock_ms();
	d->chosen = chosen;
}

/* --- in a few words --- */

/* What waits for another one is not what takes long. */
static bool
is_said(const struct doing *row)
{
	bool often = !row->wanted && row->kind != DOING_CHECK;
	if (row->waits && row->kind != DOING_START)
		return false;
	return clock_ms() - row->since > (often ? QUIET_MS : SAID_MS);
}

static void
add_name(const struct doing *row, struct buf *into)
{
	buf_addc(into, doing_word(row->kind));
	buf_addc(into, row->name[0] ? " " : "");
	text_safe(into, str_from(row->name), 30);
}

/* "40%", "3.2 MB". */
static void
add_amount(const struct doing *row, struct buf *into)
{
	static const char *const units[] = {"B", "kB", "MB", "GB"};
	double amount = (double)row->bytes;
	size_t unit = 0;
	if (row->total > 0) {
		uint64_t done = row->bytes < row->total ? row->bytes : row->total;
		buf_printf(into, "%d%%", (int)((double)done * 100 / (double)row->total));
		return;
	}
	for (; amount >= 1000 && unit < 3; unit++)
		amount /= 1000;
	if (row->bytes > 0)
		buf_printf(into, unit ? "%.1f %s" : "%.0f %s", amount, units[unit]);
}

static void
add_age(const struct doing *row, struct buf *into)
{
	char age[8];
	clock_age(clock_ms() - row->since, age);
	buf_printf(into, " %s", age);
}

void
doings_words(const struct view *view, struct buf *into)
{
	const struct doings_view *d = &view->doings;
	const struct doing *one = NULL;
	int count = 0;
	for (int i = 0; i < d->count; i++) {
		if (!is_said(&d->rows[i]))
			continue;
		one = one ? one : &d->rows[i];
		count++;
	}
	if (count == 0)
		return;
	buf_addc(into, "⠹ ");
	if (count > 1) {
		buf_printf(into, "%d things under way", count);
		return;
	}
	add_name(one, into);
	add_age(one, into);
}

void
doings_tile_words(const struct view *view, uint32_t agent, int cols, struct buf *into)
{
	const struct doings_view *d = &view->doings;
	for (int i = 0; i < d->count; i++) {
		const struct doing *row = &d->rows[i];
		struct buf words = BUF_INIT;
		if (row->agent != agent || row->kind == DOING_CHECK || !is_said(row))
			continue;
		buf_printf(&words, "⠹ %s", doing_word(row->kind));
		add_age(row, &words);
		if (text_cols(buf_str(&words)) <= cols)
			buf_add(into, buf_str(&words));
		buf_release(&words);
		return;
	}
}

/* --- the box --- */

void
doings_show(struct view *view, int argument)
{
	(void)argument;
	view->doings.open = true;
	view->doings.chosen = 0;
	view->doings.at = 0;
	view->doings.moved_at = 0;
	view_changed(view);
}

static void
cancel(struct view *view)
{
	const struct doings_view *d = &view->doings;
	struct buf name = BUF_INIT;
	struct err err = ERR_INIT;
	if (d->count == 0)
		return;
	/* Nobody has read so soon which one it is now. */
	if (d->moved_at && clock_ms() - d->moved_at < HASTY_MS) {
		view_toast(view, ROLE_NOTICE, "the one before is over: that key did nothing");
		return;
	}
	/* Its texts are gone when it is. */
	const uint64_t id = d->chosen;
	add_name(&d->rows[d->at], &name);
	if (pilot_cancel(view->pilot, id, &err) < 0)
		view_toast(
			view, ROLE_ERROR, "%s: not cancelled: %s", buf_cstr(&name), err.text);
	else
		view_toast(view, ROLE_NOTICE, "cancelled: %s", buf_cstr(&name));
	buf_release(&name);
}

static void
move(struct doings_view *d, int by)
{
	int at = d->at + by;
	at = at >= d->count ? d->count - 1 : at;
	d->at = at < 0 ? 0 : at;
	d->chosen = d->count > 0 ? d->rows[d->at].id : 0;
}

void
doings_do(struct view *view, enum stroke stroke)
{
	struct doings_view *d = &view->doings;
	/* What is over by now is not told of. */
	doings_refresh(view);
	switch ((int)stroke) {
	case STROKE_ACCEPT:
	case STROKE_CANCEL:
		cancel(view);
		break;
	case STROKE_CLOSE:
		d->open = false;
		break;
	case STROKE_DOWN:
	case STROKE_UP:
		move(d, stroke == STROKE_DOWN ? 1 : -1);
		break;
	case STROKE_PAGE_DOWN:
	case STROKE_PAGE_UP:
		move(d, stroke == STROKE_PAGE_DOWN ? ROWS_MAX : -ROWS_MAX);
		break;
	default:
		break;
	}
	doings_refresh(view);
}

static void
draw_row(struct view *view, const struct doing *row, struct rect at, bool chosen)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, ROLE_DIALOG);
	struct style dim = theme_style(view->theme, ROLE_DIM);
	struct buf left = BUF_INIT, right = BUF_INIT;
	dim.bg = style.bg;
	if (chosen) {
		style = panel_select(view, at, style);
		dim = panel_select(view, at, dim);
	}
	add_amount(row, &right);
	buf_addc(&right, " ");
	add_age(row, &right);
	int cols = text_cols(buf_str(&right)), end = at.x + at.w - 1 - cols;
	surface_put(s, at.x, at.y, 1, style, chosen ? STR("▸") : STR(" "));
	add_name(row, &left);
	/* Its agent's host; a host itself is named already. */
	if (row->host[0] && strcmp(row->host, row->name) != 0) {
		buf_addc(&left, " on ");
		text_safe(&left, str_from(row->host), 20);
	}
	int x = at.x + 1;
	x += surface_put(s, x, at.y, end - x, style, buf_str(&left)) + 2;
	buf_clear(&left);
	text_safe(&left, str_from(row->canceled ? "being cancelled" : row->step), -1);
	if (end > x)
		surface_put(s, x, at.y, end - x, dim, buf_str(&left));
	surface_put(s, end, at.y, cols, style, buf_str(&right));
	buf_release(&left);
	buf_release(&right);
}

void
doings_draw(struct view *view)
{
	struct doings_view *d = &view->doings;
	struct surface *s = view->surface;
	int cols = surface_cols(s), rows = surface_rows(s);
	int w = cols < COLS_MAX + 4 ? cols - 4 : COLS_MAX;
	int h = (d->count < 1 ? 1 : d->count < ROWS_MAX ? d->count : ROWS_MAX) + 2;
	if (h > rows - 2)
		h = rows - 2;
	struct rect r = {(cols - w) / 2, (rows - h) / 2, w, h}, in = rect_inner(r);
	surface_hide_cursor(s);
	box_draw(view, r, "under way");
	box_hints(view, r, VIEW_LIST, "cancel cancel,down+up choose,close close");
	panel_scroll(&d->top, in.h, d->count, d->at, d->at);
	for (int i = 0; i < in.h && d->top + i < d->count; i++)
		draw_row(view, &d->rows[d->top + i], (struct rect){in.x, in.y + i, in.w, 1},
			d->top + i == d->at);
	struct style dim = theme_style(view->theme, ROLE_DIM);
	dim.bg = theme_style(view->theme, ROLE_DIALOG).bg;
	if (d->count == 0)
		surface_put(s, in.x + 1, in.y, in.w - 1, dim, STR("nothing is under way"));
}
