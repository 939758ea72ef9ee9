/* repo/local: what the files of this floor share; libgit2 goes no further. */
#ifndef COCKPIT_REPO_LOCAL_H
#define COCKPIT_REPO_LOCAL_H

#include <git2.h>

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
/* A part of such a ref as it was, the caller's. */
char *mirror_name(struct str part);
void mirror_read_work(struct mirror *mirror, const char *folder, struct mirror_work *ret);
int mirror_set_ref(struct mirror *mirror, const char *folder, const char *name,
	const git_oid *id, struct err *err);
/* code, with what libgit2 says made safe: it may quote the far side. */
int repo_err(struct err *err, int code, const char *what);

/* radar.c: the caller's; what clashes is in it. */
int repo_merge(
	git_repository *repo, const git_commit *one, const git_commit *other, git_index **ret);

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

#endif
