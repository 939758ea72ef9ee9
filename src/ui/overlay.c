/* SPDX-License-Identifier: MIT */
/* A file that is read through, a text over the tiles (help, explain), scrollable, or the
 * palette, what is under way; and the dialog or the question, which lie over everything. */
#include "cockpit/base_text.h"
#include "dialog.h"
#include "doings.h"
#include "pager.h"
#include "palette.h"
#include "question.h"
#include "view.h"

void
overlay_text(struct view *view, const char *title)
{
	view->text_title = title;
	view->text_scroll = 0;
	view_changed(view);
}

void
box_draw(struct view *view, struct rect r, const char *title)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, ROLE_DIALOG_BORDER);
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
	surface_fill(s, r, theme_style(view->theme, ROLE_DIALOG));
	for (int x = r.x; x <= right; x++) {
		surface_put(s, x, r.y, 1, style, STR("─"));
		surface_put(s, x, bottom, 1, style, STR("─"));
	}
	for (int y = r.y; y <= bottom; y++) {
		surface_put(s, r.x, y, 1, style, STR("│"));
		surface_put(s, right, y, 1, style, STR("│"));
	}
	surface_put(s, r.x, r.y, 1, style, STR("╭"));
	surface_put(s, right, r.y, 1, style, STR("╮"));
	surface_put(s, r.x, bottom, 1, style, STR("╰"));
	surface_put(s, right, bottom, 1, style, STR("╯"));
	surface_printf(s, r.x + 2, r.y, r.w - 4, style, " %s ", title);
}

/* A text is shown in rows: what is left of it, and how far in the next one begins. */
struct text_rows {
	struct str rest;
	int indent;
};

/* Where a line goes on: below its words, not below the key or the name before them. */
static int
hang(struct str line, int cols)
{
	int blanks = 0, at = 0, words = 0;
	while (line.len > 0) {
		uint32_t cp = text_next(&line);
		int width = text_width(cp);
		if (cp != ' ' && (blanks > 1 || at == blanks)) {
			bool leading = at == blanks;
			words = at;
			if (!leading)
				break;
		}
		blanks = cp == ' ' ? blanks + 1 : 0;
		at += width > 0 ? width : 0;
	}
	return words <= cols / 2 ? words : 0;
}

static struct str
next_row(struct text_rows *rows, int cols, int *ret_indent)
{
	struct str before = rows->rest;
	*ret_indent = rows->indent;
	struct str row = text_row(&rows->rest, cols - rows->indent);
	bool whole = row.len == before.len || before.ptr[row.len] == '\n';
	rows->indent = whole ? 0 : rows->indent ? rows->indent : hang(row, cols);
	return row;
}

static int
count_rows(struct str text, int cols)
{
	struct text_rows rows = {text, 0};
	int count = 0, indent;
	for (; rows.rest.len > 0; count++)
		next_row(&rows, cols, &indent);
	return count;
}

/* Columns of the text over the tiles: as many as its longest line wants. */
static int
text_room(const struct view *view)
{
	int widest = 40, most = surface_cols(view->surface) - 4;
	for (struct str rest = buf_str(&view->text); rest.len > 0;) {
		int width = text_cols(str_cut(&rest, '\n'));
		widest = width > widest ? width : widest;
	}
	return widest < most ? widest : most > 1 ? most : 1;
}

static int
text_rows(const struct view *view)
{
	return surface_rows(view->surface) - 4;
}

bool
overlay_key(struct view *view, struct key key)
{
	if (view->question) {
		question_key(view, key);
		return true;
	}
	if (view->dialog) {
		dialog_key(view, key);
		return true;
	}
	if (view->palette) {
		palette_key(view, key);
		return true;
	}
	if (view->doings.open) {
		doings_key(view, key);
		return true;
	}
	if (view->pager && view->text.len == 0) {
		pager_key(view, key);
		return true;
	}
	if (view->text.len == 0 && view->filter.editing) {
		filter_key(view, key);
		return true;
	}
	if (view->text.len == 0)
		return false;
	int page = text_rows(view),
	    last = count_rows(buf_str(&view->text), text_room(view)) - page;
	bool plain = key.special == KEY_NONE && !key.mods;
	int *at = &view->text_scroll;
	if (key.special == KEY_DOWN || (plain && key.code == 'j'))
		*at += 1;
	else if (key.special == KEY_UP || (plain && key.code == 'k'))
		*at -= 1;
	else if (key.special == KEY_PAGE_DOWN || (plain && key.code == ' '))
		*at += page;
	else if (key.special == KEY_PAGE_UP)
		*at -= page;
	else
		buf_clear(&view->text); /* any other key closes it */
	if (*at > last)
		*at = last;
	if (*at < 0)
		*at = 0;
	view_changed(view);
	return true;
}

static void
draw_text(struct view *view)
{
	struct surface *s = view->surface;
	struct text_rows rest = {buf_str(&view->text), 0};
	int cols = surface_cols(s), rows = surface_rows(s), room = text_room(view), indent;
	int lines = count_rows(rest.rest, room), w = room + 4;
	int h = lines + 2 > rows - 2 ? rows - 2 : lines + 2;
	struct rect r = {(cols - w) / 2, (rows - h) / 2, w, h};
	struct style border = theme_style(view->theme, ROLE_DIALOG_BORDER);
	struct style style = theme_style(view->theme, ROLE_DIALOG);
	surface_hide_cursor(s);
	box_draw(view, r, view->text_title);
	const char *leave = lines > h - 2 ? " j k scroll   esc close " : " esc close ";
	surface_put(s, r.x + 2, r.y + r.h - 1, r.w - 4, border, str_from(leave));
	for (int i = 0; i < view->text_scroll; i++)
		next_row(&rest, room, &indent);
	for (int y = 0; y < r.h - 2 && rest.rest.len > 0; y++) {
		struct str row = next_row(&rest, room, &indent);
		surface_put(s, r.x + 2 + indent, r.y + 1 + y, room - indent, style, row);
	}
}

void
overlay_draw(struct view *view)
{
	if (view->pager)
		pager_draw(view);
	if (view->text.len)
		draw_text(view);
	if (view->palette)
		palette_draw(view);
	if (view->doings.open)
		doings_draw(view);
	if (view->dialog)
		dialog_draw(view);
	if (view->question)
		question_draw(view);
}
