/* SPDX-License-Identifier: MIT */
/*
 * The order among tasks of one priority: numbers with room between them. One goes in the middle
 * of that room; when there is none left, all of that priority get new numbers, in the same
 * order.
 */
#include "local.h"

#define ROOM "1024"

int
rank_last(struct store *store, int64_t id, int priority, int64_t *ret, struct err *err)
{
	int rc = sql_number(store,
		"SELECT coalesce(max(rank), 0) + " ROOM
		" FROM tasks WHERE priority = ?1 AND id <> ?2",
		SQL_WITH(SQL_INT(priority), SQL_INT(id)), ret, err);
	return rc < 0 ? rc : 0;
}

static int
spread(struct store *store, int priority, struct err *err)
{
	return sql_run(store,
		"UPDATE tasks SET rank = n.place * " ROOM " FROM (SELECT id,"
		" row_number() OVER (ORDER BY rank, id) AS place FROM tasks WHERE priority = "
		"?1)"
		" AS n WHERE tasks.id = n.id",
		SQL_WITH(SQL_INT(priority)), err);
}

/* Between before and whoever stands in front of it; 1: there is no room. */
static int
find_room(struct store *store, const struct task *task, int64_t before, int64_t *ret,
	struct err *err)
{
	int64_t below = 0, above = 0;
	int rc = sql_number(store, "SELECT rank FROM tasks WHERE id = ?1",
		SQL_WITH(SQL_INT(before)), &above, err);
	if (rc > 0)
		rc = sql_number(store,
			"SELECT coalesce(max(rank), ?1 - 2 * " ROOM ") FROM tasks"
			" WHERE priority = ?2 AND rank < ?1 AND id <> ?3",
			SQL_WITH(SQL_INT(above), SQL_INT(task->priority), SQL_INT(task->id)),
			&below, err);
	*ret = below + (above - below) / 2;
	return rc < 0 ? rc : above - below < 2;
}

static int
rank_before(struct store *store, const struct task *task, int64_t before, int64_t *ret,
	struct err *err)
{
	struct task other = {0};
	int rc = task_load(store, before, &other, err);
	bool same = other.priority == task->priority;
	task_release(&other);
	if (rc == 0 && (!same || before == task->id))
		rc = err_set(err, ERR_INVALID,
			"task %lld: expected another one of the same priority to stand before",
			(long long)before);
	if (rc == 0)
		rc = find_room(store, task, before, ret, err);
	if (rc > 0)
		rc = spread(store, task->priority, err);
	else
		return rc;
	return rc < 0 ? rc : find_room(store, task, before, ret, err);
}

static int
rank(struct store *store, const struct task *task, int64_t before, const char *actor,
	int64_t now, struct err *err)
{
	int64_t place = 0;
	int rc = before ? rank_before(store, task, before, &place, err)
			: rank_last(store, task->id, task->priority, &place, err);
	if (rc == 0)
		rc = sql_run(store,
			"UPDATE tasks SET rank = ?2, version = version + 1, changed_at = ?3"
			" WHERE id = ?1",
			SQL_WITH(SQL_INT(task->id), SQL_INT(place), SQL_INT(now)), err);
	return rc < 0 ? rc
		      : event_add(store, "task.ranked", task->id, actor, now,
				FACTS({"before", NULL, before}), err);
}

int
store_rank(struct store *store, int64_t id, int64_t before, const char *actor, int64_t now,
	struct err *err)
{
	struct task task = {0};
	int rc = field_word("actor", actor, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	rc = task_load(store, id, &task, err);
	if (rc == 0)
		rc = rank(store, &task, before, actor, now, err);
	task_release(&task);
	return store_end(store, rc, err);
}
