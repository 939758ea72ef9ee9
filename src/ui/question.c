/* SPDX-License-Identifier: MIT */
/*
 * What a host asks is foreign text, safe to show but of any length: it is
 * wrapped, its rows are counted, and what has no room is scrolled to. A key is not
 * trusted before the last row of what is said about it has been on the screen.
 */
#include "question.h"

#include <stdio.h>

#include "asking.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/orch_pilot.h"
#include "field.h"
#include "keymap.h"
#include "view.h"

#define QUIET_MS  700 /* no box opens by itself while somebody types */
#define ROWS_MAX  200
#define WIDTH_MAX 80

struct row {
	struct str text;
	enum theme_role role;
	int field; /* -1: text */
};

struct question {
	int host;
	int64_t ready_at; /* keys before that were meant for something else */
	const struct link_ask *ask;
	struct field fields[LINK_PROMPTS_MAX];
	int at; /* the field, or 0 no and 1 yes */
	struct row rows[ROWS_MAX];
	int row_count, top, room; /* as drawn last */
	bool follow;              /* the field is to be seen, wherever one had scrolled to */
	bool read;                /* the last row was on the screen */
	const char *note;         /* what was wrong with the last key or paste; NULL: nothing */
};

static bool
is_trust(const struct question *q)
{
	return q->ask->kind == LINK_ASK_TRUST;
}

static void
open_box(struct view *view, int host, bool wanted)
{
	struct question *q = MEM_NEW(struct question);
	q->host = host;
	q->ask = fleet_host_ask(view->fleet, host);
	q->follow = true;
	/* Who has just opened it knows what a secret is for, but has not read a fingerprint. */
	q->ready_at = wanted && !is_trust(q) ? 0 : clock_ms() + HASTY_MS;
	for (int i = 0; i < q->ask->count; i++)
		field_init(&q->fields[i], q->ask->prompts[i].echo ? FIELD_PLAIN : FIELD_SECRET);
	view->question = q;
	view_changed(view);
}

static void
free_box(struct question *q)
{
	for (int i = 0; q && i < LINK_PROMPTS_MAX; i++)
		field_release(&q->fields[i]);
	mem_free(q);
}

void
question_close(struct view *view)
{
	free_box(view->question);
	view->question = NULL;
}

void
question_update(struct view *view, int host)
{
	struct host_view about;
	const struct question *q = view->question;
	asking_update(&view->asking, view->fleet, host);
	if (!q || q->host != host)
		return;
	/* Also when another question took its place: what was typed is no answer to that. */
	question_close(view);
	view_changed(view);
	if (fleet_host_ask(view->fleet, host))
		return;
	fleet_host_at(view->fleet, host, &about);
	if (about.why->code)
		view_toast(view, ROLE_ERROR, "no answer is needed: %.200s", about.why->text);
	else
		view_toast(view, ROLE_NOTICE, "%s does not ask any more", about.name);
}

void
question_offer(struct view *view)
{
	bool busy = view_is_occupied(view) || view->mode != VIEW_COMMAND ||
		    view->layout.kind == LAYOUT_TOO_SMALL;
	if (view->asking.count > 0 && !busy && clock_ms() - view->typed_at >= QUIET_MS)
		open_box(view, view->asking.hosts[0], false);
}

bool
question_open(struct view *view, int host)
{
	if (view->asking.count == 0 || view->question)
		return view->question != NULL;
	if (host < 0 || !fleet_host_ask(view->fleet, host))
		host = view->asking.hosts[0];
	open_box(view, host, true);
	return true;
}

/* The box goes first: what the answer sets off may open the next one. */
static void
answer(struct view *view, bool yes)
{
	struct question *q = view->question;
	const char *answers[LINK_PROMPTS_MAX + 1] = {NULL};
	struct host_view host;
	for (int i = 0; i < q->ask->count; i++)
		answers[i] = buf_cstr(&q->fields[i].text);
	fleet_host_at(view->fleet, q->host, &host);
	char said[128];
	if (!yes)
		view_toast(view, ROLE_ERROR, "%s was refused an answer: %s", host.name,
			keymap_said(view, VIEW_COMMAND, "r asks again", said));
	view->question = NULL;
	pilot_answer(view->pilot, q->host, yes, answers);
	/* It goes on with the next one at once. */
	view->typed_at = 0;
	free_box(q);
}

static void
scroll(struct question *q, int rows)
{
	q->top += rows;
	q->follow = false;
}

/* True if that moved the text. */
static bool
scroll_do(struct question *q, enum stroke stroke)
{
	bool rows = is_trust(q);
	if (stroke == STROKE_PAGE_DOWN)
		scroll(q, q->room);
	else if (stroke == STROKE_PAGE_UP)
		scroll(q, -q->room);
	else if (rows && stroke == STROKE_DOWN)
		scroll(q, 1);
	else if (rows && stroke == STROKE_UP)
		scroll(q, -1);
	else
		return false;
	return true;
}

static void
trust(struct view *view, struct question *q)
{
	if (q->read) {
		answer(view, true);
		return;
	}
	q->note = "there is more to read first";
	scroll(q, q->room);
}

static void
trust_do(struct view *view, struct question *q, enum stroke stroke)
{
	if (stroke == STROKE_OTHER)
		q->at = !q->at;
	else if (stroke == STROKE_YES || (stroke == STROKE_ACCEPT && q->at == 1))
		trust(view, q);
	else if (stroke == STROKE_NO || stroke == STROKE_ACCEPT)
		answer(view, false);
}

static void
check_room(struct question *q, bool fits)
{
	if (!fits)
		q->note = "longer than any answer may be: that was not added";
}

static void
secret_do(struct view *view, struct question *q, enum stroke stroke)
{
	int count = q->ask->count;
	bool enter = stroke == STROKE_ACCEPT;
	q->follow = true;
	if (enter && q->at + 1 >= count)
		answer(view, true);
	else if (stroke == STROKE_UP || stroke == STROKE_FIELD_BEFORE)
		q->at = (q->at + count - 1) % count;
	else if (enter || stroke == STROKE_DOWN || stroke == STROKE_NEXT_FIELD)
		q->at = (q->at + 1) % count;
	else
		check_room(q, field_do(&q->fields[q->at], stroke));
}

static bool
is_deaf(const struct view *view)
{
	return clock_ms() < view->question->ready_at || view->layout.kind == LAYOUT_TOO_SMALL;
}

static bool
is_yes_or_no(const struct question *q)
{
	return is_trust(q) || q->ask->count == 0;
}

bool
question_takes_keys(const struct view *view, enum view_mode *ret)
{
	const struct question *q = view->question;
	if (q)
		*ret = is_yes_or_no(q) ? VIEW_QUESTION : VIEW_FIELD;
	return q != NULL;
}

void
question_do(struct view *view, enum stroke stroke)
{
	struct question *q = view->question;
	if (is_deaf(view))
		return;
	q->note = NULL;
	if (stroke == STROKE_CLOSE)
		answer(view, false);
	else if (scroll_do(q, stroke))
		;
	else if (is_yes_or_no(q))
		trust_do(view, q, stroke);
	else
		secret_do(view, q, stroke);
}

void
question_type(struct view *view, struct key key)
{
	struct question *q = view->question;
	if (is_deaf(view) || is_yes_or_no(q))
		return;
	q->note = NULL;
	q->follow = true;
	check_room(q, field_type(&q->fields[q->at], key));
}

/* A secret is taken as it is or not at all; only the new line behind it is the clipboard's. */
static const char *
paste(struct question *q, struct str text, bool truncated)
{
	if (str_ends(text, STR("\n")))
		text.len--;
	if (str_ends(text, STR("\r")))
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return "the paste holds several lines or control characters: it was "
			       "not added";
	}
	if (truncated || !field_insert(&q->fields[q->at], text))
		return "the paste is longer than any answer may be: it was not added";
	return NULL;
}

void
question_paste(struct view *view, struct str text, bool truncated)
{
	struct question *q = view->question;
	if (clock_ms() < q->ready_at || is_yes_or_no(q))
		return;
	q->note = paste(q, text, truncated);
	view_changed(view);
}

static void
add_row(struct question *q, struct str text, enum theme_role role, int field)
{
	if (q->row_count < ROWS_MAX)
		q->rows[q->row_count++] = (struct row){text, role, field};
	else if (field < 0)
		q->rows[ROWS_MAX - 1] = (struct row){STR("… cut here"), ROLE_ERROR, -1};
}

static void
add_text(struct question *q, const char *text, enum theme_role role, int cols, int most)
{
	struct str rest = str_from(text);
	for (int i = 0; rest.len > 0 && i < most; i++)
		add_row(q, text_row(&rest, cols), role, -1);
	if (rest.len > 0)
		add_row(q, STR("…"), role, -1);
}

/* The server's own words get so much that all the fields still have a row. */
static void
make_rows(struct question *q, int cols)
{
	const struct link_ask *ask = q->ask;
	const char *help = asking_help(ask);
	int most = ROWS_MAX - 16 - LINK_PROMPTS_MAX * 6;
	q->row_count = 0;
	add_text(q, ask->title, ROLE_DIALOG, cols, 8);
	add_text(q, ask->text, ROLE_DIALOG, cols, most);
	if (help) {
		add_row(q, STR(""), ROLE_DIALOG, -1);
		add_text(q, help, ROLE_DIM, cols, 8);
	}
	if (ask->count > 1)
		add_row(q, STR(""), ROLE_DIALOG, -1);
	for (int i = 0; i < ask->count; i++) {
		add_text(q, ask->prompts[i].text, ROLE_DIALOG, cols, 4);
		add_row(q, STR(""), ROLE_INPUT, i);
	}
}

/* Where the shown rows begin. */
static void
place_rows(struct question *q, int room)
{
	int last = q->row_count > room ? q->row_count - room : 0;
	for (int i = 0; q->follow && !is_trust(q) && i < q->row_count; i++) {
		if (q->rows[i].field == q->at && i >= q->top + room)
			q->top = i - room + 1;
		else if (q->rows[i].field == q->at && i < q->top)
			q->top = i;
	}
	q->room = room;
	q->top = q->top > last ? last : q->top;
	q->top = q->top < 0 ? 0 : q->top;
	q->read = q->read || q->top + room >= q->row_count;
}

/* Behind what is said already; nothing where there is no room. */
static void
add_hints(const struct view *view, enum view_mode mode, const char *items, int cols,
	struct buf *into)
{
	struct buf more = BUF_INIT;
	int used = into->len > 0 ? text_cols(buf_str(into)) + 3 : 0;
	keymap_hints(view, mode, items, cols - used, &more);
	if (used + text_cols(buf_str(&more)) <= cols)
		buf_printf(into, "%s%s", used ? "   " : "", buf_cstr(&more));
	buf_release(&more);
}

static void
draw_foot(struct view *view, const struct question *q, struct rect in)
{
	struct surface *s = view->surface;
	int y = in.y + in.h - 1, x = in.x, end = in.x + in.w;
	bool more = q->row_count > q->room;
	if (q->note) {
		surface_put(
			s, x, y, in.w, theme_style(view->theme, ROLE_ERROR), str_from(q->note));
		return;
	}
	enum view_mode mode = VIEW_FIELD;
	const char *keys = q->at + 1 < q->ask->count ? "accept next,close refuse"
						     : "accept answer,close refuse";
	if (is_yes_or_no(q)) {
		static const char *const words[] = {"No", "Yes"};
		for (int i = 0; i < 2; i++) {
			enum theme_role role = q->at == i ? ROLE_SELECTION : ROLE_DIALOG;
			x += surface_printf(s, x, y, end - x, theme_style(view->theme, role),
				"[ %s ]", words[i]);
			x += 2;
		}
		mode = VIEW_QUESTION;
		keys = "other choose,no+yes answer";
	}
	struct buf words = BUF_INIT;
	if (more)
		keymap_hints(view, mode, "page-up+page-down more", end - x, &words);
	add_hints(view, mode, keys, end - x, &words);
	if (x < end)
		surface_put(
			s, x, y, end - x, theme_style(view->theme, ROLE_DIM), buf_str(&words));
	buf_release(&words);
}

static void
add_title(const struct view *view, const struct question *q, struct buf *into)
{
	int place = 0;
	while (place < view->asking.count && view->asking.hosts[place] != q->host)
		place++;
	asking_who(view->fleet, q->host, q->ask, into);
	buf_addc(into, " asks");
	if (view->asking.count > 1)
		buf_printf(into, " (%d of %d)", place + 1, view->asking.count);
}

void
question_draw(struct view *view)
{
	struct question *q = view->question;
	struct surface *s = view->surface;
	struct buf title = BUF_INIT;
	int cols = surface_cols(s);
	int w = cols < WIDTH_MAX + 2 ? cols - 2 : WIDTH_MAX;
	make_rows(q, w - 4);
	struct rect r = box_place(view, w, q->row_count + 4);
	struct rect in = {r.x + 2, r.y + 1, r.w - 4, r.h - 2};
	add_title(view, q, &title);
	surface_hide_cursor(s);
	box_draw(view, r, buf_cstr(&title));
	buf_release(&title);
	place_rows(q, in.h - 2);
	for (int i = 0; i < q->room && q->top + i < q->row_count; i++) {
		const struct row *row = &q->rows[q->top + i];
		if (row->field >= 0)
			field_draw(view, &q->fields[row->field],
				(struct rect){in.x, in.y + i, in.w, 1}, row->field == q->at);
		else
			surface_put(s, in.x, in.y + i, in.w,
				theme_style(view->theme, row->role), row->text);
	}
	draw_foot(view, q, in);
}
