/* SPDX-License-Identifier: MIT */
/* The file of the bill: what goes wrong with it is made up for. Timers go off by hand. */
#include "../../src/orch/cost.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui_deck.h"

static char dir[] = "/tmp/ckcost.XXXXXX", *file;

static int
own_setup(void **state)
{
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	if (!mkdtemp(dir) || deck_setup(state) != 0)
		return -1;
	file = path_join(dir, "costs.json");
	costs_open(view.pilot, dir);
	return 0;
}

static int
own_teardown(void **state)
{
	costs_drop(view.pilot);
	path_remove_tree(dir, NULL);
	mem_free(file);
	return deck_teardown(state);
}

static void
tell(const char *start, int64_t micros)
{
	struct agent *agent = view.fleet->agents[0];
	const struct fleet_event event = {FLEET_AGENT, 0, agent->id};
	mem_free(agent->uid);
	agent->uid = mem_strdup(start);
	agent->cost = (struct cost){COST_SIGNAL, micros, -1, clock_ms(), ""};
	costs_event(view.pilot, &event);
}

static int64_t
sum_of(const struct bill *bill)
{
	struct bill_sum sum = BILL_SUM_INIT;
	for (size_t i = 0; i < bill->count; i++)
		bill_add(&sum, &bill->rows[i]);
	return sum.micros;
}

static int64_t
sum_here(void)
{
	return sum_of(&view.pilot->costs->bill);
}

static int64_t
sum_in_file(void)
{
	struct bill bill = {0};
	struct err err = ERR_INIT;
	assert_int_equal(read_file(file, &bill, &err), 0);
	int64_t sum = sum_of(&bill);
	bill_release(&bill);
	return sum;
}

static void
save_now(void)
{
	struct costs *costs = view.pilot->costs;
	int64_t end = clock_ms() + 20000;
	on_timer(view.pilot);
	assert_non_null(costs->saving);
	while (costs->saving && clock_ms() < end)
		loop_turn(loop, true);
	assert_null(costs->saving);
}

/* However often it is said, it is noted once a second; the last of it is not lost. */
static void
test_heard(void **state)
{
	struct costs *costs = view.pilot->costs;
	(void)state;
	for (int i = 1; i <= 100; i++)
		tell("s1", i % 10 + 100);
	assert_int_equal(costs->bill.count, 1);
	assert_int_equal(sum_here(), 101);
	costs->heard[0].noted_at = clock_ms();
	on_hear(view.pilot); /* too early */
	assert_int_equal(sum_here(), 101);
	costs->heard[0].noted_at -= HEAR_MS;
	on_hear(view.pilot);
	assert_int_equal(sum_here(), 201);
	assert_true(loop_timer_armed(costs->hearer));
	/* The next start is heard at once, and what was said before it. */
	tell("s1", 150);
	tell("s2", 7);
	assert_int_equal(sum_here(), 101 + 150 + 7);
	costs->heard[0].noted_at -= HEAR_MS;
	on_hear(view.pilot);
	assert_int_equal(costs->heard_count, 0);
	tell("s2", 8);
	tell("s2", 9);
	costs_drop(view.pilot);
	assert_int_equal(sum_in_file(), 101 + 150 + 9);
}

static void
test_save_fails(void **state)
{
	struct costs *costs = view.pilot->costs;
	char *away = mem_printf("%s.away", dir);
	(void)state;
	tell("s1", 5);
	assert_int_equal(rename(dir, away), 0);
	save_now();
	assert_int_equal(rename(away, dir), 0);
	assert_true(costs->changed && loop_timer_armed(costs->timer));
	save_now();
	assert_false(costs->changed);
	assert_int_equal(sum_in_file(), 5);
	mem_free(away);
}

/* Another cockpit, stopped while it held the lock: nobody waits for it for long, and what is
 * out when this one ends is not lost. */
static void
test_lock(void **state)
{
	char *lock = mem_printf("%s.lock", file);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	tell("s1", 5);
	on_timer(view.pilot);
	assert_non_null(view.pilot->costs->saving);
	assert_false(view.pilot->costs->changed);
	costs_drop(view.pilot);
	assert_int_equal(sum_in_file(), 5);
	close(fd);
	loop_turn(loop, true); /* the worker is done, too */
	mem_free(lock);
}

static void
test_broken(void **state)
{
	static const char broken[] = "[{\"agent\": \"old\"},]";
	char *bad = mem_printf("%s.bad", file);
	struct buf text = BUF_INIT;
	(void)state;
	assert_int_equal(path_write(file, STR(broken), 0600, NULL), 0);
	tell("s1", 5);
	save_now();
	assert_int_equal(sum_in_file(), 5);
	assert_int_equal(path_read(bad, 1000, &text, NULL), 0);
	assert_string_equal(buf_cstr(&text), broken);
	buf_release(&text);
	/* What cannot be put aside, either, stays as it is. */
	unlink(bad);
	assert_int_equal(path_mkdir(bad, NULL), 0);
	assert_int_equal(path_write(file, STR(broken), 0600, NULL), 0);
	tell("s2", 5);
	save_now();
	assert_true(view.pilot->costs->changed);
	assert_int_equal(path_read(file, 1000, &text, NULL), 0);
	assert_string_equal(buf_cstr(&text), broken);
	buf_release(&text);
	mem_free(bad);
}

/* Another host's agent of that name is another one; one that has moved is not. */
static void
test_forget(void **state)
{
	struct costs *costs = view.pilot->costs;
	struct cost said = {.source = COST_HOOK, .micros = 5, .tokens = -1, .id = "c1"};
	(void)state;
	bill_note(&costs->bill, "web-1", "types", "s", &said, 1); /* it is there */
	bill_note(&costs->bill, "web-1", "parser", "s", &said, 1);
	costs_forget(view.pilot, "local", "types");
	costs_forget(view.pilot, "local", "parser");
	assert_false(costs->bill.rows[0].past);
	assert_true(costs->bill.rows[1].past);
	costs_forget(view.pilot, "web-1", "types");
	assert_true(costs->bill.rows[0].past);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_heard, own_setup, own_teardown),
		cmocka_unit_test_setup_teardown(test_save_fails, own_setup, own_teardown),
		cmocka_unit_test_setup_teardown(test_lock, own_setup, own_teardown),
		cmocka_unit_test_setup_teardown(test_broken, own_setup, own_teardown),
		cmocka_unit_test_setup_teardown(test_forget, own_setup, own_teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("orch_cost_file", tests, NULL, NULL);
}
