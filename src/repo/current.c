/* SPDX-License-Identifier: MIT */
/* What agents say in their work trees that they work on: hostile files of any number and size.
 */
#include "cockpit/repo_current.h"

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "local.h"

#define AGENTS_MAX     1024
#define TREE_BYTES_MAX (1u << 20) /* of the folder itself, as git keeps it */
#define ENTRIES_MAX    1024       /* of a folder that are looked at */
#define NAME_MAX_BYTES 200

struct found {
	struct current_task *rows;
	size_t count;
	bool more;
};

/* --- in the repo --- */

/* So large an object, of that type, is never read. */
static bool
is_small(git_repository *repo, const git_oid *id, git_object_t wanted, size_t max)
{
	git_odb *odb = NULL;
	size_t size = 0;
	git_object_t type = GIT_OBJECT_INVALID;
	bool ret = git_repository_odb(&odb, repo) == 0 &&
		   git_odb_read_header(&size, &type, odb, id) == 0 && type == wanted &&
		   size <= max;
	git_odb_free(odb);
	return ret;
}

/* The folder in that commit; NULL: it has none, or none that is looked at. */
static git_tree *
folder_of(git_repository *repo, const char *commit_id)
{
	git_oid id;
	git_commit *commit = NULL;
	git_tree *root = NULL, *folder = NULL;
	const git_tree_entry *entry = NULL;
	if (!commit_id[0] || git_oid_fromstr(&id, commit_id) < 0 ||
		git_commit_lookup(&commit, repo, &id) < 0)
		return NULL;
	if (git_commit_tree(&root, commit) == 0)
		entry = git_tree_entry_byname(root, CURRENT_DIR);
	if (entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE &&
		is_small(repo, git_tree_entry_id(entry), GIT_OBJECT_TREE, TREE_BYTES_MAX))
		git_tree_lookup(&folder, repo, git_tree_entry_id(entry));
	git_tree_free(root);
	git_commit_free(commit);
	return folder;
}

/* The name of what it says without its end; of length 0: it is no such file. */
static struct str
name_of(const git_tree_entry *entry)
{
	git_filemode_t mode = git_tree_entry_filemode(entry);
	struct str name = str_from(git_tree_entry_name(entry));
	bool file = mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
	if (!file || !str_ends(name, STR(".txt")) || name.len > NAME_MAX_BYTES)
		return STR("");
	return str_slice(name, 0, name.len - 4);
}

/* The caller's. */
static char *
title_of(git_repository *repo, const git_tree_entry *entry, struct str name)
{
	const git_oid *id = git_tree_entry_id(entry);
	git_blob *blob = NULL;
	struct str line = STR("");
	if (is_small(repo, id, GIT_OBJECT_BLOB, CURRENT_BYTES) &&
		git_blob_lookup(&blob, repo, id) == 0) {
		struct str rest = {git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)};
		line = str_cut(&rest, '\n');
		line = text_cut(str_trim(str_cut(&line, '\0')), CURRENT_TITLE_MAX);
	}
	line = line.len > 0 ? line : name;
	char *ret = mem_strndup(line.ptr, line.len);
	git_blob_free(blob);
	return ret;
}

/* --- rows --- */

/* NULL: there are too many already. */
static struct current_task *
row_for(struct found *found, git_repository *repo, const git_tree_entry *entry, struct str name)
{
	for (size_t i = 0; i < found->count; i++) {
		if (str_eqc(name, found->rows[i].name))
			return &found->rows[i];
	}
	if (found->count == CURRENT_MAX) {
		found->more = true;
		return NULL;
	}
	found->rows = mem_room(found->rows, found->count, sizeof(*found->rows));
	struct current_task *row = &found->rows[found->count++];
	*row = (struct current_task){.name = mem_strndup(name.ptr, name.len),
		.title = title_of(repo, entry, name),
		.who = mem_alloc_array(CURRENT_WHO_MAX + 1, sizeof(*row->who))};
	return row;
}

static void
add_who(struct current_task *row, const char *who)
{
	size_t count = 0;
	while (row->who[count])
		count++;
	if (count < CURRENT_WHO_MAX)
		row->who[count] = mem_strdup(who);
}

/* who NULL: it is the base. */
static void
add_folder(struct found *found, git_repository *repo, const git_tree *folder,
	const git_tree *base, const char *who)
{
	size_t count = folder ? git_tree_entrycount(folder) : 0;
	if (count > ENTRIES_MAX) {
		count = ENTRIES_MAX;
		found->more = true;
	}
	for (size_t i = 0; i < count; i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(folder, i), *old = NULL;
		struct str name = name_of(entry);
		if (who && base)
			old = git_tree_entry_byname(base, git_tree_entry_name(entry));
		if (name.len == 0 || (old && git_oid_equal(git_tree_entry_id(old),
						     git_tree_entry_id(entry))))
			continue;
		struct current_task *row = row_for(found, repo, entry, name);
		if (row && who)
			add_who(row, who);
		else if (row)
			row->in_base = true;
	}
}

static void
add_agent(struct found *found, git_repository *repo, const struct mirror_work *work,
	const char *who)
{
	git_tree *snap = folder_of(repo, work->snap);
	git_tree *base = snap ? folder_of(repo, work->base) : NULL;
	if (snap && !(base && git_oid_equal(git_tree_id(snap), git_tree_id(base))))
		add_folder(found, repo, snap, base, who);
	git_tree_free(snap);
	git_tree_free(base);
}

static int
compare(const void *a, const void *b)
{
	const struct current_task *one = a, *other = b;
	return strcmp(one->name, other->name);
}

static int64_t
time_of(git_repository *repo, const char *commit_id)
{
	git_oid id;
	git_commit *commit = NULL;
	int64_t ret = INT64_MIN;
	if (commit_id[0] && git_oid_fromstr(&id, commit_id) == 0 &&
		git_commit_lookup(&commit, repo, &id) == 0)
		ret = git_commit_time(commit);
	git_commit_free(commit);
	return ret;
}

/* "HOST/AGENT" of "refs/cockpit/HOST/AGENT/snap", the caller's. */
static char *
who_of(const char *ref)
{
	struct str rest = str_from(ref + strlen("refs/cockpit/"));
	char *host = mirror_name(str_cut(&rest, '/')),
	     *agent = mirror_name(str_cut(&rest, '/'));
	char *ret = mem_printf("%s/%s", host, agent);
	mem_free(host);
	mem_free(agent);
	return ret;
}

int
mirror_current(struct mirror *mirror, struct current_task **ret, size_t *ret_count,
	bool *ret_more, struct err *err)
{
	git_reference_iterator *it = NULL;
	struct found found = {0};
	char base[REPO_ID_MAX] = "";
	int64_t newest = INT64_MIN;
	const char *name;
	if (git_reference_iterator_glob_new(&it, mirror->repo, "refs/cockpit/*/*/snap") < 0)
		return repo_err(err, ERR_IO, mirror->dir);
	for (int i = 0; i < AGENTS_MAX && git_reference_next_name(&name, it) == 0; i++) {
		char *folder = mem_strndup(name, strlen(name) - strlen("snap"));
		char *who = who_of(name);
		struct mirror_work work;
		mirror_read_work(mirror, folder, &work);
		int64_t at = time_of(mirror->repo, work.base);
		if (at > newest) {
			newest = at;
			memcpy(base, work.base, sizeof(base));
		}
		add_agent(&found, mirror->repo, &work, who);
		mem_free(folder);
		mem_free(who);
	}
	git_reference_iterator_free(it);
	git_tree *tree = folder_of(mirror->repo, base);
	add_folder(&found, mirror->repo, tree, NULL, NULL);
	git_tree_free(tree);
	if (found.count > 0)
		qsort(found.rows, found.count, sizeof(*found.rows), compare);
	*ret = found.rows;
	*ret_count = found.count;
	*ret_more = found.more;
	return 0;
}

void
mirror_current_free(struct current_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(tasks[i].name);
		mem_free(tasks[i].title);
		mem_free_words(tasks[i].who);
	}
	mem_free(tasks);
}
