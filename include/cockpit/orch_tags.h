/*
 * orch_tags: what a person says of an agent beside its name: tags to find it by, and a label
 * for its tile. Both are kept on this side, by the agent's name, in a file of the fleet's own
 * state that several cockpits may change; they stay when the agent ends, is resumed or comes
 * out of the trash, and go when another one is started by that name.
 */
#ifndef COCKPIT_ORCH_TAGS_H
#define COCKPIT_ORCH_TAGS_H

#include <stdbool.h>

#include "cockpit/base_str.h"

struct buf;
struct err;
struct pilot;

#define TAGS_MAX      8  /* of one agent */
#define TAG_LEN_MAX   24 /* bytes */
#define TAG_LABEL_MAX 80 /* bytes */

/* Words separated by blanks or commas, with or without a "#" in front, as they are kept: each
 * once, one blank between them. ERR_INVALID. */
int tags_clean(struct str words, struct buf *into, struct err *err);
/* One of the words of tags is tag. */
bool tags_has(const char *tags, struct str tag);

/* Never NULL; borrowed until one of those below is called. label: as it was typed, to be made
 * safe where it is shown. */
const char *pilot_tags(const struct pilot *pilot, const char *agent);
const char *pilot_label(const struct pilot *pilot, const char *agent);
/* Written at once. tags as tags_clean() has them; NULL for one of the two: it stays. ERR_LIMIT
 * for a label that is too long, ERR_IO; ERR_INVALID if nothing is kept in this fleet, or
 * agent is no name. */
int pilot_tag(struct pilot *pilot, const char *agent, const char *tags, const char *label,
	struct err *err);
/* Reads again what another cockpit has changed; true if that was so. */
bool pilot_reload_tags(struct pilot *pilot);

#endif
