/* orch/merge_job: what a worker does of a merge: it is made in memory, and it lands. */
#ifndef COCKPIT_ORCH_MERGE_JOB_H
#define COCKPIT_ORCH_MERGE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/repo_land.h"
#include "cockpit/repo_merge.h"
#include "cockpit/repo_mirror.h"

/* The worker's while it is at it; all texts are its own. */
struct merge_job {
	/* What is wanted. */
	char *mirror, *store;
	char *name, *host; /* the agent */
	char *repo, *base; /* NULL as in the configuration; the base only until it is made */
	char *message;     /* NULL: the proposed one */
	enum merge_how how;
	char seen[REPO_ID_MAX]; /* the tree that the work is to have; "": no matter */
	char *into;             /* what the base is to be; NULL: no matter */
	/* What came of it; err.code 0: all went well. */
	struct mirror_work work;
	struct land_place place;
	char from[REPO_ID_MAX], to[REPO_ID_MAX], tree[REPO_ID_MAX], work_tree[REPO_ID_MAX];
	bool already;
	int64_t made_at; /* the work, on its host's clock; wall seconds */
	struct buf proposed;
	struct err err;
};

/* For workers. The second: the base goes on from its tip to what was made. */
void merge_job_make(struct merge_job *job);
void merge_job_land(struct merge_job *job);
void merge_job_release(struct merge_job *job);

/*
 * For workers: an agent's work on top of the base's tip. proposed, empty before, gets what a
 * commit could say; that is what it says when message is NULL. made is to be released in any
 * case.
 */
struct merge_wish {
	const char *repo, *base; /* NULL as in the configuration */
	const char *host, *name, *message, *tip;
	const struct mirror_work *work;
	enum merge_how how;
};
/* The base is the one that a person has seen (NULL: it does not matter), or ERR_CHANGED. */
int merge_see_base(const struct land_place *place, const char *seen, struct err *err);
int merge_work(struct mirror *mirror, const struct merge_wish *wish, struct buf *proposed,
	struct merge_made *made, struct err *err);

#endif
