/* SPDX-License-Identifier: MIT */
/*
 * Each item is a head and some rows under it; the selected one gets all the rows that it
 * needs, or those around its place in it. All rows of all items are made first, then those
 * with the selected one among them are drawn. What agents say is made safe line by line.
 */
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/io_link.h"
#include "inbox.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"
#include "words.h"

#define ROWS_PLAIN 4  /* of what is asked, while it is not selected */
#define ROWS_ROOMY 16 /* a panel of so many has blank rows between items */
#define INDENT     2

struct row {
	char *text;
	enum theme_role role;
	int item; /* -1: none */
	bool head;
	bool said; /* by an agent: it gets a bar in front, so that it looks like nothing of ours
		    */
};

struct rows {
	struct row *rows;
	int count;
};

static struct row *
add_row(struct rows *rows, int item, enum theme_role role, struct str text)
{
	rows->rows = mem_grow(rows->rows, (size_t)rows->count + 1, sizeof(*rows->rows));
	struct row *row = &rows->rows[rows->count++];
	*row = (struct row){mem_strndup(text.ptr, text.len), role, item, false, false};
	return row;
}

static void
free_rows(struct rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		mem_free(rows->rows[i].text);
	mem_free(rows->rows);
}

/* Lines stay lines; everything else that a terminal obeys becomes visible. */
static void
make_safe(struct str text, struct buf *into)
{
	text = str_trim(text);
	while (text.len > 0) {
		text_safe(into, str_cut(&text, '\n'), -1);
		if (text.len > 0)
			buf_byte(into, '\n');
	}
}

static int
count_rows(struct str text, int cols)
{
	int count = 0;
	for (; text.len > 0; count++)
		text_row(&text, cols);
	return count;
}

/* What an agent says: at most so many rows from there on. */
static void
add_said(struct rows *rows, int item, enum theme_role role, struct str text, int cols, int from,
	int most)
{
	for (int i = 0; text.len > 0 && i < from + most; i++) {
		struct str line = text_row(&text, cols);
		if (i >= from)
			add_row(rows, item, role, line)->said = true;
	}
}

/* There is more of it than is shown. */
static void
mark_cut(struct row *row, int cols)
{
	struct buf cut = BUF_INIT;
	text_safe(&cut, str_from(row->text), cols - 1);
	if (!str_ends(buf_str(&cut), STR("…")))
		buf_addc(&cut, "…");
	mem_free(row->text);
	row->text = buf_steal(&cut);
}

static void
add_text(struct rows *rows, int item, enum theme_role role, struct str text, int cols, int most)
{
	for (int i = 0; text.len > 0 && i < most; i++)
		add_row(rows, item, role, text_row(&text, cols));
}

static void
add_head(
	struct view *view, struct rows *rows, int item, enum theme_role role, struct buf *words)
{
	const struct inbox *inbox = &view->inbox;
	struct buf line = BUF_INIT;
	buf_addc(&line, item == inbox->index ? "▸" : " ");
	buf_add(&line, buf_str(words));
	add_row(rows, item, role, buf_str(&line))->head = true;
	buf_release(&line);
}

/* The answers that can be given, and how; what is in the way of them. */
static void
add_answers(struct view *view, struct rows *rows, int item, const struct agent_view *agent,
	const struct host_view *host, bool more)
{
	static const char *const keys[ANSWER_COUNT] = {
		[ANSWER_YES] = "y yes", [ANSWER_NO] = "n no", [ANSWER_ALWAYS] = "a always"};
	struct buf line = BUF_INIT;
	char room[CHARSET_WORDS];
	char said[128];
	enum theme_role role = ROLE_DIM;
	if (inbox_answering(&view->inbox, &view->inbox.items[item])) {
		buf_addc(&line, "answering…");
		role = ROLE_NOTICE;
	} else if (!agent->link) {
		words_host(host, WORDS_SHORT, &line);
		buf_addc(&line, ": it cannot be answered now");
	} else if (item == view->inbox.index) {
		if (more)
			buf_printf(&line, "%s  ",
				keymap_said(view, VIEW_INBOX, "PgDn more", said));
		for (int i = 0; i < ANSWER_COUNT; i++) {
			if (agent->question->answers >> i & 1)
				buf_printf(&line, "%s  ",
					keymap_said(view, VIEW_INBOX, keys[i], said));
		}
		const char *go = agent->question->answers ? "⏎ go there" : "⏎ answer it there";
		buf_addc(&line, charset_words(view->charset,
					keymap_said(view, VIEW_INBOX, go, said), room));
	}
	if (line.len > 0)
		add_row(rows, item, role, buf_str(&line));
	buf_release(&line);
}

/* Of its tile; the filter may show none. */
static void
add_number(const struct view *view, uint32_t agent, struct buf *into)
{
	int index = view_index(view, agent);
	if (index >= 0)
		buf_printf(into, "%d ", index + 1);
}

static void
add_question(struct view *view, struct rows *rows, int item, const struct agent_view *agent,
	const struct host_view *host, struct rect in)
{
	struct inbox *inbox = &view->inbox;
	const struct agent_question *q = agent->question;
	bool chosen = item == inbox->index;
	enum theme_role role = agent->link ? ROLE_TEXT : ROLE_STATE_STALE;
	struct buf head = BUF_INIT, what = BUF_INIT;
	char age[8];
	add_number(view, agent->id, &head);
	buf_printf(&head, "%s@%s · ", agent->name, agent->host);
	text_safe(&head, str_from(q->tool[0] ? q->tool : "asks"), 24);
	clock_age(clock_ms() - q->since, age);
	buf_printf(&head, " · %s", age);
	if (!agent->link) {
		buf_addc(&head, " · ");
		words_host(host, WORDS_SHORT, &head);
	}
	add_head(view, rows, item, agent->link ? ROLE_STATE_ASKS : ROLE_STATE_STALE, &head);
	make_safe(str_from(q->what), &what);
	if (what.len == 0)
		add_row(rows, item, ROLE_DIM, STR("it does not say what"));
	int cols = in.w > INDENT ? in.w - INDENT : 1, count = count_rows(buf_str(&what), cols);
	int most = !chosen ? ROWS_PLAIN : in.h > 3 ? in.h - 2 : 1;
	if (chosen && inbox->scroll > count - most)
		inbox->scroll = count > most ? count - most : 0;
	add_said(rows, item, role, buf_str(&what), cols, chosen ? inbox->scroll : 0, most);
	if (!chosen && count > most)
		mark_cut(&rows->rows[rows->count - 1], cols);
	bool more = chosen && inbox->scroll + most < count;
	if (chosen) {
		inbox->page = most;
		inbox->read = inbox->read || !more;
	}
	if (!chosen || in.h > 2)
		add_answers(view, rows, item, agent, host, more);
	buf_release(&head);
	buf_release(&what);
}

static void
add_agent(struct view *view, struct rows *rows, int item, const struct agent_view *agent,
	const struct host_view *host, struct rect in)
{
	struct buf head = BUF_INIT, words = BUF_INIT;
	enum theme_role role =
		words_grey(agent, host) ? ROLE_STATE_STALE : words_role(agent, host);
	char room[CHARSET_WORDS], said[128];
	const char *help = charset_words(view->charset,
		keymap_said(view, VIEW_INBOX, words_help(agent, host), said), room);
	add_number(view, agent->id, &head);
	buf_printf(&head, "%s@%s · ", agent->name, agent->host);
	words_state(agent, host, WORDS_SHORT, &head);
	add_head(view, rows, item, role, &head);
	words_last(agent, host, &words);
	if (words.len > 0)
		add_row(rows, item, ROLE_DIM, buf_str(&words));
	buf_clear(&words);
	words_friction(agent, host, 2 * in.w, &words);
	add_text(rows, item, ROLE_TEXT, buf_str(&words), in.w - INDENT, 2);
	if (help[0])
		add_row(rows, item, ROLE_DIM, str_from(help));
	buf_release(&head);
	buf_release(&words);
}

static void
add_host(struct view *view, struct rows *rows, int item, struct rect in)
{
	int index = view->inbox.items[item].host;
	const struct link_ask *ask = fleet_host_ask(view->fleet, index);
	struct host_view host;
	struct buf head = BUF_INIT;
	char age[8], said[128];
	if (!ask)
		return;
	fleet_host_at(view->fleet, index, &host);
	asking_who(view->fleet, index, ask, &head);
	clock_age(clock_ms() - host.since, age);
	buf_printf(&head, " · host asks · %s", age);
	add_head(view, rows, item, ROLE_STATE_ASKS, &head);
	add_text(rows, item, ROLE_TEXT, str_from(ask->title), in.w - INDENT, ROWS_PLAIN);
	add_row(rows, item, ROLE_DIM,
		str_from(keymap_said(view, VIEW_INBOX, "a answer it", said)));
	buf_release(&head);
}

static void
add_item(struct view *view, struct rows *rows, int index, struct rect in)
{
	const struct inbox_item *item = &view->inbox.items[index];
	struct agent_view agent;
	struct host_view host;
	if (item->kind == INBOX_HOST) {
		add_host(view, rows, index, in);
		return;
	}
	if (!fleet_agent(view->fleet, item->agent, &agent))
		return;
	fleet_host_at(view->fleet, agent.host_index, &host);
	if (item->kind == INBOX_QUESTION && agent.question)
		add_question(view, rows, index, &agent, &host, in);
	else
		add_agent(view, rows, index, &agent, &host, in);
}

/* Where the shown rows begin, so that the selected item is among them as far as it goes. */
static void
place_rows(struct inbox *inbox, const struct rows *rows, int room)
{
	int first = -1, last = -1;
	for (int i = 0; i < rows->count; i++) {
		if (rows->rows[i].item != inbox->index)
			continue;
		first = first < 0 ? i : first;
		last = i;
	}
	if (last >= inbox->top + room)
		inbox->top = last - room + 1;
	if (first >= 0 && first < inbox->top)
		inbox->top = first;
	if (inbox->top > rows->count - room)
		inbox->top = rows->count - room;
	if (inbox->top < 0)
		inbox->top = 0;
}

static void
draw_row(struct view *view, const struct row *row, struct rect in, int y)
{
	struct style style = theme_style(view->theme, row->role);
	if (row->head && row->item == view->inbox.index)
		style = panel_select(view, (struct rect){in.x, y, in.w, 1}, style);
	int indent = row->head ? 0 : INDENT;
	if (row->said)
		surface_put(view->surface, in.x, y, 1, theme_style(view->theme, ROLE_BORDER),
			STR("│"));
	surface_put(view->surface, in.x + indent, y, in.w - indent, style, str_from(row->text));
}

void
inbox_draw(struct view *view, struct rect in)
{
	struct inbox *inbox = &view->inbox;
	struct rows rows = {0};
	for (int i = 0; i < inbox->count; i++) {
		if (i > 0 && in.h >= ROWS_ROOMY)
			add_row(&rows, -1, ROLE_TEXT, STR(""));
		add_item(view, &rows, i, in);
	}
	if (inbox->count == 0)
		add_row(&rows, -1, ROLE_DIM, STR("Nothing waits for you."));
	place_rows(inbox, &rows, in.h);
	inbox->rows = mem_grow(inbox->rows, (size_t)in.h, sizeof(*inbox->rows));
	inbox->row_count = 0;
	for (int i = 0; i < in.h && inbox->top + i < rows.count; i++) {
		const struct row *row = &rows.rows[inbox->top + i];
		inbox->rows[inbox->row_count++] = row->item;
		draw_row(view, row, in, in.y + i);
	}
	free_rows(&rows);
}
