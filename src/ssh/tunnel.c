/* SPDX-License-Identifier: MIT */
/*
 * What is for one tunnel may have been read on behalf of another, or of none: it
 * then sits in the outer session while the socket is quiet. So each run looks at
 * all tunnels again until none has anything, and whoever reads outside of a run
 * asks for one.
 *
 * libssh2 can open one channel at a time, and the jump host answers only when
 * the target does, which may be never (a host that is off). So a target that is
 * silent loses its place to those who wait: its call is made to fail, by a read
 * that fails once. What the server says to it later is for a channel that nobody
 * knows, and stays with libssh2; hence all packets are taken off the transport by
 * reads for other channels first, where such an answer does no harm, and a
 * session that has given up too many opens no more.
 *
 * A read asks for READ_SIZE only when the last one was handed on, so that what
 * the far side may send and what waits here stay under twice that (window.h).
 */
#include "tunnel.h"

#include <errno.h>
#include <libssh2.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "raw.h"
#include "session.h"
#include "window.h"
#include "wire.h"

#define READ_SIZE    (256u << 10)
#define WRITE_SIZE   32000 /* fits into one packet of SSH */
#define PACKET_SIZE  32768
#define TUNNELS_MAX  500
#define ROUNDS       16 /* then the loop gets a turn */
#define PATIENCE_MS  3000
#define AGAIN_MS     1000
#define GIVEN_UP_MAX 1000

enum state {
	TUNNEL_QUEUED,
	TUNNEL_OPENING,
	TUNNEL_HURRYING,
	TUNNEL_OPEN,
	TUNNEL_FREEING,
	TUNNEL_DONE,
};

struct tunnel {
	struct transport transport;
	struct tunnels *owner;
	struct tunnel *next;
	enum state state;
	LIBSSH2_CHANNEL *raw;
	struct window window;
	char *target;       /* for people */
	struct buf message; /* of the request to open it */
	int64_t since;      /* it is being opened */
	struct buf in;      /* read, and not yet handed on */
	size_t in_from;
	bool read, write; /* wanted */
	bool hurry;       /* leads nowhere: see hurry(); it has no user */
	bool gone;        /* its user's pointer is dead */
	tunnel_fn *done;
};

struct tunnels {
	struct ssh_session *session;
	char *name;
	void (*wake)(void *ctx);
	void *ctx;
	struct tunnel *first;
	int count;
	char *scratch;            /* READ_SIZE */
	struct loop_timer *timer; /* to give up, or to go on */
	int given_up;
	bool hurried;
	bool running;
	bool ended;
};

static void
wake(struct tunnels *ts)
{
	if (!ts->ended && !ts->running)
		ts->wake(ts->ctx);
}

static bool
broke(struct tunnels *ts, int rc)
{
	if (!raw_is_fatal(rc))
		return false;
	ssh_session_broke(ts->session, rc);
	return true;
}

static void
release(struct tunnel *t)
{
	buf_release(&t->message);
	buf_release(&t->in);
	mem_free(t->target);
	mem_free(t);
}

static void
reap(struct tunnels *ts)
{
	struct tunnel **p = &ts->first;
	while (*p) {
		struct tunnel *t = *p;
		if (!t->gone || (t->state != TUNNEL_DONE && !ts->ended)) {
			p = &t->next;
			continue;
		}
		*p = t->next;
		ts->count--;
		release(t);
	}
}

static void
append(struct tunnels *ts, struct tunnel *t)
{
	struct tunnel **p = &ts->first;
	while (*p)
		p = &(*p)->next;
	*p = t;
	t->next = NULL;
}

static void
take_out(struct tunnels *ts, const struct tunnel *t)
{
	struct tunnel **p = &ts->first;
	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
}

static struct tunnel *
find(const struct tunnels *ts, enum state state)
{
	for (struct tunnel *t = ts->first; t; t = t->next)
		if (t->state == state)
			return t;
	return NULL;
}

static void
finish(struct tunnel *t, const struct err *err)
{
	tunnel_fn *done = t->done;
	t->state = err ? TUNNEL_DONE : TUNNEL_OPEN;
	if (!t->gone)
		done(t->transport.ctx, err);
}

static void
refuse(struct tunnel *t)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	char safe[200];
	libssh2_session_last_error(ssh_session_raw(t->owner->session), &text, NULL, 0);
	if (!text)
		err_set(&err, ERR_REMOTE, "jump host %s opens no way to %s", t->owner->name,
			t->target);
	else if (strstr(text, "prohibited"))
		err_set(&err, ERR_REMOTE,
			"jump host %s does not allow to go on to %s (AllowTcpForwarding and "
			"PermitOpen in its sshd_config(5), or the key's options, say so)",
			t->owner->name, t->target);
	else if (strstr(text, "connect failed"))
		err_set(&err, ERR_REMOTE,
			"jump host %s cannot connect to %s: nobody answers there, or the name "
			"means nothing to it",
			t->owner->name, t->target);
	else
		err_set(&err, ERR_REMOTE, "jump host %s opens no way to %s: %s", t->owner->name,
			t->target, text_safe_tmp(safe, sizeof(safe), str_from(text)));
	finish(t, &err);
}

static bool
step_queued(struct tunnel *t)
{
	struct tunnels *ts = t->owner;
	if (t->gone && !t->hurry) {
		t->state = TUNNEL_DONE;
		return true;
	}
	if (ssh_session_looking(ts->session) || find(ts, TUNNEL_OPENING) ||
		loop_timer_armed(ts->timer))
		return false;
	t->state = TUNNEL_OPENING;
	t->since = clock_ms();
	return true;
}

/* Behind all who wait; the jump host is asked anew then. */
static void
queue_again(struct tunnel *t, int64_t pause_ms)
{
	struct tunnels *ts = t->owner;
	t->state = TUNNEL_QUEUED;
	take_out(ts, t);
	append(ts, t);
	if (pause_ms > 0)
		loop_timer_set(ts->timer, pause_ms);
	else
		loop_timer_cancel(ts->timer);
}

/*
 * sshd lets small packets go at once (TCP_NODELAY) only from the first command on that it runs
 * for a connection; else the echo of a key waits until we have acknowledged what came before
 * it, a whole way back and forth. So it is asked to run nothing, once, behind all who wait to
 * go on. It may refuse.
 */
static void
hurry(struct tunnels *ts)
{
	if (ts->hurried)
		return;
	ts->hurried = true;
	struct tunnel *t = MEM_NEW(struct tunnel);
	*t = (struct tunnel){.owner = ts, .hurry = true, .gone = true};
	append(ts, t);
	ts->count++;
}

static bool
step_hurrying(struct tunnel *t)
{
	int rc = libssh2_channel_process_startup(t->raw, "exec", 4, ":", 1);
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(t->owner, rc))
		return false;
	t->state = TUNNEL_FREEING;
	return true;
}

static void
opened(struct tunnel *t)
{
	loop_timer_cancel(t->owner->timer);
	if (t->hurry) {
		t->state = TUNNEL_HURRYING;
		return;
	}
	/* Nobody reads that of a forwarded connection; it must not use up the window. */
	libssh2_channel_handle_extended_data2(t->raw, LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE);
	buf_release(&t->message);
	hurry(t->owner);
	finish(t, NULL);
}

static bool
step_opening(struct tunnel *t)
{
	struct tunnels *ts = t->owner;
	bool others = find(ts, TUNNEL_QUEUED) != NULL;
	int64_t left = t->since + PATIENCE_MS - clock_ms();
	bool give_up = others && left <= 0 && ts->given_up < GIVEN_UP_MAX;
	if (give_up)
		ssh_session_deafen(ts->session, true);
	const char *type = t->hurry ? "session" : "direct-tcpip";
	t->raw = libssh2_channel_open_ex(ssh_session_raw(ts->session), type,
		(unsigned)strlen(type), 0, PACKET_SIZE, t->message.ptr,
		(unsigned)t->message.len);
	if (give_up)
		ssh_session_deafen(ts->session, false);
	if (t->raw) {
		opened(t);
		return true;
	}
	int rc = libssh2_session_last_errno(ssh_session_raw(ts->session));
	if (give_up && rc == LIBSSH2_ERROR_SOCKET_RECV) {
		ts->given_up++;
		queue_again(t, 0);
		return true;
	}
	if (rc == LIBSSH2_ERROR_EAGAIN) {
		if (others && !loop_timer_armed(ts->timer))
			loop_timer_set(ts->timer, left > 0 ? left : 0);
		return false;
	}
	if (rc == LIBSSH2_ERROR_SOCKET_NONE && ts->given_up > 0) {
		/* Disturbed by the answer to one that was given up; its own comes soon. */
		ts->given_up++;
		queue_again(t, AGAIN_MS);
		return true;
	}
	if (broke(ts, rc))
		return false;
	loop_timer_cancel(ts->timer);
	if (t->hurry)
		t->state = TUNNEL_DONE;
	else
		refuse(t);
	return true;
}

static bool
may_send(const struct tunnel *t)
{
	return ssh_session_unsent(t->owner->session) < SSH_SESSION_UNSENT_MAX &&
	       libssh2_channel_window_write_ex(t->raw, NULL) > 0;
}

/* A reader that had all that was allowed may have left the far side without a window. */
static bool
may_read(const struct tunnel *t)
{
	return t->transport.allowed == 0 || t->in_from < t->in.len ||
	       libssh2_poll_channel_read(t->raw, 0) > 0 || libssh2_channel_eof(t->raw) == 1;
}

static bool
step_open(struct tunnel *t)
{
	if (t->gone) {
		t->state = TUNNEL_FREEING;
		return true;
	}
	bool readable = t->read && may_read(t);
	if (!readable && !(t->write && may_send(t)))
		return false;
	transport_emit(&t->transport, readable);
	return true;
}

static bool
step_freeing(struct tunnel *t)
{
	int rc = libssh2_channel_free(t->raw);
	if (rc == LIBSSH2_ERROR_EAGAIN || broke(t->owner, rc))
		return false;
	t->raw = NULL;
	t->state = TUNNEL_DONE;
	return true;
}

static bool
step(struct tunnel *t)
{
	static bool (*const steps[])(struct tunnel * t) = {[TUNNEL_QUEUED] = step_queued,
		[TUNNEL_OPENING] = step_opening,
		[TUNNEL_HURRYING] = step_hurrying,
		[TUNNEL_OPEN] = step_open,
		[TUNNEL_FREEING] = step_freeing};
	return t->state != TUNNEL_DONE && steps[t->state](t);
}

/* Takes the packets off the outer transport, whoever they are for. */
static void
drain(struct tunnels *ts)
{
	for (const struct tunnel *t = ts->first; t; t = t->next) {
		if (!t->raw)
			continue;
		broke(ts, (int)libssh2_channel_read_ex(t->raw, 0, ts->scratch, 0));
		return;
	}
}

/* What came is looked at even when no tunnel does. */
static void
look(struct tunnels *ts)
{
	bool some = find(ts, TUNNEL_OPENING) || find(ts, TUNNEL_HURRYING) ||
		    find(ts, TUNNEL_OPEN) || find(ts, TUNNEL_FREEING);
	if (ssh_session_looking(ts->session) || (ssh_session_has_input(ts->session) && !some))
		ssh_session_look(ts->session);
}

/* The first is the last the next time, so that none is always served before the others. */
static void
rotate(struct tunnels *ts)
{
	struct tunnel *first = ts->first;
	if (!first || !first->next || first->state == TUNNEL_QUEUED)
		return;
	ts->first = first->next;
	append(ts, first);
}

void
tunnels_run(struct tunnels *ts)
{
	bool moved = true;
	if (ts->ended || ts->running)
		return;
	ts->running = true;
	for (int round = 0; round < ROUNDS && moved && !ts->ended; round++) {
		moved = false;
		drain(ts);
		if (ssh_session_looking(ts->session))
			ssh_session_look(ts->session);
		for (struct tunnel *t = ts->first, *next; t && !ts->ended; t = next) {
			next = t->next; /* it may be put behind the others */
			moved |= step(t);
		}
	}
	if (!ts->ended && !moved)
		look(ts);
	ts->running = false;
	reap(ts);
	rotate(ts);
	if (moved)
		wake(ts);
}

void
tunnels_end(struct tunnels *ts)
{
	ts->ended = true;
	loop_timer_cancel(ts->timer);
}

static void
on_timer(void *ctx)
{
	wake(ctx);
}

struct tunnels *
tunnels_new(struct loop *loop, struct ssh_session *session, const char *name,
	void (*wake_fn)(void *ctx), void *ctx)
{
	struct tunnels *ts = MEM_NEW(struct tunnels);
	*ts = (struct tunnels){
		.session = session, .name = mem_strdup(name), .wake = wake_fn, .ctx = ctx};
	ts->scratch = mem_alloc(READ_SIZE);
	ts->timer = loop_timer_new(loop, on_timer, ts);
	return ts;
}

void
tunnels_free(struct tunnels *ts)
{
	if (!ts)
		return;
	tunnels_end(ts);
	reap(ts);
	BUG_ON(ts->first != NULL);
	loop_timer_free(ts->timer);
	mem_free(ts->scratch);
	mem_free(ts->name);
	mem_free(ts);
}

static ssize_t
on_send(struct transport *base, struct str bytes)
{
	struct tunnel *t = (struct tunnel *)base;
	struct tunnels *ts = t->owner;
	if (ts->ended || t->state != TUNNEL_OPEN || !may_send(t))
		return -EAGAIN;
	bool unread = ssh_session_has_input(ts->session);
	bytes = str_slice(bytes, 0, WRITE_SIZE);
	ssize_t n = libssh2_channel_write_ex(t->raw, 0, bytes.ptr, bytes.len);
	bool fatal = n < 0 && broke(ts, (int)n);
	if (fatal || unread || ssh_session_unsent(ts->session) > 0)
		wake(ts);
	if (fatal || n == LIBSSH2_ERROR_EAGAIN || n == 0)
		return -EAGAIN;
	/* The far side takes no more: reading tells why. */
	return n < 0 ? (ssize_t)bytes.len : n;
}

static ssize_t
take(struct tunnel *t, char *into, size_t len)
{
	struct str left = str_slice(buf_str(&t->in), t->in_from, t->in.len);
	len = len < left.len ? len : left.len;
	memcpy(into, left.ptr, len);
	t->in_from += len;
	if (t->in_from == t->in.len) {
		buf_release(&t->in); /* idle tunnels hold no memory */
		t->in_from = 0;
	}
	return (ssize_t)len;
}

static ssize_t
on_recv(struct transport *base, char *into, size_t len)
{
	struct tunnel *t = (struct tunnel *)base;
	struct tunnels *ts = t->owner;
	if (t->in_from < t->in.len)
		return take(t, into, len);
	if (ts->ended || t->state != TUNNEL_OPEN)
		return -EAGAIN;
	bool unread = ssh_session_has_input(ts->session);
	ssize_t n = window_read(&t->window, t->raw, 0, ts->scratch, READ_SIZE);
	bool fatal = n < 0 && broke(ts, (int)n);
	if (fatal || unread || ssh_session_unsent(ts->session) > 0)
		wake(ts);
	if (n > 0) {
		buf_add(&t->in, (struct str){ts->scratch, (size_t)n});
		return take(t, into, len);
	}
	if (n == 0 && libssh2_channel_eof(t->raw) == 1)
		return 0;
	return -EAGAIN;
}

static void
on_watch(struct transport *base, bool read, bool write)
{
	struct tunnel *t = (struct tunnel *)base;
	bool more = (read && (!t->read || base->allowed == 0)) || (write && !t->write);
	t->read = read;
	t->write = write;
	if (more)
		wake(t->owner);
}

static void
on_free(struct transport *base)
{
	struct tunnel *t = (struct tunnel *)base;
	struct tunnels *ts = t->owner;
	t->gone = true;
	t->read = t->write = false;
	buf_release(&t->in);
	t->in_from = 0;
	if (ts->ended && !ts->running)
		reap(ts);
	else
		wake(ts);
}

struct transport *
tunnel_new(struct tunnels *ts, const char *host, int port, tunnel_fn *done,
	void (*event)(void *ctx), void *ctx, struct err *err)
{
	static const struct transport_class class = {
		.send = on_send, .recv = on_recv, .watch = on_watch, .free = on_free};
	char safe[200];
	if (ts->count == TUNNELS_MAX || ts->given_up == GIVEN_UP_MAX) {
		err_set(err, ERR_LIMIT, "more than %d ways lead on from jump host %s already",
			TUNNELS_MAX, ts->name);
		return NULL;
	}
	struct tunnel *t = MEM_NEW(struct tunnel);
	t->transport = (struct transport){.class = &class, .event = event, .ctx = ctx};
	t->owner = ts;
	t->done = done;
	t->target = mem_printf(
		"%s port %d", text_safe_tmp(safe, sizeof(safe), str_from(host)), port);
	wire_put_string(&t->message, str_from(host));
	wire_put_u32(&t->message, (uint32_t)port);
	wire_put_string(&t->message, STR("127.0.0.1"));
	wire_put_u32(&t->message, 0);
	append(ts, t);
	ts->count++;
	wake(ts);
	return &t->transport;
}
