/* SPDX-License-Identifier: MIT */
#include "transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"

#define UNSENT_HARD (4u << 20) /* only a peer that asks and never reads gets us here */
/* libssh2 reads until nothing is there: a peer that sends faster than we decrypt must not keep
 * the loop. */
#define TURN_BYTES (256u << 10)
#define EARLY_MAX  (64u << 10) /* what a server may send while a person is asked */

void
transport_lose(struct transport *t, int error)
{
	if (t->lost)
		return;
	t->lost = true;
	t->lost_errno = error;
}

void
transport_refuse(struct transport *t, const char *why)
{
	if (!t->lost)
		t->lost_why = why;
	transport_lose(t, 0);
}

void
transport_flush(struct transport *t)
{
	size_t sent = 0;
	while (sent < t->unsent.len && !t->lost) {
		ssize_t n =
			t->class->send(t, str_slice(buf_str(&t->unsent), sent, t->unsent.len));
		if (n == -EAGAIN)
			break;
		if (n < 0)
			transport_lose(t, (int)-n);
		else
			sent += (size_t)n;
	}
	buf_consume(&t->unsent, sent);
}

ssize_t
transport_send(struct transport *t, struct str bytes)
{
	if (t->broken)
		return -ECONNRESET;
	if (t->unsent.len + bytes.len > UNSENT_HARD) {
		transport_refuse(t, "the server asks and does not read the answers");
		return -ECONNRESET;
	}
	/* After the end it goes nowhere, but libssh2 must be able to finish reading. */
	if (!t->lost)
		buf_add(&t->unsent, bytes);
	if (t->unsent.len == bytes.len)
		transport_flush(t);
	return (ssize_t)bytes.len;
}

ssize_t
transport_recv(struct transport *t, char *into, size_t len)
{
	if (t->broken)
		return -ECONNRESET;
	if (t->early.len > 0) {
		len = t->early.len < len ? t->early.len : len;
		memcpy(into, t->early.ptr, len);
		buf_consume(&t->early, len);
		return (ssize_t)len;
	}
	if (t->dry || t->lost || t->allowed == 0)
		return -EAGAIN;
	ssize_t n = t->class->recv(t, into, len < t->allowed ? len : t->allowed);
	if (n > 0) {
		t->allowed -= (size_t)n;
		return n;
	}
	if (n == -EAGAIN)
		t->dry = true;
	else
		transport_lose(t, (int)-n);
	return -EAGAIN;
}

void
transport_keep(struct transport *t)
{
	char bytes[4096];
	while (!t->dry && !t->lost) {
		ssize_t n = t->class->recv(t, bytes, sizeof(bytes));
		if (n == -EAGAIN)
			t->dry = true;
		else if (n <= 0)
			transport_lose(t, (int)-n);
		else if (t->early.len + (size_t)n > EARLY_MAX)
			transport_lose(t, ENOBUFS);
		else
			buf_add(&t->early, (struct str){bytes, (size_t)n});
	}
}

void
transport_watch(struct transport *t, bool read)
{
	t->class->watch(t, read, t->unsent.len > 0);
}

void
transport_rest(struct transport *t)
{
	t->class->watch(t, false, false);
}

void
transport_emit(struct transport *t, bool readable)
{
	t->allowed = TURN_BYTES;
	if (readable)
		t->dry = false;
	if (t->unsent.len)
		transport_flush(t);
	t->event(t->ctx);
}

void
transport_free(struct transport *t)
{
	if (!t)
		return;
	buf_release(&t->unsent);
	buf_release(&t->early);
	t->class->free(t);
}

struct socket {
	struct transport transport;
	int fd;
	bool ack_at_once;
	struct loop_watch *watch;
	int watched;
};

static ssize_t
on_send(struct transport *t, struct str bytes)
{
	ssize_t n;
	do
		n = send(((struct socket *)t)->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t
on_recv(struct transport *t, char *into, size_t len)
{
	struct socket *sock = (struct socket *)t;
	ssize_t n;
	do
		n = recv(sock->fd, into, len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
#ifdef TCP_QUICKACK
	/* Not for good: each read may end it. */
	if (sock->ack_at_once)
		(void)setsockopt(sock->fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
#endif
	return n;
}

static void
on_watch(struct transport *t, bool read, bool write)
{
	struct socket *sock = (struct socket *)t;
	int want = (read ? LOOP_READ : 0) | (write ? LOOP_WRITE : 0);
	if (want != sock->watched)
		loop_watch_set(sock->watch, sock->watched = want);
}

static void
on_free(struct transport *t)
{
	struct socket *sock = (struct socket *)t;
	loop_watch_free(sock->watch);
	close(sock->fd);
	mem_free(sock);
}

static void
on_socket(void *ctx, int events)
{
	transport_emit(ctx, events & LOOP_READ);
}

struct transport *
transport_new_socket(
	struct loop *loop, int fd, bool ack_at_once, void (*event)(void *ctx), void *ctx)
{
	static const struct transport_class class = {
		.send = on_send, .recv = on_recv, .watch = on_watch, .free = on_free};
	struct socket *sock = MEM_NEW(struct socket);
	sock->transport = (struct transport){
		.class = &class, .event = event, .ctx = ctx, .allowed = TURN_BYTES};
	sock->fd = fd;
	sock->ack_at_once = ack_at_once;
	sock->watch = loop_watch_new(loop, fd, on_socket, sock);
	return &sock->transport;
}
