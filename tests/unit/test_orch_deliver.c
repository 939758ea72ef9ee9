/* SPDX-License-Identifier: MIT */
/* Whose work it is that goes along to a host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/io_loop.h"
#include "orch/local.h"
#include "repo_fixture.h"

#define DEADLINE_MS 10000

static bool answered;
static int code;

static void
on_delivered(void *ctx, const char *notes, const struct err *why)
{
	(void)ctx;
	(void)notes;
	answered = true;
	code = why ? why->code : 0;
}

/* The x that is meant ran on "a"; what is here is that of another one, on "b". */
static void
test_namesake(void **state)
{
	struct fleet_config *config = NULL;
	(void)state;
	assert_int_equal(
		sh("id=$(git rev-parse HEAD) && git push -q $M HEAD:refs/cockpit/b/x/snap && "
		   "git -C $M update-ref refs/cockpit/b/x/head $id"),
		0);
	assert_int_equal(
		fleet_config_parse("/nowhere/cockpit.json",
			STR("{\"name\": \"f\", \"hosts\": {\"a\": {\"repo\": \"/r\"}}}"),
			&config, &err),
		0);
	struct loop *loop = loop_new();
	struct fleet *fleet = fleet_new(loop, config, 0, NULL, NULL);
	struct pilot *pilot = pilot_new(fleet);
	pilot->mirror = path_join(dir, "mirror.git");
	const struct deliver_order order = {
		.host = 0, .starts = "new", .whose = "x", .whose_host = "a"};
	assert_int_equal(deliver_start(pilot, &order, on_delivered, NULL, &err), 0);
	int64_t until = clock_ms() + DEADLINE_MS;
	while (!answered && clock_ms() < until)
		loop_turn(loop, false);
	assert_true(answered);
	assert_int_equal(code, ERR_NOT_FOUND);
	pilot_free(pilot);
	fleet_free(fleet);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_namesake, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
