/*
 * ui/layout: where the tiles go. Pure arithmetic: sizes in, rectangles out.
 *
 * A grid while every tile has at least 60x15 cells with its frame; what does not
 * fit goes to further pages, tiles never shrink below. Where not even two fit, a
 * list with one preview. A person may want one of them whatever the size is, or one
 * agent large and the others in a grid beside it. Order is the caller's and stable.
 */
#ifndef COCKPIT_UI_LAYOUT_H
#define COCKPIT_UI_LAYOUT_H

#include "surface.h"

#define LAYOUT_TILE_COLS 60
#define LAYOUT_TILE_ROWS 15
#define LAYOUT_MIN_COLS  20
#define LAYOUT_MIN_ROWS  6
#define LAYOUT_TILES_MAX 64

/* A smaller terminal has the panel in front of everything, and only while it gets the keys. */
#define LAYOUT_PANEL_COLS 80
#define LAYOUT_PANEL_ROWS 24
/* One less wide has it below the tiles. */
#define LAYOUT_SIDE_COLS 120

enum layout_kind {
	LAYOUT_TOO_SMALL, /* under LAYOUT_MIN_*: nothing but a word */
	LAYOUT_EMPTY,     /* no agents */
	LAYOUT_GRID,
	LAYOUT_MAIN, /* one large, the others beside or below it; tiles[0] is the large one */
	LAYOUT_LIST, /* list and one preview */
	LAYOUT_ZOOM,
	LAYOUT_PANEL /* it alone */
};

enum layout_panel {
	PANEL_CLOSED,
	PANEL_OPEN,
	PANEL_KEYS, /* open, and gets the keys */
	PANEL_FULL  /* the same, in front of everything */
};

struct layout_tile {
	int index;         /* into the caller's order */
	struct rect outer; /* with the frame; inner is one cell smaller on each side */
};

struct layout {
	enum layout_kind kind;
	struct rect header; /* one row */
	struct rect keys;   /* one row */
	struct rect list;   /* LAYOUT_LIST only */
	struct rect panel;  /* beside the tiles, or below; empty: it is not shown */
	int page, pages;
	int first; /* index of the first agent on this page; LAYOUT_MAIN: of the small ones */
	/* Indices of the first ones of the pages before and after this, and of the last one of
	 * the page before; -1: there is none. */
	int before, after, last_before;
	struct layout_tile tiles[LAYOUT_TILES_MAX];
	int tile_count;
};

/* Where the panel is. */
enum layout_place {
	PLACE_FITTING, /* at the right of a wide terminal, else below */
	PLACE_RIGHT,
	PLACE_BELOW,
	PLACE_LEFT,
	PLACE_COUNT
};

/* How the tiles are laid out where there is room for it; a smaller terminal has the list. */
enum layout_form {
	FORM_FITTING, /* a grid, or the list where not even two fit */
	FORM_GRID,
	FORM_MAIN,
	FORM_LIST,
	FORM_COUNT
};

/* What the person wants. */
struct layout_wish {
	enum layout_panel panel;
	enum layout_place place;
	int share; /* percent of the columns, or rows, that the panel takes; 0: a third, not
		      too much */
	enum layout_form form;
	int main; /* index of the large one of FORM_MAIN */
	int page; /* its page while the focus is on the large one */
};

#define LAYOUT_SHARE_MIN 20
#define LAYOUT_SHARE_MAX 80
/* focus: index of the focused agent, decides the page. */
void layout_compute(int cols, int rows, int count, int focus, bool zoom,
	const struct layout_wish *wish, struct layout *ret);
/* The index left, right, above or below (dx, dy in -1..1) of focus; focus itself at an edge.
 * Pages turn at an edge. */
int layout_move(const struct layout *layout, int count, int focus, int dx, int dy);
/* The tile whose size agents on other pages have, so that turning a page redraws nothing;
 * NULL: there is none. */
const struct layout_tile *layout_typical(const struct layout *layout);
/* Index of the tile or list row at (x, y), or -1. */
int layout_at(const struct layout *layout, int count, int x, int y);
bool rect_has(struct rect r, int x, int y);
struct rect rect_inner(struct rect outer);

#endif
