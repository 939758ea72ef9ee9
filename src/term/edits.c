/* SPDX-License-Identifier: MIT */
/*
 * Edits leave the cursor where it is, so they go straight to the grid. With a
 * wrap pending the cursor stands on no cell, and most of them do nothing.
 */
#include "verbs.h"

void
edit_ich(struct screen *s, const struct guard_seq *seq)
{
	screen_rests_on(s, DOUBT_BLANKS);
	if (!s->pending)
		grid_insert(&s->grid, s->vt.x, s->vt.y, verb_count(seq), screen_bg(s));
}

void
edit_dch(struct screen *s, const struct guard_seq *seq)
{
	screen_rests_on(s, DOUBT_BLANKS);
	if (!s->pending)
		grid_delete(&s->grid, s->vt.x, s->vt.y, verb_count(seq), screen_bg(s));
}

void
edit_ech(struct screen *s, const struct guard_seq *seq)
{
	if (!s->pending)
		grid_erase(&s->grid, s->vt.x, s->vt.y, verb_count(seq), screen_bg(s));
}

static bool
outside(const struct screen *s)
{
	return s->vt.y < s->top || s->vt.y > s->bottom;
}

/* Outside the region lines move to the end of the screen. */
static int
edge(const struct screen *s)
{
	return outside(s) ? s->rows - 1 : s->bottom;
}

/*
 * Outside the region tmux blanks only as many lines as it moved; lines between
 * those and their new places stay.
 */
static void
insert_outside(struct screen *s, int n)
{
	int y = s->vt.y, moved = s->rows - y - n;

	for (int i = 0; i < moved; i++)
		grid_swap_rows(&s->grid, y + i, y + n + i);
	if (moved > 0)
		grid_erase_rows(&s->grid, y, moved, screen_bg(s));
}

void
edit_il(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq), height = edge(s) - s->vt.y + 1;

	if (n > 0 && outside(s) && n > height / 2)
		insert_outside(s, lesser(n, height));
	else if (n > 0)
		grid_scroll(&s->grid, s->vt.y, edge(s), -n, screen_bg(s));
}

void
edit_dl(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		grid_scroll(&s->grid, s->vt.y, edge(s), n, screen_bg(s));
}

void
edit_su(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		screen_scroll(s, s->top, s->bottom, n, screen_bg(s));
}

void
edit_sd(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		screen_scroll(s, s->top, s->bottom, -n, screen_bg(s));
}

static void
erase_right(struct screen *s)
{
	if (!s->pending)
		grid_erase(&s->grid, s->vt.x, s->vt.y, s->cols, screen_bg(s));
}

static void
erase_left(struct screen *s)
{
	grid_erase(&s->grid, 0, s->vt.y, screen_x(s) + 1, screen_bg(s));
}

void
edit_ed(struct screen *s, const struct guard_seq *seq)
{
	uint32_t bg = screen_bg(s);
	int y = s->vt.y;

	switch (guard_get(seq, 0, 0, 0)) {
	case 0:
		erase_right(s);
		grid_erase_rows(&s->grid, y + 1, s->rows, bg);
		break;
	case 1:
		grid_erase_rows(&s->grid, 0, y, bg);
		erase_left(s);
		break;
	case 2:
		grid_erase_rows(&s->grid, 0, s->rows, bg);
		break;
	}
	/* 3 clears the history, which is kept by tmux */
}

void
edit_el(struct screen *s, const struct guard_seq *seq)
{
	switch (guard_get(seq, 0, 0, 0)) {
	case 0:
		erase_right(s);
		break;
	case 1:
		erase_left(s);
		break;
	case 2:
		grid_erase_rows(&s->grid, s->vt.y, 1, screen_bg(s));
		break;
	}
}
