/* SPDX-License-Identifier: MIT */
/*
 * The link joins the session and its channels and keeps the promises of
 * io_link.h: callbacks from the loop alone, closed() last, and freeing allowed
 * inside every one of them. What runs inside of a callback is only marked; a
 * deferred call does the freeing.
 */
#include "cockpit/ssh_link.h"

#include "channel.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "hop.h"
#include "link.h"
#include "pool.h"
#include "session.h"

struct ssh_link {
	struct link link;
	struct ssh_pool *pool;
	struct loop *loop;
	char *name;
	const struct link_ops *ops; /* NULL: freed by its owner */
	void *ctx;
	struct ssh_session *session;
	struct channels *channels; /* once ready */
	uint64_t run_id;           /* 0: no run is due */
	int depth;                 /* callbacks that are on the stack */
};

static void
destroy(struct ssh_link *link)
{
	channels_free(link->channels);
	ssh_session_free(link->session);
	if (link->run_id)
		loop_defer_cancel(link->loop, link->run_id);
	mem_free(link->name);
	ssh_pool_unref(link->pool);
	mem_free(link);
}

static void
end_and_destroy(void *ctx)
{
	struct ssh_link *link = ctx;
	struct err err = ERR_INIT;
	err_set(&err, ERR_CLOSED, "the connection was closed by us");
	if (link->channels)
		channels_end(link->channels, &err);
	destroy(link);
}

static void
run(void *ctx)
{
	struct ssh_link *link = ctx;
	link->run_id = 0;
	if (!link->ops)
		return;
	link->depth++;
	channels_run(link->channels);
	link->depth--;
	if (!link->ops)
		return;
	/* Nested, so that failed() sees what run() did. */
	ssh_session_settle(link->session);
}

static void
on_wake(void *ctx)
{
	struct ssh_link *link = ctx;
	if (!link->run_id)
		link->run_id = loop_defer(link->loop, run, link);
}

static void
on_status(void *ctx, const char *what)
{
	struct ssh_link *link = ctx;
	link->depth++;
	if (link->ops && link->ops->status)
		link->ops->status(link->ctx, what);
	link->depth--;
}

static void
on_ready(void *ctx)
{
	struct ssh_link *link = ctx;
	if (!link->ops)
		return;
	link->channels = channels_new(link->loop, link->session, on_wake, link);
	link->depth++;
	link->ops->ready(link->ctx);
	link->depth--;
}

static void
on_io(void *ctx)
{
	struct ssh_link *link = ctx;
	link->depth++;
	if (link->ops)
		channels_run(link->channels);
	link->depth--;
}

static void
on_failed(void *ctx, const struct err *why)
{
	struct ssh_link *link = ctx;
	struct err err = *why;
	if (!link->ops)
		return;
	link->depth++;
	if (link->channels) {
		struct err lost = err;
		lost.code = ERR_CLOSED;
		channels_end(link->channels, &lost);
	}
	if (link->ops)
		link->ops->closed(link->ctx, &err);
	link->depth--;
}

static bool
on_ask(void *ctx, const struct link_ask *ask)
{
	struct ssh_link *link = ctx;
	if (!link->ops || !link->ops->ask)
		return false;
	link->depth++;
	link->ops->ask(link->ctx, ask);
	link->depth--;
	return true;
}

static void
on_unask(void *ctx)
{
	struct ssh_link *link = ctx;
	link->depth++;
	if (link->ops && link->ops->unask)
		link->ops->unask(link->ctx);
	link->depth--;
}

static void
on_note(void *ctx, const char *text)
{
	struct ssh_link *link = ctx;
	link->depth++;
	if (link->ops && link->ops->note)
		link->ops->note(link->ctx, text);
	link->depth--;
}

static void
on_answer(struct link *base, bool yes, const char *const answers[])
{
	struct ssh_link *link = (struct ssh_link *)base;
	ssh_session_answer(link->session, yes, answers);
}

static struct stream *
on_open(struct link *base, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	struct ssh_link *link = (struct ssh_link *)base;
	if (!link->channels || channels_ended(link->channels)) {
		err_set(err, ERR_CLOSED, "the link is not up yet");
		return NULL;
	}
	return channels_open(link->channels, argv, ops, ctx, err);
}

static void
on_free(struct link *base)
{
	struct ssh_link *link = (struct ssh_link *)base;
	link->ops = NULL;
	if (link->channels)
		channels_stop(link->channels);
	if (link->depth > 0 || (link->channels && channels_any(link->channels)))
		loop_defer(link->loop, end_and_destroy, link);
	else
		destroy(link);
}

void
ssh_link_may_switch(struct link *link, bool person)
{
	ssh_session_may_switch(((struct ssh_link *)link)->session, person);
}

const struct limit *
ssh_link_limit(const struct link *link)
{
	return ssh_session_limit(((const struct ssh_link *)link)->session);
}

struct link *
ssh_link_new(struct ssh_pool *pool, const char *name, const char *config_file,
	const struct link_ops *ops, void *ctx)
{
	static const struct link_class link_class = {
		.open = on_open, .free = on_free, .answer = on_answer};
	static const struct ssh_session_ops session_ops = {.status = on_status,
		.ready = on_ready,
		.io = on_io,
		.failed = on_failed,
		.ask = on_ask,
		.unask = on_unask,
		.note = on_note};
	struct ssh_link *link = MEM_NEW(struct ssh_link);
	*link = (struct ssh_link){.link = {&link_class},
		.pool = pool,
		.loop = pool->loop,
		.name = mem_strdup(name),
		.ops = ops,
		.ctx = ctx};
	ssh_pool_ref(pool);
	struct ssh_hop hop = {.host = link->name};
	link->session = ssh_session_new(pool, &hop, config_file, NULL, &session_ops, link);
	return &link->link;
}
