/* SPDX-License-Identifier: MIT */
/* What grows without end loses its oldest part. */
#include "local.h"

/* The newest ?2, if they are of ?1 or later; but how an agent was started last stays: it may be
 * brought back after any time. So it is no beginning that goes. */
#define PRUNE_JOURNAL                                                             \
	"DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE id <"      \
	" max((SELECT max(id) FROM journal) + 1 - ?2,"                            \
	" coalesce((SELECT id FROM journal WHERE at >= ?1 ORDER BY id LIMIT 1),"  \
	" (SELECT max(id) FROM journal) + 1))"                                    \
	" AND NOT (" SQL_STARTS " AND id = (SELECT max(id) FROM journal AS other" \
	" WHERE other.agent = journal.agent AND other." SQL_STARTS ")) ORDER BY id LIMIT ?3)"

/* Rows in the order in which they came, so that it is a beginning that goes: up to the first
 * one that is new enough, or to the last. */
#define PRUNE_EVENTS                                                              \
	"DELETE FROM events WHERE seq < min((SELECT min(seq) FROM events) + ?3,"  \
	" (SELECT max(seq) FROM events),"                                         \
	" max((SELECT max(seq) FROM events) + 1 - ?2,"                            \
	" coalesce((SELECT seq FROM events WHERE at >= ?1 ORDER BY seq LIMIT 1)," \
	" (SELECT max(seq) FROM events) + 1)))"

static int
prune(struct store *store, int64_t before, size_t keep, size_t max, size_t *ret,
	struct err *err)
{
	int64_t at_most = (int64_t)max;
	int rc = sql_run(store, PRUNE_JOURNAL,
		SQL_WITH(SQL_INT(before), SQL_INT((int64_t)keep), SQL_INT(at_most)), err);
	size_t count = rc < 0 ? 0 : (size_t)sqlite3_changes(store->db);
	if (rc == 0)
		rc = sql_run(store, PRUNE_EVENTS,
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
