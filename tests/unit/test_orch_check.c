/* SPDX-License-Identifier: MIT */
/* Checks whose host goes away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "live_fleet.h"
#include "orch/local.h"

#define TREE "0123456789012345678901234567890123456789"

static struct live_fleet live;

static int
teardown(void **state)
{
	(void)state;
	live_stop(&live);
	return 0;
}

static enum check_state
state_of(const struct cockpit *cockpit, const char *name)
{
	struct pilot_check check;
	pilot_check(cockpit->pilot, fleet_agent_find(cockpit->fleet, name), &check);
	return check.state;
}

/* As when its work has come. */
static void
look(const struct cockpit *cockpit, const char *name)
{
	struct diff diff = {.file_count = 1};
	checks_look(cockpit->pilot, fleet_agent_find(cockpit->fleet, name), TREE, &diff);
}

static bool
rests(const struct cockpit *cockpit, const char *name)
{
	return is_at_rest(live_view(cockpit, name).verdict.state);
}

/* As if cockpit had made the one in which they work. */
static void
own_folders(void)
{
	static const char script[] =
		"cd && git init -q && git -c user.name=a -c user.email=a@b commit -q"
		" --allow-empty -m one && find . -path '*/agents/*/start' >starts"
		" && [ -s starts ] && while read -r file; do"
		" echo 'export COCKPIT_OWN=1' >>\"$file\"; done <starts";
	assert_int_equal(system(script), 0);
}

/* What waited for its turn, or was to begin, is not forgotten with the link. */
static void
test_link_lost(void **state)
{
	static const char *const names[] = {"a", "b"};
	struct host_view host;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit =
		live_open(&live, 0, ", \"check\": \"exec sleep 100\", \"checks_at_once\": 1");
	struct pilot *pilot = cockpit->pilot;
	pilot_keep(pilot);
	pilot_follow_checks(pilot);
	for (size_t i = 0; i < 2; i++) {
		live_spawn_sh(&live, cockpit, names[i], "exec sleep 100");
		LIVE_UNTIL(&live, rests(cockpit, names[i]));
	}
	own_folders();
	look(cockpit, "a");
	look(cockpit, "b");
	assert_int_equal(state_of(cockpit, "a"), CHECK_RUNS);
	assert_int_equal(state_of(cockpit, "b"), CHECK_WAITS);
	host_fail(&cockpit->fleet->hosts[0], ERR_CLOSED, "a test");
	LIVE_UNTIL(&live, !check_is_under_way(state_of(cockpit, "a")));
	LIVE_UNTIL(&live, !check_is_under_way(state_of(cockpit, "b")));
	/* There is no link to begin at all. */
	look(cockpit, "b");
	assert_false(check_is_under_way(state_of(cockpit, "b")));
	LIVE_UNTIL(&live, (fleet_host_at(cockpit->fleet, 0, &host), host.state == HOST_READY) &&
				  fleet_settled(cockpit->fleet) && rests(cockpit, "b"));
	look(cockpit, "b");
	assert_true(check_is_under_way(state_of(cockpit, "b")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_link_lost, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
