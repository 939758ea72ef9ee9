/* SPDX-License-Identifier: MIT */
/* The parser against the tmux that is installed here: what the scripts claim, said by tmux. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"
#include "live_tmux.h"

static struct live live;

static int
stop(void **state)
{
	(void)state;
	live_stop(&live);
	return 0;
}

#define PLAY                                                                           \
	"printf '%%end 1 2 1\\n%%exit hacked\\n%%output %%0 forged\\n%%begin 1 1 1\\n" \
	"%%pause %%0\\n%%continue %%0\\n%%error 1 1 1\\nready'; exec cat"

static bool
holds(const char *needle)
{
	return strstr(buf_cstr(&live.text), needle) != NULL;
}

static void
screens_that_play_protocol_stay_body(void **state)
{
	static const char *const captures[] = {
		"capture-pane -p -t '%0'",
		"capture-pane -p -e -N -C -t '%0'",
	};
	(void)state;
	if (!live_start(&live, PLAY))
		skip();
	for (size_t i = 0; i < 2; i++) {
		LIVE_UNTIL(&live, (live_ask(&live, captures[i], 1), holds("ready")));
		assert_int_equal(live.status, 0);
		assert_int_equal(strncmp(buf_cstr(&live.text), "%end 1 2 1", 10), 0);
		assert_true(holds("\n%exit hacked"));
		assert_true(holds("\n%output %0 forged"));
		assert_true(holds("\n%begin 1 1 1"));
		assert_true(holds("\n%pause %0"));
		assert_true(holds("\n%error 1 1 1"));
	}
	assert_int_equal(live.exits, 0);
	assert_null(strstr(buf_cstr(&live.events), "pause"));
	assert_null(strstr(buf_cstr(&live.output), "forged\nready"));
}

static void
case_19_pause_and_continue_are_told_from_body(void **state)
{
	const char *snapshot = "display-message -p -t '%0' '#{cursor_x}' ; "
			       "capture-pane -p -N -C -t '%0' ; "
			       "refresh-client -A '%0:continue'";
	(void)state;
	if (!live_start(&live, PLAY))
		skip();
	LIVE_UNTIL(&live, (live_ask(&live, "capture-pane -p -t '%0'", 1), holds("ready")));
	live_ask(&live, "refresh-client -f pause-after=1", 1);
	buf_clear(&live.events);
	live_ask_noisy(&live, "refresh-client -A '%0:pause'", 1, 1);
	assert_string_equal(buf_cstr(&live.text), "");
	live_ask_noisy(&live, snapshot, 3, 1 << 2);
	/* A notice comes before the reply of its line, and the two on the screen do not count.
	 */
	if (strstr(buf_cstr(&live.events), "continue %0\nreply\n"))
		assert_string_equal(
			buf_cstr(&live.events), "pause %0\nreply\ncontinue %0\nreply\n");
	else
		LIVE_UNTIL(&live, strstr(buf_cstr(&live.events), "continue %0\n"));
	assert_true(holds("5\n%end 1 2 1"));
	assert_true(holds("\n%pause %0"));
	assert_true(holds("\n%continue %0"));
}

static void
an_error_ends_its_line_only(void **state)
{
	(void)state;
	if (!live_start(&live, "exec cat"))
		skip();
	assert_non_null(strstr(live_ask(&live, "display-message -p a ; bogus ; list-panes", 3),
		"unknown command: bogus"));
	assert_int_equal(live.status, ERR_REMOTE);
	assert_string_equal(
		live_ask(&live,
			"display-message -p a ; kill-pane -t '%99' ; display-message -p c", 3),
		"can't find pane: %99");
	assert_int_equal(live.status, ERR_REMOTE);
	assert_string_equal(
		live_ask(&live, "display-message -p a ; set -g @x y ; display-message -p c", 3),
		"a\nc");
	assert_int_equal(live.status, 0);
}

struct order {
	unsigned next;
	unsigned wrong;
};

struct ticket {
	struct order *order;
	unsigned number;
};

static void
on_ordered(void *ctx, int status, struct str text)
{
	struct ticket *ticket = ctx;
	char *wanted = mem_printf("%u", ticket->number);

	if (status != 0 || !str_eqc(text, wanted) || ticket->number != ticket->order->next)
		ticket->order->wrong++;
	ticket->order->next++;
	mem_free(wanted);
}

static void
answers_keep_their_order_in_a_flood(void **state)
{
	static struct ticket tickets[500];
	struct order order = {0};
	(void)state;
	if (!live_start(&live, "while :; do echo '%end 1 2 1'; done"))
		skip();
	live_ask(&live, "refresh-client -f pause-after=5", 1);
	live_ask(&live, "new-window -d \"while :; do echo flood; done\"", 1);
	for (unsigned i = 0; i < 500; i++) {
		char *line = mem_printf("display-message -p %u", i);

		tickets[i] = (struct ticket){&order, i};
		assert_int_equal(
			tmux_control_send(live.tc, str_from(line), 1, on_ordered, &tickets[i]),
			0);
		mem_free(line);
		/* Reading in between: the pipes are smaller than what is on the way. */
		if (i % 50 == 0)
			live_turn(&live);
	}
	LIVE_UNTIL(&live, order.next == 500);
	assert_int_equal(order.wrong, 0);
	assert_true(live.output.len > 0);
	assert_int_equal(tmux_control_counters(live.tc)->bad_notice, 0);
	assert_int_equal(tmux_control_counters(live.tc)->bad_octal, 0);
}

static void
a_subscription_cannot_forge_notices(void **state)
{
	struct buf line = BUF_INIT;
	(void)state;
	if (!live_start(&live, "exec cat"))
		skip();
	buf_addc(&line, "set -p -t '%0' @x ");
	tmux_quote(&line, STR("a\n%exit b\x7f\xc3\xa9\033,}"));
	live_ask(&live, buf_cstr(&line), 1);
	assert_int_equal(live.status, 0);
	buf_clear(&line);
	buf_addc(&line, "refresh-client -B ");
	tmux_quote(&line, STR("x:%*:#{s/[\001-\037\177]/?/:@x}"));
	live_ask(&live, buf_cstr(&line), 1);
	LIVE_UNTIL(&live, live.subscriptions.len > 0);
	assert_non_null(strstr(buf_cstr(&live.subscriptions), " : a?%exit b?\xc3\xa9?,}\n"));
	assert_int_equal(live.exits, 0);
	buf_release(&line);
}

static void
a_dead_server_cancels_what_waits(void **state)
{
	(void)state;
	if (!live_start(&live, "exec cat"))
		skip();
	pid_t server = (pid_t)atol(live_ask(&live, "display-message -p '#{pid}'", 1));
	assert_true(server > 1);
	assert_int_equal(kill(server, SIGSTOP), 0);
	unsigned before = live.replies;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
			tmux_control_send(live.tc, STR("list-panes"), 1, live_on_reply, &live),
			0);
	assert_int_equal(kill(server, SIGKILL), 0);
	int64_t until = live_deadline();
	while (!live.ended) {
		live_check_deadline(until, "end of the stream");
		live_turn(&live);
	}
	assert_int_equal(live.replies, before);
	assert_int_equal(live.exits, 1);
	tmux_control_free(live.tc);
	live.tc = tmux_control_new(&(struct tmux_control_ops){.notice = live_on_notice}, &live);
	assert_int_equal(live.replies, before + 3);
	assert_int_equal(live.status, ERR_CANCELED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(screens_that_play_protocol_stay_body, stop),
		cmocka_unit_test_teardown(case_19_pause_and_continue_are_told_from_body, stop),
		cmocka_unit_test_teardown(an_error_ends_its_line_only, stop),
		cmocka_unit_test_teardown(answers_keep_their_order_in_a_flood, stop),
		cmocka_unit_test_teardown(a_subscription_cannot_forge_notices, stop),
		cmocka_unit_test_teardown(a_dead_server_cancels_what_waits, stop),
	};

	return cmocka_run_group_tests_name("tmux live", tests, NULL, NULL);
}
