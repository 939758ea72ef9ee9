/*
 * cmd/follow: what a check prints, as it comes, for a person: a file that grows while it runs,
 * made safe to show, its colours left out. A line that has no end yet is shown as far as it is
 * there.
 */
#ifndef COCKPIT_CMD_FOLLOW_H
#define COCKPIT_CMD_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_buf.h"

struct session;

/* Bytes on their way. */
struct follow_text {
	struct buf held; /* of the last line, which has no end yet */
	size_t shown;    /* bytes of what becomes of that */
	bool open;       /* something stands on it already */
};

void follow_feed(struct follow_text *text, struct str bytes, struct buf *into);
/* All that there is; the line ends. Releases it. */
void follow_end(struct follow_text *text, struct buf *into);

struct follow;

/* Of the check of that agent, which is under way, to standard output. */
struct follow *follow_new(struct session *s, uint32_t agent);
/* It is over: the rest of it too, however late the reader takes it: signals are to end the
 * program by then. log: its output, for one that was too quick; NULL: none, it came to nothing,
 * and a reader that does not read is not waited for. Accepts NULL. */
void follow_free(struct follow *follow, const char *log);

#endif
