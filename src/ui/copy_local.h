/* What the files of COPY mode know of it. */
#ifndef COCKPIT_UI_COPY_LOCAL_H
#define COCKPIT_UI_COPY_LOCAL_H

#include <limits.h>

#include "cockpit/base_buf.h"
#include "copy.h"
#include "field.h"

struct finder;
struct past_found;

#define COPY_ALL_OF_IT INT_MAX /* due: to the first line */

struct copy {
	struct view *view;
	uint32_t agent;
	struct history *history;
	int back;       /* enum view_mode: the one it was opened in */
	bool scrolled;  /* by the wheel: it ends at the bottom */
	int due;        /* lines that it is to be scrolled by as soon as they are here */
	bool told;      /* that the host cannot be reached */
	int top, left;  /* the part that is seen */
	int rows, cols; /* of it, as drawn last; 0: not yet */
	int line, col;  /* the cursor */
	int wish;       /* the column that it would like to have */
	bool selecting;
	enum span_kind kind;
	int anchor_line, anchor_col;
	int clicks;        /* that a drag began with: it goes on by characters, words, lines */
	struct span pivot; /* where it began */
	/* Copying: the line that is next, and the text so far. */
	struct {
		bool on, stays, by_mouse;
		struct span span;
		int line;
		int64_t until;
		struct buf text;
	} job;
	/* Looking for text: copy_find.c. */
	struct {
		bool typing; /* in the field */
		struct field field;
		char *text; /* NULL: none yet */
		bool fold;
		int way;                  /* of the key that asked: 1, -1 */
		bool on;                  /* under way */
		int now;                  /* its way */
		int line, col, from_line; /* where it is, where it began */
		bool wrapped;
		bool asked;
		int64_t until;
		struct finder *finder; /* of the host's answer; NULL: none is due */
		struct past_found *found;
		int low, high; /* the lines that it is about */
	} find;
	uint64_t version;
};

/* Something else is to be seen. */
void copy_changed(struct copy *c);
/* Keeps the cursor on a line that there is, and the part that is seen around it. */
void copy_follow(struct copy *c);
void copy_put(struct copy *c, int line, int col);
bool copy_span(const struct copy *c, struct span *ret);

/* copy_move.c */
void copy_go(struct copy *c, enum copy_move move);
/* The word around the cursor, as a double click takes it, or all of what the terminal wrapped.
 */
struct span copy_word_at(const struct copy *c, int line, int col);
struct span copy_line_at(const struct copy *c, int line);

/* copy_find.c */
void copy_find_step(struct copy *c);
void copy_find_stop(struct copy *c);
void copy_find_release(struct copy *c);
/* The next place in a line from column col on, or the last one before it (way -1); -1: none. */
int copy_find_in(
	const struct copy *c, const struct history_line *line, int col, int way, int *ret_end);

#endif
