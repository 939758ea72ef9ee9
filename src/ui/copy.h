/*
 * ui/copy: COPY mode: what the focused agent's terminal shows and has shown stands still, to be
 * read, looked through and copied.
 *
 * Nothing is ever copied because an agent said so: only a person's key or button does it.
 */
#ifndef COCKPIT_UI_COPY_H
#define COCKPIT_UI_COPY_H

#include "span.h"
#include "stroke.h"
#include "surface.h"
#include "view.h"

struct buf;
struct copy;

enum copy_move {
	COPY_LEFT,
	COPY_RIGHT,
	COPY_DOWN,
	COPY_UP,
	COPY_LINE_START,
	COPY_LINE_TEXT, /* to its first character */
	COPY_LINE_END,
	COPY_WORD,
	COPY_WORD_BACK,
	COPY_WORD_END,
	COPY_PAGE_TOP,
	COPY_PAGE_MIDDLE,
	COPY_PAGE_BOTTOM,
	COPY_HALF_DOWN,
	COPY_HALF_UP,
	COPY_PAGE_DOWN,
	COPY_PAGE_UP,
	COPY_FIRST,
	COPY_LAST
};

/* Opens it on the focused agent; false if that shows nothing. lines: scrolled up so far; then
 * it ends where the wheel comes back to the bottom. */
bool copy_open(struct view *view, int lines);
/* Back to the mode that it was opened in. Harmless when it is not open. */
void copy_close(struct view *view);
/* Lines towards the past. */
void copy_scroll(struct view *view, int lines);
/* It was opened from there, by a key behind the prefix. */
void copy_return_to_typing(struct view *view, uint32_t agent);
/* Every second. */
void copy_beat(struct view *view);
/* overlay.c: while a text to look for is typed. */
bool copy_find_takes_keys(const struct view *view, enum view_mode *ret);
void copy_find_do(struct view *view, enum stroke stroke);
void copy_find_type(struct view *view, struct key key);
bool copy_paste(struct view *view, struct str text);

/* Actions. */
void copy_start(struct view *view, int argument);
void copy_move(struct view *view, int argument);   /* enum copy_move */
void copy_select(struct view *view, int argument); /* enum span_kind */
void copy_other_end(struct view *view, int argument);
void copy_yank(struct view *view, int argument);
/* What is under way, then the selection, then all of it; argument 1: all of it at once. */
void copy_leave(struct view *view, int argument);
void copy_search(struct view *view, int argument); /* 1: downwards, -1: upwards */
void copy_again(struct view *view, int argument);  /* 1: the same way, -1: the other one */

/* The mouse, on the tile whose inside is in. */
void copy_press(struct view *view, struct rect in, int x, int y, int clicks);
void copy_drag(struct view *view, struct rect in, int x, int y);
/* Copies what is selected by that; leave: COPY mode ends with it. */
void copy_release(struct view *view, bool leave);

/* copy_draw.c */
void copy_draw(struct view *view, struct rect in);
/* The cursor, and the field for a text to look for: in every frame, over all else of the tile.
 */
void copy_cursor(struct view *view, struct rect outer);
/* Another one whenever something else is to be seen. */
uint64_t copy_version(const struct copy *copy);
/* On the tile's lower edge. */
void copy_words(const struct copy *copy, struct buf *into);

#endif
