/* SPDX-License-Identifier: MIT */
/* Hosts that are not there yet, as something that is under way. */
#include "cockpit/fleet_fleet.h"
#include "doings.h"
#include "local.h"

/* No other kind's ids come so far; a host's are its ways'. */
#define ID_OF_HOSTS (1ULL << 63)
#define HOST_BITS   16

static const char *
step_of(const struct host_view *host)
{
	static const char *const steps[HOST_STATE_COUNT] = {
		[HOST_WAITING] = "waits for its turn",
		[HOST_RESOLVING] = "its name is looked up",
		[HOST_CONNECTING] = "it is to answer, and keys are exchanged",
		[HOST_HOSTKEY] = "its host key is checked",
		[HOST_LOGIN] = "login",
		[HOST_ASKING] = "it waits for an answer of yours",
		[HOST_PROBING] = "tmux is started there",
		[HOST_LOST] = "waits for the next try",
	};
	/* What is not its state's word says more: what its jump host is at, what ssh(1) says.
	 */
	if (host->state == HOST_CONNECTING && host->doing[0] &&
		strcmp(host->doing, host_state_word(HOST_CONNECTING)) != 0)
		return host->doing;
	return steps[host->state] ? steps[host->state] : "";
}

void
hosts_tell(const struct pilot *pilot, struct doings *into)
{
	for (int i = 0; i < fleet_host_count(pilot->fleet); i++) {
		struct host_view host;
		fleet_host_at(pilot->fleet, i, &host);
		if (!host_state_tried(host.state))
			continue;
		bool waits = host.state == HOST_LOST || host.state == HOST_ASKING;
		const struct doing_row row = {
			.it = {.id = ID_OF_HOSTS | host.way << HOST_BITS | (uint64_t)i,
                               .kind = DOING_CONNECT,
                               .name = host.name,
                               .host = host.name,
                               .since = waits ? host.since : host.tried_at,
                               .step = step_of(&host),
                               .waits = waits,
                               .wanted = host.tries == 0},
			.host_index = i
                };
		doings_add(into, &row);
	}
}
