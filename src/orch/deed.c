/* SPDX-License-Identifier: MIT */
/* What a person does with tasks: each a worker's, one after the other. */
#include <inttypes.h>
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_tasks.h"
#include "local.h"

#define ACTOR "operator"
#define TRIES 20

/* It may outlive its pilot while a worker has it. */
struct deed {
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct deed *next;
	int (*run)(struct deed *deed, struct store *store, struct err *err);
	pilot_task_fn *done;
	void *ctx;
	char *store;
	int64_t id, version;
	struct task_form form;
	enum task_state to;
	int by;
	const char *words; /* what was done */
	struct buf text;
	struct err err;
};

static int64_t
now_ms(void)
{
	return clock_wall() * 1000;
}

/* --- on a worker --- */

static int
do_add(struct deed *deed, struct store *store, struct err *err)
{
	struct task_text text = task_form_text(&deed->form);
	return store_add(store, &text, 1, ACTOR, ACTOR, now_ms(), &deed->id, err);
}

static int
do_edit(struct deed *deed, struct store *store, struct err *err)
{
	struct task_text text = task_form_text(&deed->form);
	if (deed->version)
		return store_edit(store, deed->id, deed->version, &text, ACTOR, now_ms(), err);
	int rc = ERR_CHANGED;
	for (int i = 0; i < TRIES && rc == ERR_CHANGED; i++) {
		struct task task;
		rc = store_task(store, deed->id, &task, err);
		if (rc < 0)
			break;
		rc = store_edit(store, deed->id, task.version, &text, ACTOR, now_ms(), err);
		task_release(&task);
	}
	return rc;
}

static int
do_raise(struct deed *deed, struct store *store, struct err *err)
{
	int rc = ERR_CHANGED;
	for (int i = 0; i < TRIES && rc == ERR_CHANGED; i++) {
		struct task task;
		rc = store_task(store, deed->id, &task, err);
		if (rc < 0)
			break;
		int64_t priority = (int64_t)task.priority + deed->by;
		int value = priority > INT32_MAX    ? INT32_MAX
			    : priority < -INT32_MAX ? -INT32_MAX
						    : (int)priority;
		struct task_text text = {.priority = &value};
		rc = store_edit(store, deed->id, task.version, &text, ACTOR, now_ms(), err);
		task_release(&task);
	}
	return rc;
}

static int
do_move(struct deed *deed, struct store *store, struct err *err)
{
	struct task task;
	int64_t version = 0;
	int rc = store_task(store, deed->id, &task, err);
	if (rc < 0)
		return rc;
	bool far = deed->to == TASK_MERGED && !store_can_move(task.state, TASK_MERGED) &&
		   store_can_move(task.state, TASK_READY);
	if (far) {
		struct task step = {0};
		rc = store_move(store, deed->id, task.version, TASK_READY, NULL, ACTOR,
			now_ms(), &step, err);
		version = step.version;
		task_release(&step);
	}
	task_release(&task);
	return rc < 0 ? rc
		      : store_move(store, deed->id, version, deed->to, NULL, ACTOR, now_ms(),
				NULL, err);
}

/* Before whom it is to stand among those of its priority: 0 is last; 1: it stays. */
static int
find_place(const struct task *tasks, size_t count, const struct deed *deed, int64_t *ret,
	struct err *err)
{
	size_t at = 0;
	while (at < count && tasks[at].id != deed->id)
		at++;
	if (at == count)
		return err_set(err, ERR_NOT_FOUND,
			"task %" PRId64 " has no place in the order: it is over", deed->id);
	int priority = tasks[at].priority;
	if (deed->by < 0) {
		if (at == 0 || tasks[at - 1].priority != priority)
			return 1;
		*ret = tasks[at - 1].id;
		return 0;
	}
	if (at + 1 == count || tasks[at + 1].priority != priority)
		return 1;
	*ret = at + 2 < count && tasks[at + 2].priority == priority ? tasks[at + 2].id : 0;
	return 0;
}

static int
do_shift(struct deed *deed, struct store *store, struct err *err)
{
	struct task_filter filter = {0};
	struct task *tasks = NULL;
	size_t count = 0;
	int64_t before = 0;
	for (int i = 0; i < TASK_STATE_COUNT; i++)
		filter.states |= task_is_over((enum task_state)i) ? 0 : 1u << i;
	int rc = store_tasks(store, &filter, &tasks, &count, err);
	if (rc == 0)
		rc = find_place(tasks, count, deed, &before, err);
	store_tasks_free(tasks, count);
	if (rc == 1)
		return err_set(err, ERR_INVALID,
			"task %" PRId64 " is the %s of its priority: + and - change that",
			deed->id, deed->by < 0 ? "first" : "last");
	return rc < 0 ? rc : store_rank(store, deed->id, before, ACTOR, now_ms(), err);
}

static void
work(void *ctx)
{
	struct deed *deed = ctx;
	struct store *store = NULL;
	int rc = store_open(deed->store, &store, &deed->err);
	if (rc == 0)
		rc = deed->run(deed, store, &deed->err);
	struct task task;
	if (rc == 0 && deed->words && store_task(store, deed->id, &task, NULL) == 0) {
		buf_printf(&deed->text, "%s %" PRId64 ": ", deed->words, deed->id);
		text_safe(&deed->text, str_from(task.title), -1);
		task_release(&task);
	}
	store_close(store);
}

/* --- in the loop --- */

static void
deed_free(struct deed *deed)
{
	task_form_release(&deed->form);
	buf_release(&deed->text);
	mem_free(deed->store);
	mem_free(deed);
}

static void
on_done(void *ctx)
{
	struct deed *deed = ctx;
	struct pilot *pilot = deed->pilot;
	if (!pilot) {
		deed_free(deed);
		return;
	}
	pilot->deeds = deed->next;
	if (pilot->deeds)
		loop_job(fleet_loop(pilot->fleet), work, on_done, pilot->deeds);
	tasks_look(pilot);
	if (deed->done)
		deed->done(deed->ctx, deed->id, buf_cstr(&deed->text),
			deed->err.code ? &deed->err : NULL);
	deed_free(deed);
}

static int
start(struct pilot *pilot, const struct deed *like, struct task_form *form, struct err *err)
{
	struct deed **last = &pilot->deeds;
	if (!pilot->store)
		return err_set(err, ERR_UNSUPPORTED,
			"this fleet has no folder where tasks could be kept");
	struct deed *deed = MEM_NEW(struct deed);
	*deed = *like;
	deed->pilot = pilot;
	deed->store = mem_strdup(pilot->store);
	if (form) {
		deed->form = *form;
		*form = (struct task_form){0};
	}
	while (*last)
		last = &(*last)->next;
	*last = deed;
	if (pilot->deeds == deed)
		loop_job(fleet_loop(pilot->fleet), work, on_done, deed);
	return 0;
}

/* The first one is a worker's: it comes back. */
void
deeds_drop(struct pilot *pilot)
{
	struct deed *deed = pilot->deeds, *next = deed ? deed->next : NULL;
	if (deed)
		deed->pilot = NULL;
	while (next) {
		deed = next;
		next = deed->next;
		deed_free(deed);
	}
	pilot->deeds = NULL;
}

int
pilot_task_add(struct pilot *pilot, struct task_form *form, pilot_task_fn *done, void *ctx,
	struct err *err)
{
	int rc = task_form_check_new(form, err);
	const struct deed deed = {.run = do_add, .done = done, .ctx = ctx, .words = "added"};
	return rc < 0 ? rc : start(pilot, &deed, form, err);
}

int
pilot_task_edit(struct pilot *pilot, int64_t id, int64_t version, struct task_form *form,
	pilot_task_fn *done, void *ctx, struct err *err)
{
	int rc = task_form_check(form, err);
	const struct deed deed = {.run = do_edit,
		.done = done,
		.ctx = ctx,
		.id = id,
		.version = version,
		.words = "changed"};
	return rc < 0 ? rc : start(pilot, &deed, form, err);
}

int
pilot_task_move(struct pilot *pilot, int64_t id, enum task_state to, pilot_task_fn *done,
	void *ctx, struct err *err)
{
	const struct deed deed = {.run = do_move,
		.done = done,
		.ctx = ctx,
		.id = id,
		.to = to,
		.words = to == TASK_QUEUED ? "queued again" : task_state_name(to)};
	return start(pilot, &deed, NULL, err);
}

int
pilot_task_shift(struct pilot *pilot, int64_t id, int way, pilot_task_fn *done, void *ctx,
	struct err *err)
{
	const struct deed deed = {
		.run = do_shift, .done = done, .ctx = ctx, .id = id, .by = way};
	return start(pilot, &deed, NULL, err);
}

int
pilot_task_raise(struct pilot *pilot, int64_t id, int by, pilot_task_fn *done, void *ctx,
	struct err *err)
{
	const struct deed deed = {
		.run = do_raise, .done = done, .ctx = ctx, .id = id, .by = by};
	return start(pilot, &deed, NULL, err);
}
