/* SPDX-License-Identifier: MIT */
/* Whose work it is that goes along to a host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cockpit/act_host.h"
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

/* A host that has all and takes all; which one's works are hurried. */
static int hurried, hurries;

int __wrap_act_host_verb(struct fleet *fleet, int host, const char *verb,
	const char *const args[], struct str input, int64_t deadline_ms, act_verb_fn *then,
	void *ctx, struct err *why);
int __wrap_errand_start(struct pilot *pilot, int host, const char *verb,
	const char *const args[], const struct duct_limits *limits, errand_work_fn *work,
	errand_done_fn *done, void *ctx, struct err *why);
void __wrap_works_hurry(struct pilot *pilot, int host);

int
__wrap_act_host_verb(struct fleet *fleet, int host, const char *verb, const char *const args[],
	struct str input, int64_t deadline_ms, act_verb_fn *then, void *ctx, struct err *why)
{
	(void)fleet, (void)host, (void)verb, (void)args, (void)input, (void)deadline_ms;
	(void)why;
	then(ctx, STR(""), NULL);
	return 0;
}

int
__wrap_errand_start(struct pilot *pilot, int host, const char *verb, const char *const args[],
	const struct duct_limits *limits, errand_work_fn *work, errand_done_fn *done, void *ctx,
	struct err *why)
{
	(void)pilot, (void)host, (void)verb, (void)args, (void)limits, (void)work, (void)why;
	done(ctx, NULL);
	return 0;
}

void
__wrap_works_hurry(struct pilot *pilot, int host)
{
	(void)pilot;
	hurried = host;
	hurries++;
}

/* The base comes to one host: what others have is beside the same one as before. */
static void
test_hurries(void **state)
{
	struct fleet_config *config = NULL;
	(void)state;
	char *file = mem_printf("{\"name\": \"f\", \"repo\": \"%s/repo\", \"hosts\": {\"a\": "
				"{\"clone\": \"push\"}, \"b\": {\"clone\": \"push\"}}}",
		dir);
	if (fleet_config_parse("/nowhere/cockpit.json", str_from(file), &config, &err) < 0)
		fail_msg("%s", err.text);
	struct loop *loop = loop_new();
	struct fleet *fleet = fleet_new(loop, config, 0, NULL, NULL);
	struct pilot *pilot = pilot_new(fleet);
	pilot->mirror = path_join(dir, "mirror.git");
	for (int i = 0; i < 2; i++) {
		const struct deliver_order order = {.host = 1, .hurries = i > 0};
		answered = false;
		assert_int_equal(deliver_start(pilot, &order, on_delivered, NULL, &err), 0);
		int64_t until = clock_ms() + DEADLINE_MS;
		while (!answered && clock_ms() < until)
			loop_turn(loop, false);
		assert_true(answered);
		assert_int_equal(code, 0);
		assert_int_equal(hurries, i);
	}
	assert_int_equal(hurried, 1);
	mem_free(file);
	pilot_free(pilot);
	fleet_free(fleet);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_namesake, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hurries, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
