/* plain: a line that was written for a terminal, without what is not text. */
#ifndef FLEET_PLAIN_H
#define FLEET_PLAIN_H

#include "cockpit/base_str.h"

/* What a line can become: a byte that is no UTF-8 becomes U+FFFD. */
#define PLAIN_ROOM(len) (3 * (len))

/*
 * line without escape sequences (colours, titles, links) and without control characters but
 * tabs, in valid UTF-8. What is left may still be invisible: text_safe() it before it is shown.
 * Borrowed: line itself if there was nothing to change, else in room, of PLAIN_ROOM(line.len)
 * bytes. A sequence that does not end in this line loses only its beginning.
 */
struct str plain_line(struct str line, char *room);

#endif
