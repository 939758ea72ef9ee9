/* SPDX-License-Identifier: MIT */
#include "dialog.h"

#include <string.h>

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "field.h"
#include "keymap.h"
#include "view.h"

struct dialog {
	char title[64];
	uint32_t agent;
	char *text; /* of a question; NULL for a form */
	const char *yes, *no;
	const char *labels[DIALOG_FIELDS_MAX];
	struct field fields[DIALOG_FIELDS_MAX];
	char **choices, **rows; /* of a list, each ends with NULL; NULL: none */
	int64_t opened_at;
	bool late; /* by itself: keys until ready_at were meant for something else */
	int64_t ready_at;
	int count, at; /* at: the field or the row, or 0 no and 1 yes */
	int top, page; /* of a list: the first row that is shown, and how many are */
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
	d->opened_at = clock_ms();
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
	d->no = DIALOG_NO;
}

void
dialog_no(struct view *view, const char *no)
{
	view->dialog->no = no;
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
}

void
dialog_late(struct view *view)
{
	struct dialog *d = view->dialog;
	d->late = true;
	d->ready_at = d->opened_at + HASTY_MS;
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

/* Typed on without looking up, until there is a pause. */
static bool
is_hasty(struct view *view, struct dialog *d)
{
	int64_t now = clock_ms();
	if (!d->late)
		return false;
	d->late = now < d->ready_at;
	d->ready_at = now + HASTY_MS;
	if (d->late)
		view_toast(view, ROLE_NOTICE,
			"what was typed before this box was seen did nothing");
	return d->late;
}

static void
form_do(struct view *view, struct dialog *d, enum stroke stroke)
{
	/* A field alone has rows to go up and down in. */
	bool alone = d->count == 1;
	if (stroke == STROKE_ACCEPT)
		submit(view);
	else if (stroke == STROKE_FIELD_BEFORE || (stroke == STROKE_UP && !alone))
		d->at = (d->at + d->count - 1) % d->count;
	else if (stroke == STROKE_NEXT_FIELD || (stroke == STROKE_DOWN && !alone))
		d->at = (d->at + 1) % d->count;
	else
		check_room(view, field_do(&d->fields[d->at], stroke));
}

static void
choose_do(struct view *view, struct dialog *d, enum stroke stroke)
{
	const int page = d->page > 1 ? d->page : 1;
	const int by = stroke == STROKE_DOWN        ? 1
		       : stroke == STROKE_UP        ? -1
		       : stroke == STROKE_PAGE_DOWN ? page
		       : stroke == STROKE_PAGE_UP   ? -page
						    : 0;
	if (stroke == STROKE_ACCEPT) {
		submit(view);
		return;
	}
	d->at += by;
	d->at = d->at >= d->count ? d->count - 1 : d->at;
	d->at = d->at < 0 ? 0 : d->at;
}

static void
ask_do(struct view *view, struct dialog *d, enum stroke stroke)
{
	bool hasty = clock_ms() - d->opened_at < HASTY_MS;
	if (stroke == STROKE_OTHER)
		d->at = !d->at;
	else if ((stroke == STROKE_YES && !hasty) || (stroke == STROKE_ACCEPT && d->at == 1))
		submit(view);
	else if (stroke == STROKE_NO || stroke == STROKE_ACCEPT)
		dialog_close(view);
}

bool
dialog_takes_keys(const struct view *view, enum view_mode *ret)
{
	const struct dialog *d = view->dialog;
	if (d)
		*ret = d->choices ? VIEW_LIST : d->count ? VIEW_FIELD : VIEW_QUESTION;
	return d != NULL;
}

void
dialog_do(struct view *view, enum stroke stroke)
{
	struct dialog *d = view->dialog;
	/* To leave it does no harm. */
	if (stroke == STROKE_CLOSE)
		dialog_close(view);
	else if (is_hasty(view, d))
		return;
	else if (d->choices)
		choose_do(view, d, stroke);
	else if (d->count)
		form_do(view, d, stroke);
	else
		ask_do(view, d, stroke);
}

void
dialog_type(struct view *view, struct key key)
{
	struct dialog *d = view->dialog;
	if (!is_hasty(view, d) && d->count && !d->choices)
		check_room(view, field_type(&d->fields[d->at], key));
}

void
dialog_paste(struct view *view, struct str text)
{
	struct dialog *d = view->dialog;
	struct buf clean = BUF_INIT;
	text_typable(&clean, text);
	if (!is_hasty(view, d) && d->count && !d->choices)
		check_room(view, field_insert(&d->fields[d->at], buf_str(&clean)));
	buf_release(&clean);
	view_changed(view);
}

/* What has no room at all is not begun. */
static void
draw_hint(struct view *view, struct rect in, enum view_mode mode, const char *items)
{
	struct buf words = BUF_INIT;
	keymap_hints(view, mode, items, in.w, &words);
	if (text_cols(buf_str(&words)) <= in.w)
		surface_put(view->surface, in.x, in.y + in.h - 1, in.w,
			theme_style(view->theme, ROLE_DIM), buf_str(&words));
	buf_release(&words);
}

static void
draw_question(struct view *view, const struct dialog *d, struct rect in)
{
	struct str rest = str_from(d->text);
	int y = in.y;
	while (rest.len > 0 && y < in.y + in.h - 2)
		surface_put(view->surface, in.x, y++, in.w,
			theme_style(view->theme, ROLE_DIALOG), text_row(&rest, in.w));
	const char *words[2] = {d->no, d->yes};
	int x = in.x;
	for (int i = 0; i < 2; i++) {
		enum theme_role role = d->at == i ? ROLE_SELECTION : ROLE_DIALOG;
		x += surface_printf(view->surface, x, in.y + in.h - 1, in.x + in.w - x,
			theme_style(view->theme, role), "[ %s ]", words[i]);
		x += 2;
	}
	draw_hint(view, (struct rect){x, in.y, in.x + in.w - x, in.h}, VIEW_QUESTION,
		"other choose,no+yes answer");
}

/* As many as there is room for, the selected one among them. */
static void
draw_choices(struct view *view, struct dialog *d, struct rect in)
{
	int room = in.h - 2 > 1 ? in.h - 2 : 1;
	d->page = room;
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
	draw_hint(view, in, VIEW_LIST, "accept choose,down+up move,close cancel");
}

/* As many as there is room for, the one that is written in among them. */
static void
draw_fields(struct view *view, struct dialog *d, struct rect in, int deep)
{
	int room = (in.h - 1) / (1 + deep), first = d->at >= room ? d->at - room + 1 : 0;
	for (int i = first; i < d->count && i < first + room; i++) {
		struct rect r = {in.x, in.y + 2 * (i - first) + 1, in.w, deep};
		struct style label = theme_style(view->theme, ROLE_DIALOG);
		if (i == d->at && d->count > 1)
			label = theme_over(label, theme_style(view->theme, ROLE_TITLE));
		surface_put(view->surface, r.x, r.y - 1, r.w, label, str_from(d->labels[i]));
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
	struct rect r = box_place(view, w, lines + 2);
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
	draw_hint(view, in, VIEW_FIELD,
		d->count > 1 ? "accept go,next-field next field,new-line new line,close cancel"
			     : "accept go,new-line new line,close cancel");
}
