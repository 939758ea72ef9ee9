/*
 * io_link: a host as a byte stream to a command. One link per host, many
 * streams over it. The local machine, SSH, and later any program that gives a
 * byte stream are links; nothing above knows which.
 *
 * A link is made connecting. Exactly one of ready() and closed() comes first;
 * closed() comes at most once and is the last callback. Streams that are open
 * then get their own closed() before it.
 */
#ifndef COCKPIT_IO_LINK_H
#define COCKPIT_IO_LINK_H

#include "cockpit/io_stream.h"

struct err;
struct link;
struct loop;

struct link_ops {
	void (*ready)(void *ctx);
	void (*closed)(void *ctx, const struct err *why);
	/* "resolving", "connecting", "login", …: what it does now; NULL: not wanted */
	void (*status)(void *ctx, const char *what);
};

/*
 * Runs argv (ends with NULL) there; every argument arrives as it is, whatever
 * bytes but NUL it holds. NULL with *err set if the link is not ready. When the
 * far side has no room for one more (MaxSessions), it waits in a queue.
 */
struct stream *link_open(struct link *link, const char *const argv[],
	const struct stream_ops *ops, void *ctx, struct err *err);
/* Ends it; no callback of the link comes any more, open streams get closed() from the loop
 * first. The link must not be used after this. Accepts NULL. */
void link_free(struct link *link);

/* For implementers: embed as first member. */
struct link_class {
	struct stream *(*open)(struct link *link, const char *const argv[],
		const struct stream_ops *ops, void *ctx, struct err *err);
	void (*free)(struct link *link);
};

struct link {
	const struct link_class *class;
};

/* This machine. ready() comes in the next turn. */
struct link *link_local_new(struct loop *loop, const struct link_ops *ops, void *ctx);

#endif
