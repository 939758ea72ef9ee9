/*
 * io_duct: a stream's bytes for a thread that may block, as a library wants that reads and
 * writes when it likes.
 *
 * One side is the loop's: the stream runs there, with duct_stream_ops and the duct as its ctx.
 * The other is one worker's, and it is there until both have let go of it. What the worker has
 * not read yet is bounded: the stream is paused.
 */
#ifndef COCKPIT_IO_DUCT_H
#define COCKPIT_IO_DUCT_H

#include <stdint.h>

#include "cockpit/io_stream.h"

struct duct;
struct loop;

struct duct_limits {
	int64_t ms;     /* from now until all must be over */
	uint64_t bytes; /* that may come in all */
};

/* --- the loop's side --- */

struct duct *duct_new(struct loop *loop, const struct duct_limits *limits);
extern const struct stream_ops duct_stream_ops;
/* The stream that was opened with them. */
void duct_join(struct duct *duct, struct stream *stream);
/* Closes the stream; the worker hears ERR_CANCELED. Accepts NULL. */
void duct_free(struct duct *duct);

/* --- the worker's --- */

/* Waits for bytes: how many, 0 at the end, or ERR_TIMEOUT, ERR_LIMIT, ERR_CLOSED. */
int64_t duct_read(struct duct *duct, char *into, size_t max, struct err *err);
/* All of it is taken. ERR_TIMEOUT, ERR_CLOSED. */
int duct_write(struct duct *duct, struct str bytes, struct err *err);
/* Lets go of it: the worker's last call. */
void duct_done(struct duct *duct);
/* From now on other bounds. Those of before are spent. */
void duct_limit(struct duct *duct, const struct duct_limits *limits);

#endif
