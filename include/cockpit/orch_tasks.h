/*
 * orch_tasks: the fleet's tasks for a screen: the list as it was read last, and what a person
 * does with them. Nothing here waits for the store; nothing is created before a task is added.
 */
#ifndef COCKPIT_ORCH_TASKS_H
#define COCKPIT_ORCH_TASKS_H

#include <stdint.h>

#include "cockpit/orch_pilot.h"
#include "cockpit/repo_current.h"
#include "cockpit/store_form.h"
#include "cockpit/store_store.h"

#define TASKS_OPEN_MAX 5000 /* that are read */
#define TASKS_OVER_MAX 500

/* Borrowed until the next turn of the loop. Texts are as the store has them: foreign. */
struct pilot_tasks {
	const struct task *list; /* in the order of store_tasks() */
	size_t count;            /* in it */
	size_t open;             /* in it, that are not over: the first ones */
	size_t all_open, all_over;
	uint64_t stamp;    /* another one when anything above is; 0: nothing was read yet */
	const char *error; /* why the last look failed; NULL: it did not */
};

/* From now on the list is read when it has changed; changed() from the loop, when it was. */
void pilot_follow_tasks(struct pilot *pilot, void (*changed)(void *ctx), void *ctx);
/* Somebody looks at them: for the next seconds it is asked every second whether they have
 * changed, as always while an agent has one. Cheap: may be called for each frame. */
void pilot_watch_tasks(struct pilot *pilot);
void pilot_tasks(const struct pilot *pilot, struct pilot_tasks *ret);
/* One of the list; NULL. */
const struct task *pilot_task(const struct pilot *pilot, int64_t id);
/* The one that an agent has; NULL. */
const struct task *pilot_task_of(const struct pilot *pilot, uint32_t agent);

/* What agents say in the repo itself, while the tasks are followed and work is: to be looked at
 * only. Borrowed until the next turn of the loop. changed() tells when it is another. */
struct pilot_current {
	const struct current_task *list; /* by name; foreign */
	size_t count;
	bool more;                 /* than are in it */
	const char *const *agents; /* "HOST/AGENT" of all whose work was fetched; ends with
				NULL; NULL: none */
};
void pilot_current(const struct pilot *pilot, struct pilot_current *ret);

/* err is NULL on success. text: one safe line about what was done. */
typedef void pilot_task_fn(void *ctx, int64_t id, const char *text, const struct err *err);

/* One after the other, in the order in which they were called. Each returns 0 and calls done
 * exactly once, from the loop (not once the pilot is gone), or says why not, now: then nothing
 * is kept in this fleet. Of a form what is in it is taken over, and it is empty then. */
int pilot_task_add(struct pilot *pilot, struct task_form *form, pilot_task_fn *done, void *ctx,
	struct err *err);
/* version 0: whatever it is. */
int pilot_task_edit(struct pilot *pilot, int64_t id, int64_t version, struct task_form *form,
	pilot_task_fn *done, void *ctx, struct err *err);
/* To merged also where ready lies between. */
int pilot_task_move(struct pilot *pilot, int64_t id, enum task_state to, pilot_task_fn *done,
	void *ctx, struct err *err);
/* Changes places with the next one of its priority (1), or with the one before it (-1). */
int pilot_task_shift(struct pilot *pilot, int64_t id, int way, pilot_task_fn *done, void *ctx,
	struct err *err);
/* Its priority becomes so much higher. */
int pilot_task_raise(struct pilot *pilot, int64_t id, int by, pilot_task_fn *done, void *ctx,
	struct err *err);

#endif
