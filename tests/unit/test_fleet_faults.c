/* SPDX-License-Identifier: MIT */
/*
 * What breaks, and what must not: a server that stands still, a machine that slept, a
 * server that is gone. Real tmux servers, and a clock that the test moves: in small
 * steps it is only late, in one step the machine has slept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "live_fleet.h"

#define STEP_MS 200

static struct live_fleet live;
static struct cockpit *cockpit;
static pid_t stopped; /* to be let go at the end, whatever happens */

static struct host *
host_of(int index)
{
	return &cockpit->fleet->hosts[index];
}

static void
go_on(void)
{
	if (stopped > 1)
		kill(stopped, SIGCONT);
	stopped = 0;
}

static int
setup(void **state)
{
	(void)state;
	if (!live_start(&live))
		return 0;
	cockpit = live_open(&live, 0, "");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	go_on();
	live_stop(&live);
	return 0;
}

static int64_t
	hitches; /* ms by which turns took longer than they are to, since the last passing */

static void
pass_step(void)
{
	int64_t from = clock_ms();
	clock_skip(STEP_MS);
	live_turn(&live);
	int64_t late = clock_ms() - from - STEP_MS - 100;
	hitches += late > 0 ? late : 0;
}

/* A machine that was busy with something else is no fault of what is measured. */
static void
assert_took(int64_t from, int64_t least, int64_t most)
{
	assert_in_range(clock_ms() - from, least, most + hitches);
}

/* Time goes by ten times as fast; a test that needs no more of it says so. */
#define PASS_UNTIL(cond, ms)                                                              \
	do {                                                                              \
		int64_t until_ = clock_ms() + (ms);                                       \
		hitches = 0;                                                              \
		while (!(cond)) {                                                         \
			if (clock_ms() > until_)                                          \
				fail_msg("line %d: no %s within %lld s", __LINE__, #cond, \
					(long long)(ms) / 1000);                          \
			pass_step();                                                      \
		}                                                                         \
	} while (0)

static void
pass(int64_t ms)
{
	int64_t until = clock_ms() + ms;
	PASS_UNTIL(clock_ms() >= until, ms + 60000);
}

/* Where nobody is there who would have to answer in time. */
static void
pass_alone(int64_t ms)
{
	for (int64_t until = clock_ms() + ms; clock_ms() < until;) {
		clock_skip(2000);
		live_turn(&live);
	}
}

static pid_t
server_pid(void)
{
	struct buf out = BUF_INIT;
	assert_int_equal(live_tmux(&live, &out, "display-message -p '#{pid}'"), 0);
	pid_t pid = (pid_t)atoi(buf_cstr(&out));
	assert_true(pid > 1);
	buf_release(&out);
	return pid;
}

static void
stop_server(void)
{
	stopped = server_pid();
	assert_int_equal(kill(stopped, SIGSTOP), 0);
}

static int
type(uint32_t agent, const char *text)
{
	int rc = 0;
	for (const char *p = text; *p; p++) {
		struct key key = {.code = (uint32_t)*p};
		int one = pilot_key(cockpit->pilot, agent, key);
		rc = one < 0 ? one : rc;
	}
	return rc;
}

static uint32_t
spawn_cat(const char *name)
{
	uint32_t id = live_spawn_sh(&live, cockpit, name, "echo here; exec cat");
	LIVE_UNTIL(&live, live_reads(cockpit, name, "here"));
	return id;
}

static void
test_idle_is_asked(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	spawn_cat("one");
	uint64_t bytes = live_view(cockpit, "one").bytes;
	int64_t output_at = live_view(cockpit, "one").output_at;
	/* Whether it is there is asked when it is silent, no more often, and no agent notices.
	 */
	pass(100000);
	assert_int_equal(host->state, HOST_READY);
	assert_in_range(host->questions, 4, 7);
	/* The last one may be under way. */
	LIVE_UNTIL(&live, host->questions == host->answers);
	assert_int_equal(live_view(cockpit, "one").bytes, bytes);
	assert_int_equal(live_view(cockpit, "one").output_at, output_at);
}

static void
test_stale_and_back(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	uint32_t id = spawn_cat("one");
	struct conn *conn = host->conn;
	stop_server();
	int64_t from = host->heard_at;
	PASS_UNTIL(host->state == HOST_STALE, 60000);
	assert_took(from, 24000, 30000);
	struct agent_view view = live_view(cockpit, "one");
	assert_false(view.link);
	assert_true(view.present && view.screen);
	assert_int_equal(type(id, "lost"), ERR_CLOSED);
	assert_int_equal(pilot_paste(cockpit->pilot, id, STR("lost")), ERR_CLOSED);
	go_on();
	LIVE_UNTIL(&live, host->state == HOST_READY);
	/* The same conversation; what was typed meanwhile is not in it. */
	assert_ptr_equal(host->conn, conn);
	assert_int_equal(type(id, "kept"), 0);
	LIVE_UNTIL(&live, live_reads(cockpit, "one", "kept"));
	assert_false(live_reads(cockpit, "one", "lost"));
}

/* A key that nothing answers is a question too. */
static void
test_key_is_a_question(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	uint32_t id = spawn_cat("one");
	stop_server();
	int64_t from = clock_ms();
	assert_int_equal(type(id, "x"), 0);
	PASS_UNTIL(host->state == HOST_STALE, 60000);
	assert_took(from, 9000, 14000);
	go_on();
	LIVE_UNTIL(&live, host->state == HOST_READY);
}

static void
test_5_silent_is_closed(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	uint32_t id = spawn_cat("one");
	stop_server();
	int64_t from = host->heard_at;
	PASS_UNTIL(host->state == HOST_LOST, 90000);
	assert_took(from, 44000, 52000);
	assert_int_equal(host->why.code, ERR_TIMEOUT);
	assert_true(host->retry_at > 0);
	assert_int_equal(host->lost_at, from);
	/* Lost says nothing of the agent. */
	struct agent_view view = live_view(cockpit, "one");
	assert_true(view.present && view.screen && !view.link && !view.lost);
	assert_int_equal(type(id, "lost"), ERR_CLOSED);
	/* Whatever is tried meanwhile comes to nothing. */
	pass(60000);
	assert_int_not_equal(host->state, HOST_READY);
	assert_int_equal(type(id, "lost"), ERR_CLOSED);
	go_on();
	PASS_UNTIL(host->state == HOST_READY, 300000);
	LIVE_UNTIL(&live, live_shows(cockpit, "one"));
	assert_int_equal(fleet_agent_find(cockpit->fleet, "one"), id);
	assert_int_equal(type(id, "kept"), 0);
	LIVE_UNTIL(&live, live_reads(cockpit, "one", "kept"));
	assert_false(live_reads(cockpit, "one", "lost"));
}

static void
test_suspend(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	spawn_cat("one");
	struct conn *conn = host->conn;
	/* Eight hours: all is well, but that had to be asked. */
	unsigned before = host->questions;
	clock_skip(8LL * 3600 * 1000);
	LIVE_UNTIL(&live, host->questions > before);
	LIVE_UNTIL(&live, !host->suspect);
	assert_int_equal(host->state, HOST_READY);
	assert_ptr_equal(host->conn, conn);
	/* And when it does not answer, it is given up quickly, and tried again at once. */
	stop_server();
	clock_skip(8LL * 3600 * 1000);
	int64_t from = clock_ms();
	LIVE_UNTIL(&live, host->state == HOST_LOST || host->state == HOST_CONNECTING ||
				  host->state == HOST_PROBING);
	assert_in_range(clock_ms() - from, 2900, 20000);
	go_on();
	LIVE_UNTIL(&live, host->state == HOST_READY && live_shows(cockpit, "one"));
}

/* What waits for the network does not wait for its own time as well. */
static void
test_network_is_back(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	spawn_cat("one");
	struct conn *conn = host->conn;
	stop_server();
	PASS_UNTIL(host->state == HOST_STALE, 60000);
	/* It may answer after all. */
	probe_network(cockpit->fleet);
	go_on();
	LIVE_UNTIL(&live, host->state == HOST_READY);
	assert_ptr_equal(host->conn, conn);
	/* It does not: given up and tried anew long before its time. */
	stop_server();
	PASS_UNTIL(host->state == HOST_STALE, 60000);
	int64_t from = clock_ms();
	probe_network(cockpit->fleet);
	LIVE_UNTIL(&live, host->state != HOST_STALE);
	assert_in_range(clock_ms() - from, 2900, 15000);
	PASS_UNTIL(host->state == HOST_LOST, 90000);
	host_set_timer(host, 3600 * 1000);
	pass(1000);
	assert_int_equal(host->state, HOST_LOST);
	go_on();
	probe_network(cockpit->fleet);
	LIVE_UNTIL(&live, host->state == HOST_READY && live_shows(cockpit, "one"));
}

static void
test_22_server_killed(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	uint32_t id = spawn_cat("one");
	kill(server_pid(), SIGKILL);
	LIVE_UNTIL(&live, host->state != HOST_READY);
	LIVE_UNTIL(&live, host->state == HOST_READY);
	/* Nobody declared it: it stays all the same, with its last picture. */
	struct agent_view view = live_view(cockpit, "one");
	assert_int_equal(view.id, id);
	assert_int_equal(view.lost, LOSS_SERVER);
	assert_int_equal(view.verdict.state, AGENT_LOST);
	assert_true(!view.present && view.screen);
	assert_int_equal(type(id, "lost"), ERR_NOT_FOUND);
}

static void
test_session_killed(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	spawn_cat("one");
	/* Another session keeps the server. */
	assert_int_equal(live_tmux(&live, NULL, "new-session -d -s other cat"), 0);
	assert_int_equal(live_tmux(&live, NULL, "kill-session -t =" LIVE_NAME), 0);
	LIVE_UNTIL(&live, live_view(cockpit, "one").lost != LOSS_NONE);
	/* 3.3a may end with a session that a cockpit is attached to. */
	bool crashed = live_tmux(&live, NULL, "has-session -t =other 2>/dev/null") != 0;
	assert_int_equal(live_view(cockpit, "one").lost, crashed ? LOSS_SERVER : LOSS_SESSION);
	LIVE_UNTIL(&live, host->state == HOST_READY);
}

/* Let go, and nothing else: everything is as it was. */
static void
test_detached(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	uint32_t id = spawn_cat("one");
	int64_t from = clock_ms();
	LIVE_UNTIL(&live, clock_ms() - from > 1100);
	unsigned lists = host->lists;
	assert_int_equal(live_tmux(&live, NULL, "detach-client -s =" LIVE_NAME), 0);
	/* Another conversation begins with a list. */
	LIVE_UNTIL(&live, host->conn && host->lists != lists && host->state == HOST_READY &&
				  live_shows(cockpit, "one"));
	assert_int_equal(fleet_agent_find(cockpit->fleet, "one"), id);
	assert_false(live_view(cockpit, "one").lost);
}

static void
test_rebooted(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	spawn_cat("one");
	/* As if the boot before had been another one: this machine cannot be restarted for it.
	 */
	assert_true(host->boot[0]);
	host->boot[0] ^= 1;
	kill(server_pid(), SIGKILL);
	LIVE_UNTIL(&live, live_view(cockpit, "one").lost != LOSS_NONE);
	assert_int_equal(live_view(cockpit, "one").lost, LOSS_REBOOT);
}

/* The host is there again, and so is the server, but somebody has stopped the agent. */
static void
test_stopped_meanwhile(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	spawn_cat("one");
	struct conn *conn = host->conn;
	stop_server();
	PASS_UNTIL(host->state == HOST_LOST, 90000);
	go_on();
	assert_int_equal(live_tmux(&live, NULL, "kill-window -t =" LIVE_NAME ":=one"), 0);
	PASS_UNTIL(host->state == HOST_READY && host->conn != conn, 300000);
	assert_false(live_view(cockpit, "one").lost);
	assert_false(live_view(cockpit, "one").present);
}

static void
kill_client(void)
{
	struct buf out = BUF_INIT;
	assert_int_equal(live_tmux(&live, &out, "list-clients -F '#{client_pid}'"), 0);
	pid_t pid = (pid_t)atoi(buf_cstr(&out));
	assert_true(pid > 1);
	kill(pid, SIGKILL);
	buf_release(&out);
}

/* Being there for a moment is no reason to be quick the next time. */
static void
test_flapping_backs_off(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	for (int i = 1; i <= 4; i++) {
		int64_t from = clock_ms();
		kill_client();
		LIVE_UNTIL(&live, host->state == HOST_LOST);
		assert_int_equal(host->tries, i);
		assert_true(host->retry_at >= from);
		assert_true(host->retry_at <= clock_ms() + (500 << (i - 1)));
		PASS_UNTIL(host->state == HOST_READY, 90000);
	}
	pass(61000);
	assert_int_equal(host->state, HOST_READY);
	kill_client();
	LIVE_UNTIL(&live, host->state == HOST_LOST);
	assert_int_equal(host->tries, 1);
}

static void
test_a_person_waits(void **state)
{
	struct err refused = ERR_INIT;
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	host->tries = 20;
	stop_server();
	PASS_UNTIL(host->state == HOST_LOST, 90000);
	/* Whatever was rolled: it is far away. */
	host_set_timer(host, 3600 * 1000);
	pass(1000);
	assert_int_equal(host->state, HOST_LOST);
	pilot_hurry(cockpit->pilot, 0);
	go_on();
	LIVE_UNTIL(&live, host->state == HOST_READY);
	/* What a person has to settle waits for a word of his. */
	err_set(&refused, ERR_AUTH, "host local: login refused");
	host_drop(host, &refused);
	assert_int_equal(host->state, HOST_REFUSED);
	pilot_hurry(cockpit->pilot, 0);
	pilot_woke(cockpit->pilot);
	pass_alone(120000);
	assert_int_equal(host->state, HOST_REFUSED);
	pilot_retry(cockpit->pilot);
	LIVE_UNTIL(&live, host->state == HOST_READY);
}

/* r does not wait for a link to be given up. */
static void
test_stale_is_given_up(void **state)
{
	(void)state;
	if (!cockpit)
		skip();
	struct host *host = host_of(0);
	struct conn *conn = host->conn;
	stop_server();
	PASS_UNTIL(host->state == HOST_STALE, 60000);
	pilot_retry(cockpit->pilot);
	assert_int_equal(host->state, HOST_LOST);
	LIVE_UNTIL(&live, host->state == HOST_PROBING);
	go_on();
	LIVE_UNTIL(&live, host->state == HOST_READY && host->conn != conn);
}

#define MANY 12

/* Idle ones are asked in one go, however they came up. */
static void
test_many_wake_us_once(void **state)
{
	struct fleet_config *config;
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT;
	(void)state;
	if (!cockpit)
		skip();
	live_close(&live, 0);
	buf_addc(&text, "{\"name\": \"" LIVE_NAME "\", \"hosts\": {");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "%s\"h%d\": {\"repo\": null, \"socket\": \"%s/tmux\"}",
			i ? "," : "", i, live.dir);
	buf_addc(&text, "}}");
	if (fleet_config_parse("/nowhere/cockpit.json", buf_str(&text), &config, &err) < 0)
		fail_msg("%s", err.text);
	buf_release(&text);
	for (int i = 0; i < MANY; i++)
		config->hosts[i].local = true;
	cockpit = &live.cockpits[0];
	cockpit->fleet = fleet_new(live.loop, config, FLEET_WATCH, NULL, NULL);
	cockpit->pilot = pilot_new(cockpit->fleet);
	for (int i = 0; i < MANY; i++) {
		fleet_connect(cockpit->fleet, i);
		PASS_UNTIL(host_of(i)->state == HOST_READY, 120000);
	}
	/* Each has been asked; now their times lie on whole seconds. */
	pass(60000);
	int different = 0;
	for (int i = 0; i < MANY; i++) {
		int before = 0;
		for (int k = 0; k < i; k++)
			before += host_of(k)->due / 1000 == host_of(i)->due / 1000;
		different += before == 0;
		assert_int_equal(host_of(i)->state, HOST_READY);
		assert_true(host_of(i)->questions > 0);
	}
	print_message("%d hosts, %d times\n", MANY, different);
	assert_true(different <= MANY / 3);
}

static void
test_jitter(void **state)
{
	static const int64_t tops[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
	(void)state;
	for (int i = 0; i < (int)(sizeof(tops) / sizeof(tops[0])); i++) {
		assert_int_equal(retry_ms(i, 0), 0);
		assert_in_range(retry_ms(i, UINT32_MAX), tops[i] - 1, tops[i]);
		assert_in_range(retry_ms(i, UINT32_MAX / 2 + 1), tops[i] / 2 - 1, tops[i] / 2);
	}
	assert_in_range(retry_ms(1000000, UINT32_MAX), 29999, 30000);
}

#define LIVE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(test_idle_is_asked),
		LIVE(test_stale_and_back),
		LIVE(test_key_is_a_question),
		LIVE(test_5_silent_is_closed),
		LIVE(test_suspend),
		LIVE(test_network_is_back),
		LIVE(test_22_server_killed),
		LIVE(test_session_killed),
		LIVE(test_detached),
		LIVE(test_rebooted),
		LIVE(test_stopped_meanwhile),
		LIVE(test_flapping_backs_off),
		LIVE(test_a_person_waits),
		LIVE(test_stale_is_given_up),
		LIVE(test_many_wake_us_once),
		cmocka_unit_test(test_jitter),
	};
	const char *only = getenv("LIVE_ONLY");
	if (only)
		cmocka_set_test_filter(only);
	return cmocka_run_group_tests_name("fleet_faults", tests, NULL, NULL);
}
