/*
 * orch_comments: what a person says of lines of agents' work, kept in the fleet's store until
 * it is sent, as one message. In the order of the calls, on a worker; without a store nothing
 * is kept, and nothing comes back.
 *
 * A comment holds on to the text of its line: when the diff changes it goes where that text
 * went, and where that is gone it is stale.
 */
#ifndef COCKPIT_ORCH_COMMENTS_H
#define COCKPIT_ORCH_COMMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "cockpit/base_buf.h"
#include "cockpit/store_store.h"

struct agent_view;
struct diff;
struct err;
struct pilot;

#define COMMENTS_MAX 1000 /* of a fleet; no more are written */

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

/* One in memory; its texts are its own. */
struct comment {
	int64_t id; /* in the store */
	char *agent, *host, *path;
	bool old; /* of a removed line: its number is of the old file */
	int line;
	char *anchor; /* that line, foreign */
	char *text;
	bool sent;  /* the last message had it, as it is */
	bool stale; /* by the diff that comment_follow() saw last */
};

void comment_copy(const struct store_comment *from, struct comment *ret);
void comment_release(struct comment *comment);
/* Borrowed. */
struct store_comment comment_row(const struct comment *comment);
bool comment_is_of(const struct comment *comment, const struct agent_view *agent);
/* To where its line is now. */
void comment_follow(struct comment *comment, const struct diff *diff);
/* The text of that line of the diff, borrowed; false: it has none such. */
bool comment_anchor(
	const struct diff *diff, const char *path, bool old, int line, struct str *ret);
/* By file and line. */
void comment_sort(const struct comment **all, size_t count);
/* All of an agent's as one numbered message, in that order. */
void comment_message(const struct comment *const *all, size_t count, struct buf *into);

#endif
