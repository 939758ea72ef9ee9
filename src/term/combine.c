/* SPDX-License-Identifier: MIT */
/*
 * Marks of no width and what follows a joiner go onto the character before the
 * cursor, as tmux 3.3a does it: wherever the cursor was moved to, blanks too, up
 * to the bytes that a cell of tmux holds. What does not fit is dropped.
 */
#include "cockpit/base_text.h"
#include "local.h"

enum { MAX_BYTES = 21 };

static size_t
add(char bytes[MAX_BYTES], size_t len, uint32_t cp)
{
	char more[4];
	unsigned n = text_encode(cp, more);

	if (len + n > MAX_BYTES)
		return len;
	memcpy(bytes + len, more, n);
	return len + n;
}

bool
combine(struct screen *s, int x, int y, uint32_t cp, bool joined)
{
	char bytes[MAX_BYTES], tmp[4];
	struct grid *g = &s->grid;
	struct str now;
	size_t len, before;

	if (s->pending)
		screen_rests_on(s, DOUBT_BEYOND);
	if (x <= 0)
		return false;
	x = grid_lead(g, x - 1, y);
	now = glyphs_get(s->glyphs, g->row[y].cells[x].text, tmp);
	if (now.len == 0)
		now = STR(" ");
	memcpy(bytes, now.ptr, now.len);
	len = now.len;
	if (joined)
		len = add(bytes, len, 0x200d);
	before = len;
	len = add(bytes, len, cp);
	if (len > now.len)
		grid_set_text(g, x, y, glyphs_put(s->glyphs, (struct str){bytes, len}));
	return len > before;
}

/* The line drawing set, and the signs that terminfo adds to it. */
static const struct {
	unsigned char byte;
	uint16_t cp;
} drawing[] = {
	{'+', 0x2192},
	{',', 0x2190},
	{'-', 0x2191},
	{'.', 0x2193},
	{'0', 0x2588},
	{'`', 0x25c6},
	{'a', 0x2592},
	{'b', 0x2409},
	{'c', 0x240c},
	{'d', 0x240d},
	{'e', 0x240a},
	{'f', 0x00b0},
	{'g', 0x00b1},
	{'h', 0x2592},
	{'i', 0x240b},
	{'j', 0x2518},
	{'k', 0x2510},
	{'l', 0x250c},
	{'m', 0x2514},
	{'n', 0x253c},
	{'o', 0x23ba},
	{'p', 0x23bb},
	{'q', 0x2500},
	{'r', 0x23bc},
	{'s', 0x23bd},
	{'t', 0x251c},
	{'u', 0x2524},
	{'v', 0x2534},
	{'w', 0x252c},
	{'x', 0x2502},
	{'y', 0x2264},
	{'z', 0x2265},
	{'{', 0x03c0},
	{'|', 0x2260},
	{'}', 0x00a3},
	{'~', 0x00b7},
};

uint32_t
charset_map(unsigned char c)
{
	for (size_t i = 0; i < sizeof(drawing) / sizeof(drawing[0]); i++) {
		if (drawing[i].byte == c)
			return drawing[i].cp;
	}
	return c;
}
