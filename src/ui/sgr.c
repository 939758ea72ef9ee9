/* SPDX-License-Identifier: MIT */
#include "sgr.h"

#include "cockpit/base_buf.h"

static const struct {
	uint16_t attr;
	const char *param;
} attrs[] = {
	{CELL_BOLD,     ";1" },
	{CELL_DIM,      ";2" },
	{CELL_ITALIC,   ";3" },
	{CELL_BLINK,    ";5" },
	{CELL_REVERSE,  ";7" },
	{CELL_CONCEAL,  ";8" },
	{CELL_STRIKE,   ";9" },
	{CELL_OVERLINE, ";53"},
};

/* printf was a tenth of a frame's time. */
static void
number(struct buf *into, unsigned n)
{
	char digits[4];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0 && at > 1);
	digits[--at] = ';';
	buf_add(into, (struct str){digits + at, sizeof(digits) - at});
}

void
sgr_colour(struct buf *into, uint32_t colour, bool background)
{
	unsigned base = background ? 40 : 30, low = colour & 0xff;

	switch (CELL_COLOUR_KIND(colour)) {
	case 1:
		if (low < 8) {
			number(into, base + low);
		} else if (low < 16) {
			number(into, base + 60 + low - 8);
		} else {
			number(into, base + 8);
			buf_add(into, STR(";5"));
			number(into, low);
		}
		break;
	case 2:
		number(into, base + 8);
		buf_add(into, STR(";2"));
		number(into, colour >> 16 & 0xff);
		number(into, colour >> 8 & 0xff);
		number(into, low);
		break;
	default:
		number(into, base + 9);
		break;
	}
}

void
sgr_style(struct buf *into, struct style style)
{
	unsigned underline = (style.attr & CELL_UNDERLINE) >> CELL_UL_SHIFT;

	buf_add(into, STR("\033[0"));
	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		if (style.attr & attrs[i].attr)
			buf_addc(into, attrs[i].param);
	}
	if (underline == CELL_UL_SINGLE)
		buf_add(into, STR(";4"));
	else if (underline != CELL_UL_NONE)
		buf_printf(into, ";4:%u", underline);
	if (style.fg != CELL_DEFAULT)
		sgr_colour(into, style.fg, false);
	if (style.bg != CELL_DEFAULT)
		sgr_colour(into, style.bg, true);
	buf_byte(into, 'm');
}
