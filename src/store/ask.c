/* SPDX-License-Identifier: MIT */
/* What an agent asks for is seen more than once, in more than one process, and done once. */
#include "cockpit/base_mem.h"
#include "local.h"

/* 1: it was asked before; *ret_answer NULL: and has no answer yet. */
static int
load(struct store *store, const char *asker, int64_t number, char **ret_answer,
	int64_t *ret_until, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sql_open(store,
		"SELECT answer, locked_until FROM asks WHERE asker = ?1 AND number = ?2",
		SQL_WITH(SQL_TEXT(asker), SQL_INT(number)), &stmt, err);
	if (rc == 0)
		rc = sql_step(store, stmt, err);
	if (rc > 0) {
		bool answered = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
		*ret_answer = answered ? sql_column(stmt, 0) : NULL;
		*ret_until = sqlite3_column_int64(stmt, 1);
	}
	sql_done(stmt);
	return rc;
}

static int
ask(struct store *store, const char *asker, int64_t number, int64_t until, int64_t now,
	char **ret_answer, struct err *err)
{
	int64_t locked = 0;
	int rc = load(store, asker, number, ret_answer, &locked, err);
	if (rc < 0 || *ret_answer)
		return rc < 0 ? rc : 0;
	if (rc > 0 && locked > now)
		return err_set(
			err, ERR_BUSY, "request %lld: it is being answered", (long long)number);
	return sql_run(store,
		"INSERT INTO asks (asker, number, answer, locked_until) VALUES (?1, ?2, NULL, "
		"?3)"
		" ON CONFLICT DO UPDATE SET locked_until = ?3",
		SQL_WITH(SQL_TEXT(asker), SQL_INT(number), SQL_INT(until)), err);
}

int
store_asked(struct store *store, const char *asker, int64_t number, int64_t lock_ms,
	int64_t now, char **ret_answer, struct err *err)
{
	char *answer = NULL;
	int rc = field_word("asker", asker, err);
	if (rc == 0)
		rc = field_span("lock", lock_ms, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc == 0)
		rc = store_end(store,
			ask(store, asker, number, now + lock_ms, now, &answer, err), err);
	if (rc == 0)
		*ret_answer = answer;
	else
		mem_free(answer);
	return rc;
}

static int
answer_it(struct store *store, const char *asker, int64_t number, const char *answer,
	struct err *err)
{
	char *before = NULL;
	int64_t locked;
	int rc = load(store, asker, number, &before, &locked, err);
	bool answered = before != NULL;
	mem_free(before);
	if (rc == 0)
		return err_set(
			err, ERR_NOT_FOUND, "request %lld: nobody asked", (long long)number);
	if (rc > 0 && answered)
		return err_set(err, ERR_CHANGED, "request %lld: it was answered before",
			(long long)number);
	return rc < 0 ? rc
		      : sql_run(store,
				"UPDATE asks SET answer = ?3 WHERE asker = ?1 AND number = ?2",
				SQL_WITH(SQL_TEXT(asker), SQL_INT(number), SQL_TEXT(answer)),
				err);
}

int
store_answered(struct store *store, const char *asker, int64_t number, const char *answer,
	int64_t now, struct err *err)
{
	int rc = answer ? field_text("answer", answer, err)
			: err_set(err, ERR_INVALID, "answer: found none, expected one");
	if (rc == 0)
		rc = field_word("asker", asker, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	return rc < 0 ? rc
		      : store_end(store, answer_it(store, asker, number, answer, err), err);
}
