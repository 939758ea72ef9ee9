/* SPDX-License-Identifier: MIT */
#include "cockpit/io_link.h"

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"

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

/*
 * This machine. The link must be able to close its streams when it goes, so it
 * keeps a list of them by a thin wrapper around each one's callbacks.
 */
struct local;

struct member {
	struct local *owner; /* NULL once the link is gone */
	struct stream *stream;
	const struct stream_ops *ops;
	void *ctx;
	struct member *next;
};

struct local {
	struct link link;
	struct loop *loop;
	const struct link_ops *ops;
	void *ctx;
	uint64_t ready_id;
	bool ready;
	struct member *members;
};

static void
on_out(void *ctx, struct str bytes)
{
	struct member *m = ctx;
	m->ops->out(m->ctx, bytes);
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct member *m = ctx;
	if (m->ops->errout)
		m->ops->errout(m->ctx, bytes);
}

static void
on_drained(void *ctx)
{
	struct member *m = ctx;
	if (m->ops->drained)
		m->ops->drained(m->ctx);
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct member *m = ctx;
	if (m->owner) {
		struct member **p = &m->owner->members;
		while (*p != m)
			p = &(*p)->next;
		*p = m->next;
	}
	m->ops->closed(m->ctx, end);
	mem_free(m);
}

static const struct stream_ops member_ops = {
	.out = on_out, .errout = on_errout, .closed = on_closed, .drained = on_drained};

static struct stream *
local_open(struct link *link, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	struct local *local = (struct local *)link;
	if (!local->ready) {
		err_set(err, ERR_CLOSED, "the link is not up yet");
		return NULL;
	}
	struct member *m = MEM_NEW(struct member);
	*m = (struct member){.owner = local, .ops = ops, .ctx = ctx, .next = local->members};
	m->stream = process_open(local->loop, argv, NULL, &member_ops, m, err);
	if (!m->stream) {
		mem_free(m);
		return NULL;
	}
	local->members = m;
	return m->stream;
}

static void
local_free(struct link *link)
{
	struct local *local = (struct local *)link;
	if (!local->ready)
		loop_defer_cancel(local->loop, local->ready_id);
	for (struct member *m = local->members; m; m = m->next) {
		m->owner = NULL;
		stream_close(m->stream);
	}
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
	local->ready_id = loop_defer(loop, on_ready, local);
	return &local->link;
}
