/* SPDX-License-Identifier: MIT */
#include "dialog.h"

#include <string.h>

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "field.h"
#include "view.h"

struct dialog {
	char title[64];
	uint32_t agent;
	char *text; /* of a question; NULL for a form */
	const char *yes;
	const char *labels[DIALOG_FIELDS_MAX];
	struct field fields[DIALOG_FIELDS_MAX];
	char **choices, **rows; /* of a list, each ends with NULL; NULL: none */
	int64_t opened_at;
	int count, at; /* at: the field or the row, or 0 Cancel and 1 yes */
	int top;       /* of a list: the first row that is shown */
	dialog_fn *submit;
};

static struct dialog *
open_dialog(struct view *view, const char *title, uint32_t agent, dialog_fn *submit)
{
	dialog_close(view);
	struct dialog *d = MEM_NEW(struct dialog);
	text_copy(d->title, sizeof(d->title), str_from(title));
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
		struct field *f = &d->fields[d->count];
		d->labels[d->count++] = labels[i];
		field_init(f, FIELD_TEXT);
		if (defaults)
			field_insert(f, str_from(defaults[i]));
		/* A long text is read from its beginning. */
		if (defaults && defaults[i] && strchr(defaults[i], '\n'))
			f->cursor = 0;
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

void
dialog_choose(struct view *view, const char *title, uint32_t agent,
	const struct dialog_choice choices[], size_t count, dialog_fn *submit)
{
	struct dialog *d = open_dialog(view, title, agent, submit);
	BUG_ON(count == 0);
	d->choices = mem_alloc_array(count + 1, sizeof(*d->choices));
	d->rows = mem_alloc_array(count + 1, sizeof(*d->rows));
	for (size_t i = 0; i < count; i++) {
		d->choices[i] = mem_strdup(choices[i].value);
		d->rows[i] = mem_strdup(choices[i].text);
	}
	d->choices[count] = d->rows[count] = NULL;
	d->count = (int)count;
	d->opened_at = clock_ms();
}

static void
dialog_free(struct dialog *d)
{
	if (d->choices)
		d->count = 0;
	mem_free_words(d->choices);
	mem_free_words(d->rows);
	for (int i = 0; i < d->count; i++)
		field_release(&d->fields[i]);
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
	if (d->choices)
		values[0] = d->choices[d->at];
	for (int i = 0; i < d->count && !d->choices; i++)
		values[i] = buf_cstr(&d->fields[i].text);
	view->dialog = NULL;
	d->submit(view, d->agent, values);
	dialog_free(d);
}

static void
check_room(struct view *view, bool fits)
{
	if (!fits)
		view_toast(view, ROLE_ERROR, "that is too long: nothing of it was added");
}

static void
form_key(struct view *view, struct dialog *d, struct key key)
{
	/* A field alone has rows to go up and down in. */
	bool alone = d->count == 1;
	bool back = (key.special == KEY_UP && !alone) ||
		    (key.special == KEY_TAB && key.mods & KEY_SHIFT);
	if (key.special == KEY_ENTER && !key.mods)
		submit(view);
	else if (back)
		d->at = (d->at + d->count - 1) % d->count;
	else if (key.special == KEY_TAB || (key.special == KEY_DOWN && !alone))
		d->at = (d->at + 1) % d->count;
	else
		check_room(view, field_key(&d->fields[d->at], key));
}

static void
choose_key(struct view *view, struct dialog *d, struct key key)
{
	bool plain = key.special == KEY_NONE && !key.mods;
	bool down = key.special == KEY_DOWN || (plain && key.code == 'j');
	bool up = key.special == KEY_UP || (plain && key.code == 'k');
	if (key.special == KEY_ENTER && !key.mods)
		submit(view);
	else if (plain && key.code == 'q')
		dialog_close(view);
	else if (down && d->at < d->count - 1)
		d->at++;
	else if (up && d->at > 0)
		d->at--;
}

static void
ask_key(struct view *view, struct dialog *d, struct key key)
{
	bool plain = key.special == KEY_NONE && !key.mods;
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
	else if (d->choices)
		choose_key(view, d, key);
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
	if (d->count && !d->choices)
		check_room(view, field_insert(&d->fields[d->at], buf_str(&clean)));
	buf_release(&clean);
	view_changed(view);
}

static void
draw_question(struct view *view, const struct dialog *d, struct rect in)
{
	struct str rest = str_from(d->text);
	int y = in.y;
	while (rest.len > 0 && y < in.y + in.h - 2)
		surface_put(view->surface, in.x, y++, in.w,
			theme_style(view->theme, ROLE_DIALOG), text_row(&rest, in.w));
	const char *words[2] = {"Cancel", d->yes};
	int x = in.x;
	for (int i = 0; i < 2; i++) {
		enum theme_role role = d->at == i ? ROLE_SELECTION : ROLE_DIALOG;
		x += surface_printf(view->surface, x, in.y + in.h - 1, in.x + in.w - x,
			theme_style(view->theme, role), "[ %s ]", words[i]);
		x += 2;
	}
}

static void
draw_hint(struct view *view, struct rect in, const char *words)
{
	char room[CHARSET_WORDS];
	surface_put(view->surface, in.x, in.y + in.h - 1, in.w,
		theme_style(view->theme, ROLE_DIM),
		str_from(charset_words(view->charset, words, room)));
}

/* As many as there is room for, the selected one among them. */
static void
draw_choices(struct view *view, struct dialog *d, struct rect in)
{
	int room = in.h - 2 > 1 ? in.h - 2 : 1;
	if (d->at < d->top)
		d->top = d->at;
	if (d->at >= d->top + room)
		d->top = d->at - room + 1;
	for (int i = 0; i < room && d->top + i < d->count; i++) {
		bool selected = d->top + i == d->at;
		enum theme_role role = selected ? ROLE_SELECTION : ROLE_DIALOG;
		surface_printf(view->surface, in.x, in.y + i, in.w,
			theme_style(view->theme, role), "%s %s", selected ? "▸" : " ",
			d->rows[d->top + i]);
	}
	draw_hint(view, in, "⏎ choose   j k move   esc cancel");
}

/* As many as there is room for, the one that is written in among them. */
static void
draw_fields(struct view *view, struct dialog *d, struct rect in, int deep)
{
	int room = (in.h - 1) / (1 + deep), first = d->at >= room ? d->at - room + 1 : 0;
	for (int i = first; i < d->count && i < first + room; i++) {
		struct rect r = {in.x, in.y + 2 * (i - first) + 1, in.w, deep};
		surface_put(view->surface, r.x, r.y - 1, r.w,
			theme_style(view->theme, ROLE_DIALOG), str_from(d->labels[i]));
		field_draw(view, &d->fields[i], r, i == d->at);
	}
}

void
dialog_draw(struct view *view)
{
	struct dialog *d = view->dialog;
	int cols = surface_cols(view->surface), rows = surface_rows(view->surface);
	int w = cols < 74 ? cols - 2 : 72;
	/* A field alone grows with its text; of several each has one row. */
	int most = rows > 7 ? rows - 6 : 1;
	int deep = d->count == 1 && !d->choices ? field_rows(&d->fields[0], w - 4, most) : 1;
	int lines = d->choices ? d->count + 2 : d->count * (1 + deep) + 1;
	if (d->text) {
		struct str rest = str_from(d->text);
		for (lines = 2; rest.len > 0; lines++)
			text_row(&rest, w - 4);
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
	if (d->choices) {
		draw_choices(view, d, in);
		return;
	}
	draw_fields(view, d, in, deep);
	draw_hint(view, in,
		d->count > 1 ? "⏎ go   ⇥ next field   esc cancel" : "⏎ go   esc cancel");
}
