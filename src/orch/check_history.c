/* SPDX-License-Identifier: MIT */
/* What is in the store of an agent's checks, read by a worker for whoever wants to see it. */
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/store_store.h"
#include "local.h"

struct recall {
	struct pilot *pilot; /* NULL: nobody waits any more */
	check_history_fn *done;
	void *ctx;
	struct recall *next;
	/* The worker's. */
	char *store, *host, *agent;
	size_t max;
	struct store_check *rows;
	size_t count;
	struct err err;
};

static void
recall_work(void *ctx)
{
	struct recall *recall = ctx;
	struct store *store = NULL;
	if (!path_exists(recall->store))
		return;
	if (store_open(recall->store, &store, &recall->err) == 0)
		store_checks(store, recall->host, recall->agent, recall->max, &recall->rows,
			&recall->count, &recall->err);
	store_close(store);
}

static void
on_recalled(void *ctx)
{
	struct recall *recall = ctx;
	if (recall->pilot) {
		struct recall **p = &recall->pilot->recalls;
		while (*p != recall)
			p = &(*p)->next;
		*p = recall->next;
		recall->done(recall->ctx, recall->rows, recall->count,
			recall->err.code ? &recall->err : NULL);
	}
	store_checks_free(recall->rows, recall->count);
	mem_free(recall->store);
	mem_free(recall->host);
	mem_free(recall->agent);
	mem_free(recall);
}

int
pilot_check_history(struct pilot *pilot, const char *host, const char *agent, size_t max,
	check_history_fn *done, void *ctx, struct err *err)
{
	if (!pilot->store)
		return err_set(err, ERR_IO, "there is no folder for the fleet's store");
	struct recall *recall = MEM_NEW(struct recall);
	*recall = (struct recall){.pilot = pilot,
		.done = done,
		.ctx = ctx,
		.next = pilot->recalls,
		.store = mem_strdup(pilot->store),
		.host = mem_strdup(host),
		.agent = mem_strdup(agent),
		.max = max};
	pilot->recalls = recall;
	loop_job(fleet_loop(pilot->fleet), recall_work, on_recalled, recall);
	return 0;
}

/* They come back, and tell nobody. */
void
recalls_drop(struct pilot *pilot)
{
	for (struct recall *recall = pilot->recalls; recall; recall = recall->next)
		recall->pilot = NULL;
	pilot->recalls = NULL;
}
