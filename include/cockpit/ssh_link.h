/*
 * ssh_link: a host over SSH, by libssh2: one connection, an exec channel per
 * stream. The name is any that ssh_config(5) knows: it is resolved by "ssh -G".
 *
 * Fails closed: the host key is pinned before anything else is said. A new one
 * is asked for, or taken where StrictHostKeyChecking waives that; one that nobody
 * accepts, and every changed or revoked one, ends the link with ERR_HOSTKEY and a
 * text that holds the SHA256 fingerprint, the file and line that disagree, and
 * what to do. A login that is refused ends it with ERR_AUTH; neither is to be
 * retried without a person. What libssh2 cannot do is said in words (RSA user
 * keys, …).
 *
 * The jump hosts on the way (ProxyJump) are connections of the same kind, each
 * checked as a host is; errors name them.
 */
#ifndef COCKPIT_SSH_LINK_H
#define COCKPIT_SSH_LINK_H

#include "cockpit/io_link.h"

/*
 * What the links of one program share: connections to jump hosts, and the
 * pace of handshakes (a server that is asked by too many at once drops some). It may be freed
 * right after its links were.
 */
struct ssh_pool;
struct ssh_pool *ssh_pool_new(struct loop *loop);
void ssh_pool_free(struct ssh_pool *pool); /* accepts NULL */

/* config_file: for "ssh -F", NULL: the user's own. Both strings are copied. */
struct link *ssh_link_new(struct ssh_pool *pool, const char *name, const char *config_file,
	const struct link_ops *ops, void *ctx);
/*
 * The same through ssh(1), which forwards nothing. What it asks is put to a person as a link by
 * libssh2 does, if ops has ask() and ssh is 8.5 or later; else it asks nothing. new_keys: a
 * host key that is not known may be taken if a person or the configuration says so; one that
 * has changed never is.
 */
struct link *ssh_system_new(struct ssh_pool *pool, const char *name, const char *config_file,
	bool new_keys, const struct link_ops *ops, void *ctx);
/* By libssh2; or, if it turns out that only ssh(1) can, through that: note() then says why. */
struct link *ssh_any_new(struct ssh_pool *pool, const char *name, const char *config_file,
	const struct link_ops *ops, void *ctx);

#endif
