/* SPDX-License-Identifier: MIT */
/* Tasks as they are read: one, many, how many. */
#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "local.h"

/* The order of its columns. */
static const size_t texts[] = {offsetof(struct task, title), offsetof(struct task, text),
	offsetof(struct task, base), offsetof(struct task, check),
	offsetof(struct task, wanted), offsetof(struct task, owner), offsetof(struct task, why),
	offsetof(struct task, source)};
static const size_t numbers[] = {offsetof(struct task, id), offsetof(struct task, rank),
	offsetof(struct task, version), offsetof(struct task, epoch),
	offsetof(struct task, lease_until), offsetof(struct task, created_at),
	offsetof(struct task, changed_at)};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SELECT_TASK                                                                      \
	"SELECT title, text, base, command, wanted, owner, why, source,"                 \
	" id, rank, version, epoch, lease_until, created_at, changed_at,"                \
	" priority, attempts, state, tags,"                                              \
	" (SELECT group_concat(need || iif(other.state = " SQL_MERGED ", '', '!'), ' ')" \
	" FROM needs JOIN tasks AS other ON other.id = need WHERE task = tasks.id)"      \
	" FROM tasks "

static char **
split_tags(struct str tags)
{
	char **ret = NULL;
	size_t count = 0;
	str_cut(&tags, '\n');
	while (tags.len > 0) {
		struct str tag = str_cut(&tags, '\n');
		ret = mem_room(ret, count, sizeof(*ret));
		ret[count++] = mem_strndup(tag.ptr, tag.len);
	}
	ret = mem_room(ret, count, sizeof(*ret));
	ret[count] = NULL;
	return ret;
}

/* "3 7!": what is not merged has a mark. */
static void
split_needs(struct str needs, struct task *task)
{
	size_t count = 0;
	while (needs.len > 0) {
		uint64_t need = 0;
		struct str word = str_cut(&needs, ' ');
		if (str_ends(word, STR("!"))) {
			task->blocked = true;
			word.len--;
		}
		str_to_u64(word, INT64_MAX, &need);
		task->needs = mem_room(task->needs, count, sizeof(*task->needs));
		task->needs[count++] = (int64_t)need;
	}
	task->needs = mem_room(task->needs, count, sizeof(*task->needs));
	task->needs[count] = 0;
}

/* Borrowed until the next step. */
static struct str
column(sqlite3_stmt *stmt, int place)
{
	const void *bytes = sqlite3_column_text(stmt, place);
	return bytes ? (struct str){bytes, (size_t)sqlite3_column_bytes(stmt, place)} : STR("");
}

static void
read_row(sqlite3_stmt *stmt, void *row)
{
	struct task *task = row;
	int place = 0;
	*task = (struct task){0};
	for (size_t i = 0; i < COUNT(texts); i++)
		*(char **)(void *)((char *)row + texts[i]) = sql_column(stmt, place++);
	for (size_t i = 0; i < COUNT(numbers); i++)
		*(int64_t *)(void *)((char *)row + numbers[i]) =
			sqlite3_column_int64(stmt, place++);
	task->priority = sqlite3_column_int(stmt, place++);
	task->attempts = sqlite3_column_int(stmt, place++);
	task->state = (enum task_state)sqlite3_column_int(stmt, place++);
	task->tags = split_tags(column(stmt, place++));
	split_needs(column(stmt, place++), task);
}

int
task_load(struct store *store, int64_t id, struct task *ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc =
		sql_open(store, SELECT_TASK "WHERE id = ?1", SQL_WITH(SQL_INT(id)), &stmt, err);
	if (rc == 0)
		rc = sql_step(store, stmt, err);
	if (rc > 0)
		read_row(stmt, ret);
	else if (rc == 0)
		rc = err_set(err, ERR_NOT_FOUND, "task %lld: there is none", (long long)id);
	sql_done(stmt);
	return rc < 0 ? rc : 0;
}

int
task_exists(struct store *store, int64_t id, struct err *err)
{
	int64_t one;
	int rc = sql_number(
		store, "SELECT 1 FROM tasks WHERE id = ?1", SQL_WITH(SQL_INT(id)), &one, err);
	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "task %lld: there is none", (long long)id);
	return rc < 0 ? rc : 0;
}

int
task_see_version(const struct task *task, int64_t version, struct err *err)
{
	return task->version == version
		       ? 0
		       : err_set(err, ERR_CHANGED,
				 "task %lld: it was changed: version %lld, expected %lld",
				 (long long)task->id, (long long)task->version,
				 (long long)version);
}

int
store_task(struct store *store, int64_t id, struct task *ret, struct err *err)
{
	store_take_turn(store);
	int rc = task_load(store, id, ret, err);
	store_give_turn(store);
	return rc;
}

int
store_tasks(struct store *store, const struct task_filter *filter, struct task **ret,
	size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	unsigned states = filter->states ? filter->states : (1u << TASK_STATE_COUNT) - 1;
	char *tag = filter->tag ? mem_printf("\n%s\n", filter->tag) : NULL;
	int rc = sql_list(store,
		SELECT_TASK "WHERE (?1 >> state & 1) AND (?2 IS NULL OR instr(tags, ?2))"
			    " AND (?3 IS NULL OR owner = ?3)"
			    " ORDER BY " SQL_IN_ORDER " LIMIT ?4",
		SQL_WITH(SQL_INT(states), SQL_TEXT(tag), SQL_TEXT(filter->owner),
			SQL_MAX(filter->max)),
		&rows, err);
	mem_free(tag);
	if (rc < 0) {
		store_tasks_free(rows.at, rows.count);
		return rc;
	}
	*ret = rows.at;
	*ret_count = rows.count;
	return 0;
}

static void
read_count(sqlite3_stmt *stmt, void *row)
{
	int64_t *pair = row;
	pair[0] = sqlite3_column_int64(stmt, 0);
	pair[1] = sqlite3_column_int64(stmt, 1);
}

int
store_counts(struct store *store, size_t ret[TASK_STATE_COUNT], struct err *err)
{
	struct sql_rows rows = {.size = 2 * sizeof(int64_t), .read = read_count};
	int rc = sql_list(store, "SELECT state, count(*) FROM tasks GROUP BY state", SQL_ALONE,
		&rows, err);
	const int64_t *pairs = rows.at;
	for (int i = 0; rc == 0 && i < TASK_STATE_COUNT; i++)
		ret[i] = 0;
	for (size_t i = 0; rc == 0 && i < rows.count; i++)
		ret[pairs[2 * i]] = (size_t)pairs[2 * i + 1];
	mem_free(rows.at);
	return rc;
}

void
task_release(struct task *task)
{
	for (size_t i = 0; i < COUNT(texts); i++)
		mem_free(*(char **)(void *)((char *)task + texts[i]));
	mem_free_words(task->tags);
	mem_free(task->needs);
	*task = (struct task){0};
}

void
store_tasks_free(struct task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		task_release(&tasks[i]);
	mem_free(tasks);
}
