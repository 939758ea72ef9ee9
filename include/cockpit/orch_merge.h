/*
 * orch_merge: an agent's work goes into the base, or out to the remote; on this side only.
 *
 * A merge is made in memory, the merged tree is checked on the agent's host if the fleet has a
 * check (unless that very tree has passed already), and then the base of the user's own repo
 * goes on to it, if it is still where it was: else it is made once more. One at a time, in the
 * order in which they were wanted; one that fails holds up nobody.
 */
#ifndef COCKPIT_ORCH_MERGE_H
#define COCKPIT_ORCH_MERGE_H

#include "cockpit/orch_pilot.h"

/* Borrowed for the call. Texts are safe but for message, which is whoever's commits' are. */
struct merge_look {
	const char *branch;  /* the base */
	const char *how;     /* "squash", "merge", "rebase" */
	const char *message; /* proposed; NULL: a rebase needs none, unless something is not
				committed */
	const char *tree;    /* of the work that was looked at */
	bool already;        /* all of it is in the base */
	const char *stale;   /* "as of 14:02: its host cannot be reached", where the work could
				not be fetched: it is as it was fetched last; NULL: as it is */
};

typedef void merge_look_fn(void *ctx, const struct merge_look *look, const struct err *err);
/* What would be merged, of the work as it is now. ERR_CONFLICT: it does not fit. */
int pilot_merge_look(
	struct pilot *pilot, uint32_t agent, merge_look_fn *done, void *ctx, struct err *err);
/* What a person has looked at, as a merge_look said it; NULL: it does not matter. */
struct merge_seen {
	const char *branch, *tree;
};

/* What became of the base. Borrowed for the call; safe. */
struct merge_came {
	const char *branch;    /* the base */
	const char *from, *to; /* its tip, before and now; the same: all was in it already */
	const char *text;      /* that in words */
};

/* came NULL: err says why not, and nothing has changed. */
typedef void merge_fn(void *ctx, const struct merge_came *came, const struct err *err);
/* message NULL: the proposed one. seen: where one of that is another one by now it is
 * ERR_CHANGED; NULL: whatever it is. ERR_CONFLICT; ERR_REMOTE: the merged tree does not pass
 * the check; ERR_BUSY: what is not committed in the user's repo is in the way. */
int pilot_merge(struct pilot *pilot, uint32_t agent, const char *message,
	const struct merge_seen *seen, merge_fn *done, void *ctx, struct err *err);
/*
 * The base goes back to where it was before that agent's last merge (by its name: it need not
 * be there any more), whichever cockpit made that; NULL: before the last one that was made from
 * here. ERR_NOT_FOUND: none is known, or it was taken back already. Beside what land_undo()
 * says ERR_UNSUPPORTED: an earlier version, which did not write down where the base was, made
 * it. Not while another one is under way: ERR_EXISTS.
 */
int pilot_unmerge(
	struct pilot *pilot, const char *agent, merge_fn *done, void *ctx, struct err *err);
/* Merges that wait or are under way. */
int pilot_merging(const struct pilot *pilot);
/* Hosts to which the repo is on its way, as after a merge the new base. */
int pilot_delivering(const struct pilot *pilot);
enum push_what { PUSH_WORK, PUSH_BASE };
/*
 * The agent's work, as a merge would make it, goes to the branch cockpit/AGENT of the remote,
 * and a pull request is opened where gh or glab is there; text: where, and how one is opened
 * else. What was pushed there from here before is replaced; ERR_CHANGED: somebody else's is
 * there. Or the base, which has all of it, is pushed: a person must have said so. ERR_EXISTS:
 * it is the other of the two by now, and nothing was pushed. branch: the base that a person has
 * seen, else it is ERR_CHANGED; NULL: whichever it is.
 */
int pilot_push(struct pilot *pilot, uint32_t agent, enum push_what what, const char *branch,
	const char *message, pilot_fn *done, void *ctx, struct err *err);

#endif
