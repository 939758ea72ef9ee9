/*
 * What tests of links over SSH have in common: a loop and a pool for each test, turns of the
 * loop that end, and what an error says.
 */
#ifndef COCKPIT_TEST_SSH_FIXTURE_H
#define COCKPIT_TEST_SSH_FIXTURE_H

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_link.h"

#define DEADLINE_MS 60000

static struct loop *loop;
static struct ssh_pool *pool;
static int links_alive;

static inline void
on_tick(void *ctx)
{
	(void)ctx; /* it has woken the loop: that is all */
}

/* One turn that ends soon, whatever happens; a test that hangs fails. */
static inline void
turn(int64_t deadline)
{
	struct loop_timer *tick = loop_timer_new(loop, on_tick, NULL);
	loop_timer_set(tick, 50);
	loop_turn(loop, true);
	loop_timer_free(tick);
	assert_true(clock_ms() < deadline);
}

static inline void
wait_for(const bool *flag)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (!*flag)
		turn(deadline);
}

static inline void
assert_says(const struct err *err, int code, const char *part)
{
	if (err->code != code || !strstr(err->text, part))
		fail_msg("got %s \"%s\", want %s with \"%s\"", err_name(err->code), err->text,
			err_name(code), part);
}

static inline int
make_loop(void **state)
{
	(void)state;
	links_alive = 0;
	loop = loop_new();
	pool = ssh_pool_new(loop);
	return 0;
}

/* A test that failed halfway leaves links whose callbacks point into its dead frame: those are
 * left alone with their loop. */
static inline int
drop_loop(void **state)
{
	(void)state;
	if (links_alive == 0) {
		ssh_pool_free(pool);
		loop_free(loop);
	}
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_loop, drop_loop)

#endif
