/* SPDX-License-Identifier: MIT */
/*
 * Looking for text. Lines that are here are looked through here. What is not is looked through
 * by the host, which answers with the numbers of some lines: over a slow network that is one
 * round trip and a few hundred bytes, where the lines themselves may be megabytes. Only the
 * line that is gone to is fetched then.
 */
#include <limits.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_past.h"
#include "copy_local.h"
#include "keymap.h"
#include "view.h"

/* Waits for the host's answer, longer than its owner perhaps. */
struct finder {
	struct copy *copy; /* NULL: nobody wants it any more */
};

void
copy_find_stop(struct copy *c)
{
	c->find.on = false;
	if (c->find.finder)
		c->find.finder->copy = NULL;
	c->find.finder = NULL;
	copy_changed(c);
}

void
copy_find_release(struct copy *c)
{
	copy_find_stop(c);
	if (c->find.typing)
		field_release(&c->find.field);
	mem_free(c->find.text);
	mem_free(c->find.found);
}

static void
end_find(struct copy *c, enum theme_role role, const char *words)
{
	copy_find_stop(c);
	view_toast(c->view, role, "%.200s", words);
}

static char
small(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch | 0x20) : ch;
}

static bool
holds(const struct copy *c, struct str text, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char ch = text.ptr[at + i];
		if ((c->find.fold ? small(ch) : ch) != c->find.text[i])
			return false;
	}
	return true;
}

int
copy_find_in(
	const struct copy *c, const struct history_line *line, int col, int way, int *ret_end)
{
	struct line_text t;
	size_t len = c->find.text ? strlen(c->find.text) : 0;
	int found = -1, cols = history_cols(c->history);
	line_text(line, cols, &t);
	struct str text = buf_str(&t.text);
	for (size_t at = 0; len > 0 && at + len <= text.len; at++) {
		int here = t.cols[at];
		if (way > 0 ? here < col : here >= col)
			continue;
		if (!holds(c, text, at, len))
			continue;
		found = here;
		*ret_end = at + len < text.len ? t.cols[at + len] : cols;
		/* It may end before the accents of a character. */
		*ret_end = *ret_end > here ? *ret_end : here + 1;
		if (way > 0)
			break;
	}
	line_text_release(&t);
	return found;
}

static void
on_found(void *ctx, const struct past_found *found, const struct err *err)
{
	struct finder *finder = ctx;
	struct copy *c = finder->copy;
	mem_free(finder);
	if (!c)
		return;
	c->find.finder = NULL;
	if (!found) {
		end_find(c, ROLE_ERROR, err->text);
		return;
	}
	history_note(c->history, found->total, found->limit);
	if (!c->find.found)
		c->find.found = MEM_NEW(struct past_found);
	*c->find.found = *found;
	for (int i = 0; i < found->count; i++)
		c->find.found->lines[i] = history_from_host(c->history, found->lines[i]);
	bool some = found->count > 0;
	c->find.low = some && found->before ? c->find.found->lines[0] : INT_MIN / 2;
	c->find.high = some && found->after ? c->find.found->lines[found->count - 1] : -1;
	copy_find_step(c);
}

static void
ask_host(struct copy *c)
{
	struct err err = ERR_INIT;
	int at = history_to_host(c->history, c->find.line),
	    end = history_to_host(c->history, 0);
	const struct past_search search = {
		c->find.text, c->find.fold, at > 0 ? at : 0, end > 0 ? end : 0};
	c->find.finder = MEM_NEW(struct finder);
	c->find.finder->copy = c;
	if (pilot_find(c->view->pilot, c->agent, &search, on_found, c->find.finder, &err) < 0) {
		mem_free(c->find.finder);
		c->find.finder = NULL;
		end_find(c, ROLE_ERROR, err.text);
	}
}

static void
go_to(struct copy *c, int line)
{
	c->find.line = line;
	c->find.col = c->find.now > 0 ? 0 : INT_MAX;
}

/* The host's next line that way, from this one on; false if it told of none. */
static bool
next_told(const struct copy *c, int line, int *ret)
{
	const struct past_found *found = c->find.found;
	for (int i = 0; i < found->count; i++) {
		int at = found->lines[c->find.now > 0 ? i : found->count - 1 - i];
		if (c->find.now > 0 ? at >= line : at <= line) {
			*ret = at;
			return true;
		}
	}
	return false;
}

/* On a line that is not here. True: there is another one to look at at once. */
static bool
step_away(struct copy *c)
{
	int line = c->find.line, next;
	if (!c->find.found || line < c->find.low || line > c->find.high) {
		if (!c->find.finder)
			ask_host(c);
		return false;
	}
	if (!next_told(c, line, &next)) {
		go_to(c, c->find.now > 0 ? c->find.high + 1 : c->find.low - 1);
		return true;
	}
	if (next != line) {
		go_to(c, next);
		return true;
	}
	int rc = history_want(c->history, line, line + 1);
	if (rc < 0)
		end_find(c, ROLE_ERROR, "its host cannot be reached now");
	return rc > 0;
}

static void
arrive(struct copy *c, int col)
{
	/* Where nothing of what stands around it is seen, it is gone to the middle. */
	if (c->find.line < c->top || c->find.line >= c->top + c->rows)
		c->top = c->find.line - c->rows / 2;
	copy_put(c, c->find.line, col);
	if (c->find.wrapped)
		end_find(c, ROLE_NOTICE,
			c->find.now > 0 ? "wrapped: from the first line on"
					: "wrapped: from the last line on");
	else
		copy_find_stop(c);
}

void
copy_find_step(struct copy *c)
{
	struct history_line row;
	int end;
	bool all = history_ready(c->history);
	while (c->find.on && (all || !history_waits(c->history))) {
		int line = c->find.line, now = c->find.now;
		int first = history_first(c->history), last = history_end(c->history) - 1;
		bool over = now > 0 ? line > c->find.from_line : line < c->find.from_line;
		bool outside = line < first || line > last;
		if (c->find.wrapped && (over || outside)) {
			end_find(c, ROLE_NOTICE,
				all ? "not found"
				    : "not found on its screen; its host cannot be reached");
		} else if (outside) {
			c->find.wrapped = true;
			go_to(c, now > 0 ? first : last);
		} else if (history_line(c->history, line, &row)) {
			int col = copy_find_in(c, &row, c->find.col, now, &end);
			if (col >= 0)
				arrive(c, col);
			else
				go_to(c, line + now);
		} else if (!step_away(c)) {
			return;
		}
	}
}

static void
start(struct copy *c, int way)
{
	copy_find_stop(c);
	c->find.on = true;
	c->find.now = way;
	c->find.line = c->find.from_line = c->line;
	c->find.col = way > 0 ? c->col + 1 : c->col;
	c->find.wrapped = false;
	copy_find_step(c);
}

void
copy_search(struct view *view, int argument)
{
	struct copy *c = view->copy;
	if (!c)
		return;
	copy_find_stop(c);
	c->find.way = argument;
	c->find.typing = true;
	field_init(&c->find.field, FIELD_PLAIN);
}

void
copy_again(struct view *view, int argument)
{
	struct copy *c = view->copy;
	char said[128];
	if (!c)
		return;
	if (c->find.text)
		start(c, c->find.way * argument);
	else
		view_toast(view, ROLE_NOTICE, "nothing was looked for yet: %s",
			keymap_said(view, VIEW_COPY, "/ does", said));
}

/* An empty one is the one before. */
static void
take_text(struct copy *c, struct str text)
{
	if (text.len == 0)
		return;
	mem_free(c->find.text);
	mem_free(c->find.found);
	c->find.found = NULL;
	c->find.text = mem_strndup(text.ptr, text.len);
	c->find.fold = true;
	for (const char *p = c->find.text; *p; p++)
		c->find.fold = c->find.fold && (*p < 'A' || *p > 'Z');
}

bool
copy_find_takes_keys(const struct view *view, enum view_mode *ret)
{
	const struct copy *c = view->copy;
	bool on = c && c->find.typing && view->mode == VIEW_COPY;
	*ret = on ? VIEW_FIELD : *ret;
	return on;
}

void
copy_find_do(struct view *view, enum stroke stroke)
{
	struct copy *c = view->copy;
	struct field *field = &c->find.field;
	bool cancel =
		stroke == STROKE_CLOSE || (stroke == STROKE_ERASE && field->text.len == 0);
	copy_changed(c);
	if (!cancel && stroke != STROKE_ACCEPT) {
		field_do(field, stroke);
		return;
	}
	if (!cancel)
		take_text(c, buf_str(&field->text));
	field_release(field);
	c->find.typing = false;
	if (!cancel && c->find.text)
		start(c, c->find.way);
}

void
copy_find_type(struct view *view, struct key key)
{
	field_type(&view->copy->find.field, key);
	copy_changed(view->copy);
}

bool
copy_paste(struct view *view, struct str text)
{
	struct copy *c = view->copy;
	if (!c || !c->find.typing)
		return false;
	field_insert(&c->find.field, str_cut(&text, '\n'));
	copy_changed(c);
	return true;
}
