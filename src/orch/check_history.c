/* SPDX-License-Identifier: MIT */
/* What is in the store of an agent's checks, read by a worker for whoever wants to see it. */
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/store_store.h"
#include "local.h"

char *
trial_name(const char *agent)
{
	return mem_printf(STORE_TRIAL "%s", agent);
}

bool
check_is_trial(const struct store_check *row)
{
	return str_starts(str_from(row->agent), STR(STORE_TRIAL));
}

/* Takes the newest of both, each the newest first. */
static void
take_newest(struct store_check *const lists[2], const size_t counts[2], size_t max,
	struct store_check **ret, size_t *ret_count)
{
	size_t at[2] = {0, 0}, count = 0;
	struct store_check *rows = mem_alloc_array(counts[0] + counts[1] + 1, sizeof(*rows));
	while (at[0] < counts[0] || at[1] < counts[1]) {
		int from = at[0] == counts[0] ||
			   (at[1] < counts[1] && lists[1][at[1]].id > lists[0][at[0]].id);
		struct store_check *row = &lists[from][at[from]++];
		if (count < max)
			rows[count++] = *row;
		else
			store_check_release(row);
	}
	*ret = rows;
	*ret_count = count;
}

int
check_history(struct store *store, const char *host, const char *agent, size_t max,
	struct store_check **ret, size_t *ret_count, struct err *err)
{
	struct store_check *lists[2] = {NULL, NULL};
	size_t counts[2] = {0, 0};
	char *name = trial_name(agent);
	int rc = store_checks(store, host, agent, max, &lists[0], &counts[0], err);
	if (rc == 0)
		rc = store_checks(store, host, name, max, &lists[1], &counts[1], err);
	mem_free(name);
	if (rc < 0) {
		store_checks_free(lists[0], counts[0]);
		return rc;
	}
	take_newest(lists, counts, max, ret, ret_count);
	mem_free(lists[0]);
	mem_free(lists[1]);
	return 0;
}

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
		check_history(store, recall->host, recall->agent, recall->max, &recall->rows,
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
