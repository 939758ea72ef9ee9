/* SPDX-License-Identifier: MIT */
#include "asking.h"

#include "cockpit/base_mem.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_link.h"

void
asking_release(struct asking *a)
{
	mem_free(a->hosts);
	*a = (struct asking){0};
}

void
asking_update(struct asking *a, const struct fleet *fleet, int host)
{
	int kept = 0;
	for (int i = 0; i < a->count; i++) {
		if (a->hosts[i] != host)
			a->hosts[kept++] = a->hosts[i];
	}
	a->count = kept;
	if (!fleet_host_ask(fleet, host))
		return;
	a->hosts = mem_grow(a->hosts, (size_t)a->count + 1, sizeof(*a->hosts));
	a->hosts[a->count++] = host;
}

void
asking_who(const struct fleet *fleet, int host, const struct link_ask *ask, struct buf *into)
{
	const struct config_host *config = &fleet_config(fleet)->hosts[host];
	bool itself = strcmp(ask->host, config->name) == 0 ||
		      (config->ssh && strcmp(ask->host, config->ssh) == 0);
	if (itself)
		buf_addc(into, config->name);
	else
		buf_printf(into, "%s, on the way to %s", ask->host, config->name);
}

const char *
asking_help(const struct link_ask *ask)
{
	return ask->kind == LINK_ASK_TRUST
		       ? "Say yes only if the host's owner gave you this very fingerprint, or "
			 "if you can see it on the host itself: somebody in between would show "
			 "another one. Yes is remembered, no refuses the host."
		       : NULL;
}
