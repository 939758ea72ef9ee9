/* SPDX-License-Identifier: MIT */
/* One file of a clash: in words, and as both sides have it. */
#include <git2.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/repo_radar.h"
#include "local.h"

#define CONTEXT 3

static const struct {
	const char *json, *words;
} kinds[] = {
#define X(json, id, words) {json, words},
	RADAR_KINDS(X)
#undef X
};

const char *
radar_kind_json(enum radar_kind kind)
{
	return kinds[kind].json;
}

/* "12", "12-14"; "before 12" for no line at all. */
static void
add_lines(struct buf *into, int start, int count)
{
	if (count == 0)
		buf_printf(into, "before %d", start);
	else if (count == 1)
		buf_printf(into, "%d", start);
	else
		buf_printf(into, "%d-%d", start, start + count - 1);
}

void
radar_words(const struct radar_file *file, struct buf *into)
{
	buf_addc(into, kinds[file->kind].words);
	for (int i = 0; i < file->range_count && i < RADAR_RANGES_MAX; i++) {
		const struct radar_range *range = &file->ranges[i];
		buf_addc(into, i ? ", " : "; lines ");
		add_lines(into, range->start[0], range->count[0]);
		buf_addc(into, " and ");
		add_lines(into, range->start[1], range->count[1]);
	}
	if (file->range_count > RADAR_RANGES_MAX)
		buf_printf(into, ", and %d places more", file->range_count - RADAR_RANGES_MAX);
}

/* --- both sides --- */

static void
add_line(struct buf *into, struct str line)
{
	text_safe_tabs(into, line, 8);
	buf_byte(into, '\n');
}

/*
 * Where they clash and some lines around it. Between two such places a blank line stands; what
 * is longer than max ends with a word of that.
 */
static void
take_places(struct str text, size_t max, struct buf *into)
{
	struct str before[CONTEXT]; /* a ring */
	size_t seen = 0, after = 0;
	bool inside = false, any = false;
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		bool opens = !inside && str_starts(line, STR("<<<<<<< "));
		if (into->len > max) {
			buf_addc(into, "… and more\n");
			return;
		}
		if (opens) {
			size_t from = seen > CONTEXT ? seen - CONTEXT : 0;
			if (any && seen > CONTEXT)
				buf_byte(into, '\n');
			for (size_t i = from; i < seen; i++)
				add_line(into, before[i % CONTEXT]);
			inside = any = true;
		}
		if (inside || after > 0)
			add_line(into, line);
		else
			before[seen++ % CONTEXT] = line;
		if (inside && !opens && str_starts(line, STR(">>>>>>> "))) {
			inside = false;
			after = CONTEXT;
			seen = 0;
		} else if (!inside && after > 0) {
			after--;
		}
	}
}

static int
show_entries(git_repository *repo, const git_index_entry *base, const git_index_entry *one,
	const git_index_entry *other, const char *const names[2], size_t max, struct buf *into)
{
	git_merge_file_result merged = {0};
	git_merge_file_options how;
	git_merge_file_options_init(&how, GIT_MERGE_FILE_OPTIONS_VERSION);
	how.our_label = names[0];
	how.their_label = names[1];
	how.ancestor_label = "before";
	how.flags = GIT_MERGE_FILE_STYLE_DIFF3;
	int rc = git_merge_file_from_index(&merged, repo, base, one, other, &how);
	if (rc == 0 && merged.ptr)
		take_places((struct str){merged.ptr, merged.len}, max, into);
	git_merge_file_result_free(&merged);
	return rc;
}

static int
show_path(git_repository *repo, git_index *index, const char *path, const char *const names[2],
	size_t max, struct buf *into)
{
	git_index_conflict_iterator *it = NULL;
	const git_index_entry *base, *one, *other;
	int rc = git_index_conflict_iterator_new(&it, index);
	while (rc == 0 && git_index_conflict_next(&base, &one, &other, it) == 0) {
		const git_index_entry *any = one ? one : other ? other : base;
		if (strcmp(any->path, path) != 0)
			continue;
		if (one && other)
			rc = show_entries(repo, base, one, other, names, max, into);
		break;
	}
	git_index_conflict_iterator_free(it);
	return rc;
}

static int
find_commit(git_repository *repo, const char *id, git_commit **ret)
{
	git_oid oid;
	int rc = git_oid_fromstr(&oid, id);
	return rc == 0 ? git_commit_lookup(ret, repo, &oid) : rc;
}

int
radar_show(struct mirror *mirror, const char *const ids[2], const char *const names[2],
	const char *path, size_t max, struct buf *into, struct err *err)
{
	git_repository *repo = mirror->repo;
	git_commit *one = NULL, *other = NULL;
	git_index *index = NULL;
	int rc = find_commit(repo, ids[0], &one);
	if (rc == 0)
		rc = find_commit(repo, ids[1], &other);
	if (rc == 0)
		rc = repo_merge(repo, one, other, &index);
	if (rc == 0)
		rc = show_path(repo, index, path, names, max, into);
	git_index_free(index);
	git_commit_free(one);
	git_commit_free(other);
	return rc < 0 ? repo_err(err, ERR_IO, "a merge in memory") : 0;
}
