/* SPDX-License-Identifier: MIT */
/* The journal and comments on the screen, with a real store behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "cockpit/orch_comments.h"
#include "cockpit/orch_events.h"
#include "orch/ledger.h"
#include "orch/local.h"
#include "ui/comments.h"
#include "ui/events.h"
#include "ui_until.h"

#define DAY_MS ((int64_t)86400000)

static char dir[40];
static int changes;

static void
on_change(void *ctx)
{
	(void)ctx;
	changes++;
}

static void
follow(void)
{
	pilot_keep(view.pilot);
	pilot_follow_events(view.pilot, on_change, NULL);
	view.changed = on_change;
}

/* Another cockpit on the same fleet, after this one has ended. */
static void
start_again(void)
{
	pilot_free(view.pilot);
	comments_release(&view.comments);
	view.pilot = pilot_new(view.fleet);
	follow();
}

static int
setup(void **state)
{
	strcpy(dir, "/tmp/cockpit-events-XXXXXX");
	if (!mkdtemp(dir) || setenv("XDG_STATE_HOME", dir, 1) < 0 || deck_setup(state) != 0)
		return -1;
	until_setup();
	changes = 0;
	follow();
	return view.pilot->ledger ? 0 : -1;
}

static int
teardown(void **state)
{
	until_teardown();
	deck_teardown(state);
	return path_remove_tree(dir, NULL);
}

static void
add(struct ledger *ledger, const char *agent, const char *text)
{
	const struct journal_entry entry = {
		.kind = JOURNAL_FAILED, .agent = agent, .text = text};
	journal_add(ledger, &entry);
}

static bool
shows(const char *words)
{
	struct buf frame = BUF_INIT;
	surface_resize(view.surface, 60, 20);
	events_draw(&view, (struct rect){0, 0, 60, 20});
	surface_text(view.surface, false, &frame);
	bool found = str_find_str(buf_str(&frame), str_from(words)) >= 0;
	buf_release(&frame);
	return found;
}

static void
test_events(void **state)
{
	char *path = path_dir(view.pilot->store);
	struct ledger *other = ledger_new(loop, path, NULL, NULL);
	(void)state;
	UNTIL(shows("Nothing has happened yet."));
	assert_false(path_exists(view.pilot->store));
	add(view.pilot->ledger, "one", "its own");
	UNTIL(shows("one failed: its own"));
	add(other, "two", "of another");
	UNTIL(shows("two failed: of another"));
	assert_true(shows("one failed: its own"));
	assert_true(changes > 1);
	ledger_close(other);
	mem_free(path);
}

/* What is older than it is kept for goes by itself. */
static void
test_old_ones_go(void **state)
{
	char kind[] = "ended", empty[] = "", text[] = "{}";
	struct store *store;
	struct store_entry *entries = NULL;
	size_t count = 0;
	const int64_t day = clock_wall() * 1000 / DAY_MS;
	(void)state;
	assert_int_equal(store_open(view.pilot->store, &store, NULL), 0);
	for (int64_t age = LEDGER_AGE_DAYS + 2; age >= LEDGER_AGE_DAYS - 2; age -= 2) {
		const struct store_entry entry = {.at = (day - age) * DAY_MS,
			.kind = kind,
			.agent = empty,
			.host = empty,
			.text = text,
			.key = empty};
		assert_int_equal(store_record(store, &entry, 1, 1, NULL), 0);
	}
	add(view.pilot->ledger, "one", "now");
	int64_t first = 0;
	while (first != 3 || count != 2) {
		loop_timer_set(tick, 10);
		loop_turn(loop, true);
		assert_int_equal(store_entries(store, NULL, 0, &entries, &count, NULL), 0);
		first = count ? entries[0].id : 0;
		assert_true(first <= 3);
		store_entries_free(entries, count);
	}
	store_close(store);
}

static bool
is_loaded(int wanted)
{
	struct agent_view agent;
	fleet_agent_at(view.fleet, 0, &agent);
	comments_load(&view);
	return comments_count(&view, &agent) == wanted;
}

static void
on_other(void *ctx, const struct store_comment *none, size_t count, const struct err *err)
{
	(void)ctx;
	(void)none;
	(void)count;
	(void)err;
}

static void
test_comments(void **state)
{
	struct agent_view agent;
	(void)state;
	fleet_agent_at(view.fleet, 0, &agent);
	/* Before what was there is read. */
	comments_load(&view);
	comments_set(&view, &agent, "f", false, 3, STR("x"), "one");
	comments_set(&view, &agent, "f", false, 4, STR("y"), "two");
	comments_set(&view, &agent, "f", true, 4, STR("z"), "three");
	comments_set(&view, &agent, "f", false, 4, STR("y"), "two, again");
	comments_set(&view, &agent, "f", false, 3, STR("x"), "");
	assert_true(is_loaded(2));
	start_again();
	assert_true(is_loaded(0));
	UNTIL(is_loaded(2));
	assert_string_equal(comments_find(&view, &agent, "f", false, 4)->text, "two, again");
	assert_string_equal(comments_find(&view, &agent, "f", true, 4)->anchor, "z");
	assert_null(comments_find(&view, &agent, "f", false, 3));
	/* What one has just written stays beside what comes. */
	start_again();
	comments_load(&view);
	comments_set(&view, &agent, "g", false, 1, STR(""), "four");
	UNTIL(is_loaded(3));
	/* What is written while the others are sent stays, and so does what is another by then.
	 */
	struct buf message = BUF_INIT;
	comments_message(&view, &agent, &message);
	assert_non_null(strstr(buf_cstr(&message), "\n3. g:1\n> \nfour\n"));
	buf_release(&message);
	comments_set(&view, &agent, "g", false, 2, STR(""), "five");
	comments_set(&view, &agent, "g", false, 1, STR(""), "four, too");
	comments_drop_sent(&view, &agent);
	assert_true(is_loaded(2));
	assert_string_equal(comments_find(&view, &agent, "g", false, 1)->text, "four, too");
	assert_string_equal(comments_find(&view, &agent, "g", false, 2)->text, "five");
	/* What another cockpit does with them is seen. */
	struct pilot *other = pilot_new(view.fleet);
	pilot_keep(other);
	int64_t five = comments_find(&view, &agent, "g", false, 2)->id;
	struct store_comment six = comment_row(comments_find(&view, &agent, "g", false, 1));
	six.text = (char[]){"six"};
	pilot_uncomment(other, &five, 1, on_other, NULL);
	pilot_comment(other, &six, on_other, NULL);
	pilot_free(other);
	/* Not in the midst of sending: which of them were sent would not be known. */
	struct comment *sent = comments_find(&view, &agent, "g", false, 2);
	view.comments.read_at = 1;
	comments_load(&view);
	comments_message(&view, &agent, &message);
	buf_release(&message);
	view.diff.sending = agent.id;
	UNTIL(!view.comments.reading);
	assert_ptr_equal(comments_find(&view, &agent, "g", false, 2), sent);
	assert_true(sent->sent);
	view.diff.sending = 0;
	UNTIL(is_loaded(1));
	assert_string_equal(comments_find(&view, &agent, "g", false, 1)->text, "six");
	comments_set(&view, &agent, "g", false, 1, STR(""), "");
	start_again();
	changes = 0;
	comments_load(&view);
	UNTIL(changes > 0);
	assert_true(is_loaded(0));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_events),
		T(test_old_ones_go),
		T(test_comments),
	};
	return cmocka_run_group_tests_name("ui_events", tests, NULL, NULL);
}
