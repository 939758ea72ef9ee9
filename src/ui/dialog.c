/* SPDX-License-Identifier: MIT */
#include "dialog.h"

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "view.h"

#define FIELD_MAX (64u << 10)
#define HASTY_MS  300

struct field {
	const char *label;
	struct buf text;
	size_t cursor; /* bytes */
};

struct dialog {
	char title[64];
	uint32_t agent;
	char *text; /* of a question; NULL for a form */
	const char *yes;
	struct field fields[DIALOG_FIELDS_MAX];
	int64_t opened_at;
	int count, at; /* at: the field, or 0 Cancel and 1 yes */
	dialog_fn *submit;
};

static struct dialog *
open_dialog(struct view *view, const char *title, uint32_t agent, dialog_fn *submit)
{
	dialog_close(view);
	struct dialog *d = MEM_NEW(struct dialog);
	snprintf(d->title, sizeof(d->title), "%s", title);
	d->agent = agent;
	d->submit = submit;
	view->dialog = d;
	view_changed(view);
	return d;
}

void
dialog_form(struct view *view, const char *title, uint32_t agent, const char *const labels[],
	const char *const defaults[], dialog_fn *submit)
{
	struct dialog *d = open_dialog(view, title, agent, submit);
	for (int i = 0; labels[i]; i++) {
		BUG_ON(i >= DIALOG_FIELDS_MAX);
		struct field *f = &d->fields[d->count++];
		f->label = labels[i];
		f->text = BUF_INIT_MAX(FIELD_MAX);
		if (defaults)
			buf_addc(&f->text, defaults[i]);
		f->cursor = f->text.len;
	}
}

void
dialog_ask(struct view *view, const char *title, uint32_t agent, const char *text,
	const char *yes, dialog_fn *submit)
{
	struct dialog *d = open_dialog(view, title, agent, submit);
	d->text = mem_strdup(text);
	d->yes = yes;
	d->opened_at = clock_ms();
}

static void
dialog_free(struct dialog *d)
{
	for (int i = 0; i < d->count; i++)
		buf_release(&d->fields[i].text);
	mem_free(d->text);
	mem_free(d);
}

void
dialog_close(struct view *view)
{
	if (view->dialog)
		dialog_free(view->dialog);
	view->dialog = NULL;
}

/* The box goes first: what it starts may open the next one. */
static void
submit(struct view *view)
{
	struct dialog *d = view->dialog;
	const char *values[DIALOG_FIELDS_MAX + 1] = {NULL};
	for (int i = 0; i < d->count; i++)
		values[i] = buf_cstr(&d->fields[i].text);
	view->dialog = NULL;
	d->submit(view, d->agent, values);
	dialog_free(d);
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
	struct buf rest = BUF_INIT;
	buf_add(&rest, str_slice(buf_str(&f->text), to, f->text.len));
	buf_truncate(&f->text, from);
	buf_add(&f->text, buf_str(&rest));
	buf_release(&rest);
	f->cursor = from;
}

static void
insert(struct field *f, struct str text)
{
	struct buf rest = BUF_INIT;
	if (f->text.len + text.len > FIELD_MAX)
		return;
	buf_add(&rest, str_slice(buf_str(&f->text), f->cursor, f->text.len));
	buf_truncate(&f->text, f->cursor);
	buf_add(&f->text, text);
	f->cursor = f->text.len;
	buf_add(&f->text, buf_str(&rest));
	buf_release(&rest);
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

static void
field_key(struct field *f, struct key key)
{
	if (key.special == KEY_NONE && !(key.mods & (KEY_CTRL | KEY_ALT)) && key.code >= 0x20) {
		char utf8[4];
		insert(f, (struct str){utf8, text_encode(key.code, utf8)});
		return;
	}
	if (key.special == KEY_NONE && key.mods & KEY_CTRL) {
		if (key.code == 'u')
			erase(f, 0, f->cursor);
		else if (key.code == 'w')
			erase(f, word_start(f), f->cursor);
		else if (key.code == 'a')
			f->cursor = 0;
		else if (key.code == 'e')
			f->cursor = f->text.len;
		else if (key.code == 'j')
			insert(f, STR("\n"));
		return;
	}
	size_t here = f->cursor;
	switch ((int)key.special) {
	case KEY_BACKSPACE:
		erase(f, step(f, -1), here);
		break;
	case KEY_DELETE:
		erase(f, here, step(f, 1));
		break;
	case KEY_LEFT:
		f->cursor = step(f, -1);
		break;
	case KEY_RIGHT:
		f->cursor = step(f, 1);
		break;
	case KEY_HOME:
		f->cursor = 0;
		break;
	case KEY_END:
		f->cursor = f->text.len;
		break;
	case KEY_ENTER: /* with a modifier: a new line in the text */
		insert(f, STR("\n"));
		break;
	default:
		break;
	}
}

static void
form_key(struct view *view, struct dialog *d, struct key key)
{
	bool back = key.special == KEY_UP || (key.special == KEY_TAB && key.mods & KEY_SHIFT);
	if (key.special == KEY_ENTER && !key.mods)
		submit(view);
	else if (back)
		d->at = (d->at + d->count - 1) % d->count;
	else if (key.special == KEY_TAB || key.special == KEY_DOWN)
		d->at = (d->at + 1) % d->count;
	else
		field_key(&d->fields[d->at], key);
}

static void
ask_key(struct view *view, struct dialog *d, struct key key)
{
	bool plain = key.special == KEY_NONE && !key.mods;
	/* Nobody has read a question so soon: it is a word meant for an agent. */
	bool hasty = clock_ms() - d->opened_at < HASTY_MS;
	if (plain && key.code == 'y' && !hasty)
		submit(view);
	else if ((plain && (key.code == 'n' || key.code == 'q')) ||
		 (key.special == KEY_ENTER && d->at == 0))
		dialog_close(view);
	else if (key.special == KEY_ENTER)
		submit(view);
	else if (key.special == KEY_TAB || key.special == KEY_LEFT ||
		 key.special == KEY_RIGHT || (plain && (key.code == 'h' || key.code == 'l')))
		d->at = !d->at;
}

void
dialog_key(struct view *view, struct key key)
{
	struct dialog *d = view->dialog;
	bool leave = key.special == KEY_ESCAPE ||
		     (key.special == KEY_NONE && key.mods == KEY_CTRL && key.code == 'c');
	if (leave)
		dialog_close(view);
	else if (d->count)
		form_key(view, d, key);
	else
		ask_key(view, d, key);
	view_changed(view);
}

void
dialog_paste(struct view *view, struct str text)
{
	struct dialog *d = view->dialog;
	struct buf clean = BUF_INIT;
	text_typable(&clean, text);
	if (d->count)
		insert(&d->fields[d->at], buf_str(&clean));
	buf_release(&clean);
	view_changed(view);
}

/* A field shows the part around its cursor, newlines as "⏎". */
static void
draw_field(struct view *view, const struct field *f, int x, int y, int cols, bool active)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, active ? ROLE_INPUT : ROLE_DIALOG);
	struct str left = str_slice(buf_str(&f->text), 0, f->cursor), rest = buf_str(&f->text);
	struct buf shown = BUF_INIT;
	int cursor = text_cols(left);
	for (size_t i = 0; i < left.len; i++)
		cursor += left.ptr[i] == '\n';
	int skip = cursor >= cols ? cursor - cols + 1 : 0, at = 0;
	surface_fill(s, (struct rect){x, y, cols, 1}, style);
	while (rest.len > 0 && at < skip + cols) {
		struct str before = rest;
		uint32_t cp = text_next(&rest);
		int width = cp == '\n' ? 1 : text_width(cp);
		if (at >= skip && at + width <= skip + cols)
			buf_add(&shown, cp == '\n'
						? STR("⏎")
						: str_slice(before, 0, before.len - rest.len));
		at += width > 0 ? width : 0;
	}
	surface_put(s, x, y, cols, style, buf_str(&shown));
	if (active)
		surface_set_cursor(s, x + cursor - skip, y, 0);
	buf_release(&shown);
}

static void
draw_question(struct view *view, const struct dialog *d, struct rect in)
{
	struct str rest = str_from(d->text);
	int y = in.y;
	while (rest.len > 0 && y < in.y + in.h - 2)
		surface_put(view->surface, in.x, y++, in.w,
			theme_style(view->theme, ROLE_DIALOG), str_cut(&rest, '\n'));
	const char *words[2] = {"Cancel", d->yes};
	int x = in.x;
	for (int i = 0; i < 2; i++) {
		enum theme_role role = d->at == i ? ROLE_SELECTION : ROLE_DIALOG;
		x += surface_printf(view->surface, x, in.y + in.h - 1, in.x + in.w - x,
			theme_style(view->theme, role), "[ %s ]", words[i]);
		x += 2;
	}
}

void
dialog_draw(struct view *view)
{
	const struct dialog *d = view->dialog;
	int cols = surface_cols(view->surface), rows = surface_rows(view->surface);
	int w = cols < 74 ? cols - 2 : 72, lines = d->count * 2 + 1;
	if (d->text) {
		struct str rest = str_from(d->text);
		for (lines = 2; rest.len > 0; lines++)
			str_cut(&rest, '\n');
	}
	int h = lines + 2 > rows ? rows : lines + 2;
	struct rect r = {(cols - w) / 2, (rows - h) / 2, w, h};
	struct rect in = {r.x + 2, r.y + 1, r.w - 4, r.h - 2};
	surface_hide_cursor(view->surface);
	box_draw(view, r, d->title);
	if (d->text) {
		draw_question(view, d, in);
		return;
	}
	for (int i = 0; i < d->count; i++) {
		struct style style = theme_style(view->theme, ROLE_DIALOG);
		surface_put(view->surface, in.x, in.y + 2 * i, in.w, style,
			str_from(d->fields[i].label));
		draw_field(view, &d->fields[i], in.x, in.y + 2 * i + 1, in.w, i == d->at);
	}
	surface_put(view->surface, in.x, in.y + in.h - 1, in.w,
		theme_style(view->theme, ROLE_DIM),
		d->count > 1 ? STR("⏎ go   ⇥ next field   esc cancel")
			     : STR("⏎ go   esc cancel"));
}
