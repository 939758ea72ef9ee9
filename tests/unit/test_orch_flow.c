/* SPDX-License-Identifier: MIT */
/* Tasks that go on with what their agents do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/orch_tasks.h"
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

#define COUNT 12

/* Where as many agents have a task each, that follow what they do. */
static struct cockpit *
open_claimed(const char *extra)
{
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, extra);
	pilot_keep(cockpit->pilot);
	pilot_follow_checks(cockpit->pilot);
	for (int i = 0; i < COUNT; i++) {
		char *owner = mem_printf("local/a%d", i);
		claim(cockpit, owner);
		mem_free(owner);
	}
	return cockpit;
}

/* What happens to a task quickly, one thing after the other, is not told apart by who is
 * quicker.
 */
static void
test_in_order(void **state)
{
	(void)state;
	struct cockpit *cockpit = open_claimed(", \"check\": \"true\"");
	for (int i = 0; i < COUNT; i++) {
		char *name = mem_printf("a%d", i);
		struct pilot_check check = {
			.state = CHECK_FAILED, .words = "1 failed", .command = "true"};
		flow_begins(cockpit->pilot, "local", name);
		flow_checked(cockpit->pilot, "local", name, &check);
		check.state = CHECK_PASSED;
		flow_checked(cockpit->pilot, "local", name, &check);
		mem_free(name);
	}
	for (int i = 1; i <= COUNT; i++)
		LIVE_UNTIL(&live, state_of(cockpit, i) == TASK_READY);
}

/* What waits when all ends is done still: nobody would find out later that it is to be done. */
static void
test_end(void **state)
{
	(void)state;
	struct cockpit *cockpit = open_claimed("");
	for (int i = 0; i < COUNT; i++) {
		char *name = mem_printf("a%d", i);
		flow_begins(cockpit->pilot, "local", name);
		mem_free(name);
	}
	live_close(&live, 0);
	cockpit = live_open(&live, 0, "");
	pilot_keep(cockpit->pilot);
	for (int i = 1; i <= COUNT; i++)
		assert_int_equal(state_of(cockpit, i), TASK_WORKING);
}

static void
on_press(void *ctx, int64_t id, const char *text, const struct err *why)
{
	int *left = ctx;
	(void)id;
	(void)text;
	if (why)
		fail_msg("%s", why->text);
	--*left;
}

/* Nor what a person presses quickly: each could not be where the one before has not been. */
static void
test_presses(void **state)
{
	int left = 20;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	pilot_keep(cockpit->pilot);
	claim(cockpit, "local/a");
	for (int i = 0; i < left; i++)
		assert_int_equal(
			pilot_task_move(cockpit->pilot, 1, i % 2 ? TASK_QUEUED : TASK_CANCELLED,
				on_press, &left, NULL),
			0);
	LIVE_UNTIL(&live, left == 0);
	assert_int_equal(state_of(cockpit, 1), TASK_QUEUED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_begun_before, teardown),
		cmocka_unit_test_teardown(test_asked_before_its_end, teardown),
		cmocka_unit_test_teardown(test_in_order, teardown),
		cmocka_unit_test_teardown(test_end, teardown),
		cmocka_unit_test_teardown(test_presses, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
