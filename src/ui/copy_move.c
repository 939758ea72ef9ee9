/* SPDX-License-Identifier: MIT */
/* Where keys take the cursor of COPY mode. What is not here yet ends a word. */
#include "cockpit/term_screen.h"
#include "copy_local.h"

/* Rows of one line, on each side. */
#define WRAPS_MAX 500

enum class { CLASS_BLANK, CLASS_WORD, CLASS_OTHER };

struct place {
	int line, col;
};

static bool
is_blank(const struct cell *cell)
{
	return cell->width != 0 && (cell->text == 0 || cell->text == ' ');
}

/* The column of a line's last character; 0 for an empty one. */
static int
last_col(const struct copy *c, int line)
{
	struct history_line row;
	int x = history_cols(c->history) - 1;
	if (!history_line(c->history, line, &row))
		return 0;
	while (x > 0 && (is_blank(&row.cells[x]) || row.cells[x].width == 0)) {
		if (row.cells[x].width == 0 && !is_blank(&row.cells[x - 1]))
			return x - 1;
		x--;
	}
	return x;
}

static int
first_col(const struct copy *c, int line)
{
	struct history_line row;
	int x = 0, last = last_col(c, line);
	if (!history_line(c->history, line, &row))
		return 0;
	while (x < last && is_blank(&row.cells[x]))
		x++;
	return x;
}

/* more: these signs belong to words too. */
static enum class class_at(const struct copy *c, struct place at, const char *more) {
	struct history_line row; if (!history_line(c->history, at.line, &row) ||
				     is_blank(&row.cells[at.col])) return CLASS_BLANK;
	uint32_t text = row.cells[at.col].text;
	bool word = text >= 0x80 || text == '_' || (text >= '0' && text <= '9') ||
		    ((text | 0x20) >= 'a' && (text | 0x20) <= 'z') ||
		    (text < 0x80 && strchr(more, (int)text));
	return word ? CLASS_WORD : CLASS_OTHER;
}

/* One character on or back; *ret_broke: into another line, which the one does not run on in. */
static bool
step(const struct copy *c, struct place *at, int way, bool *ret_broke)
{
	struct history_line row, other;
	int line = at->line, col = at->col + way, cols = history_cols(c->history);
	*ret_broke = false;
	if (!history_line(c->history, line, &row))
		return false;
	while (col >= 0 && col < cols && row.cells[col].width == 0)
		col += way;
	int end = row.wraps ? cols : last_col(c, line) + 1;
	if (col < 0 || (way > 0 && col >= end)) {
		line += way;
		if (!history_line(c->history, line, &other))
			return false;
		*ret_broke = !(way > 0 ? row.wraps : other.wraps);
		col = way > 0 ? 0 : last_col(c, line);
	}
	*at = (struct place){line, col};
	return true;
}

static void
go_word(struct copy *c)
{
	struct place at = {c->line, c->col};
	enum class before = class_at(c, at, "");
	bool broke;
	while (step(c, &at, 1, &broke)) {
		enum class now = class_at(c, at, "");
		if (now != CLASS_BLANK && (now != before || broke))
			break;
		before = now;
	}
	copy_put(c, at.line, at.col);
}

/* To the far end of the next word that way. */
static void
go_end(struct copy *c, int way)
{
	struct place at = {c->line, c->col}, next;
	bool broke;
	if (!step(c, &at, way, &broke))
		return;
	while (class_at(c, at, "") == CLASS_BLANK && step(c, &at, way, &broke))
		;
	for (next = at; step(c, &next, way, &broke); at = next) {
		if (broke || class_at(c, next, "") != class_at(c, at, ""))
			break;
	}
	copy_put(c, at.line, at.col);
}

/* Up or down, in the column that was wished for. */
static void
go_lines(struct copy *c, int lines)
{
	int wish = c->wish;
	copy_put(c, c->line + lines, wish);
	c->wish = wish;
}

static void
go_page(struct copy *c, int lines)
{
	if (!history_ready(c->history) && c->line + lines < 0) {
		copy_scroll(c->view, -lines);
		return;
	}
	c->top += lines;
	go_lines(c, lines);
}

void
copy_go(struct copy *c, enum copy_move move)
{
	int rows = c->rows > 0 ? c->rows : history_end(c->history);
	switch (move) {
	case COPY_LEFT:
	case COPY_RIGHT: {
		struct history_line row;
		int x = c->col + (move == COPY_LEFT ? -1 : 1);
		if (history_line(c->history, c->line, &row) && move == COPY_RIGHT &&
			row.cells[c->col].width == 2)
			x++;
		if (x < history_cols(c->history))
			copy_put(c, c->line, x);
		break;
	}
	case COPY_DOWN:
		go_lines(c, 1);
		break;
	case COPY_UP:
		go_lines(c, -1);
		break;
	case COPY_LINE_START:
		copy_put(c, c->line, 0);
		break;
	case COPY_LINE_TEXT:
		copy_put(c, c->line, first_col(c, c->line));
		break;
	case COPY_LINE_END:
		copy_put(c, c->line, last_col(c, c->line));
		break;
	case COPY_WORD:
		go_word(c);
		break;
	case COPY_WORD_BACK:
		go_end(c, -1);
		break;
	case COPY_WORD_END:
		go_end(c, 1);
		break;
	case COPY_PAGE_TOP:
		go_lines(c, c->top - c->line);
		break;
	case COPY_PAGE_MIDDLE:
		go_lines(c, c->top + rows / 2 - c->line);
		break;
	case COPY_PAGE_BOTTOM:
		go_lines(c, c->top + rows - 1 - c->line);
		break;
	case COPY_HALF_DOWN:
		go_page(c, rows / 2);
		break;
	case COPY_HALF_UP:
		go_page(c, -(rows / 2));
		break;
	case COPY_PAGE_DOWN:
		go_page(c, rows - 1);
		break;
	case COPY_PAGE_UP:
		go_page(c, -(rows - 1));
		break;
	case COPY_FIRST:
		c->due = history_ready(c->history) ? 0 : COPY_ALL_OF_IT;
		copy_put(c, history_first(c->history), 0);
		break;
	case COPY_LAST:
		copy_put(c, history_end(c->history) - 1, 0);
		copy_put(c, c->line, last_col(c, c->line));
		break;
	}
}

struct span
copy_word_at(const struct copy *c, int line, int col)
{
	/* What paths and addresses are made of. */
	static const char more[] = "-#%&+,./=?@~:";
	struct place from = {line, col}, to = from, next;
	enum class class = class_at(c, from, more);
	bool broke;
	for (next = from; step(c, &next, -1, &broke) && !broke; from = next) {
		if (class_at(c, next, more) != class)
			break;
	}
	for (next = to; step(c, &next, 1, &broke) && !broke; to = next) {
		if (class_at(c, next, more) != class)
			break;
	}
	return (struct span){SPAN_CHARS, from.line, from.col, to.line, to.col};
}

struct span
copy_line_at(const struct copy *c, int line)
{
	struct history_line row;
	int from = line, to = line;
	while (line - from < WRAPS_MAX && history_line(c->history, from - 1, &row) && row.wraps)
		from--;
	while (to - line < WRAPS_MAX && history_line(c->history, to, &row) && row.wraps &&
		to + 1 < history_end(c->history))
		to++;
	return (struct span){SPAN_LINES, from, 0, to, history_cols(c->history) - 1};
}
