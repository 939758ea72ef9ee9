/* SPDX-License-Identifier: MIT */
/* The journal: what several see of one thing is there once. */
#include "cockpit/base_mem.h"
#include "local.h"

static int
see_entry(const struct store_entry *entry, struct err *err)
{
	int rc = field_word("kind", entry->kind, err);
	if (rc == 0)
		rc = field_short("agent", entry->agent, err);
	if (rc == 0)
		rc = field_short("host", entry->host, err);
	if (rc == 0)
		rc = field_text("key", entry->key, err);
	return rc < 0 ? rc : field_text("text", entry->text, err);
}

static int
record(struct store *store, const struct store_entry *entry, struct err *err)
{
	int64_t one;
	int rc = *entry->key ? sql_number(store,
				       "SELECT 1 FROM journal WHERE key = ?1 AND key <> ''"
				       " AND at > ?2",
				       SQL_WITH(SQL_TEXT(entry->key), SQL_INT(entry->since)),
				       &one, err)
			     : 0;
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return sql_run(store,
		"INSERT INTO journal (at, kind, agent, host, key, text)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		SQL_WITH(SQL_INT(entry->at), SQL_TEXT(entry->kind), SQL_TEXT(entry->agent),
			SQL_TEXT(entry->host), SQL_TEXT(entry->key), SQL_TEXT(entry->text)),
		err);
}

int
store_record(struct store *store, const struct store_entry *entries, size_t count, int64_t now,
	struct err *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = see_entry(&entries[i], err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = record(store, &entries[i], err);
	return store_end(store, rc, err);
}

static void
read_row(sqlite3_stmt *stmt, void *row)
{
	*(struct store_entry *)row = (struct store_entry){.id = sqlite3_column_int64(stmt, 0),
		.at = sqlite3_column_int64(stmt, 1),
		.kind = sql_column(stmt, 2),
		.agent = sql_column(stmt, 3),
		.host = sql_column(stmt, 4),
		.text = sql_column(stmt, 5)};
}

/* What there is of rows is the caller's only if all went well. */
static int
give(int rc, struct sql_rows *rows, struct store_entry **ret, size_t *ret_count)
{
	if (rc < 0) {
		store_entries_free(rows->at, rows->count);
		return rc;
	}
	*ret = rows->at;
	*ret_count = rows->count;
	return 0;
}

/* The last rows of the journal that are WHERE, the oldest first; ?1 is how many. */
#define LAST(where)                                                                \
	"SELECT id, at, kind, agent, host, text FROM (SELECT * FROM journal" where \
	" ORDER BY id DESC LIMIT ?1) ORDER BY id"

int
store_entries(struct store *store, const char *agent, size_t max, struct store_entry **ret,
	size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = agent ? sql_list(store, LAST(" WHERE agent = ?2"),
				 SQL_WITH(SQL_MAX(max), SQL_TEXT(agent)), &rows, err)
		       : sql_list(store, LAST(""), SQL_WITH(SQL_MAX(max)), &rows, err);
	return give(rc, &rows, ret, ret_count);
}

int
store_starts(struct store *store, const char *agent, size_t max, struct store_entry **ret,
	size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = sql_list(store, LAST(" WHERE agent = ?2 AND " SQL_STARTS),
		SQL_WITH(SQL_MAX(max), SQL_TEXT(agent)), &rows, err);
	return give(rc, &rows, ret, ret_count);
}

int
store_merges(struct store *store, size_t max, struct store_entry **ret, size_t *ret_count,
	struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = sql_list(store, LAST(" WHERE kind IN ('merged', 'unmerged')"),
		SQL_WITH(SQL_MAX(max)), &rows, err);
	return give(rc, &rows, ret, ret_count);
}

int
store_last_entry(struct store *store, int64_t *ret_id, struct err *err)
{
	store_take_turn(store);
	int rc = sql_number(
		store, "SELECT coalesce(max(id), 0) FROM journal", SQL_ALONE, ret_id, err);
	store_give_turn(store);
	return rc < 0 ? rc : 0;
}

void
store_entry_release(struct store_entry *entry)
{
	mem_free(entry->kind);
	mem_free(entry->agent);
	mem_free(entry->host);
	mem_free(entry->text);
	mem_free(entry->key);
	*entry = (struct store_entry){0};
}

void
store_entries_free(struct store_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_entry_release(&entries[i]);
	mem_free(entries);
}
