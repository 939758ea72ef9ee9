/* SPDX-License-Identifier: MIT */
/* The rows of a diff: files, hunks, lines in as many rows as they need, comments. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/repo_diff.h"
#include "comments.h"
#include "view.h"
#include "words.h"

#define ROWS_MAX     50000
#define TAB_COLS     8
#define TAB_NARROW   4 /* where deep lines would have no room */
#define NARROW_COLS  60
#define GUTTER       7       /* "12345 +" */
#define WORDS_MAX    200     /* of a line that is compared word by word */
#define BYTES_MAX    2000    /* bytes of such a line */
#define COMPARED_MAX 4000000 /* words with words, in one diff: some milliseconds */

void
diff_drop_rows(struct diff_view *diff)
{
	for (int i = 0; i < diff->count; i++)
		mem_free(diff->rows[i].text);
	mem_free(diff->rows);
	diff->rows = NULL;
	diff->count = 0;
	diff->at = -1;
}

bool
diff_add_row(struct diff_view *diff, const struct diff_row *like, const char *text)
{
	if (diff->count >= ROWS_MAX)
		return false;
	diff->rows = mem_room(diff->rows, (size_t)diff->count, sizeof(*diff->rows));
	struct diff_row *row = &diff->rows[diff->count++];
	*row = *like;
	row->text = mem_strdup(text);
	return true;
}

static bool
add_words(struct diff_view *diff, enum theme_role role, const char *text)
{
	const struct diff_row like = {.role = role, .file_index = -1, .line = -1};
	return diff_add_row(diff, &like, text);
}

/* --- words that differ --- */

struct word {
	size_t at, len;
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Names and numbers, runs of blanks, single signs. -1: there are too many. */
static int
split(struct str line, struct word words[WORDS_MAX])
{
	int count = 0;
	for (size_t at = 0; at < line.len; count++) {
		size_t end = at + 1;
		if (count == WORDS_MAX)
			return -1;
		while (end < line.len && is_word(line.ptr[at]) && is_word(line.ptr[end]))
			end++;
		while (end < line.len && line.ptr[at] == ' ' && line.ptr[end] == ' ')
			end++;
		words[count] = (struct word){at, end - at};
		at = end;
	}
	return count;
}

static bool
same(struct str a, struct word x, struct str b, struct word y)
{
	return x.len == y.len && memcmp(a.ptr + x.at, b.ptr + y.at, x.len) == 0;
}

/* keeps[i]: word i of the one is in the longest common row of words. */
static void
compare(struct str a, const struct word *x, int n, struct str b, const struct word *y, int m,
	bool *keeps_a, bool *keeps_b)
{
	static unsigned char length[WORDS_MAX + 1][WORDS_MAX + 1];
	for (int i = n; i >= 0; i--) {
		for (int k = m; k >= 0; k--) {
			if (i == n || k == m)
				length[i][k] = 0;
			else if (same(a, x[i], b, y[k]))
				length[i][k] = (unsigned char)(length[i + 1][k + 1] + 1);
			else
				length[i][k] = length[i + 1][k] > length[i][k + 1]
						       ? length[i + 1][k]
						       : length[i][k + 1];
		}
	}
	for (int i = 0, k = 0; i < n && k < m;) {
		if (same(a, x[i], b, y[k])) {
			keeps_a[i++] = keeps_b[k++] = true;
		} else if (length[i + 1][k] >= length[i][k + 1]) {
			i++;
		} else {
			k++;
		}
	}
}

/* Neighbours are one mark; a line of which little is kept has none. */
static int
take_marks(struct str line, const struct word *words, const bool *keeps, int count,
	struct diff_mark marks[DIFF_MARKS_MAX])
{
	int used = 0;
	size_t kept = 0;
	for (int i = 0; i < count; i++) {
		if (keeps[i]) {
			kept += words[i].len;
			/* What is between two of them is not told apart for a blank. */
			if (used > 0 && i + 1 < count && !keeps[i + 1] &&
				line.ptr[words[i].at] == ' ' &&
				marks[used - 1].at + marks[used - 1].len == words[i].at)
				marks[used - 1].len += words[i].len;
			continue;
		}
		if (used > 0 && marks[used - 1].at + marks[used - 1].len == words[i].at)
			marks[used - 1].len += words[i].len;
		else if (used == DIFF_MARKS_MAX)
			return 0;
		else
			marks[used++] = (struct diff_mark){words[i].at, words[i].len};
	}
	return kept * 3 < line.len ? 0 : used;
}

struct marked {
	struct diff_mark marks[2][DIFF_MARKS_MAX]; /* of the removed line, of the added one */
	int count[2];
};

/* Both as they are shown. */
static void
mark_pair(struct diff_view *diff, struct str removed, struct str added, struct marked *ret)
{
	static struct word x[WORDS_MAX], y[WORDS_MAX];
	bool keeps[2][WORDS_MAX] = {{0}};
	*ret = (struct marked){0};
	if (removed.len > BYTES_MAX || added.len > BYTES_MAX)
		return;
	int n = split(removed, x), m = split(added, y);
	if (n < 0 || m < 0 || diff->compared > COMPARED_MAX)
		return;
	diff->compared += n * m;
	compare(removed, x, n, added, y, m, keeps[0], keeps[1]);
	ret->count[0] = take_marks(removed, x, keeps[0], n, ret->marks[0]);
	ret->count[1] = take_marks(added, y, keeps[1], m, ret->marks[1]);
}

/* The line that took the place of this one, or whose place it took: in a run of removed lines
 * and as many added ones behind it. NULL: none. */
static const struct diff_line *
partner(const struct diff *work, const struct diff_hunk *hunk, size_t at)
{
	const struct diff_line *lines = &work->lines[hunk->first_line];
	size_t begin = at, middle, end;
	if (lines[at].origin != '-' && lines[at].origin != '+')
		return NULL;
	while (begin > 0 &&
		(lines[begin - 1].origin == '-' ||
			(lines[begin - 1].origin == '+' && lines[begin].origin == '+')))
		begin--;
	for (middle = begin; middle < hunk->line_count && lines[middle].origin == '-'; middle++)
		;
	for (end = middle; end < hunk->line_count && lines[end].origin == '+'; end++)
		;
	size_t half = middle - begin;
	if (half == 0 || end - middle != half || at >= end)
		return NULL;
	return at < middle ? &lines[at + half] : &lines[at - half];
}

/* --- rows --- */

static void
add_marks(struct diff_row *like, const struct diff_mark *marks, int count, size_t from,
	size_t len, size_t shift)
{
	like->mark_count = 0;
	for (int i = 0; i < count; i++) {
		size_t begin = marks[i].at > from ? marks[i].at : from;
		size_t end = marks[i].at + marks[i].len;
		end = end < from + len ? end : from + len;
		if (begin < end)
			like->marks[like->mark_count++] =
				(struct diff_mark){begin - from + shift, end - begin};
	}
}

/* One line of the work: its number and sign, then the line in as many rows as it needs. */
static bool
add_line(struct diff_view *diff, const struct diff *work, const struct diff_hunk *hunk,
	size_t at, int file_index)
{
	const struct diff_line *line = &work->lines[hunk->first_line + at];
	const struct diff_line *other = partner(work, hunk, at);
	struct diff_row like = {.role = line->origin == '+'   ? ROLE_STATE_DONE
					: line->origin == '-' ? ROLE_STATE_FAILED
							      : ROLE_DIM,
		.file_index = file_index,
		.line = (int)(hunk->first_line + at)};
	struct buf safe = BUF_INIT, beside = BUF_INIT, row = BUF_INIT;
	struct marked marked = {0};
	const int tab = diff->cols < NARROW_COLS ? TAB_NARROW : TAB_COLS;
	if (line->origin == '\\')
		buf_addc(&safe, "no new line at its end");
	else
		text_safe_tabs(&safe, diff_line_text(work, line), tab);
	if (other) {
		text_safe_tabs(&beside, diff_line_text(work, other), tab);
		bool removed = line->origin == '-';
		mark_pair(diff, removed ? buf_str(&safe) : buf_str(&beside),
			removed ? buf_str(&beside) : buf_str(&safe), &marked);
	}
	int side = line->origin == '+';
	struct str rest = buf_str(&safe);
	int number = line->new_line ? line->new_line : line->old_line;
	int cols = diff->cols > GUTTER + 8 ? diff->cols - GUTTER : 8;
	bool room = true;
	if (number > 0)
		buf_printf(&row, "%5d %c", number, line->origin);
	else
		buf_printf(&row, "%5s %c", "", line->origin);
	do {
		struct str part = text_row(&rest, cols);
		size_t from = part.len ? (size_t)(part.ptr - safe.ptr) : 0;
		add_marks(
			&like, marked.marks[side], marked.count[side], from, part.len, row.len);
		buf_add(&row, part);
		room = diff_add_row(diff, &like, buf_cstr(&row));
		buf_clear(&row);
		buf_fill(&row, ' ', GUTTER);
	} while (rest.len > 0 && room);
	buf_release(&safe);
	buf_release(&beside);
	buf_release(&row);
	return room;
}

/* Behind a bar, so that it looks like nothing of the agent's. */
static bool
add_comment(struct diff_view *diff, const struct comment *comment, int file_index, int line)
{
	const struct diff_row like = {
		.role = ROLE_NOTICE, .file_index = file_index, .line = line};
	struct buf text = BUF_INIT, row = BUF_INIT;
	struct str rest = str_from(comment->text);
	int cols = diff->cols > GUTTER + 8 ? diff->cols - GUTTER : 8;
	bool room = true;
	if (comment->stale)
		buf_printf(&text, "(its line %d has changed) ", comment->line);
	while (rest.len > 0) {
		text_safe(&text, str_cut(&rest, '\n'), -1);
		if (rest.len > 0)
			buf_byte(&text, '\n');
	}
	rest = buf_str(&text);
	do {
		buf_clear(&row);
		buf_addc(&row, "     ┃ ");
		buf_add(&row, text_row(&rest, cols));
		room = diff_add_row(diff, &like, buf_cstr(&row));
	} while (rest.len > 0 && room);
	buf_release(&text);
	buf_release(&row);
	return room;
}

static void
add_file_head(struct diff_view *diff, const struct diff_file *file, int file_index)
{
	struct buf row = BUF_INIT;
	const struct diff_row like = {
		.role = ROLE_TITLE, .file = true, .file_index = file_index, .line = -1};
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
	diff_add_row(diff, &like, buf_cstr(&row));
	buf_release(&row);
}

static bool
add_hunk(struct view *view, const struct agent_view *agent, const struct diff *work,
	const struct diff_hunk *hunk, int file_index)
{
	struct diff_view *diff = &view->diff;
	const char *path = work->files[file_index].path;
	struct buf row = BUF_INIT;
	text_safe(&row,
		str_slice(buf_str(&work->text), hunk->header_at,
			hunk->header_at + hunk->header_len),
		-1);
	const struct diff_row like = {
		.role = ROLE_STATE_WORKING, .file_index = file_index, .line = -1};
	bool room = diff_add_row(diff, &like, buf_cstr(&row));
	buf_release(&row);
	for (size_t l = 0; l < hunk->line_count && room; l++) {
		const struct diff_line *line = &work->lines[hunk->first_line + l];
		bool old = line->origin == '-';
		room = add_line(diff, work, hunk, l, file_index);
		const struct comment *comment = comments_find(
			view, agent, path, old, old ? line->old_line : line->new_line);
		if (room && comment && !comment->stale)
			room = add_comment(
				diff, comment, file_index, (int)(hunk->first_line + l));
	}
	return room;
}

static bool
add_file(struct view *view, const struct agent_view *agent, const struct diff *work,
	int file_index)
{
	const struct diff_file *file = &work->files[file_index];
	bool room = true;
	add_file_head(&view->diff, file, file_index);
	for (size_t i = 0; i < view->comments.count && room; i++) {
		const struct comment *c = &view->comments.all[i];
		if (c->stale && comment_is_of(c, agent) && strcmp(c->path, file->path) == 0)
			room = add_comment(&view->diff, c, file_index, -1);
	}
	for (size_t h = 0; h < file->hunk_count && room; h++)
		room = add_hunk(
			view, agent, work, &work->hunks[file->first_hunk + h], file_index);
	if (file->cut)
		add_words(&view->diff, ROLE_DIM, "… \"cockpit diff\" has the rest of it");
	return room;
}

/* Those of files that are not changed any more. */
static void
add_homeless(struct view *view, const struct agent_view *agent, const struct diff *work)
{
	for (size_t i = 0; i < view->comments.count; i++) {
		const struct comment *c = &view->comments.all[i];
		bool there = !comment_is_of(c, agent);
		for (size_t f = 0; f < work->file_count && !there; f++)
			there = strcmp(work->files[f].path, c->path) == 0;
		if (!there)
			add_comment(&view->diff, c, -1, -1);
	}
}

void
diff_make_rows(struct view *view, const struct agent_view *agent, const struct diff *work)
{
	struct diff_view *diff = &view->diff;
	struct buf words = BUF_INIT;
	diff->compared = 0;
	static const char *const sides[DIFF_SIDE_COUNT] = {[DIFF_MERGE_BASE] = "",
		[DIFF_BASE] = "against the base's tip",
		[DIFF_HEAD] = "against its last commit"};
	words_work(work, true, &words);
	if (words.len == 0)
		buf_addc(&words, "Nothing is changed");
	add_words(diff, ROLE_TEXT, buf_cstr(&words));
	if (sides[diff->side][0])
		add_words(diff, ROLE_STATE_ASKS, sides[diff->side]);
	if (diff->ignore_space)
		add_words(diff, ROLE_STATE_ASKS, "blanks do not count");
	buf_release(&words);
	add_homeless(view, agent, work);
	for (size_t i = 0; i < work->file_count; i++) {
		if (!add_file(view, agent, work, (int)i)) {
			diff->count--; /* room for the last word */
			mem_free(diff->rows[diff->count].text);
			add_words(diff, ROLE_DIM, "… \"cockpit diff\" has the rest");
			return;
		}
	}
	if (work->files_left) {
		char left[40];
		snprintf(left, sizeof(left), "… and %zu files more", work->files_left);
		add_words(diff, ROLE_DIM, left);
	}
}
