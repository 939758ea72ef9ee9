/* SPDX-License-Identifier: MIT */
/* What was deleted comes back: out of the mirror's trash, by a worker, and then as with any
 * that is gone. */
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "local.h"

struct untrash {
	struct pilot *pilot; /* NULL: nobody waits any more */
	char *name;
	char *host; /* where it is to be; NULL: where it was */
	pilot_fn *done;
	void *ctx;
	struct untrash *next;
	/* The worker's. */
	char *mirror;
	char *was;
	struct err err;
};

static void
untrash_free(struct untrash *untrash)
{
	mem_free(untrash->name);
	mem_free(untrash->host);
	mem_free(untrash->mirror);
	mem_free(untrash->was);
	mem_free(untrash);
}

static void
work(void *ctx)
{
	struct untrash *untrash = ctx;
	struct mirror *mirror = NULL;
	if (mirror_open(untrash->mirror, &mirror, &untrash->err) == 0)
		mirror_trash_restore(mirror, untrash->name, &untrash->was, &untrash->err);
	mirror_close(mirror);
}

static void
on_worked(void *ctx)
{
	struct untrash *untrash = ctx;
	struct pilot *pilot = untrash->pilot;
	struct err *err = &untrash->err;
	if (!pilot) {
		untrash_free(untrash);
		return;
	}
	struct untrash **p = &pilot->untrashes;
	while (*p != untrash)
		p = &(*p)->next;
	*p = untrash->next;
	const struct pilot_spec spec = {
		.name = untrash->name, .host = untrash->host ? untrash->host : untrash->was};
	if (!err->code && pilot_resume(pilot, &spec, untrash->done, untrash->ctx, err) < 0)
		err_prefix(err, "its work is out of the trash, but");
	if (err->code && untrash->done)
		untrash->done(untrash->ctx, "", err);
	untrash_free(untrash);
}

int
pilot_undelete(struct pilot *pilot, const char *agent, const char *host, pilot_fn *done,
	void *ctx, struct err *err)
{
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	struct untrash *untrash = MEM_NEW(struct untrash);
	*untrash = (struct untrash){.pilot = pilot,
		.name = mem_strdup(agent),
		.host = host ? mem_strdup(host) : NULL,
		.done = done,
		.ctx = ctx,
		.next = pilot->untrashes,
		.mirror = mem_strdup(pilot->mirror)};
	pilot->untrashes = untrash;
	loop_job(fleet_loop(pilot->fleet), work, on_worked, untrash);
	return 0;
}

void
untrashes_drop(struct pilot *pilot)
{
	for (struct untrash *untrash = pilot->untrashes; untrash; untrash = untrash->next)
		untrash->pilot = NULL;
	pilot->untrashes = NULL;
}
