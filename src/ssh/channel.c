/* SPDX-License-Identifier: MIT */
/*
 * Each channel is a small state machine that is stepped until nothing moves:
 *
 *   queued -> opening -> starting -> running -> freeing -> done
 *
 * Only one may be opening, since libssh2 keeps that state in the session. The
 * stream's user hears closed() when "freeing" begins; the rest is between the
 * server and us. A server that has no room for one more says so only when
 * asked; then the channel goes back to the queue until another one is done. It is
 * refused only if none will be: a command whose input is at its end ends some
 * time, but one that is still talked to may last as long as the link.
 *
 * A paused channel reads zero bytes, which widens no window (window.h) and still
 * takes the packets off the socket.
 */
#include "channel.h"

#include <libssh2.h>
#include <signal.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_shell.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "outqueue.h"
#include "raw.h"
#include "session.h"
#include "window.h"

#define READ_SIZE      (128u << 10)
#define PACKET_SIZE    32768
#define OPEN_MAX       8     /* sshd allows 10 by default; a person may want one too */
#define LINE_MAX_BYTES 32000 /* of a command: libssh2 sends at most 35000 in one packet */
#define ROUNDS         2     /* then the loop, and with it every other host, gets a turn */

/* A refused channel is asked for again when another one is done, or after 50 ms and longer. */
#define RETRY_MS        INT64_C(50)
#define RETRY_DOUBLINGS 6
#define REFUSALS_MAX    6 /* with nothing open that ends: then it is for good */

enum state {
	CHANNEL_QUEUED,
	CHANNEL_OPENING,
	CHANNEL_STARTING,
	CHANNEL_RUNNING,
	CHANNEL_FREEING,
	CHANNEL_DONE,
};

struct channel {
	struct stream stream;
	struct channels *owner;
	struct channel *next;
	enum state state;
	LIBSSH2_CHANNEL *raw;
	struct window window;
	char *command;
	struct outqueue queue;
	bool told;     /* closed() was called: the user's pointer is dead */
	bool canceled; /* by stream_close() */
	bool paused;
	bool shutdown; /* wanted */
	bool eof_sent;
	bool drained_due;
};

struct channels {
	struct ssh_session *session;
	void (*wake)(void *ctx);
	void *ctx;
	struct channel *first;
	char *scratch; /* READ_SIZE */
	int limit;     /* open at once, as far as the server was seen to allow */
	int refusals;  /* in a row */
	struct loop_timer *retry;
	bool ended;
};

static void
wake(struct channels *cs)
{
	if (!cs->ended)
		cs->wake(cs->ctx);
}

static void
tell_closed(struct channel *c, int code, int signum, const struct err *err)
{
	struct stream_exit end = {.code = code, .signal = signum, .err = err};
	if (c->told)
		return;
	c->told = true;
	outqueue_release(&c->queue);
	stream_emit_closed(&c->stream, &end);
}

static bool
broke(struct channel *c, int rc)
{
	if (raw_is_fatal(rc))
		ssh_session_broke(c->owner->session, rc);
	return raw_is_fatal(rc);
}

static int
count_open(const struct channels *cs)
{
	int count = 0;
	for (const struct channel *c = cs->first; c; c = c->next)
		count += c->state > CHANNEL_QUEUED && c->state < CHANNEL_DONE;
	return count;
}

static bool
is_opening(const struct channels *cs)
{
	for (const struct channel *c = cs->first; c; c = c->next)
		if (c->state == CHANNEL_OPENING)
			return true;
	return ssh_session_looking(cs->session);
}

static bool
step_queued(struct channel *c)
{
	struct channels *cs = c->owner;
	if (is_opening(cs) || count_open(cs) >= cs->limit)
		return false;
	c->state = CHANNEL_OPENING;
	return true;
}

static bool
refuse(struct channel *c, const char *what)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	char safe[200];
	libssh2_session_last_error(ssh_session_raw(c->owner->session), &text, NULL, 0);
	err_set(&err, ERR_REMOTE, "%s: %s", what,
		text_safe_tmp(safe, sizeof(safe), str_from(text)));
	c->state = c->raw ? CHANNEL_FREEING : CHANNEL_DONE;
	tell_closed(c, -1, 0, &err);
	return true;
}

static bool
refuse_for_want_of_room(struct channel *c, int others)
{
	struct err err = ERR_INIT;
	err_set(&err, ERR_REMOTE,
		"the server has room for no more than %d session%s (MaxSessions in its "
		"sshd_config)",
		others, others == 1 ? "" : "s");
	c->state = CHANNEL_DONE;
	tell_closed(c, -1, 0, &err);
	return true;
}

/* None of those that are open will make room for another one. */
static bool
all_last(const struct channels *cs)
{
	for (const struct channel *c = cs->first; c; c = c->next)
		if (c->state > CHANNEL_OPENING && c->state < CHANNEL_DONE &&
			(c->shutdown || c->told))
			return false;
	return true;
}

static int64_t
retry_ms(int refusals)
{
	return refusals < RETRY_DOUBLINGS ? RETRY_MS << refusals : RETRY_MS << RETRY_DOUBLINGS;
}

static bool
step_opening(struct channel *c)
{
	struct channels *cs = c->owner;
	c->raw = libssh2_channel_open_ex(
		ssh_session_raw(cs->session), "session", 7, 0, PACKET_SIZE, NULL, 0);
	if (c->raw) {
		cs->refusals = 0;
		c->state = c->told ? CHANNEL_FREEING : CHANNEL_STARTING;
		return true;
	}
	int rc = libssh2_session_last_errno(ssh_session_raw(cs->session));
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(c, rc))
		return false;
	int others = count_open(cs) - 1;
	bool for_good = cs->refusals >= REFUSALS_MAX && all_last(cs);
	if (rc != LIBSSH2_ERROR_CHANNEL_FAILURE || (others == 0 && for_good))
		return refuse(c, "the server opens no channel");
	if (for_good)
		return refuse_for_want_of_room(c, others);
	/* It may be full, or a moment late with clearing up after a command that has ended. */
	cs->limit = others;
	loop_timer_set(cs->retry, retry_ms(cs->refusals++));
	c->state = c->told ? CHANNEL_DONE : CHANNEL_QUEUED;
	return true;
}

static bool
step_starting(struct channel *c)
{
	if (c->told) {
		c->state = CHANNEL_FREEING;
		return true;
	}
	int rc = libssh2_channel_process_startup(
		c->raw, "exec", 4, c->command, (unsigned)strlen(c->command));
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(c, rc))
		return false;
	if (rc < 0)
		return refuse(c, "the server runs no commands");
	mem_free(c->command);
	c->command = NULL;
	c->state = CHANNEL_RUNNING;
	return true;
}

static bool
read_one(struct channel *c, int stream_id)
{
	struct channels *cs = c->owner;
	bool want = !c->told && !c->paused;
	ssize_t n =
		window_read(&c->window, c->raw, stream_id, cs->scratch, want ? READ_SIZE : 0);
	if (n <= 0) {
		broke(c, (int)n);
		return false;
	}
	struct str bytes = {cs->scratch, (size_t)n};
	if (stream_id == 0)
		stream_emit_out(&c->stream, bytes);
	else
		stream_emit_errout(&c->stream, bytes);
	return true;
}

static bool
write_some(struct channel *c)
{
	bool moved = false;
	while (c->queue.len && ssh_session_unsent(c->owner->session) < SSH_SESSION_UNSENT_MAX) {
		struct str bytes = outqueue_front(&c->queue);
		ssize_t n = libssh2_channel_write_ex(c->raw, 0, bytes.ptr, bytes.len);
		if (n < 0 && n != LIBSSH2_ERROR_EAGAIN && !broke(c, (int)n))
			outqueue_release(&c->queue); /* the command reads no more */
		if (n <= 0)
			return moved;
		moved = true;
		outqueue_consume(&c->queue, (size_t)n);
	}
	if (moved && !c->queue.len)
		c->drained_due = true;
	return moved;
}

static bool
send_eof(struct channel *c)
{
	if (!c->shutdown || c->eof_sent || c->queue.len)
		return false;
	int rc = libssh2_channel_send_eof(c->raw);
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(c, rc))
		return false;
	c->eof_sent = true;
	return true;
}

static int
signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{"ABRT", SIGABRT},
		{"ALRM", SIGALRM},
		{"FPE",  SIGFPE },
		{"HUP",  SIGHUP },
		{"ILL",  SIGILL },
		{"INT",  SIGINT },
		{"KILL", SIGKILL},
		{"PIPE", SIGPIPE},
		{"QUIT", SIGQUIT},
		{"SEGV", SIGSEGV},
		{"TERM", SIGTERM},
		{"USR1", SIGUSR1},
		{"USR2", SIGUSR2},
		{"BUS",  SIGBUS },
		{"SYS",  SIGSYS },
		{"TRAP", SIGTRAP},
		{"XCPU", SIGXCPU},
		{"XFSZ", SIGXFSZ},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].number;
	return 0;
}

static void
tell_exit(struct channel *c)
{
	char *name = NULL;
	struct err err = ERR_INIT;
	char safe[64];
	LIBSSH2_SESSION *ssh = ssh_session_raw(c->owner->session);
	libssh2_channel_get_exit_signal(c->raw, &name, NULL, NULL, NULL, NULL, NULL);
	if (!name) {
		tell_closed(c, libssh2_channel_get_exit_status(c->raw), 0, NULL);
		return;
	}
	int number = signal_number(name);
	err_set(&err, ERR_REMOTE, "ended by signal %s",
		text_safe_tmp(safe, sizeof(safe), str_from(name)));
	libssh2_free(ssh, name);
	tell_closed(c, -1, number, number ? NULL : &err);
}

static bool
step_running(struct channel *c)
{
	if (c->told) {
		c->state = CHANNEL_FREEING;
		return true;
	}
	bool moved = read_one(c, 0);
	if (!c->owner->ended)
		moved |= read_one(c, SSH_EXTENDED_DATA_STDERR);
	if (c->owner->ended)
		return false;
	moved |= write_some(c);
	moved |= send_eof(c);
	if (c->drained_due && !c->told) {
		c->drained_due = false;
		stream_emit_drained(&c->stream);
		return true;
	}
	if (moved || c->told || libssh2_channel_eof(c->raw) != 1)
		return moved;
	/* The command's output is at its end; the status comes with the channel's end. */
	int rc = libssh2_channel_wait_closed(c->raw);
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(c, rc))
		return false;
	c->state = CHANNEL_FREEING;
	tell_exit(c);
	return true;
}

static bool
step_freeing(struct channel *c)
{
	int rc = libssh2_channel_free(c->raw);
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(c, rc))
		return false;
	c->raw = NULL;
	c->state = CHANNEL_DONE;
	c->owner->refusals = 0; /* the server may need a moment until it has room again */
	return true;
}

static bool
step(struct channel *c)
{
	static bool (*const steps[])(struct channel * c) = {[CHANNEL_QUEUED] = step_queued,
		[CHANNEL_OPENING] = step_opening,
		[CHANNEL_STARTING] = step_starting,
		[CHANNEL_RUNNING] = step_running,
		[CHANNEL_FREEING] = step_freeing};
	if (c->canceled && !c->told) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_CANCELED, "closed by us");
		if (c->state == CHANNEL_QUEUED)
			c->state = CHANNEL_DONE;
		tell_closed(c, -1, 0, &err);
		return true;
	}
	return c->state != CHANNEL_DONE && steps[c->state](c);
}

static void
on_retry(void *ctx)
{
	struct channels *cs = ctx;
	cs->limit = OPEN_MAX;
	wake(cs);
}

static void
release(struct channel *c)
{
	outqueue_release(&c->queue);
	mem_free(c->command);
	mem_free(c);
}

static void
reap(struct channels *cs)
{
	struct channel **p = &cs->first;
	while (*p) {
		struct channel *c = *p;
		if (c->state == CHANNEL_DONE && c->told) {
			*p = c->next;
			cs->limit = OPEN_MAX; /* a place is free again */
			release(c);
		} else {
			p = &c->next;
		}
	}
}

/* What came is looked at even when no channel does. */
static void
look(struct channels *cs)
{
	if (ssh_session_looking(cs->session) ||
		(ssh_session_has_input(cs->session) && count_open(cs) == 0))
		ssh_session_look(cs->session);
}

void
channels_run(struct channels *cs)
{
	bool moved = true;
	for (int round = 0; round < ROUNDS && moved && !cs->ended; round++) {
		moved = false;
		if (ssh_session_looking(cs->session))
			ssh_session_look(cs->session);
		for (struct channel *c = cs->first; c && !cs->ended; c = c->next)
			moved |= step(c);
		if (!cs->ended)
			reap(cs);
	}
	if (cs->ended)
		return;
	if (moved)
		wake(cs);
	else
		look(cs);
}

static int
on_write(struct stream *stream, struct str bytes)
{
	struct channel *c = (struct channel *)stream;
	if (c->told || c->canceled || c->shutdown || c->owner->ended)
		return ERR_CLOSED;
	if (bytes.len > STREAM_QUEUE_MAX - c->queue.len)
		return ERR_LIMIT;
	outqueue_add(&c->queue, bytes);
	wake(c->owner);
	return 0;
}

static size_t
on_pending(const struct stream *stream)
{
	return ((const struct channel *)stream)->queue.len;
}

static void
on_shutdown(struct stream *stream)
{
	struct channel *c = (struct channel *)stream;
	c->shutdown = true;
	wake(c->owner);
}

static void
on_pause(struct stream *stream, bool pause)
{
	struct channel *c = (struct channel *)stream;
	c->paused = pause;
	if (!pause)
		wake(c->owner);
}

static void
on_close(struct stream *stream)
{
	struct channel *c = (struct channel *)stream;
	c->canceled = true;
	wake(c->owner);
}

static const struct stream_class channel_class = {.write = on_write,
	.pending = on_pending,
	.shutdown = on_shutdown,
	.pause = on_pause,
	.close = on_close};

struct channels *
channels_new(
	struct loop *loop, struct ssh_session *session, void (*wake_fn)(void *ctx), void *ctx)
{
	struct channels *cs = MEM_NEW(struct channels);
	*cs = (struct channels){
		.session = session, .wake = wake_fn, .ctx = ctx, .limit = OPEN_MAX};
	cs->scratch = mem_alloc(READ_SIZE);
	cs->retry = loop_timer_new(loop, on_retry, cs);
	return cs;
}

struct stream *
channels_open(struct channels *cs, const char *const argv[], const struct stream_ops *ops,
	void *ctx, struct err *err)
{
	/* "exec": the login shell does not stay behind between the server and the command. */
	struct buf line = BUF_INIT;
	buf_addc(&line, "exec ");
	shell_quote_argv(&line, argv);
	if (line.len > LINE_MAX_BYTES) {
		err_set(err, ERR_LIMIT, "the command is longer than %d bytes: %zu",
			LINE_MAX_BYTES, line.len);
		buf_release(&line);
		return NULL;
	}
	struct channel *c = MEM_NEW(struct channel);
	c->stream = (struct stream){.class = &channel_class, .ops = ops, .ctx = ctx};
	c->owner = cs;
	c->command = buf_steal(&line);
	struct channel **p = &cs->first;
	while (*p)
		p = &(*p)->next;
	*p = c;
	wake(cs);
	return &c->stream;
}

void
channels_end(struct channels *cs, const struct err *why)
{
	cs->ended = true;
	for (struct channel *c = cs->first; c; c = c->next)
		tell_closed(c, -1, 0, why);
}

void
channels_stop(struct channels *cs)
{
	cs->ended = true;
}

bool
channels_ended(const struct channels *cs)
{
	return cs->ended;
}

bool
channels_any(const struct channels *cs)
{
	for (const struct channel *c = cs->first; c; c = c->next)
		if (!c->told)
			return true;
	return false;
}

void
channels_free(struct channels *cs)
{
	if (!cs)
		return;
	while (cs->first) {
		struct channel *c = cs->first;
		cs->first = c->next;
		release(c);
	}
	loop_timer_free(cs->retry);
	mem_free(cs->scratch);
	mem_free(cs);
}
