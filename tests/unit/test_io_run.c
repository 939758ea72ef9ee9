/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_run.h"

static struct loop *loop;
static struct link *link_here;
static struct loop_timer *tick;
static bool is_ready;

struct answer {
	int count, code, err;
	struct buf out, errout;
};

static void
on_ready(void *ctx)
{
	(void)ctx;
	is_ready = true;
}

static void
on_closed(void *ctx, const struct err *why)
{
	(void)ctx;
	(void)why;
}

static void
on_tick(void *ctx)
{
	(void)ctx;
}

static void
turn(void)
{
	loop_timer_set(tick, 20);
	loop_turn(loop, true);
}

static int
setup(void **state)
{
	static const struct link_ops ops = {.ready = on_ready, .closed = on_closed};
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	is_ready = false;
	loop = loop_new();
	tick = loop_timer_new(loop, on_tick, NULL);
	link_here = link_local_new(loop, &ops, NULL);
	while (!is_ready)
		turn();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	link_free(link_here);
	loop_timer_free(tick);
	loop_free(loop);
	return 0;
}

static void
on_done(void *ctx, const struct run_result *result)
{
	struct answer *answer = ctx;
	answer->count++;
	answer->code = result->code;
	answer->err = result->err ? result->err->code : 0;
	buf_add(&answer->out, result->out);
	buf_add(&answer->errout, result->errout);
}

static struct run *
start(struct answer *answer, const char *script, struct str input, int64_t deadline_ms)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct err err = ERR_INIT;
	struct run *run =
		run_new(loop, link_here, argv, input, deadline_ms, on_done, answer, &err);
	if (!run)
		fail_msg("%s: %s", script, err.text);
	assert_int_equal(answer->count, 0);
	return run;
}

static void
finish(struct answer *answer)
{
	int64_t until = clock_ms() + 20000;
	while (!answer->count && clock_ms() < until)
		turn();
	turn();
	assert_int_equal(answer->count, 1);
}

static void
release(struct answer *answer)
{
	buf_release(&answer->out);
	buf_release(&answer->errout);
}

static void
test_plain(void **state)
{
	struct answer a = {0}, b = {0};
	(void)state;
	start(&a, "cat; echo complaint >&2; exit 3", STR("in\0put"), 10000);
	finish(&a);
	assert_int_equal(a.code, 3);
	assert_int_equal(a.err, 0); /* its status is its own matter */
	assert_true(str_eq(buf_str(&a.out), STR("in\0put")));
	assert_string_equal(buf_cstr(&a.errout), "complaint\n");
	start(&b, "exit 0", STR("never read"), 10000);
	finish(&b);
	assert_int_equal(b.code, 0);
	assert_int_equal(b.err, 0);
	release(&a);
	release(&b);
}

static void
test_deadline(void **state)
{
	struct answer a = {0};
	int64_t start_at, ms = 200;
	(void)state;
	/* That is to be enough to begin. */
	for (;; ms *= 3) {
		start_at = clock_ms();
		start(&a, "echo begun; exec sleep 100", STR(""), ms);
		finish(&a);
		if (a.out.len > 0 || ms > 5000)
			break;
		release(&a);
		a = (struct answer){0};
	}
	assert_int_equal(a.err, ERR_TIMEOUT);
	assert_int_equal(a.code, -1);
	assert_string_equal(buf_cstr(&a.out), "begun\n");
	assert_true(clock_ms() - start_at >= ms);
	assert_true(clock_ms() - start_at < ms + 15000);
	release(&a);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *script;
		int err;
	} rows[] = {
		{"head -c 4194304 /dev/zero",             0        },
		{"head -c 4194305 /dev/zero",             ERR_LIMIT},
		{"exec cat /dev/zero",                    ERR_LIMIT},
 /* What it complains about at length is cut, and no reason to end it. */
		{"head -c 1000000 /dev/zero >&2; exit 0", 0        },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer a = {0};
		start(&a, rows[i].script, STR(""), 15000);
		finish(&a);
		assert_int_equal(a.err, rows[i].err);
		assert_true(a.out.len <= 4u << 20);
		assert_true(a.errout.len <= 64u << 10);
		if (rows[i].err == 0)
			assert_int_equal(a.code, 0);
		release(&a);
	}
}

static void
test_input_too_long(void **state)
{
	struct answer a = {0};
	char *input = mem_alloc(STREAM_QUEUE_MAX + 1);
	(void)state;
	start(&a, "cat >/dev/null", (struct str){input, STREAM_QUEUE_MAX + 1}, 10000);
	finish(&a);
	assert_int_equal(a.err, ERR_LIMIT);
	mem_free(input);
	release(&a);
}

static void
test_cancel(void **state)
{
	struct answer a = {0}, b = {0};
	(void)state;
	run_cancel(start(&a, "exec sleep 100", STR(""), 10));
	/* Also after its end came, and before we were told. */
	struct run *run = start(&b, "exit 0", STR(""), 10000);
	run_cancel(run);
	run_cancel(NULL);
	int64_t until = clock_ms() + 500;
	while (clock_ms() < until)
		turn();
	assert_int_equal(a.count, 0);
	assert_int_equal(b.count, 0);
}

static void
test_missing(void **state)
{
	const char *const argv[] = {"cockpit-no-such-program", NULL};
	struct answer a = {0};
	struct err err = ERR_INIT;
	(void)state;
	assert_null(run_new(loop, link_here, argv, STR(""), 1000, on_done, &a, &err));
	assert_int_equal(err.code, ERR_MISSING);
	turn();
	assert_int_equal(a.count, 0);
}

/* The link goes while a command runs: it is told, once. */
static void
test_link_goes(void **state)
{
	struct answer a = {0};
	(void)state;
	start(&a, "exec sleep 100", STR(""), 10000);
	link_free(link_here);
	link_here = NULL;
	finish(&a);
	assert_int_equal(a.err, ERR_CANCELED);
	release(&a);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_plain),
		EACH(test_deadline),
		EACH(test_limits),
		EACH(test_input_too_long),
		EACH(test_cancel),
		EACH(test_missing),
		EACH(test_link_goes),
	};
	return cmocka_run_group_tests_name("io_run", tests, NULL, NULL);
}
