/* SPDX-License-Identifier: MIT */
/*
 * A host that means harm, beside one that does not: whatever it sends, it is only its own tiles
 * that show it. The bad host is a program that takes the place of tmux on its socket; the good
 * one is a real tmux server, and what is typed there comes back in time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "live_fleet.h"

#define ECHOES  20
#define ECHO_MS 2000 /* much, for a machine that does other things; the mean says more */
#ifdef __SANITIZE_ADDRESS__
#	define GROWTH_KB (512 << 10)
#else
#	define GROWTH_KB (48 << 10)
#endif

static struct live_fleet live;
static struct cockpit *cockpit;
static char *path_before;

/* It answers what a cockpit asks at first, names one agent, and then does what it is there for.
 */
static const char bad_tmux[] =
	"#!/bin/sh\n"
	"case \"$*\" in\n"
	"-V) [ ! -f \"${0%/*}/../version\" ] || exec cat \"${0%/*}/../version\" ;;\n"
	"esac\n"
	"case \"$*\" in\n"
	"*/bad\\ *) ;;\n"
	"*) PATH=${PATH#*:} exec tmux \"$@\" ;;\n"
	"esac\n"
	"case \"$*\" in\n"
	"*attach-session*) ;;\n"
	"*) exit 0 ;;\n"
	"esac\n"
	"printf '%%begin 1 1 0\\n%%end 1 1 0\\n%%session-changed $0 live\\n'\n"
	"n=1\n"
	"while [ $n -lt 4 ] && read -r line; do\n"
	"	n=$((n + 1))\n"
	"	echo \"%begin 1 $n 1\"\n"
	"	case $line in\n"
	"	display*) echo 1 1 1 ;;\n"
	"	list*) printf "
	"'%%1\\t@1\\t0\\t\\t\\t80\\t24\\t1\\t0\\t\\tvictim\\tbad\\t\\t1\\t\\t\\t\\n' ;;\n"
	"	esac\n"
	"	echo \"%end 1 $n 1\"\n"
	"done\n"
	". \"${0%/*}/../evil\"\n"
	"exec cat >/dev/null\n";

static struct host *
bad(void)
{
	return &cockpit->fleet->hosts[1];
}

static int
setup(void **state)
{
	(void)state;
	if (!live_start(&live))
		return 0;
	char *bin = mem_printf("%s/bin", live.dir), *file = mem_printf("%s/tmux", bin);
	path_before = mem_strdup(getenv("PATH"));
	char *path = mem_printf("%s:%s", bin, path_before);
	assert_int_equal(path_mkdir(bin, NULL), 0);
	assert_int_equal(path_write(file, str_from(bad_tmux), 0755, NULL), 0);
	setenv("PATH", path, 1);
	mem_free(bin);
	mem_free(file);
	mem_free(path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (path_before)
		setenv("PATH", path_before, 1);
	mem_free(path_before);
	path_before = NULL;
	live_stop(&live);
	return 0;
}

static void
set_evil(const char *evil)
{
	char *file = mem_printf("%s/evil", live.dir);
	assert_int_equal(path_write(file, str_from(evil), 0644, NULL), 0);
	mem_free(file);
}

/* The good host has an agent "good"; the bad one's way up has begun. */
static uint32_t
open_both(const char *evil)
{
	struct fleet_config *config;
	struct err err = ERR_INIT;
	char *file = mem_printf("%s/cockpit.json", live.dir);
	set_evil(evil);
	char *text = mem_printf(
		"{\"name\": \"" LIVE_NAME "\", \"hosts\": {"
		"\"local\": {\"repo\": null, \"socket\": \"%s/tmux\"},"
		"\"bad\": {\"repo\": null, \"socket\": \"%s/bad\", \"ssh\": \"nowhere\"}}}",
		live.dir, live.dir);
	if (fleet_config_parse(file, str_from(text), &config, &err) < 0)
		fail_msg("%s", err.text);
	mem_free(text);
	mem_free(file);
	config->hosts[1].local = true;
	cockpit = &live.cockpits[0];
	cockpit->fleet = fleet_new(live.loop, config, FLEET_WATCH, NULL, NULL);
	cockpit->pilot = pilot_new(cockpit->fleet);
	fleet_connect(cockpit->fleet, 0);
	LIVE_UNTIL(&live, cockpit->fleet->hosts[0].state == HOST_READY);
	const struct pilot_spec spec = {
		.name = "good", .host = "local", .command = (const char *const[]){"cat", NULL}
        };
	int before = live.answers;
	if (pilot_spawn(cockpit->pilot, &spec, live_on_answer, &live, &err) < 0)
		fail_msg("%s", err.text);
	live_answer(&live, before);
	LIVE_UNTIL(&live, live_shows(cockpit, "good"));
	fleet_connect(cockpit->fleet, 1);
	return fleet_agent_find(cockpit->fleet, "good");
}

static long
rss_kb(void)
{
	struct buf text = BUF_INIT;
	long pages = 0;
	assert_int_equal(path_read("/proc/self/statm", 256, &text, NULL), 0);
	assert_int_equal(sscanf(buf_cstr(&text), "%*d %ld", &pages), 1);
	buf_release(&text);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Types, and waits for what comes back; the longest time it took. */
static int64_t
echo_ms(uint32_t good)
{
	int64_t worst = 0, all = 0;
	for (int i = 0; i < ECHOES; i++) {
		struct agent_view view;
		struct key key = {.code = (uint32_t)('a' + i)};
		fleet_agent(cockpit->fleet, good, &view);
		uint64_t before = view.bytes;
		int64_t from = clock_ms();
		assert_int_equal(pilot_key(cockpit->pilot, good, key), 0);
		LIVE_UNTIL(
			&live, (fleet_agent(cockpit->fleet, good, &view), view.bytes > before));
		int64_t took = clock_ms() - from;
		worst = took > worst ? took : worst;
		all += took;
	}
	print_message("%d keys: mean %lld ms, longest %lld ms\n", ECHOES,
		(long long)(all / ECHOES), (long long)worst);
	return worst;
}

static void
run_for(int64_t ms)
{
	int64_t until = clock_ms() + ms;
	while (clock_ms() < until)
		live_turn(&live);
}

/* Whatever it sends without end: the other host echoes, and nothing grows. */
static void
test_3_floods(void **state)
{
	static const struct {
		const char *name, *evil;
	} rows[] = {
		{"garbage",                  "exec yes '%%garbage that nobody knows'"                     },
		{"no notices at all",        "exec yes"						   },
		{"other panes",              "exec yes '%output %99 x'"                                   },
		{"its own pane, unpausable",
                 "exec yes '%output %1 \\033[31mred \\033[1;1H text'"                                     },
		{"scrolling",                "exec yes '%extended-output %1 0 : a line of text\\015\\012'"},
		{"pauses",                   "exec yes '%pause %1'"                                       },
		{"layouts",                  "exec yes '%layout-change @1 b25d,80x24,0,0,0\n"
			    "%layout-change @1 b25e,81x25,0,0,0'"              },
		{"agents without end",       "exec awk 'BEGIN { for (i = 0; ; i++) printf "
				       "\"%%subscription-changed facts $0 @1 1 %%1 : "
				       "%%%d\\t@%d\\t0\\t\\t\\t80\\t24\\t1\\t0\\ta%"
				       "d\\t\\t\\t\\t\\t\\t\\n\", i, i, i "
				       "}'"                         },
		{"exits",                    "exec yes '%exit because'"                                   },
		{"complaints",               "exec yes complaint >&2"                                     },
	};
	(void)state;
	if (!live.loop)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		uint32_t good = open_both(rows[i].evil);
		LIVE_UNTIL(&live, bad()->state == HOST_READY);
		run_for(500);
		long before = rss_kb();
		int64_t worst = echo_ms(good);
		run_for(800);
		long grown = rss_kb() - before;
		print_message("grown %ld KiB\n", grown);
		if (worst >= ECHO_MS || grown > GROWTH_KB)
			fail_msg("%s: %lld ms, %ld KiB", rows[i].name, (long long)worst, grown);
		live_close(&live, 0);
		live_tmux(&live, NULL, "kill-server 2>/dev/null");
	}
}

static bool
bad_reads(const char *text)
{
	return live_reads(cockpit, "victim", text);
}

/* Closing guards that are not the open block's are body; here the body is a picture. */
static void
test_15_guards_in_a_body(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	/* pause, then size and picture, then continue: every line that is sent has its blocks.
	 */
	open_both("while read -r line; do\n"
		  "	rest=$line; k=1\n"
		  "	while case $rest in *' ; '*) ;; *) false ;; esac; do rest=${rest#* ; "
		  "}; "
		  "k=$((k + 1)); done\n"
		  "	while [ $k -gt 0 ]; do\n"
		  "		n=$((n + 1)); k=$((k - 1))\n"
		  "		echo \"%begin 1 $n 1\"\n"
		  "		case $line/$k in\n"
		  "		*capture-pane*/2) echo '40 8 0 0 0 7 0 1 0 0 0 0 0 0 0 0 0 1 "
		  "4294967295 4294967295 8,16,24,32' "
		  ";;\n"
		  "		*capture-pane*/1) printf '%s\\n' '%end 1 1 1' '%error 1 2 0' "
		  "'%exit' "
		  "'%begin 1 9 1' '%end' 'all body' '' '' ;;\n"
		  "		esac\n"
		  "		echo \"%end 1 $n 1\"\n"
		  "	done\n"
		  "done\n");
	LIVE_UNTIL(&live, bad_reads("all body"));
	assert_true(bad_reads("%end 1 1 1") && bad_reads("%exit") && bad_reads("%begin 1 9 1"));
	assert_int_equal(bad()->state, HOST_READY);
}

/* Both hosts have a pane %1: ids are only ever those of the host that names them. */
static void
test_16_other_hosts_ids(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	uint32_t good = open_both("for i in 1 2 3 4 5; do\n"
				  "echo '%output %1 FORGED'\n"
				  "echo '%output %99 FORGED'\n"
				  "echo '%output %0 FORGED'\n"
				  "echo '%window-close @1'\n"
				  "echo '%window-close @0'\n"
				  "echo '%unheard-of %1'\n"
				  "echo '%output $1 FORGED'\n"
				  "echo '%pause %99'\n"
				  "done\n");
	/* All of it has come: the host's pieces end where they like. */
	struct tmux_counters odd = {0};
	LIVE_UNTIL(
		&live, bad()->state == HOST_READY && bad()->strange >= 15 &&
			       (conn_odd(bad(), &odd), odd.other >= 5 && odd.bad_notice >= 5));
	assert_int_equal(odd.other, 5);
	assert_int_equal(odd.bad_notice, 5);
	assert_true(live_view(cockpit, "good").present);
	assert_false(live_reads(cockpit, "good", "FORGED"));
	assert_true(echo_ms(good) < ECHO_MS);
	struct buf text = BUF_INIT;
	fleet_explain(cockpit->fleet, fleet_agent_find(cockpit->fleet, "victim"), &text);
	assert_non_null(strstr(buf_cstr(&text), "5 unknown, 5 malformed"));
	buf_release(&text);
}

static void
test_17_bad_octal(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	open_both("printf '%s\\n' '%output %1 \\777' '%output %1 \\1' '%output %1 \\'\n");
	struct tmux_counters odd = {0};
	LIVE_UNTIL(&live, (conn_odd(bad(), &odd), odd.bad_octal == 3));
	assert_int_equal(bad()->state, HOST_READY);
}

static void
test_18_line_without_end(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	uint32_t good = open_both("head -c 67108864 /dev/zero | tr '\\0' x");
	long before = rss_kb();
	LIVE_UNTIL(&live, bad()->state == HOST_LOST);
	assert_int_equal(bad()->why.code, ERR_LIMIT);
	assert_non_null(strstr(bad()->why.text, "longer than 1048576 bytes"));
	assert_true(bad()->retry_at > 0);
	assert_true(rss_kb() - before < GROWTH_KB);
	assert_true(echo_ms(good) < ECHO_MS);
	/* What it does to itself it does again and again, and less and less often. */
	int tries = bad()->tries;
	LIVE_UNTIL(&live, bad()->tries > tries + 1);
	assert_true(live_view(cockpit, "good").link);
}

/* A reply without end. */
static void
test_18_reply_without_end(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	open_both("echo '%begin 1 9 1'; exec yes 0123456789012345678901234567890123456789");
	LIVE_UNTIL(&live, bad()->state == HOST_LOST);
	assert_int_equal(bad()->why.code, ERR_LIMIT);
}

/* One that is too old is refused before it is spoken to, and not tried again. */
static void
test_21_old_tmux(void **state)
{
	static const char *const versions[] = {
		"tmux 2.9a\n", "tmux 3.0\n", "tmux 3.1c\n", "tmux of mine\n"};
	(void)state;
	if (!live.loop)
		skip();
	char *file = mem_printf("%s/version", live.dir);
	open_both("");
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		assert_int_equal(path_write(file, str_from(versions[i]), 0644, NULL), 0);
		act_host_retry(cockpit->fleet, 1);
		LIVE_UNTIL(&live, bad()->state == HOST_REFUSED);
		assert_int_equal(bad()->why.code, ERR_UNSUPPORTED);
		assert_non_null(strstr(bad()->why.text, "too old: 3.2"));
		int tries = bad()->tries;
		run_for(200);
		assert_int_equal(bad()->tries, tries);
	}
	assert_int_equal(path_write(file, STR("tmux next-3.9\n"), 0644, NULL), 0);
	act_host_retry(cockpit->fleet, 1);
	LIVE_UNTIL(&live, bad()->state == HOST_READY);
	mem_free(file);
}

static void
test_22_ended_in_a_block(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	open_both("echo '%begin 1 9 1'; echo half a reply; exit 3");
	LIVE_UNTIL(&live, bad()->state == HOST_LOST);
	assert_non_null(strstr(bad()->why.text, "status 3"));
	/* Nothing of it is left when it comes back. */
	set_evil("");
	LIVE_UNTIL(&live, bad()->state == HOST_READY);
	assert_true(live_view(cockpit, "victim").present);
}

/* Replies are told apart by their order alone; the question whether it is there proves it. */
static void
test_answers_that_are_none(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	open_both("while read -r line; do\n"
		  "	n=$((n + 1))\n"
		  "	echo \"%begin 1 $n 1\"; echo yes; echo \"%end 1 $n 1\"\n"
		  "done\n");
	LIVE_UNTIL(&live, bad()->state == HOST_READY);
	/* Some replies are owed already: it is asked until this one is due. */
	for (int i = 0; i < 200 && bad()->state != HOST_LOST; i++) {
		int64_t asked = clock_ms();
		act_fleet_woke(cockpit->fleet);
		LIVE_UNTIL(&live, bad()->state == HOST_LOST || clock_ms() - asked >= 50);
	}
	assert_int_equal(bad()->state, HOST_LOST);
	assert_int_equal(bad()->why.code, ERR_PROTOCOL);
}

/* A picture that cannot be had is asked for again and again, and not all the time. */
static void
test_no_pictures(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	open_both("while read -r line; do\n"
		  "	n=$((n + 1)) end=end\n"
		  "	echo \"%begin 1 $n 1\"\n"
		  "	case $line in\n"
		  "	list*) printf "
		  "'%%1\\t@1\\t0\\t\\t\\t80\\t24\\t1\\t0\\t\\tvictim\\tbad\\t\\t1\\t\\t\\t\\n' "
		  ";;\n"
		  "	*pause*|*capture*) end=error ;;\n"
		  "	esac\n"
		  "	echo \"%$end 1 $n 1\"\n"
		  "done\n");
	LIVE_UNTIL(&live, bad()->state == HOST_READY);
	const struct agent *victim =
		fleet_agent_by_id(cockpit->fleet, fleet_agent_find(cockpit->fleet, "victim"));
	unsigned lists = bad()->lists, before = victim->pauses;
	int64_t from = clock_ms();
	/* The clock goes faster than the host. */
	while (victim->pauses < before + 4) {
		assert_true(clock_ms() - from < LIVE_DEADLINE_MS);
		clock_skip(50);
		live_turn(&live);
	}
	assert_true(clock_ms() - from >= 1500);
	assert_in_range(bad()->lists - lists, 3, 6);
}

/* Names that come and go do not fill the places of others. */
static void
test_names_that_come_and_go(void **state)
{
	struct facts facts = {.pane = STR("%1"), .window = STR("@1"), .cols = 80, .rows = 24};
	(void)state;
	if (!live.loop)
		skip();
	open_both("");
	LIVE_UNTIL(&live, bad()->state == HOST_READY);
	for (int i = 0; i < 2000; i++) {
		char *name = mem_printf("invented-%d", i);
		facts.agent = str_from(name);
		agent_apply(bad(), &facts);
		uint32_t id = fleet_agent_find(cockpit->fleet, name);
		assert_int_not_equal(id, 0);
		agent_gone(fleet_agent_by_id(cockpit->fleet, id));
		mem_free(name);
	}
	assert_in_range(fleet_agent_count(cockpit->fleet), 250, 260);
	assert_true(live_view(cockpit, "good").present);
	assert_true(live_view(cockpit, "victim").present);
}

#define LIVE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(test_3_floods),
		LIVE(test_15_guards_in_a_body),
		LIVE(test_16_other_hosts_ids),
		LIVE(test_17_bad_octal),
		LIVE(test_18_line_without_end),
		LIVE(test_18_reply_without_end),
		LIVE(test_21_old_tmux),
		LIVE(test_22_ended_in_a_block),
		LIVE(test_answers_that_are_none),
		LIVE(test_no_pictures),
		LIVE(test_names_that_come_and_go),
	};
	const char *only = getenv("LIVE_ONLY");
	if (only)
		cmocka_set_test_filter(only);
	return cmocka_run_group_tests_name("fleet_hostile", tests, NULL, NULL);
}
