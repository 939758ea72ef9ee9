/* SPDX-License-Identifier: MIT */
/*
 * A command that lasts, as the control stream does, and does nothing: whether the host
 * has room for others beside it shows when they are run.
 */
#include "cockpit/act_host.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_link.h"
#include "local.h"

struct hold {
	struct host *host; /* NULL: let go */
	struct stream *stream;
};

static void
on_out(void *ctx, struct str bytes)
{
	(void)ctx;
	(void)bytes; /* a login's chatter */
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct hold *hold = ctx;
	(void)end;
	if (hold->host)
		hold->host->hold = NULL;
	mem_free(hold);
}

void
hold_end(struct host *host)
{
	struct hold *hold = host->hold;
	if (!hold)
		return;
	host->hold = NULL;
	hold->host = NULL;
	stream_close(hold->stream);
}

void
act_host_hold(struct fleet *fleet, int index, bool on)
{
	static const struct stream_ops ops = {.out = on_out, .closed = on_closed};
	static const char *const argv[] = {"cat", NULL};
	struct host *host = &fleet->hosts[index];
	struct err err = ERR_INIT;
	if (!on) {
		hold_end(host);
		return;
	}
	if (host->hold || !host->link_up)
		return;
	struct hold *hold = MEM_NEW(struct hold);
	*hold = (struct hold){.host = host};
	hold->stream = link_open(host->link, argv, &ops, hold, &err);
	if (hold->stream)
		host->hold = hold;
	else
		mem_free(hold);
}
