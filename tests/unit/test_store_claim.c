/* SPDX-License-Identifier: MIT */
/* Who gets which task, for how long, and that nobody else does; by the public header alone. */
#include "unit/store_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_claims_in_order(void **unused)
{
	struct task task;
	(void)unused;
	assert_bad(store_claim(store, 0, "web/a", LEASE, NOW, &task, &err), ERR_NOT_FOUND,
		"waits for web/a");
	add("plain");                                                       /* 1 */
	add_text(&(struct task_text){.title = "t", .wanted = "b"});         /* 2 */
	add_text(&(struct task_text){.title = "t", .wanted = "mars/a"});    /* 3 */
	add_text(&(struct task_text){.title = "t", .priority = &(int){5}}); /* 4 */
	add_text(&(struct task_text){
		.title = "t", /* 5 */
		.priority = &(int){9 },
		.needs = (int64_t[]){ 4, 1, 0}
        });
	add("plain"); /* 6 */
	assert_good(store_rank(store, 6, 1, "operator", NOW, &err));
	task = claim(0, "web/a");
	assert_int_equal(task.id, 4);
	assert_int_equal(task.state, TASK_CLAIMED);
	assert_string_equal(task.owner, "web/a");
	assert_int_equal(task.epoch, 1);
	assert_int_equal(task.attempts, 1);
	assert_int_equal(task.version, 2);
	assert_int_equal(task.lease_until, NOW + LEASE);
	task_release(&task);
	assert_int_equal(claim_id(0, "web/c"), 6);
	assert_int_equal(claim_id(0, "mars/a"), 1);
	assert_int_equal(claim_id(0, "web/b"), 2);
	move_to(1, TASK_CANCELLED);
	assert_int_equal(claim_id(0, "mars/a"), 3);
	assert_bad(store_claim(store, 0, "web/d", LEASE, NOW, &task, &err), ERR_NOT_FOUND, "d");
	/* The fifth waits for both, and one of them was cancelled. */
	move_to(4, TASK_WORKING);
	move_to(4, TASK_CHECKING);
	move_to(4, TASK_READY);
	move_to(4, TASK_MERGED);
	assert_bad(store_claim(store, 0, "web/a", LEASE, NOW, &task, &err), ERR_NOT_FOUND, "a");
	struct task_text text = {
		.needs = (int64_t[]){4, 0}
        };
	assert_good(store_edit(store, 5, 1, &text, "operator", NOW, &err));
	assert_int_equal(claim_id(0, "web/a"), 5);
}

/* Who works on another branch gets none of those. */
static void
test_bases(void **unused)
{
	struct task task = {0};
	(void)unused;
	add_text(&(struct task_text){.title = "t", .base = "old"});  /* 1 */
	add_text(&(struct task_text){.title = "t", .base = "main"}); /* 2 */
	add("t");                                                    /* 3 */
	const struct task_claim other = {.owner = "web/a", .bases = {"new"}};
	const struct task_claim fleets = {
		.owner = "web/a", .bases = {"", "main"}
        };
	const struct task_claim old = {.owner = "web/b", .bases = {"old"}};
	const struct task_claim late = {.owner = "web/c", .bases = {""}};
	assert_bad(store_claim_for(store, &other, LEASE, NOW, &task, &err), ERR_NOT_FOUND,
		"no task waits");
	const struct task_claim first = {
		.id = 1, .owner = "web/a", .bases = {"", "main"}
        };
	assert_bad(store_claim_for(store, &first, LEASE, NOW, &task, &err), ERR_INVALID,
		"for old, and web/a works on another branch");
	assert_good(store_claim_for(store, &fleets, LEASE, NOW, &task, &err));
	assert_int_equal(task.id, 2);
	task_release(&task);
	assert_good(store_claim_for(store, &late, LEASE, NOW, &task, &err));
	assert_int_equal(task.id, 3);
	task_release(&task);
	assert_good(store_claim_for(store, &old, LEASE, NOW, &task, &err));
	assert_int_equal(task.id, 1);
	task_release(&task);
}

/* Two that think of the same name do not get the same task. */
static void
test_fresh(void **unused)
{
	struct task task = {0};
	(void)unused;
	assert_bad(store_next(store, &task, &err), ERR_NOT_FOUND, "no task waits");
	add_text(&(struct task_text){.title = "t", .wanted = "b"}); /* 1 */
	add_text(&(struct task_text){
		.title = "t", /* 2 */
		.needs = (int64_t[]){1, 0}
        });
	assert_bad(store_next(store, &task, &err), ERR_NOT_FOUND, "no task waits");
	add_text(&(struct task_text){.title = "t", .base = "old"}); /* 3 */
	add("t");                                                   /* 4 */
	assert_good(store_next(store, &task, &err));
	assert_int_equal(task.id, 3);
	task_release(&task);
	const struct task_claim claims[] = {
		{.id = 3, .owner = "web/t", .fresh = true},
		{.id = 4, .owner = "web/t", .fresh = true},
		{.id = 3, .owner = "web/u", .fresh = true},
	};
	assert_good(store_claim_for(store, &claims[0], LEASE, NOW, &task, &err));
	task_release(&task);
	assert_bad(store_claim_for(store, &claims[0], LEASE, NOW, &task, &err), ERR_EXISTS,
		"has task 3 already");
	assert_bad(store_claim_for(store, &claims[1], LEASE, NOW, &task, &err), ERR_EXISTS,
		"has task 3 already");
	assert_bad(store_claim_for(store, &claims[2], LEASE, NOW, &task, &err), ERR_BUSY,
		"web/t has it");
	assert_good(store_next(store, &task, &err));
	assert_int_equal(task.id, 4);
	task_release(&task);
}

static void
test_claims_of_one(void **unused)
{
	struct task task = {0};
	(void)unused;
	add("free");
	add_text(&(struct task_text){
		.title = "waits", .needs = (int64_t[]){1, 0}
        });
	add_text(&(struct task_text){.title = "for b", .wanted = "b"});
	add_in_state(TASK_FAILED, "");
	assert_bad(store_claim(store, 9, "web/a", LEASE, NOW, &task, &err), ERR_NOT_FOUND, "9");
	assert_bad(store_claim(store, 2, "web/a", LEASE, NOW, &task, &err), ERR_INVALID,
		"one that it needs is not merged");
	assert_bad(
		store_claim(store, 3, "web/a", LEASE, NOW, &task, &err), ERR_INVALID, "for b");
	assert_bad(store_claim(store, 4, "web/a", LEASE, NOW, &task, &err), ERR_INVALID,
		"it is failed");
	assert_bad(
		store_claim(store, 1, "a", LEASE, NOW, &task, &err), ERR_INVALID, "HOST/AGENT");
	assert_bad(
		store_claim(store, 1, "x/y/z", LEASE, NOW, &task, &err), ERR_INVALID, "owner");
	assert_bad(store_claim(store, 1, "web/a", 0, NOW, &task, &err), ERR_INVALID, "lease");
	assert_bad(
		store_claim(store, 1, "web/a", INT64_MAX, NOW, &task, &err), ERR_INVALID, "ms");
	assert_bad(store_claim(store, 1, "web/a", LEASE, INT64_MAX, &task, &err), ERR_INVALID,
		"now");
	assert_null(task.title);
	assert_int_equal(claim_id(1, "web/a"), 1);
	assert_bad(
		store_claim(store, 1, "web/b", LEASE, NOW, &task, &err), ERR_BUSY, "web/a has");
	assert_bad(
		store_claim(store, 3, "web/a", LEASE, NOW, &task, &err), ERR_EXISTS, "task 1");
}

/* One that has a task gets it again: no new claim. */
static void
test_claims_again(void **unused)
{
	struct task task;
	(void)unused;
	add("one");
	add("two");
	claim_id(0, "web/a");
	move_to(1, TASK_WORKING);
	int64_t seq = last_event();
	for (int64_t id = 0; id < 2; id++) {
		assert_good(store_claim(store, id, "web/a", LEASE, NOW + 7, &task, &err));
		assert_int_equal(task.id, 1);
		assert_int_equal(task.state, TASK_WORKING);
		assert_int_equal(task.epoch, 1);
		assert_int_equal(task.attempts, 1);
		assert_int_equal(task.lease_until, NOW + 7 + LEASE);
		task_release(&task);
	}
	assert_int_equal(last_event(), seq);
}

static void
test_leases_and_epochs(void **unused)
{
	size_t count = 9;
	(void)unused;
	add("one");
	claim_id(1, "web/a");
	assert_good(store_renew(store, 1, 1, LEASE, NOW + 10, &err));
	assert_bad(store_renew(store, 1, 2, LEASE, NOW, &err), ERR_CHANGED, "epoch 2");
	assert_bad(store_renew(store, 9, 1, LEASE, NOW, &err), ERR_NOT_FOUND, "task 9");
	assert_bad(store_renew(store, 1, 1, -1, NOW, &err), ERR_INVALID, "lease");
	assert_good(store_expire(store, NOW + 10 + LEASE - 1, &count, &err));
	assert_int_equal(count, 0);
	/* It is over, and nobody has said so yet. */
	assert_good(store_renew(store, 1, 1, LEASE, NOW + 10 + LEASE, &err));
	struct task task = task_of(1);
	assert_int_equal(task.version, 2);
	task_release(&task);
	assert_good(store_expire(store, NOW + 10 + 2 * LEASE, &count, &err));
	assert_int_equal(count, 1);
	assert_bad(store_renew(store, 1, 1, LEASE, NOW, &err), ERR_CHANGED, "is over");
	task = claim(0, "mars/b");
	assert_int_equal(task.epoch, 2);
	assert_int_equal(task.attempts, 2);
	assert_int_equal(task.version, 4);
	task_release(&task);
	assert_bad(store_renew(store, 1, 1, LEASE, NOW, &err), ERR_CHANGED, "epoch 1");
	assert_good(store_renew(store, 1, 2, LEASE, NOW, &err));
}

/* Only those that are worked on. */
static void
test_what_expires(void **unused)
{
	char owner[16];
	size_t count = 0;
	(void)unused;
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		snprintf(owner, sizeof(owner), "web/a%d", i);
		add_in_state((enum task_state)i, owner);
	}
	int64_t seq = last_event();
	assert_good(store_expire(store, NOW + LEASE, &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(last_event(), seq + 2);
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		bool ended = i == TASK_CLAIMED || i == TASK_WORKING;
		struct task task = task_of(i + 1);
		assert_int_equal(task.state, ended ? TASK_QUEUED : i);
		if (ended)
			assert_string_equal(task.why, "its lease ended");
		task_release(&task);
	}
}

/* --- a crowd --- */

#define MANY    1000
#define THREADS 2
#define PEOPLE  3 /* processes */

struct worker {
	struct store *store;
	int out, number;
};

/* Takes as long as there is something, and says what it got. Whom the others leave no turn for
 * seconds, as a slow disk may do, is told so, and asks again. */
static void *
work(void *arg)
{
	const struct worker *worker = arg;
	char owner[32];
	int64_t took = 0;
	for (int n = 0; took >= 0; n++) {
		struct task task;
		snprintf(owner, sizeof(owner), "web/w%d-%d", worker->number, n);
		int rc;
		do {
			rc = store_claim(worker->store, 0, owner, LEASE, NOW, &task, NULL);
		} while (rc == ERR_TIMEOUT);
		took = rc == 0 ? task.id : rc;
		if (rc == 0)
			task_release(&task);
		if (write(worker->out, &took, sizeof(took)) != sizeof(took))
			_exit(1);
	}
	return NULL;
}

static pid_t
start_process(int out, int number)
{
	pid_t child = fork();
	if (child != 0)
		return child;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	struct store *shared;
	if (engine(file, &shared, NULL) < 0)
		_exit(2);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){shared, out, number * THREADS + i};
		pthread_create(&threads[i], NULL, work, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	store_close(shared);
	_exit(0);
}

/* Those that were taken, each once; and all stopped because there was nothing left. */
static void
read_claims(int in, int claims[MANY + 1])
{
	int64_t took;
	int ended = 0;
	while (read(in, &took, sizeof(took)) == sizeof(took)) {
		if (took >= 0) {
			assert_in_range(took, 1, MANY);
			claims[took]++;
		} else {
			assert_int_equal(took, ERR_NOT_FOUND);
			ended++;
		}
	}
	assert_int_equal(ended, PEOPLE * THREADS);
}

static void
test_a_crowd_claims(void **unused)
{
	struct task_text *texts = mem_alloc_array(MANY, sizeof(*texts));
	int claims[MANY + 1] = {0}, pipes[2], status;
	pid_t children[PEOPLE];
	(void)unused;
	for (int i = 0; i < MANY; i++)
		texts[i].title = "one of many";
	assert_good(store_add(store, texts, MANY, "x", "x", NOW, NULL, &err));
	store_close(store);
	store = NULL;
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < PEOPLE; i++)
		children[i] = start_process(pipes[1], i);
	close(pipes[1]);
	read_claims(pipes[0], claims);
	close(pipes[0]);
	for (int i = 0; i < PEOPLE; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	for (int i = 1; i <= MANY; i++)
		assert_int_equal(claims[i], 1);
	assert_good(engine(file, &store, &err));
	assert_int_equal(last_event(), 2 * MANY);
	mem_free(texts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_claims_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bases, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fresh, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claims_of_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claims_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leases_and_epochs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_expires, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_crowd_claims, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
