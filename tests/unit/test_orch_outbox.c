/* SPDX-License-Identifier: MIT */
/* Prompts that lie in files until it is known what became of them. */
#define _DEFAULT_SOURCE /* DT_REG, utimes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "orch/local.h"

static char dir[40];

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cockpit-outbox-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return path_remove_tree(dir, NULL);
}

static struct outbox_entry
entry_of(const char *id, const char *text)
{
	struct outbox_entry entry = {.id = mem_strdup(id),
		.agent = mem_strdup("parser"),
		.host = mem_strdup("local"),
		.uid = mem_strdup("0123"),
		.at = 1700000000,
		.fd = -1};
	buf_addc(&entry.text, text);
	return entry;
}

static void
write_file(const char *name, const char *text)
{
	char *file = path_join(dir, name);
	assert_int_equal(path_write(file, str_from(text), 0600, NULL), 0);
	mem_free(file);
}

/* How many files there are, the hidden ones too. */
static int
files(void)
{
	DIR *folder = opendir(dir);
	int count = 0;
	for (struct dirent *e; (e = readdir(folder));)
		count += e->d_type == DT_REG;
	closedir(folder);
	return count;
}

/* In a process that ends without a word. */
static void
leave(const char *id, const char *text)
{
	pid_t child = fork();
	if (child == 0) {
		struct outbox_entry entry = entry_of(id, text);
		_exit(outbox_put(dir, &entry, NULL) < 0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
test_put_and_drop(void **state)
{
	struct outbox_entry entry = entry_of("p1", "do it");
	struct stat st;
	(void)state;
	assert_int_equal(outbox_put(dir, &entry, NULL), 0);
	char *file = path_join(dir, "p1");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files(), 1);
	outbox_drop(dir, &entry);
	assert_int_equal(files(), 0);
	outbox_release(&entry);
	mem_free(file);
}

/* Its owner lives: here, and in another process. */
static void
test_locked_is_left_alone(void **state)
{
	struct outbox_entry entry = entry_of("p1", "do it"), other;
	(void)state;
	assert_int_equal(outbox_put(dir, &entry, NULL), 0);
	assert_false(outbox_next(dir, &other));
	pid_t child = fork();
	if (child == 0) {
		/* The lock came with fork(): let it not count as our own. */
		close(entry.fd);
		_exit(outbox_next(dir, &other));
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	outbox_drop(dir, &entry);
	outbox_release(&entry);
}

static void
test_left_behind_is_found_once(void **state)
{
	struct outbox_entry entry, other;
	(void)state;
	leave("p1", "one\ntwo\n");
	assert_true(outbox_next(dir, &entry));
	assert_string_equal(entry.id, "p1");
	assert_string_equal(entry.agent, "parser");
	assert_string_equal(entry.host, "local");
	assert_string_equal(entry.uid, "0123");
	assert_int_equal(entry.at, 1700000000);
	assert_string_equal(buf_cstr(&entry.text), "one\ntwo\n");
	/* Whoever has it is its owner now. */
	assert_false(outbox_next(dir, &other));
	outbox_drop(dir, &entry);
	outbox_release(&entry);
	assert_int_equal(files(), 0);
}

static void
test_same_id_twice(void **state)
{
	struct outbox_entry one = entry_of("p1", "do it"), two = entry_of("p1", "do it");
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(outbox_put(dir, &one, NULL), 0);
	assert_int_equal(outbox_put(dir, &two, &err), ERR_EXISTS);
	assert_non_null(strstr(err.text, "p1 is being sent already"));
	/* Let go, but not dropped: said again, it is one entry. */
	outbox_release(&one);
	assert_int_equal(outbox_put(dir, &two, NULL), 0);
	assert_int_equal(files(), 1);
	outbox_drop(dir, &two);
	outbox_release(&two);
	assert_int_equal(files(), 0);
}

/* Another one has that name by now: it stays. */
static void
test_drops_its_own(void **state)
{
	struct outbox_entry entry = entry_of("p1", "do it");
	(void)state;
	assert_int_equal(outbox_put(dir, &entry, NULL), 0);
	char *file = path_join(dir, "p1");
	unlink(file);
	mem_free(file);
	write_file("p1", "of somebody else");
	outbox_drop(dir, &entry);
	assert_int_equal(files(), 1);
	outbox_release(&entry);
}

static void
test_torn_ones_go(void **state)
{
	static const char *const torn[] = {"", "cockpit", "cockpit-prompt 1 5\n",
		"cockpit-prompt 1 5\np\na\nh\nu\n17\ndo i",
		"cockpit-prompt 1 5\np\na\nh\nu\n17\ndo it!",
		"cockpit-prompt 2 5\np\na\nh\nu\n17\ndo it",
		"cockpit-prompt 1 5\n.p\na\nh\nu\n17\ndo it",
		"cockpit-prompt 1 0\np\na\nh\nu\n17\n",
		"cockpit-prompt 1 5\np\na\nh\nu\nx\ndo it",
		"cockpit-prompt 1 99999999999\np\na\nh\nu\n17\ndo it"};
	struct outbox_entry entry;
	(void)state;
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		write_file("p", torn[i]);
		if (outbox_next(dir, &entry))
			fail_msg("row %zu is an entry", i);
		assert_int_equal(files(), 0);
	}
	write_file("p", "cockpit-prompt 1 5\np\na\nh\nu\n17\ndo it");
	assert_true(outbox_next(dir, &entry));
	outbox_drop(dir, &entry);
	outbox_release(&entry);
}

/* What was never whole goes when nobody can be at it any more. */
static void
test_parts_go(void **state)
{
	const struct timeval old[2] = {
		{1700000000, 0},
                {1700000000, 0}
        };
	struct outbox_entry entry;
	(void)state;
	write_file(".p1.17", "cockpit-pro");
	write_file(".p2.18", "cockpit-pro");
	char *file = path_join(dir, ".p1.17");
	assert_int_equal(utimes(file, old), 0);
	assert_false(outbox_next(dir, &entry));
	assert_int_equal(files(), 1);
	assert_int_equal(access(file, F_OK), -1);
	mem_free(file);
}

static void
test_set_aside(void **state)
{
	struct outbox_entry entry = entry_of("p1", "what\nwas typed"), other;
	struct buf text = BUF_INIT;
	(void)state;
	assert_null(outbox_set_aside(dir, &entry)); /* it was never kept */
	assert_int_equal(outbox_put(dir, &entry, NULL), 0);
	char *kept = outbox_set_aside(dir, &entry);
	outbox_drop(dir, &entry);
	outbox_release(&entry);
	assert_non_null(kept);
	assert_int_equal(path_read(kept, 100, &text, NULL), 0);
	assert_string_equal(buf_cstr(&text), "what\nwas typed");
	assert_non_null(strstr(kept, "/unsent/parser-p1.txt"));
	/* And is no entry. */
	assert_false(outbox_next(dir, &other));
	mem_free(kept);
	buf_release(&text);
}

static void
test_without_a_folder(void **state)
{
	struct outbox_entry entry = entry_of("p1", "do it"), other;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(outbox_put(NULL, &entry, &err), 0);
	assert_null(outbox_set_aside(NULL, &entry));
	outbox_drop(NULL, &entry);
	assert_false(outbox_next(NULL, &other));
	assert_false(outbox_next("/nowhere", &other));
	/* One that cannot be written is an error, and leaves nothing. */
	assert_int_equal(outbox_put("/nowhere", &entry, &err), ERR_IO);
	assert_non_null(strstr(err.text, "could not be kept"));
	outbox_release(&entry);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put_and_drop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_locked_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_left_behind_is_found_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_id_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drops_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_ones_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set_aside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_folder, setup, teardown),
	};
	return cmocka_run_group_tests_name("orch_outbox", tests, NULL, NULL);
}
