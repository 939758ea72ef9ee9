/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_merge.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "local.h"

#define NAMED_MAX 3 /* files that an error names */

struct making {
	git_repository *repo;
	const struct merge_order *order;
	git_commit *base, *work;
	git_signature *author, *committer;
	struct merge_made *made;
};

/* --- what does not fit --- */

static void
add_path(struct merge_made *made, const char *path)
{
	for (size_t i = 0; i < made->path_count; i++) {
		if (strcmp(made->paths[i], path) == 0)
			return;
	}
	if (made->path_count >= MERGE_FILES_MAX) {
		made->paths_left++;
		return;
	}
	made->paths = mem_room(made->paths, made->path_count, sizeof(*made->paths));
	made->paths[made->path_count++] = mem_strdup(path);
}

static int
take_conflicts(git_index *index, struct merge_made *made)
{
	git_index_conflict_iterator *it = NULL;
	const git_index_entry *base, *one, *other;
	int rc = git_index_conflict_iterator_new(&it, index);
	while (rc == 0 && git_index_conflict_next(&base, &one, &other, it) == 0)
		add_path(made, one ? one->path : other ? other->path : base->path);
	git_index_conflict_iterator_free(it);
	return rc;
}

/* The folder of a path has that many bytes; 0: it is in none. */
static size_t
folder_len(const char *path)
{
	const char *end = strrchr(path, '/');
	return end ? (size_t)(end - path) : 0;
}

static void
take_folders_of(git_index *index, const char *path, size_t len, struct merge_made *made)
{
	char *name = mem_strndup(path, len);
	for (; len > 0; len = folder_len(name)) {
		name[len] = '\0';
		if (git_index_get_bypath(index, name, 0))
			add_path(made, name);
	}
	mem_free(name);
}

/* libgit2 1.5 puts a file and a folder of one name into its index and says nothing. */
static void
take_folders(git_index *index, struct merge_made *made)
{
	const char *last = "";
	size_t last_len = 0;
	for (size_t i = 0; i < git_index_entrycount(index); i++) {
		const char *path = git_index_get_byindex(index, i)->path;
		size_t len = folder_len(path);
		if (len != last_len || strncmp(path, last, len) != 0)
			take_folders_of(index, path, len, made);
		last = path;
		last_len = len;
	}
}

static void
name_some(const struct merge_made *made, struct buf *into)
{
	size_t more = made->path_count + made->paths_left;
	for (size_t i = 0; i < made->path_count && i < NAMED_MAX; i++, more--) {
		buf_addc(into, i ? ", " : "");
		text_safe(into, str_from(made->paths[i]), 80);
	}
	if (more > 0)
		buf_printf(into, " and %zu more", more);
}

static int
conflict(const struct merge_made *made, struct err *err)
{
	struct buf names = BUF_INIT;
	name_some(made, &names);
	err_set(err, ERR_CONFLICT, "it does not fit together with the base: %s",
		buf_cstr(&names));
	buf_release(&names);
	return ERR_CONFLICT;
}

/* --- trees and commits --- */

/* Takes over index. */
static int
settle(struct making *m, git_index *index, git_tree **ret, struct err *err)
{
	git_oid id;
	int rc = git_index_has_conflicts(index) ? take_conflicts(index, m->made) : 0;
	if (rc == 0)
		take_folders(index, m->made);
	bool fits = m->made->path_count == 0;
	if (rc == 0 && fits)
		rc = git_index_write_tree_to(&id, index, m->repo);
	if (rc == 0 && fits)
		rc = git_tree_lookup(ret, m->repo, &id);
	git_index_free(index);
	if (rc < 0)
		return repo_err(err, ERR_IO, "a merge in memory");
	return fits ? 0 : conflict(m->made, err);
}

/* The tree of work merged into base. */
static int
merge_trees(struct making *m, git_tree **ret, struct err *err)
{
	git_index *index = NULL;
	if (repo_merge(m->repo, m->base, m->work, &index) < 0)
		return repo_err(err, ERR_IO, "a merge in memory");
	return settle(m, index, ret, err);
}

/* As text is: without what a terminal would obey, and with one new line at its end. */
static int
tidy_message(const char *message, git_buf *ret, struct err *err)
{
	struct buf text = BUF_INIT;
	text_typable(&text, str_from(message));
	int rc = 0;
	if (git_message_prettify(ret, buf_cstr(&text), 0, 0) < 0)
		rc = repo_err(err, ERR_IO, "a commit's message");
	else if (ret->size == 0)
		rc = err_set(err, ERR_INVALID, "a commit needs a message");
	buf_release(&text);
	return rc;
}

static int
commit(struct making *m, const char *message, const git_tree *tree, const git_commit *one,
	const git_commit *other, git_commit **ret, struct err *err)
{
	const git_commit *parents[] = {one, other};
	git_buf text = GIT_BUF_INIT;
	git_oid id;
	int rc = tidy_message(message, &text, err);
	if (rc == 0 && (git_commit_create(&id, m->repo, NULL, m->author, m->committer, NULL,
				text.ptr, tree, other ? 2 : 1, parents) < 0 ||
			       git_commit_lookup(ret, m->repo, &id) < 0))
		rc = repo_err(err, ERR_IO, "a commit");
	git_buf_dispose(&text);
	return rc;
}

static bool
same_tree(const git_commit *commit, const git_tree *tree)
{
	return git_oid_equal(git_commit_tree_id(commit), git_tree_id(tree));
}

/* What was not committed becomes somebody's commit, in place of ours. */
static int
remake_snapshot(struct making *m, struct err *err)
{
	git_commit *parent = NULL, *made = NULL;
	git_tree *tree = NULL;
	int rc = 0;
	if (!m->order->uncommitted || git_commit_parentcount(m->work) != 1)
		return 0;
	if (git_commit_parent(&parent, m->work, 0) < 0 || git_commit_tree(&tree, m->work) < 0)
		rc = repo_err(err, ERR_IO, "the snapshot");
	if (rc == 0)
		rc = commit(m, m->order->uncommitted, tree, parent, NULL, &made, err);
	if (rc == 0) {
		git_commit_free(m->work);
		m->work = made;
	}
	git_tree_free(tree);
	git_commit_free(parent);
	return rc;
}

/* --- each how: *ret stays NULL when the base is not changed --- */

static int
make_squash(struct making *m, git_commit **ret, struct err *err)
{
	git_tree *tree = NULL;
	int rc = merge_trees(m, &tree, err);
	if (rc == 0 && !same_tree(m->base, tree))
		rc = commit(m, m->order->message, tree, m->base, NULL, ret, err);
	m->made->commits = 1;
	git_tree_free(tree);
	return rc;
}

static int
make_merge(struct making *m, git_commit **ret, struct err *err)
{
	git_tree *tree = NULL;
	int rc = merge_trees(m, &tree, err);
	if (rc == 0 && !same_tree(m->base, tree)) {
		rc = remake_snapshot(m, err);
		if (rc == 0)
			rc = commit(m, m->order->message, tree, m->base, m->work, ret, err);
	}
	m->made->commits = 1;
	git_tree_free(tree);
	return rc;
}

static int
clash_at(struct making *m, const git_commit *which, struct err *err)
{
	char subject[100];
	const char *summary = git_commit_message(which);
	struct str text = str_from(summary);
	git_oid_tostr(m->made->at, REPO_ID_MAX, git_commit_id(which));
	text_safe_tmp(subject, sizeof(subject), str_cut(&text, '\n'));
	return err_prefix(err, "its commit %.7s (%s)", m->made->at, subject);
}

/* *onto becomes the commit on top of it; or stays what it is, when nothing changes. */
static int
replay(struct making *m, git_commit *which, git_commit **onto, struct err *err)
{
	git_merge_options how;
	git_index *index = NULL;
	git_tree *tree = NULL;
	git_commit *next = NULL;
	git_oid id;
	const git_commit *parent = *onto;
	repo_merge_options(&how);
	/* It stands there already. */
	bool stands = git_commit_parentcount(which) == 1 &&
		      git_oid_equal(git_commit_parent_id(which, 0), git_commit_id(*onto));
	if (git_cherrypick_commit(&index, m->repo, which, *onto, 0, &how) < 0)
		return repo_err(err, ERR_IO, "a merge in memory");
	int rc = settle(m, index, &tree, err);
	if (rc == ERR_CONFLICT)
		return clash_at(m, which, err);
	bool empty = rc == 0 && same_tree(*onto, tree);
	if (rc == 0 && stands && !empty)
		rc = git_commit_dup(&next, which);
	else if (rc == 0 && !empty &&
		 (git_commit_create(&id, m->repo, NULL, git_commit_author(which), m->committer,
			  git_commit_message_encoding(which), git_commit_message_raw(which),
			  tree, 1, &parent) < 0 ||
			 git_commit_lookup(&next, m->repo, &id) < 0))
		rc = repo_err(err, ERR_IO, "a commit");
	if (next) {
		git_commit_free(*onto);
		*onto = next;
		m->made->commits += !stands;
	}
	m->made->dropped += empty;
	git_tree_free(tree);
	return rc;
}

/* All of work that base has not, but merge commits; *ret_merges: there are such. */
static int
replay_all(struct making *m, git_commit **onto, bool *ret_merges, struct err *err)
{
	git_revwalk *walk = NULL;
	git_oid id;
	size_t count = 0;
	int rc = git_revwalk_new(&walk, m->repo);
	if (rc == 0)
		rc = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
	if (rc == 0)
		rc = git_revwalk_push(walk, git_commit_id(m->work));
	if (rc == 0)
		rc = git_revwalk_hide(walk, git_commit_id(m->base));
	if (rc < 0)
		rc = repo_err(err, ERR_IO, "its commits");
	while (rc == 0 && git_revwalk_next(&id, walk) == 0) {
		git_commit *which = NULL;
		if (++count > MERGE_COMMITS_MAX)
			rc = err_set(err, ERR_LIMIT,
				"there are more than %d commits: squash or merge them",
				MERGE_COMMITS_MAX);
		else if (git_commit_lookup(&which, m->repo, &id) < 0)
			rc = repo_err(err, ERR_IO, "its commits");
		else if (git_commit_parentcount(which) > 1)
			*ret_merges = true;
		else
			rc = replay(m, which, onto, err);
		git_commit_free(which);
	}
	git_revwalk_free(walk);
	return rc;
}

/* How a merge commit was made, as by resolving conflicts, may be work that is in no other. */
static int
compare_with_merge(struct making *m, const git_commit *rebased, struct err *err)
{
	git_tree *tree = NULL;
	int rc = merge_trees(m, &tree, err);
	if (rc == ERR_CONFLICT || (rc == 0 && !same_tree(rebased, tree)))
		rc = err_set(err, ERR_UNSUPPORTED,
			"its history holds merges, without which something else would come "
			"out: squash or merge it");
	git_tree_free(tree);
	return rc;
}

static int
make_rebase(struct making *m, git_commit **ret, struct err *err)
{
	git_commit *onto = NULL;
	bool merges = false;
	int rc = remake_snapshot(m, err);
	if (rc == 0 && git_commit_dup(&onto, m->base) < 0)
		rc = repo_err(err, ERR_IO, "the base");
	if (rc == 0)
		rc = replay_all(m, &onto, &merges, err);
	if (rc == 0 && merges)
		rc = compare_with_merge(m, onto, err);
	if (rc == 0 && !git_oid_equal(git_commit_tree_id(onto), git_commit_tree_id(m->base)))
		*ret = onto;
	else
		git_commit_free(onto);
	return rc;
}

static const struct {
	const char *name, *words;
} hows[] = {
#define X(name, id, words) {name, words},
	MERGE_HOWS(X)
#undef X
};

static int (*const makers[])(struct making *m, git_commit **ret, struct err *err) = {
	[MERGE_SQUASH] = make_squash, [MERGE_MERGE] = make_merge, [MERGE_REBASE] = make_rebase};

const char *
merge_how_name(enum merge_how how)
{
	return hows[how].name;
}

const char *
merge_how_words(enum merge_how how)
{
	return hows[how].words;
}

bool
merge_how_find(const char *name, enum merge_how *ret)
{
	for (int i = 0; i < MERGE_HOW_COUNT; i++) {
		if (strcmp(hows[i].name, name) == 0) {
			*ret = (enum merge_how)i;
			return true;
		}
	}
	return false;
}

/* --- all of it --- */

static int
sign(const struct merge_person *person, const char *what, git_signature **ret, struct err *err)
{
	const char *const parts[] = {person->name, person->email};
	for (int i = 0; i < 2; i++) {
		bool right = parts[i] && parts[i][0];
		/* A new line would begin a header of the commit's. */
		for (const char *p = parts[i]; right && *p; p++)
			right = (unsigned char)*p >= ' ' && *p != '<' && *p != '>';
		if (!right)
			return err_set(err, ERR_INVALID, "the %s has no fit %s", what,
				i ? "email address" : "name");
	}
	if (git_signature_now(ret, person->name, person->email) < 0)
		return repo_err(err, ERR_INVALID, what);
	return 0;
}

/* "refs/merge/HOST/AGENT". */
static char *
ref_name(const char *host, const char *agent)
{
	char *ret = mirror_folder("merge", host, agent);
	ret[strlen(ret) - 1] = '\0';
	return ret;
}

/* Negative: an error; else a lock, and the ref's own place is free. */
static int
lock(struct mirror *mirror, const char *name, struct err *err)
{
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	char *path = path_join(mirror->dir, name), *folder = path_dir(path);
	mirror_remove_locks(folder);
	mirror_remove_locks(mirror->dir);
	mem_free(folder);
	mem_free(path);
	return fd;
}

static int
keep(struct mirror *mirror, const struct merge_order *order, const git_oid *id, struct err *err)
{
	char *name = ref_name(order->host, order->agent);
	int fd = lock(mirror, name, err);
	int rc = fd < 0 ? fd : mirror_set_ref(mirror, name, "", id, err);
	if (fd >= 0)
		close(fd);
	mem_free(name);
	return rc;
}

int
merge_drop(struct mirror *mirror, const char *host, const char *agent, struct err *err)
{
	char *name = ref_name(host, agent);
	int fd = lock(mirror, name, err), rc = fd < 0 ? fd : 0;
	git_oid id;
	if (rc == 0 && git_reference_name_to_id(&id, mirror->repo, name) == 0 &&
		git_reference_remove(mirror->repo, name) < 0)
		rc = repo_err(err, ERR_IO, name);
	if (fd >= 0)
		close(fd);
	mem_free(name);
	return rc;
}

static int
prepare(struct making *m, struct err *err)
{
	const struct merge_order *order = m->order;
	int rc = repo_commit(m->repo, order->base, &m->base, err);
	if (rc == 0)
		rc = repo_commit(m->repo, order->work, &m->work, err);
	if (rc == 0)
		rc = sign(&order->author, "author", &m->author, err);
	if (rc == 0)
		rc = sign(&order->committer, "committer", &m->committer, err);
	if (rc == 0 && order->how != MERGE_REBASE && !order->message)
		rc = err_set(err, ERR_INVALID, "a commit needs a message");
	return rc;
}

static int
make(struct mirror *mirror, struct making *m, struct err *err)
{
	git_commit *new = NULL;
	git_oid fork;
	if (git_merge_base(&fork, m->repo, git_commit_id(m->base), git_commit_id(m->work)) < 0)
		return err_set(err, ERR_INVALID, "they have no history in common");
	m->made->already = git_oid_equal(&fork, git_commit_id(m->work)) != 0;
	int rc = m->made->already ? 0 : makers[m->order->how](m, &new, err);
	if (rc == 0 && !new) {
		m->made->already = true;
		m->made->commits = 0;
	}
	if (rc == 0 && new)
		rc = keep(mirror, m->order, git_commit_id(new), err);
	if (rc == 0)
		git_oid_tostr(m->made->id, REPO_ID_MAX, git_commit_id(new ? new : m->base));
	git_commit_free(new);
	return rc;
}

int
merge_make(struct mirror *mirror, const struct merge_order *order, struct merge_made *ret,
	struct err *err)
{
	struct making m = {.repo = mirror->repo, .order = order, .made = ret};
	*ret = (struct merge_made){0};
	int rc = prepare(&m, err);
	if (rc == 0)
		rc = make(mirror, &m, err);
	git_signature_free(m.author);
	git_signature_free(m.committer);
	git_commit_free(m.base);
	git_commit_free(m.work);
	return rc;
}

void
merge_release(struct merge_made *made)
{
	for (size_t i = 0; i < made->path_count; i++)
		mem_free(made->paths[i]);
	mem_free(made->paths);
	*made = (struct merge_made){0};
}

/* --- is it there? --- */

/* An index in which something does not fit differs from every tree. */
static bool
changes_nothing(git_repository *repo, const git_commit *base, const git_commit *work)
{
	git_index *index = NULL;
	git_tree *tree = NULL;
	git_diff *diff = NULL;
	git_oid fork;
	int rc = git_merge_base(&fork, repo, git_commit_id(base), git_commit_id(work));
	if (rc == 0)
		rc = repo_merge(repo, base, work, &index);
	if (rc == 0)
		rc = git_commit_tree(&tree, base);
	if (rc == 0 && !git_index_has_conflicts(index))
		rc = git_diff_tree_to_index(&diff, repo, tree, index, NULL);
	bool ret = rc == 0 && diff && git_diff_num_deltas(diff) == 0;
	git_diff_free(diff);
	git_tree_free(tree);
	git_index_free(index);
	return ret;
}

bool
repo_is_merged(struct mirror *mirror, const char *base, const char *work)
{
	git_repository *repo = mirror->repo;
	git_commit *one = NULL, *other = NULL;
	bool ret = false;
	if (repo_commit(repo, base, &one, NULL) == 0 &&
		repo_commit(repo, work, &other, NULL) == 0)
		ret = strcmp(base, work) == 0 ||
		      git_graph_descendant_of(repo, git_commit_id(one), git_commit_id(other)) ==
			      1 ||
		      changes_nothing(repo, one, other);
	git_commit_free(one);
	git_commit_free(other);
	return ret;
}
