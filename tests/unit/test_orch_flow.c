/* SPDX-License-Identifier: MIT */
/* Tasks that go on with what their agents do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/store_store.h"
#include "live_fleet.h"
#include "orch/local.h"

#define TREE     "0123456789012345678901234567890123456789"
#define LEASE_MS 3600000

static struct live_fleet live;

static int
teardown(void **state)
{
	(void)state;
	live_stop(&live);
	return 0;
}

static enum task_state
state_of(const struct cockpit *cockpit, int64_t id)
{
	struct store *store;
	struct task task = {0};
	assert_int_equal(store_open(cockpit->pilot->store, &store, NULL), 0);
	assert_int_equal(store_task(store, id, &task, NULL), 0);
	enum task_state ret = task.state;
	task_release(&task);
	store_close(store);
	return ret;
}

static void
claim(const struct cockpit *cockpit, const char *owner)
{
	const struct task_text text = {.title = "x"};
	int64_t id, now = clock_wall() * 1000;
	struct store *store;
	assert_int_equal(store_open(cockpit->pilot->store, &store, NULL), 0);
	assert_int_equal(store_add(store, &text, 1, "me", "me", now, &id, NULL), 0);
	assert_int_equal(store_claim(store, id, owner, LEASE_MS, now, NULL, NULL), 0);
	store_close(store);
}

static enum agent_state
doing(const struct cockpit *cockpit, const char *name)
{
	return live_view(cockpit, name).verdict.state;
}

/* As when it is seen. */
static uint32_t
see(const struct cockpit *cockpit, const char *name)
{
	uint32_t id = fleet_agent_find(cockpit->fleet, name);
	flow_event(cockpit->pilot, &(struct fleet_event){FLEET_AGENT, 0, id});
	return id;
}

/* Who gave them their tasks was killed before it was written down that they had begun. */
static void
test_begun_before(void **state)
{
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	pilot_keep(cockpit->pilot);
	pilot_follow_checks(cockpit->pilot);
	live_spawn_sh(&live, cockpit, "prints", "while sleep 0.2; do echo x; done");
	live_spawn_sh(&live, cockpit, "rests", "exec sleep 100");
	live_spawn_sh(&live, cockpit, "waits", "exec sleep 100");
	claim(cockpit, "local/prints");
	claim(cockpit, "local/rests");
	claim(cockpit, "local/waits");
	LIVE_UNTIL(&live, doing(cockpit, "prints") == AGENT_WORKING);
	see(cockpit, "prints");
	LIVE_UNTIL(&live, state_of(cockpit, 1) == TASK_WORKING);
	LIVE_UNTIL(&live, is_at_rest(doing(cockpit, "waits")));
	flow_work(cockpit->pilot, see(cockpit, "waits"), TREE, false, clock_ms());
	LIVE_UNTIL(&live, is_at_rest(doing(cockpit, "rests")));
	flow_work(cockpit->pilot, see(cockpit, "rests"), TREE, true, clock_ms());
	LIVE_UNTIL(&live, state_of(cockpit, 2) == TASK_WORKING);
	assert_int_equal(state_of(cockpit, 3), TASK_CLAIMED);
}

/* What was asked for in the midst of its turn and comes when that has ended says nothing of
 * what it has left. */
static void
test_asked_before_its_end(void **state)
{
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	pilot_keep(cockpit->pilot);
	pilot_follow_checks(cockpit->pilot);
	live_spawn_sh(&live, cockpit, "turns",
		"while [ ! -e ~/over ]; do echo x; sleep 0.2; done; exec sleep 100");
	claim(cockpit, "local/turns");
	LIVE_UNTIL(&live, doing(cockpit, "turns") == AGENT_WORKING);
	see(cockpit, "turns");
	LIVE_UNTIL(&live, state_of(cockpit, 1) == TASK_WORKING);
	int64_t asked_at = clock_ms();
	assert_int_equal(system("touch ~/over"), 0);
	LIVE_UNTIL(&live, is_at_rest(doing(cockpit, "turns")));
	uint32_t id = see(cockpit, "turns");
	flow_work(cockpit->pilot, id, TREE, false, asked_at);
	flow_work(cockpit->pilot, id, TREE, true, clock_ms());
	LIVE_UNTIL(&live, state_of(cockpit, 1) == TASK_READY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_begun_before, teardown),
		cmocka_unit_test_teardown(test_asked_before_its_end, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
