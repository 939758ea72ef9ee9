/* SPDX-License-Identifier: MIT */
/*
 * A link by libssh2 that becomes one through ssh(1) when that is the way. It
 * becomes so once, before it was ever ready, and only for what libssh2 cannot
 * do: a host key that was refused, and a person's "no", stand.
 */
#define LOG_MODULE "ssh"
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_link.h"
#include "link.h"
#include "pool.h"

struct any {
	struct link link;
	struct ssh_pool *pool;
	char *name, *file;
	const struct link_ops *ops; /* NULL: freed by its owner */
	void *ctx;
	struct link_ops inner_ops;
	struct link *inner;
	struct limit limit; /* why it goes through ssh(1) */
	bool switched;
	int depth; /* callbacks that are on the stack */
};

static void
destroy(void *ctx)
{
	struct any *any = ctx;
	mem_free(any->name);
	mem_free(any->file);
	mem_free(any);
}

static void
on_ready(void *ctx)
{
	struct any *any = ctx;
	any->depth++;
	if (any->ops)
		any->ops->ready(any->ctx);
	any->depth--;
}

static void
on_status(void *ctx, const char *what)
{
	struct any *any = ctx;
	any->depth++;
	if (any->ops)
		any->ops->status(any->ctx, what);
	any->depth--;
}

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	struct any *any = ctx;
	any->depth++;
	if (any->ops)
		any->ops->ask(any->ctx, ask);
	any->depth--;
}

static void
on_unask(void *ctx)
{
	struct any *any = ctx;
	any->depth++;
	if (any->ops)
		any->ops->unask(any->ctx);
	any->depth--;
}

static void
on_note(void *ctx, const char *text)
{
	struct any *any = ctx;
	any->depth++;
	if (any->ops && !any->switched) /* then we said more */
		any->ops->note(any->ctx, text);
	any->depth--;
}

static void
tell_note(struct any *any)
{
	char note[sizeof(any->limit.text) + 32];
	snprintf(note, sizeof(note), "through ssh(1): %s", any->limit.text);
	if (any->ops->note)
		any->ops->note(any->ctx, note);
}

static void
on_closed(void *ctx, const struct err *why)
{
	struct any *any = ctx;
	struct err err = *why;
	if (!any->ops)
		return;
	any->depth++;
	const struct limit *limit = any->switched ? NULL : ssh_link_limit(any->inner);
	if (limit) {
		log_debug("host %s: %s; now through ssh(1)", any->name, why->text);
		any->limit = *limit;
		any->switched = true;
		link_free(any->inner);
		any->inner = ssh_system_new(any->pool, any->name, any->file, !limit->host_key,
			&any->inner_ops, any);
		tell_note(any);
	} else {
		if (any->switched && err.code != ERR_CLOSED)
			err_prefix(&err, "libssh2 cannot do it (%s)", any->limit.text);
		any->ops->closed(any->ctx, &err);
	}
	any->depth--;
}

static struct stream *
on_open(struct link *link, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	return link_open(((struct any *)link)->inner, argv, ops, ctx, err);
}

static void
on_answer(struct link *link, bool yes, const char *const answers[])
{
	link_answer(((struct any *)link)->inner, yes, answers);
}

static void
on_free(struct link *link)
{
	struct any *any = (struct any *)link;
	any->ops = NULL;
	link_free(any->inner);
	if (any->depth > 0)
		loop_defer(any->pool->loop, destroy, any);
	else
		destroy(any);
}

struct link *
ssh_any_new(struct ssh_pool *pool, const char *name, const char *config_file,
	const struct link_ops *ops, void *ctx)
{
	static const struct link_class link_class = {
		.open = on_open, .free = on_free, .answer = on_answer};
	struct any *any = MEM_NEW(struct any);
	*any = (struct any){
		.link = {&link_class                       },
		.pool = pool,
		.name = mem_strdup(name),
		.file = config_file ? mem_strdup(config_file) : NULL,
		.ops = ops,
		.ctx = ctx,
		.inner_ops = { .ready = on_ready,
			 .closed = on_closed,
			 .status = ops->status ? on_status : NULL,
			 .ask = ops->ask ? on_ask : NULL,
			 .unask = ops->unask ? on_unask : NULL,
			 .note = ops->note ? on_note : NULL}
        };
	any->inner = ssh_link_new(pool, name, config_file, &any->inner_ops, any);
	ssh_link_may_switch(any->inner, ops->ask != NULL);
	return &any->link;
}
