/* SPDX-License-Identifier: MIT */
#include "conflicts.h"

#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_pilot.h"
#include "panel.h"
#include "view.h"

#define ROWS_MAX 20000
#define INDENT   2

/* One of a file has its path, the first of them is where it is selected. */
struct conflicts_row {
	char *text;
	enum theme_role role;
	int indent;
	bool head;
	struct conflicts_mark mark;
};

static void
drop_rows(struct conflicts_view *conflicts)
{
	for (int i = 0; i < conflicts->count; i++) {
		mem_free(conflicts->rows[i].text);
		mem_free(conflicts->rows[i].mark.path);
	}
	mem_free(conflicts->rows);
	conflicts->rows = NULL;
	conflicts->count = 0;
}

void
conflicts_release(struct conflicts_view *conflicts)
{
	drop_rows(conflicts);
	mem_free(conflicts->mark.path);
	conflicts->mark.path = NULL;
}

/* --- words --- */

static const char *
name_of(const struct view *view, uint32_t agent)
{
	struct agent_view found;
	if (!agent)
		return "the base";
	return fleet_agent(view->fleet, agent, &found) ? found.name : "one that is gone";
}

int
conflicts_count(const struct view *view)
{
	struct pilot_clashes now = {0};
	if (view->pilot)
		pilot_clashes(view->pilot, &now);
	return (int)now.count;
}

void
conflicts_words(const struct view *view, uint32_t agent, int cols, struct buf *into)
{
	struct pilot_clashes now = {0};
	struct buf names = BUF_INIT;
	size_t count = 0;
	if (view->pilot)
		pilot_clashes(view->pilot, &now);
	for (size_t i = 0; i < now.count; i++) {
		const struct pilot_clash *clash = &now.found[i];
		if (clash->one != agent && clash->other != agent)
			continue;
		uint32_t with = clash->one == agent ? clash->other : clash->one;
		buf_addc(&names, count++ ? ", " : "c clashes: ");
		buf_addc(&names, with ? name_of(view, with) : "base");
	}
	if (text_cols(buf_str(&names)) > cols) {
		buf_clear(&names);
		buf_printf(&names, count == 1 ? "c a clash" : "c %zu clashes", count);
	}
	if (count > 0 && text_cols(buf_str(&names)) <= cols)
		buf_add(into, buf_str(&names));
	buf_release(&names);
}

/* --- rows --- */

/* Text that is safe already, in as many rows as it needs; mark's path is copied. */
static void
add_rows(struct conflicts_view *conflicts, enum theme_role role, int indent,
	const struct conflicts_mark *mark, bool head, struct str text)
{
	int cols = conflicts->cols - indent;
	while (text.len > 0 && conflicts->count < ROWS_MAX) {
		struct str row = text_row(&text, cols > 1 ? cols : 1);
		conflicts->rows = mem_room(
			conflicts->rows, (size_t)conflicts->count, sizeof(*conflicts->rows));
		struct conflicts_row *new = &conflicts->rows[conflicts->count++];
		*new = (struct conflicts_row){
			mem_strndup(row.ptr, row.len), role, indent, head, {0}};
		if (mark)
			new->mark = (struct conflicts_mark){
				mark->one, mark->other, mem_strdup(mark->path)};
		head = false;
	}
}

static void
add_words(struct conflicts_view *conflicts, enum theme_role role, int indent, const char *words)
{
	add_rows(conflicts, role, indent, NULL, false, str_from(words));
}

static void
add_file(struct conflicts_view *conflicts, const struct pilot_clash *clash,
	const struct radar_file *file)
{
	const struct conflicts_mark mark = {clash->one, clash->other, file->path};
	struct buf words = BUF_INIT;
	text_safe(&words, str_from(file->path), -1);
	add_rows(conflicts, ROLE_TEXT, INDENT, &mark, true, buf_str(&words));
	buf_clear(&words);
	radar_words(file, &words);
	add_rows(conflicts, ROLE_DIM, 2 * INDENT, &mark, false, buf_str(&words));
	buf_release(&words);
}

static void
add_pair(struct view *view, const struct pilot_clash *clash)
{
	struct conflicts_view *conflicts = &view->conflicts;
	struct buf words = BUF_INIT;
	size_t files = clash->file_count + clash->files_left;
	buf_printf(&words, "%s and %s · %zu %s", name_of(view, clash->one),
		name_of(view, clash->other), files, files == 1 ? "file" : "files");
	add_words(conflicts, ROLE_TITLE, 0, buf_cstr(&words));
	for (size_t i = 0; i < clash->file_count; i++)
		add_file(conflicts, clash, &clash->files[i]);
	buf_clear(&words);
	buf_printf(&words, "… \"cockpit conflicts\" has %zu more", clash->files_left);
	if (clash->files_left)
		add_words(conflicts, ROLE_DIM, INDENT, buf_cstr(&words));
	buf_release(&words);
}

static bool
is_marked(const struct conflicts_view *conflicts, const struct conflicts_row *row)
{
	const struct conflicts_mark *mark = &conflicts->mark;
	return row->mark.path && mark->path && row->mark.one == mark->one &&
	       row->mark.other == mark->other && strcmp(row->mark.path, mark->path) == 0;
}

/* Where the selected one begins; -1: nothing is selected. */
static int
marked_row(const struct conflicts_view *conflicts)
{
	for (int i = 0; i < conflicts->count; i++) {
		if (conflicts->rows[i].head && is_marked(conflicts, &conflicts->rows[i]))
			return i;
	}
	return -1;
}

static void
mark_row(struct conflicts_view *conflicts, int index)
{
	const struct conflicts_mark *mark = &conflicts->rows[index].mark;
	char *path = mem_strdup(mark->path);
	mem_free(conflicts->mark.path);
	conflicts->mark = (struct conflicts_mark){mark->one, mark->other, path};
}

/* The next row from index on, that way, where a file begins; -1 */
static int
next_head(const struct conflicts_view *conflicts, int index, int way)
{
	for (; index >= 0 && index < conflicts->count; index += way) {
		if (conflicts->rows[index].head)
			return index;
	}
	return -1;
}

static void
make_rows(struct view *view, int cols)
{
	struct conflicts_view *conflicts = &view->conflicts;
	struct pilot_clashes now = {0};
	if (view->pilot)
		pilot_clashes(view->pilot, &now);
	if (conflicts->rows && conflicts->at == now.at && conflicts->cols == cols &&
		conflicts->failed == (now.error != NULL))
		return;
	int before = marked_row(conflicts);
	drop_rows(conflicts);
	conflicts->at = now.at;
	conflicts->failed = now.error != NULL;
	conflicts->cols = cols;
	if (now.error) {
		add_words(conflicts, ROLE_ERROR, 0, now.error);
		add_words(conflicts, ROLE_DIM, 0, "What was found before:");
	}
	for (size_t i = 0; i < now.count; i++)
		add_pair(view, &now.found[i]);
	if (now.count == 0)
		add_words(conflicts, ROLE_DIM, 0,
			now.at ? "Nobody will clash with anybody." : "It is not known yet.");
	/* On its file as long as that is there, else near where it was. */
	if (marked_row(conflicts) >= 0)
		return;
	int index = next_head(conflicts,
		before < conflicts->count ? (before < 0 ? 0 : before) : conflicts->count - 1,
		-1);
	if (index < 0)
		index = next_head(conflicts, 0, 1);
	if (index >= 0)
		mark_row(conflicts, index);
}

/* --- drawing --- */

/* The selected one is seen as a whole where it goes, with who it is about. */
static void
place(struct conflicts_view *conflicts)
{
	int first = marked_row(conflicts), last = first;
	while (first >= 0 && last + 1 < conflicts->count && !conflicts->rows[last + 1].head &&
		is_marked(conflicts, &conflicts->rows[last + 1]))
		last++;
	if (first > 0 && !conflicts->rows[first - 1].mark.path)
		first--;
	panel_scroll(&conflicts->top, conflicts->page, conflicts->count, first, last);
}

void
conflicts_draw(struct view *view, struct rect in)
{
	struct conflicts_view *conflicts = &view->conflicts;
	make_rows(view, in.w);
	conflicts->page = in.h;
	place(conflicts);
	for (int i = 0; i < in.h && conflicts->top + i < conflicts->count; i++) {
		const struct conflicts_row *row = &conflicts->rows[conflicts->top + i];
		struct style style = theme_style(view->theme, row->role);
		if (row->head && is_marked(conflicts, row)) {
			style = panel_select(
				view, (struct rect){in.x, in.y + i, in.w, 1}, style);
			surface_put(view->surface, in.x, in.y + i, 1, style, STR("▸"));
		}
		surface_put(view->surface, in.x + row->indent, in.y + i, in.w - row->indent,
			style, str_from(row->text));
	}
}

void
conflicts_click(struct view *view, int row)
{
	struct conflicts_view *conflicts = &view->conflicts;
	int index = conflicts->top + row;
	if (row < 0 || index >= conflicts->count)
		return;
	while (index >= 0 && conflicts->rows[index].mark.path && !conflicts->rows[index].head)
		index--;
	if (index >= 0 && conflicts->rows[index].head)
		mark_row(conflicts, index);
}

/* --- actions --- */

void
conflicts_move(struct view *view, int argument)
{
	struct conflicts_view *conflicts = &view->conflicts;
	int index = next_head(conflicts, marked_row(conflicts) + argument, argument);
	if (index >= 0)
		mark_row(conflicts, index);
}

void
conflicts_page(struct view *view, int argument)
{
	struct conflicts_view *conflicts = &view->conflicts;
	int page = conflicts->page > 2 ? conflicts->page - 2 : 1;
	int at = marked_row(conflicts) + argument * page;
	at = at < 0 ? 0 : at >= conflicts->count ? conflicts->count - 1 : at;
	int index = next_head(conflicts, at, argument);
	if (index < 0)
		index = next_head(conflicts, at, -argument);
	if (index >= 0)
		mark_row(conflicts, index);
}

void
conflicts_go(struct view *view, int argument)
{
	const struct conflicts_mark *mark = &view->conflicts.mark;
	if (marked_row(&view->conflicts) < 0)
		return;
	uint32_t agent = argument < 0 ? mark->one : mark->other;
	if (agent)
		action_focus(view, agent);
	else
		view_toast(view, ROLE_NOTICE, "the base is no agent");
	if (agent)
		view->mode = VIEW_COMMAND;
}

static void
on_shown(void *ctx, const char *text, const struct err *err)
{
	struct view *view = ctx;
	const struct conflicts_mark *mark = &view->conflicts.mark;
	if (err) {
		action_complain(view, err);
		return;
	}
	/* Who has gone on to something else by now is not disturbed. */
	if (view->mode != VIEW_CONFLICTS || view_is_occupied(view) || !mark->path)
		return;
	buf_clear(&view->text);
	text_safe(&view->text, str_from(mark->path), -1);
	buf_printf(&view->text, ": %s and %s\n\n", name_of(view, mark->one),
		name_of(view, mark->other));
	buf_addc(&view->text, text[0] ? text : "There is nothing to compare line by line.\n");
	overlay_text(view, "both sides");
}

const struct pilot_clash *
conflicts_selected(const struct view *view, size_t *ret_file)
{
	const struct conflicts_mark *mark = &view->conflicts.mark;
	struct pilot_clashes now;
	pilot_clashes(view->pilot, &now);
	for (size_t i = 0; i < now.count && mark->path; i++) {
		const struct pilot_clash *clash = &now.found[i];
		if (clash->one != mark->one || clash->other != mark->other)
			continue;
		for (*ret_file = 0; *ret_file < clash->file_count; (*ret_file)++) {
			if (strcmp(clash->files[*ret_file].path, mark->path) == 0)
				return clash;
		}
	}
	return NULL;
}

void
conflicts_show(struct view *view, int argument)
{
	size_t file;
	const struct pilot_clash *clash = conflicts_selected(view, &file);
	struct err err = ERR_INIT;
	(void)argument;
	if (clash && pilot_show_clash(view->pilot, clash, file, on_shown, view, &err) < 0)
		action_complain(view, &err);
}

void
conflicts_opened(struct view *view)
{
	struct conflicts_mark *mark = &view->conflicts.mark;
	struct pilot_clashes now = {0};
	if (view->pilot)
		pilot_clashes(view->pilot, &now);
	if (mark->path && (mark->one == view->focus || mark->other == view->focus))
		return;
	for (size_t i = 0; i < now.count; i++) {
		const struct pilot_clash *clash = &now.found[i];
		if (clash->one != view->focus && clash->other != view->focus)
			continue;
		mem_free(mark->path);
		*mark = (struct conflicts_mark){
			clash->one, clash->other, mem_strdup(clash->files[0].path)};
		return;
	}
}
