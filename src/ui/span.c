/* SPDX-License-Identifier: MIT */
#include "span.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/term_screen.h"

struct span
span_of(enum span_kind kind, int line, int col, int other_line, int other_col)
{
	bool forward = line < other_line || (line == other_line && col <= other_col);
	struct span span = {kind, line, col, other_line, other_col};
	if (!forward)
		span = (struct span){kind, other_line, other_col, line, col};
	if (kind == SPAN_BLOCK && span.col > span.end_col) {
		int left = span.end_col;
		span.end_col = span.col;
		span.col = left;
	}
	return span;
}

bool
span_columns(const struct span *span, int line, const struct cell *cells, int cols,
	int *ret_from, int *ret_to)
{
	bool whole = span->kind == SPAN_LINES, block = span->kind == SPAN_BLOCK;
	if (line < span->line || line > span->end_line)
		return false;
	int from = block || (!whole && line == span->line) ? span->col : 0;
	int to = block || (!whole && line == span->end_line) ? span->end_col + 1 : cols;
	from = from < 0 ? 0 : from;
	to = to > cols ? cols : to;
	if (from >= to)
		return false;
	while (from > 0 && cells[from].width == 0)
		from--;
	if (to < cols && cells[to].width == 0)
		to++;
	*ret_from = from;
	*ret_to = to;
	return true;
}

static void
add_cells(const struct history_line *line, int from, int to, struct buf *into)
{
	char tmp[4];
	for (int x = from; x < to; x++) {
		if (line->cells[x].width == 0)
			continue;
		if (line->cells[x].text == 0)
			buf_byte(into, ' ');
		else
			buf_add(into, screen_text(line->screen, line->cells[x].text, tmp));
	}
}

bool
span_add(const struct span *span, const struct history *h, int line, struct buf *into)
{
	int from, to, cols = history_cols(h);
	struct history_line row, next;
	size_t before = into->len;
	if (!history_line(h, line, &row))
		return false;
	bool wraps = row.wraps && span->kind != SPAN_BLOCK;
	bool some = span_columns(span, line, row.cells, cols, &from, &to);
	/* Where a wide character had no room at the end, there is no blank either. */
	if (some && wraps && to == cols && row.cells[cols - 1].width == 1 &&
		(row.cells[cols - 1].text == 0 || row.cells[cols - 1].text == ' ') &&
		history_line(h, line + 1, &next) && next.cells[0].width == 2)
		to--;
	if (some)
		add_cells(&row, from, to, into);
	while (!wraps && into->len > before && into->ptr[into->len - 1] == ' ')
		buf_truncate(into, into->len - 1);
	if (line < span->end_line && !wraps)
		buf_byte(into, '\n');
	return true;
}

void
line_text(const struct history_line *line, int cols, struct line_text *ret)
{
	size_t room = 4 * (size_t)cols;
	*ret = (struct line_text){
		.text = BUF_INIT, .cols = mem_alloc_array(room, sizeof(*ret->cols))};
	for (int x = 0; x < cols; x++) {
		size_t from = ret->text.len;
		add_cells(line, x, x + 1, &ret->text);
		if (ret->text.len > room) {
			room = 2 * ret->text.len;
			ret->cols = mem_grow(ret->cols, room, sizeof(*ret->cols));
		}
		for (size_t i = from; i < ret->text.len; i++)
			ret->cols[i] = x;
	}
}

void
line_text_release(struct line_text *t)
{
	buf_release(&t->text);
	mem_free(t->cols);
}
