/* SPDX-License-Identifier: MIT */
#include "events.h"

#include <stdio.h>
#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_events.h"
#include "panel.h"
#include "view.h"

#define INDENT 6 /* "09:41 " */

struct events_row {
	char *text;
	enum theme_role role;
};

void
events_release(struct events_view *events)
{
	for (int i = 0; i < events->count; i++)
		mem_free(events->rows[i].text);
	mem_free(events->rows);
	events->rows = NULL;
	events->count = 0;
	events->read = false;
}

static void
add_row(struct events_view *events, enum theme_role role, struct str text)
{
	events->rows = mem_room(events->rows, (size_t)events->count, sizeof(*events->rows));
	events->rows[events->count++] =
		(struct events_row){mem_strndup(text.ptr, text.len), role};
}

/* Of local time, from whatever day on. */
static int64_t
day_of(int64_t wall, struct tm *tm)
{
	time_t at = (time_t)wall;
	localtime_r(&at, tm);
	return (int64_t)tm->tm_year * 400 + tm->tm_yday;
}

static void
add_line(struct events_view *events, const struct journal_line *line)
{
	struct buf words = BUF_INIT, row = BUF_INIT;
	struct tm tm;
	int cols = events->cols > INDENT + 8 ? events->cols - INDENT : 8;
	enum theme_role role = journal_is_act(line) ? ROLE_DIM : ROLE_TEXT;
	day_of(line->at, &tm);
	buf_printf(&row, "%02d:%02d ", tm.tm_hour, tm.tm_min);
	journal_words(line, &words);
	struct str rest = buf_str(&words);
	do {
		buf_add(&row, text_row(&rest, cols));
		add_row(events, role, buf_str(&row));
		buf_clear(&row);
		buf_fill(&row, ' ', INDENT);
	} while (rest.len > 0);
	buf_release(&words);
	buf_release(&row);
}

/* A row with the date stands over what is not of today. */
static void
add_all(struct events_view *events, const struct journal *journal)
{
	struct tm tm;
	int64_t day = events->day;
	for (size_t i = journal ? journal->count : 0; i-- > 0;) {
		int64_t of = day_of(journal->lines[i].at, &tm);
		char date[40];
		strftime(date, sizeof(date), "%a %Y-%m-%d", &tm);
		if (of != day)
			add_row(events, ROLE_TITLE, str_from(date));
		day = of;
		add_line(events, &journal->lines[i]);
	}
	if (!journal || journal->count == 0)
		add_row(events, ROLE_DIM, STR("Nothing has happened yet."));
}

static void
make_rows(struct view *view, int cols)
{
	struct events_view *events = &view->events;
	struct pilot_events found = {0};
	struct tm tm;
	int64_t today = day_of(clock_wall(), &tm);
	if (view->pilot) {
		pilot_watch_events(view->pilot);
		pilot_events(view->pilot, &found);
	}
	if (events->read && events->cols == cols && events->day == today &&
		events->stamp == found.stamp)
		return;
	bool follows = events->top == 0;
	int before = events->count;
	events_release(events);
	events->read = true;
	events->cols = cols;
	events->day = today;
	events->stamp = found.stamp;
	if (found.error)
		add_row(events, ROLE_ERROR, str_from(found.error));
	if (found.journal && found.stamp == 0)
		add_row(events, ROLE_DIM, STR("They are being read."));
	else
		add_all(events, found.journal);
	/* Who reads what was before stays there. */
	if (!follows && events->count > before)
		events->top += events->count - before;
}

static void
clamp(struct events_view *events)
{
	panel_scroll(&events->top, events->page, events->count, -1, -1);
}

void
events_draw(struct view *view, struct rect in)
{
	struct events_view *events = &view->events;
	make_rows(view, in.w);
	events->page = in.h;
	clamp(events);
	for (int i = 0; i < in.h && events->top + i < events->count; i++) {
		const struct events_row *row = &events->rows[events->top + i];
		surface_put(view->surface, in.x, in.y + i, in.w,
			theme_style(view->theme, row->role), str_from(row->text));
	}
}

void
events_move(struct view *view, int argument)
{
	view->events.top += argument;
	clamp(&view->events);
}

void
events_page(struct view *view, int argument)
{
	int page = view->events.page > 2 ? view->events.page - 2 : 1;
	events_move(view, argument * page);
}

void
events_end(struct view *view, int argument)
{
	view->events.top = argument < 0 ? 0 : view->events.count;
	clamp(&view->events);
}
