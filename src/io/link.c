/* SPDX-License-Identifier: MIT */
#include "cockpit/io_link.h"

#include <limits.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "processes.h"

struct stream *
link_open(struct link *link, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	return link->class->open(link, argv, ops, ctx, err);
}

void
link_answer(struct link *link, bool yes, const char *const answers[])
{
	if (link->class->answer)
		link->class->answer(link, yes, answers);
}

void
link_free(struct link *link)
{
	if (link)
		link->class->free(link);
}

/* This machine. */
struct local {
	struct link link;
	struct loop *loop;
	const struct link_ops *ops;
	void *ctx;
	uint64_t ready_id;
	bool ready;
	struct processes *processes;
};

static struct stream *
local_open(struct link *link, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	struct local *local = (struct local *)link;
	if (!local->ready) {
		err_set(err, ERR_CLOSED, "the link is not up yet");
		return NULL;
	}
	return processes_open(local->processes, argv, ops, ctx, err);
}

static void
local_free(struct link *link)
{
	struct local *local = (struct local *)link;
	if (!local->ready)
		loop_defer_cancel(local->loop, local->ready_id);
	processes_free(local->processes);
	mem_free(local);
}

static const struct link_class local_class = {.open = local_open, .free = local_free};

static void
on_ready(void *ctx)
{
	struct local *local = ctx;
	local->ready = true;
	local->ops->ready(local->ctx);
}

struct link *
link_local_new(struct loop *loop, const struct link_ops *ops, void *ctx)
{
	struct local *local = MEM_NEW(struct local);
	*local = (struct local){.link = {&local_class}, .loop = loop, .ops = ops, .ctx = ctx};
	local->processes = processes_new(loop, INT_MAX, NULL);
	local->ready_id = loop_defer(loop, on_ready, local);
	return &local->link;
}
