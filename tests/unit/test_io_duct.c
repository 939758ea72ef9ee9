/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_duct.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"

static struct loop *loop;

/* A worker's errand, and what came of it. */
struct errand {
	struct duct *duct;
	size_t send;  /* bytes that are written before anything is read */
	size_t chunk; /* that is read at a time */
	uint64_t got;
	int64_t rc;
	struct err err;
	bool done;
};

static void
work(void *ctx)
{
	struct errand *errand = ctx;
	char *bytes = mem_alloc(1 << 16);
	for (size_t sent = 0; sent < errand->send && errand->rc >= 0; sent += 1 << 16)
		errand->rc =
			duct_write(errand->duct, (struct str){bytes, 1 << 16}, &errand->err);
	while (errand->rc >= 0) {
		errand->rc = duct_read(errand->duct, bytes, errand->chunk, &errand->err);
		if (errand->rc <= 0)
			break;
		errand->got += (uint64_t)errand->rc;
	}
	mem_free(bytes);
	duct_done(errand->duct);
}

static void
on_done(void *ctx)
{
	((struct errand *)ctx)->done = true;
	loop_stop(loop);
}

static void
start(struct errand *errand, const char *script, int64_t ms, uint64_t bytes)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct duct_limits limits = {ms, bytes};
	struct err err = ERR_INIT;
	errand->duct = duct_new(loop, &limits);
	if (!errand->chunk)
		errand->chunk = 1000;
	struct stream *stream =
		process_open(loop, argv, NULL, &duct_stream_ops, errand->duct, &err);
	assert_non_null(stream);
	duct_join(errand->duct, stream);
	loop_job(loop, work, on_done, errand);
}

static void
finish(struct errand *errand)
{
	while (!errand->done)
		loop_run(loop);
	duct_free(errand->duct);
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

/* Far more than is kept, both ways, and by a reader that is slower than the writer. */
static void
test_all_comes(void **state)
{
	(void)state;
	struct errand errand = {.send = 1 << 16, .chunk = 4096};
	start(&errand, "head -c 65536 >/dev/null; head -c 30000000 /dev/zero; cat >/dev/null &",
		30000, UINT64_MAX);
	finish(&errand);
	assert_int_equal(errand.rc, 0);
	assert_int_equal(errand.got, 30000000);
}

/* More than a stream queues, to one who takes his time: nothing of it is lost. */
static void
test_all_goes(void **state)
{
	(void)state;
	struct errand errand = {.send = 30 << 20};
	start(&errand,
		"sleep 0.5; n=$(head -c 31457280 | wc -c); [ $n -eq 31457280 ] || exit 7",
		30000, 100);
	finish(&errand);
	assert_int_equal(errand.rc, 0);
}

static void
test_how_it_ends(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		int64_t ms;
		uint64_t bytes;
		int rc;
		uint64_t got;
		const char *words;
	} rows[] = {
		{"printf abc",                       20000, 100, 0,           3, ""         },
		{"printf abc; echo why >&2; exit 3", 20000, 100, ERR_REMOTE,  3,
                 "status 3: why"							    },
		{"printf abc; exec sleep 100",       300,   100, ERR_TIMEOUT, 3, "too long" },
		{"head -c 100000 /dev/zero",         20000, 50,  ERR_LIMIT,   0, "more than"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct errand errand = {0};
		start(&errand, rows[i].script, rows[i].ms, rows[i].bytes);
		finish(&errand);
		assert_int_equal(errand.rc, rows[i].rc);
		assert_int_equal(errand.got, rows[i].got);
		assert_non_null(strstr(errand.err.text, rows[i].words));
	}
}

/* Who does not read what it is given stops the worker, for as long as it may take. */
static void
test_nobody_reads(void **state)
{
	(void)state;
	struct errand errand = {.send = 64 << 20};
	start(&errand, "exec sleep 100", 500, 100);
	finish(&errand);
	assert_int_equal(errand.rc, ERR_TIMEOUT);
}

/* Given up while the worker waits: it hears it, and the last one puts out the light. */
static void
test_given_up(void **state)
{
	(void)state;
	struct errand errand = {0};
	start(&errand, "exec sleep 100", 20000, 100);
	loop_turn(loop, false);
	duct_free(errand.duct);
	int64_t until = clock_ms() + 10000;
	while (!errand.done && clock_ms() < until)
		loop_run(loop);
	assert_int_equal(errand.rc, ERR_CANCELED);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_all_comes),
		T(test_all_goes),
		T(test_how_it_ends),
		T(test_nobody_reads),
		T(test_given_up),
	};
	return cmocka_run_group_tests_name("io_duct", tests, NULL, NULL);
}
