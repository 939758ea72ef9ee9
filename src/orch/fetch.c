/* SPDX-License-Identifier: MIT */
/*
 * An agent's work on its way into the mirror: host.sh makes a commit of it, then git's bytes go
 * to a worker, where libgit2 blocks as it likes. A fetch may outlive its pilot, not its fleet.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/repo_merge.h"
#include "cockpit/repo_tip.h"
#include "local.h"

#define SNAP_MS 60000
/* The list of refs is ours: three of them. A pack may be a repo's whole history. */
#define REFS_MS    30000
#define REFS_BYTES (64u << 10)
#define PACK_MS    600000
#define PACK_BYTES ((uint64_t)2 << 30)

struct fetch {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int host_index;
	char *name, *host, *dir;
	fetch_fn *done;
	void *ctx;
	struct fetch *next;
	bool packs; /* its host has made a commit of it */
	bool canceled;
	struct doing_stamp stamp;
	atomic_ullong got; /* bytes */
	/* The worker's, until it is through. */
	struct duct *duct;
	char *mirror;
	char tip[REPO_ID_MAX]; /* of its base, in the user's repo; "": not known */
	struct diff_options compare;
	bool compares;
	struct mirror_fetched fetched;
	struct diff *diff; /* NULL: it was not wanted, or there is none */
	struct err err;
};

int
mirror_need(const struct pilot *pilot, struct err *err)
{
	return pilot->mirror
		       ? 0
		       : err_set(err, ERR_IO, "there is no folder for the fleet's mirror");
}

static void
fetch_free(struct fetch *fetch)
{
	mem_free(fetch->name);
	mem_free(fetch->host);
	mem_free(fetch->dir);
	mem_free(fetch->mirror);
	diff_free(fetch->diff);
	mem_free(fetch);
}

/* Those whose pilot is gone. What the fleet never calls back stays here, where a leak checker
 * finds it: the program is ending. */
static struct fetch *left;

static void
end(struct fetch *fetch)
{
	struct pilot *pilot = fetch->pilot;
	struct fetch **p = pilot ? &pilot->fetches : &left;
	while (*p != fetch)
		p = &(*p)->next;
	*p = fetch->next;
	if (pilot) {
		struct diff *diff = fetch->diff;
		fetch->diff = NULL;
		fetch->done(fetch->ctx, &fetch->fetched, diff,
			fetch->err.code ? &fetch->err : NULL);
	}
	fetch_free(fetch);
}

/* --- on the worker --- */

static int64_t
on_read(void *ctx, char *into, size_t max, struct err *err)
{
	struct fetch *fetch = ctx;
	int64_t n = duct_read(fetch->duct, into, max, err);
	fetch->got += n > 0 ? (unsigned long long)n : 0;
	return n;
}

static int
on_write(void *ctx, struct str bytes, struct err *err)
{
	return duct_write(((struct fetch *)ctx)->duct, bytes, err);
}

static void
on_asked(void *ctx)
{
	static const struct duct_limits limits = {PACK_MS, PACK_BYTES};
	duct_limit(((struct fetch *)ctx)->duct, &limits);
}

int
fetch_compare(struct mirror *mirror, const struct mirror_work *work,
	const struct diff_options *options, struct diff **ret, bool *ret_merged,
	struct err *err)
{
	int rc = repo_diff(mirror, work, options, ret, err);
	*ret_merged = rc == 0 && (*ret)->file_count > 0 && work->base[0] &&
		      repo_is_merged(mirror, work->base, work->snap);
	return rc;
}

static void
work(void *ctx, struct duct *duct, struct err *err)
{
	struct fetch *fetch = ctx;
	const struct repo_pipe pipe = {on_read, on_write, on_asked, fetch};
	struct mirror *mirror = NULL;
	fetch->duct = duct;
	struct mirror_work work = {0};
	int rc = mirror_open(fetch->mirror, &mirror, err);
	if (rc == 0)
		rc = mirror_fetch(
			mirror, fetch->host, fetch->name, &pipe, &fetch->fetched, err);
	if (rc == 0 && fetch->compares) {
		work = fetch->fetched.work;
		tip_advance(mirror, fetch->tip, &work);
		memcpy(fetch->fetched.base, work.base, sizeof(work.base));
		fetch_compare(mirror, &work, &fetch->compare, &fetch->diff,
			&fetch->fetched.merged, err);
	}
	mirror_close(mirror);
}

static void
on_worked(void *ctx, const struct err *err)
{
	struct fetch *fetch = ctx;
	if (err) {
		fetch->err = *err;
		/* As libgit2 says it, it is something else. */
		if (fetch->canceled) {
			fetch->err = ERR_INIT;
			err_set(&fetch->err, ERR_CANCELED, "cancelled");
		}
		err_prefix(&fetch->err, "host %s: the work of %s", fetch->host, fetch->name);
	}
	end(fetch);
}

/* --- on the loop --- */

static void
on_snap(void *ctx, struct str out, const struct err *err)
{
	static const struct duct_limits limits = {REFS_MS, REFS_BYTES};
	struct fetch *fetch = ctx;
	struct pilot *pilot = fetch->pilot;
	(void)out;
	if (err)
		fetch->err = *err;
	if (err || !pilot) {
		end(fetch);
		return;
	}
	const char *const args[] = {fetch->name, fetch->dir, NULL};
	fetch->packs = true;
	if (errand_start(pilot, fetch->host_index, "pack", args, &limits, work, on_worked,
		    fetch, &fetch->err) < 0)
		end(fetch);
}

int
fetch_start_from(struct pilot *pilot, const struct fetch_from *from,
	const struct diff_options *compare, fetch_fn *done, void *ctx, struct err *err)
{
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	for (const struct fetch *f = pilot->fetches; f; f = f->next) {
		if (f->host_index == from->host_index && strcmp(f->name, from->name) == 0)
			return err_set(
				err, ERR_EXISTS, "the work of %s is on its way", from->name);
	}
	char *base = pilot_base(pilot, from->host, from->name);
	const char *const args[] = {from->name, from->dir, base ? base : "", NULL};
	struct fetch *fetch = MEM_NEW(struct fetch);
	*fetch = (struct fetch){.pilot = pilot,
		.host_index = from->host_index,
		.name = mem_strdup(from->name),
		.host = mem_strdup(from->host),
		.dir = mem_strdup(from->dir),
		.mirror = mem_strdup(pilot->mirror),
		.stamp = doing_begin(pilot),
		.done = done,
		.ctx = ctx};
	snprintf(fetch->tip, sizeof(fetch->tip), "%s", tips_of(pilot, base));
	fetch->compares = compare != NULL;
	if (compare)
		fetch->compare = *compare;
	int rc = act_host_verb(pilot->fleet, from->host_index, "snap", args, STR(""), SNAP_MS,
		on_snap, fetch, err);
	mem_free(base);
	if (rc < 0) {
		fetch_free(fetch);
		return rc;
	}
	fetch->next = pilot->fetches;
	pilot->fetches = fetch;
	return 0;
}

int
fetch_start(struct pilot *pilot, uint32_t agent, const struct diff_options *compare,
	fetch_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	if (!view.dir[0])
		return err_set(err, ERR_CLOSED, "agent %s: not running", view.name);
	const struct fetch_from from = {view.host_index, view.name, view.host, view.dir};
	return fetch_start_from(pilot, &from, compare, done, ctx, err);
}

static void
cancel(void *self)
{
	struct fetch *fetch = self;
	struct pilot *pilot = fetch->pilot;
	fetch->canceled = true;
	if (fetch->packs)
		errand_cancel(pilot, fetch);
	else
		act_host_verb_cancel(pilot->fleet, fetch->host_index, fetch);
}

void
fetch_cancel(struct pilot *pilot, const char *name, const char *host)
{
	struct fetch *fetch = pilot->fetches;
	while (fetch && (strcmp(fetch->name, name) != 0 || strcmp(fetch->host, host) != 0))
		fetch = fetch->next;
	if (fetch && !fetch->canceled)
		cancel(fetch);
}

void
fetches_tell(const struct pilot *pilot, struct doings *into)
{
	for (struct fetch *it = pilot->fetches; it; it = it->next) {
		const struct doing_row row = {
			.it = {.kind = DOING_FETCH,
                               .name = it->name,
                               .host = it->host,
                               .step = it->packs ? "its work comes here"
						  : "its host makes a commit of it",
                               .bytes = it->got,
                               .canceled = it->canceled},
			.stamp = it->stamp,
			.self = it,
			.waiter = it->ctx,
			.cancel = cancel
                };
		doings_add(into, &row);
	}
}

int
pilot_mirror(const struct pilot *pilot, struct mirror **ret, struct err *err)
{
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	return mirror_open(pilot->mirror, ret, err);
}

void
fetches_drop(struct pilot *pilot)
{
	while (pilot->fetches) {
		struct fetch *fetch = pilot->fetches;
		pilot->fetches = fetch->next;
		fetch->pilot = NULL;
		fetch->next = left;
		left = fetch;
	}
}
