/*
 * io_child: a program on this machine, run to its end by a worker that may block. Without a
 * terminal: what wants to ask a person fails.
 */
#ifndef COCKPIT_IO_CHILD_H
#define COCKPIT_IO_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_str.h"

struct err;

struct child {
	const char *const *argv; /* ends with NULL; found on PATH */
	const char *const *more; /* "NAME=value", in place of ours of those names; NULL: none */
	const char *cwd;         /* NULL: ours */
	struct str input;
	int64_t ms; /* then it is killed, with all that it has started */
	/* Its output as it comes; negative: it is killed. NULL: dropped. */
	int (*out)(void *ctx, struct str bytes, struct err *err);
	void *ctx;
	bool both; /* what it complains comes to out() too, in its order */
	/* Statuses up to this one are no failure, and are returned; 0: only success is none. */
	int status_max;
};

/*
 * Its status. Or ERR_MISSING: there is no such program; ERR_TIMEOUT; ERR_REMOTE with the last
 * line of what it complained; what out() said. Variables that lead git to another repo are not
 * handed on.
 */
int child_run(const struct child *child, struct err *err);
/* What this thread runs from now on is killed as soon as *stop is true, and is ERR_CANCELED;
 * borrowed. NULL: nothing does that any more. */
void child_heed(const atomic_bool *stop);

#endif
