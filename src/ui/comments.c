/* SPDX-License-Identifier: MIT */
#include "comments.h"

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_comments.h"
#include "keymap.h"
#include "view.h"

#define COUNT_MAX 1000

static void
comment_release(struct comment *comment)
{
	mem_free(comment->agent);
	mem_free(comment->host);
	mem_free(comment->path);
	mem_free(comment->anchor);
	mem_free(comment->text);
}

void
comments_release(struct comments *comments)
{
	for (size_t i = 0; i < comments->count; i++)
		comment_release(&comments->all[i]);
	mem_free(comments->all);
	*comments = (struct comments){0};
}

static struct comment *
add(struct comments *comments)
{
	comments->all = mem_grow(comments->all, comments->count + 1, sizeof(*comments->all));
	comments->all[comments->count] = (struct comment){0};
	return &comments->all[comments->count++];
}

/* --- the store --- */

static void
on_kept(void *ctx, const struct store_comment *none, size_t count, const struct err *err)
{
	(void)none;
	(void)count;
	if (err)
		view_toast(ctx, ROLE_ERROR, "%.200s", err->text);
}

static void
keep(struct view *view, struct comment *c)
{
	const struct store_comment comment = {.id = c->id,
		.host = c->host,
		.agent = c->agent,
		.path = c->path,
		.old = c->old,
		.line = c->line,
		.anchor = c->anchor,
		.text = c->text};
	view->comments.version++;
	if (view->pilot)
		c->id = pilot_comment(view->pilot, &comment, on_kept, view);
}

static bool
is_there(const struct comments *comments, int64_t id)
{
	size_t i = 0;
	while (i < comments->count && comments->all[i].id != id)
		i++;
	return i < comments->count;
}

static void
on_loaded(void *ctx, const struct store_comment *found, size_t count, const struct err *err)
{
	struct view *view = ctx;
	struct comments *comments = &view->comments;
	on_kept(view, NULL, 0, err);
	for (size_t i = 0; i < count && comments->count < COUNT_MAX; i++) {
		if (is_there(comments, found[i].id))
			continue;
		*add(comments) = (struct comment){.id = found[i].id,
			.agent = mem_strdup(found[i].agent),
			.host = mem_strdup(found[i].host),
			.path = mem_strdup(found[i].path),
			.old = found[i].old,
			.line = found[i].line,
			.anchor = mem_strdup(found[i].anchor),
			.text = mem_strdup(found[i].text)};
	}
	comments->version++;
	view->changed(view->ctx);
}

void
comments_load(struct view *view)
{
	if (!view->comments.read && view->pilot)
		pilot_comments(view->pilot, on_loaded, view);
	view->comments.read = true;
}

/* --- one by one --- */

bool
comment_is_of(const struct comment *comment, const struct agent_view *agent)
{
	return strcmp(comment->agent, agent->name) == 0 &&
	       strcmp(comment->host, agent->host) == 0;
}

struct comment *
comments_find(
	struct view *view, const struct agent_view *agent, const char *path, bool old, int line)
{
	for (size_t i = 0; i < view->comments.count; i++) {
		struct comment *c = &view->comments.all[i];
		if (comment_is_of(c, agent) && c->old == old && c->line == line &&
			strcmp(c->path, path) == 0)
			return c;
	}
	return NULL;
}

static void
drop(struct comments *comments, size_t index)
{
	comment_release(&comments->all[index]);
	memmove(&comments->all[index], &comments->all[index + 1],
		(comments->count - index - 1) * sizeof(*comments->all));
	comments->count--;
	comments->version++;
}

void
comments_set(struct view *view, const struct agent_view *agent, const char *path, bool old,
	int line, struct str anchor, const char *text)
{
	struct comments *comments = &view->comments;
	struct comment *c = comments_find(view, agent, path, old, line);
	if (!c && text[0] && comments->count >= COUNT_MAX) {
		char said[128];
		view_toast(view, ROLE_ERROR, "there are %d comments: %s", COUNT_MAX,
			keymap_said(view, VIEW_DIFF, "C sends them", said));
		return;
	}
	if (!c && text[0]) {
		c = add(comments);
		*c = (struct comment){.agent = mem_strdup(agent->name),
			.host = mem_strdup(agent->host),
			.path = mem_strdup(path),
			.old = old,
			.line = line,
			.anchor = mem_strndup(anchor.ptr, anchor.len),
			.text = mem_strdup(text)};
		keep(view, c);
	} else if (c && text[0]) {
		mem_free(c->text);
		c->text = mem_strdup(text);
		keep(view, c);
	} else if (c) {
		if (view->pilot)
			pilot_uncomment(view->pilot, &c->id, 1, on_kept, view);
		drop(comments, (size_t)(c - comments->all));
	}
}

int
comments_count(struct view *view, const struct agent_view *agent)
{
	int count = 0;
	for (size_t i = 0; i < view->comments.count; i++)
		count += comment_is_of(&view->comments.all[i], agent);
	return count;
}

void
comments_drop(struct view *view, const struct agent_view *agent)
{
	int64_t *ids = mem_alloc_array(view->comments.count + 1, sizeof(*ids));
	size_t count = 0;
	for (size_t i = view->comments.count; i-- > 0;) {
		if (!comment_is_of(&view->comments.all[i], agent))
			continue;
		ids[count++] = view->comments.all[i].id;
		drop(&view->comments, i);
	}
	if (view->pilot)
		pilot_uncomment(view->pilot, ids, count, on_kept, view);
	mem_free(ids);
}

/* --- where their lines are --- */

static const struct diff_file *
find_file(const struct diff *diff, const char *path)
{
	for (size_t i = 0; i < diff->file_count; i++) {
		if (strcmp(diff->files[i].path, path) == 0)
			return &diff->files[i];
	}
	return NULL;
}

/* The line of that text that is nearest; 0: there is none. */
static int
find_line(const struct diff *diff, const struct diff_file *file, const struct comment *c)
{
	int best = 0;
	for (size_t h = 0; file && h < file->hunk_count; h++) {
		const struct diff_hunk *hunk = &diff->hunks[file->first_hunk + h];
		for (size_t l = 0; l < hunk->line_count; l++) {
			const struct diff_line *line = &diff->lines[hunk->first_line + l];
			int number = c->old ? line->old_line : line->new_line;
			struct str text = diff_line_text(diff, line);
			bool side = c->old ? line->origin == '-' : line->origin != '-';
			if (side && number > 0 && str_eqc(text, c->anchor) &&
				(!best || abs(number - c->line) < abs(best - c->line)))
				best = number;
		}
	}
	return best;
}

void
comments_follow(struct view *view, const struct agent_view *agent, const struct diff *diff)
{
	for (size_t i = 0; i < view->comments.count; i++) {
		struct comment *c = &view->comments.all[i];
		if (!comment_is_of(c, agent))
			continue;
		int line = find_line(diff, find_file(diff, c->path), c);
		c->stale = line == 0;
		if (line)
			c->line = line;
	}
}

/* --- all of them --- */

static int
by_place(const void *a, const void *b)
{
	const struct comment *one = *(struct comment *const *)a,
			     *other = *(struct comment *const *)b;
	int order = strcmp(one->path, other->path);
	return order ? order : one->line - other->line;
}

void
comments_message(struct view *view, const struct agent_view *agent, struct buf *into)
{
	struct comments *comments = &view->comments;
	const struct comment **sorted =
		mem_alloc_array(comments->count ? comments->count : 1, sizeof(*sorted));
	size_t count = 0;
	for (size_t i = 0; i < comments->count; i++) {
		if (comment_is_of(&comments->all[i], agent))
			sorted[count++] = &comments->all[i];
	}
	if (count)
		qsort(sorted, count, sizeof(*sorted), by_place);
	buf_printf(into, "Please look at %s on your changes:\n",
		count == 1 ? "this comment" : "these comments");
	for (size_t i = 0; i < count; i++) {
		const struct comment *c = sorted[i];
		buf_printf(into, "\n%zu. %s:%d%s\n> %s\n%s\n", i + 1, c->path, c->line,
			c->stale ? " (this line has changed since)"
			: c->old ? " (a line that you removed)"
				 : "",
			c->anchor, c->text);
	}
	mem_free(sorted);
}
