/* pool: what the links of one program share; see ssh_link.h. */
#ifndef COCKPIT_SSH_POOL_H
#define COCKPIT_SSH_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct jump;
struct loop;
struct pace;
struct secrets;

/* Open to link, session and jump. */
struct ssh_pool {
	struct loop *loop;
	struct pace *pace;
	struct secrets *secrets; /* what a person has said */
	struct jump *jumps;
	uint64_t clock; /* counts sessions: who was there before what */
	int users;      /* links and jump hosts that are not freed yet */
	bool closed;    /* the last user frees it */
};

void ssh_pool_ref(struct ssh_pool *pool);
void ssh_pool_unref(struct ssh_pool *pool);

#endif
