/* SPDX-License-Identifier: MIT */
/* What grows without end loses its oldest part. */
#include "local.h"

/* Rows in the order in which they came, so that it is a beginning that goes: up to the first
 * one that is new enough. */
#define PRUNE(table, id, last)                                                               \
	"DELETE FROM " table " WHERE " id " < min((SELECT min(" id ") FROM " table ") + ?3," \
	" (SELECT max(" id ") FROM " table ") + 1 - " last ","                               \
	" max((SELECT max(" id ") FROM " table ") + 1 - ?2,"                                 \
	" coalesce((SELECT " id " FROM " table " WHERE at >= ?1 ORDER BY " id " LIMIT 1),"   \
	" (SELECT max(" id ") FROM " table ") + 1)))"

static int
prune(struct store *store, int64_t before, size_t keep, size_t max, size_t *ret,
	struct err *err)
{
	int64_t at_most = (int64_t)max;
	int rc = sql_run(store, PRUNE("journal", "id", "0"),
		SQL_WITH(SQL_INT(before), SQL_INT((int64_t)keep), SQL_INT(at_most)), err);
	size_t count = rc < 0 ? 0 : (size_t)sqlite3_changes(store->db);
	if (rc == 0)
		rc = sql_run(store, PRUNE("events", "seq", "1"),
			SQL_WITH(SQL_INT(before), SQL_INT((int64_t)keep), SQL_INT(at_most)),
			err);
	count += rc < 0 ? 0 : (size_t)sqlite3_changes(store->db);
	/* Of agents alone: what is imported once is no agent's. */
	if (rc == 0)
		rc = sql_run(store,
			"DELETE FROM asks WHERE (asker, number) IN (SELECT asker, number"
			" FROM asks WHERE at < ?1 AND instr(asker, '/') ORDER BY at LIMIT ?2)",
			SQL_WITH(SQL_INT(before), SQL_INT(at_most)), err);
	count += rc < 0 ? 0 : (size_t)sqlite3_changes(store->db);
	*ret = count;
	return rc;
}

int
store_prune(struct store *store, int64_t before, size_t keep, size_t max, int64_t now,
	size_t *ret_count, struct err *err)
{
	size_t count = 0;
	int rc = store_begin(store, now, err);
	if (rc == 0)
		rc = store_end(store, prune(store, before, keep, max, &count, err), err);
	if (rc == 0 && ret_count)
		*ret_count = count;
	return rc;
}
