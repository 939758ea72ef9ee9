/* SPDX-License-Identifier: MIT */
/*
 * The cursor, what is selected, and how it is copied. All of it is counted in lines of
 * history.h, which stay what they are while the agent prints. Lines that are selected need not
 * be here: they are fetched when they are copied, some at a time.
 */
#include "copy.h"

#include <stdio.h>

#include "clipboard.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/term_screen.h"
#include "copy_local.h"
#include "keymap.h"
#include "view.h"

#define TEXT_MAX (1u << 20)
#define JOB_MS   30000

static const char unreachable_words[] = "its host cannot be reached now";
static const char outrun_words[] = "it prints faster than it can be read";

static void job_step(struct copy *c);
static void job_fail(struct copy *c, const char *words);

void
copy_changed(struct copy *c)
{
	static uint64_t stamp;
	c->version = ++stamp;
	view_changed(c->view);
}

static void
complain(struct copy *c, bool outrun)
{
	view_toast(c->view, ROLE_ERROR, "%s: only what is here is shown",
		outrun ? outrun_words : unreachable_words);
}

/* --- the part that is seen --- */

static int
clamp(int value, int min, int max)
{
	return value > max ? max : value < min ? min : value;
}

static int
page_rows(const struct copy *c)
{
	return c->rows > 0 ? c->rows : history_end(c->history);
}

void
copy_follow(struct copy *c)
{
	int first = history_first(c->history), end = history_end(c->history),
	    rows = page_rows(c);
	c->line = clamp(c->line, first, end - 1);
	c->col = clamp(c->col, 0, history_cols(c->history) - 1);
	if (c->top > c->line)
		c->top = c->line;
	if (c->top < c->line - rows + 1)
		c->top = c->line - rows + 1;
	int last = end - rows > 0 ? end - rows : 0;
	c->top = clamp(c->top, first, last);
	if (c->left > c->col)
		c->left = c->col;
	if (c->cols > 0 && c->left < c->col - c->cols + 1)
		c->left = c->col - c->cols + 1;
	int above = c->top < first ? first : c->top;
	if (history_ready(c->history) && history_want(c->history, above, c->top + rows) < 0)
		complain(c, false);
	copy_changed(c);
}

void
copy_put(struct copy *c, int line, int col)
{
	struct history_line row;
	c->line = clamp(line, history_first(c->history), history_end(c->history) - 1);
	c->col = clamp(col, 0, history_cols(c->history) - 1);
	while (c->col > 0 && history_line(c->history, c->line, &row) &&
		row.cells[c->col].width == 0)
		c->col--;
	c->wish = c->col;
	copy_follow(c);
}

bool
copy_span(const struct copy *c, struct span *ret)
{
	if (!c->selecting)
		return false;
	*ret = span_of(c->kind, c->anchor_line, c->anchor_col, c->line, c->col);
	/* A line is one, in however many rows it stands. */
	if (c->kind == SPAN_LINES) {
		ret->line = copy_line_at(c, ret->line).line;
		ret->end_line = copy_line_at(c, ret->end_line).end_line;
	}
	return true;
}

/* --- its life --- */

static int
on_fetch(void *ctx, int first, int rows, pilot_history_fn *done, void *done_ctx)
{
	struct copy *c = ctx;
	return pilot_history(c->view->pilot, c->agent, first, rows, done, done_ctx);
}

static void
on_news(void *ctx, enum history_news news)
{
	struct copy *c = ctx;
	struct view *view = c->view;
	if (news == HISTORY_RESIZED) {
		copy_close(view);
		view_toast(view, ROLE_NOTICE, "its terminal has another size now: begin again");
		return;
	}
	if (news != HISTORY_LOADED) {
		/* What is on the screen can be copied all the same. */
		if (c->job.on && (history_ready(c->history) || c->job.span.line < 0)) {
			job_fail(c, news == HISTORY_OUTRUN ? outrun_words : unreachable_words);
			return;
		}
		if (!c->told)
			complain(c, news == HISTORY_OUTRUN);
		if (history_ready(c->history) && c->find.on)
			copy_find_stop(c);
		c->told = true;
	} else {
		c->told = false;
		if (c->due == COPY_ALL_OF_IT)
			copy_go(c, COPY_FIRST);
		else if (c->due)
			copy_scroll(view, 0);
		else
			copy_follow(c);
	}
	if (view->copy == c && c->find.on)
		copy_find_step(c);
	if (view->copy == c && c->job.on)
		job_step(c);
}

static const struct history_ops history_ops = {.fetch = on_fetch, .news = on_news};

/* The part that its tile shows. */
static void
look_at_tile(struct copy *c, const struct screen *screen)
{
	const struct view *view = c->view;
	for (int i = 0; i < view->layout.tile_count; i++) {
		struct rect in = rect_inner(view->layout.tiles[i].outer);
		if (view->agents[view->layout.tiles[i].index] != c->agent)
			continue;
		c->rows = in.h;
		c->cols = in.w;
		tile_crop(screen, in, &c->left, &c->top);
	}
}

bool
copy_open(struct view *view, int lines)
{
	struct agent_view agent;
	if (view->copy || !view_focused(view, &agent) || !agent.screen)
		return false;
	struct copy *c = MEM_NEW(struct copy);
	*c = (struct copy){.view = view,
		.agent = agent.id,
		.back = view->mode == VIEW_TYPING ? VIEW_TYPING : VIEW_COMMAND,
		.scrolled = lines > 0,
		.due = lines};
	screen_cursor(agent.screen, &c->col, &c->line);
	look_at_tile(c, agent.screen);
	c->history = history_new(agent.screen, &history_ops, c);
	view->copy = c;
	view->mode = VIEW_COPY;
	copy_put(c, c->line, c->col);
	c->told = !history_waits(c->history);
	if (c->told)
		complain(c, false);
	return true;
}

void
copy_close(struct view *view)
{
	struct copy *c = view->copy;
	if (!c)
		return;
	view->copy = NULL;
	if (view->mode == VIEW_COPY)
		view->mode = (enum view_mode)c->back;
	history_free(c->history);
	copy_find_release(c);
	buf_release(&c->job.text);
	mem_free(c);
	view_changed(view);
}

void
copy_return_to_typing(struct view *view, uint32_t agent)
{
	if (view->copy && view->copy->agent == agent)
		view->copy->back = VIEW_TYPING;
}

void
copy_beat(struct view *view)
{
	struct copy *c = view->copy;
	if (!c)
		return;
	if (c->job.on && clock_ms() > c->job.until) {
		copy_leave(view, 0);
		view_toast(view, ROLE_ERROR,
			"its host does not answer in time: nothing was copied");
	} else if (!history_ready(c->history) ||
		   history_want(c->history, c->top, c->top + page_rows(c)) != 0) {
		history_beat(c->history);
	}
}

void
copy_scroll(struct view *view, int lines)
{
	struct copy *c = view->copy;
	if (!history_ready(c->history)) {
		/* Nothing to scroll to yet. */
		c->due += c->due == COPY_ALL_OF_IT ? 0 : lines;
		if (c->scrolled && c->due <= 0)
			copy_close(view);
		return;
	}
	lines += c->due;
	c->due = 0;
	int rows = page_rows(c), end = history_end(c->history);
	int last = end - rows > 0 ? end - rows : 0;
	c->top = clamp(c->top - lines, history_first(c->history), last);
	if (lines < 0 && c->top == last && c->scrolled && !c->selecting && !c->job.on) {
		copy_close(view);
		return;
	}
	/* The cursor stays where it is seen. */
	c->line = clamp(c->line, c->top, c->top + rows - 1);
	copy_follow(c);
}

/* --- copying --- */

static void
job_end(struct copy *c)
{
	c->job.on = false;
	buf_release(&c->job.text);
	copy_changed(c);
}

/* One that the mouse began ends COPY mode in any case; c may be gone then. */
static void
job_fail(struct copy *c, const char *words)
{
	struct view *view = c->view;
	bool leave = c->job.by_mouse;
	job_end(c);
	view_toast(view, ROLE_ERROR, "%s: nothing was copied", words);
	if (leave)
		copy_close(view);
}

static void
job_finish(struct copy *c)
{
	struct view *view = c->view;
	struct str text = buf_str(&c->job.text);
	char words[64];
	size_t lines = 1;
	if (str_trim(text).len == 0) {
		job_fail(c, "nothing but blanks is selected");
		return;
	}
	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	snprintf(words, sizeof(words), "copied %zu line%s", lines, lines == 1 ? "" : "s");
	if (view->clipboard)
		clipboard_put(view->clipboard, text, words);
	job_end(c);
	c->selecting = false;
	if (!c->job.stays)
		copy_close(view);
}

static void
job_step(struct copy *c)
{
	const struct span *span = &c->job.span;
	/* Only then it is known which of the screen's lines run on. */
	if (!history_ready(c->history) && history_waits(c->history))
		return;
	while (c->job.line <= span->end_line) {
		if (c->job.line < history_first(c->history)) {
			job_fail(c, "the first of these lines are not kept any more");
			return;
		}
		if (span_add(span, c->history, c->job.line, &c->job.text)) {
			c->job.line++;
			if (c->job.text.len > TEXT_MAX) {
				job_fail(c, "more than 1 MiB is selected");
				return;
			}
			continue;
		}
		int rc = history_want(c->history, c->job.line, span->end_line + 1);
		if (rc < 0)
			job_fail(c, unreachable_words);
		if (rc <= 0)
			return;
	}
	job_finish(c);
}

static void
job_start(struct copy *c, const struct span *span, bool stays, bool by_mouse)
{
	job_end(c);
	c->job.on = true;
	c->job.stays = stays;
	c->job.by_mouse = by_mouse;
	c->job.span = *span;
	c->job.line = span->line;
	c->job.until = clock_ms() + JOB_MS;
	job_step(c);
}

/* --- actions --- */

void
copy_start(struct view *view, int argument)
{
	(void)argument;
	if (!copy_open(view, 0))
		view_toast(view, ROLE_NOTICE, "it shows nothing yet");
}

void
copy_move(struct view *view, int argument)
{
	if (!view->copy)
		return;
	view->copy->scrolled = false;
	copy_go(view->copy, (enum copy_move)argument);
}

void
copy_select(struct view *view, int argument)
{
	struct copy *c = view->copy;
	enum span_kind kind = (enum span_kind)argument;
	if (!c)
		return;
	c->scrolled = false;
	if (!c->selecting) {
		c->anchor_line = c->line;
		c->anchor_col = c->col;
	}
	/* The same key once more ends it, another one makes it another one. */
	c->selecting = !c->selecting || c->kind != kind;
	c->kind = kind;
	copy_changed(c);
}

void
copy_other_end(struct view *view, int argument)
{
	struct copy *c = view->copy;
	(void)argument;
	if (!c || !c->selecting)
		return;
	int line = c->line, col = c->col;
	c->line = c->anchor_line;
	c->col = c->wish = c->anchor_col;
	c->anchor_line = line;
	c->anchor_col = col;
	copy_follow(c);
}

void
copy_yank(struct view *view, int argument)
{
	struct copy *c = view->copy;
	struct span span;
	char said[128];
	(void)argument;
	if (c && copy_span(c, &span))
		job_start(c, &span, false, false);
	else if (c)
		view_toast(view, ROLE_NOTICE, "nothing is selected: %s",
			keymap_said(view, VIEW_COPY, "v begins", said));
}

void
copy_leave(struct view *view, int argument)
{
	struct copy *c = view->copy;
	if (!c)
		return;
	if (argument || (!c->job.on && !c->find.on && !c->selecting)) {
		copy_close(view);
	} else if (c->job.on) {
		job_end(c);
	} else if (c->find.on) {
		copy_find_stop(c);
	} else {
		c->selecting = false;
		copy_changed(c);
	}
}

/* --- the mouse --- */

static void
take_span(struct copy *c, const struct span *from, const struct span *to)
{
	bool back = to->line < from->line || (to->line == from->line && to->col < from->col);
	c->selecting = true;
	c->kind = from->kind;
	c->anchor_line = back ? from->end_line : from->line;
	c->anchor_col = back ? from->end_col : from->col;
	copy_put(c, back ? to->line : to->end_line, back ? to->col : to->end_col);
}

static struct span
span_at(const struct copy *c, int line, int col)
{
	if (c->clicks == 1)
		return (struct span){SPAN_CHARS, line, col, line, col};
	return c->clicks == 2 ? copy_word_at(c, line, col) : copy_line_at(c, line);
}

void
copy_press(struct view *view, struct rect in, int x, int y, int clicks)
{
	struct copy *c = view->copy;
	c->selecting = false;
	c->clicks = clicks;
	copy_put(c, c->top + y - in.y, c->left + x - in.x);
	c->pivot = span_at(c, c->line, c->col);
	if (clicks > 1)
		take_span(c, &c->pivot, &c->pivot);
}

void
copy_drag(struct view *view, struct rect in, int x, int y)
{
	struct copy *c = view->copy;
	/* Outside it scrolls. */
	int line = c->top + (y < in.y ? -1 : y >= in.y + in.h ? in.h : y - in.y);
	int col = c->left + clamp(x - in.x, 0, in.w - 1);
	line = clamp(line, history_first(c->history), history_end(c->history) - 1);
	struct span to = span_at(c, line, clamp(col, 0, history_cols(c->history) - 1));
	take_span(c, &c->pivot, &to);
}

void
copy_release(struct view *view, bool leave)
{
	struct span span;
	if (view->copy && copy_span(view->copy, &span))
		job_start(view->copy, &span, !leave, leave);
}
