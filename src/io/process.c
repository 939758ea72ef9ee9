/* SPDX-License-Identifier: MIT */
/*
 * A child is over when it has exited and both of its outputs are at their end;
 * only then closed() comes, so no byte is lost. A grandchild that keeps an
 * output open after the exit may hold it for GRACE_MS, not longer.
 */
#include "cockpit/io_process.h"

#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"

#define GRACE_MS   2000
#define LETS_GO_MS 200   /* for what it said last */
#define READ_MAX   65536 /* of one output in a turn of the loop: then the others have theirs */

extern char **environ;

enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPE_COUNT };

struct process {
	struct stream stream;
	struct loop *loop;
	uv_process_t handle;
	uv_pipe_t pipes[PIPE_COUNT];
	struct loop_timer *grace;
	uint64_t again_id; /* reading goes on in the next turn; 0: it does already */
	size_t queued;
	int open_handles;       /* those of uv that are not closed yet */
	bool ended[PIPE_COUNT]; /* outputs: EOF seen; input: shut down */
	bool exited, closing, canceled, paused, killed;
	bool lets_go; /* what it leaves behind goes on */
	int code, signal;
};

struct write_req {
	uv_write_t req;
	struct process *p;
	size_t len;
	char bytes[];
};

static struct process *
of(struct stream *stream)
{
	return (struct process *)stream;
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct process *p = handle->data;
	if (--p->open_handles > 0)
		return;
	struct err why = ERR_INIT;
	if (p->canceled)
		err_set(&why, ERR_CANCELED, "the command was ended by us");
	struct stream_exit end = {.code = p->signal ? -1 : p->code,
		.signal = p->signal,
		.err = p->canceled ? &why : NULL};
	if (p->canceled)
		end.code = -1;
	loop_timer_free(p->grace);
	if (p->again_id)
		loop_defer_cancel(p->loop, p->again_id);
	stream_emit_closed(&p->stream, &end);
	mem_free(p);
}

static void
close_all(struct process *p)
{
	if (p->closing)
		return;
	p->closing = true;
	uv_close((uv_handle_t *)&p->handle, on_handle_closed);
	for (int i = 0; i < PIPE_COUNT; i++)
		uv_close((uv_handle_t *)&p->pipes[i], on_handle_closed);
}

static void
check_end(struct process *p)
{
	if (p->exited && p->ended[PIPE_OUT] && p->ended[PIPE_ERR])
		close_all(p);
}

static void
on_exit(uv_process_t *handle, int64_t status, int signum)
{
	struct process *p = handle->data;
	p->exited = true;
	p->code = (int)status;
	p->signal = signum;
	if (!p->canceled || p->killed)
		loop_timer_set(p->grace, p->lets_go ? LETS_GO_MS : GRACE_MS);
	check_end(p);
}

/* After the exit: stop waiting for outputs. Before it, after close(): the soft signal did not
 * help. */
static void
on_grace(void *ctx)
{
	struct process *p = ctx;
	if (p->exited && p->lets_go && !p->canceled) {
		close_all(p);
		return;
	}
	uv_kill(-p->handle.pid, SIGKILL);
	p->killed = true;
	if (p->exited)
		close_all(p);
	else
		loop_timer_set(p->grace, GRACE_MS);
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	/* One thread, and uv hands the buffer straight back to on_read. */
	static char chunk[READ_MAX];
	(void)handle;
	(void)suggested;
	*ret = uv_buf_init(chunk, sizeof(chunk));
}

static void read_outputs(struct process *p, bool on);

static void
read_again(void *ctx)
{
	struct process *p = ctx;
	p->again_id = 0;
	if (!p->paused)
		read_outputs(p, true);
}

static void
on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *chunk)
{
	struct process *p = pipe->data;
	bool out = pipe == (uv_stream_t *)&p->pipes[PIPE_OUT];
	/* uv itself would go on for 2 MiB. */
	if (n == (ssize_t)chunk->len && n > 0) {
		uv_read_stop(pipe);
		if (!p->again_id)
			p->again_id = loop_defer(p->loop, read_again, p);
	}
	if (n > 0 && !p->canceled) {
		struct str bytes = {chunk->base, (size_t)n};
		if (out)
			stream_emit_out(&p->stream, bytes);
		else
			stream_emit_errout(&p->stream, bytes);
	} else if (n < 0) {
		p->ended[out ? PIPE_OUT : PIPE_ERR] = true;
		uv_read_stop(pipe);
		check_end(p);
	}
}

static void
read_outputs(struct process *p, bool on)
{
	for (int i = PIPE_OUT; i <= PIPE_ERR; i++) {
		if (p->ended[i] || p->closing)
			continue;
		if (on)
			uv_read_start((uv_stream_t *)&p->pipes[i], on_alloc, on_read);
		else
			uv_read_stop((uv_stream_t *)&p->pipes[i]);
	}
}

static void
on_written(uv_write_t *req, int status)
{
	struct write_req *w = req->data;
	struct process *p = w->p;
	(void)status; /* a broken pipe shows as the child's end */
	p->queued -= w->len;
	mem_free(w);
	if (p->queued == 0 && !p->closing && !p->canceled)
		stream_emit_drained(&p->stream);
}

static int
process_write(struct stream *stream, struct str bytes)
{
	struct process *p = of(stream);
	if (p->ended[PIPE_IN] || p->closing || p->canceled)
		return ERR_CLOSED;
	if (bytes.len > STREAM_QUEUE_MAX || p->queued > STREAM_QUEUE_MAX - bytes.len)
		return ERR_LIMIT;
	if (bytes.len == 0)
		return 0;
	struct write_req *w = mem_alloc(sizeof(*w) + bytes.len);
	w->p = p;
	w->len = bytes.len;
	w->req.data = w;
	memcpy(w->bytes, bytes.ptr, bytes.len);
	uv_buf_t chunk = uv_buf_init(w->bytes, (unsigned)bytes.len);
	if (uv_write(&w->req, (uv_stream_t *)&p->pipes[PIPE_IN], &chunk, 1, on_written) < 0) {
		mem_free(w);
		return ERR_CLOSED;
	}
	p->queued += bytes.len;
	return 0;
}

static size_t
process_pending(const struct stream *stream)
{
	return ((const struct process *)stream)->queued;
}

static void
on_shutdown(uv_shutdown_t *req, int status)
{
	(void)status;
	mem_free(req);
}

static void
process_shutdown(struct stream *stream)
{
	struct process *p = of(stream);
	if (p->ended[PIPE_IN] || p->closing)
		return;
	p->ended[PIPE_IN] = true;
	uv_shutdown_t *req = MEM_NEW(uv_shutdown_t);
	if (uv_shutdown(req, (uv_stream_t *)&p->pipes[PIPE_IN], on_shutdown) < 0)
		mem_free(req);
}

static void
process_pause(struct stream *stream, bool pause)
{
	struct process *p = of(stream);
	if (pause == p->paused || p->canceled)
		return;
	p->paused = pause;
	read_outputs(p, !pause);
}

static void
process_close(struct stream *stream)
{
	struct process *p = of(stream);
	if (p->canceled || p->closing)
		return;
	if (p->exited) {
		close_all(p);
		return;
	}
	p->canceled = true;
	/* One that goes in its own time goes by this, not by the signal: host.sh does. */
	process_shutdown(stream);
	/* Read on, so that a child which is busy writing sees the signal's effect, not a full
	 * pipe. */
	read_outputs(p, true);
	uv_kill(-p->handle.pid, SIGTERM);
	loop_timer_set(p->grace, GRACE_MS);
}

void
process_let_go(struct stream *stream)
{
	of(stream)->lets_go = true;
}

static const struct stream_class process_class = {
	.write = process_write,
	.pending = process_pending,
	.shutdown = process_shutdown,
	.pause = process_pause,
	.close = process_close,
};

static size_t
count_of(const char *const list[])
{
	size_t count = 0;
	while (list && list[count])
		count++;
	return count;
}

/* uv wants char **; it does not write to them. */
static void
unconst(char **into, const char *const list[])
{
	for (size_t i = 0; list && list[i]; i++)
		memcpy(&into[i], &list[i], sizeof(into[i]));
}

static bool
is_set_by(const char *const more[], struct str name)
{
	for (size_t i = 0; more && more[i]; i++) {
		struct str entry = str_from(more[i]);
		if (str_eq(str_cut(&entry, '='), name))
			return true;
	}
	return false;
}

/* Our environment without what belongs to the tmux that we may run in, and more. Pointers are
 * borrowed. */
static char **
make_env(const char *const more[])
{
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	char **env = mem_alloc_array(count + count_of(more) + 1, sizeof(*env));
	for (size_t i = 0; i < count; i++) {
		struct str entry = str_from(environ[i]), name = str_cut(&entry, '=');
		if (!str_eqc(name, "TMUX") && !str_eqc(name, "TMUX_PANE") &&
			!is_set_by(more, name))
			env[kept++] = environ[i];
	}
	unconst(env + kept, more);
	return env;
}

static void
on_stillborn_closed(uv_handle_t *handle)
{
	struct process *p = handle->data;
	if (--p->open_handles == 0)
		mem_free(p);
}

struct stream *
process_open(struct loop *loop, const char *const argv[], const char *cwd,
	const struct stream_ops *ops, void *ctx, struct err *err)
{
	return process_open_env(loop, argv, cwd, NULL, ops, ctx, err);
}

struct stream *
process_open_env(struct loop *loop, const char *const argv[], const char *cwd,
	const char *const more[], const struct stream_ops *ops, void *ctx, struct err *err)
{
	struct process *p = MEM_NEW(struct process);
	uv_stdio_container_t stdio[PIPE_COUNT];
	static const int flags[PIPE_COUNT] = {UV_CREATE_PIPE | UV_READABLE_PIPE,
		UV_CREATE_PIPE | UV_WRITABLE_PIPE, UV_CREATE_PIPE | UV_WRITABLE_PIPE};
	p->stream = (struct stream){.class = &process_class, .ops = ops, .ctx = ctx};
	p->loop = loop;
	p->handle.data = p;
	for (int i = 0; i < PIPE_COUNT; i++) {
		uv_pipe_init(loop_uv(loop), &p->pipes[i], 0);
		p->pipes[i].data = p;
		stdio[i].flags = (uv_stdio_flags)flags[i];
		stdio[i].data.stream = (uv_stream_t *)&p->pipes[i];
	}
	char **args = mem_alloc_array(count_of(argv) + 1, sizeof(*args));
	unconst(args, argv);
	char **env = make_env(more);
	uv_process_options_t options = {
		.exit_cb = on_exit,
		.file = argv[0],
		.args = args,
		.env = env,
		.cwd = cwd,
		.flags = UV_PROCESS_DETACHED, /* a session and process group of its own */
		.stdio_count = PIPE_COUNT,
		.stdio = stdio,
	};
	int rc = uv_spawn(loop_uv(loop), &p->handle, &options);
	mem_free(args);
	mem_free(env);
	p->open_handles = PIPE_COUNT + 1;
	if (rc < 0) {
		err_set(err, rc == UV_ENOENT ? ERR_MISSING : ERR_IO, "cannot run %s: %s",
			argv[0], uv_strerror(rc));
		uv_close((uv_handle_t *)&p->handle, on_stillborn_closed);
		for (int i = 0; i < PIPE_COUNT; i++)
			uv_close((uv_handle_t *)&p->pipes[i], on_stillborn_closed);
		return NULL;
	}
	p->grace = loop_timer_new(loop, on_grace, p);
	read_outputs(p, true);
	return &p->stream;
}
