/* SPDX-License-Identifier: MIT */
/*
 * A cockpit that serves an agent's request is killed at every call of the file system in turn.
 * Another one serves the same request then: all comes out as if nobody had been killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/store_store.h"
#include "orch/clerk.h"
#include "unit/store_fault.h"

#define NOW   ((int64_t)1700000000000)
#define ASKER "h/one"

static char dir[40], *file;

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cockpit-once-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return path_remove_tree(dir, NULL);
}

/* "STATUS TEXT" */
static char *
serve(struct store *store, const char *line)
{
	static const char *const fleet[] = {ASKER, "h/two", NULL};
	struct request request = {.number = 7, .bytes = mem_strdup(line)};
	struct err err = ERR_INIT;
	for (char *word = strtok(request.bytes, " "); word; word = strtok(NULL, " "))
		request.words[request.count++] = word;
	struct clerk clerk = {
		.request = &request, .asker = ASKER, .fleet = fleet, .now = NOW + 1};
	if (clerk_serve(&clerk, store, &err) < 0)
		fail_msg("%s: %s", line, err.text);
	char *said = mem_printf("%d %s", clerk.status, buf_cstr(&clerk.text));
	clerk_release(&clerk);
	request_release(&request);
	return said;
}

/* With a task that the asker works on, and a message for it. */
static struct store *
open_new(const char *name)
{
	const struct task_text text = {.title = "its own"};
	struct store *store = NULL;
	mem_free(file);
	file = path_join(dir, name);
	assert_int_equal(store_open(file, &store, NULL), 0);
	assert_int_equal(store_add(store, &text, 1, "x", "x", NOW, NULL, NULL), 0);
	assert_int_equal(store_claim(store, 1, ASKER, 60000, NOW, NULL, NULL), 0);
	assert_int_equal(
		store_move(store, 1, 0, TASK_WORKING, NULL, ASKER, NOW, NULL, NULL), 0);
	assert_int_equal(store_say(store, "h/two", ASKER, "hello", NOW, NULL, NULL), 0);
	return store;
}

/* All that ever happened in it: every change is an event. */
static char *
tell(struct store *store)
{
	struct store_event *events = NULL;
	struct buf text = BUF_INIT;
	size_t count = 0;
	assert_int_equal(store_events(store, 0, 0, &events, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%lld %lld %s %s %s\n", (long long)events[i].seq,
			(long long)events[i].task, events[i].kind, events[i].actor,
			events[i].text);
	store_events_free(events, count);
	return buf_steal(&text);
}

/* True: it was killed there. */
static bool
serve_and_die(const char *line, enum fault_kind kind, long nth)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct store *store = NULL;
		fault_set(kind, nth);
		if (store_open(file, &store, NULL) == 0)
			mem_free(serve(store, line));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void
try_all(const char *line, enum fault_kind kind)
{
	struct store *store = open_new("whole.db");
	char *wanted_said = serve(store, line), *wanted = tell(store);
	int points = 0;
	store_close(store);
	assert_int_equal(wanted_said[0], '0');
	for (bool killed = true; killed; points++) {
		char *name = mem_printf("%d-%d.db", (int)kind, points);
		store_close(open_new(name));
		killed = serve_and_die(line, kind, points + 1);
		assert_int_equal(store_open(file, &store, NULL), 0);
		char *said = serve(store, line), *told = tell(store);
		assert_string_equal(said, wanted_said);
		assert_string_equal(told, wanted);
		mem_free(said);
		mem_free(told);
		mem_free(name);
		store_close(store);
	}
	/* It is worth its name. */
	assert_true(points > (kind == FAULT_TORN ? 3 : 8));
	mem_free(wanted_said);
	mem_free(wanted);
	mem_free(file);
	file = NULL;
	assert_int_equal(path_remove_tree(dir, NULL), 0);
	assert_int_equal(path_mkdir(dir, NULL), 0);
}

static void
test_every_verb(void **state)
{
	static const char *const lines[] = {
		"task add more text",
		"task note so",
		"msg two hello",
		"task done all",
		"inbox",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		try_all(lines[i], FAULT_KILL);
		if (i == 0)
			try_all(lines[i], FAULT_TORN);
	}
}

/* One that is refused in the middle has done nothing, and says the same the next time. */
static void
test_refused(void **state)
{
	struct store *store = open_new("refused.db");
	char *before, *after;
	(void)state;
	assert_int_equal(store_move(store, 1, 0, TASK_CHECKING, NULL, "x", NOW, NULL, NULL), 0);
	before = tell(store);
	for (int i = 0; i < 2; i++) {
		char *said = serve(store, "task next");
		assert_int_not_equal(said[0], '0');
		assert_non_null(strstr(said, "your task 1 is checking"));
		mem_free(said);
		after = tell(store);
		assert_string_equal(before, after);
		mem_free(after);
	}
	mem_free(before);
	store_close(store);
	mem_free(file);
	file = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_verb, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};
	fault_install();
	return cmocka_run_group_tests_name("orch_once", tests, NULL, NULL);
}
