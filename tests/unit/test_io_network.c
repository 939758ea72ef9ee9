/* SPDX-License-Identifier: MIT */
/* Addresses and routes that come, in a network of the test's own. */
#define _GNU_SOURCE /* unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_network.h"

#define DEADLINE_MS 20000
#define NOTHING_MS  1500

static struct loop *loop;
static struct loop_timer *ticker;
static struct network *network;
static int changes;
static bool has_network;

static void
on_changed(void *ctx)
{
	(void)ctx;
	changes++;
}

static void
on_tick(void *ctx)
{
	(void)ctx;
}

static void
turn(void)
{
	loop_timer_set(ticker, 20);
	loop_turn(loop, true);
}

static void
wait_for_changes(int count)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	while (changes < count) {
		turn();
		assert_true(clock_ms() < end);
	}
}

static void
nothing_comes(void)
{
	int before = changes;
	int64_t end = clock_ms() + NOTHING_MS;
	while (clock_ms() < end)
		turn();
	assert_int_equal(changes, before);
}

static void
ip(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int
set_up(void **state)
{
	(void)state;
	/* Not root: in a user namespace, where that is allowed. */
	has_network =
		(unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
		system("ip link add ck0 type veth peer name ck1 2>&1") == 0;
	if (!has_network)
		printf("skip - no network namespace can be had here\n");
	loop = loop_new();
	ticker = loop_timer_new(loop, on_tick, NULL);
	network = network_new(loop, on_changed, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	network_free(network);
	loop_timer_free(ticker);
	loop_free(loop);
	return 0;
}

static void
test_what_comes_is_told_once(void **state)
{
	(void)state;
	if (!has_network)
		skip();
	/* With it each end gets an address of its own, and a route to it. */
	ip("ip link set ck0 up && ip link set ck1 up && ip link set lo up");
	nothing_comes();
	ip("ip addr add 10.1.2.3/24 dev ck0 && ip route add default via 10.1.2.1");
	wait_for_changes(1);
	nothing_comes();
	ip("ip route add 10.9.0.0/16 via 10.1.2.1 && ip route del default");
	nothing_comes();
	ip("ip route add default via 10.1.2.1");
	wait_for_changes(2);
	ip("ip -6 addr add 2001:db8::1/64 dev ck0 nodad");
	wait_for_changes(3);
}

/* More than the socket holds. */
static void
test_many_at_once(void **state)
{
	(void)state;
	if (!has_network)
		skip();
	int before = changes;
	ip("for i in $(seq 4 250); do echo addr add 10.1.2.$i/24 dev ck0; done | ip -batch -");
	wait_for_changes(before + 1);
	nothing_comes();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_comes_is_told_once),
		cmocka_unit_test(test_many_at_once),
	};
	return cmocka_run_group_tests_name("io_network", tests, set_up, tear_down);
}
