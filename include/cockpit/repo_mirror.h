/*
 * repo_mirror: the fleet's own bare repo, where every agent's work is kept.
 *
 * What a host sends is hostile: it comes through libgit2 with limits, only what was asked for
 * is taken, and only into refs that we name. Nothing is ever checked out here, and no hook,
 * filter or configuration of a host's is read.
 *
 *	refs/cockpit/HOST/AGENT/head	the agent's last commit
 *	refs/cockpit/HOST/AGENT/snap	its work tree as it was: head's child, or head
 *	refs/cockpit/HOST/AGENT/base	what it is compared with
 *	refs/kept/HOST/AGENT/TIME-ID	a head that was left behind, as by a rebase
 *	refs/merge/HOST/AGENT		what came of merging it, see repo_merge.h
 *	refs/pushed/REMOTE/BRANCH/last	what was pushed there from here, see repo_publish.h
 *
 * All calls block: they are a worker's. Any number of processes may use one mirror.
 */
#ifndef COCKPIT_REPO_MIRROR_H
#define COCKPIT_REPO_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/base_str.h"

struct err;
struct mirror;

/* Its name in the fleet's state folder. */
#define MIRROR_DIR "mirror.git"

/* Made if it is not there. */
int mirror_open(const char *dir, struct mirror **ret, struct err *err);
void mirror_close(struct mirror *mirror); /* accepts NULL */

/* The two ends of a "git upload-pack" (protocol 0). Each blocks; negative: an error. */
struct repo_pipe {
	int64_t (*read)(void *ctx, char *into, size_t max, struct err *err); /* 0: the end */
	int (*write)(void *ctx, struct str bytes, struct err *err);
	void (*asked)(void *ctx); /* refs are through, the pack follows; NULL: not wanted */
	void *ctx;
};

#define REPO_ID_MAX 41 /* hexadecimal, with its NUL */

struct mirror_work {
	char head[REPO_ID_MAX], snap[REPO_ID_MAX], base[REPO_ID_MAX]; /* "": there is none */
};

struct mirror_fetched {
	struct mirror_work work;
	char tree[REPO_ID_MAX]; /* of work.snap */
	char base[REPO_ID_MAX]; /* that it was compared with, and */
	bool merged;            /* whether that has all of it: set by who compares */
	unsigned objects;
	uint64_t bytes;
	bool backwards; /* the old head is not behind the new one; it was kept */
};

/* The refs of one agent, as host.sh's "snap" leaves them there. host and agent: str_is_name().
 */
int mirror_fetch(struct mirror *mirror, const char *host, const char *agent,
	const struct repo_pipe *pipe, struct mirror_fetched *ret, struct err *err);
/* host NULL: of those that have one of that name the one whose last commit is the newest.
 * ERR_NOT_FOUND: nothing of it was ever fetched. */
int mirror_find(struct mirror *mirror, const char *host, const char *agent,
	struct mirror_work *ret, struct err *err);

/* The same of whichever host has one of that name; *ret_host is the caller's. */
int mirror_find_host(struct mirror *mirror, const char *agent, char **ret_host,
	struct mirror_work *ret, struct err *err);

/* "HOST/AGENT" of all whose work is there; ends with NULL, for mem_free_words(). */
char **mirror_agents(struct mirror *mirror);

/* The tree of a commit there; "" if there is none. */
void mirror_tree(struct mirror *mirror, const char *commit, char ret[REPO_ID_MAX]);

/* When a commit was made there, in wall seconds; 0: there is none. */
int64_t mirror_time(struct mirror *mirror, const char *commit_id);

/* What git calls those bytes. Any thread. */
int repo_blob_id(struct str bytes, char ret[REPO_ID_MAX], struct err *err);

/* Names may hold what git allows in no ref ("a..b", "a.lock"): dots become "=". Also for
 * host.sh. */
void mirror_ref_name(const char *name, char *ret, size_t max);

/* --- the trash: refs/trash/TIME/HOST/AGENT/… of agents whose work tree was deleted --- */

struct mirror_trashed {
	int64_t at; /* wall seconds */
	char *host, *agent;
	struct mirror_work work;
};

/* All that is known of it goes there; ERR_NOT_FOUND: nothing is. */
int mirror_trash(struct mirror *mirror, const char *host, const char *agent, struct err *err);
/* The oldest first; released by mirror_trash_release(). */
int mirror_trash_list(
	struct mirror *mirror, struct mirror_trashed **ret, size_t *ret_count, struct err *err);
void mirror_trash_release(struct mirror_trashed *trashed, size_t count);
/* The last one of that name comes back; ret_host: where it was, the caller's. ERR_NOT_FOUND;
 * ERR_EXISTS: work of that name is there again. */
int mirror_trash_restore(
	struct mirror *mirror, const char *agent, char **ret_host, struct err *err);
/* What went there before that is let go of. agent NULL: of everybody. */
int mirror_trash_empty(struct mirror *mirror, int64_t before, const char *agent,
	size_t *ret_count, struct err *err);

#endif
