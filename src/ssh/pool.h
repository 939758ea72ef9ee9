/* pool: what the links of one program share; see ssh_link.h. */
#ifndef COCKPIT_SSH_POOL_H
#define COCKPIT_SSH_POOL_H

struct loop;
struct secrets;
struct ssh_pool;

struct loop *ssh_pool_loop(const struct ssh_pool *pool);
/* What a person has said; the caller takes a reference of its own to outlive the pool. */
struct secrets *ssh_pool_secrets(const struct ssh_pool *pool);

#endif
