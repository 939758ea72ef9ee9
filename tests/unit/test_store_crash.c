/* SPDX-License-Identifier: MIT */
/*
 * A process adds, claims, moves and answers, and says so over a pipe when it was told that it
 * is done. It is killed, at any moment or at a chosen call of the file system. What it said is
 * there then, nothing is there twice, and at most one thing more has happened than it could
 * say. ROUNDS says how often.
 */
#include "unit/store_fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "store/local.h"
#include "unit/store_fault.h"

#define ROUNDS      30
#define ROUNDS_FILE 20 /* then a new file: they grow */
#define LIFE        60 /* what one does before it ends by itself */
#define BATCH       3
#define TASKS       (ROUNDS_FILE * LIFE * BATCH + 1)
#define POINTS      1500 /* calls of the file system in about one life */

enum deed { DEED_ADDED, DEED_TASK, DEED_ANSWERED, DEED_FAILED };

/* Written at once, for it is short. */
struct report {
	enum deed deed;
	int count; /* of those added */
	int64_t id, version, epoch, state;
};

/* --- whoever is killed --- */

struct life {
	struct store *store;
	int out, round;
	unsigned seed;
	int64_t last; /* the number of the last task that it knows of */
};

static int
roll(struct life *life, int sides)
{
	return rand_r(&life->seed) % sides;
}

static void
say(struct life *life, struct report report)
{
	if (write(life->out, &report, sizeof(report)) != sizeof(report))
		_exit(1);
}

static void
say_failed(struct life *life, int code)
{
	say(life, (struct report){.deed = DEED_FAILED, .id = code});
	_exit(1);
}

static void
say_task(struct life *life, int rc, struct task *task)
{
	if (rc == ERR_NOT_FOUND)
		return;
	if (rc < 0)
		say_failed(life, rc);
	say(life, (struct report){.deed = DEED_TASK,
			  .id = task->id,
			  .version = task->version,
			  .epoch = task->epoch,
			  .state = task->state});
	task_release(task);
}

/* Titles say which of how many of one call they are. */
static void
do_add(struct life *life)
{
	struct task_text texts[BATCH] = {0};
	char titles[BATCH][32];
	int64_t ids[BATCH];
	int count = 1 + roll(life, BATCH);
	for (int i = 0; i < count; i++) {
		snprintf(titles[i], sizeof(titles[i]), "%d of %d in %d", i + 1, count,
			life->round);
		texts[i].title = titles[i];
	}
	int rc = store_add(life->store, texts, (size_t)count, "test", "test", NOW, ids, NULL);
	if (rc < 0)
		say_failed(life, rc);
	life->last = ids[count - 1];
	say(life, (struct report){.deed = DEED_ADDED, .count = count, .id = ids[0]});
}

static void
do_claim(struct life *life)
{
	struct task task;
	char owner[16];
	snprintf(owner, sizeof(owner), "web/a%d", roll(life, 6));
	say_task(life, store_claim(life->store, 0, owner, LEASE, NOW, &task, NULL), &task);
}

/* One of the newest, along any way that it has. */
static void
do_move(struct life *life)
{
	struct task task;
	int64_t id = life->last - roll(life, 12);
	if (id < 1 || store_task(life->store, id, &task, NULL) < 0)
		return;
	enum task_state from = task.state, to = (enum task_state)roll(life, TASK_STATE_COUNT);
	int64_t version = task.version;
	bool held = task.lease_until != 0;
	task_release(&task);
	if (to == TASK_CLAIMED || (to == TASK_WORKING && !held) || !store_can_move(from, to))
		return;
	say_task(life, store_move(life->store, id, version, to, "so", "test", NOW, &task, NULL),
		&task);
}

/* What a number asks for: a task, an entry of the journal, and a comment that replaces the one
 * before, in one change with its answer. */
struct asked {
	struct store *store;
	int64_t number;
};

static int
serve(void *ctx, struct err *why)
{
	struct asked *asked = ctx;
	char number[24], x[] = "x", a[] = "a", web[] = "web", empty[] = "";
	char *answer = NULL;
	snprintf(number, sizeof(number), "%lld", (long long)asked->number);
	const struct store_entry entry = {
		.at = NOW, .kind = x, .agent = a, .host = web, .text = number, .key = empty};
	const struct store_comment comment = {.id = 1 + asked->number % 3,
		.host = web,
		.agent = a,
		.path = x,
		.line = 1,
		.anchor = empty,
		.text = number};
	const int64_t last = 1 + (asked->number + 2) % 3;
	int rc = store_asked(asked->store, "web/a", asked->number, &answer, why);
	if (rc == 0 && answer) {
		mem_free(answer);
		return 0;
	}
	if (rc == 0)
		rc = store_record(asked->store, &entry, 1, NOW, why);
	if (rc == 0)
		rc = store_comment(asked->store, &comment, NOW, why);
	if (rc == 0)
		rc = store_uncomment(asked->store, &last, 1, NOW, why);
	return rc < 0 ? rc
		      : store_answered(asked->store, "web/a", asked->number, "yes", NOW, why);
}

static void
do_answer(struct life *life, int number)
{
	struct asked asked = {life->store, life->round * LIFE + number};
	int rc = store_together(life->store, NOW, serve, &asked, NULL);
	if (rc < 0)
		say_failed(life, rc);
	say(life, (struct report){.deed = DEED_ANSWERED, .id = asked.number});
}

static void
live(struct life *life)
{
	int rc = engine(file, &life->store, NULL);
	if (rc < 0)
		say_failed(life, rc);
	/* Soon, so that they are killed in the middle of it too. */
	sqlite3_wal_autocheckpoint(life->store->db, 12);
	for (int i = 0; i < LIFE; i++) {
		switch (roll(life, 8)) {
		case 0:
		case 1:
			do_add(life);
			break;
		case 2:
		case 3:
			do_claim(life);
			break;
		case 4:
			do_answer(life, i);
			break;
		default:
			do_move(life);
		}
	}
	store_close(life->store);
}

/* --- whoever looks on --- */

/* As it was said, and as the events say it. */
static struct known {
	int64_t version, epoch;
	int state;
	int events, shown; /* how many; the state after the last */
} known[TASKS];
static int64_t known_count, known_seq;

static void
forget_all(void)
{
	memset(known, 0, sizeof(known));
	known_count = known_seq = 0;
}

static void
take_report(const struct report *report, int64_t answered[LIFE], int *answers)
{
	switch (report->deed) {
	case DEED_ADDED:
		assert_int_equal(report->id, known_count + 1);
		for (int i = 0; i < report->count; i++)
			known[++known_count].version = 1;
		break;
	case DEED_TASK:
		assert_in_range(report->id, 1, known_count);
		assert_true(report->version >= known[report->id].version);
		assert_true(report->epoch >= known[report->id].epoch);
		known[report->id].version = report->version;
		known[report->id].epoch = report->epoch;
		known[report->id].state = (int)report->state;
		break;
	case DEED_ANSWERED:
		answered[(*answers)++] = report->id;
		break;
	case DEED_FAILED:
		fail_msg("it failed with %s", err_name((int)report->id));
	}
}

/* "from" or "to" of what an event says. */
static enum task_state
state_in(const struct json *root, const char *key)
{
	enum task_state state = TASK_STATE_COUNT;
	const struct json *value = json_find(root, key);
	assert_non_null(value);
	assert_true(task_state_find(str_from(json_to_cstr(value)), &state));
	return state;
}

static void
replay(const struct store_event *event)
{
	struct known *task = &known[event->task];
	struct json_doc *doc = NULL;
	assert_in_range(event->task, 1, TASKS - 1);
	assert_good(json_doc_parse("event", str_from(event->text), &doc, &err));
	if (strcmp(event->kind, "task.added") == 0) {
		assert_int_equal(task->events, 0);
	} else if (strcmp(event->kind, "task.claimed") == 0) {
		assert_int_equal(task->shown, TASK_QUEUED);
		task->shown = TASK_CLAIMED;
	} else {
		assert_string_equal(event->kind, "task.moved");
		enum task_state from = state_in(json_doc_root(doc), "from"),
				to = state_in(json_doc_root(doc), "to");
		assert_int_equal(task->shown, from);
		assert_true(store_can_move(from, to));
		task->shown = (int)to;
	}
	task->events++;
	json_doc_free(doc);
}

static void
see_events(void)
{
	struct store_event *events = NULL;
	size_t count = 0;
	assert_good(store_events(store, known_seq, 0, &events, &count, &err));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(events[i].seq, ++known_seq);
		replay(&events[i]);
	}
	store_events_free(events, count);
	assert_int_equal(last_event(), known_seq);
}

/* How many changes of this one nobody could say any more. */
static int64_t
see_task(const struct task *task)
{
	struct known *was = &known[task->id];
	assert_true(task->version >= was->version);
	assert_true(task->epoch >= was->epoch);
	assert_int_equal(task->epoch, task->attempts);
	if (task->version == was->version)
		assert_int_equal(task->state, was->state);
	assert_int_equal(task->version, was->events);
	assert_int_equal(task->state, was->shown);
	int64_t more = task->version - was->version;
	was->version = task->version;
	was->epoch = task->epoch;
	was->state = task->state;
	return more;
}

/* All of one call, or none: those that are there and nobody said. */
static int
see_batch(const struct task *const found[BATCH], int count)
{
	for (int i = 0; i < count; i++) {
		int place, of, round;
		assert_int_equal(
			sscanf(found[i]->title, "%d of %d in %d", &place, &of, &round), 3);
		assert_int_equal(of, count);
		assert_int_equal(place, i + 1);
	}
	return count > 0;
}

static void
see_tasks(void)
{
	const struct task **by_id = mem_alloc_array(TASKS, sizeof(*by_id));
	struct task *tasks = NULL;
	size_t count = 0;
	int64_t more = 0;
	assert_good(store_tasks(store, &(struct task_filter){0}, &tasks, &count, &err));
	assert_in_range(count, known_count, known_count + BATCH);
	for (size_t i = 0; i < count; i++) {
		assert_in_range(tasks[i].id, 1, count);
		assert_null(by_id[tasks[i].id]);
		by_id[tasks[i].id] = &tasks[i];
	}
	more += see_batch(&by_id[known_count + 1], (int)((int64_t)count - known_count));
	for (; known_count < (int64_t)count; known_count++)
		known[known_count + 1].version = 1;
	for (size_t i = 0; i < count; i++)
		more += see_task(&tasks[i]);
	assert_in_range(more, 0, 1);
	store_tasks_free(tasks, count);
	mem_free(by_id);
}

/* What was answered was done once, and nothing else was done; the last comment is there. The
 * next one asks all once more, as whoever was not told would: nothing comes of it. */
static void
see_answers(const int64_t *answered, int count)
{
	struct store_entry *entries = NULL;
	struct store_comment *comments = NULL;
	size_t found = 0, left = 0;
	int64_t before = 0, after = 0;
	assert_good(store_entries(store, NULL, 0, &entries, &found, &err));
	for (size_t i = 0; i < found; i++) {
		char *answer = NULL;
		assert_int_equal(entries[i].id, i + 1);
		if (i > 0)
			assert_true(atoll(entries[i].text) > atoll(entries[i - 1].text));
		assert_good(store_asked(store, "web/a", atoll(entries[i].text), &answer, &err));
		assert_non_null(answer);
		assert_string_equal(answer, "yes");
		mem_free(answer);
	}
	for (int i = 0; i < count; i++) {
		size_t at = 0;
		while (at < found && atoll(entries[at].text) != answered[i])
			at++;
		assert_true(at < found);
	}
	assert_good(store_comments(store, &comments, &left, &err));
	assert_true(found == 0 ? left == 0 : left > 0);
	bool there = found == 0;
	for (size_t i = 0; i < left; i++)
		there |= strcmp(comments[i].text, entries[found - 1].text) == 0;
	assert_true(there);
	store_comments_free(comments, left);
	assert_good(store_last_entry(store, &before, &err));
	for (size_t i = found > 5 ? found - 5 : 0; i < found; i++) {
		struct asked again = {store, atoll(entries[i].text)};
		assert_good(store_together(store, NOW, serve, &again, &err));
	}
	assert_good(store_last_entry(store, &after, &err));
	assert_int_equal(before, after);
	store_entries_free(entries, found);
}

static void
see_file(void)
{
	sqlite3_stmt *stmt;
	assert_good(sql_open(store, "PRAGMA integrity_check", SQL_ALONE, &stmt, &err));
	assert_int_equal(sql_step(store, stmt, &err), 1);
	char *said = sql_column(stmt, 0);
	assert_string_equal(said, "ok");
	mem_free(said);
	sql_done(stmt);
}

/* --- a round --- */

static pid_t
start(int round, enum fault_kind kind, long nth, int *ret_in)
{
	int pipes[2];
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		struct life life = {.out = pipes[1],
			.round = round,
			.seed = (unsigned)round + 1,
			.last = known_count};
		close(pipes[0]);
		fault_set(kind, nth);
		live(&life);
		_exit(0);
	}
	close(pipes[1]);
	*ret_in = pipes[0];
	return child;
}

/* What it says until it is dead: by us after so many milliseconds, if not before. */
static int
watch(pid_t child, int in, int64_t ms, int64_t answered[LIFE])
{
	int64_t end = clock_ms() + ms;
	struct report report;
	int answers = 0;
	for (bool killed = false;;) {
		struct pollfd waited = {.fd = in, .events = POLLIN};
		int64_t now = clock_ms();
		if (!killed && now >= end)
			killed = kill(child, SIGKILL) == 0;
		if (poll(&waited, 1, killed ? -1 : (int)(end > now ? end - now : 0)) == 0)
			continue;
		if (read(in, &report, sizeof(report)) != sizeof(report))
			break;
		take_report(&report, answered, &answers);
	}
	close(in);
	return answers;
}

static void
do_round(int round, unsigned *seed)
{
	/* One of three by the clock, at any instruction. */
	static const enum fault_kind kinds[] = {FAULT_NONE, FAULT_KILL, FAULT_TORN};
	enum fault_kind kind = kinds[round % 3];
	long nth = 1 + rand_r(seed) % (kind == FAULT_TORN ? POINTS / 3 : POINTS);
	int64_t answered[LIFE], ms = kind == FAULT_NONE ? rand_r(seed) % 40 : 10000;
	int in, status;
	pid_t child = start(round, kind, nth, &in);
	int answers = watch(child, in, ms, answered);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
		    (WIFEXITED(status) && WEXITSTATUS(status) == 0));
	assert_good(engine(file, &store, &err));
	see_file();
	see_events();
	see_tasks();
	see_answers(answered, answers);
	/* Now and then nobody closes it at all, so that the next one finds the log of many. */
	if (round % 4 != 3) {
		store_close(store);
		store = NULL;
		return;
	}
	struct store *left = store;
	store = NULL;
	assert_good(engine(file, &store, &err));
	store_close(left);
	store_close(store);
	store = NULL;
}

static void
test_killed(void **unused)
{
	const char *wanted = getenv("ROUNDS");
	int rounds = wanted ? atoi(wanted) : ROUNDS;
	unsigned seed = 1;
	(void)unused;
	store_close(store);
	store = NULL;
	for (int round = 0; round < rounds; round++) {
		if (round % ROUNDS_FILE == 0) {
			char name[32];
			snprintf(name, sizeof(name), "round-%d.db", round);
			mem_free(file);
			file = path_join(dir, name);
			forget_all();
		}
		do_round(round, &seed);
	}
}

/* --- a disk that fails --- */

enum { CALL_ADD, CALL_CLAIM, CALL_RANK, CALL_SAY, CALL_SERVE, CALL_COUNT };

static int64_t serve_number = 1;

/* Each owner takes one. */
static int
do_call(int call, int number)
{
	char owner[16];
	struct task_text texts[2] = {{.title = "x"}, {.title = "y"}};
	switch (call) {
	case CALL_ADD:
		return store_add(store, texts, 2, "x", "x", NOW, NULL, &err);
	case CALL_CLAIM:
		snprintf(owner, sizeof(owner), "web/a%d", number);
		return store_claim(store, 0, owner, LEASE, NOW, NULL, &err);
	case CALL_RANK:
		return store_rank(store, 2, 1, "x", NOW, &err);
	case CALL_SAY:
		return store_say(store, "a", "b", "x", NOW, NULL, &err);
	default: {
		struct asked asked = {store, serve_number++};
		return store_together(store, NOW, serve, &asked, &err);
	}
	}
}

/* The last event and the last of the journal. */
static int
see_last(int64_t ret[2])
{
	int rc = store_last(store, &ret[0], &err);
	return rc < 0 ? rc : store_last_entry(store, &ret[1], &err);
}

/* 0: it was done. 1: it failed and nothing is different. Else it is not as it should be. */
static int
try_call(int call, enum fault_kind kind, long nth)
{
	int64_t before[2] = {0}, after[2] = {0};
	size_t counts[2][TASK_STATE_COUNT];
	int failed = 0;
	if (engine(file, &store, &err) < 0 || see_last(before) < 0 ||
		store_counts(store, counts[0], &err) < 0)
		return 2;
	fault_set(kind, nth);
	int rc = do_call(call, (int)kind);
	if (rc == 0 && fault_unsynced())
		return 3;
	if (rc < 0 && (rc != ERR_IO || !strstr(err.text, file)))
		return 4;
	failed = rc < 0;
	if (see_last(after) < 0 || store_counts(store, counts[1], &err) < 0)
		return 5;
	if (failed && (memcmp(after, before, sizeof(after)) != 0 ||
			      memcmp(counts[0], counts[1], sizeof(counts[0])) != 0))
		return 6;
	fault_set(FAULT_NONE, 0);
	return failed;
}

static void
test_a_disk_that_fails(void **unused)
{
	(void)unused;
	add("one");
	add("two");
	for (int kind = FAULT_FULL; kind <= FAULT_SYNC_ONCE; kind++) {
		for (int call = 0; call < CALL_COUNT; call++) {
			for (long nth = 1, failed = 1; failed; nth++) {
				int64_t before[2] = {0}, after[2] = {0};
				assert_good(see_last(before));
				int status;
				store_close(store);
				store = NULL;
				pid_t child = fork();
				/* It ends without closing anything. */
				if (child == 0)
					_exit(try_call(call, (enum fault_kind)kind, nth));
				assert_int_equal(waitpid(child, &status, 0), child);
				assert_true(WIFEXITED(status));
				failed = WEXITSTATUS(status);
				assert_in_range(failed, 0, 1);
				assert_good(engine(file, &store, &err));
				assert_good(see_last(after));
				assert_true(after[0] >= before[0] && after[1] >= before[1]);
				if (failed)
					assert_memory_equal(after, before, sizeof(after));
			}
		}
	}
	see_file();
}

/* It goes on when there is room again, with the same store. */
static void
test_a_disk_that_was_full(void **unused)
{
	(void)unused;
	add("one");
	add("two");
	for (int call = 0; call < CALL_COUNT; call++) {
		fault_set(FAULT_FULL, 1);
		assert_bad(do_call(call, 0), ERR_IO, "no room");
		fault_set(FAULT_NONE, 0);
	}
	assert_int_equal(last_event(), 2);
	for (int call = 0; call < CALL_COUNT; call++)
		assert_good(do_call(call, 0));
	assert_int_equal(last_event(), 2 + 2 + 1 + 1 + 1);
}

/* Whatever returns 0 was synced. */
static void
test_all_is_synced(void **unused)
{
	(void)unused;
	for (int call = 0; call < CALL_COUNT; call++) {
		assert_good(do_call(call, 0));
		assert_false(fault_unsynced());
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_disk_that_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_disk_that_was_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_is_synced, setup, teardown),
	};
	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
