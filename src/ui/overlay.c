/* SPDX-License-Identifier: MIT */
/* A file that is read through, a text over the tiles (help, explain), scrollable, or the
 * palette, what is under way; and the dialog or the question, which lie over everything. */
#include "cockpit/base_text.h"
#include "copy.h"
#include "dialog.h"
#include "doings.h"
#include "keymap.h"
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

struct rect
box_place(const struct view *view, int w, int h)
{
	int cols = surface_cols(view->surface), rows = surface_rows(view->surface);
	int top = rows > 3 ? 1 : 0;
	h = h > rows - top ? rows - top : h;
	int y = (rows - h) / 2;
	return (struct rect){(cols - w) / 2, y < top ? top : y, w, h};
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
	/* Of the whole line: a word that has no room beside its name is below it. */
	struct str line = str_cut(&before, '\n');
	rows->indent = whole ? 0 : rows->indent ? rows->indent : hang(line, cols);
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

/* --- who has the keys --- */

static bool
palette_takes_keys(const struct view *view, enum view_mode *ret)
{
	*ret = view->palette ? VIEW_FIELD : *ret;
	return view->palette != NULL;
}

static bool
doings_take_keys(const struct view *view, enum view_mode *ret)
{
	*ret = view->doings.open ? VIEW_LIST : *ret;
	return view->doings.open;
}

/* Help may lie over the line that is typed. */
static bool
filter_takes_keys(const struct view *view, enum view_mode *ret)
{
	bool on = view->filter.editing && view->text.len == 0;
	*ret = on ? VIEW_FIELD : *ret;
	return on;
}

static bool
text_takes_keys(const struct view *view, enum view_mode *ret)
{
	*ret = view->text.len > 0 ? VIEW_TEXT : *ret;
	return view->text.len > 0;
}

static void
text_do(struct view *view, enum stroke stroke)
{
	int page = text_rows(view),
	    last = count_rows(buf_str(&view->text), text_room(view)) - page;
	int *at = &view->text_scroll;
	switch ((int)stroke) {
	case STROKE_DOWN:
	case STROKE_UP:
		*at += stroke == STROKE_DOWN ? 1 : -1;
		break;
	case STROKE_PAGE_DOWN:
	case STROKE_PAGE_UP:
		*at += stroke == STROKE_PAGE_DOWN ? page : -page;
		break;
	default:
		buf_clear(&view->text);
		break;
	}
	if (*at > last)
		*at = last;
	if (*at < 0)
		*at = 0;
}

/* Whoever goes on with something else has read it. */
static void
text_type(struct view *view, struct key key)
{
	(void)key;
	buf_clear(&view->text);
}

/* The first one that is there has the keys. */
static const struct overlay {
	bool (*takes_keys)(const struct view *view, enum view_mode *ret);
	void (*act)(struct view *view, enum stroke stroke);
	void (*type)(struct view *view, struct key key); /* no key of the mode; NULL: nothing */
} overlays[] = {
	{question_takes_keys,  question_do,  question_type },
	{dialog_takes_keys,    dialog_do,    dialog_type   },
	{palette_takes_keys,   palette_do,   palette_type  },
	{doings_take_keys,     doings_do,    NULL          },
	{pager_takes_keys,     pager_do,     pager_type    },
	{filter_takes_keys,    filter_do,    filter_type   },
	{text_takes_keys,      text_do,      text_type     },
	{copy_find_takes_keys, copy_find_do, copy_find_type},
};

static const struct overlay *
find_overlay(const struct view *view, enum view_mode *ret)
{
	for (size_t i = 0; i < sizeof(overlays) / sizeof(overlays[0]); i++) {
		if (overlays[i].takes_keys(view, ret))
			return &overlays[i];
	}
	return NULL;
}

bool
overlay_takes_keys(const struct view *view, enum view_mode *ret)
{
	return find_overlay(view, ret) != NULL;
}

void
overlay_do(struct view *view, int argument)
{
	enum view_mode mode;
	const struct overlay *o = find_overlay(view, &mode);
	if (o)
		o->act(view, (enum stroke)argument);
}

/* Who types capitals may hold Shift on while he erases. */
static struct key
bare(enum view_mode mode, struct key key)
{
	if (mode == VIEW_FIELD && key.special != KEY_NONE && key.special != KEY_ENTER &&
		key.special != KEY_TAB)
		key.mods = 0;
	return key;
}

bool
overlay_key(struct view *view, struct key key)
{
	enum view_mode mode;
	struct keymap_row row;
	const struct overlay *o = find_overlay(view, &mode);
	if (!o)
		return false;
	if (keymap_find(view, mode, key, &row) ||
		keymap_find(view, mode, bare(mode, key), &row))
		row.run(view, row.argument);
	else if (o->type)
		o->type(view, key);
	view_changed(view);
	return true;
}

/* --- drawing --- */

void
box_hints(struct view *view, struct rect r, enum view_mode mode, const char *items)
{
	struct buf words = BUF_INIT;
	keymap_hints(view, mode, items, r.w - 6, &words);
	if (words.len > 0)
		surface_printf(view->surface, r.x + 2, r.y + r.h - 1, r.w - 4,
			theme_style(view->theme, ROLE_DIALOG_BORDER), " %s ", buf_cstr(&words));
	buf_release(&words);
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
	struct style style = theme_style(view->theme, ROLE_DIALOG);
	surface_hide_cursor(s);
	box_draw(view, r, view->text_title);
	box_hints(view, r, VIEW_TEXT,
		lines > h - 2 ? "down+up scroll,close close" : "close close");
	/* It may have become shorter, and the screen larger. */
	int last = lines > h - 2 ? lines - (h - 2) : 0;
	view->text_scroll = view->text_scroll > last ? last : view->text_scroll;
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
