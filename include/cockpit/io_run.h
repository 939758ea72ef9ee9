/*
 * io_run: one command run to its end: input given, output collected up to a
 * limit, a deadline. What most callers want of a stream.
 */
#ifndef COCKPIT_IO_RUN_H
#define COCKPIT_IO_RUN_H

#include "cockpit/io_link.h"

#include <stdint.h>

struct run;

struct run_result {
	int code;       /* exit status, -1 when there is none */
	struct str out; /* borrowed until the callback returns */
	struct str errout;
	const struct err *err; /* NULL when the command ended by itself, whatever its status;
				  else ERR_TIMEOUT, ERR_LIMIT (out over 4 MiB), ERR_CLOSED … */
};

typedef void run_fn(void *ctx, const struct run_result *result);

/* Exactly one callback unless starting fails (then NULL with *err). input is copied. */
struct run *run_new(struct loop *loop, struct link *link, const char *const argv[],
	struct str input, int64_t deadline_ms, run_fn *done, void *ctx, struct err *err);
/* Gives up: no callback comes. Only before done() was called. Accepts NULL. */
void run_cancel(struct run *run);

#endif
