/* config: what config.c and config_parse.c share. */
#ifndef FLEET_CONFIG_H
#define FLEET_CONFIG_H

#include "cockpit/fleet_config.h"

#define CONFIG_LOCAL  "local"   /* the host of this name is this machine */
#define CONFIG_SOCKET "cockpit" /* of tmux, when a host names none */

/* What they hold, not themselves; fine with half-filled ones. */
void config_host_release(struct config_host *host);
void config_agent_release(struct config_agent *agent);
void config_release(struct fleet_config *config);
/* The hosts of a fleet that names none; repo must be set. */
void config_add_local(struct fleet_config *config);

#endif
