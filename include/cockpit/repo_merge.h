/*
 * repo_merge: an agent's work on top of the base, made in memory in the mirror.
 *
 * No work tree and no index is touched, nobody's repo but the mirror is written, and nothing
 * of what is merged runs: no hook, filter or driver. What came of it is kept by
 * refs/merge/HOST/AGENT, which is old or new whatever is killed; it is landed by repo_land.h.
 *
 * Calls block: they are a worker's. Paths are foreign bytes.
 */
#ifndef COCKPIT_REPO_MERGE_H
#define COCKPIT_REPO_MERGE_H

#include "cockpit/repo_mirror.h"

/* Name for options, our name, words. */
#define MERGE_HOWS(X)                                                       \
	X("squash", SQUASH, "one commit with all of it")                    \
	X("merge", MERGE, "its commits, and a merge commit on top of them") \
	X("rebase", REBASE, "its commits, made anew on top of the base")

enum merge_how {
#define X(name, id, words) MERGE_##id,
	MERGE_HOWS(X)
#undef X
		MERGE_HOW_COUNT
};

const char *merge_how_name(enum merge_how how);
const char *merge_how_words(enum merge_how how);
bool merge_how_find(const char *name, enum merge_how *ret);

/* No control bytes, no "<" and ">". */
struct merge_person {
	const char *name, *email;
};

struct merge_order {
	const char *host, *agent; /* whose it is */
	const char *base, *work;  /* commits in the mirror; work: a head or a snap */
	enum merge_how how;
	const char *message; /* of the squash or the merge commit; a rebase has no use for it */
	/*
	 * When work is a snap that is not the head: what the commit of what was not committed
	 * is to say, by author; else it would go into the base's history as we have made it.
	 * NULL: work is as it is to be. A squash has no use for it.
	 */
	const char *uncommitted;
	struct merge_person author, committer; /* a rebase keeps its commits' authors */
};

#define MERGE_FILES_MAX   200  /* that are named */
#define MERGE_COMMITS_MAX 2000 /* of a rebase */

struct merge_made {
	char id[REPO_ID_MAX]; /* the base's tip to be; the base itself when already merged */
	bool already;         /* merging changes nothing; no ref was made or moved */
	size_t commits;       /* new ones; of a merge without those that it merges */
	size_t dropped;       /* of a rebase: they changed nothing any more */
	/* With ERR_CONFLICT: */
	char **paths;
	size_t path_count, paths_left;
	char at[REPO_ID_MAX]; /* of a rebase: the commit that does not fit */
};

/*
 * ERR_CONFLICT: they do not fit together; ret->paths says where, the error names some.
 * ERR_INVALID: what is ordered cannot be; they have no history in common. ERR_NOT_FOUND: no
 * such commit here. ERR_LIMIT: too many commits for a rebase. ERR_UNSUPPORTED: a rebase would
 * lose what its merge commits hold. ret is to be released in any case.
 */
int merge_make(struct mirror *mirror, const struct merge_order *order, struct merge_made *ret,
	struct err *err);
void merge_release(struct merge_made *made);
/* Its ref goes, as once it has landed for good; nothing if there is none. */
int merge_drop(struct mirror *mirror, const char *host, const char *agent, struct err *err);

struct buf;
/* A message for it: that of its one commit, or a list of what its commits say. Safe to show. */
void merge_message(struct mirror *mirror, const char *base, const char *head, const char *agent,
	struct buf *into);

/* Merging work into base would change nothing: it is there, in whatever way it got there.
 * False on failure. */
bool repo_is_merged(struct mirror *mirror, const char *base, const char *work);

#endif
