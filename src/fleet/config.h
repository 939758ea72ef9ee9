/* config: what config.c and config_parse.c share. */
#ifndef FLEET_CONFIG_H
#define FLEET_CONFIG_H

#include "cockpit/fleet_config.h"

struct buf;
struct err;
struct json;

#define CONFIG_LOCAL  "local"   /* the host of this name is this machine */
#define CONFIG_SOCKET "cockpit" /* of tmux, when a host names none */

/* What they hold, not themselves; fine with half-filled ones. */
void config_host_release(struct config_host *host);
void config_agent_release(struct config_agent *agent);
void config_release(struct fleet_config *config);
/* "FILE:LINE:COLUMN: found NODE, expected …" */
int config_refuse(const struct json *node, struct err *err, const char *expected);
/* A program and its arguments; key is for the error. *ret is released by the caller in any
 * case.
 */
int config_read_argv(const struct json *node, const char *key, char ***ret, struct err *err);
/* config_transport.c: node is the value of "transport", object that of the host. */
int config_read_transport(const struct fleet_config *config, struct config_host *host,
	const struct json *node, const struct json *object, struct err *err);
/* The hosts of a fleet that names none; repo must be set. */
void config_add_local(struct fleet_config *config);

#endif
