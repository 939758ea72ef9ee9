/* SPDX-License-Identifier: MIT */
/* What an agent asks for is seen more than once, in more than one process, and done once. */
#include "local.h"

int
store_asked(struct store *store, const char *asker, int64_t number, char **ret_answer,
	struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = field_word("asker", asker, err);
	if (rc < 0)
		return rc;
	store_take_turn(store);
	rc = sql_open(store,
		"SELECT answer FROM asks WHERE asker = ?1 AND number = ?2"
		" AND answer IS NOT NULL",
		SQL_WITH(SQL_TEXT(asker), SQL_INT(number)), &stmt, err);
	if (rc == 0)
		rc = sql_step(store, stmt, err);
	if (rc >= 0)
		*ret_answer = rc > 0 ? sql_column(stmt, 0) : NULL;
	sql_done(stmt);
	store_give_turn(store);
	return rc < 0 ? rc : 0;
}

static int
answer_it(struct store *store, const char *asker, int64_t number, const char *answer,
	int64_t now, struct err *err)
{
	int64_t one;
	int rc = sql_number(store,
		"INSERT INTO asks (asker, number, answer, locked_until, at)"
		" VALUES (?1, ?2, ?3, 0, ?4)"
		" ON CONFLICT DO UPDATE SET answer = ?3, at = ?4 WHERE answer IS NULL"
		" RETURNING 1",
		SQL_WITH(SQL_TEXT(asker), SQL_INT(number), SQL_TEXT(answer), SQL_INT(now)),
		&one, err);
	if (rc == 0)
		return err_set(err, ERR_CHANGED, "request %lld: it was answered before",
			(long long)number);
	return rc < 0 ? rc : 0;
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
		      : store_end(
				store, answer_it(store, asker, number, answer, now, err), err);
}
