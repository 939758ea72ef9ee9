/* SPDX-License-Identifier: MIT */
/* Comments on agents' work that were not sent yet. */
#include "cockpit/base_mem.h"
#include "local.h"

static int
see_comment(const struct store_comment *comment, struct err *err)
{
	int rc = field_name("host", comment->host, err);
	if (rc == 0)
		rc = field_name("agent", comment->agent, err);
	if (rc == 0 && (comment->id == 0 || comment->line < 1 || !comment->text[0]))
		rc = err_set(err, ERR_INVALID,
			"a comment: expected an id, a line from 1 on, and a text");
	if (rc == 0)
		rc = field_text("path", comment->path, err);
	if (rc == 0)
		rc = field_text("anchor", comment->anchor, err);
	return rc < 0 ? rc : field_text("text", comment->text, err);
}

static int
see_room(struct store *store, int64_t id, struct err *err)
{
	int64_t count = 0;
	int rc = sql_number(store, "SELECT count(*) FROM comments WHERE id <> ?1",
		SQL_WITH(SQL_INT(id)), &count, err);
	if (rc > 0 && count >= STORE_COMMENTS_MAX)
		return err_set(err, ERR_LIMIT, "there are %lld comments, expected %d at most",
			(long long)count + 1, STORE_COMMENTS_MAX);
	return rc < 0 ? rc : 0;
}

static int
keep(struct store *store, const struct store_comment *comment, int64_t now, struct err *err)
{
	int rc = see_room(store, comment->id, err);
	if (rc < 0)
		return rc;
	return sql_run(store,
		"INSERT INTO comments (id, at, host, agent, path, old, line, anchor, text)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET"
		" at = ?2, host = ?3, agent = ?4, path = ?5, old = ?6, line = ?7, anchor = ?8,"
		" text = ?9",
		SQL_WITH(SQL_INT(comment->id), SQL_INT(now), SQL_TEXT(comment->host),
			SQL_TEXT(comment->agent), SQL_TEXT(comment->path),
			SQL_INT(comment->old), SQL_INT(comment->line),
			SQL_TEXT(comment->anchor), SQL_TEXT(comment->text)),
		err);
}

int
store_comment(
	struct store *store, const struct store_comment *comment, int64_t now, struct err *err)
{
	int rc = see_comment(comment, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	return rc < 0 ? rc : store_end(store, keep(store, comment, now, err), err);
}

int
store_uncomment(
	struct store *store, const int64_t *ids, size_t count, int64_t now, struct err *err)
{
	int rc = store_begin(store, now, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = sql_run(store, "DELETE FROM comments WHERE id = ?1",
			SQL_WITH(SQL_INT(ids[i])), err);
	return store_end(store, rc, err);
}

static void
read_row(sqlite3_stmt *stmt, void *row)
{
	*(struct store_comment *)row =
		(struct store_comment){.id = sqlite3_column_int64(stmt, 0),
			.host = sql_column(stmt, 1),
			.agent = sql_column(stmt, 2),
			.path = sql_column(stmt, 3),
			.old = sqlite3_column_int(stmt, 4) != 0,
			.line = sqlite3_column_int(stmt, 5),
			.anchor = sql_column(stmt, 6),
			.text = sql_column(stmt, 7)};
}

int
store_comments(
	struct store *store, struct store_comment **ret, size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = sql_list(store,
		"SELECT id, host, agent, path, old, line, anchor, text FROM comments"
		" ORDER BY host, agent, path, line, old, id",
		SQL_ALONE, &rows, err);
	if (rc < 0) {
		store_comments_free(rows.at, rows.count);
		return rc;
	}
	*ret = rows.at;
	*ret_count = rows.count;
	return 0;
}

void
store_comment_release(struct store_comment *comment)
{
	mem_free(comment->host);
	mem_free(comment->agent);
	mem_free(comment->path);
	mem_free(comment->anchor);
	mem_free(comment->text);
	*comment = (struct store_comment){0};
}

void
store_comments_free(struct store_comment *comments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_comment_release(&comments[i]);
	mem_free(comments);
}
