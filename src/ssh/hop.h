/* hop: one jump host on the way, as ProxyJump of ssh_config(5) names it. */
#ifndef COCKPIT_SSH_HOP_H
#define COCKPIT_SSH_HOP_H

#include "cockpit/ssh_config.h"

struct ssh_hop {
	char *host;   /* any name that ssh knows */
	char *user;   /* NULL: as its own configuration says */
	int port;     /* 0: the same */
	char *before; /* the jump hosts on the way to it; NULL: its own configuration says */
};

/* The last one of the list, the one next to the target. Sets *ret only on success; then it is
 * to be released. */
int ssh_hop_parse(const char *proxyjump, struct ssh_hop *ret, struct err *err);
void ssh_hop_release(struct ssh_hop *hop);
/* As ssh_config_query_new(); hop is copied. */
struct ssh_config_query *ssh_config_query_hop(struct loop *loop, const struct ssh_hop *hop,
	const char *file, ssh_config_fn *done, void *ctx);

#endif
