/* SPDX-License-Identifier: MIT */
/*
 * Who works on what. A claim is a lease that ends by itself; its epoch tells one claim from the
 * next. To renew it is no change of the task: it happens often, and nobody waits to hear of it.
 */
#include <string.h>

#include "local.h"

/* One that it needs is not merged. */
#define BLOCKED                                                              \
	"EXISTS (SELECT 1 FROM needs JOIN tasks AS other ON other.id = need" \
	" WHERE task = tasks.id AND other.state <> " SQL_MERGED ")"

static int
find_held(struct store *store, const char *owner, int64_t *ret, struct err *err)
{
	return sql_number(store, "SELECT id FROM tasks WHERE owner = ?1 AND lease_until <> 0",
		SQL_WITH(SQL_TEXT(owner)), ret, err);
}

static int
find_next(struct store *store, const struct task_claim *claim, int64_t *ret, struct err *err)
{
	const char *owner = claim->owner;
	int rc = sql_number(store,
		"SELECT id FROM tasks WHERE state = " SQL_QUEUED
		" AND wanted IN ('', ?1, ?2) AND (?3 IS NULL OR base IN (?3, ?4))"
		" AND NOT " BLOCKED " ORDER BY priority DESC, rank, id LIMIT 1",
		SQL_WITH(SQL_TEXT(owner), SQL_TEXT(who_agent(owner)), SQL_TEXT(claim->bases[0]),
			SQL_TEXT(claim->bases[1])),
		ret, err);
	return rc ? rc : err_set(err, ERR_NOT_FOUND, "no task waits for %s", owner);
}

int
store_next(struct store *store, struct task *ret, struct err *err)
{
	int64_t id;
	store_take_turn(store);
	int rc = sql_number(store,
		"SELECT id FROM tasks WHERE state = " SQL_QUEUED
		" AND wanted = '' AND NOT " BLOCKED " ORDER BY priority DESC, rank, id LIMIT 1",
		SQL_ALONE, &id, err);
	store_give_turn(store);
	if (rc == 0)
		rc = err_set(err, ERR_NOT_FOUND, "no task waits for anybody");
	return rc < 0 ? rc : store_task(store, id, ret, err);
}

static bool
can_work_on(const struct task_claim *claim, const char *base)
{
	const char *one = claim->bases[0], *other = claim->bases[1];
	return !one || strcmp(base, one) == 0 || (other && strcmp(base, other) == 0);
}

/* Can it be theirs? */
static int
see_free(const struct task *task, const struct task_claim *claim, struct err *err)
{
	const char *owner = claim->owner;
	long long id = task->id;
	if (task->lease_until != 0)
		return err_set(err, ERR_BUSY, "task %lld: %s has it", id, task->owner);
	if (task->state != TASK_QUEUED)
		return err_set(err, ERR_INVALID, "task %lld: it is %s, expected queued", id,
			task_state_name(task->state));
	if (task->blocked)
		return err_set(
			err, ERR_INVALID, "task %lld: one that it needs is not merged", id);
	if (*task->wanted && strcmp(task->wanted, owner) != 0 &&
		strcmp(task->wanted, who_agent(owner)) != 0)
		return err_set(err, ERR_INVALID, "task %lld: it is for %s", id, task->wanted);
	if (!can_work_on(claim, task->base))
		return err_set(err, ERR_INVALID,
			"task %lld: it is for %s, and %s works on another branch", id,
			*task->base ? task->base : "the fleet's base", owner);
	return 0;
}

static int
take(struct store *store, const struct task *task, const struct task_claim *claim,
	int64_t until, int64_t now, struct err *err)
{
	const char *owner = claim->owner;
	int rc = see_free(task, claim, err);
	if (rc == 0)
		rc = sql_run(store,
			"UPDATE tasks SET state = " SQL_CLAIMED
			", owner = ?2, lease_until = ?3,"
			" epoch = epoch + 1, attempts = attempts + 1, version = version + 1,"
			" changed_at = ?4 WHERE id = ?1",
			SQL_WITH(SQL_INT(task->id), SQL_TEXT(owner), SQL_INT(until),
				SQL_INT(now)),
			err);
	return rc < 0 ? rc
		      : event_add(store, "task.claimed", task->id, owner, now,
				FACTS({"epoch", NULL, task->epoch + 1},
					{"attempt", NULL, task->attempts + 1}),
				err);
}

static int
keep(struct store *store, int64_t id, int64_t until, struct err *err)
{
	return sql_run(store, "UPDATE tasks SET lease_until = ?2 WHERE id = ?1",
		SQL_WITH(SQL_INT(id), SQL_INT(until)), err);
}

/* *ret is the one that is claimed then. */
static int
claim(struct store *store, int64_t *ret, const struct task_claim *wish, int64_t until,
	int64_t now, struct err *err)
{
	const char *owner = wish->owner;
	struct task task = {0};
	int64_t held = 0;
	int rc = find_held(store, owner, &held, err);
	if (rc > 0 && (wish->fresh || (*ret && *ret != held)))
		return err_set(
			err, ERR_EXISTS, "%s has task %lld already", owner, (long long)held);
	if (rc > 0) {
		*ret = held;
		return keep(store, held, until, err);
	}
	if (rc == 0 && !*ret)
		rc = find_next(store, wish, ret, err);
	if (rc >= 0)
		rc = task_load(store, *ret, &task, err);
	if (rc == 0)
		rc = take(store, &task, wish, until, now, err);
	task_release(&task);
	return rc;
}

int
store_claim(struct store *store, int64_t id, const char *owner, int64_t lease_ms, int64_t now,
	struct task *ret, struct err *err)
{
	const struct task_claim any = {.id = id, .owner = owner};
	return store_claim_for(store, &any, lease_ms, now, ret, err);
}

int
store_claim_for(struct store *store, const struct task_claim *wish, int64_t lease_ms,
	int64_t now, struct task *ret, struct err *err)
{
	struct task after = {0};
	int64_t id = wish->id;
	int rc = field_who("owner", wish->owner, err);
	if (rc == 0)
		rc = field_span("lease", lease_ms, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	rc = claim(store, &id, wish, now + lease_ms, now, err);
	if (rc == 0)
		rc = task_load(store, id, &after, err);
	rc = store_end(store, rc, err);
	if (rc == 0 && ret)
		*ret = after;
	else
		task_release(&after);
	return rc;
}

static int
renew(struct store *store, int64_t id, int64_t epoch, int64_t until, struct err *err)
{
	int64_t theirs = 0;
	int rc = task_exists(store, id, err);
	if (rc == 0)
		rc = sql_number(store,
			"SELECT epoch = ?2 AND lease_until <> 0 FROM tasks WHERE id = ?1",
			SQL_WITH(SQL_INT(id), SQL_INT(epoch)), &theirs, err);
	if (rc < 0)
		return rc;
	return theirs ? keep(store, id, until, err)
		      : err_set(err, ERR_CHANGED,
				"task %lld: the claim with epoch %lld is over", (long long)id,
				(long long)epoch);
}

int
store_renew(struct store *store, int64_t id, int64_t epoch, int64_t lease_ms, int64_t now,
	struct err *err)
{
	int rc = field_span("lease", lease_ms, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	return rc < 0 ? rc
		      : store_end(store, renew(store, id, epoch, now + lease_ms, err), err);
}

static int
expire(struct store *store, int64_t now, size_t *count, struct err *err)
{
	int64_t id;
	int rc;
	/* Each is asked for anew, for a change would pull the row from under a list. */
	while ((rc = sql_number(store,
			"SELECT id FROM tasks WHERE lease_until <> 0 AND lease_until <= ?1"
			" AND state IN (" SQL_CLAIMED ", " SQL_WORKING ") LIMIT 1",
			SQL_WITH(SQL_INT(now)), &id, err)) > 0) {
		struct task task = {0};
		rc = task_load(store, id, &task, err);
		if (rc == 0)
			rc = task_move(store, &task, TASK_QUEUED, "its lease ended", "cockpit",
				now, err);
		task_release(&task);
		if (rc < 0)
			return rc;
		(*count)++;
	}
	return rc;
}

int
store_expire(struct store *store, int64_t now, size_t *ret_count, struct err *err)
{
	size_t count = 0;
	int rc = store_begin(store, now, err);
	if (rc == 0)
		rc = store_end(store, expire(store, now, &count, err), err);
	if (rc == 0 && ret_count)
		*ret_count = count;
	return rc;
}
