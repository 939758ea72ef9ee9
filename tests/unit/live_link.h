/*
 * Links and the commands that run over them, for tests: what each said is kept, and
 * waiting has a deadline. The including file makes the loop and the ticker.
 */
#ifndef COCKPIT_TEST_LIVE_LINK_H
#define COCKPIT_TEST_LIVE_LINK_H

#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"

#define DEADLINE_MS 40000

static struct loop *loop;
static struct loop_timer *ticker;

struct peer {
	struct link *link;
	bool ready, closed;
	struct err why;
	char note[200];
};

struct child {
	struct stream *stream;
	struct buf out, errout;
	bool done, drained;
	int code, signal;
	struct err err;
};

static void
on_tick(void *ctx)
{
	(void)ctx;
}

static inline void
turn(int64_t deadline)
{
	loop_timer_set(ticker, 50);
	loop_turn(loop, true);
	assert_true(clock_ms() < deadline);
}

static inline void
wait_for(const bool *flag)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (!*flag)
		turn(deadline);
}

static void
on_ready(void *ctx)
{
	struct peer *peer = ctx;
	assert_false(peer->ready || peer->closed);
	peer->ready = true;
}

static void
on_link_closed(void *ctx, const struct err *why)
{
	struct peer *peer = ctx;
	assert_false(peer->closed);
	peer->closed = true;
	peer->why = *why;
}

static void
on_note(void *ctx, const char *text)
{
	struct peer *peer = ctx;
	snprintf(peer->note, sizeof(peer->note), "%s", text);
}

static const struct link_ops link_ops = {
	.ready = on_ready, .closed = on_link_closed, .note = on_note};

static void
on_out(void *ctx, struct str bytes)
{
	struct child *child = ctx;
	assert_false(child->done);
	buf_add(&child->out, bytes);
}

static void
on_errout(void *ctx, struct str bytes)
{
	buf_add(&((struct child *)ctx)->errout, bytes);
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct child *child = ctx;
	assert_false(child->done);
	child->done = true;
	child->code = end->code;
	child->signal = end->signal;
	if (end->err)
		child->err = *end->err;
}

static void
on_drained(void *ctx)
{
	((struct child *)ctx)->drained = true;
}

static const struct stream_ops stream_ops = {
	.out = on_out, .errout = on_errout, .closed = on_closed, .drained = on_drained};

static inline void
start(struct child *child, struct peer *peer, const char *const argv[])
{
	struct err err = ERR_INIT;
	*child = (struct child){0};
	child->stream = link_open(peer->link, argv, &stream_ops, child, &err);
	if (!child->stream)
		fail_msg("%s", err.text);
}

static inline void
start_script(struct child *child, struct peer *peer, const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	start(child, peer, argv);
}

static inline void
release(struct child *child)
{
	buf_release(&child->out);
	buf_release(&child->errout);
}

static inline void
assert_out(struct child *child, const char *want)
{
	assert_string_equal(buf_cstr(&child->out), want);
}

static inline void
assert_says(const struct err *err, int code, const char *part)
{
	if (err->code != code || !strstr(err->text, part))
		fail_msg("got %s \"%s\", want %s with \"%s\"", err_name(err->code), err->text,
			err_name(code), part);
}

#endif
