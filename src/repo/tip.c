/* SPDX-License-Identifier: MIT */
/*
 * Where a branch is says git, as a program: it knows every way in which a repo may keep that.
 * Whether to ask it again is told by the files in which it does.
 */
#include "cockpit/repo_tip.h"

#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/repo_supply.h"
#include "local.h"

#define REF_MAX   4096 /* bytes of a file that holds one ref */
#define LINKS_MAX 5    /* refs that name another one, in a row */

/* --- where they are kept --- */

int
tip_place_find(const char *repo, struct tip_place *ret, struct err *err)
{
	struct err why = ERR_INIT;
	char *own = QUIET_LINE(repo, &why, "rev-parse", "--git-dir");
	char *common = QUIET_LINE(repo, &why, "rev-parse", "--git-common-dir");
	int rc = own && common ? 0 : err_set(err, ERR_NOT_FOUND, "%s is no git repo", repo);
	if (rc == 0)
		*ret = (struct tip_place){path_join(repo, own), path_join(repo, common)};
	mem_free(own);
	mem_free(common);
	return rc;
}

void
tip_place_release(struct tip_place *place)
{
	mem_free(place->own);
	mem_free(place->common);
	*place = (struct tip_place){0};
}

/* --- whether they may have moved --- */

static uint64_t
add_stamp(uint64_t mark, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	uint64_t stamp = path_stamp(path);
	mem_free(path);
	return str_hash(mark, (struct str){(const char *)&stamp, sizeof(stamp)});
}

/* What is in such a file, and in the one of the ref that it names, if it does. */
static uint64_t
add_ref(uint64_t mark, const struct tip_place *place, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	for (int i = 0; path && i < LINKS_MAX; i++) {
		struct buf text = BUF_INIT;
		/* None at all is something, too. */
		int rc = path_read(path, REF_MAX, &text, NULL);
		struct str said = str_trim(buf_str(&text));
		mark = str_hash(mark, rc == 0 ? said : STR("-"));
		mem_free(path);
		path = NULL;
		if (str_starts(said, STR("ref: refs/")) && str_find_str(said, STR("..")) < 0) {
			char *next = mem_strndup(said.ptr + 5, said.len - 5);
			path = path_join(place->common, next);
			mem_free(next);
		}
		buf_release(&text);
	}
	mem_free(path);
	return mark;
}

uint64_t
tip_mark(const struct tip_place *place, const char *branch)
{
	static const char *const spaces[] = {"refs/heads/", "refs/remotes/", "refs/tags/"};
	uint64_t mark = STR_HASH_INIT;
	if (!branch)
		mark = add_ref(mark, place, place->own, "HEAD");
	for (size_t i = 0; branch && i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		char *name = mem_printf("%s%s", spaces[i], branch);
		mark = add_ref(mark, place, place->common, name);
		mem_free(name);
	}
	mark = add_stamp(mark, place->common, "packed-refs");
	return add_stamp(mark, place->common, "reftable/tables.list");
}

/* --- where they are --- */

int
tip_read(const char *repo, const char *branch, char **ret_branch, char ret[REPO_ID_MAX],
	struct err *err)
{
	struct err why = ERR_INIT;
	char *dir = QUIET_LINE(repo, &why, "rev-parse", "--git-dir");
	bool is_repo = dir != NULL;
	mem_free(dir);
	*ret_branch = NULL;
	if (!is_repo)
		return err_set(err, ERR_NOT_FOUND, "%s is no git repo", repo);
	char *name = branch ? mem_strdup(branch)
			    : QUIET_LINE(repo, &why, "symbolic-ref", "-q", "--short", "HEAD");
	if (!name)
		return err_set(err, ERR_UNSUPPORTED, "HEAD of %s names no branch", repo);
	char *commit = mem_printf("refs/heads/%s^{commit}", name);
	char *tip = QUIET_LINE(repo, &why, "rev-parse", "-q", "--verify", commit);
	int rc = tip && strlen(tip) == REPO_ID_MAX - 1
			 ? 0
			 : err_set(err, ERR_NOT_FOUND, "%s has no branch %s", repo, name);
	if (rc == 0)
		memcpy(ret, tip, REPO_ID_MAX);
	*ret_branch = name;
	mem_free(commit);
	mem_free(tip);
	return rc;
}

int
tip_find(struct mirror *mirror, const char *repo, const char *branch, char ret[REPO_ID_MAX],
	struct err *err)
{
	char tip[REPO_ID_MAX], *name = NULL;
	int rc = tip_read(repo, branch, &name, tip, err);
	if (rc == 0)
		rc = supply_tip(mirror, repo, name, tip, err);
	if (rc == 0)
		memcpy(ret, tip, REPO_ID_MAX);
	mem_free(name);
	return rc;
}

bool
tip_is_after(struct mirror *mirror, const char *tip, const char *before)
{
	git_oid from, to;
	return git_oid_fromstr(&from, before) == 0 && git_oid_fromstr(&to, tip) == 0 &&
	       (git_oid_equal(&from, &to) ||
		       git_graph_descendant_of(mirror->repo, &to, &from) == 1);
}

void
tip_advance(struct mirror *mirror, const char *tip, struct mirror_work *work)
{
	if (tip[0] && work->base[0] && tip_is_after(mirror, tip, work->base))
		memcpy(work->base, tip, REPO_ID_MAX);
}
