/* SPDX-License-Identifier: MIT */
/*
 * What is said for one agent that the fleet file says for all: what tells whether its work is
 * good, and the branch that it is for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_tasks.h"
#include "orch/local.h"

#define NOW         ((int64_t)1700000000000)
#define LEASE_MS    600000
#define DEADLINE_MS 20000

static char dir[40];
static struct loop *loop;
static struct fleet *fleet;
static struct pilot *pilot;
static struct store *store;

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cockpit-accept-XXXXXX");
	loop = loop_new();
	return mkdtemp(dir) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	pilot_free(pilot);
	fleet_free(fleet);
	store_close(store);
	loop_free(loop);
	pilot = NULL;
	fleet = NULL;
	store = NULL;
	return path_remove_tree(dir, NULL);
}

/* keys: of the fleet file, "" or "…, ". */
static void
open_fleet(const char *keys)
{
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	char *text = mem_printf(
		"{%s\"name\": \"f\", \"hosts\": {\"local\": {\"repo\": null}}}", keys);
	if (fleet_config_parse("/nowhere/cockpit.json", str_from(text), &config, &err) < 0)
		fail_msg("%s", err.text);
	mem_free(text);
	fleet = fleet_new(loop, config, 0, NULL, NULL);
	pilot = pilot_new(fleet);
	pilot->store = path_join(dir, "store.db");
	pilot->bases = path_join(dir, "bases");
}

/* One that local/a has. */
static int64_t
give(const char *check)
{
	const struct task_text text = {.title = "it", .check = check};
	struct task task;
	int64_t id;
	if (!store)
		assert_int_equal(store_open(pilot->store, &store, NULL), 0);
	assert_int_equal(store_add(store, &text, 1, "operator", "test", NOW, &id, NULL), 0);
	assert_int_equal(store_claim(store, id, "local/a", LEASE_MS, NOW, &task, NULL), 0);
	task_release(&task);
	return id;
}

/* wanted NULL: none. */
static void
expect(char *got, const char *wanted)
{
	if (!wanted)
		assert_null(got);
	else
		assert_string_equal(got ? got : "(none)", wanted);
	mem_free(got);
}

static void
test_nobody_has_one(void **state)
{
	(void)state;
	open_fleet("\"check\": \"make test\", ");
	expect(accept_turn(pilot, "local", "a"), "make test");
	expect(accept_merge(pilot, "local", "a"), "make test");
	give(NULL);
	expect(accept_turn(pilot, "local", "a"), "make test");
	expect(accept_merge(pilot, "local", "a"), "make test");
}

static void
test_instead(void **state)
{
	(void)state;
	open_fleet("\"check\": \"make test\", ");
	int64_t id = give("test -e a");
	expect(accept_turn(pilot, "local", "a"), "test -e a");
	expect(accept_turn(pilot, "local", "b"), "make test");
	expect(accept_turn(pilot, "other", "a"), "make test");
	/* Who is through with it is measured as all are. */
	assert_int_equal(
		store_move(store, id, 0, TASK_FAILED, NULL, "test", NOW, NULL, NULL), 0);
	expect(accept_turn(pilot, "local", "a"), "make test");
}

static void
test_fleet_has_none(void **state)
{
	(void)state;
	open_fleet("");
	expect(accept_turn(pilot, "local", "a"), NULL);
	expect(accept_merge(pilot, "local", "a"), NULL);
	give("test -e a");
	expect(accept_turn(pilot, "local", "a"), "test -e a");
	expect(accept_merge(pilot, "local", "a"), "test -e a");
}

/* What a shell makes of both. */
static void
test_both_to_merge(void **state)
{
	static const struct {
		const char *fleets, *own;
		int wanted;
	} rows[] = {
		{"true",          "true # fine",                                  0},
		{"false",         "true",					 1},
		{"true # a # b",  "exit 3",                                       3},
		{"exit 0",        "exit 4",				       4},
		{"cd /; x=1",     "test -z \\\"$x\\\" && test \\\"$PWD\\\" != /", 0},
		{"false; true",   "false || true",                                0},
		{"true || false", "true; false",                                  1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf own = BUF_INIT;
		char *keys = mem_printf("\"check\": \"%s\", ", rows[i].fleets);
		open_fleet(keys);
		mem_free(keys);
		for (const char *p = rows[i].own; *p; p++) {
			if (*p != '\\')
				buf_byte(&own, *p);
		}
		int64_t id = give(buf_cstr(&own));
		char *both = accept_merge(pilot, "local", "a");
		int status = system(both);
		if (WEXITSTATUS(status) != rows[i].wanted)
			fail_msg("%s: %d", both, WEXITSTATUS(status));
		mem_free(both);
		buf_release(&own);
		store_move(store, id, 0, TASK_FAILED, NULL, "test", NOW, NULL, NULL);
		pilot_free(pilot);
		fleet_free(fleet);
	}
	pilot = NULL;
	fleet = NULL;
}

static void
test_same_is_run_once(void **state)
{
	(void)state;
	open_fleet("\"check\": \"make test\", ");
	give("make test");
	expect(accept_merge(pilot, "local", "a"), "make test");
}

static void
on_change(void *ctx)
{
	(void)ctx;
}

/* Where the tasks are followed the store is not waited for. */
static void
test_followed(void **state)
{
	(void)state;
	open_fleet("\"check\": \"make test\", ");
	give("test -e a");
	pilot_follow_tasks(pilot, on_change, NULL);
	assert_true(tasks_coming(pilot));
	expect(accept_turn(pilot, "local", "a"), "make test");
	for (int64_t until = clock_ms() + DEADLINE_MS;
		tasks_coming(pilot) && clock_ms() < until;)
		loop_turn(loop, true);
	expect(accept_turn(pilot, "local", "a"), "test -e a");
	expect(accept_turn(pilot, "local", "aa"), "make test");
}

/* wanted: "", or what tasks call it, with a blank between. */
static void
expect_names(const char *agent, const char *wanted)
{
	char *names[2];
	bases_names(pilot, "local", agent, names);
	char *got = mem_printf("%s %s", names[0], names[1] ? names[1] : "-");
	assert_string_equal(got, wanted);
	mem_free(got);
	mem_free(names[0]);
	mem_free(names[1]);
}

static void
test_bases(void **state)
{
	(void)state;
	open_fleet("\"base\": \"main\", ");
	expect(bases_own(pilot, "local", "a"), NULL);
	expect_names("a", " main");
	bases_keep(pilot, "local", "a", "release/1");
	bases_keep(pilot, "local", "b", "main");
	expect(bases_own(pilot, "local", "a"), "release/1");
	expect(bases_own(pilot, "other", "a"), NULL);
	expect_names("a", "release/1 -");
	expect_names("b", "main ");
	/* Another one of that name. */
	bases_keep(pilot, "local", "a", NULL);
	expect(bases_own(pilot, "local", "a"), NULL);
	bases_keep(pilot, "local", "a", NULL);
}

/* A host may call its agents as it likes, and a disk keep what it likes. */
static void
test_hostile_bases(void **state)
{
	static const char *const branches[] = {"", "--upload-pack=x", "a b", "a..b", "a\nb"};
	(void)state;
	open_fleet("");
	bases_keep(pilot, "local", "../../evil", "x");
	expect(bases_own(pilot, "local", "../../evil"), NULL);
	char *evil = path_join(dir, "../evil");
	assert_false(path_exists(evil));
	mem_free(evil);
	for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
		bases_keep(pilot, "local", "a", branches[i]);
		expect(bases_own(pilot, "local", "a"), NULL);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nobody_has_one),
		T(test_instead),
		T(test_fleet_has_none),
		T(test_both_to_merge),
		T(test_same_is_run_once),
		T(test_followed),
		T(test_bases),
		T(test_hostile_bases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
