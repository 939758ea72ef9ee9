/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_land.h"

#include <string.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/repo_supply.h"
#include "cockpit/repo_tip.h"
#include "local.h"

#define CHECKOUT_MS 600000
#define LIST_MAX    (1u << 20)

/* --- where the base is --- */

/* One block of "git worktree list --porcelain"; true if the branch is checked out there. */
static bool
take_tree(struct str *rest, char sep, const char *ref, struct str *ret)
{
	struct str line, path = STR(""), branch = STR("");
	bool gone = false;
	while (rest->len > 0 && (line = str_cut(rest, sep)).len > 0) {
		if (str_starts(line, STR("worktree ")))
			path = str_slice(line, 9, line.len);
		else if (str_starts(line, STR("branch ")))
			branch = str_slice(line, 7, line.len);
		gone = gone || str_starts(line, STR("prunable"));
	}
	*ret = path;
	return !gone && str_eqc(branch, ref);
}

/* Names may hold new lines; git before 2.36 cannot say so. */
static int
list_trees(const char *repo, struct buf *into, char *ret_sep, struct err *err)
{
	static const char *const exact[] = {
		"git", QUIET_FLAGS, "worktree", "list", "--porcelain", "-z", NULL};
	static const char *const plain[] = {
		"git", QUIET_FLAGS, "worktree", "list", "--porcelain", NULL};
	*ret_sep = '\0';
	int rc = quiet_ask(repo, exact, STR(""), 255, QUIET_MS, into, LIST_MAX, err);
	if (rc > 0) {
		*ret_sep = '\n';
		buf_clear(into);
		rc = quiet_ask(repo, plain, STR(""), 0, QUIET_MS, into, LIST_MAX, err);
	}
	return rc;
}

/* Of the user's own work tree git lists another place when its folder of objects is elsewhere.
 */
static char *
own_tree(const char *repo, const char *ref)
{
	struct err ignored = ERR_INIT;
	char *head = QUIET_LINE(repo, &ignored, "symbolic-ref", "-q", "HEAD"), *ret = NULL;
	if (head && strcmp(head, ref) == 0)
		ret = QUIET_LINE(repo, &ignored, "rev-parse", "--show-toplevel");
	mem_free(head);
	return ret;
}

static int
find_tree(const char *repo, const char *ref, struct land_place *ret, struct err *err)
{
	struct buf out = BUF_INIT;
	struct str path;
	char sep;
	int rc = list_trees(repo, &out, &sep, err), count = 0;
	struct str rest = buf_str(&out);
	while (rc == 0 && rest.len > 0) {
		if (!take_tree(&rest, sep, ref, &path))
			continue;
		char *tree = mem_strndup(path.ptr, path.len);
		if (path_is_dir(tree) && count++ == 0)
			ret->tree = tree;
		else
			mem_free(tree);
	}
	if (count > 1)
		rc = err_set(err, ERR_UNSUPPORTED,
			"%s is checked out in several work trees of %s", ret->branch, repo);
	char *own = rc == 0 && count == 1 ? own_tree(repo, ref) : NULL;
	if (own) {
		mem_free(ret->tree);
		ret->tree = own;
	}
	buf_release(&out);
	return rc;
}

static int
look_there(const char *repo, const char *branch, struct land_place *ret, struct err *err)
{
	int rc = tip_read(repo, branch, &ret->branch, ret->tip, err);
	char *ref = mem_printf("refs/heads/%s", ret->branch ? ret->branch : "");
	if (rc == 0)
		rc = find_tree(repo, ref, ret, err);
	mem_free(ref);
	return rc;
}

static int
look_here(struct mirror *mirror, const char *branch, struct land_place *ret, struct err *err)
{
	git_oid id;
	if (!branch)
		return err_set(
			err, ERR_UNSUPPORTED, "there is no repo whose HEAD names a branch");
	ret->branch = mem_strdup(branch);
	char *ref = mem_printf("refs/base/%s", branch);
	int rc = 0;
	if (git_reference_name_to_id(&id, mirror->repo, ref) == 0)
		git_oid_tostr(ret->tip, REPO_ID_MAX, &id);
	else
		rc = err_set(err, ERR_NOT_FOUND, "the mirror has no base %s", branch);
	mem_free(ref);
	return rc;
}

int
land_look(struct mirror *mirror, const char *repo, const char *branch, struct land_place *ret,
	struct err *err)
{
	struct land_place place = {0};
	char *ref = mem_printf("refs/heads/%s", branch ? branch : "x");
	int rc = git_reference_is_valid_name(ref) == 1
			 ? 0
			 : err_set(err, ERR_INVALID, "that is no name of a branch");
	if (rc == 0)
		rc = repo ? look_there(repo, branch, &place, err)
			  : look_here(mirror, branch, &place, err);
	if (rc == 0 && repo)
		rc = supply_tip(mirror, repo, place.branch, place.tip, err);
	if (rc == 0)
		*ret = place;
	else
		land_place_release(&place);
	mem_free(ref);
	return rc;
}

void
land_place_release(struct land_place *place)
{
	mem_free(place->branch);
	mem_free(place->tree);
	*place = (struct land_place){0};
}

static bool
same_branch(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

void
land_advance(
	struct mirror *mirror, const char *repo, const struct land_work *works, size_t count)
{
	char(*tips)[REPO_ID_MAX] = mem_alloc_array(count + 1, sizeof(*tips));
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		size_t first = 0;
		while (!same_branch(works[first].branch, works[i].branch))
			first++;
		if (first == i)
			tip_find(mirror, repo, works[i].branch, tips[i], &ignored);
		tip_advance(mirror, tips[first], works[i].work);
	}
	mem_free(tips);
}

/* --- moving it --- */

struct move {
	struct mirror *mirror;
	const char *repo; /* NULL: in the mirror */
	const char *from, *to;
	const struct land_place *place;
};

static int
changed(const struct move *m, const char *tip, struct err *err)
{
	return err_set(err, ERR_CHANGED, "the branch %s has moved: it is at %.7s, not at %.7s",
		m->place->branch, tip, m->from);
}

/* After git failed: was somebody else quicker? Else what it said. */
static int
blame(const struct move *m, struct str said, struct err *err)
{
	char text[400];
	struct land_place now = {0};
	struct err ignored = ERR_INIT;
	bool there = look_there(m->repo, m->place->branch, &now, &ignored) == 0;
	quiet_repeat(said, text, sizeof(text));
	int rc = there && strcmp(now.tip, m->from) != 0
			 ? changed(m, now.tip, err)
			 : err_set(err, ERR_REMOTE, "%s: git: %s", m->repo, text);
	land_place_release(&now);
	return rc;
}

static int
move_ref(const struct move *m, struct err *err)
{
	char *ref = mem_printf("refs/heads/%s", m->place->branch);
	const char *const argv[] = {"git", QUIET_FLAGS, "update-ref", "-m", "cockpit: landing",
		ref, m->to, m->from, NULL};
	struct buf said = BUF_INIT;
	int rc = quiet_hear(m->repo, argv, STR(""), QUIET_MS, &said, err);
	if (rc > 0)
		rc = blame(m, buf_str(&said), err);
	buf_release(&said);
	mem_free(ref);
	return rc;
}

/* Git lists what is in its way behind tabs, under lines that say why. */
static int
count_files(struct str said, struct buf *names)
{
	int count = 0;
	while (said.len > 0) {
		struct str line = str_cut(&said, '\n');
		if (!str_starts(line, STR("\t")))
			continue;
		count = way_name(names, count, str_slice(line, 1, line.len));
	}
	way_end(names, count);
	return count;
}

static int
in_the_way(const struct move *m, const char *names, struct err *err)
{
	char tree[300];
	text_safe_tmp(tree, sizeof(tree), str_from(m->place->tree));
	return err_set(err, ERR_BUSY,
		"what is not committed in %s is in the way: %s; commit, stash or move it first",
		tree, names);
}

/* Git moves what HEAD names, which may be another branch since we looked. */
static int
confirm(const struct move *m, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *ref = mem_printf("refs/heads/%s", m->place->branch);
	char *tip = QUIET_LINE(m->repo, &ignored, "rev-parse", "-q", "--verify", ref);
	int rc = tip && strcmp(tip, m->to) == 0 ? 0 : changed(m, tip ? tip : "none", err);
	mem_free(tip);
	mem_free(ref);
	return rc;
}

static int
move_forward(const struct move *m, struct err *err)
{
	/* Whatever is set up for merges there; what git ignores may be precious too. */
	const char *const argv[] = {"git", QUIET_FLAGS, "merge", "--ff-only",
		"--no-overwrite-ignore", "--no-autostash", "--no-squash", "--commit",
		"--no-stat", "-q", m->to, NULL};
	struct buf said = BUF_INIT, names = BUF_INIT;
	int rc = quiet_hear(m->place->tree, argv, STR(""), CHECKOUT_MS, &said, err);
	if (rc > 0)
		rc = count_files(buf_str(&said), &names) > 0
			     ? in_the_way(m, buf_cstr(&names), err)
			     : blame(m, buf_str(&said), err);
	if (rc == 0)
		rc = confirm(m, err);
	buf_release(&said);
	buf_release(&names);
	return rc;
}

/* The work tree and its index go from one commit to another, with what is not committed; or
 * not at all. Its HEAD is not moved. */
static int
switch_tree(const struct move *m, const char *from, const char *to, struct err *err)
{
	static const char *const fresh[] = {
		"git", QUIET_FLAGS, "update-index", "-q", "--refresh", NULL};
	const char *const argv[] = {
		"git", QUIET_FLAGS, "read-tree", "-m", "-u", from, to, NULL};
	static const char *const ways[] = {"Entry '", "ntracked working tree file '"};
	struct buf said = BUF_INIT, names = BUF_INIT;
	int rc = way_blocked(m->place->tree, from, to, &names, err);
	if (rc > 0)
		rc = in_the_way(m, buf_cstr(&names), err);
	/* That it complains of what has changed is no matter. */
	if (rc == 0)
		rc = quiet_hear(m->place->tree, fresh, STR(""), CHECKOUT_MS, &said, err);
	if (rc >= 0)
		rc = quiet_hear(m->place->tree, argv, STR(""), CHECKOUT_MS, &said, err);
	if (rc > 0) {
		char text[400];
		bool busy = false;
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			busy = busy || str_find_str(buf_str(&said), str_from(ways[i])) >= 0;
		quiet_repeat(buf_str(&said), text, sizeof(text));
		rc = busy ? in_the_way(m, text, err) : blame(m, buf_str(&said), err);
	}
	buf_release(&names);
	buf_release(&said);
	return rc;
}

/* "git reset --keep" would unstage what is staged. */
static int
move_back(const struct move *m, struct err *err)
{
	struct err why = ERR_INIT;
	int rc = switch_tree(m, m->from, m->to, err);
	if (rc == 0 && (rc = move_ref(m, err)) < 0 && switch_tree(m, m->to, m->from, &why) < 0)
		err_prefix(err, "files are as in %.7s, %s is not (%s)", m->to, m->place->branch,
			why.text);
	return rc;
}

/* --- the mirror's base --- */

/* from NULL: whatever it is at. */
static int
move_base(struct mirror *mirror, const char *branch, const char *from, const char *to,
	struct err *err)
{
	git_oid old, new;
	git_reference *ref = NULL;
	if (git_oid_fromstr(&new, to) < 0 || (from && git_oid_fromstr(&old, from) < 0))
		return err_set(err, ERR_INVALID, "that is no commit's id");
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	char *name = mem_printf("refs/base/%s", branch), *path = path_join(mirror->dir, name),
	     *folder = path_dir(path);
	mirror_remove_locks(folder);
	mirror_remove_locks(mirror->dir);
	int rc = git_reference_create_matching(
		&ref, mirror->repo, name, &new, 1, from ? &old : NULL, NULL);
	if (rc == GIT_EMODIFIED || rc == GIT_ENOTFOUND)
		rc = err_set(err, ERR_CHANGED, "the base %s has moved", branch);
	else if (rc < 0)
		rc = repo_err(err, ERR_IO, name);
	git_reference_free(ref);
	mem_free(folder);
	mem_free(path);
	mem_free(name);
	close(fd);
	return rc;
}

/* --- all of it --- */

static int
start(struct move *m, const struct landing *landing, struct land_place *place, struct err *err)
{
	int rc = land_look(m->mirror, landing->repo, landing->branch, place, err);
	m->repo = landing->repo;
	m->place = place;
	if (rc == 0 && strcmp(place->tip, m->from) != 0)
		rc = changed(m, place->tip, err);
	return rc;
}

/* What merges are made with next, and agents start from, is what the user's repo has. */
static int
finish(struct move *m, int rc, struct land_place *place, struct land_place *ret,
	struct err *err)
{
	if (rc == 0 && !m->repo)
		rc = move_base(m->mirror, place->branch, m->from, m->to, err);
	else if (rc == 0)
		move_base(m->mirror, place->branch, NULL, m->to, NULL);
	if (rc < 0) {
		land_place_release(place);
		return rc;
	}
	memcpy(place->tip, m->to, REPO_ID_MAX);
	*ret = *place;
	return 0;
}

static int
check_forward(struct mirror *mirror, const struct landing *landing, struct err *err)
{
	git_commit *from = NULL, *to = NULL;
	int rc = repo_commit(mirror->repo, landing->from, &from, err);
	if (rc == 0)
		rc = repo_commit(mirror->repo, landing->to, &to, err);
	if (rc == 0 && git_graph_descendant_of(
			       mirror->repo, git_commit_id(to), git_commit_id(from)) != 1)
		rc = err_set(err, ERR_INVALID, "%.7s does not come after %.7s", landing->to,
			landing->from);
	git_commit_free(from);
	git_commit_free(to);
	return rc;
}

int
land(struct mirror *mirror, const struct landing *landing, struct land_place *ret,
	struct err *err)
{
	struct land_place place = {0};
	struct move m = {.mirror = mirror, .from = landing->from, .to = landing->to};
	int rc = check_forward(mirror, landing, err);
	if (rc == 0)
		rc = start(&m, landing, &place, err);
	if (rc == 0 && m.repo)
		rc = quiet_bring(mirror, m.repo, m.to, err);
	if (rc == 0 && m.repo)
		rc = place.tree ? move_forward(&m, err) : move_ref(&m, err);
	return finish(&m, rc, &place, ret, err);
}

/* What others may have by now is not taken from under them; by what this repo knows of its
 * remotes: nobody is asked. */
static int
see_unpushed(const struct move *m, struct err *err)
{
	struct err ignored = ERR_INIT;
	char name[200];
	char *pattern = mem_printf("refs/remotes/*/%s", m->place->branch);
	char *has = QUIET_LINE(m->repo, &ignored, "for-each-ref", "--count=1",
		"--format=%(refname:lstrip=2)", "--contains", m->from, pattern);
	int rc = has ? err_set(err, ERR_EXISTS,
			       "%s has it already: it was pushed; take it back with a commit "
			       "(git revert)",
			       text_safe_tmp(name, sizeof(name), str_from(has)))
		     : 0;
	mem_free(has);
	mem_free(pattern);
	return rc;
}

int
land_undo(struct mirror *mirror, const struct landing *landing, struct land_place *ret,
	struct err *err)
{
	struct land_place place = {0};
	struct move m = {.mirror = mirror, .from = landing->to, .to = landing->from};
	int rc = check_forward(mirror, landing, err);
	if (rc == 0)
		rc = start(&m, landing, &place, err);
	if (rc == 0 && m.repo)
		rc = see_unpushed(&m, err);
	if (rc == 0 && m.repo)
		rc = place.tree ? move_back(&m, err) : move_ref(&m, err);
	return finish(&m, rc, &place, ret, err);
}
