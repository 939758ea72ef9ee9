/* SPDX-License-Identifier: MIT */
/* What a task says: given with a new one, or changed. */
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "local.h"

static size_t
count_needs(const int64_t *needs)
{
	size_t count = 0;
	while (needs && needs[count])
		count++;
	return count;
}

static size_t
count_tags(const char *const *tags)
{
	size_t count = 0;
	while (tags && tags[count])
		count++;
	return count;
}

/* What can be said without the file. */
static int
see_text(const struct task_text *text, struct err *err)
{
	int rc = text->title ? field_line("title", text->title, STORE_TITLE_MAX, err) : 0;
	size_t tags = count_tags(text->tags), needs = count_needs(text->needs);
	if (rc == 0)
		rc = field_text("text", text->text, err);
	if (rc == 0 && text->base && *text->base)
		rc = field_word("base", text->base, err);
	if (rc == 0)
		rc = field_text("check", text->check, err);
	if (rc == 0 && text->wanted && *text->wanted)
		rc = field_party("wanted", text->wanted, err);
	if (rc == 0 && (tags > STORE_LIST_MAX || needs > STORE_LIST_MAX))
		rc = err_set(err, ERR_LIMIT,
			"a task: found %zu tags and %zu needs, expected %d of each at most",
			tags, needs, STORE_LIST_MAX);
	for (size_t i = 0; rc == 0 && i < tags; i++)
		rc = field_word("tag", text->tags[i], err);
	return rc;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "\na\nb\n" for {"b", "a"}, "" for none; NULL for NULL. The caller's. */
static char *
join_tags(const char *const *tags)
{
	size_t count = count_tags(tags);
	struct buf text = BUF_INIT;
	if (!tags)
		return NULL;
	const char **sorted = mem_alloc_array(count + 1, sizeof(*sorted));
	for (size_t i = 0; i < count; i++)
		sorted[i] = tags[i];
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0)
			continue;
		buf_printf(&text, "%s%s\n", text.len ? "" : "\n", sorted[i]);
	}
	mem_free(sorted);
	return buf_steal(&text);
}

/* --- what it needs --- */

/* ids: those that are new in this call, as many as there are before this one. */
static int
find_need(struct store *store, int64_t task, int64_t need, const int64_t *ids, size_t count,
	int64_t *ret, struct err *err)
{
	if (need < 0 && (uint64_t) - (need + 1) >= count)
		return err_set(err, ERR_INVALID,
			"needs: found %lld, expected one of the %zu before it", (long long)need,
			count);
	if (need < 0)
		need = ids[-(need + 1)];
	if (need == task)
		return err_set(err, ERR_INVALID, "needs: task %lld cannot need itself",
			(long long)task);
	*ret = need;
	int rc = task_exists(store, need, err);
	return rc < 0 ? err_prefix(err, "needs"), rc : 0;
}

static int
add_needs(struct store *store, int64_t task, const int64_t *needs, const int64_t *ids,
	size_t count, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && needs && needs[i]; i++) {
		int64_t need = 0;
		rc = find_need(store, task, needs[i], ids, count, &need, err);
		if (rc == 0)
			rc = sql_run(store,
				"INSERT OR IGNORE INTO needs (task, need) VALUES (?1, ?2)",
				SQL_WITH(SQL_INT(task), SQL_INT(need)), err);
	}
	return rc;
}

static int
see_circle(struct store *store, int64_t task, struct err *err)
{
	int64_t one;
	int rc = sql_number(store,
		"WITH RECURSIVE behind (id) AS (SELECT need FROM needs WHERE task = ?1"
		" UNION SELECT need FROM needs JOIN behind ON task = behind.id)"
		" SELECT 1 FROM behind WHERE id = ?1",
		SQL_WITH(SQL_INT(task)), &one, err);
	return rc > 0 ? err_set(err, ERR_INVALID, "needs: task %lld would wait for itself",
				(long long)task)
		      : rc;
}

/* --- new ones --- */

static int
see_room(struct store *store, size_t count, struct err *err)
{
	int64_t there = 0;
	/* None is ever removed: the last number says how many there are. */
	int rc = sql_number(
		store, "SELECT coalesce(max(id), 0) FROM tasks", SQL_ALONE, &there, err);
	if (rc > 0 && count > STORE_TASKS_MAX - (size_t)there)
		return err_set(err, ERR_LIMIT,
			"%zu more tasks: there are %lld, expected %d at most", count,
			(long long)there, STORE_TASKS_MAX);
	return rc < 0 ? rc : 0;
}

static int
add_one(struct store *store, const struct task_text *text, const char *source,
	const char *actor, int64_t now, int64_t *ids, size_t before, struct err *err)
{
	int priority = text->priority ? *text->priority : 0;
	char *tags = join_tags(text->tags);
	int64_t rank = 0;
	int rc = rank_last(store, 0, priority, &rank, err);
	if (rc == 0)
		rc = sql_run(store,
			"INSERT INTO tasks (title, text, base, command, wanted, owner, why,"
			" source, tags, priority, rank, state, attempts, version, epoch,"
			" lease_until, created_at, changed_at) VALUES (?1, coalesce(?2, ''),"
			" coalesce(?3, ''), coalesce(?4, ''), coalesce(?5, ''), '', '', ?6,"
			" coalesce(?7, ''), ?8, ?9, " SQL_QUEUED ", 0, 1, 0, 0, ?10, ?10)",
			SQL_WITH(SQL_TEXT(text->title), SQL_TEXT(text->text),
				SQL_TEXT(text->base), SQL_TEXT(text->check),
				SQL_TEXT(text->wanted), SQL_TEXT(source), SQL_TEXT(tags),
				SQL_INT(priority), SQL_INT(rank), SQL_INT(now)),
			err);
	mem_free(tags);
	if (rc < 0)
		return rc;
	ids[before] = sqlite3_last_insert_rowid(store->db);
	rc = add_needs(store, ids[before], text->needs, ids, before, err);
	return rc < 0 ? rc
		      : event_add(store, "task.added", ids[before], actor, now,
				FACTS({"title", text->title, 0}, {"source", source, 0}), err);
}

static int
add(struct store *store, const struct task_text *texts, size_t count, const char *source,
	const char *actor, int64_t now, int64_t *ids, struct err *err)
{
	int rc = see_room(store, count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = add_one(store, &texts[i], source, actor, now, ids, i, err);
	return rc;
}

int
store_add(struct store *store, const struct task_text *texts, size_t count, const char *source,
	const char *actor, int64_t now, int64_t *ids, struct err *err)
{
	int rc = field_word("source", source, err);
	if (rc == 0)
		rc = field_word("actor", actor, err);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (!texts[i].title)
			rc = err_set(err, ERR_INVALID, "title: found none, expected a line");
		else
			rc = see_text(&texts[i], err);
	}
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	int64_t *made = mem_alloc_array(count + 1, sizeof(*made));
	rc = store_end(store, add(store, texts, count, source, actor, now, made, err), err);
	if (rc == 0 && ids)
		memcpy(ids, made, count * sizeof(*made));
	mem_free(made);
	return rc;
}

/* --- changes --- */

/* "title needs": for its event. The caller's. */
static char *
name_changed(const struct task_text *text)
{
	const struct {
		const char *name;
		const void *value;
	} rows[] = {
		{"title",    text->title   },
		{"text",     text->text    },
		{"base",     text->base    },
		{"check",    text->check   },
		{"agent",    text->wanted  },
		{"tags",     text->tags    },
		{"needs",    text->needs   },
		{"priority", text->priority},
	};
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].value)
			buf_printf(&names, "%s%s", names.len ? " " : "", rows[i].name);
	}
	return buf_steal(&names);
}

static int
replace_needs(struct store *store, int64_t id, const int64_t *needs, struct err *err)
{
	int rc =
		sql_run(store, "DELETE FROM needs WHERE task = ?1", SQL_WITH(SQL_INT(id)), err);
	if (rc == 0)
		rc = add_needs(store, id, needs, NULL, 0, err);
	return rc < 0 ? rc : see_circle(store, id, err);
}

static int
write_text(struct store *store, const struct task *task, const struct task_text *text,
	int64_t now, struct err *err)
{
	int priority = text->priority ? *text->priority : task->priority;
	int64_t rank = task->rank;
	int rc = priority == task->priority ? 0
					    : rank_last(store, task->id, priority, &rank, err);
	if (rc < 0)
		return rc;
	char *tags = join_tags(text->tags);
	rc = sql_run(store,
		"UPDATE tasks SET title = coalesce(?2, title), text = coalesce(?3, text),"
		" base = coalesce(?4, base), command = coalesce(?5, command),"
		" wanted = coalesce(?6, wanted), tags = coalesce(?7, tags), priority = ?8,"
		" rank = ?9, version = version + 1, changed_at = ?10 WHERE id = ?1",
		SQL_WITH(SQL_INT(task->id), SQL_TEXT(text->title), SQL_TEXT(text->text),
			SQL_TEXT(text->base), SQL_TEXT(text->check), SQL_TEXT(text->wanted),
			SQL_TEXT(tags), SQL_INT(priority), SQL_INT(rank), SQL_INT(now)),
		err);
	mem_free(tags);
	return rc;
}

static int
edit(struct store *store, const struct task *task, int64_t version,
	const struct task_text *text, const char *actor, int64_t now, struct err *err)
{
	int rc = task_see_version(task, version, err);
	if (rc == 0 && task->state == TASK_MERGED)
		rc = err_set(err, ERR_INVALID,
			"task %lld: it is merged, expected one that is not",
			(long long)task->id);
	if (rc == 0)
		rc = write_text(store, task, text, now, err);
	if (rc == 0 && text->needs)
		rc = replace_needs(store, task->id, text->needs, err);
	if (rc < 0)
		return rc;
	char *changed = name_changed(text);
	rc = event_add(store, "task.edited", task->id, actor, now,
		FACTS({"changed", changed, 0}, {"version", NULL, version + 1}), err);
	mem_free(changed);
	return rc;
}

int
store_edit(struct store *store, int64_t id, int64_t version, const struct task_text *text,
	const char *actor, int64_t now, struct err *err)
{
	struct task task = {0};
	int rc = see_text(text, err);
	if (rc == 0)
		rc = field_word("actor", actor, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	rc = task_load(store, id, &task, err);
	if (rc == 0)
		rc = edit(store, &task, version, text, actor, now, err);
	task_release(&task);
	return store_end(store, rc, err);
}
