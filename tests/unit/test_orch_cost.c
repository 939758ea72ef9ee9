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
	assert_true(bill_forget(&bill, "local", "a", 3000));
	assert_false(bill_forget(&bill, "local", "a", 3000));
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
	bill_forget(&other, "local", "b", 1000);
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
}

/* A number that goes up and down for ever fills no bill, and is added up nonetheless. */
static void
test_flood(void **state)
{
	struct buf text = BUF_INIT;
	size_t parts = 0;
	(void)state;
	for (int i = 0; i < 20; i++) {
		char name[16];
		snprintf(name, sizeof(name), "other-%d", i);
		note(name, "s", COST_HOOK, DOLLAR, -1, "c");
	}
	for (int i = 0; i < 2000; i++) {
		note("a", "s1", COST_SIGNAL, 2, 20, "");
		note("a", "s1", COST_SIGNAL, 1, 10, "");
	}
	note("a", "s1", COST_SIGNAL, 5, 10, "");
	for (size_t i = 0; i < bill.count; i++)
		parts += strcmp(bill.rows[i].agent, "a") == 0;
	assert_int_equal(parts, BILL_PARTS_MAX);
	assert_sum(&bill, "other-19", DOLLAR, -1);
	assert_sum(&bill, "a", 2000 * 2 + 5, 2000 * 20 + 10);
	/* Whoever reads it later goes on from there, and so does another cockpit. */
	bill_write(&bill, &text);
	struct bill other = {0};
	assert_int_equal(bill_read(&other, "f", buf_str(&text), NULL), 0);
	assert_false(bill_merge(&other, &bill));
	bill_release(&bill);
	bill = other;
	assert_false(note("a", "s1", COST_SIGNAL, 5, 10, ""));
	note("a", "s1", COST_SIGNAL, 6, 10, "");
	assert_sum(&bill, "a", 2000 * 2 + 6, 2000 * 20 + 10);
	/* There is an end to it. */
	for (int i = 0; i < 3; i++) {
		note("a", "s1", COST_SIGNAL, COST_MICROS_MAX, COST_TOKENS_MAX, "");
		note("a", "s1", COST_SIGNAL, 0, 0, "");
	}
	assert_true(bill.rows[bill.count - 1].micros == COST_MICROS_MAX);
	assert_true(bill.rows[bill.count - 1].tokens == COST_TOKENS_MAX);
	buf_release(&text);
}

static void
note_at(const char *agent, int i, int64_t at)
{
	struct cost said = {.source = COST_HOOK, .micros = 1, .tokens = -1};
	char name[32];
	snprintf(said.id, sizeof(said.id), "c%d", i);
	snprintf(name, sizeof(name), "%s%d", agent, i);
	/* "x-": one agent with many conversations. */
	bill_note(&bill, "local", agent[1] == '-' ? agent : name, "s", &said, at);
}

static bool
has(const char *agent)
{
	for (size_t i = 0; i < bill.count; i++) {
		if (strcmp(bill.rows[i].agent, agent) == 0)
			return true;
	}
	return false;
}

/* What a full bill loses: what is past, then what was said the longest ago, whoever came first;
 * and of one that begins often its own. */
static void
test_full(void **state)
{
	struct bill other = {0};
	(void)state;
	note_at("a", 0, 500);
	note_at("b", 0, 10);
	note_at("c", 0, 20);
	note_at("p", 0, 30);
	bill_forget(&bill, "local", "p0", 600);
	for (int i = bill.count; i < BILL_ROWS_MAX; i++)
		note_at("f", i, 400);
	note_at("n", 1, 500);
	assert_false(has("p0"));
	note_at("n", 2, 500);
	note_at("n", 3, 500);
	assert_false(has("b0") || has("c0"));
	assert_true(has("a0") && has("f999") && has("n3"));
	assert_int_equal(bill.count, BILL_ROWS_MAX);
	/* What another cockpit kept longer comes back only if there is room. */
	struct bill mine = bill;
	bill = other;
	note_at("b", 0, 10);
	note_at("n", 4, 500);
	other = bill;
	bill = mine;
	bill_merge(&bill, &other);
	assert_int_equal(bill.count, BILL_ROWS_MAX);
	assert_true(!has("b0") && has("n4"));
	bill_release(&other);
	bill_release(&bill);
	note_at("p", 0, 1);
	bill_forget(&bill, "local", "p0", 1);
	note_at("a", 0, 1);
	for (int i = 0; i < BILL_ROWS_MAX + 5; i++)
		note_at("x-", i, 1000 + i);
	assert_int_equal(bill.count, BILL_ROWS_MAX);
	assert_true(has("p0") && has("a0"));
	for (int i = 0; i < 5; i++)
		note_at("n", i, 2);
	assert_true(has("p0") && has("a0") && has("n0"));
	assert_string_equal(bill.rows[2].id, "c12");
}

/* Another one of that name is of its host alone, and only as long as nobody hears of the old.
 */
static void
test_forget(void **state)
{
	struct bill other = {0};
	struct cost said = {.source = COST_HOOK, .micros = 5, .tokens = -1, .id = "c1"};
	(void)state;
	bill_note(&bill, "web-1", "x", "s1", &said, 10);
	assert_false(bill_forget(&bill, "web-2", "x", 20));
	assert_sum(&bill, "x", 5, -1);
	bill_note(&other, "web-1", "x", "s1", &said, 12);
	assert_true(bill_forget(&bill, "web-1", "x", 20));
	/* Both ways the one that heard last is right. */
	bill_merge(&other, &bill);
	assert_sum(&other, "x", -1, -1);
	/* Said before. */
	bill_note(&bill, "web-1", "x", "s1", &said, 15);
	assert_sum(&bill, "x", -1, -1);
	assert_true(bill_note(&bill, "web-1", "x", "s1", &said, 25));
	assert_sum(&bill, "x", 5, -1);
	assert_false(bill_merge(&bill, &other));
	assert_true(bill_merge(&other, &bill));
	assert_sum(&other, "x", 5, -1);
	bill_release(&other);
}

/* --- in a fleet --- */

static int
own_setup(void **state)
{
	if (deck_setup_apart(state) != 0)
		return -1;
	pilot_keep(view.pilot);
	view_refresh(&view);
	return 0;
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
	costs_forget(view.pilot, "web-1", "types");
	assert_costs(DOLLAR + DOLLAR / 10, 3 * DOLLAR, 1, 2);
}

static void
test_shown(void **state)
{
	(void)state;
	assert_frame("grid-120x40", 120, 40); /* nobody told: nothing is said */
	tells(0, "s1", (struct cost){COST_HOOK, 3123400, 1234567, 0, "c1"});
	tells(2, "s1", (struct cost){COST_SCREEN, 4000, -1, 0, ""});
	costs_forget(view.pilot, "local", "docs");
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
		cmocka_unit_test_teardown(test_flood, bill_teardown),
		cmocka_unit_test_teardown(test_full, bill_teardown),
		cmocka_unit_test_teardown(test_forget, bill_teardown),
		cmocka_unit_test_setup_teardown(test_fleet, own_setup, deck_teardown_apart),
		cmocka_unit_test_setup_teardown(test_shown, own_setup, deck_teardown_apart),
	};
	text_init();
	return cmocka_run_group_tests_name("orch_cost", tests, NULL, NULL);
}
