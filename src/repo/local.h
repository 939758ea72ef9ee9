/* repo/local: what the files of this floor share; libgit2 goes no further. */
#ifndef COCKPIT_REPO_LOCAL_H
#define COCKPIT_REPO_LOCAL_H

#include <git2.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/repo_mirror.h"

struct mirror {
	git_repository *repo;
	char *dir;
};

/* One writer at a time, in whatever process: close() ends it. Negative: an error. */
int mirror_lock(const struct mirror *mirror, struct err *err);
/* With the lock: what killed ones have left in that folder goes. */
void mirror_remove_locks(const char *dir);
/* "refs/SPACE/HOST/AGENT/", the caller's. */
char *mirror_folder(const char *space, const char *host, const char *agent);
/* The id that FOLDERNAME is at; "": there is none. */
void mirror_read_ref(
	struct mirror *mirror, const char *folder, const char *name, char ret[REPO_ID_MAX]);
/* A part of such a ref as it was, the caller's. */
char *mirror_name(struct str part);
void mirror_read_work(struct mirror *mirror, const char *folder, struct mirror_work *ret);
int mirror_set_ref(struct mirror *mirror, const char *folder, const char *name,
	const git_oid *id, struct err *err);
/* code, with what libgit2 says made safe: it may quote the far side. */
int repo_err(struct err *err, int code, const char *what);

/* tip.c: the commit of that branch of the user's repo, and its name, the caller's, also after
 * a failure; NULL: not known. */
int tip_read(const char *repo, const char *branch, char **ret_branch, char ret[REPO_ID_MAX],
	struct err *err);

/* radar.c: the caller's; what clashes is in it. */
int repo_merge(
	git_repository *repo, const git_commit *one, const git_commit *other, git_index **ret);

/* What every merge here is made with. */
void repo_merge_options(git_merge_options *ret);

/*
 * quiet.c: git as a program, of the version 2.29 or later. No hook, no housekeeping in the
 * background; nobody is asked.
 */
#define QUIET_FLAGS                                                                            \
	"-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=0", "-c", \
		"core.fsmonitor=false"
#define QUIET_MS 10000 /* for what needs no network and no work tree */
extern const char *const quiet_env[];

/* Its status up to most, or an error. ERR_LIMIT past max bytes. */
int quiet_ask(const char *cwd, const char *const argv[], struct str input, int most, int64_t ms,
	struct buf *into, size_t max, struct err *err);
/* One line of git's in that folder; NULL where it has none, or on failure. */
char *quiet_line(const char *cwd, const char *const argv[], struct err *err);
#define QUIET_LINE(cwd, err, ...) \
	quiet_line(cwd, (const char *const[]){"git", __VA_ARGS__, NULL}, err)

/* Its status, whatever that is, and what it says and complains, of which the end may be
 * missing. */
int quiet_hear(const char *cwd, const char *const argv[], struct str input, int64_t ms,
	struct buf *said, struct err *err);
/* That in one safe line without hints and credentials. */
void quiet_repeat(struct str said, char *ret, size_t size);
/* "https://user:password@host/" without what stands before "@"; the rest is as it was. */
void quiet_hide(struct str text, struct buf *into);
/* A commit with all that belongs to it, from the mirror into the repo at that path; no ref is
 * made there. */
int quiet_bring(struct mirror *mirror, const char *repo, const char *id, struct err *err);
/* The ids are safe to show from then on; ERR_INVALID, ERR_NOT_FOUND. */
int repo_commit(git_repository *repo, const char *id, git_commit **ret, struct err *err);

/* pushed.c: what went to that branch of the remote from here last, and what was to go there;
 * "": nothing. */
struct pushed {
	char last[REPO_ID_MAX], next[REPO_ID_MAX];
};
void pushed_read(
	struct mirror *mirror, const char *url, const char *branch, struct pushed *ret);
/* arrived: it is there; else it is about to go. */
int pushed_note(struct mirror *mirror, const char *url, const char *branch, bool arrived,
	const char *id, struct err *err);

/* packs.c: by the one writer. Nothing comes of a failure but that it is tried again. */
void packs_tidy(struct mirror *mirror);

/* wire.c: libgit2's transport over a pipe. err of the pipe's own failure, if it was that. */
struct wire {
	const struct repo_pipe *pipe;
	struct err why;
	bool asked; /* it has sent what it wants */
};
/* For git_remote_callbacks.transport; the payload is a struct wire. */
int wire_transport(git_transport **ret, git_remote *owner, void *wire);

/*
 * way.c: how many files would be lost if the work tree went from one commit to the other:
 * they are not in the index, ignored or not, and something comes where they are. names: some
 * of them, safe to show. Negative: an error.
 */
int way_blocked(
	const char *tree, const char *from, const char *to, struct buf *names, struct err *err);
/* One more after that many; how many those are then. */
int way_name(struct buf *names, int count, struct str file);
/* How many were not named. */
void way_end(struct buf *names, int count);

#endif
