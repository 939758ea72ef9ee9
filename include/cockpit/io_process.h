/* io_process: a stream to a command on this machine, in a process group of its own. */
#ifndef COCKPIT_IO_PROCESS_H
#define COCKPIT_IO_PROCESS_H

#include "cockpit/io_stream.h"

struct err;
struct loop;

/*
 * argv ends with NULL and is found on PATH; cwd NULL: ours. The child gets our
 * environment without TMUX and TMUX_PANE. NULL with *err set if it cannot start
 * (ERR_MISSING when there is no such program); then no callback comes.
 */
struct stream *process_open(struct loop *loop, const char *const argv[], const char *cwd,
	const struct stream_ops *ops, void *ctx, struct err *err);
/* The same, and its environment has more: entries "NAME=value", then NULL, that take the place
 * of ours of those names. Copied. */
struct stream *process_open_env(struct loop *loop, const char *const argv[], const char *cwd,
	const char *const more[], const struct stream_ops *ops, void *ctx, struct err *err);
/* What it leaves behind when it exits goes on, and is not waited for: as that which keeps a
 * clipboard. */
void process_let_go(struct stream *stream);

#endif
