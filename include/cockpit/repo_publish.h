/*
 * repo_publish: a commit of the mirror's goes to a branch of the remote that the user's repo
 * has, and a pull request is opened for it where a program for that is at hand.
 *
 * With the user's own keys and credential helpers; what wants to ask a person fails. No hook
 * runs. Nothing that comes from here, errors neither, holds a URL's credentials.
 *
 * Calls block: they are a worker's.
 */
#ifndef COCKPIT_REPO_PUBLISH_H
#define COCKPIT_REPO_PUBLISH_H

#include "cockpit/repo_mirror.h"

struct publish_order {
	const char *repo;   /* the user's, on this machine */
	const char *remote; /* NULL: that of the branch base there, or "origin" */
	const char *branch; /* its name on the remote */
	const char *id;     /* a commit in the mirror */
	/* NULL: the branch goes forward only. Else it is overwritten as long as it is at that
	 * commit; "": as long as there is none. */
	const char *lease;
	/* Instead of a lease: the branch is ours, below "cockpit/". It is overwritten as long
	 * as it is at what was pushed there from this mirror last; else it goes forward only.
	 */
	bool own;
	const char *base; /* into what it is to go; NULL: what the remote says */
	/* Of the pull request; title NULL: none is wanted. */
	const char *title, *body;
};

/* Safe to show, each the caller's. */
struct published {
	char *remote;    /* its name */
	char *where;     /* its URL */
	bool same;       /* the branch was there already, at that commit */
	char *request;   /* the URL of the pull request; NULL: none was opened */
	char *compare;   /* where a person opens one; NULL: we do not know such a place */
	char *complaint; /* why none was opened though there is a program; NULL: no reason */
};

/*
 * A request that could not be opened is no error: the branch is there. ERR_INVALID: no such
 * name can be. ERR_NOT_FOUND: no such remote. ERR_CHANGED: the branch there has what id does
 * not have, or is not where lease says, or is at what was not pushed from here. ERR_AUTH: the
 * remote does not let us in. ERR_TIMEOUT. ERR_REMOTE: what git said. ret is to be released in
 * any case.
 */
int publish(struct mirror *mirror, const struct publish_order *order, struct published *ret,
	struct err *err);
void published_release(struct published *published);

#endif
