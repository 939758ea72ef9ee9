/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_diff.h"

#include <string.h>

#include "cockpit/base_mem.h"
#include "local.h"

#define HEADER_MAX 200

static const char *const side_names[] = {
#define X(name, id) name,
	DIFF_SIDES(X)
#undef X
};

const char *
diff_side_name(enum diff_side side)
{
	return side_names[side];
}

bool
diff_side_find(const char *name, enum diff_side *ret)
{
	for (int i = 0; i < DIFF_SIDE_COUNT; i++) {
		if (strcmp(side_names[i], name) == 0) {
			*ret = (enum diff_side)i;
			return true;
		}
	}
	return false;
}

struct str
diff_line_text(const struct diff *diff, const struct diff_line *line)
{
	struct str text = str_slice(buf_str(&diff->text), line->at, line->at + line->len);
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	return text;
}

void
diff_free(struct diff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->file_count; i++) {
		mem_free(diff->files[i].path);
		mem_free(diff->files[i].old_path);
	}
	mem_free(diff->files);
	mem_free(diff->hunks);
	mem_free(diff->lines);
	buf_release(&diff->text);
	mem_free(diff);
}

/* --- which two trees --- */

static int
tree_of(struct mirror *mirror, const char *id, git_tree **ret, struct err *err)
{
	git_oid oid;
	git_commit *commit = NULL;
	int rc = 0;
	if (git_oid_fromstr(&oid, id) < 0 ||
		git_commit_lookup(&commit, mirror->repo, &oid) < 0 ||
		git_commit_tree(ret, commit) < 0)
		rc = repo_err(err, ERR_IO, id);
	git_commit_free(commit);
	return rc;
}

/* Where two histories part; "" when they have nothing in common. */
static void
merge_base(struct mirror *mirror, const char *one, const char *other, char ret[REPO_ID_MAX])
{
	git_oid a, b, base;
	ret[0] = '\0';
	if (git_oid_fromstr(&a, one) == 0 && git_oid_fromstr(&b, other) == 0 &&
		git_merge_base(&base, mirror->repo, &a, &b) == 0)
		git_oid_tostr(ret, REPO_ID_MAX, &base);
}

/* An agent in a repo without a commit is compared with nothing, and everything is new. */
static void
choose_side(struct mirror *mirror, const struct mirror_work *work, enum diff_side side,
	char ret[REPO_ID_MAX])
{
	if (side == DIFF_HEAD)
		memcpy(ret, work->head, REPO_ID_MAX);
	else if (side == DIFF_BASE)
		memcpy(ret, work->base, REPO_ID_MAX);
	else if (work->base[0])
		merge_base(mirror, work->base, work->snap, ret);
	else
		ret[0] = '\0';
}

/* --- libgit2's walk into our rows --- */

static char
status_letter(git_delta_t status)
{
	static const struct {
		git_delta_t status;
		char letter;
	} rows[] = {
		{GIT_DELTA_ADDED,      'A'},
                {GIT_DELTA_DELETED,    'D'},
                {GIT_DELTA_RENAMED,    'R'},
		{GIT_DELTA_TYPECHANGE, 'T'},
                {GIT_DELTA_COPIED,     'C'}
        };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].status == status)
			return rows[i].letter;
	}
	return 'M';
}

static void
add_file(struct diff *diff, const git_diff_delta *delta)
{
	diff->files = mem_room(diff->files, diff->file_count, sizeof(*diff->files));
	struct diff_file *file = &diff->files[diff->file_count++];
	const char *new = delta->new_file.path, *old = delta->old_file.path;
	*file = (struct diff_file){.path = mem_strdup(new   ? new
						      : old ? old
							    : ""),
		.old_path = mem_strdup(old   ? old
				       : new ? new
					     : ""),
		.status = status_letter(delta->status),
		.old_mode = delta->old_file.mode,
		.new_mode = delta->new_file.mode,
		.first_hunk = diff->hunk_count};
	git_oid_tostr(file->old_id, sizeof(file->old_id), &delta->old_file.id);
	git_oid_tostr(file->new_id, sizeof(file->new_id), &delta->new_file.id);
}

static void
add_hunk(struct diff *diff, struct diff_file *file, const git_diff_hunk *hunk)
{
	struct str header = {hunk->header, strnlen(hunk->header, hunk->header_len)};
	if (header.len && header.ptr[header.len - 1] == '\n')
		header.len--;
	diff->hunks = mem_room(diff->hunks, diff->hunk_count, sizeof(*diff->hunks));
	diff->hunks[diff->hunk_count++] = (struct diff_hunk){.old_start = hunk->old_start,
		.old_lines = hunk->old_lines,
		.new_start = hunk->new_start,
		.new_lines = hunk->new_lines,
		.header_at = diff->text.len,
		.header_len = header.len,
		.first_line = diff->line_count};
	buf_add(&diff->text, str_slice(header, 0, HEADER_MAX));
	diff->hunks[diff->hunk_count - 1].header_len =
		diff->text.len - diff->hunks[diff->hunk_count - 1].header_at;
	file->hunk_count++;
}

static void
add_line(struct diff *diff, const git_diff_line *line)
{
	static const struct {
		char from, to;
	} ends[] = {
		{GIT_DIFF_LINE_CONTEXT_EOFNL, '\\'},
                {GIT_DIFF_LINE_ADD_EOFNL,     '\\'},
		{GIT_DIFF_LINE_DEL_EOFNL,     '\\'}
        };
	char origin = line->origin;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (origin == ends[i].from)
			origin = ends[i].to;
	}
	struct str text = {line->content, line->content_len};
	if (origin == '\\')
		text = STR("");
	diff->lines = mem_room(diff->lines, diff->line_count, sizeof(*diff->lines));
	diff->lines[diff->line_count++] = (struct diff_line){.origin = origin,
		.old_line = line->old_lineno > 0 ? line->old_lineno : 0,
		.new_line = line->new_lineno > 0 ? line->new_lineno : 0,
		.at = diff->text.len,
		.len = text.len};
	buf_add(&diff->text, text);
	diff->hunks[diff->hunk_count - 1].line_count++;
}

static int
take_patch(struct diff *diff, struct diff_file *file, git_patch *patch,
	const struct diff_options *options)
{
	size_t max = options->text_max ? options->text_max : DIFF_TEXT_MAX;
	size_t added = 0, removed = 0, hunks = git_patch_num_hunks(patch);
	git_patch_line_stats(NULL, &added, &removed, patch);
	file->added = (int)added;
	file->removed = (int)removed;
	diff->added += file->added;
	diff->removed += file->removed;
	for (size_t h = 0; h < hunks && !options->stat; h++) {
		const git_diff_hunk *hunk;
		size_t lines;
		if (git_patch_get_hunk(&hunk, &lines, patch, h) < 0)
			return GIT_ERROR;
		if (diff->text.len > max) {
			file->cut = true;
			return 0;
		}
		add_hunk(diff, file, hunk);
		for (size_t l = 0; l < lines; l++) {
			const git_diff_line *line;
			if (git_patch_get_line_in_hunk(&line, patch, h, l) < 0)
				return GIT_ERROR;
			if (diff->text.len > max) {
				file->cut = true;
				return 0;
			}
			add_line(diff, line);
		}
	}
	return 0;
}

static int
take_raw(struct diff *diff, struct diff_file *file, git_patch *patch)
{
	git_buf text = {0};
	int rc = git_patch_to_buf(&text, patch);
	if (rc == 0 && diff->text.len + text.size <= DIFF_TEXT_MAX) {
		file->raw_at = diff->text.len;
		file->raw_len = text.size;
		buf_add(&diff->text, (struct str){text.ptr, text.size});
	}
	git_buf_dispose(&text);
	return rc;
}

static int
take_all(struct diff *diff, git_diff *from, const struct diff_options *options, struct err *err)
{
	size_t count = git_diff_num_deltas(from);
	for (size_t i = 0; i < count; i++) {
		git_patch *patch = NULL;
		if (i >= DIFF_FILES_MAX) {
			diff->files_left = count - i;
			break;
		}
		add_file(diff, git_diff_get_delta(from, i));
		struct diff_file *file = &diff->files[diff->file_count - 1];
		int rc = git_patch_from_diff(&patch, from, i);
		if (rc == 0 && patch)
			rc = take_patch(diff, file, patch, options);
		/* Known only now: the file has been looked into. */
		file->binary = (git_diff_get_delta(from, i)->flags & GIT_DIFF_FLAG_BINARY) != 0;
		if (rc == 0 && patch && file->binary && options->binary)
			rc = take_raw(diff, file, patch);
		git_patch_free(patch);
		if (rc < 0)
			return repo_err(err, ERR_IO, "its files");
	}
	return 0;
}

int
repo_diff(struct mirror *mirror, const struct mirror_work *work,
	const struct diff_options *options, struct diff **ret, struct err *err)
{
	git_tree *old = NULL, *new = NULL;
	git_diff *from = NULL;
	git_diff_options how;
	git_diff_find_options renames;
	struct diff *diff = MEM_NEW(struct diff);
	git_diff_options_init(&how, GIT_DIFF_OPTIONS_VERSION);
	git_diff_find_options_init(&renames, GIT_DIFF_FIND_OPTIONS_VERSION);
	how.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
	if (options->ignore_space)
		how.flags |= GIT_DIFF_IGNORE_WHITESPACE;
	if (options->binary)
		how.flags |= GIT_DIFF_SHOW_BINARY;
	how.context_lines = (uint32_t)options->context;
	how.max_size = DIFF_BLOB_MAX;
	renames.flags = GIT_DIFF_FIND_RENAMES;
	renames.rename_limit = 400;
	choose_side(mirror, work, options->side, diff->from);
	int rc = diff->from[0] ? tree_of(mirror, diff->from, &old, err) : 0;
	if (rc == 0)
		rc = tree_of(mirror, work->snap, &new, err);
	if (rc == 0 && (git_diff_tree_to_tree(&from, mirror->repo, old, new, &how) < 0 ||
			       git_diff_find_similar(from, &renames) < 0))
		rc = repo_err(err, ERR_IO, "its files");
	if (rc == 0)
		rc = take_all(diff, from, options, err);
	git_diff_free(from);
	git_tree_free(old);
	git_tree_free(new);
	if (rc < 0)
		diff_free(diff);
	else
		*ret = diff;
	return rc;
}
