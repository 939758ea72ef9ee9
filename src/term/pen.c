/* SPDX-License-Identifier: MIT */
/*
 * SGR as tmux 3.3a reads it, fault for fault: what it ignores is ignored, or the
 * grid would show a colour that the host's terminal does not have.
 */
#include "pen.h"

/* Plain numbers: attributes to clear, then to set. */
static const struct attr_row {
	uint8_t number;
	uint16_t clear, set;
} attr_rows[] = {
	{1,  0,		    CELL_BOLD                      },
	{2,  0,		    CELL_DIM		       },
	{3,  0,		    CELL_ITALIC                    },
	{4,  CELL_UNDERLINE,       CELL_UL_SINGLE << CELL_UL_SHIFT},
	{5,  0,		    CELL_BLINK                     },
	{6,  0,		    CELL_BLINK                     },
	{7,  0,		    CELL_REVERSE                   },
	{8,  0,		    CELL_CONCEAL                   },
	{9,  0,		    CELL_STRIKE                    },
	{21, CELL_UNDERLINE,       CELL_UL_DOUBLE << CELL_UL_SHIFT},
	{22, CELL_BOLD | CELL_DIM, 0                              },
	{23, CELL_ITALIC,          0			      },
	{24, CELL_UNDERLINE,       0			      },
	{25, CELL_BLINK,           0			      },
	{27, CELL_REVERSE,         0			      },
	{28, CELL_CONCEAL,         0			      },
	{29, CELL_STRIKE,          0			      },
	{53, 0,		    CELL_OVERLINE                  },
	{55, CELL_OVERLINE,        0			      },
};

static void
reset(struct pen *pen)
{
	pen->fg = pen->bg = CELL_DEFAULT;
	pen->attr = 0;
}

static void
set_colour(struct pen *pen, int which, uint32_t colour)
{
	if (which == 38)
		pen->fg = colour;
	else if (which == 48)
		pen->bg = colour;
	/* 58, the colour of underlines, is not kept */
}

static void
set_index(struct pen *pen, int which, int index)
{
	set_colour(pen, which,
		index < 0 || index > 255 ? CELL_DEFAULT : CELL_PALETTE((unsigned)index));
}

static bool
set_rgb(struct pen *pen, int which, int r, int g, int b)
{
	if (r < 0 || r > 255 || g < 0 || g > 255 || b < 0 || b > 255)
		return false;
	set_colour(pen, which, CELL_RGB((unsigned)r, (unsigned)g, (unsigned)b));
	return true;
}

static void
set_underline(struct pen *pen, unsigned style)
{
	pen->attr = (uint16_t)((pen->attr & ~CELL_UNDERLINE) | style << CELL_UL_SHIFT);
}

static void
joined(struct pen *pen, const int16_t *v, int n, bool captured)
{
	if (v[0] == 4) {
		if (n == 2 && v[1] >= 0 && v[1] <= CELL_UL_DASHED)
			set_underline(pen, (unsigned)v[1]);
	} else if (v[0] == 5) {
		if (captured && n == 2 && v[1] == 3)
			pen->attr |= CELL_OVERLINE;
	} else if (v[0] != 38 && v[0] != 48 && v[0] != 58) {
		return;
	} else if (v[1] == 2 && n >= 5) {
		const int16_t *rgb = v + (n == 5 ? 2 : 3);

		set_rgb(pen, v[0], rgb[0], rgb[1], rgb[2]);
	} else if (v[1] == 5 && n >= 3) {
		set_index(pen, v[0], v[2]);
	}
}

static void
plain(struct pen *pen, int number)
{
	for (size_t i = 0; i < sizeof(attr_rows) / sizeof(attr_rows[0]); i++) {
		if (attr_rows[i].number == number) {
			pen->attr &= (uint16_t)~attr_rows[i].clear;
			pen->attr |= attr_rows[i].set;
			return;
		}
	}
	if (number == 0)
		reset(pen);
	else if (number >= 30 && number <= 37)
		pen->fg = CELL_PALETTE(number - 30);
	else if (number == 39)
		pen->fg = CELL_DEFAULT;
	else if (number >= 40 && number <= 47)
		pen->bg = CELL_PALETTE(number - 40);
	else if (number == 49)
		pen->bg = CELL_DEFAULT;
	else if (number >= 90 && number <= 97)
		pen->fg = CELL_PALETTE(number - 90 + 8);
	else if (number >= 100 && number <= 107)
		pen->bg = CELL_PALETTE(number - 100 + 8);
}

void
pen_sgr(struct pen *pen, const struct guard_seq *seq, bool captured)
{
	if (seq->count == 0)
		reset(pen);
	for (int i = 0; i < seq->count; i++) {
		const struct guard_param *p = &seq->params[i];
		int number;

		if (p->values > 1) {
			if (p->values < 8)
				joined(pen, seq->values + p->first, p->values, captured);
			continue;
		}
		number = guard_get(seq, i, 0, 0);
		if (number != 38 && number != 48 && number != 58) {
			plain(pen, number);
			continue;
		}
		switch (guard_get(seq, ++i, 0, -1)) {
		case 2:
			if (set_rgb(pen, number, guard_get(seq, i + 1, 0, -1),
				    guard_get(seq, i + 2, 0, -1), guard_get(seq, i + 3, 0, -1)))
				i += 3;
			break;
		case 5:
			set_index(pen, number, guard_get(seq, i + 1, 0, -1));
			i++;
			break;
		}
	}
}
