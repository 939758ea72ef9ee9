/*
 * ui/surface: one frame as cells, before it meets a terminal. Views draw here;
 * tty.c brings it to a terminal, surface_text() to a file. Drawing is clipped,
 * never fails, and never lets a wide character be cut in half.
 */
#ifndef COCKPIT_UI_SURFACE_H
#define COCKPIT_UI_SURFACE_H

#include "cockpit/term_cell.h"

struct buf;
struct surface;

struct rect {
	int x, y, w, h;
};

struct style {
	uint32_t fg, bg; /* as in term_cell.h */
	uint16_t attr;   /* enum cell_attr */
};

struct surface *surface_new(int cols, int rows);
void surface_free(struct surface *s);
void surface_resize(struct surface *s, int cols, int rows); /* clears */
int surface_cols(const struct surface *s);
int surface_rows(const struct surface *s);

/* Blanks in that style. */
void surface_fill(struct surface *s, struct rect r, struct style style);
/*
 * Draws UTF-8 from (x, y) over at most cols columns; text longer than that ends in "…".
 * Foreign text must have been through text_safe(). Returns the columns used.
 */
int surface_put(struct surface *s, int x, int y, int cols, struct style style, struct str text);
/* The same, printf; for our own words. */
int surface_printf(struct surface *s, int x, int y, int cols, struct style style,
	const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* One cell of another grid whose text and link target have been looked up there. Links: only
 * http(s). */
void surface_cell(struct surface *s, int x, int y, const struct cell *cell, struct str text,
	struct str link);
/* Every cell of r gets these colours, keeping its text: for greyed tiles and selections. */
void surface_tint(struct surface *s, struct rect r, struct style style);
/* Hidden until set; shape as DECSCUSR, 0 for the terminal's own. Cleared by surface_fill of
 * all. */
void surface_set_cursor(struct surface *s, int x, int y, int shape);
void surface_hide_cursor(struct surface *s);
bool surface_cursor(const struct surface *s, int *ret_x, int *ret_y, int *ret_shape);

/* Another one after anything in the row has changed: while it is the same, so is the row. */
uint64_t surface_row_stamp(const struct surface *s, int row);
const struct cell *surface_row(const struct surface *s, int row);
struct str surface_cell_text(const struct surface *s, uint32_t text, char tmp[4]);
struct str surface_cell_link(const struct surface *s, uint8_t link);

/* The frame as lines of plain text, each ended by "\n", trailing blanks removed; with ansi also
 * colours (SGR). */
void surface_text(const struct surface *s, bool ansi, struct buf *into);

#endif
