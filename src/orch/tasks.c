/* SPDX-License-Identifier: MIT */
/*
 * The fleet's tasks as they were read last. A worker asks the store for the number of its last
 * event, and reads them again if that is another one; it keeps the store open in between.
 */
#include "cockpit/orch_tasks.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "local.h"
#include "pace.h"

#define BIT(id) (1u << TASK_##id)
#define HELD    (BIT(CLAIMED) | BIT(WORKING) | BIT(CHECKING) | BIT(NEEDS_YOU) | BIT(READY))

struct listing {
	struct task *open, *over;
	size_t open_count, over_count;
	size_t counts[TASK_STATE_COUNT];
};

/* It may outlive its pilot while a worker has it. */
struct tasks {
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct pace pace;
	void (*changed)(void *ctx);
	void *ctx;
	struct task *list;
	size_t count, open, all_open, all_over;
	const struct task **by_id, **held;
	size_t held_count;
	uint64_t stamp;
	/* The worker's. */
	char *path;
	struct store *store;
	dev_t dev;
	ino_t ino;
	int64_t last; /* -1: not known */
	bool read;    /* found is new */
	struct listing found;
	struct err err;
};

/* --- on a worker --- */

static void
close_store(struct tasks *tasks)
{
	store_close(tasks->store);
	tasks->store = NULL;
	tasks->last = -1;
}

/* Another file of that name is another store. */
static int
open_store(struct tasks *tasks)
{
	struct stat st;
	if (stat(tasks->path, &st) < 0) {
		tasks->read = tasks->store != NULL;
		close_store(tasks);
		return 0;
	}
	if (tasks->store && (tasks->dev != st.st_dev || tasks->ino != st.st_ino))
		close_store(tasks);
	if (tasks->store)
		return 0;
	tasks->last = -1;
	tasks->dev = st.st_dev;
	tasks->ino = st.st_ino;
	return store_open(tasks->path, &tasks->store, &tasks->err);
}

static int
read_list(struct store *store, struct listing *into, struct err *err)
{
	struct task_filter open = {.max = TASKS_OPEN_MAX}, over = {.max = TASKS_OVER_MAX};
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		struct task_filter *filter = task_is_over((enum task_state)i) ? &over : &open;
		filter->states |= 1u << i;
	}
	int rc = store_tasks(store, &open, &into->open, &into->open_count, err);
	if (rc == 0)
		rc = store_tasks(store, &over, &into->over, &into->over_count, err);
	return rc == 0 ? store_counts(store, into->counts, err) : rc;
}

static void
listing_release(struct listing *listing)
{
	store_tasks_free(listing->open, listing->open_count);
	store_tasks_free(listing->over, listing->over_count);
	*listing = (struct listing){0};
}

static void
look(void *ctx)
{
	struct tasks *tasks = ctx;
	int64_t last;
	tasks->err = ERR_INIT;
	tasks->read = false;
	if (open_store(tasks) < 0 || !tasks->store)
		return;
	/* First the number: what comes meanwhile is read the next time. */
	if (store_last(tasks->store, &last, &tasks->err) < 0 || last == tasks->last)
		return;
	if (read_list(tasks->store, &tasks->found, &tasks->err) < 0) {
		listing_release(&tasks->found);
		return;
	}
	tasks->last = last;
	tasks->read = true;
}

/* --- in the loop --- */

static void
drop_list(struct tasks *tasks)
{
	store_tasks_free(tasks->list, tasks->count);
	mem_free(tasks->by_id);
	mem_free(tasks->held);
	tasks->list = NULL;
	tasks->by_id = tasks->held = NULL;
	tasks->count = tasks->held_count = 0;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct task *const *one = a, *const *other = b;
	return ((*one)->id > (*other)->id) - ((*one)->id < (*other)->id);
}

static void
take_list(struct tasks *tasks)
{
	struct listing *found = &tasks->found;
	drop_list(tasks);
	tasks->open = found->open_count;
	tasks->count = found->open_count + found->over_count;
	tasks->list = mem_grow(found->open, tasks->count + 1, sizeof(*tasks->list));
	for (size_t i = 0; i < found->over_count; i++)
		tasks->list[tasks->open + i] = found->over[i];
	mem_free(found->over);
	tasks->all_open = tasks->all_over = 0;
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		bool over = task_is_over((enum task_state)i);
		*(over ? &tasks->all_over : &tasks->all_open) += found->counts[i];
	}
	*found = (struct listing){0};
	tasks->by_id = mem_alloc_array(tasks->count + 1, sizeof(*tasks->by_id));
	tasks->held = mem_alloc_array(tasks->open + 1, sizeof(*tasks->held));
	for (size_t i = 0; i < tasks->count; i++) {
		const struct task *task = &tasks->list[i];
		tasks->by_id[i] = task;
		if (HELD & 1u << task->state && task->owner[0])
			tasks->held[tasks->held_count++] = task;
	}
	qsort(tasks->by_id, tasks->count, sizeof(*tasks->by_id), compare_ids);
}

static void
tasks_free(struct tasks *tasks)
{
	drop_list(tasks);
	listing_release(&tasks->found);
	store_close(tasks->store);
	pace_release(&tasks->pace);
	mem_free(tasks->path);
	mem_free(tasks);
}

static void
on_looked(void *ctx)
{
	struct tasks *tasks = ctx;
	bool different = pace_end(&tasks->pace, &tasks->err);
	if (!tasks->pilot) {
		tasks_free(tasks);
		return;
	}
	if (tasks->read)
		take_list(tasks);
	if (different || tasks->read || tasks->stamp == 0) {
		tasks->stamp++;
		tasks->changed(tasks->ctx);
	}
	pace_next(&tasks->pace, tasks->held_count > 0);
}

static void
on_timer(void *ctx)
{
	struct tasks *tasks = ctx;
	pace_begin(&tasks->pace);
	loop_job(fleet_loop(tasks->pilot->fleet), look, on_looked, tasks);
}

void
tasks_look(struct pilot *pilot)
{
	if (pilot->tasks)
		pace_look(&pilot->tasks->pace);
}

void
pilot_follow_tasks(struct pilot *pilot, void (*changed)(void *ctx), void *ctx)
{
	if (!pilot->store || pilot->tasks)
		return;
	struct tasks *tasks = MEM_NEW(struct tasks);
	*tasks = (struct tasks){.pilot = pilot,
		.changed = changed,
		.ctx = ctx,
		.path = mem_strdup(pilot->store),
		.last = -1};
	pace_init(&tasks->pace, fleet_loop(pilot->fleet), on_timer, tasks);
	pilot->tasks = tasks;
	tasks_look(pilot);
	current_look(pilot);
}

void
tasks_tell(struct pilot *pilot)
{
	struct tasks *tasks = pilot->tasks;
	if (!tasks)
		return;
	if (tasks->stamp > 0)
		tasks->stamp++;
	tasks->changed(tasks->ctx);
}

void
pilot_watch_tasks(struct pilot *pilot)
{
	if (pilot->tasks)
		pace_watch(&pilot->tasks->pace);
}

void
tasks_drop(struct pilot *pilot)
{
	struct tasks *tasks = pilot->tasks;
	deeds_drop(pilot);
	current_drop(pilot);
	if (!tasks)
		return;
	pilot->tasks = NULL;
	tasks->pilot = NULL;
	pace_stop(&tasks->pace);
	if (!tasks->pace.busy)
		tasks_free(tasks);
}

/* --- */

void
pilot_tasks(const struct pilot *pilot, struct pilot_tasks *ret)
{
	const struct tasks *tasks = pilot->tasks;
	*ret = (struct pilot_tasks){0};
	if (tasks)
		*ret = (struct pilot_tasks){.list = tasks->list,
			.count = tasks->count,
			.open = tasks->open,
			.all_open = tasks->all_open,
			.all_over = tasks->all_over,
			.stamp = tasks->stamp,
			.error = tasks->pace.error};
}

const struct task *
pilot_task(const struct pilot *pilot, int64_t id)
{
	const struct tasks *tasks = pilot->tasks;
	const struct task key = {.id = id}, *wanted = &key;
	if (!tasks || !tasks->by_id)
		return NULL;
	const struct task **found = bsearch(
		&wanted, tasks->by_id, tasks->count, sizeof(*tasks->by_id), compare_ids);
	return found ? *found : NULL;
}

static const struct task *
held_by(const struct tasks *tasks, const char *host, const char *agent)
{
	size_t len = strlen(host);
	for (size_t i = 0; i < tasks->held_count; i++) {
		const char *owner = tasks->held[i]->owner;
		if (strncmp(owner, host, len) == 0 && owner[len] == '/' &&
			strcmp(owner + len + 1, agent) == 0)
			return tasks->held[i];
	}
	return NULL;
}

const struct task *
pilot_task_of(const struct pilot *pilot, uint32_t agent)
{
	const struct tasks *tasks = pilot->tasks;
	struct agent_view view;
	if (!tasks || tasks->held_count == 0 || !fleet_agent(pilot->fleet, agent, &view))
		return NULL;
	return held_by(tasks, view.host, view.name);
}

bool
tasks_coming(const struct pilot *pilot)
{
	return pilot->tasks && pilot->tasks->stamp == 0;
}

/* Of a command, which has nothing else to do meanwhile. */
static char *
ask_check(const char *path, const char *host, const char *agent)
{
	char *owner = mem_printf("%s/%s", host, agent), *check = NULL;
	const struct task_filter filter = {.states = HELD, .owner = owner, .max = 1};
	struct store *store = NULL;
	struct task *found = NULL;
	size_t count = 0;
	if (path_exists(path) && store_open(path, &store, NULL) == 0)
		store_tasks(store, &filter, &found, &count, NULL);
	if (count > 0 && found[0].check[0])
		check = mem_strdup(found[0].check);
	store_tasks_free(found, count);
	store_close(store);
	mem_free(owner);
	return check;
}

char *
tasks_check_of(const struct pilot *pilot, const char *host, const char *agent)
{
	if (!pilot->tasks)
		return pilot->store ? ask_check(pilot->store, host, agent) : NULL;
	const struct task *task = held_by(pilot->tasks, host, agent);
	return task && task->check[0] ? mem_strdup(task->check) : NULL;
}
