/* SPDX-License-Identifier: MIT */
/* Checks: one runs, or ran, for an agent's work. */
#include <string.h>

#include "cockpit/base_mem.h"
#include "local.h"

#define STATUS_NONE    -1 /* it runs */
#define STATUS_CUT_OFF -3
#define STATUS_LEAST   -4 /* cancelled */

static int
add_end(struct store *store, int64_t id, int64_t task, const char *host, const char *agent,
	int status, int64_t now, struct err *err)
{
	return event_add(store, "check.ended", task, "cockpit", now,
		FACTS({"check", NULL, id}, {"host", host, 0}, {"agent", agent, 0},
			{"status", NULL, status}),
		err);
}

/* --- it begins --- */

/* One alone can run: whoever watched the other is gone. */
static int
cut_off(struct store *store, const struct store_check *check, int64_t now, struct err *err)
{
	int64_t id = 0, task = 0;
	int rc = sql_number(store,
		"SELECT id FROM checks WHERE host = ?1 AND agent = ?2 AND ended_at = 0",
		SQL_WITH(SQL_TEXT(check->host), SQL_TEXT(check->agent)), &id, err);
	if (rc > 0)
		rc = sql_number(store,
			"UPDATE checks SET status = ?2, ended_at = ?3 WHERE id = ?1"
			" RETURNING coalesce(task, 0)",
			SQL_WITH(SQL_INT(id), SQL_INT(STATUS_CUT_OFF), SQL_INT(now)), &task,
			err);
	if (rc <= 0)
		return rc;
	return add_end(store, id, task, check->host, check->agent, STATUS_CUT_OFF, now, err);
}

static int
begin(struct store *store, const struct store_check *check, int64_t now, int64_t *ret,
	struct err *err)
{
	int rc = check->task ? task_exists(store, check->task, err) : 0;
	if (rc == 0)
		rc = cut_off(store, check, now, err);
	if (rc == 0)
		rc = sql_run(store,
			"INSERT INTO checks (host, agent, tree, command, task, status,"
			" started_at, ended_at, passed, failed, skipped, names, words, log)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, -1, -1, -1, '', '',"
			" coalesce(?8, ''))",
			SQL_WITH(SQL_TEXT(check->host), SQL_TEXT(check->agent),
				SQL_TEXT(check->tree), SQL_TEXT(check->command),
				SQL_ID(check->task), SQL_INT(STATUS_NONE), SQL_INT(now),
				SQL_TEXT(check->log)),
			err);
	if (rc < 0)
		return rc;
	*ret = sqlite3_last_insert_rowid(store->db);
	return event_add(store, "check.began", check->task, "cockpit", now,
		FACTS({"check", NULL, *ret}, {"host", check->host, 0},
			{"agent", check->agent, 0}),
		err);
}

static int
see_agent(const char *agent, struct err *err)
{
	if (str_starts(str_from(agent), STR(STORE_TRIAL)))
		agent += strlen(STORE_TRIAL);
	return field_name("agent", agent, err);
}

int
store_check_begin(struct store *store, const struct store_check *check, int64_t now,
	int64_t *ret_id, struct err *err)
{
	int64_t id = 0;
	int rc = field_name("host", check->host, err);
	if (rc == 0)
		rc = see_agent(check->agent, err);
	if (rc == 0)
		rc = field_word("tree", check->tree, err);
	if (rc == 0 && !check->command)
		rc = err_set(err, ERR_INVALID, "command: found none, expected one");
	if (rc == 0)
		rc = field_text("command", check->command, err);
	if (rc == 0)
		rc = field_text("log", check->log, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc == 0)
		rc = store_end(store, begin(store, check, now, &id, err), err);
	if (rc == 0 && ret_id)
		*ret_id = id;
	return rc;
}

/* --- it ends --- */

struct running {
	char *host, *agent;
	int64_t task, ended_at;
};

static int
load(struct store *store, int64_t id, struct running *ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sql_open(store, "SELECT host, agent, task, ended_at FROM checks WHERE id = ?1",
		SQL_WITH(SQL_INT(id)), &stmt, err);
	if (rc == 0)
		rc = sql_step(store, stmt, err);
	if (rc > 0)
		*ret = (struct running){.host = sql_column(stmt, 0),
			.agent = sql_column(stmt, 1),
			.task = sqlite3_column_int64(stmt, 2),
			.ended_at = sqlite3_column_int64(stmt, 3)};
	else if (rc == 0)
		rc = err_set(err, ERR_NOT_FOUND, "check %lld: there is none", (long long)id);
	sql_done(stmt);
	return rc < 0 ? rc : 0;
}

static int
write_end(struct store *store, const struct store_check *check, int64_t now, struct err *err)
{
	return sql_run(store,
		"UPDATE checks SET status = ?2, passed = ?3, failed = ?4, skipped = ?5,"
		" names = coalesce(?6, names), words = coalesce(?7, words),"
		" log = coalesce(?8, log), ended_at = ?9 WHERE id = ?1",
		SQL_WITH(SQL_INT(check->id), SQL_INT(check->status), SQL_INT(check->passed),
			SQL_INT(check->failed), SQL_INT(check->skipped), SQL_TEXT(check->names),
			SQL_TEXT(check->words), SQL_TEXT(check->log), SQL_INT(now)),
		err);
}

static int
end(struct store *store, const struct store_check *check, int64_t now, struct err *err)
{
	struct running was = {0};
	int rc = load(store, check->id, &was, err);
	if (rc == 0 && was.ended_at != 0)
		rc = err_set(
			err, ERR_CHANGED, "check %lld: it ended before", (long long)check->id);
	if (rc == 0)
		rc = write_end(store, check, now, err);
	if (rc == 0)
		rc = add_end(store, check->id, was.task, was.host, was.agent, check->status,
			now, err);
	mem_free(was.host);
	mem_free(was.agent);
	return rc;
}

int
store_check_end(
	struct store *store, const struct store_check *check, int64_t now, struct err *err)
{
	int rc = 0;
	if (check->status < STATUS_LEAST || check->status == STATUS_NONE)
		rc = err_set(err, ERR_INVALID,
			"status: found %d, expected an exit status, or -4 to -2",
			check->status);
	if (rc == 0)
		rc = field_text("names", check->names, err);
	if (rc == 0)
		rc = field_text("words", check->words, err);
	if (rc == 0)
		rc = field_text("log", check->log, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	return rc < 0 ? rc : store_end(store, end(store, check, now, err), err);
}

/* --- they are read --- */

static void
read_row(sqlite3_stmt *stmt, void *row)
{
	*(struct store_check *)row = (struct store_check){.id = sqlite3_column_int64(stmt, 0),
		.host = sql_column(stmt, 1),
		.agent = sql_column(stmt, 2),
		.tree = sql_column(stmt, 3),
		.command = sql_column(stmt, 4),
		.task = sqlite3_column_int64(stmt, 5),
		.status = sqlite3_column_int(stmt, 6),
		.started_at = sqlite3_column_int64(stmt, 7),
		.ended_at = sqlite3_column_int64(stmt, 8),
		.passed = sqlite3_column_int(stmt, 9),
		.failed = sqlite3_column_int(stmt, 10),
		.skipped = sqlite3_column_int(stmt, 11),
		.names = sql_column(stmt, 12),
		.words = sql_column(stmt, 13),
		.log = sql_column(stmt, 14)};
}

int
store_checks(struct store *store, const char *host, const char *agent, size_t max,
	struct store_check **ret, size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = sql_list(store,
		"SELECT id, host, agent, tree, command, task, status, started_at, ended_at,"
		" passed, failed, skipped, names, words, log FROM checks"
		" WHERE (?1 IS NULL OR host = ?1) AND (?2 IS NULL OR agent = ?2)"
		" ORDER BY id DESC LIMIT ?3",
		SQL_WITH(SQL_TEXT(host), SQL_TEXT(agent), SQL_MAX(max)), &rows, err);
	if (rc < 0) {
		store_checks_free(rows.at, rows.count);
		return rc;
	}
	*ret = rows.at;
	*ret_count = rows.count;
	return 0;
}

void
store_check_release(struct store_check *check)
{
	mem_free(check->host);
	mem_free(check->agent);
	mem_free(check->tree);
	mem_free(check->command);
	mem_free(check->names);
	mem_free(check->words);
	mem_free(check->log);
	*check = (struct store_check){0};
}

void
store_checks_free(struct store_check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_check_release(&checks[i]);
	mem_free(checks);
}
