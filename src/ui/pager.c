/* SPDX-License-Identifier: MIT */
/*
 * One job has the paper at a time: who reads it first, or who looks for words. What has come to
 * a file that grows is read by another one, beside it, and is added when nobody else has the
 * paper. They may outlive the view, so they are about a struct of its own.
 */
#include "pager.h"

#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/term_screen.h"
#include "field.h"
#include "keymap.h"
#include "paper.h"
#include "view.h"

#define WHEEL_LINES 3
#define SIDE_COLS   16
#define LEFT_MAX    (8 * (int)PAPER_LINE) /* columns of a line that is nothing but tabs */
#define PASTE_MAX   1000                  /* bytes of what is looked for */
#define SAFE_MAX    200                   /* bytes of what is looked for that are shown */
#define FOLLOW_MS   250                   /* between two looks at a file that grows */

#define HINTS                                                                            \
	"search search,down+up move,page-up+page-down page,next+before next and before," \
	"top+end ends,left+right sideways,help help,close close"

struct pager {
	struct view *view; /* NULL: closed, waits for its worker */
	char *path, *title;
	size_t top; /* the first line that is seen; behind the last page: to be brought back */
	int left;   /* columns that are passed */
	int page;   /* lines that are seen */
	struct field input;
	bool asks;  /* for what is to be looked for */
	bool found; /* hit was the last one */
	size_t hit;
	bool busy, read;
	/* It grows. */
	uint32_t agent;
	pager_title_fn *retitle;  /* NULL: it does not, or does not any more */
	struct loop_timer *timer; /* NULL: it never did */
	bool comes, last;         /* more is being read; of a file that has ended */
	int way;
	size_t from;
	char *needle; /* NULL: none yet */
	/* The worker's, while it is busy. */
	struct paper paper;
	bool again; /* what was looked for is there */
	struct err err;
	/* The other one's. */
	struct buf more;
	size_t more_from;
	struct err more_err;
};

static void
pager_free(struct pager *pager)
{
	loop_timer_free(pager->timer);
	paper_release(&pager->paper);
	buf_release(&pager->more);
	field_release(&pager->input);
	mem_free(pager->path);
	mem_free(pager->title);
	mem_free(pager->needle);
	mem_free(pager);
}

/* --- it is read --- */

static void
read_it(void *ctx)
{
	struct pager *pager = ctx;
	paper_load(&pager->paper, pager->path, &pager->err);
}

/* A job has ended; true: nobody waits for it any more. */
static bool
is_closed(struct pager *pager)
{
	if (pager->view)
		return false;
	if (!pager->busy && !pager->comes)
		pager_free(pager);
	return true;
}

static void
on_read(void *ctx)
{
	struct pager *pager = ctx;
	pager->busy = false;
	if (is_closed(pager))
		return;
	pager->read = true;
	if (pager->retitle)
		loop_timer_set(pager->timer, FOLLOW_MS);
	view_changed(pager->view);
}

void
pager_open(struct view *view, const char *path, const char *title)
{
	pager_close(view);
	struct pager *pager = MEM_NEW(struct pager);
	*pager = (struct pager){.view = view,
		.path = mem_strdup(path),
		.title = mem_strdup(title),
		.top = SIZE_MAX,
		.busy = true};
	paper_init(&pager->paper);
	field_init(&pager->input, FIELD_PLAIN);
	view->pager = pager;
	loop_job(fleet_loop(view->fleet), read_it, on_read, pager);
	view_changed(view);
}

/* --- it grows --- */

static void
read_more(void *ctx)
{
	struct pager *pager = ctx;
	paper_read(pager->path, pager->more_from, &pager->more, &pager->more_err);
}

static void on_more(void *ctx);

static void
ask_more(struct pager *pager)
{
	pager->comes = true;
	pager->more_from = pager->paper.at;
	loop_job(fleet_loop(pager->view->fleet), read_more, on_more, pager);
}

/* Who looks at the end goes on to look at it. */
static void
add_more(struct pager *pager)
{
	bool at_end = pager->top + (size_t)pager->page >= pager->paper.lines;
	bool full = pager->more.len == PAPER_PIECE;
	paper_add(&pager->paper, buf_str(&pager->more));
	buf_clear(&pager->more);
	if (at_end)
		pager->top = SIZE_MAX;
	if (full && !pager->paper.cut)
		ask_more(pager);
	else if (pager->last || pager->more_err.code)
		pager->retitle = NULL;
	else
		loop_timer_set(pager->timer, FOLLOW_MS);
	view_changed(pager->view);
}

/* What has come waits until nobody looks for words any more. */
static void
on_more(void *ctx)
{
	struct pager *pager = ctx;
	pager->comes = false;
	if (!is_closed(pager) && !pager->busy)
		add_more(pager);
}

/* First whether it has ended: then what is read after that is all of it. */
static void
on_time(void *ctx)
{
	struct pager *pager = ctx;
	struct buf title = BUF_INIT;
	pager->last = !pager->retitle(pager->view, pager->agent, pager->path, &title);
	mem_free(pager->title);
	pager->title = buf_steal(&title);
	ask_more(pager);
}

void
pager_follow(struct view *view, const char *path, uint32_t agent, pager_title_fn *title)
{
	struct buf text = BUF_INIT;
	title(view, agent, path, &text);
	pager_open(view, path, buf_cstr(&text));
	buf_release(&text);
	struct pager *pager = view->pager;
	pager->agent = agent;
	pager->retitle = title;
	pager->timer = loop_timer_new(fleet_loop(view->fleet), on_time, pager);
}

void
pager_close(struct view *view)
{
	struct pager *pager = view->pager;
	view->pager = NULL;
	if (!pager)
		return;
	view_changed(view);
	pager->view = NULL;
	loop_timer_free(pager->timer);
	pager->timer = NULL;
	if (!pager->busy && !pager->comes)
		pager_free(pager);
}

/* --- where it is --- */

static void
clamp(struct pager *pager)
{
	size_t lines = pager->paper.lines, page = (size_t)pager->page;
	size_t last = lines > page ? lines - page : 0;
	if (pager->top > last)
		pager->top = last;
}

static void
scroll(struct pager *pager, int64_t lines)
{
	size_t by = (size_t)(lines < 0 ? -lines : lines);
	if (lines < 0)
		pager->top = by < pager->top ? pager->top - by : 0;
	else
		pager->top += by;
	clamp(pager);
}

/* Seen, and not at the edge. */
static void
show_hit(struct pager *pager)
{
	size_t page = (size_t)pager->page;
	if (pager->hit < pager->top || pager->hit >= pager->top + page)
		pager->top = pager->hit > page / 3 ? pager->hit - page / 3 : 0;
	clamp(pager);
}

/* --- what is looked for --- */

static void
find_it(void *ctx)
{
	struct pager *pager = ctx;
	pager->again = paper_find(
		&pager->paper, str_from(pager->needle), pager->from, pager->way, &pager->hit);
}

static void
on_found(void *ctx)
{
	struct pager *pager = ctx;
	char safe[SAFE_MAX];
	pager->busy = false;
	if (is_closed(pager))
		return;
	pager->found = pager->again;
	if (pager->found)
		show_hit(pager);
	else
		view_toast(pager->view, ROLE_NOTICE, "\"%s\" is nowhere in it",
			text_safe_tmp(safe, sizeof(safe), str_from(pager->needle)));
	if (pager->retitle && !pager->comes && !loop_timer_armed(pager->timer))
		add_more(pager);
	view_changed(pager->view);
}

/* Past the last hit, if that is seen still; else from what is seen. */
static void
find_next(struct pager *pager, int way)
{
	size_t last = pager->top + (size_t)pager->page;
	bool seen = pager->found && pager->hit >= pager->top && pager->hit < last;
	size_t lines = pager->paper.lines;
	if (!pager->needle || pager->busy || !pager->read || lines == 0)
		return;
	if (seen)
		pager->from = (pager->hit + lines + (size_t)way) % lines;
	else
		pager->from = way > 0 ? pager->top : (last < lines ? last : lines) - 1;
	pager->way = way;
	pager->busy = true;
	loop_job(fleet_loop(pager->view->fleet), find_it, on_found, pager);
}

/* While what is looked for is typed. */
static void
ask_do(struct pager *pager, enum stroke stroke)
{
	if (stroke == STROKE_CLOSE || (stroke == STROKE_ERASE && pager->input.text.len == 0)) {
		pager->asks = false;
	} else if (stroke != STROKE_ACCEPT) {
		field_do(&pager->input, stroke);
	} else if (!pager->busy) {
		pager->asks = false;
		if (pager->input.text.len > 0) {
			mem_free(pager->needle);
			pager->needle = mem_strdup(buf_cstr(&pager->input.text));
			pager->found = false;
		}
		find_next(pager, 1);
	}
}

static void
ask(struct pager *pager)
{
	pager->asks = true;
	field_release(&pager->input);
	field_init(&pager->input, FIELD_PLAIN);
}

/* --- keys --- */

static void
go_aside(struct pager *pager, int way)
{
	int left = pager->left + way * SIDE_COLS;
	if (left >= 0 && left <= LEFT_MAX)
		pager->left = left;
}

static void
read_do(struct pager *pager, enum stroke stroke)
{
	int page = pager->page > 2 ? pager->page - 1 : 1;
	switch ((int)stroke) {
	case STROKE_DOWN:
	case STROKE_UP:
		scroll(pager, stroke == STROKE_DOWN ? 1 : -1);
		break;
	case STROKE_PAGE_DOWN:
	case STROKE_PAGE_UP:
		scroll(pager, stroke == STROKE_PAGE_DOWN ? page : -page);
		break;
	case STROKE_HALF_DOWN:
	case STROKE_HALF_UP:
		scroll(pager, stroke == STROKE_HALF_DOWN ? page / 2 + 1 : -page / 2 - 1);
		break;
	case STROKE_TOP:
		pager->top = 0;
		break;
	case STROKE_END:
		pager->top = pager->paper.lines;
		clamp(pager);
		break;
	case STROKE_LEFT:
	case STROKE_RIGHT:
		go_aside(pager, stroke == STROKE_RIGHT ? 1 : -1);
		break;
	case STROKE_SEARCH:
		ask(pager);
		break;
	case STROKE_AGAIN:
	case STROKE_AGAIN_UP:
		find_next(pager, stroke == STROKE_AGAIN ? 1 : -1);
		break;
	default:
		break;
	}
}

/* A text may lie over it: help. */
bool
pager_takes_keys(const struct view *view, enum view_mode *ret)
{
	const struct pager *pager = view->pager;
	if (!pager || view->text.len > 0)
		return false;
	*ret = pager->asks ? VIEW_FIELD : VIEW_PAGER;
	return true;
}

void
pager_do(struct view *view, enum stroke stroke)
{
	struct pager *pager = view->pager;
	if (pager->asks)
		ask_do(pager, stroke);
	else if (stroke == STROKE_CLOSE)
		pager_close(view);
	/* Until it is there, there is nothing but to leave. */
	else if (pager->read)
		read_do(pager, stroke);
}

void
pager_type(struct view *view, struct key key)
{
	if (view->pager->asks)
		field_type(&view->pager->input, key);
}

void
pager_paste(struct view *view, struct str text)
{
	struct buf clean = BUF_INIT;
	text_typable(&clean, str_slice(str_cut(&text, '\n'), 0, PASTE_MAX));
	if (view->pager->asks)
		field_insert(&view->pager->input, buf_str(&clean));
	buf_release(&clean);
	view_changed(view);
}

void
pager_mouse(struct view *view, const struct mouse *mouse)
{
	if (!view->pager->read)
		return;
	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
		scroll(view->pager, mouse->kind == MOUSE_WHEEL_UP ? -WHEEL_LINES : WHEEL_LINES);
	view_changed(view);
}

/* --- drawing --- */

/* Takes so many columns off the front; returns how many blanks stand for half a character. */
static int
skip_cols(struct str *s, int cols)
{
	while (cols > 0 && s->len > 0) {
		int width = text_width(text_next(s));
		cols -= width > 0 ? width : 0;
	}
	return cols < 0 ? -cols : 0;
}

/* Over what is drawn already. */
static void
draw_hits(const struct pager *pager, struct str line, int y, int cols)
{
	struct str needle = str_from(pager->needle);
	struct view *view = pager->view;
	struct style style = theme_style(view->theme, ROLE_SELECTION);
	ptrdiff_t at = pager->needle ? paper_find_in(line, 0, needle) : -1;
	for (; at >= 0; at = paper_find_in(line, (size_t)at + needle.len, needle)) {
		struct str hit = str_slice(line, (size_t)at, (size_t)at + needle.len);
		int x = text_cols(str_slice(line, 0, (size_t)at)) - pager->left;
		if (x >= cols)
			break;
		int pad = x < 0 ? skip_cols(&hit, -x) : 0;
		x = x < 0 ? pad : x;
		if (hit.len > 0 && x + text_cols(hit) <= cols)
			surface_put(view->surface, x, y, cols - x, style, hit);
	}
}

static void
draw_lines(struct pager *pager, struct rect in)
{
	struct view *view = pager->view;
	struct style style = theme_style(view->theme, ROLE_TEXT);
	pager->page = in.h;
	clamp(pager);
	for (int i = 0; i < in.h && pager->top + (size_t)i < pager->paper.lines; i++) {
		struct str line = paper_line(&pager->paper, pager->top + (size_t)i);
		struct str shown = line;
		int pad = skip_cols(&shown, pager->left);
		surface_put(view->surface, in.x + pad, in.y + i, in.w - pad, style, shown);
		draw_hits(pager, line, in.y + i, in.w);
	}
}

/* "5,400" */
static void
add_number(struct buf *into, size_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%zu", number);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_byte(into, ',');
		buf_byte(into, digits[i]);
	}
}

/* "120-160 of 5,400" */
static void
write_place(const struct pager *pager, struct buf *into)
{
	size_t lines = pager->paper.lines, last = pager->top + (size_t)pager->page;
	if (lines == 0) {
		buf_addc(into, pager->err.code ? "" : "empty");
		return;
	}
	add_number(into, pager->top + 1);
	buf_byte(into, '-');
	add_number(into, last < lines ? last : lines);
	buf_addc(into, " of ");
	add_number(into, lines);
	if (pager->paper.cut)
		buf_addc(into, ", the rest is left out");
}

static void
draw_top(const struct pager *pager, int y, int cols)
{
	struct view *view = pager->view;
	struct style style = theme_style(view->theme, ROLE_KEYS);
	struct buf place = BUF_INIT;
	if (pager->read)
		write_place(pager, &place);
	else
		buf_addc(&place, "reading…");
	int need = text_cols(buf_str(&place)) + 1;
	surface_fill(view->surface, (struct rect){0, y, cols, 1}, style);
	surface_put(view->surface, cols - need, y, need, style, buf_str(&place));
	style = theme_style(view->theme, ROLE_KEYS_KEY);
	surface_printf(view->surface, 1, y, cols - need - 3, style, "%s", pager->title);
	buf_release(&place);
}

static void
draw_bottom(struct pager *pager, int y, int cols)
{
	struct view *view = pager->view;
	struct style style = theme_style(view->theme, ROLE_KEYS);
	surface_fill(view->surface, (struct rect){0, y, cols, 1}, style);
	if (pager->asks) {
		surface_put(view->surface, 1, y, 1, theme_style(view->theme, ROLE_KEYS_KEY),
			STR("/"));
		field_draw(view, &pager->input, (struct rect){2, y, cols - 3, 1}, true);
	} else {
		struct buf words = BUF_INIT;
		if (pager->busy && pager->read)
			buf_addc(&words, "searching…");
		else
			keymap_hints(view, VIEW_PAGER, HINTS, cols - 2, &words);
		surface_put(view->surface, 1, y, cols - 1, style, buf_str(&words));
		buf_release(&words);
	}
}

void
pager_draw(struct view *view)
{
	struct pager *pager = view->pager;
	int cols = surface_cols(view->surface), rows_all = surface_rows(view->surface);
	struct rect in = {0, 2, cols, rows_all - 3};
	if (in.h < 1)
		return;
	surface_hide_cursor(view->surface);
	surface_fill(view->surface, in, (struct style){0});
	if (pager->read)
		draw_lines(pager, in);
	draw_top(pager, 1, cols);
	if (pager->read && pager->err.code)
		surface_printf(view->surface, 0, 2, cols, theme_style(view->theme, ROLE_ERROR),
			"%s", pager->err.text);
	draw_bottom(pager, rows_all - 1, cols);
}
