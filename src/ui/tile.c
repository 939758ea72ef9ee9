/* SPDX-License-Identifier: MIT */
/*
 * One agent's tile: our frame, and within it nothing but the agent's own
 * cells. All of our words stand on the frame, where no agent can draw.
 */
#include <stdio.h>

#include "border.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tags.h"
#include "cockpit/term_screen.h"
#include "copy.h"
#include "keymap.h"
#include "view.h"
#include "words.h"

#define DOING_COLS 80
#define TASK_COLS  10 /* of what it works on, at least */

/* The first cell of the remote screen that is shown, along one side: all of it if it fits, else
 * the part around the cursor. */
static int
crop(int have, int room, int cursor)
{
	if (have <= room || cursor < room - 1)
		return 0;
	int from = cursor - room + 1 + room / 4;
	return from > have - room ? have - room : from;
}

void
tile_crop(const struct screen *screen, struct rect in, int *ret_x, int *ret_y)
{
	int cx, cy, cols = screen_cols(screen);
	screen_cursor(screen, &cx, &cy);
	if (cx >= cols)
		cx = cols - 1;
	*ret_x = crop(cols, in.w, cx);
	*ret_y = crop(screen_rows(screen), in.h, cy);
}

static void
draw_screen(struct view *view, struct rect in, const struct screen *screen)
{
	struct surface *s = view->surface;
	int from_x, from_y;
	int cols = screen_cols(screen), rows = screen_rows(screen);
	tile_crop(screen, in, &from_x, &from_y);
	int wide = cols - from_x < in.w ? cols - from_x : in.w;
	int high = rows - from_y < in.h ? rows - from_y : in.h;
	/* Only what differs is written, so that only rows which changed are painted. */
	surface_fill(s, (struct rect){in.x + wide, in.y, in.w - wide, high}, (struct style){0});
	surface_fill(s, (struct rect){in.x, in.y + high, in.w, in.h - high}, (struct style){0});
	for (int y = 0; y < high; y++) {
		const struct cell *row = screen_row(screen, from_y + y);
		for (int x = 0; x < wide; x++) {
			const struct cell *cell = &row[from_x + x];
			/* Half a wide character at an edge is a blank. */
			bool half = (cell->width == 0 && x == 0) ||
				    (cell->width == 2 && x + 1 == in.w);
			if (half)
				surface_fill(s, (struct rect){in.x + x, in.y + y, 1, 1},
					(struct style){0});
			if (half || cell->width == 0)
				continue;
			char tmp[4];
			surface_cell(s, in.x + x, in.y + y, cell,
				screen_text(screen, cell->text, tmp),
				cell->link ? screen_link(screen, cell->link) : STR(""));
		}
	}
}

/* Of the tile that is typed into, in every frame. */
static void
place_cursor(struct view *view, struct rect in, const struct screen *screen)
{
	int cx, cy, from_x, from_y;
	if (!screen || !(screen_modes(screen) & SCREEN_CURSOR))
		return;
	int cols = screen_cols(screen);
	screen_cursor(screen, &cx, &cy);
	if (cx >= cols)
		cx = cols - 1;
	tile_crop(screen, in, &from_x, &from_y);
	int x = cx - from_x, y = cy - from_y;
	if (x < in.w && y < in.h)
		surface_set_cursor(
			view->surface, in.x + x, in.y + y, screen_cursor_shape(screen));
}

/* In the middle of an empty tile. */
static void
draw_words(struct view *view, struct rect in, enum theme_role role, int line, const char *words)
{
	int cols = text_cols(str_from(words));
	if (cols > in.w)
		cols = in.w;
	surface_put(view->surface, in.x + (in.w - cols) / 2, in.y + in.h / 2 + line, in.w,
		theme_style(view->theme, role), str_from(words));
}

/* Of a host that is not there yet, or not any more, or an agent that is lost: what it does, and
 * all of why. */
static void
draw_host(struct view *view, struct rect in, const struct agent_view *agent,
	const struct host_view *host)
{
	const struct link_ask *ask = fleet_host_ask(view->fleet, agent->host_index);
	struct buf words = BUF_INIT, why = BUF_INIT;
	if (ask) {
		asking_who(view->fleet, agent->host_index, ask, &words);
		buf_addc(&words, " asks");
		draw_words(view, in, ROLE_STATE_ASKS, 0, buf_cstr(&words));
		text_safe(&why, str_from(ask->title), in.w);
		draw_words(view, in, ROLE_TEXT, 1, buf_cstr(&why));
		buf_release(&words);
		buf_release(&why);
		return;
	}
	words_state(agent, host, WORDS_ALL, &words);
	words_why(agent, host, ERR_TEXT_MAX, &why);
	struct str rest = buf_str(&why);
	int lines = 0, room = in.w > 4 ? in.w - 2 : in.w;
	for (struct str all = rest; all.len > 0; lines++)
		text_row(&all, room);
	int first = lines > 1 ? -(lines / 2) : 0;
	if (first < -(in.h / 2))
		first = -(in.h / 2);
	draw_words(view, in, ROLE_DIM, first, buf_cstr(&words));
	for (int i = 1; rest.len > 0 && in.h / 2 + first + i < in.h; i++) {
		struct str row = text_row(&rest, room);
		char *line = mem_strndup(row.ptr, row.len);
		draw_words(view, in, ROLE_ERROR, first + i, line);
		mem_free(line);
	}
	buf_release(&words);
	buf_release(&why);
}

static void
draw_inside(struct view *view, struct rect in, const struct agent_view *agent,
	const struct host_view *host, bool focused)
{
	const struct screen *screen = agent->screen;
	char said[128];
	if (focused && view->copy) {
		copy_draw(view, in);
		return;
	}
	if (screen) {
		draw_screen(view, in, screen);
		if (words_grey(agent, host))
			surface_tint(
				view->surface, in, theme_style(view->theme, ROLE_STATE_STALE));
		return;
	}
	surface_fill(view->surface, in, (struct style){0});
	if (words_grey(agent, host)) {
		draw_host(view, in, agent, host);
	} else if (!agent->present) {
		struct buf doing = BUF_INIT;
		doings_tile_words(view, agent->id, in.w, &doing);
		bool begins = doing.len > 0;
		draw_words(view, in, ROLE_DIM, 0, begins ? buf_cstr(&doing) : "not running");
		buf_release(&doing);
		if (begins)
			return;
		draw_words(view, in, ROLE_DIM, 1,
			keymap_said(view, VIEW_COMMAND, "r starts it", said));
	} else {
		draw_words(view, in, ROLE_DIM, 0, "…");
	}
}

/* The state keeps its place when the room gets small: tags, profile, all of its words, and the
 * host go first, in this order. */
static void
draw_top(struct view *view, struct rect r, int number, const struct agent_view *agent,
	const struct host_view *host)
{
	struct buf state = BUF_INIT;
	char left[128];
	int end = r.x + r.w - 1;
	/* Focus is never shown by colour alone. */
	snprintf(left, sizeof(left), "%s%d %s", agent->id == view->focus ? "▸" : "", number,
		agent->name);
	int names = text_cols(str_from(left)) + text_cols(str_from(agent->host)) + 5;
	words_state(agent, host, WORDS_ALL, &state);
	if (names + text_cols(buf_str(&state)) + 3 > r.w - 2) {
		buf_clear(&state);
		words_state(agent, host, WORDS_SHORT, &state);
	}
	int state_cols = text_cols(buf_str(&state)) + 2;
	int x = border_words(view, r.x + 1, r.y, end - state_cols, ROLE_TITLE, left);
	struct buf profile = BUF_INIT;
	/* "command" says nothing that the agent's name does not. */
	if (strcmp(agent->profile, "command") != 0)
		text_safe(&profile, str_from(agent->profile), 16);
	const char *words[] = {NULL, agent->host, buf_cstr(&profile), NULL};
	int rest = 0;
	for (int i = 1; i < 3; i++)
		rest += words[i][0] ? text_cols(str_from(words[i])) + 3 : 0;
	/* What it works on, or what a person calls it, comes behind its name, where nothing
	 * else must go for it. */
	struct buf task = BUF_INIT;
	int room = end - state_cols - x - rest - 4;
	const char *label = view->pilot ? pilot_label(view->pilot, agent->name) : "";
	if (room >= TASK_COLS && label[0])
		text_safe(&task, str_from(label), room);
	else if (room >= TASK_COLS)
		tasks_words(view, agent->id, room, &task);
	words[0] = buf_cstr(&task);
	struct buf tags = BUF_INIT;
	words_tags(view->pilot ? pilot_tags(view->pilot, agent->name) : "", &tags);
	words[3] = buf_cstr(&tags);
	for (int i = 0; i < 4; i++) {
		int need = text_cols(str_from(words[i])) + 3;
		if (words[i][0] && x + need + state_cols < end)
			x = border_words(
				view, x + 1, r.y, end, i ? ROLE_DIM : ROLE_TEXT, words[i]);
	}
	border_words(view, x + (x > r.x + 1 ? 1 : 0), r.y, end, words_role(agent, host),
		buf_cstr(&state));
	buf_release(&task);
	buf_release(&tags);
	buf_release(&profile);
	buf_release(&state);
}

/* Of the key before words of that style: in the colour of all keys, where they have no ground
 * of their own. */
static struct style
key_style(const struct view *view, struct style words)
{
	struct style key = theme_style(view->theme, ROLE_KEYS_KEY);
	bool ground = words.bg != CELL_DEFAULT || words.attr & CELL_REVERSE;
	/* The key line's ground may be a reverse. */
	key.bg = CELL_DEFAULT;
	key.attr &= (uint16_t)~CELL_REVERSE;
	if (ground)
		key = words;
	/* It is seen in any case. */
	if (key.fg == words.fg)
		key.attr |= CELL_BOLD | CELL_UL_SINGLE << CELL_UL_SHIFT;
	return key;
}

/* At the right of the lower edge, up to end: what is the matter, and first, in the colour of
 * all keys, the one that helps. words have it as the table has it. Returns where they begin. */
static int
put_help(struct view *view, struct rect r, int end, enum theme_role role, const char *words)
{
	char said[128], room[CHARSET_WORDS];
	struct str own = str_from(words), now;
	const char *help = charset_words(
		view->charset, keymap_said(view, VIEW_COMMAND, words, said), room);
	int y = r.y + r.h - 1, at = end - text_cols(str_from(help)) - 2;
	if (!words[0] || at < r.x + 1)
		return end;
	border_words(view, at, y, end, role, help);
	now = str_from(help);
	struct str key = str_cut(&now, ' ');
	str_cut(&own, ' ');
	/* One that is bound to none has no key in front. */
	if (str_eq(own, now))
		surface_put(view->surface, at + 1, y, text_cols(key),
			key_style(view, theme_style(view->theme, role)), key);
	return at;
}

/* The key that helps, at the right of the lower edge; where what stands before it has to end.
 */
static int
draw_help(struct view *view, struct rect r, const struct agent_view *agent,
	const struct host_view *host)
{
	return put_help(
		view, r, r.x + r.w - 1, words_role(agent, host), words_help(agent, host));
}

/* What was known when the host was heard last, why it is not heard, and the key that helps. */
static void
draw_trouble(struct view *view, struct rect r, const struct agent_view *agent,
	const struct host_view *host)
{
	int y = r.y + r.h - 1, end = r.x + r.w - 1, x = r.x + 1;
	struct buf words = BUF_INIT, why = BUF_INIT;
	end = draw_help(view, r, agent, host);
	words_why(agent, host, ERR_TEXT_MAX, &why);
	words_last(agent, host, &words);
	int room = end - x - 2;
	/* Why comes first where there is no room for both. */
	if (text_cols(buf_str(&words)) + 3 + text_cols(buf_str(&why)) <= room)
		x = border_words(view, x, y, end, ROLE_DIM, buf_cstr(&words));
	x += x > r.x + 1;
	buf_clear(&why);
	words_why(agent, host, end - x - 2, &why);
	border_words(view, x, y, end, ROLE_ERROR, buf_cstr(&why));
	buf_release(&words);
	buf_release(&why);
}

/* How far its work is from where its branch began; NULL: that is not known. */
static const struct diff *
work_of(const struct view *view, uint32_t agent)
{
	struct pilot_work work = {0};
	if (view->pilot)
		pilot_work(view->pilot, agent, &work);
	return work.diff;
}

static int
draw_work(struct view *view, int x, int y, int end, uint32_t agent)
{
	const struct diff *diff = work_of(view, agent);
	struct buf words = BUF_INIT;
	if (diff)
		words_work(diff, true, &words);
	if (diff && text_cols(buf_str(&words)) + 3 > end - x) {
		buf_clear(&words);
		words_work(diff, false, &words);
	}
	if (words.len > 0 && text_cols(buf_str(&words)) + 3 <= end - x)
		x = border_words(view, x + 1, y, end, ROLE_TEXT, buf_cstr(&words));
	buf_release(&words);
	return x;
}

/* Before it happens, at the right; returns where it begins. */
static int
draw_clashes(struct view *view, struct rect r, int end, uint32_t agent)
{
	struct buf words = BUF_INIT;
	conflicts_words(view, agent, (end - r.x) / 2 - 2, &words);
	int at = put_help(view, r, end, ROLE_STATE_ASKS, buf_cstr(&words));
	buf_release(&words);
	return at;
}

/* What came of its check, and the key that lets it be mended. */
static int
draw_check(struct view *view, struct rect r, int end, uint32_t agent)
{
	struct buf words = BUF_INIT;
	enum theme_role role = checks_words(view, agent, (end - r.x) / 2 - 2, &words);
	int at = end - text_cols(buf_str(&words)) - 2;
	if (str_starts(buf_str(&words), STR("f ")))
		at = put_help(view, r, end, role, buf_cstr(&words));
	else if (words.len > 0)
		border_words(view, at, r.y + r.h - 1, end, role, buf_cstr(&words));
	else
		at = end;
	buf_release(&words);
	return at;
}

/* What cockpit does with it, when that takes long. */
static int
draw_doing(struct view *view, struct rect r, int end, uint32_t agent)
{
	struct buf words = BUF_INIT;
	doings_tile_words(view, agent, (end - r.x) / 2 - 2, &words);
	int at = end - text_cols(buf_str(&words)) - 2;
	if (words.len > 0)
		border_words(
			view, at, r.y + r.h - 1, end, ROLE_STATE_WORKING, buf_cstr(&words));
	else
		at = end;
	buf_release(&words);
	return at;
}

/* What broke and the key that helps, at the right; where the work is, at the left. */
static void
draw_bottom(struct view *view, struct rect r, const struct agent_view *agent,
	const struct host_view *host, bool focused)
{
	int y = r.y + r.h - 1, end = r.x + r.w - 1;
	struct buf words = BUF_INIT;
	if (focused && view->copy) {
		copy_words(view->copy, &words);
		border_words(view, r.x + 1, y, end, ROLE_MODE_TYPING, buf_cstr(&words));
		buf_release(&words);
		return;
	}
	if (words_grey(agent, host)) {
		draw_trouble(view, r, agent, host);
		return;
	}
	end = draw_help(view, r, agent, host);
	end = draw_doing(view, r, end, agent->id);
	end = draw_check(view, r, end, agent->id);
	end = draw_clashes(view, r, end, agent->id);
	if (agent->branch[0] && strcmp(agent->branch, "-") != 0)
		text_safe(&words, str_from(agent->branch), end - r.x - 4);
	int x = border_words(view, r.x + 1, y, end, ROLE_DIM, buf_cstr(&words));
	x = draw_work(view, x, y, end, agent->id);
	if (agent->screen && (screen_cols(agent->screen) > r.w - 2 ||
				     screen_rows(agent->screen) > r.h - 2)) {
		char size[48];
		snprintf(size, sizeof(size), "part of %dx%d", screen_cols(agent->screen),
			screen_rows(agent->screen));
		if (text_cols(str_from(size)) + 3 <= end - x)
			border_words(view, x + 1, y, end, ROLE_DIM, size);
	}
	buf_release(&words);
}

/* The NUL too, so that two words are not one. */
static uint64_t
hash_words(uint64_t h, const char *words)
{
	return str_hash(h, (struct str){words, strlen(words) + 1});
}

/* Everything that the drawing below depends on; the padding stays zero for the compare. */
static void
fill_key(const struct view *view, const struct agent_view *agent, const struct host_view *host,
	bool focused, enum theme_role border, struct tile_key *key)
{
	const struct screen *screen = agent->screen;
	const struct link_ask *ask = fleet_host_ask(view->fleet, agent->host_index);
	const struct diff *diff = work_of(view, agent->id);
	struct pilot_clashes clashes = {0};
	struct buf words = BUF_INIT;
	uint64_t h = STR_HASH_INIT;
	if (diff)
		words_work(diff, true, &words);
	words_state(agent, host, WORDS_ALL, &words);
	words_last(agent, host, &words);
	words_why(agent, host, ERR_TEXT_MAX, &words);
	if (focused && view->copy)
		copy_words(view->copy, &words);
	doings_tile_words(view, agent->id, DOING_COLS, &words);
	h = hash_words(h, buf_cstr(&words));
	h = hash_words(h, agent->name);
	h = hash_words(h, agent->host);
	h = hash_words(h, agent->profile);
	h = hash_words(h, agent->branch);
	h = hash_words(h, view->pilot ? pilot_tags(view->pilot, agent->name) : "");
	h = hash_words(h, view->pilot ? pilot_label(view->pilot, agent->name) : "");
	h = hash_words(h, ask ? ask->title : "");
	/* Not its words: who clashes with whom changes seldom, and there may be many of them.
	 */
	if (view->pilot)
		pilot_clashes(view->pilot, &clashes);
	h = str_hash(h, (struct str){(const char *)&clashes.at, sizeof(clashes.at)});
	const uint64_t stamps[] = {checks_stamp(view, agent->id), tasks_stamp(view, agent->id)};
	h = str_hash(h, (struct str){(const char *)stamps, sizeof(stamps)});
	const int numbers[] = {(int)border, focused, (int)host->state,
		(int)agent->verdict.state, (int)agent->lost, agent->present, agent->link,
		view_index(view, agent->id), screen ? screen_cols(screen) : 0,
		screen ? screen_rows(screen) : 0};
	h = str_hash(h, (struct str){(const char *)numbers, sizeof(numbers)});
	key->words = h;
	key->version = focused && view->copy ? copy_version(view->copy)
		       : screen              ? screen_version(screen)
					     : 0;
	buf_release(&words);
}

void
tile_draw(struct view *view, const struct layout_tile *tile, struct tile_key *drawn)
{
	struct agent_view agent;
	struct host_view host;
	uint32_t id = view->agents[tile->index];
	bool focused = id == view->focus;
	if (!fleet_agent(view->fleet, id, &agent))
		return;
	fleet_host_at(view->fleet, agent.host_index, &host);
	enum theme_role border = !focused                    ? ROLE_BORDER
				 : view->mode == VIEW_TYPING ? ROLE_BORDER_TYPING
							     : ROLE_BORDER_FOCUS;
	struct tile_key key = {.outer = tile->outer, .agent = id};
	fill_key(view, &agent, &host, focused, border, &key);
	if (focused && view->mode == VIEW_TYPING)
		place_cursor(view, rect_inner(tile->outer), agent.screen);
	if (!view->whole && memcmp(&key, drawn, sizeof(key)) == 0)
		goto out;
	/* What an agent prints changes nothing of its frame. */
	drawn->version = key.version;
	bool framed = !view->whole && memcmp(&key, drawn, sizeof(key)) == 0;
	*drawn = key;
	if (!framed || (focused && view->copy)) {
		border_draw(view, tile->outer, border);
		draw_top(view, tile->outer, tile->index + 1, &agent, &host);
		draw_bottom(view, tile->outer, &agent, &host, focused);
	}
	draw_inside(view, rect_inner(tile->outer), &agent, &host, focused);
out:
	if (focused && view->copy)
		copy_cursor(view, tile->outer);
}
