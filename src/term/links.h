/*
 * links: the targets of OSC 8 that a screen's cells point at.
 */
#ifndef COCKPIT_TERM_LINKS_H
#define COCKPIT_TERM_LINKS_H

#include "cockpit/term_cell.h"

struct grid;

struct links {
	char *uri[256]; /* 0 is never used */
};

void links_release(struct links *l);
/*
 * Index of a target, 0 if it is not http or https, too long or no room is left.
 * Targets that no cell of the grids shows any more make room.
 */
uint8_t links_put(struct links *l, struct str uri, const struct grid *a, const struct grid *b);
struct str links_get(const struct links *l, uint8_t link);

#endif
