/* SPDX-License-Identifier: MIT */
/*
 * What holds of every frame, whatever is in it: rows as wide as the screen, straight borders,
 * nothing beside them, and the mode by its name.
 */
#ifndef COCKPIT_TEST_UI_STRAIGHT_H
#define COCKPIT_TEST_UI_STRAIGHT_H

#include "ui/keymap.h"
#include "ui/panel.h"
#include "ui_deck.h"

/* Of the frame that is looked at, for what is said of one that fails. */
static const char *scene = "";

static bool
is_sign(int x, int y, const char *sign)
{
	char tmp[4];
	const struct cell *cell = &surface_row(view.surface, y)[x];
	return str_eqc(surface_cell_text(view.surface, cell->text, tmp), sign);
}

static void
fail_frame(const char *what, int x, int y)
{
	struct buf text = BUF_INIT;
	surface_text(view.surface, false, &text);
	fprintf(stderr, "%s", buf_cstr(&text));
	buf_release(&text);
	fail_msg("%s at %dx%d: %s at column %d of row %d", scene, surface_cols(view.surface),
		surface_rows(view.surface), what, x, y);
}

#define HOLDS(cond, what, x, y)                 \
	do {                                    \
		if (!(cond))                    \
			fail_frame(what, x, y); \
	} while (0)

static struct str
row_text(int y, struct buf *into)
{
	char tmp[4];
	buf_clear(into);
	for (int x = 0; x < surface_cols(view.surface); x++) {
		const struct cell *cell = &surface_row(view.surface, y)[x];
		struct str text = surface_cell_text(view.surface, cell->text, tmp);
		if (cell->width > 0)
			buf_add(into, text.len > 0 ? text : STR(" "));
	}
	return buf_str(into);
}

/* A terminal that draws it comes out where the surface says. */
static void
assert_rows(void)
{
	int cols = surface_cols(view.surface);
	char tmp[4];
	for (int y = 0; y < surface_rows(view.surface); y++) {
		const struct cell *row = surface_row(view.surface, y);
		for (int x = 0; x < cols; x++) {
			struct str sign = surface_cell_text(view.surface, row[x].text, tmp);
			HOLDS(row[x].width != 0 || (x > 0 && row[x - 1].width == 2),
				"half a character", x, y);
			HOLDS(row[x].width != 2 || (x + 1 < cols && row[x + 1].width == 0),
				"half a character", x, y);
			/* What combines with the first one takes no room. */
			int width = -1;
			for (struct str rest = sign; rest.len > 0;) {
				uint32_t cp = text_next(&rest);
				HOLDS(cp >= 0x20 && cp != 0x7f && (cp < 0x80 || cp >= 0xa0),
					"a control character", x, y);
				width = width < 0 ? text_width(cp) : width;
			}
			HOLDS(row[x].width == 0 || (width == 2) == (row[x].width == 2),
				"a character of another width", x, y);
		}
	}
}

static bool
is_border(int x, int y)
{
	static const char *const signs[] = {"┌", "┐", "└", "┘", "╭", "╮", "╰", "╯", "│"};
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (is_sign(x, y, signs[i]))
			return true;
	}
	return false;
}

/* A toast lies over everything. */
static bool
is_over(struct rect over, int x, int y)
{
	return rect_has(over, x, y) || rect_has(view.toast_rect, x, y);
}

/* The four corners and both sides; but for what lies over them. */
static void
assert_box(struct rect r, const char *const corners[4], struct rect over)
{
	const struct rect all = {0, 0, surface_cols(view.surface), surface_rows(view.surface)};
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
	HOLDS(rect_has(all, r.x, r.y) && rect_has(all, right, bottom), "a box beside it", r.x,
		r.y);
	for (int y = r.y; y <= bottom; y++) {
		const char *left = y == r.y ? corners[0] : y == bottom ? corners[2] : "│";
		const char *end = y == r.y ? corners[1] : y == bottom ? corners[3] : "│";
		HOLDS(is_over(over, r.x, y) || is_sign(r.x, y, left), "no left border", r.x, y);
		HOLDS(is_over(over, right, y) || is_sign(right, y, end), "no right border",
			right, y);
	}
	/* Words stand on the edges, but no part of another border. */
	for (int x = r.x + 1; x < right; x++) {
		HOLDS(is_over(over, x, r.y) || !is_border(x, r.y), "a broken edge", x, r.y);
		HOLDS(is_over(over, x, bottom) || !is_border(x, bottom), "a broken edge", x,
			bottom);
	}
}

/* The box that lies over the tiles; empty: there is none. Its corners are nobody else's. */
static struct rect
find_box(void)
{
	int cols = surface_cols(view.surface), rows = surface_rows(view.surface);
	for (int i = 0; i < cols * rows; i++) {
		struct rect r = {i % cols, i / cols, 1, 1};
		if (!is_sign(r.x, r.y, "╭"))
			continue;
		while (r.x + r.w < cols && !is_sign(r.x + r.w - 1, r.y, "╮"))
			r.w++;
		while (r.y + r.h < rows && !is_sign(r.x, r.y + r.h - 1, "╰"))
			r.h++;
		return r;
	}
	return (struct rect){0, 0, 0, 0};
}

static bool
is_drawn_on(int x, int y, struct rect over)
{
	const struct layout *layout = &view.layout;
	if (is_over(over, x, y) || rect_has(layout->header, x, y) ||
		rect_has(layout->keys, x, y) || rect_has(layout->list, x, y) ||
		rect_has(layout->panel, x, y))
		return true;
	for (int i = 0; i < layout->tile_count; i++) {
		if (rect_has(layout->tiles[i].outer, x, y))
			return true;
	}
	return false;
}

static void
assert_mode(struct rect over)
{
	struct rect keys = view.layout.keys;
	struct buf text = BUF_INIT, want = BUF_INIT;
	const char *mode = view.filter.editing ? "filter" : keymap_mode(view.mode);
	struct str row = row_text(keys.y, &text);
	for (const char *p = mode; *p; p++)
		buf_byte(&want, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	bool there = str_find_str(str_slice(row, 0, 1 + want.len), buf_str(&want)) == 1;
	HOLDS((keys.y >= over.y && keys.y < over.y + over.h) || there, "no name of the mode", 0,
		keys.y);
	buf_release(&text);
	buf_release(&want);
}

static bool
has_words(struct rect r, const char *words)
{
	struct buf text = BUF_INIT;
	bool ret = false;
	for (int y = r.y; y < r.y + r.h && !ret; y++)
		ret = str_find_str(row_text(y, &text), str_from(words)) >= 0;
	buf_release(&text);
	return ret;
}

/* Of the frame as it is. */
static void
assert_straight(void)
{
	static const char *const tile[4] = {"┌", "┐", "└", "┘"};
	static const char *const box[4] = {"╭", "╮", "╰", "╯"};
	int cols = surface_cols(view.surface), rows = surface_rows(view.surface);
	struct rect over = find_box();
	assert_rows();
	if (view.layout.kind == LAYOUT_TOO_SMALL)
		return;
	bool covered = view.text.len > 0 || view.palette || view.dialog || view.question;
	/* The upper edge of a high box may be below a toast: nothing of it is known then. */
	if (covered && over.w == 0 && view.toast_rect.h > 0)
		return;
	HOLDS(covered == (over.w > 0), "a box, or none", over.x, over.y);
	if (over.w > 0) {
		assert_box(over, box, (struct rect){0, 0, 0, 0});
		HOLDS(cols < 40 || has_words(over, "esc ") || has_words(over, "[ Cancel ]") ||
				has_words(over, "[ Leave it ]"),
			"no way out of the box", over.x, over.y);
	}
	if (view.pager) {
		struct rect keys = {0, rows - 1, cols, 1};
		HOLDS(has_words(keys, "esc close"), "no way out", 0, rows - 1);
		return;
	}
	for (int i = 0; i < view.layout.tile_count; i++)
		assert_box(view.layout.tiles[i].outer, tile, over);
	if (view.layout.panel.w > 0)
		assert_box(view.layout.panel, tile, over);
	for (int i = 0; i < cols * rows && view.layout.kind != LAYOUT_EMPTY; i++) {
		int x = i % cols, y = i / cols;
		const struct cell *cell = &surface_row(view.surface, y)[x];
		HOLDS(is_drawn_on(x, y, over) || cell->text == 0 || cell->text == ' ',
			"something beside all", x, y);
	}
	assert_mode(over);
}

#endif
