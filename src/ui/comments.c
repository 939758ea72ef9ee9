/* SPDX-License-Identifier: MIT */
#include "comments.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "view.h"

#define FILE_NAME "comments.json"
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

/* --- the file --- */

/* The caller's; NULL: there is no place for it. */
static char *
file_of(const struct view *view)
{
	const char *journal = view->pilot ? pilot_journal(view->pilot) : NULL;
	if (!journal)
		return NULL;
	char *dir = path_dir(journal), *ret = path_join(dir, FILE_NAME);
	mem_free(dir);
	return ret;
}

static void
save(struct view *view)
{
	struct comments *comments = &view->comments;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	struct err err = ERR_INIT;
	char *file = file_of(view);
	comments->version++;
	json_write_array(&w, NULL);
	for (size_t i = 0; i < comments->count; i++) {
		const struct comment *c = &comments->all[i];
		json_write_object(&w, NULL);
		json_write_cstr(&w, "agent", c->agent);
		json_write_cstr(&w, "host", c->host);
		json_write_cstr(&w, "path", c->path);
		json_write_bool(&w, "old", c->old);
		json_write_int(&w, "line", c->line);
		json_write_cstr(&w, "anchor", c->anchor);
		json_write_cstr(&w, "text", c->text);
		json_write_close(&w);
	}
	json_write_close(&w);
	if (file && json_writer_end(&w) == 0 && path_write(file, buf_str(&out), 0600, &err) < 0)
		view_toast(view, ROLE_ERROR, "%.200s", err.text);
	buf_release(&out);
	mem_free(file);
}

static const struct json_row rows[] = {
	{"agent",  JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct comment, agent),  1, 64,
         NULL,											     "an agent"   },
	{"host",   JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct comment, host),   1, 64,
         NULL,											     "its host"   },
	{"path",   JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct comment, path),   1, 4096,
         NULL,											     "a file"     },
	{"old",    JSON_KIND_BOOL,    0,                 offsetof(struct comment, old),    0, 0,     NULL,
         "whether it was removed"										       },
	{"line",   JSON_KIND_INTEGER, JSON_ROW_REQUIRED, offsetof(struct comment, line),   1,
         INT_MAX,										    NULL, "a line"     },
	{"anchor", JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct comment, anchor), 0, 0,
         NULL,											     "its text"   },
	{"text",   JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct comment, text),   1, 65536,
         NULL,											     "the comment"},
};

static struct comment *
add(struct comments *comments)
{
	comments->all = mem_grow(comments->all, comments->count + 1, sizeof(*comments->all));
	comments->all[comments->count] = (struct comment){0};
	return &comments->all[comments->count++];
}

void
comments_load(struct view *view)
{
	struct comments *comments = &view->comments;
	struct buf text = BUF_INIT;
	struct json_doc *doc;
	struct err err = ERR_INIT;
	char *file = comments->read ? NULL : file_of(view);
	comments->read = true;
	if (!file || path_read(file, JSON_TEXT_MAX, &text, &err) < 0 ||
		json_doc_parse(file, buf_str(&text), &doc, &err) < 0) {
		if (file && err.code && err.code != ERR_NOT_FOUND)
			view_toast(view, ROLE_ERROR, "%.200s", err.text);
		goto out;
	}
	for (const struct json *it = json_first(json_doc_root(doc)); it; it = json_next(it)) {
		struct comment *comment = add(comments);
		if (json_read(it, rows, sizeof(rows) / sizeof(rows[0]), comment, &err) == 0)
			continue;
		comment_release(comment);
		comments->count--;
		view_toast(view, ROLE_ERROR, "%.200s", err.text);
		break;
	}
	comments->version++;
	json_doc_free(doc);
out:
	buf_release(&text);
	mem_free(file);
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
}

void
comments_set(struct view *view, const struct agent_view *agent, const char *path, bool old,
	int line, struct str anchor, const char *text)
{
	struct comments *comments = &view->comments;
	struct comment *c = comments_find(view, agent, path, old, line);
	if (!c && text[0] && comments->count >= COUNT_MAX) {
		view_toast(view, ROLE_ERROR, "there are %d comments: C sends them", COUNT_MAX);
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
	} else if (c && text[0]) {
		mem_free(c->text);
		c->text = mem_strdup(text);
	} else if (c) {
		drop(comments, (size_t)(c - comments->all));
	}
	save(view);
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
	for (size_t i = view->comments.count; i-- > 0;) {
		if (comment_is_of(&view->comments.all[i], agent))
			drop(&view->comments, i);
	}
	save(view);
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
