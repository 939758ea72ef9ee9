/*
 * window: how much the far side may send on one channel before it is read.
 *
 * libssh2 widens it by itself when it is asked to read more than is allowed, by what it is
 * asked for, and some versions by its first size too, at every call: a reader that stops and
 * goes could make it grow without end. And when a new key exchange interrupts that, 1.10 loses
 * count and asks for four gigabytes less, at which the server hangs up. So it starts at
 * nothing, is widened here alone, and no read asks for more than it allows: what the far side
 * may send and what is buffered stay under twice the size of a read.
 */
#ifndef COCKPIT_SSH_WINDOW_H
#define COCKPIT_SSH_WINDOW_H

#include <libssh2.h>
#include <sys/types.h>

struct window {
	unsigned long widening; /* asked for, and perhaps not on its way yet; 0: nothing */
};

/* As libssh2_channel_read_ex(). With size 0 nothing is widened, and what came is still taken
 * off the transport. */
ssize_t window_read(struct window *window, LIBSSH2_CHANNEL *channel, int stream_id, char *into,
	size_t size);

#endif
