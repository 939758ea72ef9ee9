/* SPDX-License-Identifier: MIT */
/*
 * Its rows are those of the key table, of the mode in which it was opened, of COMMAND, and of
 * the open panel, each action once. They are collected when it opens: what an agent does
 * meanwhile moves nothing under the finger.
 */
#include "palette.h"

#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "copy.h"
#include "field.h"
#include "fuzzy.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"

#define COLS_MAX 96
#define ROWS_MAX 20
#define KEY_COLS 12 /* behind what does the same on the command line */

struct item {
	struct keymap_row row; /* run NULL: an agent to go to */
	uint32_t agent;
	char *words; /* safe to show */
	char *keys;  /* as they stand on a keyboard */
	int key_cols;
	int score, order;
};

struct palette {
	struct field field;
	struct item *items;
	int count;
	int *shown; /* those that fit, best first */
	int shown_count;
	int at, top, page;
};

static struct item *
add(struct palette *p)
{
	p->items = mem_grow(p->items, (size_t)p->count + 1, sizeof(*p->items));
	struct item *item = &p->items[p->count];
	*item = (struct item){.order = p->count++};
	return item;
}

static bool
has_action(const struct palette *p, const struct keymap_row *row)
{
	for (int i = 0; i < p->count; i++) {
		if (p->items[i].row.run == row->run &&
			p->items[i].row.argument == row->argument)
			return true;
	}
	return false;
}

/* What it does comes first; behind it, to be found by, what it is called. */
static void
add_mode(struct view *view, struct palette *p, enum view_mode mode)
{
	struct keymap_row row;
	for (int i = 0; keymap_at(view->keymap, mode, i, &row); i++) {
		struct buf keys = BUF_INIT;
		if (row.run == action_palette || has_action(p, &row))
			continue;
		struct item *item = add(p);
		const char *help = row.help ? row.help : row.hint ? row.hint : row.name;
		bool panel = mode != VIEW_COMMAND;
		item->row = row;
		item->row.keys = ""; /* they may be others while it is open */
		item->words = mem_printf(
			"%s%s%s", panel ? keymap_mode(mode) : "", panel ? ": " : "", help);
		item->key_cols = keymap_show(view, row.keys, &keys);
		item->keys = mem_strdup(buf_cstr(&keys));
		buf_release(&keys);
	}
}

static void
add_agents(const struct view *view, struct palette *p)
{
	for (int i = 0; i < view->everyone_count; i++) {
		struct agent_view agent;
		if (!fleet_agent(view->fleet, view->everyone[i], &agent))
			continue;
		struct item *item = add(p);
		item->agent = agent.id;
		item->words = mem_printf("go to %s on %s: %s", agent.name, agent.host,
			agent_state_word(agent.verdict.state));
		item->keys = mem_strdup("");
	}
}

static int
compare(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	return x->score != y->score ? y->score - x->score : x->order - y->order;
}

static int
score(const struct item *item, struct str query)
{
	int words = fuzzy_score(query, str_from(item->words));
	int name = item->row.run ? fuzzy_score(query, str_from(item->row.name)) : -1;
	return name > words ? name : words;
}

static void
look(struct palette *p)
{
	struct item **found = mem_alloc_array((size_t)p->count + 1, sizeof(struct item *));
	p->shown_count = 0;
	for (int i = 0; i < p->count; i++) {
		p->items[i].score = score(&p->items[i], buf_str(&p->field.text));
		if (p->items[i].score >= 0)
			found[p->shown_count++] = &p->items[i];
	}
	qsort(found, (size_t)p->shown_count, sizeof(struct item *), compare);
	for (int i = 0; i < p->shown_count; i++)
		p->shown[i] = found[i]->order;
	p->at = p->top = 0;
	mem_free(found);
}

void
palette_open(struct view *view)
{
	palette_close(view);
	struct palette *p = MEM_NEW(struct palette);
	field_init(&p->field, FIELD_PLAIN);
	if (view->mode != VIEW_TYPING)
		add_mode(view, p, view->mode);
	add_mode(view, p, VIEW_COMMAND);
	if (view->panel)
		add_mode(view, p, panel_mode(view));
	add_agents(view, p);
	p->shown = mem_alloc_array((size_t)p->count + 1, sizeof(*p->shown));
	p->page = ROWS_MAX;
	look(p);
	view->palette = p;
	view_changed(view);
}

void
palette_close(struct view *view)
{
	struct palette *p = view->palette;
	view->palette = NULL;
	if (!p)
		return;
	for (int i = 0; i < p->count; i++) {
		mem_free(p->items[i].words);
		mem_free(p->items[i].keys);
	}
	field_release(&p->field);
	mem_free(p->items);
	mem_free(p->shown);
	mem_free(p);
}

/* The palette goes first: what it starts may open a box. */
static void
run(struct view *view)
{
	struct palette *p = view->palette;
	if (p->shown_count == 0)
		return;
	const struct item *item = &p->items[p->shown[p->at]];
	struct keymap_row row = item->row;
	/* What was copied from may have gone meanwhile. */
	if (row.run && row.mode == VIEW_COPY && !view->copy) {
		palette_close(view);
		return;
	}
	uint32_t agent = item->agent;
	palette_close(view);
	view->mode = row.run ? row.mode : VIEW_COMMAND;
	if (view->mode != VIEW_COPY)
		copy_close(view); /* it may be opened anew */
	if (row.run)
		row.run(view, row.argument);
	else
		action_focus(view, agent);
}

static void
move(struct palette *p, int by)
{
	p->at += by;
	p->at = p->at >= p->shown_count ? p->shown_count - 1 : p->at;
	p->at = p->at < 0 ? 0 : p->at;
}

void
palette_do(struct view *view, enum stroke stroke)
{
	struct palette *p = view->palette;
	switch ((int)stroke) {
	case STROKE_ACCEPT:
		run(view);
		break;
	case STROKE_CLOSE:
		palette_close(view);
		break;
	case STROKE_DOWN:
	case STROKE_NEXT_FIELD:
		move(p, 1);
		break;
	case STROKE_UP:
	case STROKE_FIELD_BEFORE:
		move(p, -1);
		break;
	case STROKE_PAGE_DOWN:
	case STROKE_PAGE_UP:
		move(p, stroke == STROKE_PAGE_DOWN ? p->page : -p->page);
		break;
	default:
		(void)field_do(&p->field, stroke);
		look(p);
	}
}

void
palette_type(struct view *view, struct key key)
{
	(void)field_type(&view->palette->field, key);
	look(view->palette);
}

void
palette_paste(struct view *view, struct str text)
{
	struct buf clean = BUF_INIT;
	text_typable(&clean, str_cut(&text, '\n'));
	(void)field_insert(&view->palette->field, buf_str(&clean));
	buf_release(&clean);
	look(view->palette);
	view_changed(view);
}

const char *
palette_at(const struct view *view, int index)
{
	const struct palette *p = view->palette;
	return index < p->shown_count ? p->items[p->shown[index]].words : NULL;
}

/* Beside the words, where there is room for all of it. */
static void
draw_command(struct view *view, const struct item *item, struct rect row, int from,
	struct style style)
{
	char words[64];
	int key_cols = item->key_cols > KEY_COLS ? item->key_cols : KEY_COLS;
	if (!item->row.run || !item->row.command[0])
		return;
	snprintf(words, sizeof(words), "cockpit %s", item->row.command);
	int cols = text_cols(str_from(words)), x = row.w - key_cols - 2 - cols;
	struct style dim = theme_style(view->theme, ROLE_DIM);
	dim.bg = CELL_DEFAULT;
	if (x >= from)
		surface_put(view->surface, row.x + x, row.y, cols, theme_over(style, dim),
			str_from(words));
}

/* Where there is no room for all of it: up to the last clause that fits, not into a word.
 * Returns the columns that are taken. */
static int
put_words(struct surface *s, struct rect at, struct style style, const char *words)
{
	static const char *const ends[] = {": ", "; ", " (", ", "};
	struct str all = str_from(words), rest = all;
	size_t end = 0;
	bool listed = false;
	if (text_cols(all) > at.w) {
		while (rest.len > 0 &&
			text_cols(str_slice(all, 0, all.len - rest.len)) < at.w) {
			for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
				if (!str_starts(rest, str_from(ends[i])))
					continue;
				end = all.len - rest.len;
				listed = ends[i][0] == ',';
			}
			text_next(&rest);
		}
		/* The mode alone, or a name, says too little. */
		if (text_cols(str_slice(all, 0, end)) < at.w / 3)
			end = 0;
	}
	int used = surface_put(s, at.x, at.y, at.w, style, end ? str_slice(all, 0, end) : all);
	if (end && listed)
		used += surface_put(s, at.x + used, at.y, at.w - used, style, STR("…"));
	return used;
}

void
palette_draw(struct view *view)
{
	struct palette *p = view->palette;
	struct surface *s = view->surface;
	int cols = surface_cols(s), rows = surface_rows(s);
	int w = cols < COLS_MAX + 2 ? cols : COLS_MAX;
	int h = rows - 2 < ROWS_MAX + 3 ? rows - 2 : ROWS_MAX + 3;
	struct rect r = {(cols - w) / 2, (rows - h) / 2, w, h}, in = rect_inner(r);
	surface_hide_cursor(s);
	box_draw(view, r, "commands");
	box_hints(view, r, VIEW_FIELD, "accept do it,up+down choose,close close");
	p->page = in.h > 1 ? in.h - 1 : 1;
	surface_put(s, in.x, in.y, 2, theme_style(view->theme, ROLE_DIALOG), STR(":"));
	panel_scroll(&p->top, p->page, p->shown_count, p->at, p->at);
	for (int i = 0; i < p->page && p->top + i < p->shown_count; i++) {
		const struct item *item = &p->items[p->shown[p->top + i]];
		struct rect row = {in.x, in.y + 1 + i, in.w, 1};
		struct style style = theme_style(view->theme, ROLE_DIALOG);
		struct style key = theme_style(view->theme, ROLE_KEYS_KEY);
		bool chosen = p->top + i == p->at;
		/* Of the key line's ground nothing, which is a reverse where there are no
		 * colours. */
		key.bg = CELL_DEFAULT;
		key.attr &= (uint16_t)~CELL_REVERSE;
		key = theme_over(style, key);
		if (chosen) {
			style = panel_select(view, row, style);
			key = panel_select(view, row, key);
		}
		int room = in.w - 2 - (item->key_cols ? item->key_cols + 2 : 0);
		surface_put(s, row.x, row.y, 1, style, chosen ? STR("▸") : STR(" "));
		int used = put_words(
			s, (struct rect){row.x + 1, row.y, room, 1}, style, item->words);
		draw_command(view, item, row, used + 3, style);
		surface_put(s, row.x + in.w - 1 - item->key_cols, row.y, item->key_cols, key,
			str_from(item->keys));
	}
	if (p->shown_count == 0)
		surface_put(s, in.x + 1, in.y + 1, in.w - 1, theme_style(view->theme, ROLE_DIM),
			STR("nothing fits"));
	field_draw(view, &p->field, (struct rect){in.x + 1, in.y, in.w - 1, 1}, true);
}
