/* SPDX-License-Identifier: MIT */
/*
 * Cursor moves and tab stops. Where a move ends is worked out here after tmux's
 * rules (margins, origin mode, a pending wrap); libvterm is told the result.
 */
#include "verbs.h"

static void
go_column(struct screen *s, int x)
{
	vt_move(s, lesser(x, s->cols - 1), s->vt.y);
}

/* A row as CUP counts it, under origin mode from the top of the region. */
static int
row_of(const struct screen *s, int y)
{
	if (s->modes & SCREEN_ORIGIN)
		y = y > s->bottom - s->top ? s->bottom : y + s->top;
	return lesser(y, s->rows - 1);
}

static void
go_up(struct screen *s, int n)
{
	int y = s->vt.y;

	vt_move(s, s->vt.x, y - lesser(n, y < s->top ? y : y - s->top));
}

static void
go_down(struct screen *s, int n)
{
	int y = s->vt.y;

	vt_move(s, s->vt.x, y + lesser(n, y > s->bottom ? s->rows - 1 - y : s->bottom - y));
}

void
move_cuu(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		go_up(s, n);
}

void
move_cud(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		go_down(s, n);
}

void
move_cuf(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		go_column(s, s->vt.x + n);
}

void
move_cub(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq), x = screen_x(s);

	if (s->pending)
		screen_rests_on(s, DOUBT_BEYOND);
	if (n > 0)
		go_column(s, x - lesser(n, x));
}

void
move_cnl(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n < 0)
		return;
	go_column(s, 0);
	go_down(s, n);
}

void
move_cpl(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n < 0)
		return;
	go_column(s, 0);
	go_up(s, n);
}

void
move_hpa(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n > 0)
		go_column(s, n - 1);
}

/* The one move that keeps a pending wrap. */
void
move_vpa(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);
	bool pending = s->pending;

	if (n < 0)
		return;
	vt_move(s, s->vt.x, row_of(s, n - 1));
	s->pending = pending;
}

void
move_cup(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq), m = guard_get(seq, 1, 1, 1);

	if (n > 0 && m > 0)
		vt_move(s, lesser(m - 1, s->cols - 1), row_of(s, n - 1));
}

void
move_cbt(struct screen *s, const struct guard_seq *seq)
{
	int n = verb_count(seq);

	if (n < 0)
		return;
	s->pending = false;
	vt_tab(s, -n);
}

void
move_tbc(struct screen *s, const struct guard_seq *seq)
{
	int n = guard_get(seq, 0, 0, 0);

	if (n == 3)
		vt_clear_tab(s, true);
	else if (n == 0 && !s->pending)
		vt_clear_tab(s, false);
}
