/* SPDX-License-Identifier: MIT */
#include "comments.h"

#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_comments.h"
#include "keymap.h"
#include "view.h"

#define AGAIN_MS 2000

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
complain(struct view *view, const struct err *err)
{
	view_toast(view, ROLE_ERROR, "%.200s", err->text);
}

/* What could not be written is here alone: what the store has does not take its place. */
static void
on_kept(void *ctx, const struct store_comment *none, size_t count, const struct err *err)
{
	struct view *view = ctx;
	(void)none;
	(void)count;
	if (!err)
		return;
	view->comments.alone = true;
	complain(view, err);
}

static void
keep(struct view *view, struct comment *c)
{
	const struct store_comment row = comment_row(c);
	view->comments.version++;
	if (view->pilot)
		c->id = pilot_comment(view->pilot, &row, on_kept, view);
}

static bool
is_same(const struct comment *c, const struct store_comment *found)
{
	return c->id == found->id && strcmp(c->text, found->text) == 0 &&
	       strcmp(c->anchor, found->anchor) == 0;
}

/* Where their lines are by now is not in the store. */
static bool
are_same(const struct comments *comments, const struct store_comment *found, size_t count)
{
	size_t same = 0;
	for (size_t i = 0; i < comments->count; i++) {
		for (size_t k = 0; k < count; k++)
			same += is_same(&comments->all[i], &found[k]);
	}
	return same == count && comments->count == count;
}

static void
take(struct comments *comments, const struct store_comment *found, size_t count)
{
	for (size_t i = 0; i < comments->count; i++)
		comment_release(&comments->all[i]);
	comments->count = 0;
	for (size_t i = 0; i < count; i++)
		comment_copy(&found[i], add(comments));
	comments->version++;
}

/* What a person has changed here since they were asked for may not be in what has come, nor are
 * the marks of those that were sent meanwhile: they are asked for again. */
static void
on_loaded(void *ctx, const struct store_comment *found, size_t count, const struct err *err)
{
	struct view *view = ctx;
	struct comments *comments = &view->comments;
	bool first = comments->read_at == 0;
	comments->reading = false;
	if (err && !comments->failed)
		complain(view, err);
	comments->failed = err != NULL;
	if (comments->version != comments->read_from || comments->alone || view->diff.sending)
		return;
	comments->read_at = clock_ms();
	count = count < COMMENTS_MAX ? count : COMMENTS_MAX;
	bool other = !err && !are_same(comments, found, count);
	if (other)
		take(comments, found, count);
	if (other || first)
		view->changed(view->ctx);
}

void
comments_load(struct view *view)
{
	struct comments *comments = &view->comments;
	bool due = comments->read_at == 0 || clock_ms() - comments->read_at >= AGAIN_MS;
	/* Those that are on their way to the agent stay who they are until they have arrived.
	 */
	if (!view->pilot || comments->reading || comments->alone || view->diff.sending || !due)
		return;
	comments->reading = true;
	comments->read_from = comments->version;
	pilot_comments(view->pilot, on_loaded, view);
}

/* --- one by one --- */

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
	if (!c && text[0] && comments->count >= COMMENTS_MAX) {
		char said[128];
		view_toast(view, ROLE_ERROR, "there are %d comments: %s", COMMENTS_MAX,
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
		c->sent = false;
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
comments_drop_sent(struct view *view, const struct agent_view *agent)
{
	int64_t *ids = mem_alloc_array(view->comments.count + 1, sizeof(*ids));
	size_t count = 0;
	for (size_t i = view->comments.count; i-- > 0;) {
		const struct comment *c = &view->comments.all[i];
		if (!comment_is_of(c, agent) || !c->sent)
			continue;
		ids[count++] = c->id;
		drop(&view->comments, i);
	}
	if (view->pilot)
		pilot_uncomment(view->pilot, ids, count, on_kept, view);
	mem_free(ids);
}

void
comments_follow(struct view *view, const struct agent_view *agent, const struct diff *diff)
{
	for (size_t i = 0; i < view->comments.count; i++) {
		if (comment_is_of(&view->comments.all[i], agent))
			comment_follow(&view->comments.all[i], diff);
	}
}

void
comments_message(struct view *view, const struct agent_view *agent, struct buf *into)
{
	struct comments *comments = &view->comments;
	const struct comment **all = mem_alloc_array(comments->count + 1, sizeof(*all));
	size_t count = 0;
	for (size_t i = 0; i < comments->count; i++) {
		struct comment *c = &comments->all[i];
		c->sent = comment_is_of(c, agent);
		if (c->sent)
			all[count++] = c;
	}
	comment_sort(all, count);
	comment_message(all, count, into);
	mem_free(all);
}
