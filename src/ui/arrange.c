/* SPDX-License-Identifier: MIT */
#include "arrange.h"

#include <stdio.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/term_screen.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"

#define FILE_NAME "screen.json"

static const struct form {
	const char *name, *words;
} forms[FORM_COUNT] = {
	[FORM_FITTING] = {"fitting", "whatever fits"                  },
	[FORM_GRID] = {"grid",    "a grid"                         },
	[FORM_MAIN] = {"main",    "one large, the others beside it"},
	[FORM_LIST] = {"list",    "a list and one of them"         },
};

static const char *const places[PLACE_COUNT] = {
	[PLACE_FITTING] = "fitting",
	[PLACE_RIGHT] = "right",
	[PLACE_BELOW] = "below",
	[PLACE_LEFT] = "left",
};

/* --- what is wanted --- */

/* The large one: the first one, where there is none of that name (any more). */
static int
main_index(const struct view *view)
{
	for (int i = 0; view->main_name && i < view->agent_count; i++) {
		struct agent_view agent;
		if (fleet_agent(view->fleet, view->agents[i], &agent) &&
			strcmp(agent.name, view->main_name) == 0)
			return i;
	}
	return 0;
}

struct layout_wish
arrange_wish(const struct view *view, enum layout_panel panel)
{
	return (struct layout_wish){.panel = panel,
		.place = (enum layout_place)view->panel_place,
		.share = view->panel_share,
		.form = (enum layout_form)view->form,
		.main = view->form == FORM_MAIN ? main_index(view) : 0,
		.page = view->layout.kind == LAYOUT_MAIN ? view->layout.page : 0};
}

void
arrange_next(struct view *view, int argument)
{
	(void)argument;
	view->form = (view->form + 1) % FORM_COUNT;
	view->zoom = false;
	char said[128];
	view_toast(view, ROLE_NOTICE, "layout: %s%s%s", forms[view->form].words,
		view->form == FORM_MAIN ? "; " : "",
		view->form == FORM_MAIN
			? keymap_said(view, VIEW_COMMAND, "M makes it another", said)
			: "");
}

void
arrange_main(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (!view_focused(view, &agent))
		return;
	mem_free(view->main_name);
	view->main_name = mem_strdup(agent.name);
	view->form = FORM_MAIN;
	view->zoom = false;
	view_changed(view);
}

/* --- as it was left --- */

struct left {
	char *layout, *main, *place, *panel;
	bool full;
	int share;
};

static const struct json_row rows[] = {
	{"layout", JSON_KIND_STRING,  0, offsetof(struct left, layout), 0, 0,                NULL, "a layout"},
	{"main",   JSON_KIND_STRING,  0, offsetof(struct left, main),   0, 200,              NULL, "an agent"},
	{"panel",  JSON_KIND_STRING,  0, offsetof(struct left, panel),  0, 0,                NULL, "a view"  },
	{"place",  JSON_KIND_STRING,  0, offsetof(struct left, place),  0, 0,                NULL, "a place" },
	{"share",  JSON_KIND_INTEGER, 0, offsetof(struct left, share),  0, LAYOUT_SHARE_MAX, NULL,
         "percent"											   },
	{"full",   JSON_KIND_BOOL,    0, offsetof(struct left, full),   0, 0,                NULL, "alone"   },
};

static void
take(struct view *view, const struct left *left)
{
	for (int i = 0; i < FORM_COUNT; i++) {
		if (left->layout && strcmp(left->layout, forms[i].name) == 0)
			view->form = i;
	}
	for (int i = 0; i < PLACE_COUNT; i++) {
		if (left->place && strcmp(left->place, places[i]) == 0)
			view->panel_place = i;
	}
	if (left->main) {
		mem_free(view->main_name);
		view->main_name = mem_strdup(left->main);
	}
	if (left->panel)
		panel_open_named(view, left->panel);
	view->panel_share = left->share;
	view->panel_full = left->full;
}

static bool
read_file(struct view *view, const char *dir)
{
	struct buf text = BUF_INIT;
	struct json_doc *doc = NULL;
	struct left left = {0};
	char *file = path_join(dir, FILE_NAME);
	bool read = path_read(file, 4096, &text, NULL) == 0 &&
		    json_doc_parse(file, buf_str(&text), &doc, NULL) == 0 &&
		    json_read(json_doc_root(doc), rows, sizeof(rows) / sizeof(rows[0]), &left,
			    NULL) == 0;
	if (read)
		take(view, &left);
	mem_free(left.layout);
	mem_free(left.main);
	mem_free(left.panel);
	mem_free(left.place);
	json_doc_free(doc);
	buf_release(&text);
	mem_free(file);
	return read;
}

static void
write_text(const struct view *view, struct buf *into)
{
	struct json_writer w = JSON_WRITER_INIT(into, false);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "layout", forms[view->form].name);
	if (view->main_name)
		json_write_cstr(&w, "main", view->main_name);
	if (view->panel)
		json_write_cstr(&w, "panel", panel_name(view));
	json_write_cstr(&w, "place", places[view->panel_place]);
	json_write_int(&w, "share", view->panel_share);
	json_write_bool(&w, "full", view->panel_full);
	json_write_close(&w);
	json_writer_end(&w);
}

static char *
own_dir(const struct view *view)
{
	char *dir = NULL;
	return fleet_state_dir(fleet_config(view->fleet)->name, &dir, NULL) == 0 ? dir : NULL;
}

void
arrange_load(struct view *view)
{
	char *all = path_state_dir(), *own = own_dir(view);
	if (!own || !read_file(view, own))
		read_file(view, all);
	buf_clear(&view->arranged);
	write_text(view, &view->arranged);
	mem_free(all);
	mem_free(own);
}

void
arrange_save(struct view *view)
{
	struct buf text = BUF_INIT;
	write_text(view, &text);
	if (!str_eq(buf_str(&text), buf_str(&view->arranged))) {
		char *dirs[] = {own_dir(view), path_state_dir()};
		for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
			char *file = dirs[i] ? path_join(dirs[i], FILE_NAME) : NULL;
			if (file)
				path_write(file, buf_str(&text), 0600, NULL);
			mem_free(file);
			mem_free(dirs[i]);
		}
		buf_clear(&view->arranged);
		buf_add(&view->arranged, buf_str(&text));
	}
	buf_release(&text);
}

void
arrange_panes(struct view *view)
{
	/* While one types a filter tiles come and go with each letter. */
	if (view->filter.editing)
		return;
	for (int i = 0; i < view->agent_count; i++) {
		int w, h;
		action_tile_size(view, i, &w, &h);
		/* What stands still would be another picture. */
		if (view->copy && view->agents[i] == view->focus)
			continue;
		for (int t = 0; t < view->layout.tile_count; t++) {
			struct rect in = rect_inner(view->layout.tiles[t].outer);
			if (view->layout.tiles[t].index != i)
				continue;
			w = in.w;
			h = in.h;
		}
		if (w >= SCREEN_MIN_COLS && h >= 1)
			pilot_resize(view->pilot, view->agents[i], w, h);
	}
}
