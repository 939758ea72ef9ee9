/* SPDX-License-Identifier: MIT */
/* A merge, as a worker makes it and lets it land. */
#include "merge_job.h"

#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/repo_supply.h"
#include "local.h"

void
merge_job_release(struct merge_job *job)
{
	mem_free(job->mirror);
	mem_free(job->store);
	mem_free(job->name);
	mem_free(job->host);
	mem_free(job->repo);
	mem_free(job->base);
	mem_free(job->message);
	mem_free(job->into);
	land_place_release(&job->place);
	buf_release(&job->proposed);
}

/* --- it is made --- */

int
merge_work(struct mirror *mirror, const struct merge_wish *wish, struct buf *proposed,
	struct merge_made *made, struct err *err)
{
	const struct mirror_work *work = wish->work;
	struct supply who = {0};
	struct err ignored = ERR_INIT;
	merge_message(mirror, wish->tip, work->head[0] ? work->head : work->snap, wish->name,
		proposed);
	/* Who commits; where there is no repo nobody is known. */
	if (wish->repo)
		supply_base(NULL, wish->repo, wish->base, &who, &ignored);
	const struct merge_person person = {
		who.user ? who.user : "cockpit", who.email ? who.email : "cockpit@localhost"};
	const char *message = wish->message ? wish->message : buf_cstr(proposed);
	const struct merge_order order = {.host = wish->host,
		.agent = wish->name,
		.base = wish->tip,
		.work = work->snap,
		.how = wish->how,
		.message = message,
		.uncommitted = strcmp(work->snap, work->head) != 0 ? message : NULL,
		.author = person,
		.committer = person};
	int rc = merge_make(mirror, &order, made, err);
	supply_release(&who);
	return rc;
}

static int
merge_it(struct merge_job *job, struct mirror *mirror)
{
	struct merge_made made = {0};
	const struct merge_wish wish = {job->repo, job->base, job->host, job->name,
		job->message, job->from, &job->work, job->how};
	memcpy(job->from, job->place.tip, sizeof(job->from));
	buf_clear(&job->proposed);
	int rc = merge_work(mirror, &wish, &job->proposed, &made, &job->err);
	if (rc == 0) {
		job->already = made.already;
		memcpy(job->to, made.id, sizeof(job->to));
		mirror_tree(mirror, job->to, job->tree);
	}
	merge_release(&made);
	return rc;
}

static int
find_work(struct merge_job *job, struct mirror *mirror)
{
	struct err *err = &job->err;
	int rc = mirror_find(mirror, job->host, job->name, &job->work, err);
	mirror_tree(mirror, job->work.snap, job->work_tree);
	job->made_at = mirror_time(mirror, job->work.snap);
	if (rc == 0 && job->seen[0] && strcmp(job->seen, job->work_tree) != 0)
		rc = err_set(err, ERR_CHANGED,
			"its work has changed since you looked at it: look again");
	return rc;
}

int
merge_see_base(const struct land_place *place, const char *seen, struct err *err)
{
	return !seen || strcmp(seen, place->branch) == 0
		       ? 0
		       : err_set(err, ERR_CHANGED, "the base is %s now, not %s: look again",
				 place->branch, seen);
}

void
merge_job_make(struct merge_job *job)
{
	struct mirror *mirror = NULL;
	struct err *err = &job->err;
	*err = ERR_INIT;
	land_place_release(&job->place);
	job->place = (struct land_place){0};
	int rc = mirror_open(job->mirror, &mirror, err);
	if (rc == 0)
		rc = find_work(job, mirror);
	if (rc == 0)
		rc = land_look(mirror, job->repo, job->base, &job->place, err);
	if (rc == 0)
		rc = merge_see_base(&job->place, job->into, err);
	/* What HEAD names may be another one when it is made once more. */
	if (rc == 0 && !job->base)
		job->base = mem_strdup(job->place.branch);
	if (rc == 0)
		merge_it(job, mirror);
	mirror_close(mirror);
}

/* --- it lands --- */

void
merge_job_land(struct merge_job *job)
{
	struct mirror *mirror = NULL;
	struct land_place place = {0};
	const struct landing landing = {job->repo, job->place.branch, job->from, job->to};
	if (mirror_open(job->mirror, &mirror, &job->err) == 0 &&
		land(mirror, &landing, &place, &job->err) == 0) {
		land_place_release(&place);
		merge_drop(mirror, job->host, job->name, NULL);
		flow_merged(job->store, job->host, job->name);
	}
	mirror_close(mirror);
}
