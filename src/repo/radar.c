/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_radar.h"

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "local.h"

#define PATHS_MAX 20000 /* of a side; one with more is compared with everybody */

/* What two commits gave. */
struct memory {
	git_oid one, other;
	struct radar_file *files;
	size_t file_count, files_left;
	unsigned seen; /* the look that asked for it last */
};

/* What a side has changed since it left its base. */
struct side {
	git_oid snap, base, fork;
	bool has_base;
	char **paths; /* sorted */
	size_t path_count;
	bool all; /* too many to tell */
	unsigned seen;
};

struct radar {
	struct memory **memories; /* sorted by their commits */
	size_t memory_count;
	struct side **sides;
	size_t side_count;
	unsigned looks;
	struct radar_pair *clashes;
};

struct radar *
radar_new(void)
{
	return MEM_NEW(struct radar);
}

static void
memory_free(struct memory *memory)
{
	for (size_t i = 0; i < memory->file_count; i++)
		mem_free(memory->files[i].path);
	mem_free(memory->files);
	mem_free(memory);
}

static void
side_free(struct side *side)
{
	for (size_t i = 0; i < side->path_count; i++)
		mem_free(side->paths[i]);
	mem_free(side->paths);
	mem_free(side);
}

void
radar_free(struct radar *radar)
{
	if (!radar)
		return;
	for (size_t i = 0; i < radar->memory_count; i++)
		memory_free(radar->memories[i]);
	for (size_t i = 0; i < radar->side_count; i++)
		side_free(radar->sides[i]);
	mem_free(radar->memories);
	mem_free(radar->sides);
	mem_free(radar->clashes);
	mem_free(radar);
}

/* --- what a side has changed --- */

/* "/" before all else: what is in a folder stands right behind a file of the folder's name. */
static int
path_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	int left = *a == '/' ? 1 : (unsigned char)*a + (*a != '\0'),
	    right = *b == '/' ? 1 : (unsigned char)*b + (*b != '\0');
	return left - right;
}

static int
by_path(const void *a, const void *b)
{
	return path_order(*(char *const *)a, *(char *const *)b);
}

static void
add_path(struct side *side, const char *path)
{
	side->paths = mem_room(side->paths, side->path_count, sizeof(*side->paths));
	side->paths[side->path_count++] = mem_strdup(path);
}

/* Without looking for renames: such a one is a deletion and an addition, and both names count.
 */
static int
read_paths(git_repository *repo, struct side *side)
{
	git_commit *from = NULL, *to = NULL;
	git_tree *old = NULL, *new = NULL;
	git_diff *diff = NULL;
	int rc = git_commit_lookup(&to, repo, &side->snap);
	if (rc == 0)
		rc = git_commit_tree(&new, to);
	if (rc == 0 && side->has_base)
		rc = git_commit_lookup(&from, repo, &side->fork);
	if (rc == 0 && from)
		rc = git_commit_tree(&old, from);
	if (rc == 0)
		rc = git_diff_tree_to_tree(&diff, repo, old, new, NULL);
	size_t count = rc == 0 ? git_diff_num_deltas(diff) : 0;
	side->all = count > PATHS_MAX;
	for (size_t i = 0; i < count && !side->all; i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		add_path(side,
			delta->new_file.path ? delta->new_file.path : delta->old_file.path);
	}
	if (side->path_count)
		qsort(side->paths, side->path_count, sizeof(*side->paths), by_path);
	git_diff_free(diff);
	git_tree_free(old);
	git_tree_free(new);
	git_commit_free(from);
	git_commit_free(to);
	return rc;
}

static struct side *
find_side(struct radar *radar, git_repository *repo, const struct radar_side *wanted,
	struct err *err)
{
	git_oid snap, base = {{0}};
	bool has_base = wanted->base[0] != '\0';
	if (git_oid_fromstr(&snap, wanted->snap) < 0 ||
		(has_base && git_oid_fromstr(&base, wanted->base) < 0)) {
		err_set(err, ERR_INVALID, "%s is no commit", wanted->snap);
		return NULL;
	}
	for (size_t i = 0; i < radar->side_count; i++) {
		struct side *side = radar->sides[i];
		if (git_oid_equal(&side->snap, &snap) && git_oid_equal(&side->base, &base))
			return side;
	}
	/* git_merge_base() leaks when one is not there. */
	git_commit *commit = NULL;
	if (git_commit_lookup(&commit, repo, &snap) < 0) {
		repo_err(err, ERR_IO, wanted->snap);
		return NULL;
	}
	git_commit_free(commit);
	struct side *side = MEM_NEW(struct side);
	side->snap = snap;
	side->base = base;
	/* Histories that have nothing in common have changed everything. */
	side->has_base = has_base && git_merge_base(&side->fork, repo, &base, &snap) == 0;
	if (read_paths(repo, side) < 0) {
		side_free(side);
		repo_err(err, ERR_IO, wanted->snap);
		return NULL;
	}
	radar->sides = mem_grow(radar->sides, radar->side_count + 1, sizeof(struct side *));
	radar->sides[radar->side_count++] = side;
	return side;
}

/*
 * The next place where two lists of paths meet, from *i and *k on: "a" meets "a", and "a/b"
 * too, as a file on one side and a folder on the other; both are passed then. NULL: none.
 */
static const char *
next_meeting(
	const struct side *a, const struct side *b, size_t *at, size_t *other_at, bool *folder)
{
	size_t i = *at, k = *other_at;
	const char *ret = NULL;
	while (!ret && i < a->path_count && k < b->path_count) {
		const char *one = a->paths[i], *other = b->paths[k];
		size_t n = strlen(one), m = strlen(other);
		if (strncmp(one, other, n < m ? n : m) == 0 &&
			(n == m || (n < m ? other[n] : one[m]) == '/')) {
			ret = n < m ? one : other;
			*folder = n != m;
		}
		/* Who is the folder goes on: there may be more in it. */
		if (ret ? n >= m : path_order(one, other) < 0)
			i++;
		else
			k++;
	}
	*at = i;
	*other_at = k;
	return ret;
}

static bool
paths_meet(const struct side *a, const struct side *b)
{
	size_t i = 0, k = 0;
	bool folder;
	return a->all || b->all || next_meeting(a, b, &i, &k, &folder);
}

/* --- merging two --- */

/* git's own marks: their lines are ours and theirs, what is between is counted for both. */
static void
find_ranges(struct str text, struct radar_file *file)
{
	enum { BOTH, ONE, OTHER } at = BOTH;
	int line[2] = {1, 1};
	struct radar_range range = {{0}, {0}};
	while (text.len > 0) {
		struct str row = str_cut(&text, '\n');
		if (at == BOTH && str_starts(row, STR("<<<<<<< "))) {
			at = ONE;
			range = (struct radar_range){
				{line[0], line[1]},
                                {0,       0      }
                        };
		} else if (at == ONE && str_eqc(row, "=======")) {
			at = OTHER;
		} else if (at == OTHER && str_starts(row, STR(">>>>>>> "))) {
			at = BOTH;
			if (file->range_count < RADAR_RANGES_MAX)
				file->ranges[file->range_count] = range;
			file->range_count++;
		} else if (at == BOTH) {
			line[0]++;
			line[1]++;
		} else {
			line[at - ONE]++;
			range.count[at - ONE]++;
		}
	}
}

static enum radar_kind
kind_of(const git_index_entry *base, const git_index_entry *one, const git_index_entry *other)
{
	if (one && other)
		return base ? RADAR_EDIT : RADAR_ADD;
	if (base && (one || other))
		return one ? RADAR_EDIT_DELETE : RADAR_DELETE_EDIT;
	return RADAR_OTHER;
}

static void
look_into(git_repository *repo, const git_index_entry *base, const git_index_entry *one,
	const git_index_entry *other, struct radar_file *file)
{
	git_merge_file_result merged = {0};
	git_merge_file_options how;
	git_merge_file_options_init(&how, GIT_MERGE_FILE_OPTIONS_VERSION);
	how.our_label = "one";
	how.their_label = "other";
	if (git_merge_file_from_index(&merged, repo, base, one, other, &how) == 0 && merged.ptr)
		find_ranges((struct str){merged.ptr, merged.len}, file);
	else
		file->kind = RADAR_BINARY;
	/* One that is merged well has clashed by its mode or its kind. */
	if (merged.automergeable && file->kind != RADAR_BINARY)
		file->kind = RADAR_OTHER;
	git_merge_file_result_free(&merged);
}

static struct radar_file *
add_clash(struct memory *memory, const char *path, enum radar_kind kind)
{
	if (memory->file_count >= RADAR_FILES_MAX) {
		memory->files_left++;
		return NULL;
	}
	memory->files = mem_grow(memory->files, memory->file_count + 1, sizeof(*memory->files));
	struct radar_file *file = &memory->files[memory->file_count++];
	*file = (struct radar_file){.path = mem_strdup(path), .kind = kind};
	return file;
}

/* libgit2 1.5 puts a file and a folder of one name into its index and says nothing. */
static void
take_folders(
	git_index *index, const struct side *a, const struct side *b, struct memory *memory)
{
	size_t i = 0, k = 0;
	bool folder = false;
	const char *path, *last = "";
	while ((path = next_meeting(a, b, &i, &k, &folder)) != NULL) {
		if (!folder || strcmp(path, last) == 0 || !git_index_get_bypath(index, path, 0))
			continue;
		char *below = mem_printf("%s/", path);
		if (git_index_find_prefix(NULL, index, below) == 0)
			add_clash(memory, path, RADAR_FOLDER);
		mem_free(below);
		last = path;
	}
}

static int
take_conflicts(git_repository *repo, git_index *index, struct memory *memory)
{
	git_index_conflict_iterator *it = NULL;
	const git_index_entry *base, *one, *other;
	int rc = git_index_conflict_iterator_new(&it, index);
	while (rc == 0 && git_index_conflict_next(&base, &one, &other, it) == 0) {
		const git_index_entry *any = one ? one : other ? other : base;
		struct radar_file *file =
			add_clash(memory, any->path, kind_of(base, one, other));
		if (file && one && other)
			look_into(repo, base, one, other, file);
	}
	git_index_conflict_iterator_free(it);
	return rc;
}

void
repo_merge_options(git_merge_options *ret)
{
	git_merge_options_init(ret, GIT_MERGE_OPTIONS_VERSION);
	ret->flags = GIT_MERGE_FIND_RENAMES;
	ret->rename_threshold = 50;
	ret->target_limit = 200;
}

int
repo_merge(
	git_repository *repo, const git_commit *one, const git_commit *other, git_index **ret)
{
	git_merge_options how;
	repo_merge_options(&how);
	return git_merge_commits(ret, repo, one, other, &how);
}

static int
merge(git_repository *repo, const struct side *a, const struct side *b, struct memory *memory)
{
	git_commit *one = NULL, *other = NULL;
	git_index *index = NULL;
	int rc = git_commit_lookup(&one, repo, &memory->one);
	if (rc == 0)
		rc = git_commit_lookup(&other, repo, &memory->other);
	if (rc == 0)
		rc = repo_merge(repo, one, other, &index);
	if (rc == 0 && git_index_has_conflicts(index))
		rc = take_conflicts(repo, index, memory);
	if (rc == 0 && b)
		take_folders(index, a, b, memory);
	git_index_free(index);
	git_commit_free(one);
	git_commit_free(other);
	return rc;
}

/* --- remembering --- */

static int
compare(const struct memory *memory, const git_oid *one, const git_oid *other)
{
	int order = git_oid_cmp(&memory->one, one);
	return order ? order : git_oid_cmp(&memory->other, other);
}

/* Where it is, or belongs. */
static size_t
place(const struct radar *radar, const git_oid *one, const git_oid *other)
{
	size_t low = 0, high = radar->memory_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(radar->memories[middle], one, other) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* b NULL: the tip of a's base. NULL on failure. */
static struct memory *
recall(struct radar *radar, git_repository *repo, const struct side *a, const struct side *b,
	size_t *merged, struct err *err)
{
	const git_oid *one = &a->snap, *other = b ? &b->snap : &a->base;
	size_t at = place(radar, one, other);
	if (at < radar->memory_count && compare(radar->memories[at], one, other) == 0)
		return radar->memories[at];
	struct memory *memory = MEM_NEW(struct memory);
	memory->one = *one;
	memory->other = *other;
	(*merged)++;
	if (merge(repo, a, b, memory) < 0) {
		memory_free(memory);
		repo_err(err, ERR_IO, "a merge in memory");
		return NULL;
	}
	radar->memories =
		mem_grow(radar->memories, radar->memory_count + 1, sizeof(struct memory *));
	memmove(&radar->memories[at + 1], &radar->memories[at],
		(radar->memory_count - at) * sizeof(struct memory *));
	radar->memories[at] = memory;
	radar->memory_count++;
	return memory;
}

/* What this look had no use for: snapshots that are of the past. */
static void
forget(struct radar *radar)
{
	size_t kept = 0;
	for (size_t i = 0; i < radar->memory_count; i++) {
		if (radar->memories[i]->seen == radar->looks)
			radar->memories[kept++] = radar->memories[i];
		else
			memory_free(radar->memories[i]);
	}
	radar->memory_count = kept;
	kept = 0;
	for (size_t i = 0; i < radar->side_count; i++) {
		if (radar->sides[i]->seen == radar->looks)
			radar->sides[kept++] = radar->sides[i];
		else
			side_free(radar->sides[i]);
	}
	radar->side_count = kept;
}

/* other: b's place, or RADAR_BASE with b NULL. */
static int
look_at(struct radar *radar, git_repository *repo, size_t one, size_t other,
	const struct side *a, const struct side *b, struct radar_found *ret, struct err *err)
{
	struct memory *memory = recall(radar, repo, a, b, &ret->merged, err);
	if (!memory)
		return ERR_IO;
	memory->seen = radar->looks;
	if (memory->file_count == 0)
		return 0;
	radar->clashes =
		mem_grow(radar->clashes, ret->clash_count + 1, sizeof(*radar->clashes));
	radar->clashes[ret->clash_count++] = (struct radar_pair){
		one, other, memory->files, memory->file_count, memory->files_left};
	return 0;
}

int
radar_look(struct radar *radar, struct mirror *mirror, const struct radar_side sides[],
	size_t count, struct radar_found *ret, struct err *err)
{
	struct side **all = mem_alloc_array(count ? count : 1, sizeof(struct side *));
	git_repository *repo = mirror->repo;
	int rc = 0;
	*ret = (struct radar_found){0};
	radar->looks++;
	for (size_t i = 0; i < count && rc == 0; i++) {
		all[i] = find_side(radar, repo, &sides[i], err);
		if (all[i])
			all[i]->seen = radar->looks;
		else
			rc = err ? err->code : ERR_IO;
	}
	for (size_t i = 0; i < count && rc == 0; i++) {
		/* The base has gone on since: only then can it clash. */
		if (all[i]->has_base) {
			ret->pairs++;
			if (!git_oid_equal(&all[i]->base, &all[i]->fork))
				rc = look_at(
					radar, repo, i, RADAR_BASE, all[i], NULL, ret, err);
		}
		for (size_t k = i + 1; k < count && rc == 0; k++) {
			ret->pairs++;
			if (!git_oid_equal(&all[i]->snap, &all[k]->snap) &&
				paths_meet(all[i], all[k]))
				rc = look_at(radar, repo, i, k, all[i], all[k], ret, err);
		}
	}
	if (rc == 0)
		forget(radar);
	ret->clashes = radar->clashes;
	mem_free(all);
	return rc;
}
