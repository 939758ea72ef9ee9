/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <stdio.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_pilot.h"
#include "comments.h"
#include "dialog.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"

static void
stop_writing(struct diff_view *diff)
{
	mem_free(diff->writing.path);
	mem_free(diff->writing.anchor);
	diff->writing.path = diff->writing.anchor = NULL;
}

void
diff_view_release(struct diff_view *diff)
{
	diff_drop_rows(diff);
	stop_writing(diff);
}

/* Of the focused agent; all 0 where nothing is known. */
static bool
find_work(const struct view *view, struct agent_view *agent, struct pilot_work *work)
{
	const struct diff_view *diff = &view->diff;
	*work = (struct pilot_work){0};
	if (!view->pilot || !view_focused(view, agent))
		return false;
	pilot_work(view->pilot, agent->id, work);
	bool kept = diff->side == DIFF_MERGE_BASE && !diff->ignore_space;
	if (kept && work->diff)
		return true;
	const char *error = work->error;
	pilot_compare(view->pilot, agent->id, diff->side, diff->ignore_space, work);
	if (!work->diff && error)
		work->error = error;
	return true;
}

static void
add_words(struct diff_view *diff, const char *words)
{
	const struct diff_row like = {.role = ROLE_DIM, .file_index = -1, .line = -1};
	struct str rest = str_from(words);
	while (rest.len > 0) {
		struct str line = text_row(&rest, diff->cols);
		char *row = mem_strndup(line.ptr, line.len);
		diff_add_row(diff, &like, row);
		mem_free(row);
	}
}

/* Where one points stays on its line: that of the same file, text and number before, or near.
 */
struct point {
	char *text;
	int row, top;
};

static struct point
remember(const struct diff_view *diff)
{
	bool there = diff->cursor < diff->count;
	return (struct point){there ? mem_strdup(diff->rows[diff->cursor].text) : NULL,
		diff->cursor, diff->cursor - diff->top};
}

static void
point_again(struct diff_view *diff, struct point *point)
{
	int best = -1;
	for (int i = 0; i < diff->count && point->text; i++) {
		int far = i > point->row ? i - point->row : point->row - i;
		int best_far = best > point->row ? best - point->row : point->row - best;
		if (strcmp(diff->rows[i].text, point->text) == 0 &&
			(best < 0 || far < best_far))
			best = i;
	}
	diff->cursor = best >= 0 ? best : point->row;
	diff->top = diff->cursor - point->top;
	mem_free(point->text);
}

static void
make_rows(struct view *view, int cols)
{
	struct diff_view *diff = &view->diff;
	struct pilot_work work;
	struct agent_view agent;
	bool known = find_work(view, &agent, &work);
	comments_load(view);
	if (diff->agent == view->focus && diff->at == work.at && diff->cols == cols &&
		diff->version == view->comments.version && work.diff)
		return;
	bool same = diff->agent == view->focus;
	struct point point = remember(diff);
	if (work.diff && (diff->at != work.at || diff->version != view->comments.version))
		comments_follow(view, &agent, work.diff);
	diff_drop_rows(diff);
	diff->agent = view->focus;
	diff->cols = cols;
	diff->version = view->comments.version;
	if (work.diff) {
		diff_make_rows(view, &agent, work.diff);
		diff->at = work.at;
	} else {
		add_words(diff, work.error ? work.error
				: known    ? "It is not known yet."
					   : "No agent.");
	}
	point_again(diff, &point);
	if (!same)
		diff->top = diff->cursor = 0;
}

int
diff_count(const struct view *view)
{
	struct pilot_work work = {0};
	if (view->pilot && view->focus)
		pilot_work(view->pilot, view->focus, &work);
	return work.diff ? (int)(work.diff->file_count + work.diff->files_left) : 0;
}

static void
clamp(struct diff_view *diff)
{
	if (diff->cursor >= diff->count)
		diff->cursor = diff->count - 1;
	if (diff->cursor < 0)
		diff->cursor = 0;
	if (diff->cursor >= diff->top + diff->page)
		diff->top = diff->cursor - diff->page + 1;
	/* Its file's name stands in the first row. */
	bool under = diff->cursor > 0 && diff->page > 2 && !diff->rows[diff->cursor].file;
	int first = under ? diff->cursor - 1 : diff->cursor;
	if (diff->top > first)
		diff->top = first;
	if (diff->top > diff->count - diff->page)
		diff->top = diff->count - diff->page;
	if (diff->top < 0)
		diff->top = 0;
}

/* The name of the file that the rows are of stays at the top. */
static void
draw_file_name(struct view *view, struct rect in)
{
	const struct diff_view *diff = &view->diff;
	int i = diff->top;
	while (i > 0 && !diff->rows[i].file)
		i--;
	if (!diff->rows[i].file || i == diff->top)
		return;
	struct style style = theme_style(view->theme, ROLE_SELECTION);
	surface_fill(view->surface, (struct rect){in.x, in.y, in.w, 1}, style);
	surface_put(view->surface, in.x, in.y, in.w, style, str_from(diff->rows[i].text));
}

/* Other words than on the other side stand out. */
static void
draw_row(struct view *view, const struct diff_row *row, struct rect r, bool pointed)
{
	struct style style = theme_style(view->theme, row->role);
	struct str text = str_from(row->text);
	if (pointed)
		style = panel_select(view, r, style);
	surface_put(view->surface, r.x, r.y, r.w, style, text);
	style.attr ^= CELL_REVERSE;
	for (int i = 0; i < row->mark_count; i++) {
		const struct diff_mark *mark = &row->marks[i];
		int x = text_cols(str_slice(text, 0, mark->at));
		if (x < r.w)
			surface_put(view->surface, r.x + x, r.y, r.w - x, style,
				str_slice(text, mark->at, mark->at + mark->len));
	}
}

void
diff_draw(struct view *view, struct rect in)
{
	struct diff_view *diff = &view->diff;
	make_rows(view, in.w);
	diff->page = in.h;
	clamp(diff);
	bool points = panel_has_keys(view) && diff->at >= 0;
	for (int i = 0; i < in.h && diff->top + i < diff->count; i++)
		draw_row(view, &diff->rows[diff->top + i],
			(struct rect){in.x, in.y + i, in.w, 1},
			points && diff->top + i == diff->cursor);
	if (diff->count > 0)
		draw_file_name(view, in);
}

void
diff_click(struct view *view, int row)
{
	view->diff.cursor = view->diff.top + (row > 0 ? row : 0);
	clamp(&view->diff);
}

/* --- actions --- */

void
diff_move(struct view *view, int argument)
{
	view->diff.cursor += argument;
	clamp(&view->diff);
}

void
diff_page(struct view *view, int argument)
{
	int page = view->diff.page > 2 ? view->diff.page - 2 : 1;
	view->diff.top += argument * page;
	diff_move(view, argument * page);
}

void
diff_file(struct view *view, int argument)
{
	struct diff_view *diff = &view->diff;
	for (int i = diff->cursor + argument; i >= 0 && i < diff->count; i += argument) {
		if (diff->rows[i].file) {
			diff->top = diff->cursor = i;
			break;
		}
	}
	clamp(diff);
}

/* What is shown is another thing: from its top. */
static void
other(struct diff_view *diff)
{
	diff->at = -1;
	diff->top = diff->cursor = 0;
}

void
diff_side(struct view *view, int argument)
{
	view->diff.side =
		(enum diff_side)((view->diff.side + (unsigned)argument) % DIFF_SIDE_COUNT);
	other(&view->diff);
}

void
diff_blanks(struct view *view, int argument)
{
	(void)argument;
	view->diff.ignore_space = !view->diff.ignore_space;
	other(&view->diff);
}

void
diff_end(struct view *view, int argument)
{
	view->diff.cursor = argument < 0 ? 0 : view->diff.count;
	clamp(&view->diff);
}

static void
submit_comment(struct view *view, uint32_t id, const char *const values[])
{
	struct diff_view *diff = &view->diff;
	struct agent_view agent;
	if (diff->writing.path && fleet_agent(view->fleet, id, &agent))
		comments_set(view, &agent, diff->writing.path, diff->writing.old,
			diff->writing.line, str_from(diff->writing.anchor), values[0]);
	stop_writing(diff);
}

void
diff_comment(struct view *view, int argument)
{
	static const char *const labels[] = {"comment (empty: none)", NULL};
	struct diff_view *diff = &view->diff;
	struct agent_view agent;
	struct pilot_work work;
	char title[64], safe[48];
	(void)argument;
	bool known = find_work(view, &agent, &work) && work.diff && diff->at == work.at;
	const struct diff_row *row =
		known && diff->cursor < diff->count ? &diff->rows[diff->cursor] : NULL;
	const struct diff_line *line =
		row && row->line >= 0 ? &work.diff->lines[row->line] : NULL;
	if (!line || line->origin == '\\') {
		char down[32], up[32];
		view_toast(view, ROLE_NOTICE, "a comment belongs to a line: %s and %s go there",
			keymap_first(view, VIEW_DIFF, "down", down),
			keymap_first(view, VIEW_DIFF, "up", up));
		return;
	}
	struct str text = diff_line_text(work.diff, line);
	stop_writing(diff);
	diff->writing.path = mem_strdup(work.diff->files[row->file_index].path);
	diff->writing.anchor = mem_strndup(text.ptr, text.len);
	diff->writing.old = line->origin == '-';
	diff->writing.line = diff->writing.old ? line->old_line : line->new_line;
	const struct comment *before = comments_find(
		view, &agent, diff->writing.path, diff->writing.old, diff->writing.line);
	const char *const texts[] = {before ? before->text : "", NULL};
	snprintf(title, sizeof(title), "%s:%d",
		text_safe_tmp(safe, sizeof(safe), str_from(path_base(diff->writing.path))),
		diff->writing.line);
	dialog_form(view, title, agent.id, labels, texts, submit_comment);
}

static void
on_sent(void *ctx, const char *text, const struct err *err)
{
	struct view *view = ctx;
	struct agent_view agent;
	/* They are sent once; what did not arrive is there still. */
	if (!err && fleet_agent(view->fleet, view->diff.sending, &agent))
		comments_drop_sent(view, &agent);
	view->diff.sending = 0;
	action_report(view, text, err);
}

void
diff_send(struct view *view, int argument)
{
	struct agent_view agent;
	struct buf message = BUF_INIT;
	struct err err = ERR_INIT;
	char said[128];
	(void)argument;
	if (!view_focused(view, &agent))
		return;
	if (comments_count(view, &agent) == 0) {
		view_toast(view, ROLE_NOTICE, "no comments: %s",
			keymap_said(view, VIEW_DIFF, "c writes one on a line", said));
		return;
	}
	if (view->diff.sending) {
		view_toast(view, ROLE_NOTICE, "comments are on their way");
		return;
	}
	comments_message(view, &agent, &message);
	if (pilot_send(view->pilot, agent.id, buf_str(&message), NULL, on_sent, view, &err) < 0)
		action_complain(view, &err);
	else
		view->diff.sending = agent.id;
	buf_release(&message);
}
