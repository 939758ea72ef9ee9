/* SPDX-License-Identifier: MIT */
/*
 * What is typed while an agent cannot be reached: counted, shown, and never sent; not
 * later, and not in part. On a real tmux server that stands still, is killed, goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "live_fleet.h"
#include "ui/action.h"
#include "ui/view.h"

static struct live_fleet live;
static struct cockpit *cockpit;
static struct view view;
static pid_t stopped;

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
	view = (struct view){.fleet = cockpit->fleet, .pilot = cockpit->pilot};
	view.surface = surface_new(120, 40);
	assert_int_equal(theme_load("dark", &view.theme, NULL), 0);
	live_spawn_sh(&live, cockpit, "one", "echo here; exec cat");
	LIVE_UNTIL(&live, live_reads(cockpit, "one", "here"));
	view_refresh(&view);
	action_type(&view, 0);
	assert_int_equal(view.mode, VIEW_TYPING);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	go_on();
	if (view.surface)
		view_release(&view);
	view = (struct view){0};
	live_stop(&live);
	return 0;
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
press(const char *text)
{
	for (const char *p = text; *p; p++) {
		view_refresh(&view);
		keymap_key(&view, (struct key){.code = (uint32_t)*p});
	}
}

static void
wait_ms(int64_t ms)
{
	int64_t until = clock_ms() + ms;
	while (clock_ms() < until)
		live_turn(&live);
}

static void
go_stale(void)
{
	struct host *host = &cockpit->fleet->hosts[0];
	stopped = server_pid();
	assert_int_equal(kill(stopped, SIGSTOP), 0);
	while (host->state != HOST_STALE) {
		clock_skip(200);
		live_turn(&live);
	}
}

static void
test_typed_while_stale(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	go_stale();
	press("xqD");
	assert_string_equal(view.toast, "3 keys not sent to one: local does not answer");
	assert_int_equal(view.mode, VIEW_TYPING);
	assert_false(view.quit || view.dialog);
	action_paste(&view, STR("pasted"), false);
	assert_string_equal(view.toast, "the paste was not sent to one: local does not answer");
	press("xq");
	assert_string_equal(view.toast, "5 keys not sent to one: local does not answer");
	go_on();
	LIVE_UNTIL(&live, cockpit->fleet->hosts[0].state == HOST_READY);
	/* Half a word must not arrive: a burst is sent as a whole or not at all. */
	press("x");
	wait_ms(400);
	press("k");
	LIVE_UNTIL(&live, live_reads(cockpit, "one", "k"));
	wait_ms(300);
	assert_false(live_reads(cockpit, "one", "x"));
	assert_false(live_reads(cockpit, "one", "pasted"));
	assert_int_equal(view.mode, VIEW_TYPING);
}

/* Its tile stays, and so does the mode: the keys go nowhere, and are no commands. */
static void
test_typed_while_server_dies(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	kill(server_pid(), SIGKILL);
	LIVE_UNTIL(&live, live_view(cockpit, "one").lost != LOSS_NONE);
	press("xq");
	assert_int_equal(view.mode, VIEW_TYPING);
	assert_false(view.quit || view.dialog);
	assert_string_equal(
		view.toast, "2 keys not sent to one: the tmux server on local is gone");
	/* And back in COMMAND, r starts what it was. */
	action_command(&view, 0);
	press("r");
	LIVE_UNTIL(&live, live_view(cockpit, "one").present);
	assert_false(live_view(cockpit, "one").lost);
	LIVE_UNTIL(&live, live_reads(cockpit, "one", "here"));
}

static void
test_forgotten(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	kill(server_pid(), SIGKILL);
	LIVE_UNTIL(&live, live_view(cockpit, "one").lost != LOSS_NONE);
	action_command(&view, 0);
	press("x");
	view_refresh(&view);
	assert_int_equal(view.agent_count, 0);
}

/* Somebody else stops the agent that is typed into: the next keys are no commands. */
static void
test_thrown_out(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	live_spawn_sh(&live, cockpit, "two", "exec cat");
	view_refresh(&view);
	assert_int_equal(live_tmux(&live, NULL, "kill-window -t =" LIVE_NAME ":=one"), 0);
	LIVE_UNTIL(&live, !live_view(cockpit, "one").present);
	press("xqqqxn");
	assert_false(view.quit || view.dialog);
	assert_int_equal(view.mode, VIEW_COMMAND);
	wait_ms(1100);
	press("z");
	assert_true(view.zoom);
}

#define LIVE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(test_typed_while_stale),
		LIVE(test_typed_while_server_dies),
		LIVE(test_forgotten),
		LIVE(test_thrown_out),
	};
	return cmocka_run_group_tests_name("ui_unsent", tests, NULL, NULL);
}
