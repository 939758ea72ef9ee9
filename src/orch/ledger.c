/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "ledger"
#include "ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/store_store.h"
#include "local.h"

#define TOGETHER_MAX 500 /* items in one change: others wait for it */
#define PRUNE_MS     3600000
#define PRUNE_MAX    5000 /* rows in one change */
#define DAY_MS       ((int64_t)86400000)

struct queue {
	struct ledger_item *first, **end;
	size_t count;
};

struct ledger {
	/* The loop's. */
	struct loop *loop;
	void (*wrote)(void *ctx); /* NULL: nobody wants to know */
	void *ctx;
	int holders; /* and jobs that are out */
	int jobs;
	/* A worker's: one at a time. */
	char *dir, *path;
	int64_t pruned_at;
	bool no_import;  /* it failed */
	struct err held; /* at the end somebody else has the store: nothing more is tried */
	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct queue todo, worked;
	size_t out; /* so many are neither: the worker has them */
	bool working;
	atomic_bool closing;
};

static void
queue_init(struct queue *queue)
{
	*queue = (struct queue){.end = &queue->first};
}

static void
queue_add(struct queue *queue, struct ledger_item *item)
{
	item->next = NULL;
	*queue->end = item;
	queue->end = &item->next;
	queue->count++;
}

/* All of it; NULL: it is empty. */
static struct ledger_item *
queue_take(struct queue *queue)
{
	struct ledger_item *first = queue->first;
	queue_init(queue);
	return first;
}

/* --- on a worker --- */

/* Those that write, up to the next one that reads. */
struct together {
	struct ledger_item *first, *end;
	struct store *store;
};

static int
write_all(void *ctx, struct err *err)
{
	struct together *together = ctx;
	(void)err;
	for (struct ledger_item *item = together->first; item != together->end;
		item = item->next)
		item->work(item, together->store, &item->err);
	return 0;
}

static int64_t
now_ms(void)
{
	return clock_wall() * 1000;
}

static void
fail_all(struct ledger_item *first, const struct ledger_item *end, const struct err *err)
{
	for (struct ledger_item *item = first; item != end; item = item->next)
		item->err = *err;
}

/* Returns the next one; err says why nothing could be written at all. */
static struct ledger_item *
do_some(struct ledger_item *first, struct store *store, struct err *err)
{
	struct together together = {first, first, store};
	int count = 0;
	if (first->reads) {
		first->work(first, store, &first->err);
		return first->next;
	}
	while (together.end && !together.end->reads && count++ < TOGETHER_MAX)
		together.end = together.end->next;
	if (store_together(store, now_ms(), write_all, &together, err) < 0)
		fail_all(first, together.end, err);
	return together.end;
}

static bool
is_to_be_made(const struct ledger_item *first, const char *dir)
{
	while (first && first->reads)
		first = first->next;
	return first || legacy_waits(dir);
}

/* Who waits for the end waits for the store once. */
static void
see_held(struct ledger *ledger, const struct err *err)
{
	if (ledger->closing && err->code == ERR_TIMEOUT)
		ledger->held = *err;
}

static void
import(struct ledger *ledger, struct store *store)
{
	struct err err = ERR_INIT;
	if (ledger->no_import || legacy_import(ledger->dir, store, &err) == 0)
		return;
	ledger->no_import = true;
	see_held(ledger, &err);
	log_warn("what an earlier version left is not in the store: %s", err.text);
}

static void
prune(struct ledger *ledger, struct store *store)
{
	int64_t now = clock_ms();
	size_t count = PRUNE_MAX;
	if (ledger->closing || (ledger->pruned_at && now - ledger->pruned_at < PRUNE_MS))
		return;
	ledger->pruned_at = now;
	while (count >= PRUNE_MAX && !ledger->closing) {
		struct err err = ERR_INIT;
		if (store_prune(store, now_ms() - LEDGER_AGE_DAYS * DAY_MS, LEDGER_KEEP,
			    PRUNE_MAX, now_ms(), &count, &err) < 0) {
			log_info("%s", err.text);
			return;
		}
	}
}

static void
set_aside(const struct ledger *ledger, struct ledger_item *first)
{
	for (struct ledger_item *item = first; item; item = item->next) {
		if (item->err.code && item->failed)
			item->failed(item, ledger->dir);
	}
}

static void
do_all(struct ledger *ledger, struct ledger_item *first)
{
	struct store *store = NULL;
	struct err err = ledger->held;
	bool none = !path_exists(ledger->path) && !is_to_be_made(first, ledger->dir);
	if (!none && !err.code)
		store_open(ledger->path, &store, &err);
	if (store)
		import(ledger, store);
	see_held(ledger, &err);
	if (!err.code)
		err = ledger->held;
	struct ledger_item *left = first;
	while (left && !err.code) {
		struct err why = ERR_INIT;
		left = do_some(left, store, &why);
		see_held(ledger, &why);
		err = ledger->held;
	}
	if (err.code)
		fail_all(left, NULL, &err);
	set_aside(ledger, first);
	if (store)
		prune(ledger, store);
	store_close(store);
}

static void
work(void *ctx)
{
	struct ledger *ledger = ctx;
	pthread_mutex_lock(&ledger->lock);
	/* Another one does it all. */
	if (ledger->working) {
		pthread_mutex_unlock(&ledger->lock);
		return;
	}
	ledger->working = true;
	while (ledger->todo.first) {
		ledger->out = ledger->todo.count;
		struct ledger_item *first = queue_take(&ledger->todo);
		pthread_mutex_unlock(&ledger->lock);
		do_all(ledger, first);
		pthread_mutex_lock(&ledger->lock);
		for (struct ledger_item *next; first; first = next) {
			next = first->next;
			queue_add(&ledger->worked, first);
		}
		ledger->out = 0;
	}
	ledger->working = false;
	pthread_cond_broadcast(&ledger->idle);
	pthread_mutex_unlock(&ledger->lock);
}

/* --- in the loop --- */

/* wrote() is the last that it does with the ledger's holder. */
static void
call_back(struct ledger *ledger)
{
	bool wrote = false;
	pthread_mutex_lock(&ledger->lock);
	struct ledger_item *item = queue_take(&ledger->worked);
	pthread_mutex_unlock(&ledger->lock);
	for (struct ledger_item *next; item; item = next) {
		next = item->next;
		wrote |= !item->reads && !item->err.code;
		item->done(item);
	}
	if (wrote && ledger->wrote)
		ledger->wrote(ledger->ctx);
}

static void
ledger_free(struct ledger *ledger)
{
	pthread_mutex_destroy(&ledger->lock);
	pthread_cond_destroy(&ledger->idle);
	mem_free(ledger->dir);
	mem_free(ledger->path);
	mem_free(ledger);
}

static void start(struct ledger *ledger);

static void
on_worked(void *ctx)
{
	struct ledger *ledger = ctx;
	ledger->jobs--;
	call_back(ledger);
	pthread_mutex_lock(&ledger->lock);
	bool more = ledger->todo.first != NULL && !ledger->closing;
	pthread_mutex_unlock(&ledger->lock);
	if (more && ledger->jobs == 0)
		start(ledger);
	if (--ledger->holders == 0)
		ledger_free(ledger);
}

static void
start(struct ledger *ledger)
{
	ledger->jobs++;
	ledger->holders++;
	loop_job(ledger->loop, work, on_worked, ledger);
}

void
ledger_add(struct ledger *ledger, struct ledger_item *item)
{
	item->err = ERR_INIT;
	pthread_mutex_lock(&ledger->lock);
	bool full = ledger->todo.count >= LEDGER_QUEUE_MAX;
	if (!full)
		queue_add(&ledger->todo, item);
	pthread_mutex_unlock(&ledger->lock);
	if (full) {
		err_set(&item->err, ERR_LIMIT, "the store does not answer");
		item->done(item);
	} else if (ledger->jobs == 0) {
		start(ledger);
	}
}

struct ledger *
ledger_new(struct loop *loop, const char *dir, void (*wrote)(void *ctx), void *ctx)
{
	struct ledger *ledger = MEM_NEW(struct ledger);
	pthread_condattr_t attr;
	*ledger = (struct ledger){.loop = loop,
		.wrote = wrote,
		.ctx = ctx,
		.holders = 1,
		.dir = mem_strdup(dir),
		.path = path_join(dir, STORE_FILE)};
	pthread_mutex_init(&ledger->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ledger->idle, &attr);
	pthread_condattr_destroy(&attr);
	queue_init(&ledger->todo);
	queue_init(&ledger->worked);
	return ledger;
}

struct ledger *
ledger_hold(struct ledger *ledger)
{
	if (ledger)
		ledger->holders++;
	return ledger;
}

/* What no worker has come to; what becomes of what one has nobody knows. */
static void
give_up(struct ledger *ledger, struct ledger_item *left, size_t count, size_t out)
{
	struct err err = ERR_INIT;
	err_set(&err, ERR_TIMEOUT, "the store does not answer");
	log_warn("%s: %zu events were not recorded, and maybe %zu more", err.text, count, out);
	fail_all(left, NULL, &err);
	set_aside(ledger, left);
	pthread_mutex_lock(&ledger->lock);
	for (struct ledger_item *next; left; left = next) {
		next = left->next;
		queue_add(&ledger->worked, left);
	}
	pthread_mutex_unlock(&ledger->lock);
}

/* A worker that started before it can be seen to work is waited for all the same: what is to be
 * done is not empty then. */
static void
flush(struct ledger *ledger)
{
	struct timespec end;
	int rc = 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += LEDGER_FLUSH_MS / 1000;
	pthread_mutex_lock(&ledger->lock);
	ledger->closing = true;
	while (rc == 0 && (ledger->working || ledger->todo.first))
		rc = pthread_cond_timedwait(&ledger->idle, &ledger->lock, &end);
	size_t count = ledger->todo.count, out = ledger->out;
	struct ledger_item *left = rc ? queue_take(&ledger->todo) : NULL;
	pthread_mutex_unlock(&ledger->lock);
	if (rc != 0)
		give_up(ledger, left, count, out);
}

/* All that is queued is written, and called back. */
static void
finish(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	bool waits = ledger->todo.first && !ledger->working;
	pthread_mutex_unlock(&ledger->lock);
	/* The one that is out may have looked for the last time. */
	if (waits)
		start(ledger);
	flush(ledger);
	call_back(ledger);
}

void
ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	ledger->wrote = NULL;
	if (ledger->holders - ledger->jobs > 1)
		finish(ledger);
	ledger_release(ledger);
}

void
ledger_release(struct ledger *ledger)
{
	if (!ledger)
		return;
	if (ledger->holders - ledger->jobs == 1)
		finish(ledger);
	if (--ledger->holders == 0)
		ledger_free(ledger);
}
