/* SPDX-License-Identifier: MIT */
/*
 * What a snapshot cannot tell is guessed, and it is noted when something is drawn that
 * rests on a guess. A snapshot of that moment tells whether the guess was right: if it
 * was, it is known from then on and costs nothing more.
 */
#include "local.h"

bool
screen_in_doubt(const struct screen *s)
{
	return s->doubts != 0;
}

static struct str
text_of(const struct screen *s, const struct cell *cell, char tmp[4])
{
	struct str text = screen_text(s, cell->text, tmp);

	return text.len ? text : STR(" ");
}

static bool
is_blank(const struct cell *cell)
{
	return (cell->text == 0 || cell->text == ' ') && cell->width == 1 && cell->attr == 0;
}

/* tmux tells nothing of what stands behind the last written cell of a row. */
static int
told(const struct cell *cells, int cols)
{
	while (cols > 0 && is_blank(&cells[cols - 1]) && cells[cols - 1].bg == CELL_DEFAULT)
		cols--;
	return cols;
}

static bool
same_row(const struct screen *ours, const struct screen *theirs, int y)
{
	const struct cell *a = screen_row(ours, y), *b = screen_row(theirs, y);
	int end = told(b, theirs->cols);

	for (int x = 0; x < ours->cols; x++) {
		char tmp[2][4];

		if (x >= end && is_blank(&a[x]))
			continue;
		if (a[x].fg != b[x].fg || a[x].bg != b[x].bg || a[x].attr != b[x].attr ||
			a[x].width != b[x].width ||
			!str_eq(text_of(ours, &a[x], tmp[0]), text_of(theirs, &b[x], tmp[1])))
			return false;
	}
	return true;
}

static bool
same(const struct screen *ours, const struct screen *theirs)
{
	if (ours->cols != theirs->cols || ours->rows != theirs->rows ||
		screen_x(ours) != screen_x(theirs) || ours->vt.y != theirs->vt.y)
		return false;
	for (int y = 0; y < ours->rows; y++) {
		if (!same_row(ours, theirs, y))
			return false;
	}
	return true;
}

bool
screen_check(struct screen *s, const struct screen_snapshot *snapshot)
{
	struct screen *theirs = screen_new(snapshot->cols, snapshot->rows, NULL, NULL);
	bool ret;

	screen_restore(theirs, snapshot);
	ret = same(s, theirs) && (s->modes & snapshot->known) == snapshot->modes;
	screen_free(theirs);
	if (ret) {
		s->unknown &= ~(s->doubts & ~(unsigned)DOUBT_STICKY);
		s->doubts = 0;
	}
	return ret;
}
