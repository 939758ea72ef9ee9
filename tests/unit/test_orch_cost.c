/* SPDX-License-Identifier: MIT */
/* The bill: nothing is counted twice, nothing is lost, whoever keeps it; and how it is shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/orch_cost.h"
#include "orch/bill.h"
#include "orch/local.h"
#include "ui/cost.h"
#include "ui_deck.h"

#define DOLLAR 1000000

static struct bill bill;

static int
bill_teardown(void **state)
{
	(void)state;
	bill_release(&bill);
	return 0;
}

static bool
note(const char *agent, const char *start, enum cost_source source, int64_t micros,
	int64_t tokens, const char *id)
{
	struct cost said = {.source = source, .micros = micros, .tokens = tokens};
	snprintf(said.id, sizeof(said.id), "%s", id);
	return bill_note(&bill, "local", agent, start, &said, 1000);
}

static void
assert_sum(const struct bill *of, const char *agent, int64_t micros, int64_t tokens)
{
	struct bill_sum sum = BILL_SUM_INIT;
	for (size_t i = 0; i < of->count; i++) {
		if (strcmp(of->rows[i].agent, agent) == 0 && !of->rows[i].past)
			bill_add(&sum, &of->rows[i]);
	}
	assert_int_equal(sum.micros, micros);
	assert_int_equal(sum.tokens, tokens);
}

/* What has no conversation is of its start; a number that goes down began anew. */
static void
test_starts(void **state)
{
	(void)state;
	assert_false(note("a", "s1", COST_NONE, 1, 1, ""));
	assert_false(note("a", "s1", COST_SCREEN, -1, -1, ""));
	assert_false(note("../a", "s1", COST_SCREEN, 1, -1, ""));
	assert_sum(&bill, "a", -1, -1);
	assert_true(note("a", "s1", COST_SCREEN, DOLLAR, -1, ""));
	assert_false(note("a", "s1", COST_SCREEN, DOLLAR, -1, ""));
	assert_true(note("a", "s1", COST_SCREEN, 3 * DOLLAR, 500, ""));
	assert_sum(&bill, "a", 3 * DOLLAR, 500);
	assert_true(note("a", "s1", COST_SCREEN, DOLLAR / 2, 100, ""));
	assert_sum(&bill, "a", 3 * DOLLAR + DOLLAR / 2, 600);
	assert_true(note("a", "s1", COST_SCREEN, DOLLAR, 200, ""));
	assert_sum(&bill, "a", 4 * DOLLAR, 700);
	assert_true(note("a", "s2", COST_SCREEN, DOLLAR, 0, ""));
	assert_sum(&bill, "a", 5 * DOLLAR, 700);
	assert_true(note("b", "s2", COST_SIGNAL, DOLLAR, -1, ""));
	assert_sum(&bill, "a", 5 * DOLLAR, 700);
	assert_sum(&bill, "b", DOLLAR, -1);
}

/* A conversation that goes on in another start, or on another host, is the same money. */
static void
test_conversations(void **state)
{
	(void)state;
	note("a", "s1", COST_HOOK, DOLLAR, 100, "c1");
	note("a", "s2", COST_HOOK, DOLLAR, 100, "c1");
	struct cost said = {
		.source = COST_HOOK, .micros = 2 * DOLLAR, .tokens = -1, .id = "c1"};
	bill_note(&bill, "web-1", "a", "s3", &said, 2000);
	assert_sum(&bill, "a", 2 * DOLLAR, 100);
	assert_string_equal(bill.rows[0].host, "web-1");
	/* Of one that was told less than before no less was spent. */
	note("a", "s4", COST_HOOK, DOLLAR, 20, "c1");
	assert_sum(&bill, "a", 2 * DOLLAR, 100);
	note("a", "s4", COST_HOOK, DOLLAR, 20, "c2");
	assert_sum(&bill, "a", 3 * DOLLAR, 120);
	/* Its screen told first: the same money, also after the next start. */
	note("a", "s5", COST_SCREEN, DOLLAR, -1, "");
	assert_sum(&bill, "a", 4 * DOLLAR, 120);
	note("a", "s5", COST_HOOK, DOLLAR, 30, "c3");
	assert_sum(&bill, "a", 4 * DOLLAR, 150);
	note("a", "s6", COST_HOOK, DOLLAR, 30, "c3");
	assert_sum(&bill, "a", 4 * DOLLAR, 150);
	assert_true(bill_forget(&bill, "a"));
	assert_false(bill_forget(&bill, "a"));
	assert_sum(&bill, "a", -1, -1);
}

/* In whatever order, and however often. */
static void
test_merge(void **state)
{
	struct bill other = {0};
	struct buf text = BUF_INIT, again = BUF_INIT;
	(void)state;
	note("a", "s1", COST_SCREEN, DOLLAR, -1, "");
	note("b", "s1", COST_HOOK, DOLLAR, 10, "c");
	bill_write(&bill, &text);
	assert_int_equal(bill_read(&other, "f", buf_str(&text), NULL), 0);
	note("b", "s2", COST_HOOK, 3 * DOLLAR, 20, "c");
	note("a", "s1", COST_SCREEN, DOLLAR / 2, -1, "");
	assert_true(bill_merge(&other, &bill));
	assert_false(bill_merge(&other, &bill));
	assert_false(bill_merge(&bill, &other));
	bill_forget(&other, "b");
	assert_true(bill_merge(&bill, &other));
	assert_sum(&bill, "a", DOLLAR + DOLLAR / 2, -1);
	assert_sum(&bill, "b", -1, -1);
	buf_clear(&text);
	bill_write(&bill, &text);
	bill_release(&other);
	assert_int_equal(bill_read(&other, "f", buf_str(&text), NULL), 0);
	bill_write(&other, &again);
	assert_string_equal(buf_cstr(&text), buf_cstr(&again));
	bill_release(&other);
	buf_release(&text);
	buf_release(&again);
}

/* A file that somebody wrote: what does not fit is left out. */
static void
test_file(void **state)
{
#define ROW(rest)                                                                     \
	"{\"agent\": \"a\", \"host\": \"h\", \"start\": \"s\", \"source\": \"hook\"," \
	"\"first\": 1, \"at\": 2, " rest "}"
	static const char *const wrong[] = {"[7, null, [], {}, \"x\"]", "{\"a\": 1}",
		"[" ROW("\"id\": \"c\", \"micros\": -5, \"tokens\": -1") "]",
		"[" ROW("\"id\": \"c\", \"micros\": 1e3, \"tokens\": \"1\"") "]",
		"[" ROW("\"id\": \"c\", \"micros\": 9000000000000000, \"tokens\": -1") "]",
		"[" ROW("\"id\": \"../c\", \"micros\": 5, \"tokens\": 1") "]",
		"[" ROW("\"micros\": 5, \"tokens\": 1") "]"};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(bill_read(&bill, "f", str_from(wrong[i]), NULL), 0);
		assert_int_equal(bill.count, 0);
	}
	assert_true(bill_read(&bill, "f", STR("[{]"), NULL) < 0);
	assert_int_equal(
		bill_read(&bill, "f",
			STR("[" ROW("\"id\": \"=s.0\", \"micros\": 5, \"tokens\": 1") "]"),
			NULL),
		0);
	assert_sum(&bill, "a", 5, 1);
	/* There is an end to it, and what is past goes first. */
	bill_forget(&bill, "a");
	for (int i = 0; i < BILL_ROWS_MAX + 5; i++) {
		char id[16];
		snprintf(id, sizeof(id), "c%d", i);
		note("b", "s", COST_HOOK, 1, -1, id);
	}
	assert_int_equal(bill.count, BILL_ROWS_MAX);
	assert_string_equal(bill.rows[0].agent, "b");
}

/* --- in a fleet --- */

static int
own_setup(void **state)
{
	char dir[] = "/tmp/ckcost.XXXXXX";
	if (!mkdtemp(dir))
		return -1;
	setenv("XDG_STATE_HOME", dir, 1);
	if (deck_setup(state) != 0)
		return -1;
	pilot_keep(view.pilot);
	view_refresh(&view);
	return 0;
}

static int
own_teardown(void **state)
{
	path_remove_tree(getenv("XDG_STATE_HOME"), NULL);
	return deck_teardown(state);
}

/* Long enough ago that its age is the same while this runs. */
static void
tells(int index, const char *start, struct cost said)
{
	struct agent *agent = view.fleet->agents[index];
	mem_free(agent->uid);
	agent->uid = mem_strdup(start);
	said.at = noon - 330000;
	agent->cost = said;
	const struct fleet_event event = {FLEET_AGENT, agent->host, agent->id};
	pilot_event(view.pilot, &event);
}

static void
assert_costs(int64_t micros, int64_t gone, int told, int silent)
{
	struct pilot_costs costs;
	pilot_costs(view.pilot, &costs);
	assert_int_equal(costs.micros, micros);
	assert_int_equal(costs.gone_micros, gone);
	assert_int_equal(costs.told, told);
	assert_int_equal(costs.silent, silent);
}

static void
test_fleet(void **state)
{
	(void)state;
	assert_costs(-1, -1, 0, 3);
	tells(0, "s1", (struct cost){COST_SCREEN, DOLLAR, -1, 0, ""});
	tells(1, "s1", (struct cost){COST_HOOK, 2 * DOLLAR, 1200, 0, "c"});
	assert_costs(3 * DOLLAR, -1, 2, 1);
	/* Started anew: from nothing, but nothing is lost. */
	tells(0, "s2", (struct cost){COST_SCREEN, DOLLAR / 10, -1, 0, ""});
	assert_costs(3 * DOLLAR + DOLLAR / 10, -1, 2, 1);
	/* Another cockpit knows it when this one is gone. */
	pilot_free(view.pilot);
	view.pilot = pilot_new(view.fleet);
	assert_costs(-1, -1, 0, 3);
	pilot_keep(view.pilot);
	assert_costs(3 * DOLLAR + DOLLAR / 10, -1, 2, 1);
	tells(1, "s2", (struct cost){COST_HOOK, 3 * DOLLAR, 1500, 0, "c"});
	assert_costs(4 * DOLLAR + DOLLAR / 10, -1, 2, 1);
	/* Another one by that name. */
	costs_forget(view.pilot, "types");
	assert_costs(DOLLAR + DOLLAR / 10, 3 * DOLLAR, 1, 2);
}

static void
test_shown(void **state)
{
	(void)state;
	assert_frame("grid-120x40", 120, 40); /* nobody told: nothing is said */
	tells(0, "s1", (struct cost){COST_HOOK, 3123400, 1234567, 0, "c1"});
	tells(2, "s1", (struct cost){COST_SCREEN, 4000, -1, 0, ""});
	costs_forget(view.pilot, "docs");
	tells(2, "s2", (struct cost){COST_SCREEN, 12300, -1, 0, ""});
	assert_frame("cost-header-200x60", 200, 60);
	cost_show(&view, 0);
	view_refresh(&view);
	assert_frame("cost-120x40", 120, 40);
	tells(1, "s1", (struct cost){COST_SIGNAL, 0, 950, 0, ""});
	surface_resize(view.surface, 60, 20);
	view_refresh(&view);
	assert_frame("cost-60x20", 60, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_starts, bill_teardown),
		cmocka_unit_test_teardown(test_conversations, bill_teardown),
		cmocka_unit_test_teardown(test_merge, bill_teardown),
		cmocka_unit_test_teardown(test_file, bill_teardown),
		cmocka_unit_test_setup_teardown(test_fleet, own_setup, own_teardown),
		cmocka_unit_test_setup_teardown(test_shown, own_setup, own_teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("orch_cost", tests, NULL, NULL);
}
