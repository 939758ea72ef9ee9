/*
 * repo_land: the base branch of the user's own repo goes on to what a merge made, and back.
 *
 * Only from the very commit that was said, and only forward: compare and swap. Where the branch
 * is checked out, its work tree goes along; what is not committed there stays untouched, staged
 * or not, or nothing at all is done. No hook runs; checking out runs the filters that the
 * user's own configuration names, as any "git pull" does.
 *
 * Calls block: they are a worker's. Errors are safe to show.
 */
#ifndef COCKPIT_REPO_LAND_H
#define COCKPIT_REPO_LAND_H

#include "cockpit/repo_mirror.h"

struct land_place {
	char *branch;
	char tip[REPO_ID_MAX]; /* in the mirror */
	char *tree;            /* the work tree in which it is checked out; NULL: in none */
};

/*
 * repo: the user's, on this machine; NULL: the base is in the mirror only, as
 * refs/base/BRANCH. branch NULL: the one that its HEAD names. ERR_NOT_FOUND: no such repo or
 * branch; ERR_UNSUPPORTED: HEAD names no branch, or two work trees have it checked out. A tip
 * that the mirror has not yet comes there.
 */
int land_look(struct mirror *mirror, const char *repo, const char *branch,
	struct land_place *ret, struct err *err);
void land_place_release(struct land_place *place);

/* An agent's work, and the branch that it goes to; NULL: the one that HEAD names. */
struct land_work {
	const char *branch;
	struct mirror_work *work;
};

/* The base of each is where that branch of the repo is by now, if that is further on: a host
 * that was not told of it has an older one. Stays as it is where that cannot be told. */
void land_advance(
	struct mirror *mirror, const char *repo, const struct land_work *works, size_t count);

struct landing {
	const char *repo, *branch; /* as for land_look() */
	const char *from, *to;     /* commits in the mirror; to comes after from */
};

/*
 * ret: where it is now, to be released after success only; its branch is the one to undo.
 * ERR_CHANGED: the branch is not at from any more. ERR_BUSY: what is not committed in its work
 * tree is in the way; the error names files. ERR_INVALID: to does not come after from. What
 * land_look() says. Then nothing was changed, but that the repo may have got commits that
 * nothing names.
 */
int land(struct mirror *mirror, const struct landing *landing, struct land_place *ret,
	struct err *err);
/* The other way round, with the same landing, as long as the branch is still at landing->to and
 * no remote is known to have that: ERR_EXISTS. */
int land_undo(struct mirror *mirror, const struct landing *landing, struct land_place *ret,
	struct err *err);

#endif
