/* SPDX-License-Identifier: MIT */
#include "cockpit/io_run.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"

#define OUT_MAX (4u << 20)
#define ERR_MAX (64u << 10) /* what is more is dropped: it is for people */

struct run {
	struct stream *stream;
	struct loop_timer *deadline;
	struct buf out, errout;
	run_fn *done; /* NULL: nobody waits any more */
	void *ctx;
	struct err why; /* ours, when we gave up */
};

static void
give_up(struct run *run, int code, const char *text)
{
	if (run->why.code == 0)
		err_set(&run->why, code, "%s", text);
	stream_close(run->stream);
}

static void
on_deadline(void *ctx)
{
	give_up(ctx, ERR_TIMEOUT, "no answer in time");
}

static void
on_out(void *ctx, struct str bytes)
{
	struct run *run = ctx;
	if (run->why.code == 0 && buf_add(&run->out, bytes) < 0)
		give_up(run, ERR_LIMIT, "the answer is too long");
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct run *run = ctx;
	(void)buf_add(&run->errout, str_slice(bytes, 0, ERR_MAX - run->errout.len));
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct run *run = ctx;
	loop_timer_free(run->deadline);
	if (run->done) {
		struct run_result result = {.code = end->code,
			.out = buf_str(&run->out),
			.errout = buf_str(&run->errout),
			.err = run->why.code ? &run->why : end->err};
		run->done(run->ctx, &result);
	}
	buf_release(&run->out);
	buf_release(&run->errout);
	mem_free(run);
}

static const struct stream_ops ops = {.out = on_out, .errout = on_errout, .closed = on_closed};

struct run *
run_new(struct loop *loop, struct link *link, const char *const argv[], struct str input,
	int64_t deadline_ms, run_fn *done, void *ctx, struct err *err)
{
	struct run *run = MEM_NEW(struct run);
	*run = (struct run){.out = BUF_INIT_MAX(OUT_MAX),
		.errout = BUF_INIT_MAX(ERR_MAX),
		.done = done,
		.ctx = ctx};
	run->stream = link_open(link, argv, &ops, run, err);
	if (!run->stream) {
		mem_free(run);
		return NULL;
	}
	run->deadline = loop_timer_new(loop, on_deadline, run);
	loop_timer_set(run->deadline, deadline_ms);
	if (stream_write(run->stream, input) == ERR_LIMIT)
		give_up(run, ERR_LIMIT, "the input is too long");
	stream_shutdown(run->stream);
	return run;
}

void
run_cancel(struct run *run)
{
	if (!run)
		return;
	run->done = NULL;
	stream_close(run->stream);
}
