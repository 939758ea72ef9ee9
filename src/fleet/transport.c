/* SPDX-License-Identifier: MIT */
/* Which link a host's "transport" means. */
#include "cockpit/io_command.h"
#include "cockpit/ssh_link.h"
#include "local.h"

struct link *
transport_link(struct host *host, const struct link_ops *ops)
{
	const struct config_host *config = host->config;
	struct fleet *fleet = host->fleet;
	if (config->local)
		return link_local_new(fleet->loop, ops, host);
	switch (config->transport) {
	case CONFIG_TRANSPORT_COMMAND:
		return link_command_new(
			fleet->loop, (const char *const *)config->command, NULL, ops, host);
	case CONFIG_TRANSPORT_OPENSSH:
		return ssh_system_new(
			fleet->pool, config->ssh, config->ssh_config, true, ops, host);
	case CONFIG_TRANSPORT_AUTO:
	case CONFIG_TRANSPORT_LIBSSH2:
		break;
	}
	return ssh_link_new(fleet->pool, config->ssh, config->ssh_config, ops, host);
}
