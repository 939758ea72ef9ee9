/* SPDX-License-Identifier: MIT */
/* The end of the journal as it was read last, for whoever looks at it. */
#include "cockpit/orch_events.h"

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/store_store.h"
#include "ledger.h"
#include "local.h"

#define LOOK_MS  1000
#define WATCH_MS 2500 /* who has not looked for so long does not look any more */

/* It may outlive its pilot while a worker has it. */
struct watch {
	struct ledger_item item;
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct loop_timer *timer;
	void (*changed)(void *ctx);
	void *ctx;
	int64_t watched_at, asked_at;
	bool busy;  /* a worker has what is below */
	bool again; /* another look, at once */
	struct journal journal;
	uint64_t stamp;
	char *error;
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
	mem_free(watch->error);
	mem_free(watch);
}

static bool
take_error(struct watch *watch)
{
	const char *error = watch->item.err.code ? watch->item.err.text : NULL;
	bool same = watch->error && error ? strcmp(watch->error, error) == 0
					  : !watch->error && !error;
	if (same)
		return false;
	mem_free(watch->error);
	watch->error = error ? mem_strdup(error) : NULL;
	return true;
}

static void
on_looked(struct ledger_item *item)
{
	struct watch *watch = (struct watch *)item;
	watch->busy = false;
	if (!watch->pilot) {
		watch_free(watch);
		return;
	}
	bool different = take_error(watch);
	if (watch->read && !item->err.code) {
		journal_release(&watch->journal);
		watch->journal = watch->found;
		watch->found = (struct journal){0};
		different = true;
	}
	watch->read = false;
	if (watch->again)
		loop_timer_set(watch->timer, 0);
	else if (clock_ms() - watch->watched_at < WATCH_MS)
		loop_timer_set(watch->timer, LOOK_MS);
	watch->again = false;
	if (different) {
		watch->stamp++;
		watch->changed(watch->ctx);
	}
}

static void
on_timer(void *ctx)
{
	struct watch *watch = ctx;
	watch->busy = true;
	watch->asked_at = clock_ms();
	ledger_add(watch->pilot->ledger, &watch->item);
}

void
watch_look(struct pilot *pilot)
{
	struct watch *watch = pilot->watch;
	if (!watch || clock_ms() - watch->watched_at >= WATCH_MS)
		return;
	if (watch->busy)
		watch->again = true;
	else
		loop_timer_set(watch->timer, 0);
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
		.watched_at = INT64_MIN / 2,
		.asked_at = INT64_MIN / 2,
	};
	watch->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, watch);
	pilot->watch = watch;
}

void
pilot_watch_events(struct pilot *pilot)
{
	struct watch *watch = pilot->watch;
	if (!watch)
		return;
	watch->watched_at = clock_ms();
	if (watch->busy || loop_timer_armed(watch->timer))
		return;
	int64_t wait = watch->asked_at + LOOK_MS - watch->watched_at;
	loop_timer_set(watch->timer, wait > 0 ? wait : 0);
}

void
pilot_events(const struct pilot *pilot, struct pilot_events *ret)
{
	const struct watch *watch = pilot->watch;
	*ret = (struct pilot_events){0};
	if (watch)
		*ret = (struct pilot_events){.journal = &watch->journal,
			.stamp = watch->stamp,
			.error = watch->error};
}

void
watch_drop(struct pilot *pilot)
{
	struct watch *watch = pilot->watch;
	if (!watch)
		return;
	pilot->watch = NULL;
	watch->pilot = NULL;
	loop_timer_free(watch->timer);
	watch->timer = NULL;
	if (!watch->busy)
		watch_free(watch);
}
