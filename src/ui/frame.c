/* SPDX-License-Identifier: MIT */
/* One whole frame: header, tiles or list, key line, and what lies over them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tasks.h"
#include "cost.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"
#include "words.h"

#define FIRST_ROOM 52 /* for the keys up to that of the help */
#define HINT_ROOM  12 /* for the first of them */
#define WIDE_LIST  56 /* a row with room for more than a name and a state */

static int
put(struct view *view, int x, int y, enum theme_role role, const char *words)
{
	int room = surface_cols(view->surface) - x;
	if (room <= 0)
		return x;
	return x + surface_put(view->surface, x, y, room, theme_style(view->theme, role),
			   str_from(words));
}

/* A state's colour on the header's ground. */
static int
put_state(struct view *view, int x, int y, enum theme_role role, const char *words)
{
	struct style style = theme_style(view->theme, role);
	struct style header = theme_style(view->theme, ROLE_HEADER);
	/* What stands before it is the header's, also where the state has a ground of its own.
	 */
	for (; *words == ' '; words++)
		x++;
	header.attr &= CELL_REVERSE;
	style = theme_over(header, style);
	return x + surface_put(view->surface, x, y, surface_cols(view->surface) - x, style,
			   str_from(words));
}

static bool
is_well(const struct host_view *host)
{
	return host->state == HOST_READY || host->state == HOST_DOWN;
}

/* Hosts that wait for a person, then those that are not ready, said in the header since they
 * may have no tile: how many, and each by name while there is room. */
static int
put_hosts(struct view *view, int x, int y, int end)
{
	int bad = 0;
	struct host_view host;
	struct buf words = BUF_INIT;
	for (int i = 0; i < view->asking.count; i++) {
		char age[8];
		fleet_host_at(view->fleet, view->asking.hosts[i], &host);
		clock_age(clock_ms() - host.since, age);
		buf_clear(&words);
		buf_printf(&words, "  ● %s asks %s", host.name, age);
		if (x + text_cols(buf_str(&words)) >= end)
			break;
		x = put_state(view, x, y, ROLE_STATE_ASKS, buf_cstr(&words));
	}
	for (int i = 0; i < fleet_host_count(view->fleet); i++) {
		fleet_host_at(view->fleet, i, &host);
		bad += !is_well(&host) && host.state != HOST_ASKING;
	}
	buf_clear(&words);
	if (bad > 1) {
		buf_printf(&words, "  %d hosts not ready", bad);
		if (x + text_cols(buf_str(&words)) < end)
			x = put_state(view, x, y, ROLE_ERROR, buf_cstr(&words));
	}
	for (int i = 0; i < fleet_host_count(view->fleet); i++) {
		fleet_host_at(view->fleet, i, &host);
		if (is_well(&host) || host.state == HOST_ASKING)
			continue;
		buf_clear(&words);
		buf_printf(&words, "  %s ", host.name);
		words_host(&host, WORDS_SHORT, &words);
		if (x + text_cols(buf_str(&words)) >= end)
			break;
		x = put_state(view, x, y, words_host_role(&host), buf_cstr(&words));
	}
	buf_release(&words);
	return x;
}

/* What all have spent, where there is room; returns where it begins. */
static int
put_cost(struct view *view, int x, int y, int end)
{
	struct buf words = BUF_INIT;
	cost_words(view, &words);
	int begin = end - text_cols(buf_str(&words)) - 2;
	if (words.len > 0 && begin > x) {
		put(view, begin, y, ROLE_HEADER, buf_cstr(&words));
		end = begin;
	}
	buf_release(&words);
	return end;
}

static void
draw_header(struct view *view)
{
	static const enum agent_state counted[] = {AGENT_WORKING, AGENT_ASKS, AGENT_TRUST,
		AGENT_LOGIN, AGENT_LIMITED, AGENT_FAILED, AGENT_LOST, AGENT_DONE};
	const struct fleet_config *config = fleet_config(view->fleet);
	struct rect r = view->layout.header;
	int count[AGENT_STATE_COUNT] = {0};
	char words[160], clock[8];
	time_t now = time(NULL);
	struct tm tm;
	surface_fill(view->surface, r, theme_style(view->theme, ROLE_HEADER));
	for (int i = 0; i < view->everyone_count; i++) {
		struct agent_view agent;
		/* What nobody can know now is not counted as if it were so. */
		if (fleet_agent(view->fleet, view->everyone[i], &agent) &&
			(agent.link || !agent.present))
			count[agent.verdict.state]++;
	}
	/* Where there is no room for words, what has the same sign is one number. */
	if (r.w < 70) {
		count[AGENT_ASKS] += count[AGENT_TRUST] + count[AGENT_LOGIN];
		count[AGENT_TRUST] = count[AGENT_LOGIN] = 0;
	}
	snprintf(words, sizeof(words), " %s ", config->name);
	int x = put(view, 0, r.y, ROLE_HEADER_STRONG, words);
	snprintf(words, sizeof(words), "  %d host%s  %d agent%s ",
		fleet_host_count(view->fleet), fleet_host_count(view->fleet) == 1 ? "" : "s",
		view->everyone_count, view->everyone_count == 1 ? "" : "s");
	if (r.w >= 50)
		x = put(view, x, r.y, ROLE_HEADER, words);
	struct buf filter = BUF_INIT;
	filter_words(view, r.w / 3, &filter);
	if (filter.len > 0)
		x = put(view, x + 1, r.y, ROLE_HEADER_STRONG, buf_cstr(&filter)) + 1;
	buf_release(&filter);
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		enum agent_state state = counted[i];
		if (count[state] == 0)
			continue;
		const char *word = agent_state_word(state);
		bool plural = count[state] > 1 && str_starts(str_from(word), STR("needs "));
		if (r.w < 70)
			snprintf(words, sizeof(words), "  %s%d", agent_state_glyph(state),
				count[state]);
		else
			snprintf(words, sizeof(words), "  %s %d %s%s", agent_state_glyph(state),
				count[state], plural ? "need" : "",
				plural ? word + strlen("needs") : word);
		/* Half a number would be a wrong one. */
		if (x + text_cols(str_from(words)) > r.w)
			break;
		x = put_state(view, x, r.y, words_state_role(state), words);
	}
	int failing = checks_count(view);
	if (failing > 0 && r.w >= 90) {
		snprintf(words, sizeof(words), "  ✗ %d check%s", failing,
			failing == 1 ? " fails" : "s fail");
		x = put_state(view, x, r.y, ROLE_STATE_FAILED, words);
	}
	localtime_r(&now, &tm);
	snprintf(clock, sizeof(clock), "%02d:%02d ", tm.tm_hour, tm.tm_min);
	int end = r.w - 6;
	if (view->layout.pages > 1) {
		snprintf(words, sizeof(words), "page %d/%d  ", view->layout.page + 1,
			view->layout.pages);
		end -= (int)strlen(words);
		if (end > x + 1)
			put(view, end, r.y, ROLE_HEADER, words);
	}
	/* A link that is lost comes first. */
	x = put_hosts(view, x, r.y, end);
	put_cost(view, x, r.y, end);
	if (x < r.w - 6)
		put(view, r.w - 6, r.y, ROLE_HEADER, clock);
}

/* A question that has no box yet, and the way to it. */
static int
put_asking(struct view *view, int x, int y)
{
	int host = view->asking.hosts[0], room = surface_cols(view->surface) - x - 20;
	const struct link_ask *ask = fleet_host_ask(view->fleet, host);
	struct buf words = BUF_INIT;
	buf_addc(&words, " ● ");
	asking_who(view->fleet, host, ask, &words);
	buf_printf(&words, " asks: %s", ask->title);
	struct style style = theme_over(
		theme_style(view->theme, ROLE_KEYS), theme_style(view->theme, ROLE_STATE_ASKS));
	if (room > 0)
		x += surface_put(view->surface, x, y, room, style, buf_str(&words));
	buf_release(&words);
	bool typing = view->mode == VIEW_TYPING;
	char key[32];
	enum view_mode mode = typing ? VIEW_TYPING : VIEW_COMMAND;
	keymap_first(view, mode, typing ? "leave" : "answer", key);
	x = put(view, x + 2, y, ROLE_KEYS_KEY, key);
	return put(view, x + 1, y, ROLE_KEYS, typing ? "leads there" : "answer it");
}

/* At the right, where it leaves room for the keys that do most; returns where it begins. */
static int
put_first(struct view *view, int x, struct rect line)
{
	struct buf words = BUF_INIT;
	first_words(view, &words);
	int cols = text_cols(buf_str(&words)) + 1, end = line.w;
	if (words.len > 0 && line.w - x - cols >= FIRST_ROOM) {
		end -= cols + 2;
		put(view, end + 2, line.y, ROLE_KEYS_KEY, buf_cstr(&words));
	}
	buf_release(&words);
	return end;
}

/* Those that do most first; the way out of a panel has its room however little there is. */
static void
put_hints(struct view *view, int x, int end)
{
	char key[32], leave[32] = "";
	const char *words;
	int y = view->layout.keys.y;
	if (panel_has_keys(view))
		keymap_first(view, view->mode, "close", leave);
	int room = leave[0] ? text_cols(str_from(leave)) + (int)strlen("   close") : 0;
	for (int i = 0; (words = keymap_hint(view, i, key)) != NULL; i++) {
		int need = text_cols(str_from(key)) + text_cols(str_from(words)) + 3;
		room = strcmp(words, "close") == 0 ? 0 : room;
		/* The first one is there in any case: it may be all there is. After a long one
		 * without room a short one may have some. */
		if (x + need + room > end && i > 0)
			continue;
		x = put(view, x + 2, y, ROLE_KEYS_KEY, key);
		x = put(view, x + 1, y, ROLE_KEYS, words);
	}
	if (room > 0 && x + room <= end) {
		x = put(view, x + 2, y, ROLE_KEYS_KEY, leave);
		put(view, x + 1, y, ROLE_KEYS, "close");
	}
}

/* What takes long, at the right, and the key that lists it; returns where it begins. */
static int
put_doings(struct view *view, int x, struct rect line)
{
	struct buf words = BUF_INIT;
	struct style style = theme_over(theme_style(view->theme, ROLE_KEYS),
		theme_style(view->theme, ROLE_STATE_WORKING));
	char key[32] = "";
	int end = line.w;
	doings_words(view, &words);
	if (view->mode == VIEW_COMMAND)
		keymap_first(view, VIEW_COMMAND, "under-way", key);
	int cols = text_cols(buf_str(&words)), all = cols + 1 + text_cols(str_from(key)) + 1;
	if (words.len > 0 && line.w - x - all >= 2) {
		end -= all + 2;
		surface_put(view->surface, end + 2, line.y, cols, style, buf_str(&words));
		put(view, end + 2 + cols + 1, line.y, ROLE_KEYS_KEY, key);
	}
	buf_release(&words);
	return end;
}

/* The way back, as long as there is one; returns where it begins. */
static int
put_undo(struct view *view, int x, int end)
{
	char key[32], words[32];
	int left = undo_left(view);
	if (left == 0 || !keymap_first(view, view->mode, "undo", key)[0])
		return end;
	snprintf(words, sizeof(words), "undo %s %ds", undo_what(view), left);
	int cols = text_cols(str_from(key)) + 1 + (int)strlen(words) + 1;
	if (end - x - cols < HINT_ROOM)
		return end;
	end -= cols + 2;
	int at = put(view, end + 2, view->layout.keys.y, ROLE_KEYS_KEY, key);
	put(view, at + 1, view->layout.keys.y, ROLE_KEYS, words);
	return end;
}

static void
draw_keys(struct view *view)
{
	struct rect r = view->layout.keys;
	static const struct {
		enum theme_role role;
		const char *words;
	} modes[VIEW_MODE_COUNT] = {
		[VIEW_COMMAND] = {ROLE_MODE_COMMAND, " COMMAND "  },
		[VIEW_TYPING] = {ROLE_MODE_TYPING,  " TYPING "   },
		[VIEW_INBOX] = {ROLE_MODE_COMMAND, " INBOX "    },
		[VIEW_DIFF] = {ROLE_MODE_COMMAND, " DIFF "     },
		[VIEW_CONFLICTS] = {ROLE_MODE_COMMAND, " CONFLICTS "},
		[VIEW_EVENTS] = {ROLE_MODE_COMMAND, " EVENTS "   },
		[VIEW_CHECKS] = {ROLE_MODE_COMMAND, " CHECKS "   },
		[VIEW_TASKS] = {ROLE_MODE_COMMAND, " TASKS "    },
		[VIEW_COPY] = {ROLE_MODE_COMMAND, " COPY "     },
	};
	bool typing = view->mode == VIEW_TYPING;
	surface_fill(view->surface, r, theme_style(view->theme, ROLE_KEYS));
	if (view->filter.editing) {
		int at = put(view, 0, r.y, ROLE_MODE_TYPING, " FILTER ");
		filter_draw(view, (struct rect){at, r.y, r.w - at, 1});
		return;
	}
	int x = put(view, 0, r.y, modes[view->mode].role, modes[view->mode].words);
	/* The panel shows it. */
	if (view->asking.count > 0 && !view->question && view->mode != VIEW_INBOX)
		x = put_asking(view, x, r.y);
	if (view->asking.count > 0 && typing)
		return;
	int end = put_undo(view, x, put_doings(view, x, r));
	put_hints(view, x, end == r.w ? put_first(view, x, r) : end);
}

/* What needs a person, before the state of its row; returns where it begins. The key that helps
 * is on the edge of the tile below, once it is the chosen one.
 */
static int
put_trouble(struct view *view, int x, int end, int y, struct style ground, struct str words,
	enum theme_role role)
{
	(void)str_cut(&words, ' ');
	int cols = text_cols(words);
	if (cols == 0 || end - cols - 2 < x)
		return end;
	surface_put(view->surface, end - cols - 2, y, cols,
		theme_over(ground, theme_style(view->theme, role)), words);
	return end - cols - 2;
}

static void
draw_troubles(struct view *view, int x, int end, int y, struct style ground, uint32_t agent)
{
	struct buf words = BUF_INIT;
	enum theme_role role = checks_words(view, agent, end - x, &words);
	if (str_starts(buf_str(&words), STR("f ")))
		end = put_trouble(view, x, end, y, ground, buf_str(&words), role);
	buf_clear(&words);
	conflicts_words(view, agent, end - x, &words);
	put_trouble(view, x, end, y, ground, buf_str(&words), ROLE_STATE_ASKS);
	buf_release(&words);
}

static void
draw_list(struct view *view)
{
	struct rect r = view->layout.list;
	int focus = view_index(view, view->focus);
	int first = view->layout.first;
	surface_fill(view->surface, r, (struct style){0});
	for (int i = 0; i < r.h && first + i < view->agent_count; i++) {
		struct agent_view agent;
		struct host_view host;
		struct buf line = BUF_INIT, state = BUF_INIT;
		if (!fleet_agent(view->fleet, view->agents[first + i], &agent))
			continue;
		fleet_host_at(view->fleet, agent.host_index, &host);
		bool chosen = first + i == focus;
		enum theme_role role = chosen ? ROLE_SELECTION : ROLE_TEXT;
		struct style style = theme_style(view->theme, role);
		struct rect row = {r.x, r.y + i, r.w, 1};
		surface_fill(view->surface, row, style);
		words_state(&agent, &host, r.w < WIDE_LIST ? WORDS_SHORT : WORDS_ALL, &state);
		buf_printf(&line, "%s%d %s", chosen ? "▸" : " ", first + i + 1, agent.name);
		int used = surface_put(view->surface, r.x, row.y, r.w, style, buf_str(&line));
		int cols = text_cols(buf_str(&state));
		struct style colour = theme_style(view->theme, words_role(&agent, &host));
		if (chosen)
			colour = theme_over(style, colour);
		/* A narrow list has room for the glyph alone. */
		if (used + cols + 2 <= r.w) {
			int at = r.x + r.w - cols - 1;
			surface_put(view->surface, at, row.y, cols, colour, buf_str(&state));
			draw_troubles(view, r.x + used + 1, at, row.y, style, agent.id);
		} else if (used + 3 <= r.w) {
			surface_put(view->surface, r.x + r.w - 2, row.y, 1, colour,
				str_from(agent_state_glyph(agent.verdict.state)));
		}
		buf_release(&line);
		buf_release(&state);
	}
}

/* "one, two": who ran before has no tile, and is not gone. */
static void
add_kept(const struct view *view, struct buf *into)
{
	struct pilot_current current = {0};
	struct buf names = BUF_INIT;
	if (view->pilot) {
		pilot_current(view->pilot, &current);
		pilot_kept(view->pilot, current.agents, &names);
	}
	text_safe(into, buf_str(&names), -1);
	buf_release(&names);
}

/* No agents: say what there is and what to do. */
static void
draw_empty(struct view *view)
{
	const struct rect *panel = &view->layout.panel;
	int y = view->layout.header.y + 2;
	/* A panel at the left begins where the words would. */
	int x = panel->w > 0 && panel->x == 0 && panel->y < y ? panel->w + 2 : 2;
	char key[32], words[80];
	keymap_first(view, VIEW_COMMAND, "new", key);
	if (view->everyone_count > 0) {
		keymap_first(view, VIEW_COMMAND, "show-all", key);
		snprintf(words, sizeof(words), "No agent fits the filter.%s%s%s",
			key[0] ? " Press " : "", key, key[0] ? " to see all." : "");
		put(view, x, y, ROLE_TITLE, words);
		return;
	}
	struct buf kept = BUF_INIT;
	add_kept(view, &kept);
	snprintf(words, sizeof(words), "%s%s%s%s",
		kept.len ? "No agent runs." : "No agents yet.", key[0] ? " Press " : "", key,
		key[0] ? " to start one." : "");
	put(view, x, y, ROLE_TITLE, words);
	y += 2;
	for (int i = 0; i < fleet_host_count(view->fleet); i++, y++) {
		struct host_view host;
		struct buf line = BUF_INIT;
		fleet_host_at(view->fleet, i, &host);
		const struct link_ask *ask = fleet_host_ask(view->fleet, i);
		buf_printf(&line, "%-16s ", host.name);
		if (ask)
			buf_printf(&line, "asks: %s", ask->title);
		else if (is_well(&host))
			buf_addc(&line, host_state_word(host.state));
		else
			words_host(&host, WORDS_ALL, &line);
		put(view, x, y, is_well(&host) ? ROLE_DIM : words_host_role(&host),
			buf_cstr(&line));
		if (host.why->code) {
			buf_clear(&line);
			text_safe(&line, str_from(host.why->text),
				surface_cols(view->surface) - 6);
			put(view, x + 2, ++y, ROLE_DIM, buf_cstr(&line));
		}
		buf_release(&line);
	}
	if (kept.len > 0) {
		struct str names = buf_str(&kept);
		put(view, x, ++y, ROLE_DIM, "\"cockpit resume NAME\" brings back who is kept:");
		while (names.len > 0 && ++y < view->layout.keys.y)
			surface_put(view->surface, x + 2, y,
				surface_cols(view->surface) - x - 4,
				theme_style(view->theme, ROLE_TEXT),
				text_row(&names, surface_cols(view->surface) - x - 4));
	}
	buf_release(&kept);
}

void
frame_draw(struct view *view)
{
	struct surface *s = view->surface;
	struct rect all = {0, 0, surface_cols(s), surface_rows(s)};
	bool covers = view->doings.open || view->text.len > 0 || view->palette || view->pager ||
		      view->dialog || view->question;
	view_refresh(view);
	const struct layout *layout = &view->layout;
	view->whole = view->whole || covers || view->covered ||
		      layout->kind != view->laid.kind ||
		      layout->tile_count != view->laid.tiles || layout->kind == LAYOUT_EMPTY ||
		      memcmp(&layout->panel, &view->laid.panel, sizeof(layout->panel)) != 0;
	view->laid.kind = layout->kind;
	view->laid.tiles = layout->tile_count;
	view->laid.panel = layout->panel;
	view->covered = covers;
	if (view->whole)
		surface_fill(s, all, (struct style){0});
	surface_hide_cursor(s);
	if (view->layout.kind == LAYOUT_TOO_SMALL) {
		char least[24];
		put(view, 0, 0, ROLE_TEXT, "too small");
		snprintf(least, sizeof(least), "%dx%d at least", LAYOUT_MIN_COLS,
			LAYOUT_MIN_ROWS);
		if (all.h > 1 && all.w >= (int)strlen(least))
			put(view, 0, 1, ROLE_TEXT, least);
		return;
	}
	/* The line that is typed has the cursor, in every frame. */
	bool chrome = view->whole || view->chrome || view->filter.editing;
	if (chrome)
		draw_header(view);
	if (view->layout.kind == LAYOUT_EMPTY)
		draw_empty(view);
	if (chrome && view->layout.kind == LAYOUT_LIST)
		draw_list(view);
	for (int i = 0; i < view->layout.tile_count; i++)
		tile_draw(view, &view->layout.tiles[i], &view->drawn[i]);
	if (chrome)
		panel_draw(view);
	if (chrome)
		draw_keys(view);
	overlay_draw(view);
	toast_draw(view);
	view->whole = view->chrome = false;
}
