/* SPDX-License-Identifier: MIT */
/*
 * store_fixture: a store in a folder of its own. The engine under test is a function that
 * opens one: whatever passes test_store_store, _claim and _record is an engine.
 */
#ifndef COCKPIT_TEST_STORE_FIXTURE_H
#define COCKPIT_TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/store_store.h"

#define NOW   ((int64_t)1700000000000)
#define LEASE 60000

typedef int open_fn(const char *path, struct store **ret, struct err *err);

static open_fn *const engine = store_open;
static char dir[40];
static char *file;
static struct store *store;
static struct err err;

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cockpit-store-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	file = path_join(dir, "fleet/store.db");
	return engine(file, &store, &err);
}

static int
teardown(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	mem_free(file);
	return path_remove_tree(dir, NULL);
}

#define assert_good(call)                                    \
	do {                                                 \
		err = ERR_INIT;                              \
		int rc_ = (call);                            \
		if (rc_ != 0)                                \
			fail_msg("%s: %s", #call, err.text); \
	} while (0)

/* With a whole text, which says something of that. */
#define assert_bad(call, code_, says)                                       \
	do {                                                                \
		err = ERR_INIT;                                             \
		assert_int_equal(call, code_);                              \
		assert_int_equal(err.code, code_);                          \
		if (!strstr(err.text, says))                                \
			fail_msg("\"%s\" does not say %s", err.text, says); \
	} while (0)

static inline int64_t
add_text(const struct task_text *text)
{
	int64_t id = 0;
	assert_good(store_add(store, text, 1, "operator", "operator", NOW, &id, &err));
	return id;
}

static inline int64_t
add(const char *title)
{
	return add_text(&(struct task_text){.title = title});
}

/* To be released. */
static inline struct task
task_of(int64_t id)
{
	struct task task = {0};
	assert_good(store_task(store, id, &task, &err));
	return task;
}

static inline struct task
claim(int64_t id, const char *owner)
{
	struct task task = {0};
	assert_good(store_claim(store, id, owner, LEASE, NOW, &task, &err));
	return task;
}

static inline int64_t
claim_id(int64_t id, const char *owner)
{
	struct task task = claim(id, owner);
	int64_t ret = task.id;
	task_release(&task);
	return ret;
}

static inline void
move_to(int64_t id, enum task_state to)
{
	assert_good(store_move(store, id, 0, to, NULL, "operator", NOW, NULL, &err));
}

/* How a new one gets there; -1 ends. */
static const int paths[TASK_STATE_COUNT][6] = {
	[TASK_QUEUED] = {-1             },
	[TASK_CLAIMED] = {               TASK_CLAIMED,             -1},
	[TASK_WORKING] = {               TASK_CLAIMED,   TASK_WORKING, -1},
	[TASK_CHECKING] = {             TASK_CLAIMED,    TASK_WORKING, TASK_CHECKING, -1},
	[TASK_NEEDS_YOU] = {TASK_CLAIMED,             TASK_NEEDS_YOU, -1},
	[TASK_READY] = {			   TASK_CLAIMED,TASK_WORKING, TASK_CHECKING, TASK_READY, -1},
	[TASK_MERGED] = { TASK_CLAIMED,    TASK_WORKING, TASK_CHECKING, TASK_READY, TASK_MERGED},
	[TASK_FAILED] = {TASK_FAILED,     -1},
	[TASK_CANCELLED] = {                 TASK_CANCELLED,    -1},
};

static inline int64_t
add_in_state(enum task_state state, const char *owner)
{
	int64_t id = add("in a state");
	const int *path = paths[state];
	for (int i = 0; i < 5 && path[i] >= 0; i++) {
		if (path[i] == TASK_CLAIMED)
			claim_id(id, owner);
		else
			move_to(id, (enum task_state)path[i]);
		if (path[i] == (int)state)
			break;
	}
	return id;
}

static inline int64_t
last_event(void)
{
	int64_t seq = -1;
	assert_good(store_last(store, &seq, &err));
	return seq;
}

#endif
