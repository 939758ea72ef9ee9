/* orch/local: what a pilot has under way; each kind is in its own file. */
#ifndef COCKPIT_ORCH_LOCAL_H
#define COCKPIT_ORCH_LOCAL_H

#include "cockpit/act_host.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"

struct prompt;

struct pilot {
	struct fleet *fleet;
	struct order *orders;   /* verbs on hosts: order.c */
	struct prompt *prompts; /* being delivered: prompt.c */
};

/* Called with a verb's answer; fills text with what to tell the person. */
typedef void order_fn(struct str out, const char *name, struct buf *text);

/* Runs a verb (a literal); the answer goes through tell() to done(). name is copied. */
int order_run(struct pilot *pilot, int host, const char *verb, const char *const args[],
	struct str input, const char *name, order_fn *tell, pilot_fn *done, void *ctx,
	struct err *err);
/* How many of a verb still wait for their answer. */
int orders_under_way(const struct pilot *pilot, int host, const char *verb);
void orders_drop(struct pilot *pilot);
void prompts_drop(struct pilot *pilot);

/*
 * runfile.c: what runs in the pane, as a file for sh. It must lie in the agent's private folder
 * and be found by COCKPIT_RUN; COCKPIT_OWN is not empty if cockpit made the folder that the
 * agent works in.
 */
int runfile_write(const struct fleet_config *config, const struct pilot_spec *spec,
	const char *name, const char *host, struct buf *into, struct err *err);

#endif
