/* SPDX-License-Identifier: MIT */
/* What is under way: the table of it, what the screen says of it, and how it is cancelled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/orch_doing.h"
#include "cockpit/orch_merge.h"
#include "orch/local.h"
#include "ui/keymap.h"
#include "ui/words.h"
#include "ui_press.h"

/* Where nothing can be made: workers come back with an error. */
#define NOWHERE "/dev/null/"

static int answers, last_code;

static void
on_looked(void *ctx, const struct merge_look *look, const struct err *err)
{
	(void)ctx;
	(void)look;
	answers++;
	last_code = err ? err->code : 0;
}

static void
on_pushed(void *ctx, const char *text, const struct err *err)
{
	(void)text;
	on_looked(ctx, NULL, err);
}

static void
wait_for_answers(int count)
{
	int64_t end = clock_ms() + 10000;
	while (answers < count && clock_ms() < end)
		loop_turn(loop, true);
	assert_int_equal(answers, count);
}

static int
setup(void **state)
{
	char dir[] = "/tmp/ckdoings.XXXXXX";
	assert_non_null(mkdtemp(dir));
	setenv("XDG_STATE_HOME", dir, 1);
	deck_setup(state);
	view.pilot->mirror = mem_strdup(NOWHERE "mirror");
	view.pilot->store = mem_strdup(NOWHERE "store.db");
	view.fleet->config->repo = mem_strdup(NOWHERE "repo");
	answers = 0;
	view_refresh(&view);
	return 0;
}

static int
teardown(void **state)
{
	path_remove_tree(getenv("XDG_STATE_HOME"), NULL);
	return deck_teardown(state);
}

static void
test_table(void **state)
{
	struct doing rows[DOINGS_MAX];
	struct err err = ERR_INIT;
	(void)state;
	uint32_t parser = view.agents[0];
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 0);
	assert_int_equal(pilot_merge_look(view.pilot, parser, on_looked, NULL, &err), 0);
	assert_int_equal(pilot_merge_look(view.pilot, parser, on_looked, NULL, &err), 0);
	assert_int_equal(pilot_doings(view.pilot, rows, 1), 1);
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rows[i].kind, DOING_LOOK);
		assert_int_equal(rows[i].agent, parser);
		assert_string_equal(rows[i].name, "parser");
		assert_string_equal(rows[i].host, "local");
		assert_string_equal(rows[i].step, "whether it fits");
		assert_true(rows[i].wanted && !rows[i].canceled && !rows[i].firm);
		assert_int_equal(rows[i].waits, i);
	}
	assert_true(rows[0].id < rows[1].id);
	/* What waits is over at once, and that is told once. */
	assert_int_equal(pilot_cancel(view.pilot, rows[1].id, &err), 0);
	assert_int_equal(answers, 1);
	assert_int_equal(last_code, ERR_CANCELED);
	assert_int_equal(pilot_cancel(view.pilot, rows[1].id, &err), ERR_NOT_FOUND);
	/* A worker that is at it comes back first. */
	assert_int_equal(pilot_cancel(view.pilot, rows[0].id, &err), 0);
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 1);
	assert_true(rows[0].canceled);
	assert_int_equal(pilot_cancel(view.pilot, rows[0].id, &err), 0);
	last_code = 0;
	wait_for_answers(2);
	assert_int_equal(last_code, ERR_CANCELED);
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 0);
}

static void
test_screen(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	clock_skip(noon - 3500 - clock_ms());
	assert_int_equal(pilot_push(view.pilot, view.agents[0], PUSH_WORK, NULL, NULL,
				 on_pushed, NULL, &err),
		0);
	assert_frame("doings-one-120x40", 120, 40);
	clock_skip(noon - 2500 - clock_ms());
	assert_int_equal(
		pilot_merge_look(view.pilot, view.agents[1], on_looked, NULL, &err), 0);
	clock_skip(noon - 500 - clock_ms());
	assert_int_equal(
		pilot_merge_look(view.pilot, view.agents[2], on_looked, NULL, &err), 0);
	assert_frame("doings-two-60x20", 60, 20);
	press("P");
	press("j");
	assert_frame("doings-120x40", 120, 40);
	assert_frame("doings-60x20", 60, 20);
	press("x");
	assert_string_equal(view.toast, "cancelled: looking at types");
	assert_true(view.doings.open);
	press("q");
	assert_false(view.doings.open);
	assert_int_equal(view.mode, VIEW_COMMAND);
	wait_for_answers(3);
	/* What is over as its key comes leaves its place to another one, which nobody meant. */
	assert_int_equal(
		pilot_merge_look(view.pilot, view.agents[0], on_looked, NULL, &err), 0);
	assert_int_equal(
		pilot_merge_look(view.pilot, view.agents[0], on_looked, NULL, &err), 0);
	press("P");
	press("j");
	assert_int_equal(view.doings.at, 1);
	assert_int_equal(pilot_cancel(view.pilot, view.doings.chosen, &err), 0);
	press("x");
	assert_string_equal(view.toast, "the one before is over: that key did nothing");
	assert_int_equal(answers, 4);
	clock_skip(HASTY_MS + 1);
	press("x");
	assert_string_equal(view.toast, "cancelled: looking at parser");
	press("q");
	wait_for_answers(5);
	press("P");
	view.toast_at = 0;
	assert_frame("doings-none-60x20", 60, 20);
	press("x");
	press("Escape");
	assert_false(view.doings.open);
}

/* One that is being started is not said to wait for the key that starts it. */
static void
test_starting(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	uint32_t idle = view.everyone[view.everyone_count - 1];
	surface_resize(view.surface, 100, 30);
	view.focus = idle;
	view.zoom = true;
	view_refresh(&view);
	view.whole = true;
	frame_draw(&view);
	surface_text(view.surface, false, &text);
	assert_non_null(strstr(buf_cstr(&text), " r starts it "));
	view.doings.rows[0] = (struct doing){.kind = DOING_START,
		.agent = idle,
		.name = "idle",
		.host = "local",
		.step = "",
		.since = clock_ms() - 5000,
		.wanted = true};
	view.doings.count = 1;
	struct tile_key drawn = {0};
	tile_draw(&view, &view.layout.tiles[0], &drawn);
	buf_clear(&text);
	surface_text(view.surface, false, &text);
	assert_non_null(strstr(buf_cstr(&text), "   ⠹ starting 5s   "));
	assert_null(strstr(buf_cstr(&text), " r starts it "));
	buf_release(&text);
}

static struct host *
host_at(int index, enum host_state state)
{
	struct host *host = &view.fleet->hosts[index];
	host->state = state;
	host->since = host->tried_at = clock_ms();
	return host;
}

static void
say_state(int host, const char *words)
{
	struct host_view at;
	struct buf got = BUF_INIT;
	fleet_host_at(view.fleet, host, &at);
	words_host(&at, WORDS_ALL, &got);
	assert_memory_equal(buf_cstr(&got), words, strlen(words));
	buf_release(&got);
}

/* Hosts that come up are under way, each with what it is at; the one that is cancelled stays
 * so, its question is closed, and its agents are as they were. */
static void
test_hosts(void **state)
{
	static const struct {
		enum host_state state;
		const char *doing, *step;
		bool waits;
	} all[] = {
		{HOST_WAITING,    "waiting for its turn",     "waits for its turn",                      false},
		{HOST_RESOLVING,  "resolving",                "its name is looked up",                   false},
		{HOST_CONNECTING, "connecting",               "it is to answer, and keys are exchanged",
                 false											},
		{HOST_CONNECTING, "",                         "it is to answer, and keys are exchanged", false},
		{HOST_CONNECTING, "jump host bastion: login", "jump host bastion: login",
                 false											},
		{HOST_HOSTKEY,    "host key",                 "its host key is checked",                 false},
		{HOST_LOGIN,      "login",                    "login",                                   false},
		{HOST_ASKING,     "login",                    "it waits for an answer of yours",         true },
		{HOST_PROBING,    "",                         "tmux is started there",                   false},
		{HOST_LOST,       "",                         "waits for the next try",                  true },
	};
	struct doing rows[DOINGS_MAX];
	struct err err = ERR_INIT;
	struct agent_view agent;
	const struct link_ask ask = {
		.kind = LINK_ASK_TRUST, .host = "web-1", .title = "trust it?", .text = ""};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct host *host = host_at(1, all[i].state);
		snprintf(host->doing, sizeof(host->doing), "%s", all[i].doing);
		assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 1);
		assert_int_equal(rows[0].kind, DOING_CONNECT);
		assert_string_equal(rows[0].name, "web-1");
		assert_string_equal(rows[0].step, all[i].step);
		assert_int_equal(rows[0].waits, all[i].waits);
		assert_int_equal(rows[0].agent, 0);
	}
	host_at(1, HOST_READY);
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 0);
	assert_int_equal(pilot_cancel(view.pilot, rows[0].id, &err), ERR_NOT_FOUND);
	/* While it asks, and is looked at. */
	struct host *web = host_at(1, HOST_LOGIN);
	ask_take(web, &ask);
	assert_non_null(fleet_host_ask(view.fleet, 1));
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 1);
	const uint64_t first = rows[0].id;
	assert_int_equal(pilot_cancel(view.pilot, first, &err), 0);
	assert_null(fleet_host_ask(view.fleet, 1));
	assert_int_equal(web->state, HOST_CANCELED);
	say_state(1, "not connected (cancelled) ");
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 0);
	assert_int_equal(pilot_cancel(view.pilot, first, &err), ERR_NOT_FOUND);
	/* Nothing but a person brings it back: no hurry, no other network, no sleep. */
	pilot_hurry(view.pilot, 1);
	probe_network(view.fleet);
	probe_all(view.fleet);
	clock_skip(120000);
	for (int i = 0; i < 5; i++)
		loop_turn(loop, false);
	assert_int_equal(web->state, HOST_CANCELED);
	assert_int_equal(web->retry_at, 0);
	assert_true(fleet_agent(view.fleet, view.agents[0], &agent));
	assert_true(agent.present);
	/* As one that waits for its next try; and its way is another one. */
	host_step(web, HOST_WANTED);
	host_step(web, HOST_WAS_LOST);
	assert_int_equal(web->state, HOST_LOST);
	assert_true(web->retry_at > 0);
	assert_int_equal(pilot_doings(view.pilot, rows, DOINGS_MAX), 1);
	assert_true(rows[0].id != first);
	assert_int_equal(pilot_cancel(view.pilot, rows[0].id, &err), 0);
	assert_int_equal(web->state, HOST_CANCELED);
	assert_false(loop_timer_armed(web->timer));
}

/* The link that comes up in the very turn in which it is given up is not heard. */
static void
test_host_late(void **state)
{
	struct host *here = &view.fleet->hosts[0];
	(void)state;
	here->state = HOST_DOWN;
	host_connect(here);
	assert_non_null(here->link);
	host_cancel(here);
	int64_t end = clock_ms() + 10000;
	while (here->link && clock_ms() < end)
		loop_turn(loop, true);
	assert_null(here->link);
	assert_false(here->link_up);
	assert_null(here->conn);
	assert_int_equal(here->state, HOST_CANCELED);
	assert_int_equal(here->why.code, ERR_CANCELED);
	/* And r in that turn waits for its end. */
	act_host_retry(view.fleet, 0);
	assert_int_equal(here->state, HOST_CONNECTING);
	host_cancel(here);
	act_host_retry(view.fleet, 0);
	assert_true(here->reconnect);
	host_cancel(here);
	assert_false(here->reconnect);
	host_release(here);
	host_init(here, view.fleet, 0);
}

/* One that waited for its next try has no link whose end is waited for. */
static void
test_host_waited(void **state)
{
	struct host *here = &view.fleet->hosts[0];
	(void)state;
	here->state = HOST_LOST;
	host_cancel(here);
	assert_null(here->link);
	act_host_retry(view.fleet, 0);
	const struct link *link = here->link;
	assert_non_null(link);
	assert_false(loop_timer_armed(here->closer));
	loop_turn(loop, false);
	assert_ptr_equal(here->link, link);
	host_cancel(here);
	host_release(here);
	host_init(here, view.fleet, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_screen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_starting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_host_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_host_waited, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_doings", tests, NULL, NULL);
}
