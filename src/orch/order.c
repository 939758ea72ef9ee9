/* SPDX-License-Identifier: MIT */
/* An order: one verb of the host-side script, on its way. It may outlive its pilot, not its
 * fleet. */
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_journal.h"
#include "local.h"

/* A large repo's checkout takes its time. */
#define ORDER_MS 60000
#define SPAWN_MS 600000

struct order {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int host;
	const char *verb; /* a literal */
	char *name;
	order_fn *tell;
	pilot_fn *done;
	void *ctx;
	struct order *next;
};

/* Starts are written down where they are made. */
static void
write_down(const struct order *order)
{
	struct host_view host;
	fleet_host_at(order->pilot->fleet, order->host, &host);
	bool again = strcmp(order->verb, "again") == 0;
	const struct journal_entry entry = {.kind = again ? JOURNAL_RESUME : JOURNAL_RESTART,
		.agent = order->name,
		.host = host.name};
	if (again || strcmp(order->verb, "restart") == 0)
		journal_add(order->pilot->ledger, &entry);
}

static void
on_answer(void *ctx, struct str out, const struct err *err)
{
	struct order *order = ctx;
	struct pilot *pilot = order->pilot;
	struct buf text = BUF_INIT;
	if (pilot) {
		struct order **p = &pilot->orders;
		while (*p != order)
			p = &(*p)->next;
		*p = order->next;
		act_host_refresh(pilot->fleet, order->host);
		if (!err)
			write_down(order);
		if (!err)
			order->tell(order->ctx, out, order->name, &text);
		if (order->done)
			order->done(order->ctx, buf_cstr(&text), err);
	}
	buf_release(&text);
	mem_free(order->name);
	mem_free(order);
}

struct str
order_value(struct str out, const char *key)
{
	struct str ret = STR("");
	while (out.len > 0) {
		struct str line = str_cut(&out, '\n');
		if (str_starts(line, str_from(key)))
			ret = str_slice(line, strlen(key), line.len);
	}
	return ret;
}

int
order_run(struct pilot *pilot, int host, const char *verb, const char *const args[],
	struct str input, const char *name, order_fn *tell, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct order *order = MEM_NEW(struct order);
	*order = (struct order){.pilot = pilot,
		.host = host,
		.verb = verb,
		.name = mem_strdup(name),
		.tell = tell,
		.done = done,
		.ctx = ctx};
	int rc = act_host_verb(pilot->fleet, host, verb, args, input,
		strcmp(verb, "spawn") == 0 ? SPAWN_MS : ORDER_MS, on_answer, order, err);
	if (rc < 0) {
		mem_free(order->name);
		mem_free(order);
		return rc;
	}
	order->next = pilot->orders;
	pilot->orders = order;
	return 0;
}

int
orders_under_way(const struct pilot *pilot, int host, const char *verb)
{
	int count = 0;
	for (const struct order *order = pilot->orders; order; order = order->next)
		count += order->host == host && strcmp(order->verb, verb) == 0;
	return count;
}

static struct order *
find(const struct pilot *pilot, const void *ctx)
{
	struct order *order = pilot->orders;
	while (order && order->ctx != ctx)
		order = order->next;
	return order;
}

bool
order_waits(const struct pilot *pilot, const void *ctx)
{
	const struct order *order = find(pilot, ctx);
	return order && act_host_verb_waits(pilot->fleet, order->host, order);
}

void
order_cancel(struct pilot *pilot, const void *ctx)
{
	const struct order *order = find(pilot, ctx);
	if (order)
		act_host_verb_cancel(pilot->fleet, order->host, order);
}

void
orders_drop(struct pilot *pilot)
{
	for (struct order *order = pilot->orders; order; order = order->next)
		order->pilot = NULL;
	pilot->orders = NULL;
}
