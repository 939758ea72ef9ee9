/*
 * repo_tip: where the branches of the user's own repo are, and whether they may have moved
 * since somebody looked.
 *
 * Calls read files: they are a worker's. Errors are safe to show.
 */
#ifndef COCKPIT_REPO_TIP_H
#define COCKPIT_REPO_TIP_H

#include "cockpit/repo_mirror.h"

/* Where git keeps them: its folder for that work tree, and the one for all of the repo's. */
struct tip_place {
	char *own, *common;
};

/* Asks git. To be released after success only. ERR_NOT_FOUND: there is no repo. */
int tip_place_find(const char *repo, struct tip_place *ret, struct err *err);
void tip_place_release(struct tip_place *place);

/*
 * Another one whenever that branch, or one of a remote that is called so, is elsewhere; perhaps
 * when nothing moved, as after "git pack-refs". Reads a few small files and starts no process.
 * branch NULL: what HEAD names.
 */
uint64_t tip_mark(const struct tip_place *place, const char *branch);

/*
 * The commit of that branch, which is in the mirror then. branch NULL: the one that HEAD names.
 * ERR_NOT_FOUND: no such repo or branch; ERR_UNSUPPORTED: HEAD names none; ERR_CHANGED: it
 * moved meanwhile.
 */
int tip_find(struct mirror *mirror, const char *repo, const char *branch, char ret[REPO_ID_MAX],
	struct err *err);

/* Its base is at that commit, if that comes after it: a host that was not told of it has an
 * older one. Stays where that cannot be told. */
void tip_advance(struct mirror *mirror, const char *tip, struct mirror_work *work);

/* Who stands at the one has the other behind it, or stands there too. */
bool tip_is_after(struct mirror *mirror, const char *tip, const char *before);

#endif
