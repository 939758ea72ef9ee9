/* SPDX-License-Identifier: MIT */
/*
 * libvterm's State layer, kept on a short lead. It moves the cursor, wraps,
 * scrolls and keeps the tab stops; it is only ever told
 *
 *   text      ASCII, 'x' for any other narrow character, U+4E00 for a wide one
 *   CR LF HT  CSI nZ (tabs back)  ESC M (up)  ESC H (set a tab stop)  CSI g (clear it)
 *   CSI y;xH  every other move, already computed
 *   CSI t;br  a scroll region, already checked
 *
 * What an agent prints is never handed on: it is spelled anew, so that none of
 * the sequences that break the library can reach it, and its output buffer is
 * never asked for. What shall stand in the cells goes past it, in vt_run.text.
 *
 * tmux counts a cursor past the last column as a column of its own, and keeps
 * it through moves that libvterm forgets it on; so screen.pending is ours, and
 * sync() makes libvterm agree before text is written.
 */
#include <stdio.h>

#include <vterm.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "local.h"

enum { MAX_WRITE = 4096 };

static void *
allocate(size_t size, void *data)
{
	(void)data;
	return mem_alloc(size);
}

static void
release(void *ptr, void *data)
{
	(void)data;
	mem_free(ptr);
}

static VTermAllocatorFunctions allocator = {allocate, release};

/* The row that was full runs on in the row where the next glyph goes. */
static void
mark_wrapped(struct screen *s)
{
	int y = s->vt.next_y - (s->vt.scrolled ? 1 : 0);

	if (y >= 0 && y < s->rows)
		s->grid.row[y].wrapped = true;
}

static int
on_putglyph(VTermGlyphInfo *info, VTermPos pos, void *user)
{
	struct screen *s = user;
	struct vt *vt = &s->vt;
	struct cell cell = {
		.text = vt->text ? *vt->text++ : info->chars[0],
		.fg = s->pen.fg,
		.bg = s->pen.bg,
		.attr = s->pen.attr,
		.width = (uint8_t)info->width,
		.link = s->pen.link,
	};

	if (pos.col != vt->next_x || pos.row != vt->next_y) {
		mark_wrapped(s);
		vt->scrolled = false;
		vt->next_y = pos.row;
	}
	/* What was never told of lies within the row now. */
	if (pos.col > 0 && pos.col < s->cols && pos.row >= 0 && pos.row < s->rows &&
		s->grid.row[pos.row].cells[pos.col - 1].text == 0)
		screen_rests_on(s, DOUBT_BLANKS);
	grid_put(&s->grid, pos.col, pos.row, cell);
	vt->next_x = pos.col + info->width;
	vt->phantom = vt->next_x >= s->cols;
	return 1;
}

static int
on_movecursor(VTermPos pos, VTermPos oldpos, int visible, void *user)
{
	struct screen *s = user;

	(void)oldpos;
	(void)visible;
	s->vt.x = pos.col;
	s->vt.y = pos.row;
	if (!s->vt.writing)
		s->vt.phantom = false;
	return 1;
}

static int
on_scrollrect(VTermRect rect, int downward, int rightward, void *user)
{
	struct screen *s = user;

	(void)rightward;
	screen_scroll(s, rect.start_row, rect.end_row - 1, downward, s->vt.fill);
	s->vt.scrolled = true;
	return 1;
}

static const VTermStateCallbacks callbacks = {
	.putglyph = on_putglyph,
	.movecursor = on_movecursor,
	.scrollrect = on_scrollrect,
};

void
vt_open(struct screen *s)
{
	VTermState *state;

	vt_close(s);
	s->vt.term = vterm_new_with_allocator(s->rows, s->cols, &allocator, NULL);
	vterm_set_utf8(s->vt.term, 1);
	state = vterm_obtain_state(s->vt.term);
	vterm_state_reset(state, 1);
	vterm_state_set_callbacks(state, &callbacks, s);
	s->vt.x = s->vt.y = 0;
	s->vt.phantom = s->vt.tabs_changed = false;
	s->vt.run.count = s->vt.run.len = 0;
}

void
vt_close(struct screen *s)
{
	if (s->vt.term)
		vterm_free(s->vt.term);
	s->vt.term = NULL;
}

static void
write_own(struct screen *s, const char *bytes)
{
	vterm_input_write(s->vt.term, bytes, strlen(bytes));
}

static void
go(struct screen *s, int x, int y)
{
	char bytes[32];

	snprintf(bytes, sizeof(bytes), "\033[%d;%dH", y + 1, x + 1);
	write_own(s, bytes);
	s->vt.phantom = false;
}

/* Brings libvterm to where tmux would be before it prints. */
static void
sync(struct screen *s)
{
	struct vt *vt = &s->vt;

	vt->fill = CELL_DEFAULT;
	vt->scrolled = false;
	vt->next_y = vt->y;
	if (s->pending && !vt->phantom) {
		write_own(s, "\r\n");
		mark_wrapped(s);
		vt->scrolled = false;
	} else if (!s->pending && vt->phantom) {
		go(s, vt->x, vt->y);
	}
	vt->next_x = vt->phantom ? s->cols : vt->x;
	vt->next_y = vt->y;
}

static void
write_text(struct screen *s, const char *bytes, size_t len, const uint32_t *text)
{
	sync(s);
	s->vt.text = text;
	s->vt.writing = true;
	vterm_input_write(s->vt.term, bytes, len);
	s->vt.writing = false;
	s->vt.text = NULL;
	s->pending = s->vt.phantom;
}

void
vt_flush(struct screen *s)
{
	struct vt_run *run = &s->vt.run;

	if (run->count > 0)
		write_text(s, run->bytes, run->len, run->text);
	run->count = run->len = 0;
}

static void
queue(struct screen *s, uint32_t text, int width)
{
	static const char wide[] = "\xe4\xb8\x80";
	struct vt_run *run = &s->vt.run;

	if (run->count == VT_RUN)
		vt_flush(s);
	if (width == 1) {
		run->bytes[run->len++] = 'x';
	} else {
		memcpy(run->bytes + run->len, wide, 3);
		run->len += 3;
	}
	run->text[run->count++] = text;
}

/* Insert mode, or no wrap at the margin: one at a time, after tmux's rules. */
static void
put_single(struct screen *s, uint32_t text, int width)
{
	bool wrap = s->modes & SCREEN_WRAP;
	int x = screen_x(s);

	if (!wrap && x > s->cols - width && width > 1)
		return;
	if (s->modes & SCREEN_INSERT) {
		screen_rests_on(s, DOUBT_BLANKS);
		grid_insert(&s->grid, x, s->vt.y, width, CELL_DEFAULT);
	}
	if (!wrap && x > s->cols - width)
		return;
	queue(s, text, width);
	vt_flush(s);
	if (!wrap) {
		s->pending = false;
		if (x > s->cols - 1 - width)
			go(s, s->cols - 1, s->vt.y);
	}
}

static bool
singly(const struct screen *s)
{
	return (s->modes & (SCREEN_WRAP | SCREEN_INSERT)) != SCREEN_WRAP;
}

static void
doubt_charsets(struct screen *s, struct str run)
{
	for (size_t i = 0; i < run.len; i++) {
		unsigned char c = (unsigned char)run.ptr[i];

		if (charset_map(c) == c)
			continue;
		screen_rests_on(s, DOUBT_SHIFT | (s->charsets.shifted ? DOUBT_G1 : DOUBT_G0));
		return;
	}
}

void
vt_ascii(struct screen *s, struct str run)
{
	bool drawing = s->charsets.shifted ? s->charsets.g1 : s->charsets.g0;

	screen_rests_on(s, DOUBT_PEN);
	if (s->unknown & DOUBT_CHARSETS)
		doubt_charsets(s, run);
	if (drawing || singly(s)) {
		for (size_t i = 0; i < run.len; i++) {
			unsigned char c = (unsigned char)run.ptr[i];
			uint32_t text = drawing ? charset_map(c) : c;

			if (singly(s))
				put_single(s, text, 1);
			else
				queue(s, text, 1);
		}
		return;
	}
	vt_flush(s);
	while (run.len > 0) {
		size_t len = run.len < MAX_WRITE ? run.len : MAX_WRITE;

		write_text(s, run.ptr, len, NULL);
		run.ptr += len;
		run.len -= len;
	}
}

void
vt_glyph(struct screen *s, uint32_t cp)
{
	int width = text_width(cp);

	screen_rests_on(s, DOUBT_PEN);
	if (width < 0) {
		s->counters.utf8++;
	} else if (cp == 0x200d) {
		s->joiner = true;
	} else if (width == 0 || s->joiner) {
		vt_flush(s);
		combine(s, screen_x(s), s->vt.y, cp, s->joiner);
		s->joiner = false;
	} else if (singly(s)) {
		put_single(s, cp, width);
	} else {
		queue(s, cp, width);
	}
}

void
vt_move(struct screen *s, int x, int y)
{
	s->pending = false;
	if (x != s->vt.x || y != s->vt.y || s->vt.phantom)
		go(s, x, y);
}

void
vt_control(struct screen *s, const char *bytes)
{
	s->vt.fill = screen_bg(s);
	write_own(s, bytes);
}

void
vt_region(struct screen *s, int top, int bottom)
{
	char bytes[32];

	s->top = top;
	s->bottom = bottom;
	snprintf(bytes, sizeof(bytes), "\033[%d;%dr", top + 1, bottom + 1);
	write_own(s, bytes);
}

void
vt_tab(struct screen *s, int count)
{
	char bytes[32];

	if (count > 0) {
		write_own(s, "\t");
		return;
	}
	snprintf(bytes, sizeof(bytes), "\033[%dZ", -count);
	write_own(s, bytes);
}

void
vt_clear_tab(struct screen *s, bool all)
{
	write_own(s, all ? "\033[3g" : "\033[g");
	s->vt.tabs_changed = true;
}

static bool
tabs_usual(struct str tabs, int cols)
{
	for (int due = 8; due < cols; due += 8) {
		int x;

		if (!str_to_int(str_cut(&tabs, ','), due, due, &x))
			return false;
	}
	return tabs.len == 0;
}

/* Columns that go up; what follows one that does not is dropped. */
void
vt_set_tabs(struct screen *s, struct str tabs)
{
	int before = 0, x;

	if (tabs_usual(tabs, s->cols))
		return;
	vt_clear_tab(s, true);
	while (str_to_int(str_cut(&tabs, ','), before, s->cols - 1, &x)) {
		vt_move(s, x, 0);
		vt_control(s, "\033H");
		before = x + 1;
	}
	vt_move(s, 0, 0);
}

void
vt_reset_tabs(struct screen *s)
{
	if (s->vt.tabs_changed)
		vt_open(s);
}
