/* fleet/snapshot: how a pane's whole state is asked of tmux, and read. */
#ifndef COCKPIT_FLEET_SNAPSHOT_H
#define COCKPIT_FLEET_SNAPSHOT_H

#include "cockpit/base_buf.h"
#include "cockpit/term_screen.h"

/* Appends two commands, which give one reply for snapshot_parse(). */
void snapshot_command(struct buf *into, const char *pane);
/* False if it is not whole. The text of *ret lies in scratch, its tab stops in the reply. */
bool snapshot_parse(struct str reply, struct buf *scratch, struct screen_snapshot *ret);

#endif
