/* SPDX-License-Identifier: MIT */
/*
 * The look-up job may outlive the dial, so it owns its data and has a way back
 * that can be cut. Addresses are tried in the resolver's order; one that stays
 * silent is left after a while if there is another.
 */
#define _GNU_SOURCE /* TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT */
#include "dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"

#define NEXT_ADDRESS_MS 5000

struct lookup {
	struct dial *owner; /* NULL: nobody waits any more; the loop's thread only */
	char *host;
	char port[8];
	int family;
	struct addrinfo *found;
	int rc;
};

struct dial {
	struct loop *loop;
	char *host;
	int port;
	struct lookup *lookup; /* while it runs */
	struct addrinfo *found, *next;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *timer;
	int last_errno;
	void (*connecting)(void *ctx);
	dial_fn *done;
	void *ctx;
};

static void
release_attempt(struct dial *dial)
{
	loop_watch_free(dial->watch);
	dial->watch = NULL;
	if (dial->fd >= 0)
		close(dial->fd);
	dial->fd = -1;
}

void
dial_free(struct dial *dial)
{
	if (!dial)
		return;
	if (dial->lookup)
		dial->lookup->owner = NULL;
	release_attempt(dial);
	loop_timer_free(dial->timer);
	if (dial->found)
		freeaddrinfo(dial->found);
	mem_free(dial->host);
	mem_free(dial);
}

static void
finish(struct dial *dial, int fd, const struct err *err)
{
	dial_fn *done = dial->done;
	void *ctx = dial->ctx;
	dial_free(dial);
	done(ctx, fd, err);
}

/* Latency and death matter more than throughput here: small writes leave at once, little waits
 * in the kernel (what waits there cannot be overtaken), and a dead peer is noticed. */
static void
tune(int fd)
{
	static const struct {
		int level, name, value;
	} rows[] = {
		{IPPROTO_TCP, TCP_NODELAY,       1       },
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, 32 << 10},
		{SOL_SOCKET,  SO_KEEPALIVE,      1       },
		{IPPROTO_TCP, TCP_KEEPIDLE,      30      },
		{IPPROTO_TCP, TCP_KEEPINTVL,     10      },
		{IPPROTO_TCP, TCP_KEEPCNT,       3       },
		{IPPROTO_TCP, TCP_USER_TIMEOUT,  30000   },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		(void)setsockopt(
			fd, rows[i].level, rows[i].name, &rows[i].value, sizeof(rows[i].value));
}

static void try_next(struct dial *dial);

static void
on_socket(void *ctx, int events)
{
	struct dial *dial = ctx;
	int error = 0;
	socklen_t len = sizeof(error);
	(void)events;
	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error != 0) {
		dial->last_errno = error;
		try_next(dial);
		return;
	}
	int fd = dial->fd;
	dial->fd = -1;
	finish(dial, fd, NULL);
}

static void
on_silent(void *ctx)
{
	struct dial *dial = ctx;
	dial->last_errno = ETIMEDOUT;
	try_next(dial);
}

static void
try_next(struct dial *dial)
{
	struct err err = ERR_INIT;
	char safe[256];
	release_attempt(dial);
	loop_timer_cancel(dial->timer);
	while (dial->next) {
		struct addrinfo *ai = dial->next;
		dial->next = ai->ai_next;
		int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0) {
			dial->last_errno = errno;
			continue;
		}
		tune(fd);
		if (connect(fd, ai->ai_addr, ai->ai_addrlen) < 0 && errno != EINPROGRESS) {
			dial->last_errno = errno;
			close(fd);
			continue;
		}
		dial->fd = fd;
		dial->watch = loop_watch_new(dial->loop, fd, on_socket, dial);
		loop_watch_set(dial->watch, LOOP_WRITE);
		if (dial->next)
			loop_timer_set(dial->timer, NEXT_ADDRESS_MS);
		return;
	}
	errno = dial->last_errno;
	err_errno(&err, "cannot connect to %s port %d",
		text_safe_tmp(safe, sizeof(safe), str_from(dial->host)), dial->port);
	finish(dial, -1, &err);
}

static void
run_lookup(void *ctx)
{
	struct lookup *lookup = ctx;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	hints.ai_family = lookup->family == 4   ? AF_INET
			  : lookup->family == 6 ? AF_INET6
						: AF_UNSPEC;
	lookup->rc = getaddrinfo(lookup->host, lookup->port, &hints, &lookup->found);
}

static void
on_looked_up(void *ctx)
{
	struct lookup *lookup = ctx;
	struct dial *dial = lookup->owner;
	int rc = lookup->rc;
	struct addrinfo *found = rc == 0 ? lookup->found : NULL;
	mem_free(lookup->host);
	mem_free(lookup);
	if (!dial) {
		if (found)
			freeaddrinfo(found);
		return;
	}
	dial->lookup = NULL;
	if (rc != 0) {
		struct err err = ERR_INIT;
		char safe[256];
		err_set(&err, rc == EAI_NONAME ? ERR_NOT_FOUND : ERR_IO,
			"cannot look up the address of %s: %s",
			text_safe_tmp(safe, sizeof(safe), str_from(dial->host)),
			gai_strerror(rc));
		finish(dial, -1, &err);
		return;
	}
	dial->found = dial->next = found;
	if (dial->connecting)
		dial->connecting(dial->ctx);
	try_next(dial);
}

struct dial *
dial_new(struct loop *loop, const char *host, int port, int family,
	void (*connecting)(void *ctx), dial_fn *done, void *ctx)
{
	struct dial *dial = MEM_NEW(struct dial);
	*dial = (struct dial){.loop = loop,
		.host = mem_strdup(host),
		.port = port,
		.fd = -1,
		.last_errno = EADDRNOTAVAIL,
		.connecting = connecting,
		.done = done,
		.ctx = ctx};
	dial->timer = loop_timer_new(loop, on_silent, dial);
	dial->lookup = MEM_NEW(struct lookup);
	*dial->lookup =
		(struct lookup){.owner = dial, .host = mem_strdup(host), .family = family};
	snprintf(dial->lookup->port, sizeof(dial->lookup->port), "%d", port);
	loop_job(loop, run_lookup, on_looked_up, dial->lookup);
	return dial;
}
