/*
 * ui/span: a part of what a terminal has shown, from one character to another, and its text:
 * characters whole, lines that the terminal wrapped as one, without the blanks behind them.
 */
#ifndef COCKPIT_UI_SPAN_H
#define COCKPIT_UI_SPAN_H

#include "history.h"

struct buf;

enum span_kind {
	SPAN_CHARS,
	SPAN_LINES,
	SPAN_BLOCK /* the same columns of each line */
};

/* Both ends are part of it. */
struct span {
	enum span_kind kind;
	int line, col, end_line, end_col;
};

/* Between two places, in whatever order. */
struct span span_of(enum span_kind kind, int line, int col, int other_line, int other_col);
/* The columns [*ret_from, *ret_to) of a line, with all of the characters that it cuts. False:
 * none. */
bool span_columns(const struct span *span, int line, const struct cell *cells, int cols,
	int *ret_from, int *ret_to);
/* Its part of a line of h, and what separates that from the next. False: the line is not here.
 */
bool span_add(const struct span *span, const struct history *h, int line, struct buf *into);

/* A line as text, and for each of its bytes the column that it stands in. */
struct line_text {
	struct buf text;
	int *cols;
};
void line_text(const struct history_line *line, int cols, struct line_text *ret);
void line_text_release(struct line_text *t);

#endif
