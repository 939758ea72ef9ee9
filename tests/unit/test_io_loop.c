/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/io_loop.h"

static struct loop *loop;
static char trace[64]; /* what ran, a letter each */

static int
setup(void **state)
{
	(void)state;
	loop = loop_new();
	trace[0] = '\0';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void
note(char letter)
{
	size_t len = strlen(trace);
	assert_true(len + 1 < sizeof(trace));
	trace[len] = letter;
	trace[len + 1] = '\0';
}

static void
on_letter(void *ctx)
{
	note(*(const char *)ctx);
}

static void
stop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

static char letters[] = "abcdefgh";

/* Due in the order of their times, equal ones in the order set; none too early. */
static void
test_timer_order(void **state)
{
	static const int ms[] = {30, 10, 20, 10, 0};
	struct loop_timer *timers[5], *end = loop_timer_new(loop, stop, NULL);
	int64_t start = clock_ms();
	(void)state;
	for (int i = 0; i < 5; i++) {
		timers[i] = loop_timer_new(loop, on_letter, &letters[i]);
		assert_false(loop_timer_armed(timers[i]));
		loop_timer_set(timers[i], ms[i]);
		assert_true(loop_timer_armed(timers[i]));
	}
	loop_timer_set(end, 31);
	loop_run(loop);
	assert_string_equal(trace, "ebdca");
	assert_true(clock_ms() - start >= 30);
	for (int i = 0; i < 5; i++) {
		assert_false(loop_timer_armed(timers[i]));
		loop_timer_free(timers[i]);
	}
	loop_timer_free(end);
	loop_timer_free(NULL);
}

struct rearm {
	struct loop_timer *timer;
	int left;
	bool other_ran;
};

static void
on_rearm(void *ctx)
{
	struct rearm *r = ctx;
	if (--r->left > 0)
		loop_timer_set(r->timer, 0);
	else
		loop_stop(loop);
}

static void
on_other(void *ctx)
{
	*(bool *)ctx = true;
}

/* One that sets itself again at once lets others run. */
static void
test_timer_rearms(void **state)
{
	struct rearm r = {.left = 50};
	struct loop_timer *other = loop_timer_new(loop, on_other, &r.other_ran);
	(void)state;
	r.timer = loop_timer_new(loop, on_rearm, &r);
	loop_timer_set(r.timer, 0);
	loop_timer_set(other, 5);
	loop_run(loop);
	assert_int_equal(r.left, 0);
	assert_true(r.other_ran);
	loop_timer_free(r.timer);
	loop_timer_free(other);
}

static void
test_timer_moves(void **state)
{
	struct loop_timer *a = loop_timer_new(loop, on_letter, &letters[0]);
	struct loop_timer *b = loop_timer_new(loop, on_letter, &letters[1]);
	struct loop_timer *end = loop_timer_new(loop, stop, NULL);
	(void)state;
	loop_timer_set(a, 5);
	loop_timer_set(b, 10);
	loop_timer_set(a, 20); /* set again: the new time counts, once */
	loop_timer_set(end, 40);
	loop_run(loop);
	assert_string_equal(trace, "ba");
	/* A far one, brought near. */
	loop_timer_set(a, 1000000);
	loop_timer_set(a, 1);
	loop_timer_set(end, 10);
	loop_run(loop);
	assert_string_equal(trace, "baa");
	loop_timer_free(a);
	loop_timer_free(b);
	loop_timer_free(end);
}

static struct loop_timer *doomed[3];

static void
kill_others(void *ctx)
{
	(void)ctx;
	note('k');
	loop_timer_cancel(doomed[1]);
	loop_timer_free(doomed[2]);
	loop_timer_free(doomed[0]); /* itself */
}

static void
test_timer_ends_in_callback(void **state)
{
	struct loop_timer *end = loop_timer_new(loop, stop, NULL);
	(void)state;
	doomed[0] = loop_timer_new(loop, kill_others, NULL);
	doomed[1] = loop_timer_new(loop, on_letter, &letters[1]);
	doomed[2] = loop_timer_new(loop, on_letter, &letters[2]);
	for (int i = 0; i < 3; i++)
		loop_timer_set(doomed[i], 1); /* due in one round */
	loop_timer_set(end, 20);
	loop_run(loop);
	assert_string_equal(trace, "k");
	assert_false(loop_timer_armed(doomed[1]));
	loop_timer_free(doomed[1]);
	loop_timer_free(end);
}

static uint64_t cancel_me;

static void
on_defer_again(void *ctx)
{
	(void)ctx;
	note('1');
	loop_defer(loop, on_letter, &letters[0]); /* the next turn's */
	loop_defer_cancel(loop, cancel_me);
}

static void
test_deferred(void **state)
{
	(void)state;
	assert_true(loop_defer(loop, on_defer_again, NULL) != 0);
	cancel_me = loop_defer(loop, on_letter, &letters[1]);
	loop_defer(loop, on_letter, &letters[2]);
	uint64_t id = loop_defer(loop, on_letter, &letters[3]);
	loop_defer_cancel(loop, id);
	loop_defer_cancel(loop, id);
	loop_defer_cancel(loop, 12345);
	assert_string_equal(trace, "");
	loop_turn(loop, false);
	assert_string_equal(trace, "1c");
	loop_turn(loop, false);
	assert_string_equal(trace, "1ca");
	/* Left over at the end: not run, not leaked. */
	loop_defer(loop, on_letter, &letters[4]);
	loop_defer_cancel(loop, loop_defer(loop, on_letter, &letters[5]));
}

static struct loop_watch *watches[2];
static int fds[2][2];

static void
on_readable(void *ctx, int events)
{
	char byte;
	int i = *(int *)ctx;
	assert_true(events & LOOP_READ);
	assert_int_equal(read(fds[i][0], &byte, 1), 1);
	note(byte);
	/* Both are ready: the first one frees both. */
	for (int k = 0; k < 2; k++) {
		loop_watch_free(watches[k]);
		watches[k] = NULL;
		close(fds[k][0]);
	}
}

static void
test_watch(void **state)
{
	static int numbers[] = {0, 1};
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(fds[i]), 0);
		watches[i] = loop_watch_new(loop, fds[i][0], on_readable, &numbers[i]);
		loop_watch_set(watches[i], LOOP_READ);
	}
	loop_turn(loop, false);
	assert_string_equal(trace, "");
	loop_watch_set(watches[0], 0);
	assert_int_equal(write(fds[0][1], "x", 1), 1);
	loop_turn(loop, false);
	assert_string_equal(trace, ""); /* not asked for */
	loop_watch_set(watches[0], LOOP_READ);
	assert_int_equal(write(fds[1][1], "x", 1), 1);
	loop_turn(loop, true);
	loop_turn(loop, false);
	assert_string_equal(trace, "x");
	close(fds[0][1]);
	close(fds[1][1]);
	loop_watch_free(NULL);
}

static struct loop_signal *winch;

static void
on_winch(void *ctx, int signum)
{
	(void)ctx;
	assert_int_equal(signum, SIGWINCH);
	note('w');
	loop_signal_free(winch);
}

static void
test_signal(void **state)
{
	int64_t until = clock_ms() + 5000;
	(void)state;
	winch = loop_signal_new(loop, SIGWINCH, on_winch, NULL);
	raise(SIGWINCH);
	assert_string_equal(trace, ""); /* never from inside */
	while (!trace[0] && clock_ms() < until)
		loop_turn(loop, false);
	assert_string_equal(trace, "w");
	loop_signal_free(NULL);
}

struct work {
	int a, b, sum;
	bool done;
};

static void
do_work(void *ctx)
{
	struct work *w = ctx;
	w->sum = w->a + w->b;
}

static void
on_work(void *ctx)
{
	struct work *w = ctx;
	w->done = true;
	note('j');
}

static void
test_job(void **state)
{
	struct work w = {.a = 3, .b = 4};
	(void)state;
	loop_job(loop, do_work, on_work, &w);
	while (!w.done)
		loop_turn(loop, true);
	assert_int_equal(w.sum, 7);
	assert_string_equal(trace, "j");
}

/* Outlives its loop, so it lies in no frame. */
static struct {
	atomic_bool go, through, called;
} slow;

static void
do_slow(void *ctx)
{
	(void)ctx;
	while (!atomic_load(&slow.go))
		sched_yield();
	atomic_store(&slow.through, true);
}

static void
on_slow(void *ctx)
{
	(void)ctx;
	atomic_store(&slow.called, true);
}

/* Nobody who leaves waits for a job that cannot be stopped. */
static void
test_job_outlives(void **state)
{
	struct loop *other = loop_new();
	(void)state;
	loop_job(other, do_slow, on_slow, NULL);
	loop_free(other);
	assert_false(atomic_load(&slow.through));
	atomic_store(&slow.go, true);
	while (!atomic_load(&slow.through))
		sched_yield();
	assert_false(atomic_load(&slow.called));
	loop_free(NULL);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_timer_order),
		EACH(test_timer_rearms),
		EACH(test_timer_moves),
		EACH(test_timer_ends_in_callback),
		EACH(test_deferred),
		EACH(test_watch),
		EACH(test_signal),
		EACH(test_job),
		EACH(test_job_outlives),
	};
	return cmocka_run_group_tests_name("io_loop", tests, NULL, NULL);
}
