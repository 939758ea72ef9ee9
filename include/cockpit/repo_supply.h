/*
 * repo_supply: what a host needs of a repo that it does not have: the commit to start from, a
 * pack of what is missing, and the ignored files that agents are to have.
 *
 * The packing is git's own, as programs: libgit2 1.5 makes every delta anew. What a program
 * wants to ask a person fails. All calls block: they are a worker's.
 */
#ifndef COCKPIT_REPO_SUPPLY_H
#define COCKPIT_REPO_SUPPLY_H

#include "cockpit/base_buf.h"
#include "cockpit/repo_mirror.h"

struct supply {
	char *branch;           /* the base's name */
	char base[REPO_ID_MAX]; /* its tip, in the mirror from now on */
	char *user, *email;     /* who commits; NULL: nobody is set up */
	char *url;              /* where it comes from; NULL: from nowhere */
	char *complaint;        /* why that could not be asked; NULL: it could, or need not */
};

/*
 * Takes the base into the mirror (refs/base/BRANCH) from the repo at that path on this machine,
 * and from where that comes from (refs/origin/BRANCH), for a few seconds. Where its origin is
 * only further on, it counts. branch NULL: the one that HEAD names. mirror NULL: only looks
 * what there is.
 */
int supply_base(struct mirror *mirror, const char *repo, const char *branch, struct supply *ret,
	struct err *err);
void supply_release(struct supply *supply);
/* The tip of that branch of the repo is in the mirror then, whether its host has it or not; its
 * origin is not asked. ERR_CHANGED: it is another one by now. */
int supply_tip(struct mirror *mirror, const char *repo, const char *branch, const char *tip,
	struct err *err);

/* Gets the pack's bytes; negative ends it. */
typedef int supply_out_fn(void *ctx, struct str bytes, struct err *err);
/*
 * The commits with all that belongs to them, but for what belongs to those that the far side
 * has; ids of which the mirror knows nothing do no harm there. *ret_any false, and no byte,
 * when nothing is missing.
 */
int supply_pack(struct mirror *mirror, const char *const wanted[], size_t wanted_count,
	const char *const there[], size_t there_count, bool *ret_any, supply_out_fn *out,
	void *ctx, struct err *err);

#define SUPPLY_FILES_MAX (64u << 20)
/* The files of that work tree that git ignores and .worktreeinclude names, as a tar archive;
 * nothing if there are none. ERR_LIMIT. */
int supply_files(const char *repo, struct buf *into, int *ret_count, struct err *err);

#endif
