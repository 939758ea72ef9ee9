/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_pilot.h"
#include "view.h"
#include "words.h"

#define ROWS_MAX 50000
#define TAB_COLS 8
#define GUTTER   7 /* "12345 +" */

struct diff_row {
	char *text;
	enum theme_role role;
	bool file; /* the first one of a file */
};

void
diff_view_release(struct diff_view *diff)
{
	for (int i = 0; i < diff->count; i++)
		mem_free(diff->rows[i].text);
	mem_free(diff->rows);
	diff->rows = NULL;
	diff->count = 0;
	diff->at = -1;
}

static bool
add_row(struct diff_view *diff, enum theme_role role, bool file, const char *text)
{
	if (diff->count >= ROWS_MAX)
		return false;
	diff->rows = mem_room(diff->rows, (size_t)diff->count, sizeof(*diff->rows));
	diff->rows[diff->count++] = (struct diff_row){mem_strdup(text), role, file};
	return true;
}

/* One line of the work: its number and sign, then the line in as many rows as it needs. */
static bool
add_line(struct diff_view *diff, const struct diff *work, const struct diff_line *line)
{
	enum theme_role role = line->origin == '+'   ? ROLE_STATE_DONE
			       : line->origin == '-' ? ROLE_STATE_FAILED
						     : ROLE_DIM;
	struct buf safe = BUF_INIT, row = BUF_INIT;
	struct str text = str_slice(buf_str(&work->text), line->at, line->at + line->len);
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (line->origin == '\\')
		text = STR("no new line at its end");
	text_safe_tabs(&safe, text, TAB_COLS);
	struct str rest = buf_str(&safe);
	int number = line->new_line ? line->new_line : line->old_line;
	int cols = diff->cols > GUTTER + 8 ? diff->cols - GUTTER : 8;
	bool room = true;
	if (number > 0)
		buf_printf(&row, "%5d %c", number, line->origin);
	else
		buf_printf(&row, "%5s %c", "", line->origin);
	do {
		buf_add(&row, text_row(&rest, cols));
		room = add_row(diff, role, false, buf_cstr(&row));
		buf_clear(&row);
		buf_fill(&row, ' ', GUTTER);
	} while (rest.len > 0 && room);
	buf_release(&safe);
	buf_release(&row);
	return room;
}

static void
add_file_head(struct diff_view *diff, const struct diff_file *file)
{
	struct buf row = BUF_INIT;
	buf_printf(&row, "%c ", file->status);
	if (strcmp(file->path, file->old_path) != 0) {
		text_safe(&row, str_from(file->old_path), -1);
		buf_addc(&row, " → ");
	}
	text_safe(&row, str_from(file->path), -1);
	if (file->binary)
		buf_addc(&row, "  binary");
	else
		buf_printf(&row, "  +%d -%d", file->added, file->removed);
	add_row(diff, ROLE_TITLE, true, buf_cstr(&row));
	buf_release(&row);
}

static bool
add_file(struct diff_view *diff, const struct diff *work, const struct diff_file *file)
{
	bool room = true;
	add_file_head(diff, file);
	for (size_t h = 0; h < file->hunk_count && room; h++) {
		const struct diff_hunk *hunk = &work->hunks[file->first_hunk + h];
		struct buf row = BUF_INIT;
		text_safe(&row,
			str_slice(buf_str(&work->text), hunk->header_at,
				hunk->header_at + hunk->header_len),
			-1);
		room = add_row(diff, ROLE_STATE_WORKING, false, buf_cstr(&row));
		buf_release(&row);
		for (size_t l = 0; l < hunk->line_count && room; l++)
			room = add_line(diff, work, &work->lines[hunk->first_line + l]);
	}
	if (file->cut)
		add_row(diff, ROLE_DIM, false, "… \"cockpit diff\" has the rest of it");
	return room;
}

static void
add_all(struct diff_view *diff, const struct diff *work)
{
	struct buf words = BUF_INIT;
	words_work(work, true, &words);
	add_row(diff, ROLE_TEXT, false, words.len ? buf_cstr(&words) : "Nothing is changed.");
	buf_release(&words);
	for (size_t i = 0; i < work->file_count; i++) {
		if (!add_file(diff, work, &work->files[i])) {
			diff->count--; /* room for the last word */
			mem_free(diff->rows[diff->count].text);
			add_row(diff, ROLE_DIM, false, "… \"cockpit diff\" has the rest");
			return;
		}
	}
	if (work->files_left) {
		char left[40];
		snprintf(left, sizeof(left), "… and %zu files more", work->files_left);
		add_row(diff, ROLE_DIM, false, left);
	}
}

static void
make_rows(struct view *view, int cols)
{
	struct diff_view *diff = &view->diff;
	struct pilot_work work = {0};
	struct agent_view agent;
	bool known = view->pilot && view_focused(view, &agent);
	if (known)
		pilot_work(view->pilot, agent.id, &work);
	if (diff->agent == view->focus && diff->at == work.at && diff->cols == cols &&
		work.diff)
		return;
	bool same = diff->agent == view->focus;
	diff_view_release(diff);
	diff->agent = view->focus;
	diff->cols = cols;
	if (work.diff) {
		add_all(diff, work.diff);
		diff->at = work.at;
	} else if (work.error) {
		struct str rest = str_from(work.error);
		while (rest.len > 0) {
			struct str line = text_row(&rest, cols);
			char *row = mem_strndup(line.ptr, line.len);
			add_row(diff, ROLE_DIM, false, row);
			mem_free(row);
		}
	} else {
		add_row(diff, ROLE_DIM, false, known ? "It is not known yet." : "No agent.");
	}
	if (!same)
		diff->top = 0;
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

void
diff_draw(struct view *view, struct rect in)
{
	struct diff_view *diff = &view->diff;
	make_rows(view, in.w);
	diff->page = in.h;
	clamp(diff);
	for (int i = 0; i < in.h && diff->top + i < diff->count; i++) {
		const struct diff_row *row = &diff->rows[diff->top + i];
		surface_put(view->surface, in.x, in.y + i, in.w,
			theme_style(view->theme, row->role), str_from(row->text));
	}
	if (diff->count > 0)
		draw_file_name(view, in);
}

void
diff_move(struct view *view, int argument)
{
	view->diff.top += argument;
	clamp(&view->diff);
}

void
diff_page(struct view *view, int argument)
{
	int page = view->diff.page > 2 ? view->diff.page - 2 : 1;
	diff_move(view, argument * page);
}

void
diff_file(struct view *view, int argument)
{
	struct diff_view *diff = &view->diff;
	for (int i = diff->top + argument; i >= 0 && i < diff->count; i += argument) {
		if (diff->rows[i].file) {
			diff->top = i;
			break;
		}
	}
	clamp(diff);
}

void
diff_end(struct view *view, int argument)
{
	view->diff.top = argument < 0 ? 0 : view->diff.count;
	clamp(&view->diff);
}
