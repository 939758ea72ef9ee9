/* SPDX-License-Identifier: MIT */
/* The end of the journal as it was read last, for whoever looks at it. */
#include "cockpit/orch_events.h"

#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/store_store.h"
#include "ledger.h"
#include "local.h"
#include "pace.h"

/* It may outlive its pilot while a worker has it. */
struct watch {
	struct ledger_item item;
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct pace pace;
	void (*changed)(void *ctx);
	void *ctx;
	struct journal journal;
	uint64_t stamp;
	/* The worker's. */
	int64_t last; /* -1: not known */
	bool read;    /* found is new */
	struct journal found;
};

static int
look(struct ledger_item *item, struct store *store, struct err *err)
{
	struct watch *watch = (struct watch *)item;
	int64_t last = 0;
	int rc = store ? store_last_entry(store, &last, err) : 0;
	watch->read = false;
	if (rc < 0 || last == watch->last)
		return rc;
	if (store)
		rc = journal_load(store, NULL, EVENTS_MAX, &watch->found, err);
	if (rc < 0)
		return rc;
	watch->last = last;
	watch->read = true;
	return 0;
}

static void
watch_free(struct watch *watch)
{
	journal_release(&watch->journal);
	journal_release(&watch->found);
	pace_release(&watch->pace);
	mem_free(watch);
}

static void
on_looked(struct ledger_item *item)
{
	struct watch *watch = (struct watch *)item;
	bool different = pace_end(&watch->pace, &item->err);
	if (!watch->pilot) {
		watch_free(watch);
		return;
	}
	if (watch->read && !item->err.code) {
		journal_release(&watch->journal);
		watch->journal = watch->found;
		watch->found = (struct journal){0};
		different = true;
	}
	watch->read = false;
	pace_next(&watch->pace, false);
	if (different) {
		watch->stamp++;
		watch->changed(watch->ctx);
	}
}

static void
on_timer(void *ctx)
{
	struct watch *watch = ctx;
	pace_begin(&watch->pace);
	ledger_add(watch->pilot->ledger, &watch->item);
}

void
watch_look(struct pilot *pilot)
{
	struct watch *watch = pilot->watch;
	if (watch && pace_is_watched(&watch->pace))
		pace_look(&watch->pace);
}

void
pilot_follow_events(struct pilot *pilot, void (*changed)(void *ctx), void *ctx)
{
	if (!pilot->ledger || pilot->watch)
		return;
	struct watch *watch = MEM_NEW(struct watch);
	*watch = (struct watch){
		.item = {.work = look, .done = on_looked, .reads = true},
		.pilot = pilot,
		.changed = changed,
		.ctx = ctx,
		.last = -1,
	};
	pace_init(&watch->pace, fleet_loop(pilot->fleet), on_timer, watch);
	pilot->watch = watch;
}

void
pilot_watch_events(struct pilot *pilot)
{
	if (pilot->watch)
		pace_watch(&pilot->watch->pace);
}

void
pilot_events(const struct pilot *pilot, struct pilot_events *ret)
{
	const struct watch *watch = pilot->watch;
	*ret = (struct pilot_events){0};
	if (watch)
		*ret = (struct pilot_events){.journal = &watch->journal,
			.stamp = watch->stamp,
			.error = watch->pace.error};
}

void
watch_drop(struct pilot *pilot)
{
	struct watch *watch = pilot->watch;
	if (!watch)
		return;
	pilot->watch = NULL;
	watch->pilot = NULL;
	pace_stop(&watch->pace);
	if (!watch->pace.busy)
		watch_free(watch);
}
