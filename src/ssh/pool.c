/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "cockpit/base_mem.h"
#include "cockpit/ssh_link.h"
#include "jump.h"
#include "pace.h"
#include "secrets.h"

struct ssh_pool *
ssh_pool_new(struct loop *loop)
{
	struct ssh_pool *pool = MEM_NEW(struct ssh_pool);
	*pool = (struct ssh_pool){
		.loop = loop, .pace = pace_new(loop), .secrets = secrets_new(loop)};
	return pool;
}

static void
release(struct ssh_pool *pool)
{
	pace_free(pool->pace);
	secrets_unref(pool->secrets);
	mem_free(pool);
}

void
ssh_pool_ref(struct ssh_pool *pool)
{
	pool->users++;
}

void
ssh_pool_unref(struct ssh_pool *pool)
{
	if (--pool->users == 0 && pool->closed)
		release(pool);
}

void
ssh_pool_free(struct ssh_pool *pool)
{
	if (!pool)
		return;
	pool->closed = true;
	ssh_pool_ref(pool);
	jump_drop_idle(pool);
	ssh_pool_unref(pool);
}
