/* SPDX-License-Identifier: MIT */
/*
 * One agent's tile: our frame, and within it nothing but the agent's own
 * cells. All of our words stand on the frame, where no agent can draw.
 */
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "cockpit/term_screen.h"
#include "history.h"
#include "view.h"

enum theme_role
tile_state_role(enum agent_state state)
{
	static const enum theme_role roles[AGENT_STATE_COUNT] = {
		[AGENT_DOWN] = ROLE_STATE_IDLE,
		[AGENT_WORKING] = ROLE_STATE_WORKING,
		[AGENT_ASKS] = ROLE_STATE_ASKS,
		[AGENT_DONE] = ROLE_STATE_DONE,
		[AGENT_IDLE] = ROLE_STATE_IDLE,
		[AGENT_FAILED] = ROLE_STATE_FAILED,
		[AGENT_ENDED] = ROLE_STATE_IDLE,
		[AGENT_LOST] = ROLE_STATE_FAILED,
		[AGENT_UNKNOWN] = ROLE_STATE_IDLE,
	};
	return roles[state];
}

static bool
is_stale(const struct agent_view *agent, const struct host_view *host)
{
	return !agent->link && host->state != HOST_DOWN;
}

void
tile_state_text(const struct agent_view *agent, const struct host_view *host, struct buf *into)
{
	char age[8];
	int64_t now = clock_ms();
	if (is_stale(agent, host)) {
		clock_age(now - host->since, age);
		buf_printf(into, "%s %s", host_state_word(host->state), age);
		return;
	}
	const struct verdict *v = &agent->verdict;
	buf_printf(into, "%s %s", agent_state_glyph(v->state), agent_state_word(v->state));
	if (v->state == AGENT_FAILED) {
		buf_addc(into, ": ");
		text_safe(into, str_from(v->detail), 12);
	}
	if (v->since && v->state != AGENT_DOWN) {
		clock_age(now - v->since, age);
		buf_printf(into, " %s", age);
	}
}

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

static void
draw_screen(struct view *view, struct rect in, const struct screen *screen)
{
	struct surface *s = view->surface;
	int cx, cy;
	int cols = screen_cols(screen), rows = screen_rows(screen);
	screen_cursor(screen, &cx, &cy);
	if (cx >= cols)
		cx = cols - 1;
	int from_x = crop(cols, in.w, cx), from_y = crop(rows, in.h, cy);
	for (int y = 0; y < in.h && from_y + y < rows; y++) {
		const struct cell *row = screen_row(screen, from_y + y);
		for (int x = 0; x < in.w && from_x + x < cols; x++) {
			const struct cell *cell = &row[from_x + x];
			/* Half a wide character at an edge is a blank. */
			if ((cell->width == 0 && x == 0) || (cell->width == 2 && x + 1 == in.w))
				continue;
			if (cell->width == 0)
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
	int cx, cy;
	if (!screen || view->history || !(screen_modes(screen) & SCREEN_CURSOR))
		return;
	int cols = screen_cols(screen);
	screen_cursor(screen, &cx, &cy);
	if (cx >= cols)
		cx = cols - 1;
	int x = cx - crop(cols, in.w, cx), y = cy - crop(screen_rows(screen), in.h, cy);
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

static void
draw_inside(struct view *view, struct rect in, const struct agent_view *agent,
	const struct host_view *host, bool focused)
{
	const struct screen *screen = agent->screen;
	surface_fill(view->surface, in, (struct style){0});
	if (focused && view->history)
		screen = history_screen(view->history);
	if (screen) {
		draw_screen(view, in, screen);
		if (is_stale(agent, host))
			surface_tint(
				view->surface, in, theme_style(view->theme, ROLE_STATE_STALE));
		return;
	}
	struct buf words = BUF_INIT;
	if (is_stale(agent, host)) {
		const char *what = host->doing[0] ? host->doing : host_state_word(host->state);
		draw_words(view, in, ROLE_DIM, 0, what);
		text_safe(&words, str_from(host->why->code ? host->why->text : ""), in.w);
		draw_words(view, in, ROLE_ERROR, 1, buf_cstr(&words));
	} else if (!agent->present) {
		draw_words(view, in, ROLE_DIM, 0, "not running");
		draw_words(view, in, ROLE_DIM, 1, "r starts it");
	} else {
		draw_words(view, in, ROLE_DIM, 0, "…");
	}
	buf_release(&words);
}

static void
draw_border(struct view *view, struct rect r, enum theme_role role)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, role);
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
	for (int x = r.x + 1; x < right; x++) {
		surface_put(s, x, r.y, 1, style, STR("─"));
		surface_put(s, x, bottom, 1, style, STR("─"));
	}
	for (int y = r.y + 1; y < bottom; y++) {
		surface_put(s, r.x, y, 1, style, STR("│"));
		surface_put(s, right, y, 1, style, STR("│"));
	}
	surface_put(s, r.x, r.y, 1, style, STR("┌"));
	surface_put(s, right, r.y, 1, style, STR("┐"));
	surface_put(s, r.x, bottom, 1, style, STR("└"));
	surface_put(s, right, bottom, 1, style, STR("┘"));
}

/* Words on a frame, a blank on each side; returns the column behind them. */
static int
on_frame(struct view *view, int x, int y, int end, enum theme_role role, const char *words)
{
	int cols = end - x - 2;
	if (cols < 2 || !words[0])
		return x;
	struct style style = theme_style(view->theme, role);
	surface_put(view->surface, x, y, 1, style, STR(" "));
	int used = surface_put(view->surface, x + 1, y, cols, style, str_from(words));
	surface_put(view->surface, x + 1 + used, y, 1, style, STR(" "));
	return x + used + 2;
}

/* The state keeps its place when the room gets small: host and profile go first. */
static void
draw_top(struct view *view, struct rect r, int number, const struct agent_view *agent,
	const struct host_view *host)
{
	struct buf state = BUF_INIT;
	char left[128];
	int end = r.x + r.w - 1;
	tile_state_text(agent, host, &state);
	int state_cols = text_cols(buf_str(&state)) + 2;
	/* Focus is never shown by colour alone. */
	snprintf(left, sizeof(left), "%s%d %s", agent->id == view->focus ? "▸" : "", number,
		agent->name);
	int x = on_frame(view, r.x + 1, r.y, end - state_cols, ROLE_TITLE, left);
	struct buf profile = BUF_INIT;
	/* "command" says nothing that the agent's name does not. */
	if (strcmp(agent->profile, "command") != 0)
		text_safe(&profile, str_from(agent->profile), 16);
	const char *words[] = {agent->host, buf_cstr(&profile)};
	for (int i = 0; i < 2; i++) {
		int need = text_cols(str_from(words[i])) + 3;
		if (words[i][0] && x + need + state_cols < end)
			x = on_frame(view, x + 1, r.y, end, ROLE_DIM, words[i]);
	}
	enum theme_role role = is_stale(agent, host) ? ROLE_STATE_STALE
						     : tile_state_role(agent->verdict.state);
	on_frame(view, x + (x > r.x + 1 ? 1 : 0), r.y, end, role, buf_cstr(&state));
	buf_release(&profile);
	buf_release(&state);
}

/* What broke and the key that helps, at the right; where the work is, at the left. */
static void
draw_bottom(struct view *view, struct rect r, const struct agent_view *agent, bool focused)
{
	static const struct {
		enum agent_state state;
		const char *words;
		enum theme_role role;
	} help[] = {
		{AGENT_FAILED, "r restart",     ROLE_STATE_FAILED},
		{AGENT_ENDED,  "r restart",     ROLE_STATE_IDLE  },
		{AGENT_ASKS,   "⏎ answer it", ROLE_STATE_ASKS  }
        };
	int y = r.y + r.h - 1, end = r.x + r.w - 1;
	struct buf words = BUF_INIT;
	if (focused && view->history) {
		history_words(view->history, &words);
		on_frame(view, r.x + 1, y, end, ROLE_MODE_TYPING, buf_cstr(&words));
		buf_release(&words);
		return;
	}
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++) {
		if (agent->verdict.state != help[i].state || !agent->link)
			continue;
		int cols = text_cols(str_from(help[i].words)) + 2;
		end -= cols;
		on_frame(view, end, y, end + cols, help[i].role, help[i].words);
	}
	if (agent->branch[0] && strcmp(agent->branch, "-") != 0)
		text_safe(&words, str_from(agent->branch), end - r.x - 4);
	int x = on_frame(view, r.x + 1, y, end, ROLE_DIM, buf_cstr(&words));
	if (agent->screen && (screen_cols(agent->screen) > r.w - 2 ||
				     screen_rows(agent->screen) > r.h - 2)) {
		char size[48];
		snprintf(size, sizeof(size), "part of %dx%d", screen_cols(agent->screen),
			screen_rows(agent->screen));
		on_frame(view, x + 1, y, end, ROLE_DIM, size);
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
	struct buf words = BUF_INIT;
	uint64_t h = STR_HASH_INIT;
	tile_state_text(agent, host, &words);
	if (focused && view->history) {
		screen = history_screen(view->history);
		history_words(view->history, &words);
	}
	h = hash_words(h, buf_cstr(&words));
	h = hash_words(h, agent->name);
	h = hash_words(h, agent->host);
	h = hash_words(h, agent->profile);
	h = hash_words(h, agent->branch);
	h = hash_words(h, host->doing);
	h = hash_words(h, host->why->text);
	const int numbers[] = {(int)border, focused, (int)host->state,
		(int)agent->verdict.state, agent->present, agent->link,
		view_index(view, agent->id)};
	h = str_hash(h, (struct str){(const char *)numbers, sizeof(numbers)});
	key->words = h;
	key->version = screen ? screen_version(screen) : 0;
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
		return;
	*drawn = key;
	draw_border(view, tile->outer, border);
	draw_top(view, tile->outer, tile->index + 1, &agent, &host);
	draw_bottom(view, tile->outer, &agent, focused);
	draw_inside(view, rect_inner(tile->outer), &agent, &host, focused);
}
