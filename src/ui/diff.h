/*
 * ui/diff: what the focused agent has changed, line by line, and comments on it. All of its
 * text is foreign.
 */
#ifndef COCKPIT_UI_DIFF_H
#define COCKPIT_UI_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/repo_diff.h"
#include "layout.h"
#include "theme.h"

struct agent_view;
struct view;

/* What is another word than on the other side: bytes of a row. */
#define DIFF_MARKS_MAX 8
struct diff_mark {
	size_t at, len;
};

struct diff_row {
	char *text;
	enum theme_role role;
	bool file;      /* the first one of a file */
	int file_index; /* in the diff; -1: of none */
	int line;       /* in the diff's lines; -1: it is none */
	struct diff_mark marks[DIFF_MARKS_MAX];
	int mark_count;
};

/* As it was drawn last; rows are made anew when what they are made of is another one. */
struct diff_view {
	uint32_t agent;
	int64_t at;       /* of the work that the rows are of; -1: they are of none */
	unsigned version; /* of the comments among them */
	int cols;
	struct diff_row *rows;
	int count;
	int top;      /* rows that are passed */
	int page;     /* rows that are seen */
	int cursor;   /* the row that is pointed at */
	int compared; /* words, while rows are made */
	/* The line that a comment is being written on. */
	struct {
		char *path, *anchor; /* path NULL: none */
		bool old;
		int line;
	} writing;
	/* What it is compared with, and how. */
	enum diff_side side;
	bool ignore_space;
	uint32_t sending; /* whose comments are on their way; 0: nobody's */
};

void diff_view_release(struct diff_view *diff);
/* Files that are changed. */
int diff_count(const struct view *view);
void diff_draw(struct view *view, struct rect in);
void diff_click(struct view *view, int row);
/* diff_rows.c: all of it, with comments among it. */
void diff_make_rows(struct view *view, const struct agent_view *agent, const struct diff *work);
bool diff_add_row(struct diff_view *diff, const struct diff_row *like, const char *text);
void diff_drop_rows(struct diff_view *diff);

/* Actions. argument: how many rows, pages or files. */
void diff_move(struct view *view, int argument);
void diff_page(struct view *view, int argument);
void diff_file(struct view *view, int argument);
/* argument: -1 to the first row, 1 to the last. */
void diff_end(struct view *view, int argument);
void diff_side(struct view *view, int argument);
void diff_blanks(struct view *view, int argument);
void diff_comment(struct view *view, int argument);
void diff_send(struct view *view, int argument);

#endif
