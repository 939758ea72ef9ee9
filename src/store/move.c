/* SPDX-License-Identifier: MIT */
/* From one state to the next. */
#include "local.h"

static bool
ends_lease(enum task_state to)
{
	return to == TASK_QUEUED || task_is_over(to);
}

/* Only one that is held is worked on: else nobody's lease would ever end it. */
static bool
is_work(enum task_state state)
{
	return state == TASK_WORKING || state == TASK_CHECKING || state == TASK_READY;
}

int
task_move(struct store *store, const struct task *task, enum task_state to, const char *why,
	const char *actor, int64_t now, struct err *err)
{
	int rc = sql_run(store,
		"UPDATE tasks SET state = ?2, why = ?3, version = version + 1, changed_at = ?4,"
		" lease_until = CASE WHEN ?5 THEN 0 ELSE lease_until END WHERE id = ?1",
		SQL_WITH(SQL_INT(task->id), SQL_INT(to), SQL_TEXT(why), SQL_INT(now),
			SQL_INT(ends_lease(to))),
		err);
	return rc < 0 ? rc
		      : event_add(store, "task.moved", task->id, actor, now,
				FACTS({"from", task_state_name(task->state), 0},
					{"to", task_state_name(to), 0}, {"why", why, 0}),
				err);
}

static int
see_way(const struct task *task, enum task_state to, struct err *err)
{
	if (to == TASK_CLAIMED || !store_can_move(task->state, to))
		return err_set(err, ERR_INVALID, "task %lld: it is %s, and cannot be made %s",
			(long long)task->id, task_state_name(task->state), task_state_name(to));
	if (is_work(to) && task->lease_until == 0)
		return err_set(err, ERR_INVALID,
			"task %lld: it cannot be made %s: nobody has it, expected a claim",
			(long long)task->id, task_state_name(to));
	return 0;
}

static int
move(struct store *store, const struct task *task, int64_t version, enum task_state to,
	const char *why, const char *actor, int64_t now, struct err *err)
{
	int rc = version ? task_see_version(task, version, err) : 0;
	if (rc == 0)
		rc = see_way(task, to, err);
	return rc < 0 ? rc : task_move(store, task, to, why ? why : "", actor, now, err);
}

int
store_move(struct store *store, int64_t id, int64_t version, enum task_state to,
	const char *why, const char *actor, int64_t now, struct task *ret, struct err *err)
{
	struct task before = {0}, after = {0};
	int rc = field_text("why", why, err);
	if (rc == 0)
		rc = field_word("actor", actor, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	rc = task_load(store, id, &before, err);
	if (rc == 0)
		rc = move(store, &before, version, to, why, actor, now, err);
	if (rc == 0 && ret)
		rc = task_load(store, id, &after, err);
	rc = store_end(store, rc, err);
	if (rc == 0 && ret)
		*ret = after;
	else
		task_release(&after);
	task_release(&before);
	return rc;
}
