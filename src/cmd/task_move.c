/* SPDX-License-Identifier: MIT */
/* Who does a task, what becomes of it, and when it is its turn. */
#include "cockpit/base_mem.h"
#include "task.h"

static int
move(const struct task_run *run, int64_t id, int64_t version, enum task_state to,
	struct task *ret, struct err *err)
{
	struct task task = {0};
	int rc = task_find(run, id, &task, err);
	task_release(&task);
	return rc < 0 ? rc
		      : store_move(run->store, id, version, to, NULL, TASK_ACTOR, task_now(),
				ret, err);
}

static int
cancel(const struct task_run *run, int64_t id, struct task *ret, struct err *err)
{
	return move(run, id, 0, TASK_CANCELLED, ret, err);
}

static int
queue(const struct task_run *run, int64_t id, struct task *ret, struct err *err)
{
	return move(run, id, 0, TASK_QUEUED, ret, err);
}

/* From ready; or from where one step leads there. */
static int
merge(const struct task_run *run, int64_t id, struct task *ret, struct err *err)
{
	struct task task = {0}, step = {0};
	int64_t version = 0;
	int rc = task_find(run, id, &task, err);
	if (rc == 0 && !store_can_move(task.state, TASK_MERGED) &&
		store_can_move(task.state, TASK_READY)) {
		rc = move(run, id, task.version, TASK_READY, &step, err);
		version = step.version;
	}
	if (rc == 0)
		rc = move(run, id, version, TASK_MERGED, ret, err);
	task_release(&task);
	task_release(&step);
	return rc;
}

/* Each of them, whatever becomes of the others. */
static int
for_each(const struct task_run *run, const char *words,
	int (*act)(const struct task_run *run, int64_t id, struct task *ret, struct err *err))
{
	int status = 0;
	for (int i = 0; i < run->count; i++) {
		struct err err = ERR_INIT;
		struct task task = {0};
		int64_t id;
		int rc = task_id(str_from(run->words[i]), &id, &err);
		if (rc == 0)
			rc = act(run, id, &task, &err);
		if (rc == 0)
			task_report(words, &task);
		int failed = rc < 0 ? cmd_fail(&err) : 0;
		status = status ? status : failed;
		task_release(&task);
	}
	return status;
}

int
task_cancel(const struct task_run *run)
{
	return for_each(run, "cancelled", cancel);
}

int
task_retry(const struct task_run *run)
{
	return for_each(run, "queued again", queue);
}

int
task_done(const struct task_run *run)
{
	return for_each(run, "merged", merge);
}

int
task_assign(const struct task_run *run)
{
	struct err err = ERR_INIT;
	struct task task = {0};
	int64_t id;
	const char *agent = strcmp(run->words[1], "-") == 0 ? "" : run->words[1];
	char *copy = mem_strdup(agent);
	struct task_form form = {.agent = copy};
	int rc = task_id(str_from(run->words[0]), &id, &err);
	if (rc == 0)
		rc = task_form_check(&form, &err);
	if (rc == 0)
		rc = task_change(run, id, &form, &task, &err);
	if (rc == 0) {
		printf("%lld is for %s: ", (long long)task.id,
			*agent ? agent : "whoever is free");
		task_print(stdout, task.title);
		printf("\n");
	}
	mem_free(copy);
	task_release(&task);
	return rc < 0 ? cmd_fail(&err) : 0;
}

int
task_before(const struct task_run *run)
{
	struct err err = ERR_INIT;
	struct task task = {0};
	int64_t id, other = 0;
	bool last = strcmp(run->words[1], "last") == 0;
	int rc = task_id(str_from(run->words[0]), &id, &err);
	if (rc == 0 && !last)
		rc = task_id(str_from(run->words[1]), &other, &err);
	if (rc == 0)
		rc = task_find(run, id, &task, &err);
	if (rc == 0)
		rc = store_rank(run->store, id, other, TASK_ACTOR, task_now(), &err);
	if (rc == 0 && last)
		printf("%lld is the last of its priority\n", (long long)id);
	else if (rc == 0)
		printf("%lld is before %lld\n", (long long)id, (long long)other);
	task_release(&task);
	return rc < 0 ? cmd_fail(&err) : 0;
}
