/* SPDX-License-Identifier: MIT */
/* The file of SQLite's store: how it is made, what is refused, how it is brought up to date. */
#include "unit/store_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/local.h"

static void
assert_mode(const char *name, unsigned mode)
{
	struct stat st;
	char *path = path_join(dir, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
	mem_free(path);
}

static void
test_is_for_us_alone(void **unused)
{
	(void)unused;
	add("one");
	assert_mode("fleet", 0700);
	assert_mode("fleet/store.db", 0600);
	assert_mode("fleet/store.db-wal", 0600);
	assert_mode("fleet/store.db-shm", 0600);
}

/* Those that belong to whoever opens it, not to the file. */
static void
test_settings(void **unused)
{
	int64_t value = 0;
	(void)unused;
	assert_int_equal(sql_number(store, "PRAGMA synchronous", SQL_ALONE, &value, &err), 1);
	assert_int_equal(value, 2);
	assert_int_equal(sql_number(store, "PRAGMA foreign_keys", SQL_ALONE, &value, &err), 1);
	assert_int_equal(value, 1);
}

static void
reopen(void)
{
	store_close(store);
	store = NULL;
	assert_good(engine(file, &store, &err));
}

static void
test_opened_again(void **unused)
{
	(void)unused;
	add("one");
	reopen();
	struct task task = task_of(1);
	assert_string_equal(task.title, "one");
	task_release(&task);
	assert_int_equal(add("two"), 2);
	assert_int_equal(last_event(), 2);
}

/* Refused, with the path in the text, and not a byte of it is changed. */
static void
assert_refused(int code, const char *says)
{
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct store *other = NULL;
	assert_good(path_read(file, 1u << 24, &before, &err));
	assert_bad(engine(file, &other, &err), code, says);
	assert_non_null(strstr(err.text, file));
	assert_null(other);
	assert_good(path_read(file, 1u << 24, &after, &err));
	assert_true(str_eq(buf_str(&before), buf_str(&after)));
	buf_release(&before);
	buf_release(&after);
}

static void
damage(long at, size_t len)
{
	FILE *f = fopen(file, "r+b");
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	while (len-- > 0)
		assert_int_equal(fputc('Z', f), 'Z');
	assert_int_equal(fclose(f), 0);
}

#define PAGE 4096

/* All pages in which those words are. */
static void
damage_pages(struct str words)
{
	struct buf bytes = BUF_INIT;
	assert_good(path_read(file, 1u << 24, &bytes, &err));
	for (size_t at = 0; at < bytes.len; at += PAGE) {
		if (str_find_str(str_slice(buf_str(&bytes), at, at + PAGE), words) >= 0)
			damage((long)at, PAGE);
	}
	buf_release(&bytes);
}

static void
test_damaged(void **unused)
{
	struct task *tasks = NULL;
	size_t count;
	(void)unused;
	for (int i = 0; i < 100; i++)
		add("one of those that fill pages");
	store_close(store);
	store = NULL;
	/* In the middle: found when it is read. */
	damage_pages(STR("that fill pages"));
	assert_good(engine(file, &store, &err));
	assert_bad(store_tasks(store, &(struct task_filter){0}, &tasks, &count, &err), ERR_IO,
		"damaged");
	assert_non_null(strstr(err.text, file));
	assert_null(tasks);
	store_close(store);
	store = NULL;
	assert_int_equal(truncate(file, 2 * PAGE + 100), 0);
	assert_refused(ERR_IO, "damaged");
	damage(0, 5000);
	assert_refused(ERR_IO, "damaged");
	assert_good(path_write(file, STR("no database at all, and short"), 0600, &err));
	assert_refused(ERR_IO, "damaged");
}

static void
test_not_ours(void **unused)
{
	sqlite3 *db;
	char *name = mem_printf("%s/other.db", dir);
	(void)unused;
	assert_int_equal(sqlite3_open(name, &db), SQLITE_OK);
	sqlite3_exec(db, "CREATE TABLE x (y)", NULL, NULL, NULL);
	sqlite3_close(db);
	mem_free(file);
	file = name;
	assert_refused(ERR_IO, "no store of cockpit's");
}

static void
test_newer(void **unused)
{
	char pragma[64];
	(void)unused;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %zu", store_step_count + 1);
	assert_int_equal(sqlite3_exec(store->db, pragma, NULL, NULL, NULL), SQLITE_OK);
	store_close(store);
	store = NULL;
	assert_refused(ERR_UNSUPPORTED, "of a newer cockpit");
}

static void
test_places_where_it_cannot_be(void **unused)
{
	struct store *other = NULL;
	char *name = mem_printf("%s/fleet", dir);
	(void)unused;
	assert_bad(engine(name, &other, &err), ERR_IO, name);
	mem_free(name);
	name = mem_printf("%s/store.db", file); /* below a file */
	assert_int_equal(engine(name, &other, &err), ERR_IO);
	mem_free(name);
	assert_null(other);
}

/* Somebody writes for longer than one waits. */
static void
test_kept_by_another(void **unused)
{
	struct store *other = NULL;
	struct task_text text = {.title = "t"};
	(void)unused;
	assert_good(engine(file, &other, &err));
	assert_good(store_begin(other, NOW, &err));
	sqlite3_busy_timeout(store->db, 20);
	assert_bad(store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_TIMEOUT,
		"another program");
	/* One that reads does not wait. */
	assert_int_equal(last_event(), 0);
	assert_int_equal(store_end(other, ERR_IO, NULL), ERR_IO);
	store_close(other);
	add("one");
}

/* In a folder that may not be written, by a user who is not root. */
static int
read_only(const char *path)
{
	struct store *other = NULL;
	struct store_entry *entries = NULL;
	struct task_text text = {.title = "t"};
	size_t count = 0;
	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 1;
	if (store_open(path, &other, NULL) == 0)
		return 2;
	if (store_open_to_read(path, &other, &err) < 0 ||
		store_entries(other, NULL, 0, &entries, &count, &err) < 0)
		return 3;
	if (count != 1 || store_add(other, &text, 1, "x", "x", NOW, NULL, NULL) == 0)
		return 4;
	store_entries_free(entries, count);
	store_close(other);
	return 0;
}

static void
test_may_not_be_written(void **unused)
{
	char kind[] = "done", empty[] = "", json[] = "{}";
	const struct store_entry entry = {.at = NOW,
		.kind = kind,
		.agent = empty,
		.host = empty,
		.text = json,
		.key = empty};
	char *odd = path_join(dir, "fleet/a%20?b#.db"), *folder = path_join(dir, "fleet");
	int status;
	(void)unused;
	assert_good(store_record(store, &entry, 1, NOW, &err));
	store_close(store);
	store = NULL;
	assert_int_equal(rename(file, odd), 0);
	assert_int_equal(chmod(odd, 0444), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(read_only(odd));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(status, 0);
	mem_free(odd);
	mem_free(folder);
}

/* --- brought up to date --- */

static const char newer[] = "ALTER TABLE tasks ADD COLUMN color TEXT NOT NULL DEFAULT 'red'";

static int
count_red(int64_t *ret)
{
	return sql_number(
		store, "SELECT count(*) FROM tasks WHERE color = 'red'", SQL_ALONE, ret, &err);
}

/* One of the first version, with something in it, is opened by a later cockpit. */
static void
test_a_step(void **unused)
{
	const char *const steps[] = {store_steps[0], newer, "CREATE TABLE more (x)"};
	int64_t count = 0;
	(void)unused;
	mem_free(file);
	file = path_join(dir, "first.db");
	store_close(store);
	assert_good(store_open_steps(file, steps, 1, &store, &err));
	add("one");
	for (int i = 0; i < 2; i++) {
		store_close(store);
		assert_good(store_open_steps(file, steps, 3, &store, &err));
		assert_int_equal(count_red(&count), 1);
		assert_int_equal(count, 1);
	}
	add("two");
}

/* One of the first version, with a request that was answered and one that was not. */
static void
test_the_second_version(void **unused)
{
	char *answer = NULL;
	size_t count = 0;
	int64_t last = -1;
	(void)unused;
	mem_free(file);
	file = path_join(dir, "first.db");
	store_close(store);
	assert_good(store_open_steps(file, store_steps, 1, &store, &err));
	add("one");
	assert_int_equal(sqlite3_exec(store->db,
				 "INSERT INTO asks (asker, number, answer, locked_until)"
				 " VALUES ('web/a', 1, 'yes', 5), ('web/a', 2, NULL, 5)",
				 NULL, NULL, NULL),
		SQLITE_OK);
	store_close(store);
	assert_good(engine(file, &store, &err));
	/* Old answers are kept from now on for as long as new ones. */
	assert_good(store_prune(store, NOW, 10, 10, NOW, &count, &err));
	assert_int_equal(count, 0);
	assert_good(store_asked(store, "web/a", 1, &answer, &err));
	assert_string_equal(answer, "yes");
	mem_free(answer);
	assert_good(store_asked(store, "web/a", 2, &answer, &err));
	assert_null(answer);
	assert_good(store_answered(store, "web/a", 2, "no", NOW, &err));
	assert_good(store_last_entry(store, &last, &err));
	assert_int_equal(last, 0);
	assert_int_equal(add("two"), 2);
}

/* The second statement of the second step fails: the first step stays, nothing of the second.
 */
static void
test_a_step_that_fails(void **unused)
{
	const char *const steps[] = {
		store_steps[0], "CREATE TABLE more (x); CREATE TABLE more (y)", newer};
	struct store *other = NULL;
	(void)unused;
	mem_free(file);
	file = path_join(dir, "fails.db");
	assert_bad(store_open_steps(file, steps, 3, &other, &err), ERR_IO, "more");
	store_close(store);
	assert_good(store_open_steps(file, steps, 1, &store, &err));
	add("one");
	int64_t there = 9;
	assert_int_equal(
		sql_number(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'",
			SQL_ALONE, &there, &err),
		1);
	assert_int_equal(there, 0);
}

/* Several open one that is not there yet, and older ones, at the same moment. */
static void
test_opened_at_once(void **unused)
{
	const char *const steps[] = {store_steps[0], newer};
	(void)unused;
	for (int round = 0; round < 4; round++) {
		pid_t children[6];
		char name[16];
		snprintf(name, sizeof(name), "%d.db", round);
		mem_free(file);
		file = path_join(dir, name);
		for (int i = 0; i < 6; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				struct store *other;
				int rc = store_open_steps(file, steps, 2, &other, &err);
				if (rc < 0)
					print_error("%s\n", err.text);
				_exit(rc < 0 ? -rc : 0);
			}
		}
		for (int i = 0; i < 6; i++) {
			int status;
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			assert_int_equal(status, 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_is_for_us_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_opened_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_newer, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_places_where_it_cannot_be, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept_by_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_may_not_be_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_step, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_second_version, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_step_that_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_opened_at_once, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
