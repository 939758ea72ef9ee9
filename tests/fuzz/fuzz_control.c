/* SPDX-License-Identifier: MIT */
/*
 * The first byte says how the rest is fed: how many lines were sent before, and the
 * size of the chunks. Fed whole and in chunks, the same must come out; every reply
 * is called exactly once; every subject is an id.
 */
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/tmux_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
	uint64_t hash;
	unsigned replies;
	unsigned canceled;
};

static void
mix(struct trace *trace, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		trace->hash = (trace->hash ^ (uint8_t)s.ptr[i]) * 0x100000001b3u;
	trace->hash = (trace->hash ^ 0x100) * 0x100000001b3u;
}

static void
on_notice(void *ctx, const struct tmux_notice *notice)
{
	struct str id = notice->subject;

	if (id.len > 0) {
		BUG_ON(id.len < 2 || id.len > 11 || !memchr("%@$", id.ptr[0], 3));
		for (size_t i = 1; i < id.len; i++)
			BUG_ON(id.ptr[i] < '0' || id.ptr[i] > '9');
	}
	mix(ctx, notice->subject);
	mix(ctx, notice->body);
}

static void
on_reply(void *ctx, int status, struct str text)
{
	struct trace *trace = ctx;

	BUG_ON(status != 0 && status != ERR_REMOTE && status != ERR_CANCELED);
	trace->replies++;
	trace->canceled += status == ERR_CANCELED;
	mix(trace, text);
}

static void
on_stray(void *ctx, int status, struct str text)
{
	(void)status;
	mix(ctx, text);
}

static int
on_write(void *ctx, struct str bytes)
{
	(void)ctx;
	(void)bytes;
	return 0;
}

static const struct tmux_control_ops ops = {on_notice, on_write, on_stray};

static struct trace
run(struct str bytes, unsigned lines, size_t chunk)
{
	struct trace trace = {0};
	struct tmux_control *tc = tmux_control_new(&ops, &trace);

	for (unsigned i = 0; i < lines; i++)
		BUG_ON(tmux_control_send_noisy(
			tc, STR("x"), 1 + i % 3, i & 1, on_reply, &trace));
	while (bytes.len > 0) {
		if (tmux_control_feed(tc, str_slice(bytes, 0, chunk), NULL) < 0)
			break;
		bytes = str_slice(bytes, chunk, bytes.len);
	}
	tmux_control_free(tc);
	BUG_ON(trace.replies != lines);
	return trace;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct str bytes = {(const char *)data + 1, size - 1};
	unsigned lines = data[0] & 15;
	struct trace whole = run(bytes, lines, SIZE_MAX);
	struct trace parts = run(bytes, lines, 1 + (data[0] >> 4));

	BUG_ON(whole.hash != parts.hash || whole.canceled != parts.canceled);
	return 0;
}
