/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "field.h"

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "view.h"

void
field_init(struct field *f, enum field_kind kind)
{
	*f = (struct field){.kind = kind, .text = BUF_INIT_MAX(FIELD_MAX)};
	if (kind == FIELD_TEXT)
		return;
	/* All the room it can ever need: a buffer that grows leaves copies behind. */
	f->text.max = FIELD_SECRET_MAX;
	buf_fill(&f->text, 0, FIELD_SECRET_MAX);
	buf_clear(&f->text);
}

void
field_release(struct field *f)
{
	if (f->kind != FIELD_TEXT && f->text.ptr)
		explicit_bzero(f->text.ptr, FIELD_SECRET_MAX + 1);
	buf_release(&f->text);
}

/* The start of the character before or behind the cursor. */
static size_t
step(const struct field *f, int way)
{
	size_t at = f->cursor;
	if (way < 0 && at > 0)
		at--;
	else if (way > 0 && at < f->text.len)
		at++;
	while (at > 0 && at < f->text.len && ((unsigned char)f->text.ptr[at] & 0xc0) == 0x80)
		at = way < 0 ? at - 1 : at + 1;
	return at;
}

static void
erase(struct field *f, size_t from, size_t to)
{
	if (from < to)
		memmove(f->text.ptr + from, f->text.ptr + to, f->text.len - to);
	buf_truncate(&f->text, f->text.len - (to - from));
	f->cursor = from;
}

bool
field_insert(struct field *f, struct str text)
{
	size_t behind = f->text.len - f->cursor;
	if (buf_add(&f->text, text) < 0)
		return false;
	if (text.len == 0)
		return true;
	char *here = f->text.ptr + f->cursor;
	memmove(here + text.len, here, behind);
	memcpy(here, text.ptr, text.len);
	f->cursor += text.len;
	return true;
}

static size_t
word_start(const struct field *f)
{
	size_t at = f->cursor;
	while (at > 0 && f->text.ptr[at - 1] == ' ')
		at--;
	while (at > 0 && f->text.ptr[at - 1] != ' ')
		at--;
	return at;
}

/* --- on several rows: broken before a word that has no room, and by new lines --- */

/* Of the word that begins here; more than most: it is too long for a row. */
static int
word_cols(struct str rest, int most)
{
	int cols = 0;
	while (rest.len > 0 && rest.ptr[0] != ' ' && rest.ptr[0] != '\n' && cols <= most) {
		int width = text_width(text_next(&rest));
		cols += width > 0 ? width : 0;
	}
	return cols;
}

/* The next character; false at the end. It stands at *row and *col. */
static bool
lay_out(struct str *rest, int cols, int *row, int *col, int *width)
{
	if (rest->len == 0)
		return false;
	bool begins = *col > 0 && rest->ptr[-1] == ' ' && rest->ptr[0] != ' ';
	int word = begins ? word_cols(*rest, cols) : 0;
	uint32_t cp = text_next(rest);
	*width = cp == '\n' ? 0 : text_width(cp) > 0 ? text_width(cp) : 0;
	/* A blank behind a full row is what breaks it. */
	if (cp == ' ' && *col >= cols)
		*width = 0;
	if (*col + *width > cols || (word <= cols && *col + word > cols)) {
		*row += 1;
		*col = 0;
	}
	return true;
}

static void
pass(struct str before, int width, int *row, int *col)
{
	if (before.ptr[0] == '\n') {
		*row += 1;
		*col = 0;
	} else {
		*col += width;
	}
}

static void
locate(const struct field *f, int cols, size_t offset, int *row, int *col)
{
	struct str rest = buf_str(&f->text), before = rest;
	int width = 0;
	*row = *col = 0;
	while (lay_out(&rest, cols, row, col, &width) && f->text.len - before.len < offset) {
		pass(before, width, row, col);
		before = rest;
	}
	/* Behind a full row is the next one. */
	if (*col >= cols) {
		*row += 1;
		*col = 0;
	}
}

static size_t
offset_at(const struct field *f, int cols, int row, int col)
{
	struct str rest = buf_str(&f->text), before = rest;
	int r = 0, c = 0, width = 0;
	while (lay_out(&rest, cols, &r, &c, &width)) {
		bool ends = before.ptr[0] == '\n';
		if (r > row || (r == row && (c >= col || ends)))
			return f->text.len - before.len;
		pass(before, width, &r, &c);
		before = rest;
	}
	return f->text.len;
}

static void
move_row(struct field *f, int way)
{
	int row, col;
	locate(f, f->cols, f->cursor, &row, &col);
	if (row + way >= 0)
		f->cursor = offset_at(f, f->cols, row + way, col);
}

int
field_rows(const struct field *f, int cols, int most)
{
	int row, col;
	if (f->kind != FIELD_TEXT || cols < 1)
		return 1;
	locate(f, cols, f->text.len, &row, &col);
	return row + 1 > most ? (most > 1 ? most : 1) : row + 1;
}

bool
field_type(struct field *f, struct key key)
{
	char utf8[4];
	if (key.special != KEY_NONE || key.mods & (KEY_CTRL | KEY_ALT) || key.code < 0x20)
		return true;
	return field_insert(f, (struct str){utf8, text_encode(key.code, utf8)});
}

bool
field_do(struct field *f, enum stroke stroke)
{
	size_t here = f->cursor;
	switch ((int)stroke) {
	case STROKE_NEW_LINE:
		return f->kind != FIELD_TEXT || field_insert(f, STR("\n"));
	case STROKE_ERASE:
		erase(f, step(f, -1), here);
		break;
	case STROKE_ERASE_NEXT:
		erase(f, here, step(f, 1));
		break;
	case STROKE_ERASE_TO_START:
		erase(f, 0, here);
		break;
	case STROKE_ERASE_WORD:
		erase(f, word_start(f), here);
		break;
	case STROKE_LEFT:
		f->cursor = step(f, -1);
		break;
	case STROKE_RIGHT:
		f->cursor = step(f, 1);
		break;
	case STROKE_UP:
	case STROKE_DOWN:
		if (f->cols > 0)
			move_row(f, stroke == STROKE_UP ? -1 : 1);
		break;
	case STROKE_LINE_START:
		f->cursor = 0;
		break;
	case STROKE_LINE_END:
		f->cursor = f->text.len;
		break;
	default:
		break;
	}
	return true;
}

/* It would turn the rest of the row around. */
static bool
turns(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

/* What stands for one character; returns its columns. */
static int
shown(const struct field *f, uint32_t cp, struct str bytes, struct str *ret)
{
	*ret = bytes;
	if (f->kind == FIELD_SECRET)
		*ret = STR("•");
	else if (cp == '\n')
		*ret = STR("⏎");
	else if (cp == 0x200d)
		/* What it joins is not one sign on every terminal: the cursor would be beside
		 * it. */
		return *ret = STR(""), 0;
	else if (turns(cp) ||
		 (f->kind == FIELD_PLAIN && (cp == TEXT_BAD || text_width(cp) <= 0)))
		*ret = STR("�");
	else
		return text_width(cp);
	return 1;
}

static int
cols_before(const struct field *f, size_t end)
{
	struct str rest = str_slice(buf_str(&f->text), 0, end), sign;
	int cols = 0;
	while (rest.len > 0) {
		struct str before = rest;
		uint32_t cp = text_next(&rest);
		int width = shown(f, cp, str_slice(before, 0, before.len - rest.len), &sign);
		cols += width > 0 ? width : 0;
	}
	return cols;
}

static void
draw_one(struct view *view, const struct field *f, int x, int y, int cols, bool active)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, ROLE_INPUT);
	struct str rest = buf_str(&f->text), sign;
	struct buf line = BUF_INIT;
	int cursor = cols_before(f, f->cursor);
	int skip = cursor >= cols ? cursor - cols + 1 : 0, at = 0;
	surface_fill(s, (struct rect){x, y, cols, 1}, style);
	while (rest.len > 0 && at < skip + cols) {
		struct str before = rest;
		uint32_t cp = text_next(&rest);
		int width = shown(f, cp, str_slice(before, 0, before.len - rest.len), &sign);
		if (at >= skip && at + width <= skip + cols)
			buf_add(&line, sign);
		else if (at < skip && at + width > skip)
			buf_byte(&line, ' '); /* half of it is seen */
		at += width > 0 ? width : 0;
	}
	surface_put(s, x, y, cols, style, buf_str(&line));
	if (active)
		surface_set_cursor(s, x + cursor - skip, y, 0);
	buf_release(&line);
}

static void
draw_rows(struct view *view, const struct field *f, struct rect r, bool active)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, ROLE_INPUT);
	struct str rest = buf_str(&f->text), before = rest;
	int row = 0, col = 0, width = 0, cursor_row, cursor_col;
	locate(f, r.w, f->cursor, &cursor_row, &cursor_col);
	int top = cursor_row >= r.h ? cursor_row - r.h + 1 : 0;
	surface_fill(s, r, style);
	while (lay_out(&rest, r.w, &row, &col, &width)) {
		struct str sign = str_slice(before, 0, before.len - rest.len);
		if (row >= top && row < top + r.h && width > 0)
			surface_put(s, r.x + col, r.y + row - top, width, style, sign);
		pass(before, width, &row, &col);
		before = rest;
	}
	if (active)
		surface_set_cursor(s, r.x + cursor_col, r.y + cursor_row - top, 0);
}

void
field_draw(struct view *view, struct field *f, struct rect r, bool active)
{
	f->cols = r.h > 1 ? r.w : 0;
	if (r.h > 1)
		draw_rows(view, f, r, active);
	else
		draw_one(view, f, r.x, r.y, r.w, active);
}
