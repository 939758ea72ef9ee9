/*
 * orch_comments: what a person says of lines of agents' work, kept in the fleet's store until
 * it is sent. In the order of the calls, on a worker; without a store nothing is kept, and
 * nothing comes back.
 */
#ifndef COCKPIT_ORCH_COMMENTS_H
#define COCKPIT_ORCH_COMMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "cockpit/store_store.h"

struct err;
struct pilot;

/* err NULL: it went well. comments, borrowed: of pilot_comments() alone. */
typedef void pilot_comments_fn(
	void *ctx, const struct store_comment *comments, size_t count, const struct err *err);

/* All are copied, done is called from the loop. Returns the id: a new one for 0. */
int64_t pilot_comment(struct pilot *pilot, const struct store_comment *comment,
	pilot_comments_fn *done, void *ctx);
void pilot_uncomment(struct pilot *pilot, const int64_t *ids, size_t count,
	pilot_comments_fn *done, void *ctx);
/* Reads them all. */
void pilot_comments(struct pilot *pilot, pilot_comments_fn *done, void *ctx);

#endif
