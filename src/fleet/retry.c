/* SPDX-License-Identifier: MIT */
/*
 * When a lost host is tried again. Full jitter: any time from now up to a limit
 * that doubles, so that many hosts (and many cockpits) that lost the same network do
 * not all come back in one moment. Only a host that stayed for a minute has earned a
 * quick second try: one that comes and goes must back off too.
 */
#define _DEFAULT_SOURCE /* getentropy */
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define BASE_MS   500
#define CAP_MS    30000
#define DOUBLINGS 6
#define EARNED_MS 60000
#define HURRY_MS  500 /* however often a person presses a key */

/* What no second try can mend without a person. */
bool
retry_is_final(int code)
{
	return code == ERR_AUTH || code == ERR_HOSTKEY || code == ERR_UNSUPPORTED ||
	       code == ERR_MISSING || code == ERR_REMOTE || code == ERR_CONFIG ||
	       code == ERR_INVALID;
}

int64_t
retry_ms(int tries, uint32_t dice)
{
	int64_t top = (int64_t)BASE_MS << (tries < DOUBLINGS ? tries : DOUBLINGS);
	if (top > CAP_MS)
		top = CAP_MS;
	return (int64_t)(((uint64_t)top * dice) >> 32);
}

void
retry_plan(struct host *host)
{
	uint32_t dice;
	if (host->fleet->flags & FLEET_STEADY)
		return;
	if (host->ready_at && clock_ms() - host->ready_at >= EARNED_MS)
		host->tries = 0;
	host->ready_at = 0;
	BUG_ON(getentropy(&dice, sizeof(dice)) < 0);
	int64_t wait = host->hurry ? 0 : retry_ms(host->tries, dice);
	if (!host->hurry)
		host->tries++;
	host->hurry = false;
	host_set_timer(host, wait);
	host->retry_at = clock_ms() + wait;
}

void
retry_hurry(struct host *host)
{
	if (host->state != HOST_LOST || clock_ms() - host->tried_at < HURRY_MS)
		return;
	/* And goes on waiting: the tries after this one come quickly too. */
	host->tries = 0;
	host_connect(host);
}
