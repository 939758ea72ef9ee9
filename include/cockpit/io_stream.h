/*
 * io_stream: the bytes of one running command: in, out, err, and how it ended.
 * No pty. Nothing above knows whether it runs here, over SSH or in a container.
 *
 * Callbacks run from the loop, never from inside a call below. The stream frees
 * itself after closed(), which comes exactly once and last; the pointer is dead
 * when closed() returns.
 */
#ifndef COCKPIT_IO_STREAM_H
#define COCKPIT_IO_STREAM_H

#include "cockpit/base_str.h"

struct err;
struct stream;

struct stream_exit {
	int code;              /* exit status; -1 when there is none */
	int signal;            /* 0, or the signal that ended it (only known locally) */
	const struct err *err; /* NULL when the command ended by itself */
};

struct stream_ops {
	void (*out)(void *ctx, struct str bytes);    /* borrowed */
	void (*errout)(void *ctx, struct str bytes); /* stderr, borrowed; NULL: dropped */
	void (*closed)(void *ctx, const struct stream_exit *end);
	void (*drained)(void *ctx); /* all that was written has left; NULL: not wanted */
};

/* What stream_write() queues at most before it says ERR_LIMIT. */
#define STREAM_QUEUE_MAX (8u << 20)

/* Copies the bytes. ERR_LIMIT when too much is queued (nothing was taken), ERR_CLOSED. */
int stream_write(struct stream *stream, struct str bytes);
/* What is queued and has not left. */
size_t stream_pending(const struct stream *stream);
/* End of its input, after what is queued. */
void stream_shutdown(struct stream *stream);
/* Back-pressure: no out/errout callbacks until resumed (closed() may still come). */
void stream_pause(struct stream *stream, bool pause);
/* Ends it (a local process group gets the end of its input and SIGTERM, then SIGKILL after 2
 * s); closed() follows with ERR_CANCELED unless it had ended already. Twice is harmless. */
void stream_close(struct stream *stream);

/*
 * For implementers: embed as first member, fill class and call the
 * stream_emit_* functions from the loop.
 */
struct stream_class {
	int (*write)(struct stream *stream, struct str bytes);
	size_t (*pending)(const struct stream *stream);
	void (*shutdown)(struct stream *stream);
	void (*pause)(struct stream *stream, bool pause);
	void (*close)(struct stream *stream);
};

struct stream {
	const struct stream_class *class;
	const struct stream_ops *ops;
	void *ctx;
};

void stream_emit_out(struct stream *stream, struct str bytes);
void stream_emit_errout(struct stream *stream, struct str bytes);
void stream_emit_drained(struct stream *stream);
void stream_emit_closed(struct stream *stream, const struct stream_exit *end);

#endif
