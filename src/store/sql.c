/* SPDX-License-Identifier: MIT */
/* Statements, whose texts are ours alone and whose values are bound; what they are done in. */
#include <string.h>

#include "cockpit/base_mem.h"
#include "local.h"

static const struct {
	int code, ours;
	const char *words;
} complaints[] = {
	{SQLITE_BUSY,     ERR_TIMEOUT, "another program kept it for too long"   },
	{SQLITE_FULL,     ERR_IO,      "there is no room left on its disk"      },
	{SQLITE_CORRUPT,  ERR_IO,      "it is damaged"                          },
	{SQLITE_NOTADB,   ERR_IO,      "it is damaged, or no store of cockpit's"},
	{SQLITE_READONLY, ERR_IO,      "it may not be written"                  },
	{SQLITE_CANTOPEN, ERR_IO,      "it cannot be opened"                    },
	{SQLITE_IOERR,    ERR_IO,      "the system refused to read or write it" },
};

int
sql_failed(struct store *store, struct err *err)
{
	int code = sqlite3_errcode(store->db) & 0xff, system = sqlite3_system_errno(store->db);
	const char *words = "an error of the store";
	int ours = ERR_IO;
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		if (complaints[i].code == code) {
			words = complaints[i].words;
			ours = complaints[i].ours;
		}
	}
	if (system != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
		return err_set(err, ours, "%s: %s: %s", store->path, words, strerror(system));
	return err_set(err, ours, "%s: %s (%s)", store->path, words, sqlite3_errmsg(store->db));
}

static int
find(struct store *store, const char *text, sqlite3_stmt **ret, struct err *err)
{
	sqlite3_stmt *stmt;
	for (size_t i = 0; i < store->kept_count; i++) {
		if (store->kept[i].text == text) {
			*ret = store->kept[i].stmt;
			return 0;
		}
	}
	if (sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
		SQLITE_OK)
		return sql_failed(store, err);
	BUG_ON(store->kept_count == STORE_SQL_MAX);
	store->kept[store->kept_count].text = text;
	store->kept[store->kept_count++].stmt = stmt;
	*ret = stmt;
	return 0;
}

static int
bind_value(sqlite3_stmt *stmt, int place, const struct sql_value *value)
{
	switch (value->kind) {
	case SQL_NULL:
		return sqlite3_bind_null(stmt, place);
	case SQL_NUMBER:
		return sqlite3_bind_int64(stmt, place, value->number);
	case SQL_CSTR:
		return sqlite3_bind_text(stmt, place, value->text, -1, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

int
sql_open(struct store *store, const char *text, const struct sql_value *values, size_t count,
	sqlite3_stmt **ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = find(store, text, &stmt, err);
	if (rc < 0)
		return rc;
	BUG_ON(sqlite3_stmt_busy(stmt));
	for (size_t i = 0; i < count; i++) {
		if (bind_value(stmt, (int)i + 1, &values[i]) != SQLITE_OK)
			return sql_failed(store, err);
	}
	*ret = stmt;
	return 0;
}

int
sql_step(struct store *store, sqlite3_stmt *stmt, struct err *err)
{
	int rc = sqlite3_step(stmt);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : sql_failed(store, err);
}

void
sql_done(sqlite3_stmt *stmt)
{
	if (stmt) {
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
	}
}

int
sql_number(struct store *store, const char *text, const struct sql_value *values, size_t count,
	int64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sql_open(store, text, values, count, &stmt, err);
	if (rc == 0)
		rc = sql_step(store, stmt, err);
	if (rc > 0)
		*ret = sqlite3_column_int64(stmt, 0);
	sql_done(stmt);
	return rc;
}

int
sql_run(struct store *store, const char *text, const struct sql_value *values, size_t count,
	struct err *err)
{
	int64_t none;
	int rc = sql_number(store, text, values, count, &none, err);
	return rc < 0 ? rc : 0;
}

int
sql_list(struct store *store, const char *text, const struct sql_value *values, size_t count,
	struct sql_rows *rows, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	store_take_turn(store);
	int rc = sql_open(store, text, values, count, &stmt, err);
	while (rc == 0 && (rc = sql_step(store, stmt, err)) > 0) {
		rows->at = mem_room(rows->at, rows->count, rows->size);
		rows->read(stmt, (char *)rows->at + rows->count++ * rows->size);
		rc = 0;
	}
	sql_done(stmt);
	store_give_turn(store);
	return rc;
}

char *
sql_column(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_text(stmt, column);
	return mem_strndup(bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, column));
}

void
sql_forget(struct store *store)
{
	for (size_t i = 0; i < store->kept_count; i++)
		sqlite3_finalize(store->kept[i].stmt);
	store->kept_count = 0;
}

/* --- turns and transactions --- */

void
store_take_turn(struct store *store)
{
	BUG_ON(pthread_mutex_lock(&store->turn) != 0);
}

void
store_give_turn(struct store *store)
{
	BUG_ON(pthread_mutex_unlock(&store->turn) != 0);
}

int
store_begin(struct store *store, int64_t now, struct err *err)
{
	if (now <= 0 || now > STORE_TIME_MAX)
		return err_set(err, ERR_INVALID,
			"now: found %lld, expected milliseconds since 1970", (long long)now);
	store_take_turn(store);
	int rc;
	if (store->depth > 0 && sqlite3_get_autocommit(store->db))
		rc = err_set(err, ERR_IO, "%s: what this is a part of was undone", store->path);
	else if (store->depth > 0)
		rc = sql_run(store, "SAVEPOINT part", SQL_ALONE, err);
	else
		/* The write lock at once: one that reads first might find that others wrote
		 * since. */
		rc = sql_run(store, "BEGIN IMMEDIATE", SQL_ALONE, err);
	if (rc < 0)
		store_give_turn(store);
	else
		store->depth++;
	return rc;
}

/*
 * What was written for a change whose sync failed lies in the log, whole, where nobody looks
 * unless all are killed now: then it would come true after all. So something that says nothing
 * is written over it. Only where that fails as well does it stay: a disk that takes nothing.
 */
static void
write_over(struct store *store)
{
	sqlite3_exec(store->db, STORE_SET_MARK, NULL, NULL, NULL);
}

static int
end_part(struct store *store, int rc, struct err *err)
{
	/* Some errors have undone all of it already. */
	if (rc < 0 && sqlite3_get_autocommit(store->db))
		return rc;
	if (rc < 0)
		sql_run(store, "ROLLBACK TO part", SQL_ALONE, NULL);
	int released = sql_run(store, "RELEASE part", SQL_ALONE, rc < 0 ? NULL : err);
	return rc < 0 ? rc : released;
}

static int
end_all(struct store *store, int rc, struct err *err)
{
	bool kept = rc == 0;
	if (kept)
		rc = sql_run(store, "COMMIT", SQL_ALONE, err);
	/* Some errors have undone it already. */
	if (rc < 0 && !sqlite3_get_autocommit(store->db))
		sql_run(store, "ROLLBACK", SQL_ALONE, NULL);
	if (kept && rc < 0)
		write_over(store);
	return rc;
}

int
store_end(struct store *store, int rc, struct err *err)
{
	rc = --store->depth > 0 ? end_part(store, rc, err) : end_all(store, rc, err);
	store_give_turn(store);
	return rc;
}

int
store_together(struct store *store, int64_t now, int (*change)(void *ctx, struct err *err),
	void *ctx, struct err *err)
{
	int rc = store_begin(store, now, err);
	return rc < 0 ? rc : store_end(store, change(ctx, err), err);
}
