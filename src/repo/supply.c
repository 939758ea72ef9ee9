/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_supply.h"

#include <string.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_child.h"
#include "local.h"

#define FETCH_MS   600000
#define ORIGIN_MS  20000
#define PACK_MS    600000
#define ANSWER_MAX (16u << 20)
#define INCLUDE    ".worktreeinclude"

/* --- the base --- */

static int
find_branch(const char *repo, const char *branch, struct supply *ret, struct err *err)
{
	char *shallow = QUIET_LINE(repo, err, "rev-parse", "--is-shallow-repository");
	bool cut = shallow && strcmp(shallow, "true") == 0;
	mem_free(shallow);
	if (err->code)
		return err_prefix(err, "%s", repo);
	if (!shallow)
		return err_set(err, ERR_NOT_FOUND, "%s is no git repo", repo);
	if (cut)
		return err_set(err, ERR_UNSUPPORTED,
			"%s has a part of its history only: \"git fetch --unshallow\" there "
			"helps, "
			"or \"clone\": \"origin\" in the fleet file",
			repo);
	ret->branch = branch ? mem_strdup(branch)
			     : QUIET_LINE(repo, err, "symbolic-ref", "-q", "--short", "HEAD");
	return err->code;
}

static void
find_origin(const char *repo, struct supply *ret)
{
	struct err ignored = ERR_INIT;
	char *key = mem_printf("branch.%s.remote", ret->branch);
	char *remote = QUIET_LINE(repo, &ignored, "config", "--get", key);
	ret->url = QUIET_LINE(
		repo, &ignored, "remote", "get-url", "--", remote ? remote : "origin");
	mem_free(remote);
	mem_free(key);
}

/* Into refs/SPACE/BRANCH of the mirror. */
static int
fetch(struct mirror *mirror, const char *cwd, const char *from, const char *source,
	const char *space, const char *branch, int64_t ms, struct err *err)
{
	char *spec = mem_printf("+%s:refs/%s/%s", source, space, branch);
	char *dir = mem_printf("--git-dir=%s", mirror->dir);
	const char *const argv[] = {"git", dir, QUIET_FLAGS, "-c",
		"fetch.writeCommitGraph=false", "fetch", "-q", "--no-tags",
		"--no-write-fetch-head", "--no-recurse-submodules", "--refmap=", "--", from,
		spec, NULL};
	struct buf out = BUF_INIT;
	int rc = quiet_ask(cwd, argv, STR(""), 0, ms, &out, 4096, err);
	buf_release(&out);
	mem_free(spec);
	mem_free(dir);
	return rc;
}

static bool
find_ref(struct mirror *mirror, const char *space, const char *branch, git_oid *ret)
{
	char *name = mem_printf("refs/%s/%s", space, branch);
	bool found = git_reference_name_to_id(ret, mirror->repo, name) == 0;
	mem_free(name);
	return found;
}

static int
choose_base(struct mirror *mirror, struct supply *ret, struct err *err)
{
	git_oid ours, theirs;
	if (!find_ref(mirror, "base", ret->branch, &ours))
		return err_set(err, ERR_NOT_FOUND, "the branch %s did not come", ret->branch);
	if (find_ref(mirror, "origin", ret->branch, &theirs) &&
		git_graph_descendant_of(mirror->repo, &theirs, &ours) == 1)
		ours = theirs;
	git_oid_tostr(ret->base, sizeof(ret->base), &ours);
	return 0;
}

static int
take_base(struct mirror *mirror, const char *repo, const char *source, struct supply *ret,
	struct err *err)
{
	struct err why = ERR_INIT;
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	mirror_remove_locks(mirror->dir);
	int rc = fetch(mirror, repo, repo, source, "base", ret->branch, FETCH_MS, err);
	if (rc < 0)
		err_prefix(err, "%s", repo);
	/* An origin that cannot be asked now is not waited for long, nor is it needed. */
	if (rc == 0 && ret->url &&
		fetch(mirror, repo, ret->url, source, "origin", ret->branch, ORIGIN_MS, &why) <
			0)
		ret->complaint = mem_strdup(why.text);
	packs_tidy(mirror);
	close(fd);
	return rc == 0 ? choose_base(mirror, ret, err) : rc;
}

static bool
has_commit(struct mirror *mirror, const char *id)
{
	git_commit *commit = NULL;
	bool there = repo_commit(mirror->repo, id, &commit, NULL) == 0;
	git_commit_free(commit);
	return there;
}

int
supply_tip(struct mirror *mirror, const char *repo, const char *branch, const char *tip,
	struct err *err)
{
	if (has_commit(mirror, tip))
		return 0;
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	mirror_remove_locks(mirror->dir);
	char *source = mem_printf("refs/heads/%s", branch);
	int rc = fetch(mirror, repo, repo, source, "base", branch, FETCH_MS, err);
	if (rc < 0)
		err_prefix(err, "%s", repo);
	mem_free(source);
	close(fd);
	return rc == 0 && !has_commit(mirror, tip)
		       ? err_set(err, ERR_CHANGED, "the branch %s of %s has moved", branch,
				 repo)
		       : rc;
}

int
supply_base(struct mirror *mirror, const char *repo, const char *branch, struct supply *ret,
	struct err *err)
{
	struct err ignored = ERR_INIT;
	*ret = (struct supply){0};
	int rc = find_branch(repo, branch, ret, err);
	if (rc < 0)
		return rc;
	bool detached = !ret->branch;
	if (detached)
		ret->branch = mem_strdup("base");
	else
		find_origin(repo, ret);
	ret->user = QUIET_LINE(repo, &ignored, "config", "--get", "user.name");
	ret->email = QUIET_LINE(repo, &ignored, "config", "--get", "user.email");
	if (!mirror)
		return 0;
	char *source = detached ? mem_strdup("HEAD") : mem_printf("refs/heads/%s", ret->branch);
	rc = take_base(mirror, repo, source, ret, err);
	mem_free(source);
	return rc;
}

void
supply_release(struct supply *supply)
{
	mem_free(supply->branch);
	mem_free(supply->user);
	mem_free(supply->email);
	mem_free(supply->url);
	mem_free(supply->complaint);
	*supply = (struct supply){0};
}

/* --- the pack --- */

static bool
is_here(struct mirror *mirror, const char *id)
{
	git_oid oid;
	git_commit *commit = NULL;
	bool here = git_oid_fromstr(&oid, id) == 0 &&
		    git_commit_lookup(&commit, mirror->repo, &oid) == 0;
	git_commit_free(commit);
	return here;
}

static bool
is_among(const char *id, const char *const ids[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(ids[i], id) == 0)
			return true;
	}
	return false;
}

int
supply_pack(struct mirror *mirror, const char *const wanted[], size_t wanted_count,
	const char *const there[], size_t there_count, bool *ret_any, supply_out_fn *out,
	void *ctx, struct err *err)
{
	struct buf revs = BUF_INIT;
	int rc = 0;
	*ret_any = false;
	for (size_t i = 0; i < wanted_count; i++) {
		*ret_any = *ret_any || !is_among(wanted[i], there, there_count);
		buf_printf(&revs, "%s\n", wanted[i]);
	}
	buf_addc(&revs, "--not\n");
	for (size_t i = 0; i < there_count; i++) {
		if (is_here(mirror, there[i]))
			buf_printf(&revs, "%s\n", there[i]);
	}
	if (*ret_any) {
		char *dir = mem_printf("--git-dir=%s", mirror->dir);
		const char *const argv[] = {"git", dir, QUIET_FLAGS, "pack-objects", "-q",
			"--revs", "--thin", "--stdout", "--delta-base-offset", NULL};
		const struct child child = {.argv = argv,
			.more = quiet_env,
			.input = buf_str(&revs),
			.ms = PACK_MS,
			.out = out,
			.ctx = ctx};
		rc = child_run(&child, err);
		mem_free(dir);
	}
	buf_release(&revs);
	return rc;
}

/* --- ignored files --- */

static void
add_names(struct str names, struct buf *into, int *count)
{
	while (names.len > 0) {
		struct str name = str_cut(&names, '\0');
		/* None looks like an option. */
		buf_addc(into, "./");
		buf_add(into, name);
		buf_byte(into, '\0');
		(*count)++;
	}
}

/* What .worktreeinclude names may not be ignored: that is somebody's work. */
static int
find_files(const char *repo, struct buf *names, int *ret_count, struct err *err)
{
	static const char *const listed[] = {"git", QUIET_FLAGS, "ls-files", "-z", "--others",
		"--ignored", "--exclude-from=" INCLUDE, NULL};
	static const char *const ignored[] = {
		"git", QUIET_FLAGS, "check-ignore", "-z", "--stdin", NULL};
	struct buf named = BUF_INIT, both = BUF_INIT;
	int rc = quiet_ask(repo, listed, STR(""), 0, QUIET_MS, &named, ANSWER_MAX, err);
	if (rc == 0 && named.len > 0)
		rc = quiet_ask(
			repo, ignored, buf_str(&named), 1, QUIET_MS, &both, ANSWER_MAX, err);
	if (rc >= 0)
		add_names(buf_str(&both), names, ret_count);
	buf_release(&named);
	buf_release(&both);
	return rc < 0 ? rc : 0;
}

int
supply_files(const char *repo, struct buf *into, int *ret_count, struct err *err)
{
	static const char *const tar[] = {"tar", "-cf", "-", "--null", "-T", "-", NULL};
	struct buf names = BUF_INIT;
	*ret_count = 0;
	char *list = path_join(repo, INCLUDE);
	int rc = path_exists(list) ? find_files(repo, &names, ret_count, err) : 0;
	if (rc == 0 && *ret_count > 0)
		rc = quiet_ask(
			repo, tar, buf_str(&names), 0, FETCH_MS, into, SUPPLY_FILES_MAX, err);
	if (rc < 0)
		err_prefix(err, "the files of %s", list);
	buf_release(&names);
	mem_free(list);
	return rc;
}
