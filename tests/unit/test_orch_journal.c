/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* usleep */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_comments.h"
#include "cockpit/orch_journal.h"
#include "cockpit/store_store.h"
#include "orch/ledger.h"
#include "orch/local.h"
#include "unit/store_fault.h"

static char dir[40];
static char *file, *events; /* the store, and what was before it */
static struct loop *loop;
static struct ledger *ledger;
static struct journal journal;
static struct err err;

static void
begin(void)
{
	loop = loop_new();
	ledger = ledger_new(loop, dir, NULL, NULL);
}

/* As at the end of the program. */
static void
end(void)
{
	ledger_close(ledger);
	loop_free(loop);
	ledger = NULL;
	loop = NULL;
}

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cockpit-journal-XXXXXX");
	assert_non_null(mkdtemp(dir));
	file = path_join(dir, "store.db");
	events = path_join(dir, "events.jsonl");
	err = ERR_INIT;
	begin();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (ledger)
		end();
	journal_release(&journal);
	mem_free(file);
	mem_free(events);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
	return 0;
}

static size_t
read_some(const char *agent, size_t max)
{
	journal_release(&journal);
	if (journal_read(dir, agent, max, &journal, &err) < 0)
		fail_msg("%s", err.text);
	return journal.count;
}

/* And all that was added before. */
static size_t
read_all(void)
{
	if (ledger) {
		end();
		begin();
	}
	return read_some(NULL, 0);
}

static void
write_file(const char *name, struct str text)
{
	char *path = path_join(dir, name);
	assert_int_equal(path_write(path, text, 0600, NULL), 0);
	mem_free(path);
}

static bool
is_there(const char *name)
{
	char *path = path_join(dir, name);
	bool there = path_exists(path);
	mem_free(path);
	return there;
}

static void
assert_words(size_t index, const char *want)
{
	struct buf words = BUF_INIT;
	journal_words(&journal.lines[index], &words);
	assert_string_equal(buf_cstr(&words), want);
	buf_release(&words);
}

static void
test_round(void **state)
{
	static const char *const command[] = {"a b", "", "it's\n", NULL};
	const struct journal_entry entries[] = {
		{.kind = JOURNAL_START,
                 .agent = "parser",
                 .host = "web-1",
                 .profile = "command",
                 .command = command},
		{.kind = JOURNAL_ASKS,
                 .agent = "parser",
                 .host = "web-1",
                 .text = "Bash x\033[2J\ny"},
		{.kind = JOURNAL_ANSWER,
                 .agent = "parser",
                 .host = "web-1",
                 .tool = "Bash",
                 .what = "rm {agent}\nall",
                 .answer = "no",
                 .via = "keys",
                 .refused = "it asks another one"},
		{.kind = JOURNAL_LOST,     .host = "web-1",            .text = "no route"                           },
	};
	const struct journal_entry mute = {.kind = JOURNAL_ASKS, .agent = "parser"};
	(void)state;
	assert_int_equal(read_all(), 0);
	assert_false(path_exists(file)); /* who looks makes none */
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		journal_add(ledger, &entries[i]);
	assert_int_equal(read_all(), 4);
	assert_words(0, "you started parser on web-1");
	assert_string_equal(journal.lines[0].profile, "command");
	assert_string_equal(journal.lines[0].command[2], "it's\n");
	assert_null(journal.lines[0].command[3]);
	assert_true(llabs(journal.lines[0].at - clock_wall()) < 10);
	assert_words(1, "parser asks: Bash x^[[2J; y");
	assert_words(2,
		"you answered parser no: Bash rm {agent}; all; refused: it asks another one");
	assert_words(3, "the link to web-1 is lost: no route");
	assert_true(journal_is_act(&journal.lines[2]));
	assert_false(journal_is_act(&journal.lines[3]));
	assert_int_equal(read_some("parser", 2), 2);
	assert_words(0, "parser asks: Bash x^[[2J; y");
	assert_int_equal(read_some(NULL, 1), 1);
	assert_words(0, "the link to web-1 is lost: no route");
	assert_int_equal(read_some("pars", 0), 0);
	/* It is not known what. */
	journal_add(ledger, &mute);
	assert_int_equal(read_all(), 5);
	assert_words(4, "parser asks");
	assert_false(path_exists(events));
}

/* What two cockpits see is there once; what happens again is there again. */
static void
test_keys(void **state)
{
	struct journal_entry done = {
		.kind = JOURNAL_DONE, .agent = "a\"b", .key = "done a\"b 1"};
	struct journal_entry asks = {.kind = JOURNAL_ASKS,
		.agent = "a",
		.text = "x",
		.key = "asks a 7",
		.ever = true};
	(void)state;
	for (int i = 0; i < 2; i++) {
		journal_add(ledger, &done);
		journal_add(ledger, &asks);
	}
	assert_int_equal(read_all(), 2);
	done.key = "done a\"b 10";
	journal_add(ledger, &done);
	assert_int_equal(read_all(), 3);
	/* Both happened a minute ago. */
	struct store *store;
	char kinds[][8] = {"done", "asks"}, keys[][16] = {"done a\"b 100", "asks a 70"},
	     empty[] = "", text[] = "{}";
	assert_int_equal(store_open(file, &store, &err), 0);
	for (int i = 0; i < 2; i++) {
		const struct store_entry entry = {.at = (clock_wall() - 60) * 1000,
			.kind = kinds[i],
			.agent = empty,
			.host = empty,
			.text = text,
			.key = keys[i],
			.since = -1};
		assert_int_equal(store_record(store, &entry, 1, entry.at, &err), 0);
	}
	store_close(store);
	done.key = keys[0];
	asks.key = keys[1];
	journal_add(ledger, &done);
	journal_add(ledger, &asks);
	assert_int_equal(read_all(), 3 + 2 + 1);
	assert_string_equal(journal.lines[5].kind, "done");
}

/* Two cockpits, each with a queue of its own. */
static void
test_two(void **state)
{
	struct journal_entry asks = {
		.kind = JOURNAL_ASKS, .agent = "a", .text = "x", .key = "k", .ever = true};
	struct ledger *other = ledger_new(loop, dir, NULL, NULL);
	(void)state;
	for (int i = 0; i < 50; i++) {
		journal_add(ledger, &asks);
		journal_add(other, &asks);
		asks.key = NULL;
		journal_add(i % 2 ? ledger : other, &asks);
		asks.key = "k";
	}
	ledger_close(other);
	assert_int_equal(read_all(), 51);
}

/* --- what earlier ones left --- */

#define AT "{\"at\":\"2026-11-29T09:00:00Z\","

/* A kind of a later version; lines that are none; a last one that is cut. */
static void
test_foreign(void **state)
{
	(void)state;
	write_file("events.jsonl",
		STR("x\n{\"at\":\"yesterday\",\"kind\":\"done\"}\n[]\n\n" AT "\"kind\":7}\n" AT
		    "\"kind\":\"frobbed\",\"user\":\"else\\u001b\",\"agent\":3}\n" AT
		    "\"kind\":\"do"));
	assert_int_equal(read_all(), 1);
	assert_words(0, "else^[ frobbed");
	assert_int_equal(journal.lines[0].at, 1795942800);
	assert_false(path_exists(events));
	assert_true(is_there("events.jsonl.imported"));
	assert_int_equal(read_all(), 1);
}

static const char old_events[] =
	AT "\"kind\":\"start\",\"user\":\"x\",\"agent\":\"a\","
	   "\"host\":\"web\",\"profile\":\"claude\"}\n" AT
	   "\"kind\":\"done\",\"agent\":\"a\"}\n" AT "\"kind\":\"done\",\"agent\":\"a\"}\n";
static const char old_comments[] =
	"[{\"agent\":\"a\",\"host\":\"web\",\"path\":\"f\",\"old\":false,\"line\":3,"
	"\"anchor\":\"x\",\"text\":\"one\"},{\"agent\":\"a\",\"host\":\"web\",\"path\":\"f\","
	"\"old\":true,\"line\":4,\"anchor\":\"\",\"text\":\"two\"},{\"agent\":7}]";

static void
leave_old_ones(void)
{
	write_file("answers.jsonl",
		STR(AT "\"agent\":\"a\",\"answer\":\"yes\",\"tool\":\"Bash\"}\n"));
	write_file("events.jsonl.1", STR(AT "\"kind\":\"ended\",\"agent\":\"b\"}\n"));
	write_file("events.jsonl", str_from(old_events));
	write_file("comments.json", str_from(old_comments));
}

static void
see_old_ones(size_t more)
{
	struct store *store;
	struct store_comment *comments = NULL;
	size_t count = 0;
	assert_int_equal(read_all(), 5 + more);
	assert_words(0, "answered a yes: Bash");
	assert_words(1, "b ended");
	assert_words(2, "x started a on web");
	assert_string_equal(journal.lines[2].profile, "claude");
	assert_words(4, "a is done");
	assert_int_equal(store_open(file, &store, &err), 0);
	assert_int_equal(store_comments(store, &comments, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(comments[0].text, "one");
	assert_true(comments[1].old);
	assert_int_equal(comments[1].line, 4);
	store_comments_free(comments, count);
	store_close(store);
}

static void
test_import(void **state)
{
	const struct journal_entry done = {.kind = JOURNAL_FAILED, .agent = "z", .text = "x"};
	(void)state;
	leave_old_ones();
	/* Before what is written now. */
	journal_add(ledger, &done);
	see_old_ones(1);
	assert_words(5, "z failed: x");
	/* The same files, found once more: as when their names came back from a backup. */
	leave_old_ones();
	see_old_ones(1);
	assert_false(path_exists(events));
	/* An earlier cockpit that runs still writes another one. */
	write_file("events.jsonl", STR(AT "\"kind\":\"ended\",\"agent\":\"c\"}\n"));
	see_old_ones(2);
	assert_words(6, "c ended");
}

/* Whoever is killed at any call of SQLite's has lost and doubled nothing. */
static void
test_import_killed(void **state)
{
	int points = 0;
	(void)state;
	end();
	for (bool killed = true; killed; points += 3) {
		int status;
		struct store *store;
		assert_int_equal(store_open(file, &store, &err), 0);
		store_close(store);
		leave_old_ones();
		pid_t child = fork();
		if (child == 0) {
			fault_set(FAULT_KILL, points + 1);
			_exit(journal_read(dir, NULL, 0, &journal, &err) < 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		assert_true(killed || status == 0);
		see_old_ones(0);
		assert_int_equal(path_remove_tree(dir, NULL), 0);
		assert_int_equal(path_mkdir(dir, NULL), 0);
	}
	assert_true(points > 30);
}

/* --- a store that is not to be had --- */

static void
test_no_store(void **state)
{
	const struct journal_entry done = {.kind = JOURNAL_DONE, .agent = "a"};
	(void)state;
	write_file("store.db", STR("no database at all, but there"));
	journal_add(ledger, &done);
	journal_add(ledger, &done);
	end();
	assert_int_equal(journal_read(dir, NULL, 0, &journal, &err), ERR_IO);
	assert_true(path_exists(events));
	/* It is mended. */
	assert_int_equal(unlink(file), 0);
	begin();
	journal_add(ledger, &done);
	assert_int_equal(read_all(), 3);
	assert_false(path_exists(events));
}

/* A store that another one keeps for itself holds nobody up, and nothing is lost. */
static int
add_many(void *ctx, struct err *why)
{
	const struct journal_entry done = {.kind = JOURNAL_DONE, .agent = "a"};
	int64_t start = clock_ms();
	(void)ctx;
	(void)why;
	for (int i = 0; i < 300; i++)
		journal_add(ledger, &done);
	for (int i = 0; i < 20; i++) {
		loop_turn(loop, false);
		usleep(1000);
	}
	assert_true(clock_ms() - start < STORE_BUSY_MS);
	return 0;
}

static void
test_held(void **state)
{
	struct store *store;
	(void)state;
	assert_int_equal(store_open(file, &store, &err), 0);
	assert_int_equal(store_together(store, clock_wall() * 1000, add_many, NULL, &err), 0);
	store_close(store);
	assert_int_equal(read_all(), 300);
}

/* Who ends meanwhile waits until it is known that nothing can be written, and has kept all of
 * it beside the store by then, however much that is. */
static void
on_comments(void *ctx, const struct store_comment *found, size_t count, const struct err *why)
{
	(void)ctx;
	(void)found;
	(void)count;
	(void)why;
}

static int
add_and_end(void *ctx, struct err *why)
{
	static char a[] = "a", web[] = "web", path[] = "src/\xff\xc3\xa9.c",
		    anchor[] = "\tint caf\xe9;", text[] = "why \"int\"?\nno",
		    other[] = "the other";
	const struct journal_entry done = {.kind = JOURNAL_DONE, .agent = "a"};
	struct store_comment comment = {.host = web,
		.agent = a,
		.path = path,
		.line = 3,
		.anchor = anchor,
		.text = text};
	struct pilot pilot = {.ledger = ledger};
	int64_t start = clock_ms();
	comment.id = pilot_comment(&pilot, &comment, on_comments, NULL);
	comment.text = other;
	comment.id = 0;
	int64_t gone = pilot_comment(&pilot, &comment, on_comments, NULL);
	pilot_uncomment(&pilot, &gone, 1, on_comments, NULL);
	remarks_drop(&pilot);
	(void)ctx;
	(void)why;
	for (int i = 0; i < 600; i++)
		journal_add(ledger, &done);
	end();
	assert_true(clock_ms() - start < LEDGER_FLUSH_MS);
	assert_true(path_exists(events));
	return 0;
}

static void
test_held_at_the_end(void **state)
{
	struct store_comment *comments = NULL;
	size_t count = 0;
	struct store *store;
	(void)state;
	assert_int_equal(store_open(file, &store, &err), 0);
	assert_int_equal(
		store_together(store, clock_wall() * 1000, add_and_end, NULL, &err), 0);
	store_close(store);
	assert_int_equal(read_all(), 600);
	assert_true(is_there("comments.jsonl.imported"));
	assert_int_equal(store_open(file, &store, &err), 0);
	assert_int_equal(store_comments(store, &comments, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(comments[0].text, "why \"int\"?\nno");
	assert_string_equal(comments[0].anchor, "\tint caf\xe9;");
	assert_string_equal(comments[0].path, "src/\xff\xc3\xa9.c");
	assert_int_equal(comments[0].line, 3);
	store_comments_free(comments, count);
	store_close(store);
}

/* A disk that was full for a moment: what had room for half a line takes no other with it. */
static void
test_half_a_line(void **state)
{
	static const char line[] = AT "\"kind\":\"ended\",\"agent\":\"%s\"}";
	struct rlimit before, low;
	char text[80];
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	low = before;
	low.rlim_cur = 80;
	static const char *const agents[] = {"a", "b", "c", "d"};
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), line, agents[i]);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, i == 1 ? &low : &before), 0);
		assert_int_equal(legacy_leave(dir, JOURNAL_FILE, text), i != 1);
	}
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(read_all(), 3);
}

/* One who is gone still has its word: as a question's answer that comes late. */
static void
test_late(void **state)
{
	const struct journal_entry done = {.kind = JOURNAL_DONE, .agent = "a"};
	struct ledger *held = ledger_hold(ledger);
	(void)state;
	journal_add(ledger, &done);
	ledger_close(ledger);
	assert_int_equal(read_some(NULL, 0), 1);
	journal_add(held, &done);
	ledger_release(held);
	loop_free(loop);
	ledger = NULL;
	assert_int_equal(read_some(NULL, 0), 2);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round),
		T(test_keys),
		T(test_two),
		T(test_foreign),
		T(test_import),
		T(test_import_killed),
		T(test_no_store),
		T(test_held),
		T(test_held_at_the_end),
		T(test_half_a_line),
		T(test_late),
	};
	fault_install();
	return cmocka_run_group_tests_name("orch_journal", tests, NULL, NULL);
}
