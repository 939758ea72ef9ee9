/*
 * transport: the bytes under one session: a socket, or a channel of another
 * session (tunnel.c). It keeps what cannot be sent at once, so that no call of
 * libssh2 is ever interrupted halfway through sending.
 *
 * Its end is not shown to libssh2 at once: it would answer every later read
 * with an error, and what it has decrypted but not handed out would be lost. It
 * sees "nothing there", and the session ends when all is read.
 */
#ifndef COCKPIT_SSH_TRANSPORT_H
#define COCKPIT_SSH_TRANSPORT_H

#include <sys/types.h>

#include "cockpit/base_buf.h"

struct loop;
struct transport;

/* For implementers: bytes moved, or 0 (recv: the end in good order), -EAGAIN, another -errno.
 */
struct transport_class {
	ssize_t (*send)(struct transport *t, struct str bytes);
	ssize_t (*recv)(struct transport *t, char *into, size_t len);
	void (*watch)(struct transport *t, bool read, bool write);
	void (*free)(struct transport *t);
};

struct transport {
	const struct transport_class *class;
	void (*event)(void *ctx); /* from the loop: something can be read or sent */
	void *ctx;
	struct buf unsent;
	struct buf early;     /* see transport_keep() */
	bool dry;             /* nothing is there; event() will tell */
	bool broken;          /* set by the owner: every call of libssh2 fails from now on */
	bool lost;            /* it ended */
	int lost_errno;       /* 0: in good order */
	const char *lost_why; /* what was wrong with the other end; NULL: nothing */
	size_t allowed;       /* to be received until the loop has had a turn */
};

/* Takes over fd, which does not block. event() starts with the first transport_watch().
 * ack_at_once: for a peer that may hold back small packets until we have acknowledged the one
 * before (Nagle's algorithm), which the system else takes 40 ms to do. */
struct transport *transport_new_socket(
	struct loop *loop, int fd, bool ack_at_once, void (*event)(void *ctx), void *ctx);
/* What the other end took no notice of is dropped. Accepts NULL. */
void transport_free(struct transport *t);

/* As libssh2 wants it of its callbacks. */
ssize_t transport_send(struct transport *t, struct str bytes);
ssize_t transport_recv(struct transport *t, char *into, size_t len);
/* Takes all that is there without showing it to libssh2 yet, so that the end is seen. */
void transport_keep(struct transport *t);
/* As much as goes. */
void transport_flush(struct transport *t);
/* No byte goes in or out any more; the first call counts. */
void transport_lose(struct transport *t, int error);
/* The same, because of what the other end does: static words that follow "host NAME:". */
void transport_refuse(struct transport *t, const char *why);
/* Asks for event(), for reading only if wanted. */
void transport_watch(struct transport *t, bool read);
/* For no event(). */
void transport_rest(struct transport *t);
/* For implementers: something has come, or can be sent. */
void transport_emit(struct transport *t, bool readable);

#endif
