/* SPDX-License-Identifier: MIT */
#include "cockpit/io_duct.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"

/* Not read, not written yet: where the stream is paused, where the worker waits. */
#define IN_MAX      (1u << 20)
#define OUT_MAX     (1u << 20)
#define CHATTER_MAX 200

struct duct {
	/* The loop's. */
	uv_async_t wake;
	struct stream *stream; /* NULL: not joined, or closed */

	/* Both. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int owners;
	bool freed; /* by the loop: wake is not to be sent any more */
	struct buf in, out;
	size_t read; /* of in */
	bool paused, closed;
	struct timespec deadline;
	uint64_t budget;
	bool over_budget;
	struct err why; /* with closed: how it ended; code 0: by itself, with status 0 */
	char complaint[CHATTER_MAX + 1];
};

static struct timespec
after(int64_t ms)
{
	struct timespec ret;
	clock_gettime(CLOCK_MONOTONIC, &ret);
	ret.tv_sec += (time_t)(ms / 1000);
	ret.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ret.tv_nsec >= 1000000000) {
		ret.tv_sec++;
		ret.tv_nsec -= 1000000000;
	}
	return ret;
}

static size_t
unread(const struct duct *duct)
{
	return duct->in.len - duct->read;
}

/* The worker wrote, or made room; what the stream has no room for stays, and the worker waits.
 */
static void
move(struct duct *duct)
{
	struct buf out = BUF_INIT;
	bool room = !duct->stream || stream_pending(duct->stream) < OUT_MAX;
	pthread_mutex_lock(&duct->lock);
	if (room) {
		out = duct->out;
		duct->out = BUF_INIT;
	}
	bool resume = duct->paused && unread(duct) < IN_MAX / 2;
	if (resume)
		duct->paused = false;
	pthread_cond_signal(&duct->changed);
	pthread_mutex_unlock(&duct->lock);
	if (duct->stream && out.len)
		(void)stream_write(duct->stream, buf_str(&out)); /* refused: it is closing */
	if (duct->stream && resume)
		stream_pause(duct->stream, false);
	buf_release(&out);
}

static void
on_wake(uv_async_t *wake)
{
	move(wake->data);
}

static void
on_drained(void *ctx)
{
	move(ctx);
}

struct duct *
duct_new(struct loop *loop, const struct duct_limits *limits)
{
	struct duct *duct = MEM_NEW(struct duct);
	pthread_condattr_t attr;
	BUG_ON(uv_async_init(loop_uv(loop), &duct->wake, on_wake) != 0);
	duct->wake.data = duct;
	BUG_ON(pthread_mutex_init(&duct->lock, NULL) != 0);
	BUG_ON(pthread_condattr_init(&attr) != 0);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	BUG_ON(pthread_cond_init(&duct->changed, &attr) != 0);
	pthread_condattr_destroy(&attr);
	duct->deadline = after(limits->ms);
	duct->budget = limits->bytes;
	duct->owners = 2;
	return duct;
}

void
duct_join(struct duct *duct, struct stream *stream)
{
	duct->stream = stream;
}

static void
let_go(struct duct *duct)
{
	pthread_mutex_lock(&duct->lock);
	bool last = --duct->owners == 0;
	pthread_mutex_unlock(&duct->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&duct->lock);
	pthread_cond_destroy(&duct->changed);
	buf_release(&duct->in);
	buf_release(&duct->out);
	mem_free(duct);
}

static void
on_gone(uv_handle_t *handle)
{
	let_go(handle->data);
}

void
duct_free(struct duct *duct)
{
	if (!duct)
		return;
	pthread_mutex_lock(&duct->lock);
	duct->freed = true;
	if (!duct->closed)
		err_set(&duct->why, ERR_CANCELED, "cancelled");
	duct->closed = true;
	pthread_cond_signal(&duct->changed);
	pthread_mutex_unlock(&duct->lock);
	if (duct->stream)
		stream_close(duct->stream); /* on_closed() goes on */
	else
		uv_close((uv_handle_t *)&duct->wake, on_gone);
}

void
duct_done(struct duct *duct)
{
	let_go(duct);
}

/* By the worker, locked. */
static void
wake_loop(struct duct *duct)
{
	if (!duct->freed)
		uv_async_send(&duct->wake);
}

static void
on_out(void *ctx, struct str bytes)
{
	struct duct *duct = ctx;
	if (duct->freed)
		return;
	pthread_mutex_lock(&duct->lock);
	if (bytes.len > duct->budget)
		duct->over_budget = true;
	else
		duct->budget -= bytes.len;
	if (!duct->over_budget)
		buf_add(&duct->in, bytes);
	bool pause = !duct->paused && (unread(duct) > IN_MAX || duct->over_budget);
	if (pause)
		duct->paused = true;
	pthread_cond_signal(&duct->changed);
	pthread_mutex_unlock(&duct->lock);
	if (pause)
		stream_pause(duct->stream, true);
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct duct *duct = ctx;
	pthread_mutex_lock(&duct->lock);
	if (!duct->complaint[0])
		text_safe_tmp(duct->complaint, sizeof(duct->complaint),
			str_slice(str_trim(bytes), 0, CHATTER_MAX));
	pthread_mutex_unlock(&duct->lock);
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct duct *duct = ctx;
	duct->stream = NULL;
	pthread_mutex_lock(&duct->lock);
	bool told = duct->closed;
	duct->closed = true;
	if (end->err && !told)
		duct->why = *end->err;
	else if (end->code != 0 && !told)
		err_set(&duct->why, ERR_REMOTE, "the command there ended with status %d%s%s",
			end->code, duct->complaint[0] ? ": " : "", duct->complaint);
	pthread_cond_signal(&duct->changed);
	pthread_mutex_unlock(&duct->lock);
	if (duct->freed)
		uv_close((uv_handle_t *)&duct->wake, on_gone);
}

const struct stream_ops duct_stream_ops = {
	.out = on_out, .errout = on_errout, .closed = on_closed, .drained = on_drained};

/* False: too late. */
static bool
wait_for_change(struct duct *duct)
{
	return pthread_cond_timedwait(&duct->changed, &duct->lock, &duct->deadline) == 0;
}

static int64_t
take(struct duct *duct, char *into, size_t max)
{
	size_t n = unread(duct) < max ? unread(duct) : max;
	memcpy(into, duct->in.ptr + duct->read, n);
	duct->read += n;
	if (duct->read == duct->in.len || duct->read >= IN_MAX) {
		buf_consume(&duct->in, duct->read);
		duct->read = 0;
	}
	if (duct->paused && unread(duct) < IN_MAX / 2)
		wake_loop(duct);
	return (int64_t)n;
}

int64_t
duct_read(struct duct *duct, char *into, size_t max, struct err *err)
{
	int64_t ret = 0;
	pthread_mutex_lock(&duct->lock);
	while (unread(duct) == 0 && !duct->closed && !duct->over_budget) {
		if (!wait_for_change(duct)) {
			ret = err_set(err, ERR_TIMEOUT, "it took too long");
			break;
		}
	}
	if (unread(duct) > 0)
		ret = take(duct, into, max);
	else if (duct->over_budget)
		ret = err_set(err, ERR_LIMIT, "it sent more than is taken");
	else if (duct->closed && duct->why.code)
		ret = err_set(err, duct->why.code, "%s", duct->why.text);
	pthread_mutex_unlock(&duct->lock);
	return ret;
}

int
duct_write(struct duct *duct, struct str bytes, struct err *err)
{
	int ret = 0;
	pthread_mutex_lock(&duct->lock);
	while (duct->out.len > OUT_MAX && !duct->closed && ret == 0) {
		if (!wait_for_change(duct))
			ret = err_set(err, ERR_TIMEOUT, "it took too long");
	}
	if (duct->closed && duct->why.code)
		ret = err_set(err, duct->why.code, "%s", duct->why.text);
	else if (duct->closed)
		ret = err_set(err, ERR_CLOSED, "the other side has ended");
	if (ret == 0) {
		buf_add(&duct->out, bytes);
		wake_loop(duct);
	}
	pthread_mutex_unlock(&duct->lock);
	return ret;
}

void
duct_limit(struct duct *duct, const struct duct_limits *limits)
{
	pthread_mutex_lock(&duct->lock);
	duct->deadline = after(limits->ms);
	duct->budget = limits->bytes;
	pthread_mutex_unlock(&duct->lock);
}
