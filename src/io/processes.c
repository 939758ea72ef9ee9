/* SPDX-License-Identifier: MIT */
#include "processes.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"

#define CHATTER_MAX   (64u << 10) /* before the hello */
#define COMPLAINT_MAX (4u << 10)  /* before the hello, on stderr; what is more is dropped */

/* What was refused is tried again when another one is done, or after 50 ms and longer. */
#define RETRY_MS        INT64_C(50)
#define RETRY_DOUBLINGS 6
#define REFUSALS_MAX    6 /* with nothing else running: then it is not for want of room */

struct member {
	struct stream stream;
	struct loop *loop;
	struct processes *owner; /* NULL: the link is gone */
	struct member *next;
	char **argv;
	struct stream *process; /* NULL: waits, or has ended */
	const char *hello;
	struct buf input;     /* kept until it is greeted */
	struct buf chatter;   /* came out before the hello */
	struct buf complaint; /* the same on stderr */
	bool greeted, shutdown, paused;
	bool closing; /* by stream_close() */
	bool told;    /* closed() was called: the user's pointer is dead */
	bool ending;  /* end() is due */
	struct err why;
};

struct processes {
	struct loop *loop;
	int max, limit; /* at a time; limit: as far as the far side was seen to allow */
	int refusals;   /* in a row */
	const char *hello;
	struct loop_timer *turn; /* somebody who waits may start */
	struct member *members;  /* oldest first */
};

static void
release(struct member *m)
{
	for (size_t i = 0; m->argv[i]; i++)
		mem_free(m->argv[i]);
	mem_free(m->argv);
	buf_release(&m->input);
	buf_release(&m->chatter);
	buf_release(&m->complaint);
	mem_free(m);
}

static void
leave(struct member *m)
{
	struct processes *ps = m->owner;
	if (!ps)
		return;
	struct member **p = &ps->members;
	while (*p != m)
		p = &(*p)->next;
	*p = m->next;
	m->owner = NULL;
	loop_timer_set(ps->turn, 0);
}

static void
tell_closed(struct member *m, const struct stream_exit *end)
{
	leave(m);
	if (!m->told) {
		m->told = true;
		stream_emit_closed(&m->stream, end);
	}
	release(m);
}

static void
end(void *ctx)
{
	struct member *m = ctx;
	struct stream_exit exit = {.code = -1, .err = &m->why};
	tell_closed(m, &exit);
}

/* For one without a process: the user hears it from the loop. */
static void
end_later(struct member *m)
{
	if (m->ending)
		return;
	m->ending = true;
	loop_defer(m->loop, end, m);
}

static void
greet(struct member *m)
{
	m->greeted = true;
	if (m->owner)
		m->owner->refusals = 0;
	if (m->input.len)
		(void)stream_write(m->process, buf_str(&m->input));
	buf_release(&m->input);
	if (m->shutdown)
		stream_shutdown(m->process);
}

/* The hello is here: hands out what stood around it. */
static void
pass_chatter(struct member *m, size_t at)
{
	struct buf chatter = m->chatter, complaint = m->complaint;
	m->chatter = m->complaint = BUF_INIT;
	struct str all = buf_str(&chatter);
	const struct str parts[] = {
		str_slice(all, 0, at), str_slice(all, at + strlen(m->hello), all.len)};
	if (!m->told)
		stream_emit_errout(&m->stream, buf_str(&complaint));
	for (size_t i = 0; i < 2 && !m->told && !m->closing; i++)
		stream_emit_out(&m->stream, parts[i]);
	buf_release(&chatter);
	buf_release(&complaint);
}

static void
on_out(void *ctx, struct str bytes)
{
	struct member *m = ctx;
	if (m->told)
		return;
	if (m->greeted) {
		stream_emit_out(&m->stream, bytes);
		return;
	}
	if (buf_add(&m->chatter, bytes) < 0) {
		err_set(&m->why, ERR_LIMIT, "it talks too much before the command runs");
		m->closing = true;
		stream_close(m->process);
		return;
	}
	ptrdiff_t at = str_find_str(buf_str(&m->chatter), str_from(m->hello));
	if (at < 0)
		return;
	greet(m);
	if (m->owner)
		loop_timer_set(m->owner->turn, 0);
	pass_chatter(m, (size_t)at);
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct member *m = ctx;
	if (m->told)
		return;
	if (m->greeted)
		stream_emit_errout(&m->stream, bytes);
	else
		(void)buf_add(
			&m->complaint, str_slice(bytes, 0, COMPLAINT_MAX - m->complaint.len));
}

static void
on_drained(void *ctx)
{
	struct member *m = ctx;
	if (!m->told)
		stream_emit_drained(&m->stream);
}

static int
count_running(const struct processes *ps)
{
	int count = 0;
	for (const struct member *m = ps->members; m; m = m->next)
		count += m->process != NULL;
	return count;
}

/* It ended before the command ran. */
static bool
may_retry(struct member *m)
{
	struct processes *ps = m->owner;
	if (!ps || m->greeted || m->closing)
		return false;
	int others = count_running(ps);
	if (others == 0 && ps->refusals >= REFUSALS_MAX)
		return false;
	int doublings = ps->refusals < RETRY_DOUBLINGS ? ps->refusals : RETRY_DOUBLINGS;
	ps->refusals++;
	ps->limit = others;
	loop_timer_set(ps->turn, RETRY_MS << doublings);
	buf_clear(&m->chatter);
	buf_clear(&m->complaint);
	return true;
}

static void
on_closed(void *ctx, const struct stream_exit *process_end)
{
	struct member *m = ctx;
	char words[600];
	struct stream_exit exit = *process_end;
	m->process = NULL;
	if (may_retry(m))
		return;
	if (!m->greeted && !m->closing && !exit.err) {
		text_safe_lines(words, sizeof(words), buf_str(&m->complaint));
		err_set(&m->why, ERR_REMOTE,
			"it ended with status %d before the command ran%s%s", exit.code,
			words[0] ? ": " : "", words);
	}
	if (m->why.code)
		exit = (struct stream_exit){.code = -1, .err = &m->why};
	tell_closed(m, &exit);
}

static int
start(struct member *m, struct err *err)
{
	static const struct stream_ops ops = {
		.out = on_out, .errout = on_errout, .closed = on_closed, .drained = on_drained};
	m->process = process_open(m->loop, (const char *const *)m->argv, NULL, &ops, m, err);
	if (!m->process)
		return -1;
	if (!m->hello)
		greet(m);
	if (m->paused)
		stream_pause(m->process, true);
	return 0;
}

static bool
has_room(const struct processes *ps)
{
	for (const struct member *m = ps->members; m && ps->refusals; m = m->next)
		if (m->process && !m->greeted)
			return false; /* one at a time, as long as it is not clear how many */
	return count_running(ps) < ps->limit;
}

static void
on_turn(void *ctx)
{
	struct processes *ps = ctx;
	ps->limit = ps->max;
	for (struct member *m = ps->members; m && has_room(ps); m = m->next)
		if (!m->process && !m->ending && start(m, &m->why) < 0)
			end_later(m);
}

static int
on_write(struct stream *stream, struct str bytes)
{
	struct member *m = (struct member *)stream;
	if (m->told || m->closing || m->shutdown || m->ending)
		return ERR_CLOSED;
	if (m->greeted)
		return stream_write(m->process, bytes);
	if (bytes.len > STREAM_QUEUE_MAX - m->input.len)
		return ERR_LIMIT;
	return buf_add(&m->input, bytes);
}

static size_t
on_pending(const struct stream *stream)
{
	const struct member *m = (const struct member *)stream;
	return m->greeted ? stream_pending(m->process) : m->input.len;
}

static void
on_shutdown(struct stream *stream)
{
	struct member *m = (struct member *)stream;
	m->shutdown = true;
	if (m->greeted)
		stream_shutdown(m->process);
}

static void
on_pause(struct stream *stream, bool pause)
{
	struct member *m = (struct member *)stream;
	m->paused = pause;
	if (m->process)
		stream_pause(m->process, pause);
}

static void
on_close(struct stream *stream)
{
	struct member *m = (struct member *)stream;
	if (m->closing)
		return;
	m->closing = true;
	if (m->process) {
		stream_close(m->process);
		return;
	}
	if (!m->ending)
		err_set(&m->why, ERR_CANCELED, "the command was ended by us");
	end_later(m);
}

static const struct stream_class member_class = {.write = on_write,
	.pending = on_pending,
	.shutdown = on_shutdown,
	.pause = on_pause,
	.close = on_close};

struct processes *
processes_new(struct loop *loop, int max, const char *hello)
{
	struct processes *ps = MEM_NEW(struct processes);
	*ps = (struct processes){.loop = loop, .max = max, .limit = max, .hello = hello};
	ps->turn = loop_timer_new(loop, on_turn, ps);
	return ps;
}

struct stream *
processes_open(struct processes *ps, const char *const argv[], const struct stream_ops *ops,
	void *ctx, struct err *err)
{
	struct member *m = MEM_NEW(struct member);
	struct member **p = &ps->members;
	bool waits = !has_room(ps);
	*m = (struct member){
		.stream = {.class = &member_class, .ops = ops, .ctx = ctx},
		.loop = ps->loop,
		.hello = ps->hello,
		.chatter = BUF_INIT_MAX(CHATTER_MAX),
		.argv = mem_copy_words(argv)
        };
	while (*p) {
		waits |= !(*p)->process && !(*p)->ending; /* first come, first served */
		p = &(*p)->next;
	}
	if (!waits && start(m, err) < 0) {
		release(m);
		return NULL;
	}
	m->owner = ps;
	*p = m;
	return &m->stream;
}

void
processes_end(struct processes *ps, const struct err *why)
{
	struct stream_exit exit = {.code = -1, .err = why};
	for (struct member *m = ps->members; m; m = m->next) {
		if (m->told)
			continue;
		m->told = true;
		stream_emit_closed(&m->stream, &exit);
	}
	while (ps->members) {
		struct member *m = ps->members;
		leave(m);
		if (m->process)
			stream_close(m->process);
		else
			end_later(m);
	}
}

void
processes_free(struct processes *ps)
{
	while (ps->members) {
		struct member *m = ps->members;
		leave(m);
		on_close(&m->stream);
	}
	loop_timer_free(ps->turn);
	mem_free(ps);
}
