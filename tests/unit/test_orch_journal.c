/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/orch_journal.h"

static char dir[] = "/tmp/cockpit-journal-XXXXXX";
static char *file;
static struct journal journal;
static struct err err;

static int
setup(void **state)
{
	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	file = path_join(dir, JOURNAL_FILE);
	err = ERR_INIT;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	journal_release(&journal);
	mem_free(file);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
	return 0;
}

static size_t
read_all(void)
{
	journal_release(&journal);
	assert_int_equal(journal_read(file, 1 << 20, &journal, &err), 0);
	return journal.count;
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
	(void)state;
	assert_int_equal(read_all(), 0); /* it is not there */
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		journal_add(file, &entries[i]);
	assert_int_equal(read_all(), 4);
	assert_words(0, "you started parser on web-1");
	assert_string_equal(journal.lines[0].profile, "command");
	assert_string_equal(journal.lines[0].command[2], "it's\n");
	assert_null(journal.lines[0].command[3]);
	assert_true(llabs(journal.lines[0].at - clock_wall()) < 10);
	assert_words(1, "parser asks: Bash x^[[2J^Jy");
	assert_words(2,
		"you answered parser no: Bash rm {agent}^Jall; refused: it asks another one");
	assert_words(3, "the link to web-1 is lost: no route");
	assert_true(journal_is_act(&journal.lines[2]));
	assert_false(journal_is_act(&journal.lines[3]));
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
		journal_add(file, &done);
		journal_add(file, &asks);
	}
	assert_int_equal(read_all(), 2);
	done.key = "done a\"b 10";
	journal_add(file, &done);
	assert_int_equal(read_all(), 3);
	/* Both happened a minute ago. */
	assert_int_equal(
		path_write(file,
			STR("{\"at\":\"2026-11-29T09:00:00Z\",\"kind\":\"done\","
			    "\"key\":\"done a\\\"b 10\"}\n"
			    "{\"at\":\"2026-11-29T09:00:00Z\",\"kind\":\"asks\",\"key\":"
			    "\"asks a 7\"}\n"),
			0600, NULL),
		0);
	journal_add(file, &done);
	journal_add(file, &asks);
	assert_int_equal(read_all(), 3);
	assert_string_equal(journal.lines[2].kind, "done");
}

/* A kind of a later version; lines that are none; a first one that is cut. */
static void
test_foreign(void **state)
{
	(void)state;
	assert_int_equal(
		path_write(file,
			STR("x\n{\"at\":\"yesterday\",\"kind\":\"done\"}\n[]\n\n"
			    "{\"at\":\"2026-11-29T09:00:00Z\",\"kind\":7}\n"
			    "{\"at\":\"2026-11-29T09:00:00Z\",\"kind\":\"frobbed\",\"user\":"
			    "\"else\\u001b\",\"agent\":3}\n"
			    "{\"at\":\"2026-11-29T09:00:00Z\",\"kind\":\"do"),
			0600, NULL),
		0);
	assert_int_equal(read_all(), 1);
	assert_words(0, "else^[ frobbed");
	assert_int_equal(journal.lines[0].at, 1795942800);
	struct journal_entry done = {.kind = JOURNAL_DONE, .agent = "a"};
	assert_int_equal(path_write(file, STR(""), 0600, NULL), 0);
	for (int i = 0; i < 100; i++)
		journal_add(file, &done);
	journal_release(&journal);
	assert_int_equal(journal_read(file, 1000, &journal, &err), 0);
	assert_true(journal.count > 5 && journal.count < 20);
}

/* It is set aside before it is too large to be read. */
static void
test_large(void **state)
{
	struct journal_entry done = {.kind = JOURNAL_DONE, .agent = "a"};
	char *bytes = mem_alloc(17 << 20), *old = mem_printf("%s.1", file);
	(void)state;
	memset(bytes, '\n', 17 << 20);
	assert_int_equal(path_write(file, (struct str){bytes, 17 << 20}, 0600, NULL), 0);
	journal_add(file, &done);
	assert_true(path_exists(old));
	journal_add(file, &done);
	assert_int_equal(read_all(), 1);
	mem_free(bytes);
	mem_free(old);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round),
		T(test_keys),
		T(test_foreign),
		T(test_large),
	};
	return cmocka_run_group_tests_name("orch_journal", tests, NULL, NULL);
}
