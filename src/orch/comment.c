/* SPDX-License-Identifier: MIT */
/* One comment, and those of an agent together: where their lines are, and what it is told. */
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_comments.h"
#include "cockpit/repo_diff.h"

void
comment_copy(const struct store_comment *from, struct comment *ret)
{
	*ret = (struct comment){.id = from->id,
		.agent = mem_strdup(from->agent),
		.host = mem_strdup(from->host),
		.path = mem_strdup(from->path),
		.old = from->old,
		.line = from->line,
		.anchor = mem_strdup(from->anchor),
		.text = mem_strdup(from->text)};
}

void
comment_release(struct comment *comment)
{
	mem_free(comment->agent);
	mem_free(comment->host);
	mem_free(comment->path);
	mem_free(comment->anchor);
	mem_free(comment->text);
	*comment = (struct comment){0};
}

struct store_comment
comment_row(const struct comment *comment)
{
	return (struct store_comment){.id = comment->id,
		.host = comment->host,
		.agent = comment->agent,
		.path = comment->path,
		.old = comment->old,
		.line = comment->line,
		.anchor = comment->anchor,
		.text = comment->text};
}

bool
comment_is_of(const struct comment *comment, const struct agent_view *agent)
{
	return strcmp(comment->agent, agent->name) == 0 &&
	       strcmp(comment->host, agent->host) == 0;
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

/* Its number on that side; 0: it is not there. */
static int
number_of(const struct diff_line *line, bool old)
{
	bool there = line->origin != '\\' && old == (line->origin == '-');
	return !there ? 0 : old ? line->old_line : line->new_line;
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
			int number = number_of(line, c->old);
			if (number > 0 && str_eqc(diff_line_text(diff, line), c->anchor) &&
				(!best || abs(number - c->line) < abs(best - c->line)))
				best = number;
		}
	}
	return best;
}

void
comment_follow(struct comment *comment, const struct diff *diff)
{
	int line = find_line(diff, find_file(diff, comment->path), comment);
	comment->stale = line == 0;
	if (line)
		comment->line = line;
}

bool
comment_anchor(const struct diff *diff, const char *path, bool old, int line, struct str *ret)
{
	const struct diff_file *file = line > 0 ? find_file(diff, path) : NULL;
	for (size_t h = 0; file && h < file->hunk_count; h++) {
		const struct diff_hunk *hunk = &diff->hunks[file->first_hunk + h];
		for (size_t l = 0; l < hunk->line_count; l++) {
			const struct diff_line *it = &diff->lines[hunk->first_line + l];
			if (number_of(it, old) != line)
				continue;
			*ret = diff_line_text(diff, it);
			return true;
		}
	}
	return false;
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
comment_sort(const struct comment **all, size_t count)
{
	if (count)
		qsort(all, count, sizeof(*all), by_place);
}

void
comment_message(const struct comment *const *all, size_t count, struct buf *into)
{
	buf_printf(into, "Please look at %s on your changes:\n",
		count == 1 ? "this comment" : "these comments");
	for (size_t i = 0; i < count; i++) {
		const struct comment *c = all[i];
		buf_printf(into, "\n%zu. %s:%d%s\n> %s\n%s\n", i + 1, c->path, c->line,
			c->stale ? " (this line has changed since)"
			: c->old ? " (a line that you removed)"
				 : "",
			c->anchor, c->text);
	}
}
