/*
 * ui/conflicts: who will clash with whom, and where; paths are foreign.
 */
#ifndef COCKPIT_UI_CONFLICTS_H
#define COCKPIT_UI_CONFLICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_buf.h"
#include "layout.h"

struct conflicts_row;
struct pilot_clash;
struct view;

/* A file of two agents, or of one and the base (0). */
struct conflicts_mark {
	uint32_t one, other;
	char *path; /* NULL: none */
};

/* As it was drawn last; rows are made anew when what they are made of is another one. */
struct conflicts_view {
	int64_t at;  /* of the look that the rows are of */
	bool failed; /* one after it had */
	int cols;
	struct conflicts_row *rows;
	int count;
	int top;                    /* rows that are passed */
	int page;                   /* rows that are seen */
	struct conflicts_mark mark; /* the selected one */
	int fixes;                  /* which side is to mend it: 0 the one, 1 the other */
};

/* It begins to get the keys: a clash of the focused agent is selected, if it has one. */
void conflicts_opened(struct view *view);
/* The clash that is selected, as it is now; NULL: none. *ret_file: which of its files. */
const struct pilot_clash *conflicts_selected(const struct view *view, size_t *ret_file);
void conflicts_release(struct conflicts_view *conflicts);
/* Pairs that clash. */
int conflicts_count(const struct view *view);
void conflicts_draw(struct view *view, struct rect in);
void conflicts_click(struct view *view, int row);
/* "c clashes: two, base": what is said of an agent on its tile; at most cols wide, nothing
 * where it clashes with nobody. */
void conflicts_words(const struct view *view, uint32_t agent, int cols, struct buf *into);

/* Actions. argument: how many files, pages; which side. */
void conflicts_move(struct view *view, int argument);
void conflicts_page(struct view *view, int argument);
void conflicts_go(struct view *view, int argument);
void conflicts_show(struct view *view, int argument);
/* fix.c */
void conflicts_fix(struct view *view, int argument);

#endif
