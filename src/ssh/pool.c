/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "cockpit/base_mem.h"
#include "cockpit/ssh_link.h"
#include "secrets.h"

struct ssh_pool {
	struct loop *loop;
	struct secrets *secrets;
};

struct ssh_pool *
ssh_pool_new(struct loop *loop)
{
	struct ssh_pool *pool = MEM_NEW(struct ssh_pool);
	pool->loop = loop;
	pool->secrets = secrets_new(loop);
	return pool;
}

void
ssh_pool_free(struct ssh_pool *pool)
{
	if (!pool)
		return;
	secrets_unref(pool->secrets);
	mem_free(pool);
}

struct loop *
ssh_pool_loop(const struct ssh_pool *pool)
{
	return pool->loop;
}

struct secrets *
ssh_pool_secrets(const struct ssh_pool *pool)
{
	return pool->secrets;
}
