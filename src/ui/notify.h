/*
 * ui/notify: tells a person who looks elsewhere that something in the fleet needs him:
 * through the terminal (announce.h) and by a command of his own (hook.h).
 *
 * Each change is told once. What was so when a host was first looked at is no change; nor
 * is what is in front of him. What comes within a second is told as one.
 */
#ifndef COCKPIT_UI_NOTIFY_H
#define COCKPIT_UI_NOTIFY_H

#include "cockpit/fleet_fleet.h"

struct notify;
struct settings;

struct notify_ops {
	/* These bytes are for the operator's terminal, between two frames. */
	void (*say)(void *ctx, struct str bytes);
	/* An agent, or with 0 a host's question, is in front of him. */
	bool (*looked_at)(void *ctx, uint32_t agent);
};

/* All of them outlive it. */
struct notify *notify_new(struct loop *loop, const struct fleet *fleet,
	const struct settings *settings, const struct notify_ops *ops, void *ctx);
void notify_free(struct notify *n); /* accepts NULL */
/* Its settings have become others, at the same place. What was told stays told. */
void notify_renew(struct notify *n);
/* Every event of the fleet. */
void notify_event(struct notify *n, const struct fleet_event *event);
/* Looks at all agents, also without an event: now and then. */
void notify_look(struct notify *n);

#endif
