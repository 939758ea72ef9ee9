/*
 * term_cell: one cell of a screen, as the terminal emulator keeps it and as
 * the drawing code copies it.
 */
#ifndef COCKPIT_TERM_CELL_H
#define COCKPIT_TERM_CELL_H

#include "cockpit/base_str.h"

enum cell_attr {
	CELL_BOLD = 1 << 0,
	CELL_DIM = 1 << 1,
	CELL_ITALIC = 1 << 2,
	CELL_BLINK = 1 << 3,
	CELL_REVERSE = 1 << 4,
	CELL_CONCEAL = 1 << 5,
	CELL_STRIKE = 1 << 6,
	CELL_OVERLINE = 1 << 7,
	CELL_UNDERLINE = 7 << 8 /* three bits: enum cell_underline */
};

enum cell_underline {
	CELL_UL_NONE,
	CELL_UL_SINGLE,
	CELL_UL_DOUBLE,
	CELL_UL_CURLY,
	CELL_UL_DOTTED,
	CELL_UL_DASHED
};
#define CELL_UL_SHIFT 8

/* A colour: 0 is the default one; else palette index or RGB, marked in the top byte. */
#define CELL_DEFAULT    0u
#define CELL_PALETTE(i) (0x01000000u | (uint32_t)(i))
#define CELL_RGB(r, g, b) \
	(0x02000000u | (uint32_t)(r) << 16 | (uint32_t)(g) << 8 | (uint32_t)(b))
#define CELL_COLOUR_KIND(c) ((c) >> 24)

/*
 * text: 0 is an empty cell (drawn as a blank); a code point; or, with
 * CELL_CLUSTER set, an index into the glyphs of the screen that owns the cell.
 * width: 1; 2 for the left half of a wide character; 0 for its right half.
 */
#define CELL_CLUSTER 0x80000000u

struct cell {
	uint32_t text;
	uint32_t fg;
	uint32_t bg;
	uint16_t attr;
	uint8_t width;
	uint8_t link; /* 0: none; else index of an OSC 8 target in the screen that owns it */
};

struct glyphs;

/* Clusters of several code points (at most 21 bytes, as tmux keeps them), shared by cells. */
struct glyphs *glyphs_new(void);
void glyphs_free(struct glyphs *g);
struct glyphs *glyphs_copy(const struct glyphs *g);
/* The text value for a cluster; one code point is returned as itself. At most 4096 clusters are
 * kept: past that the first code point alone is returned, and glyphs_full() says so. */
uint32_t glyphs_put(struct glyphs *g, struct str utf8);
/* The bytes; tmp holds a single code point. Empty for 0. */
struct str glyphs_get(const struct glyphs *g, uint32_t text, char tmp[4]);
bool glyphs_full(const struct glyphs *g);
void glyphs_clear(struct glyphs *g);

bool cell_eq(const struct cell *a, const struct cell *b);

#endif
