/* SPDX-License-Identifier: MIT */
/* Messages: they wait until somebody has taken them. */
#include "cockpit/base_mem.h"
#include "local.h"

static int
say(struct store *store, const char *from, const char *to, const char *text, int64_t now,
	int64_t *ret, struct err *err)
{
	int rc = sql_run(store,
		"INSERT INTO messages (at, sender, receiver, text, taken_at)"
		" VALUES (?1, ?2, ?3, ?4, 0)",
		SQL_WITH(SQL_INT(now), SQL_TEXT(from), SQL_TEXT(to), SQL_TEXT(text)), err);
	if (rc < 0)
		return rc;
	*ret = sqlite3_last_insert_rowid(store->db);
	return event_add(store, "message.said", 0, from, now,
		FACTS({"message", NULL, *ret}, {"to", to, 0}), err);
}

int
store_say(struct store *store, const char *from, const char *to, const char *text, int64_t now,
	int64_t *ret_id, struct err *err)
{
	int64_t id = 0;
	int rc = field_party("from", from, err);
	if (rc == 0)
		rc = field_party("to", to, err);
	if (rc == 0 && (!text || !*text))
		rc = err_set(err, ERR_INVALID, "text: found none, expected some");
	if (rc == 0)
		rc = field_text("text", text, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc == 0)
		rc = store_end(store, say(store, from, to, text, now, &id, err), err);
	if (rc == 0 && ret_id)
		*ret_id = id;
	return rc;
}

static void
read_row(sqlite3_stmt *stmt, void *row)
{
	*(struct store_message *)row =
		(struct store_message){.id = sqlite3_column_int64(stmt, 0),
			.at = sqlite3_column_int64(stmt, 1),
			.from = sql_column(stmt, 2),
			.to = sql_column(stmt, 3),
			.text = sql_column(stmt, 4)};
}

int
store_messages(struct store *store, const char *to, size_t max, struct store_message **ret,
	size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = sql_list(store,
		"SELECT id, at, sender, receiver, text FROM messages"
		" WHERE taken_at = 0 AND receiver IN (?1, ?2) ORDER BY id LIMIT ?3",
		SQL_WITH(SQL_TEXT(to), SQL_TEXT(who_agent(to)), SQL_MAX(max)), &rows, err);
	if (rc < 0) {
		store_messages_free(rows.at, rows.count);
		return rc;
	}
	*ret = rows.at;
	*ret_count = rows.count;
	return 0;
}

static int
take(struct store *store, int64_t id, int64_t now, struct err *err)
{
	int64_t before = 0;
	int rc = sql_number(store, "SELECT taken_at FROM messages WHERE id = ?1",
		SQL_WITH(SQL_INT(id)), &before, err);
	if (rc == 0)
		return err_set(
			err, ERR_NOT_FOUND, "message %lld: there is none", (long long)id);
	if (rc > 0 && before != 0)
		return err_set(
			err, ERR_CHANGED, "message %lld: it was taken before", (long long)id);
	if (rc > 0)
		rc = sql_run(store, "UPDATE messages SET taken_at = ?2 WHERE id = ?1",
			SQL_WITH(SQL_INT(id), SQL_INT(now)), err);
	return rc < 0 ? rc
		      : event_add(store, "message.taken", 0, "cockpit", now,
				FACTS({"message", NULL, id}), err);
}

int
store_taken(struct store *store, int64_t id, int64_t now, struct err *err)
{
	int rc = store_begin(store, now, err);
	return rc < 0 ? rc : store_end(store, take(store, id, now, err), err);
}

void
store_message_release(struct store_message *message)
{
	mem_free(message->from);
	mem_free(message->to);
	mem_free(message->text);
	*message = (struct store_message){0};
}

void
store_messages_free(struct store_message *messages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_message_release(&messages[i]);
	mem_free(messages);
}
