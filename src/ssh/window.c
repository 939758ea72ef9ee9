/* SPDX-License-Identifier: MIT */
#include "window.h"

static int
widen(struct window *window, LIBSSH2_CHANNEL *channel)
{
	int rc = libssh2_channel_receive_window_adjust2(channel, window->widening, 1, NULL);
	if (rc == 0)
		window->widening = 0;
	return rc == LIBSSH2_ERROR_EAGAIN ? 0 : rc;
}

ssize_t
window_read(
	struct window *window, LIBSSH2_CHANNEL *channel, int stream_id, char *into, size_t size)
{
	int rc = 0;
	if (window->widening == 0 && libssh2_channel_window_read(channel) < size)
		window->widening = size;
	/* What was interrupted is to be called again with what it was called with. */
	if (window->widening > 0)
		rc = widen(window, channel);
	if (rc < 0)
		return rc;
	size_t room = libssh2_channel_window_read(channel);
	return libssh2_channel_read_ex(channel, stream_id, into, size < room ? size : room);
}
