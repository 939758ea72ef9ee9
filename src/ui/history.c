/* SPDX-License-Identifier: MIT */
/*
 * Nothing of the scrollback is kept here: a page is asked for when it is looked
 * at. One request is under way at a time; what was scrolled meanwhile is asked
 * for when its answer is there. The requests may outlive the view of it, so
 * they hold a struct of their own.
 */
#include "history.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/term_screen.h"
#include "view.h"

struct history {
	struct view *view; /* NULL: closed, waits for its answer */
	uint32_t agent;
	int offset;     /* lines above the bottom of the screen */
	int asked;      /* the offset that is under way; -1: none */
	int total;      /* lines of history there */
	int cols, rows; /* of the page */
	struct screen *page;
};

static void ask(struct history *h);

static void
history_free(struct history *h)
{
	screen_free(h->page);
	mem_free(h);
}

static void
on_page(void *ctx, int status, struct str text, int total)
{
	struct history *h = ctx;
	struct view *view = h->view;
	int offset = h->asked;
	h->asked = -1;
	if (!view) {
		history_free(h);
		return;
	}
	if (status < 0) {
		view_toast(view, ROLE_ERROR, "its scrollback cannot be read now");
		history_close(view);
		return;
	}
	const struct screen_snapshot snapshot = {
		.cols = h->cols, .rows = h->rows, .scroll_bottom = h->rows - 1, .text = text};
	h->total = total;
	screen_restore(h->page, &snapshot);
	if (h->offset > total)
		h->offset = total;
	if (h->offset != offset)
		ask(h); /* may close it */
	view_changed(view);
}

static void
ask(struct history *h)
{
	if (h->asked >= 0)
		return;
	h->asked = h->offset;
	if (pilot_history(h->view->pilot, h->agent, h->offset, h->rows, on_page, h) < 0) {
		struct view *view = h->view;
		h->asked = -1;
		view_toast(view, ROLE_ERROR, "its host cannot be reached now");
		history_close(view);
	}
}

void
history_open(struct view *view, int lines)
{
	struct agent_view agent;
	if (!view_focused(view, &agent) || !agent.screen || view->history)
		return;
	struct history *h = MEM_NEW(struct history);
	h->view = view;
	h->agent = agent.id;
	h->asked = -1;
	h->cols = screen_cols(agent.screen);
	h->rows = screen_rows(agent.screen);
	h->offset = lines;
	h->total = lines;
	h->page = screen_new(h->cols, h->rows, NULL, NULL);
	view->history = h;
	ask(h);
}

void
history_close(struct view *view)
{
	struct history *h = view->history;
	view->history = NULL;
	if (!h)
		return;
	h->view = NULL;
	if (h->asked < 0)
		history_free(h);
}

void
history_scroll(struct view *view, int lines)
{
	struct history *h = view->history;
	h->offset += lines;
	if (h->offset > h->total)
		h->offset = h->total;
	if (h->offset <= 0) {
		history_close(view);
		view_changed(view);
		return;
	}
	ask(h);
}

void
history_key(struct view *view, struct key key)
{
	const struct history *h = view->history;
	bool plain = key.special == KEY_NONE && !key.mods;
	if (key.special == KEY_UP || (plain && key.code == 'k'))
		history_scroll(view, 1);
	else if (key.special == KEY_DOWN || (plain && key.code == 'j'))
		history_scroll(view, -1);
	else if (key.special == KEY_PAGE_UP || (plain && key.code == 'b'))
		history_scroll(view, h->rows - 1);
	else if (key.special == KEY_PAGE_DOWN || (plain && key.code == ' '))
		history_scroll(view, -(h->rows - 1));
	else if (key.special == KEY_HOME || (plain && key.code == 'g'))
		history_scroll(view, h->total);
	else if (key.special == KEY_END || key.special == KEY_ESCAPE ||
		 (plain && (key.code == 'G' || key.code == 'q')))
		history_scroll(view, -h->offset);
}

const struct screen *
history_screen(const struct history *h)
{
	return h->page;
}

void
history_words(const struct history *h, struct buf *into)
{
	buf_printf(into, "scrollback %d of %d   k j PgUp PgDn   esc back", h->offset, h->total);
}
