/*
 * orch_cost: what agents have spent, as they say themselves (fleet_cost.h), over all their
 * starts and conversations. Kept in the fleet's state folder, so that what was said once is
 * still known when cockpit, or the agent, is started anew.
 */
#ifndef COCKPIT_ORCH_COST_H
#define COCKPIT_ORCH_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/fleet_cost.h"

struct agent_view;
struct pilot;

/* Times are wall seconds. */
struct pilot_cost {
	int64_t micros;          /* millionths of a dollar; -1: not told */
	int64_t tokens;          /* -1: not told */
	enum cost_source source; /* of what was told last; COST_NONE: nothing ever was */
	int64_t first, at;       /* told first, last */
};

void pilot_cost(
	const struct pilot *pilot, const struct agent_view *agent, struct pilot_cost *ret);
/* Whether an agent is one of those that could tell: it runs, and is no shell. */
bool pilot_cost_wanted(const struct agent_view *agent);

struct pilot_costs {
	int64_t micros, tokens;           /* of the agents that are there; -1: not told */
	int64_t gone_micros, gone_tokens; /* of those that are not any more; -1: nothing */
	int told, silent; /* agents that told dollars; that could, and did not */
};
void pilot_costs(const struct pilot *pilot, struct pilot_costs *ret);

#endif
