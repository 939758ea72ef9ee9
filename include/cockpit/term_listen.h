/*
 * term_listen: an agent's bytes heard without being drawn, for tiles that nobody
 * looks at: only its signals come up (title, bell, progress, state). It keeps
 * no grid and costs a few kilobytes.
 */
#ifndef COCKPIT_TERM_LISTEN_H
#define COCKPIT_TERM_LISTEN_H

#include "cockpit/term_screen.h"

struct listener;

/* ops and ctx outlive it; ops->signal is called from inside feed(). */
struct listener *listener_new(const struct screen_ops *ops, void *ctx);
void listener_free(struct listener *l); /* accepts NULL */
/* Any chunking. */
void listener_feed(struct listener *l, struct str bytes);

#endif
