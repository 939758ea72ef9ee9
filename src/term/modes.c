/* SPDX-License-Identifier: MIT */
#include "local.h"

/* Modes that are one bit of what screen_modes() says. */
static const struct mode_row {
	char mark;
	uint16_t number;
	unsigned clear, bit;
} mode_rows[] = {
	{0,   4,    0,                SCREEN_INSERT     },
	{'?', 1,    0,                SCREEN_APP_CURSOR },
	{'?', 7,    0,                SCREEN_WRAP       },
	{'?', 25,   0,                SCREEN_CURSOR     },
	{'?', 1000, SCREEN_MOUSE_ANY, SCREEN_MOUSE_CLICK},
	{'?', 1002, SCREEN_MOUSE_ANY, SCREEN_MOUSE_DRAG },
	{'?', 1003, SCREEN_MOUSE_ANY, SCREEN_MOUSE_MOVE },
	{'?', 1004, 0,                SCREEN_FOCUS      },
	{'?', 1005, 0,                SCREEN_MOUSE_UTF8 },
	{'?', 1006, 0,                SCREEN_MOUSE_SGR  },
	{'?', 2004, 0,                SCREEN_PASTE      },
};

/* Known to tmux, but nothing that shows here. */
static const struct {
	char mark;
	uint16_t number;
} mute_rows[] = {
	{0,   34  },
	{'?', 12  },
	{'?', 1001},
};

static void
go_home(struct screen *s)
{
	vt_move(s, 0, s->modes & SCREEN_ORIGIN ? s->top : 0);
}

void
modes_alternate(struct screen *s, bool on, bool cursor)
{
	bool was = s->modes & SCREEN_ALTERNATE;

	if (on && !was) {
		s->normal = s->grid;
		s->has_normal = true;
		grid_init(&s->grid, s->cols, s->rows);
		s->grid.now = s->normal.now;
		grid_touch_all(&s->grid);
		if (cursor) {
			s->alt_x = screen_x(s);
			s->alt_y = s->vt.y;
		}
		s->alt_pen = s->pen;
		s->unknown &= ~(unsigned)DOUBT_ALT_PEN;
		if (s->unknown & DOUBT_PEN)
			s->unknown |= DOUBT_ALT_PEN;
		s->normal_doubts = s->doubts;
		s->modes |= SCREEN_ALTERNATE;
		return;
	}
	if (on)
		return;
	if (cursor && s->alt_x >= 0) {
		screen_set_pen(s, s->alt_pen);
		s->unknown &= ~(unsigned)DOUBT_PEN;
		if (s->unknown & DOUBT_ALT_PEN)
			s->unknown |= DOUBT_PEN;
		vt_move(s, s->alt_x < s->cols ? s->alt_x : s->cols - 1, s->alt_y);
	} else {
		vt_move(s, s->vt.x, s->vt.y); /* a pending wrap ends */
	}
	if (!was)
		return;
	s->modes &= ~(unsigned)SCREEN_ALTERNATE;
	if (s->has_normal) {
		uint64_t now = s->grid.now;

		grid_release(&s->grid);
		s->grid = s->normal;
		s->grid.now = now;
		s->normal = (struct grid){0};
		s->has_normal = false;
		s->doubts |= s->normal_doubts;
	} else {
		grid_erase_rows(&s->grid, 0, s->rows, CELL_DEFAULT);
		s->wants_snapshot = true;
	}
	grid_touch_all(&s->grid);
}

static bool
special(struct screen *s, int number, bool on)
{
	switch (number) {
	case 3:
		go_home(s);
		grid_erase_rows(&s->grid, 0, s->rows, screen_bg(s));
		return true;
	case 6:
		s->modes = on ? s->modes | SCREEN_ORIGIN : s->modes & ~(unsigned)SCREEN_ORIGIN;
		go_home(s);
		return true;
	case 47:
	case 1047:
		modes_alternate(s, on, false);
		return true;
	case 1049:
		modes_alternate(s, on, true);
		return true;
	case 2026:
		s->held = on;
		return true;
	}
	return false;
}

static void
set(struct screen *s, char mark, int number, bool on)
{
	for (size_t i = 0; i < sizeof(mode_rows) / sizeof(mode_rows[0]); i++) {
		const struct mode_row *row = &mode_rows[i];

		if (row->number != number || row->mark != mark)
			continue;
		s->modes &= ~(row->clear | row->bit);
		if (on)
			s->modes |= row->bit;
		return;
	}
	for (size_t i = 0; i < sizeof(mute_rows) / sizeof(mute_rows[0]); i++) {
		if (mute_rows[i].number != number || mute_rows[i].mark != mark)
			continue;
		if (number == 1001)
			s->modes &= ~(unsigned)SCREEN_MOUSE_ANY;
		return;
	}
	if (mark != '?' || !special(s, number, on))
		s->counters.sequences++;
}

void
modes_set(struct screen *s, const struct guard_seq *seq, bool on)
{
	for (int i = 0; i < seq->count; i++)
		set(s, seq->marks[0], guard_get(seq, i, 0, -1), on);
}
