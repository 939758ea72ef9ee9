/* SPDX-License-Identifier: MIT */
/* What happened, in the order in which it was kept: writers take turns, so there are no gaps.
 */
#include <string.h>

#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "local.h"

static int
insert(struct store *store, int64_t task, const char *kind, const char *actor, const char *text,
	int64_t now, struct err *err)
{
	return sql_run(store,
		"INSERT INTO events (at, task, kind, actor, text) VALUES (?1, ?2, ?3, ?4, ?5)",
		SQL_WITH(SQL_INT(now), SQL_ID(task), SQL_TEXT(kind), SQL_TEXT(actor),
			SQL_TEXT(text)),
		err);
}

int
event_add(struct store *store, const char *kind, int64_t task, const char *actor, int64_t now,
	const struct fact *facts, size_t count, struct err *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&text, false);
	json_write_object(&w, NULL);
	for (size_t i = 0; i < count; i++) {
		if (facts[i].text)
			json_write_cstr(&w, facts[i].key, facts[i].text);
		else
			json_write_int(&w, facts[i].key, facts[i].number);
	}
	json_write_close(&w);
	json_writer_end(&w);
	buf_truncate(&text, text.len - 1); /* its newline */
	int rc = insert(store, task, kind, actor, buf_cstr(&text), now, err);
	buf_release(&text);
	return rc;
}

static int
note(struct store *store, int64_t task, const char *kind, const char *actor, const char *text,
	int64_t now, int64_t *ret_seq, struct err *err)
{
	int rc = task ? task_exists(store, task, err) : 0;
	if (rc == 0)
		rc = insert(store, task, kind, actor, text, now, err);
	if (rc == 0)
		*ret_seq = sqlite3_last_insert_rowid(store->db);
	return rc;
}

int
store_note(struct store *store, int64_t task, const char *kind, const char *actor,
	struct str text, int64_t now, int64_t *ret_seq, struct err *err)
{
	int64_t seq = 0;
	int rc = field_word("kind", kind, err);
	if (rc == 0)
		rc = field_word("actor", actor, err);
	if (rc < 0)
		return rc;
	if (text.len > 0 && memchr(text.ptr, 0, text.len))
		return err_set(err, ERR_INVALID, "text: found a NUL, expected text");
	char *copy = mem_strndup(text.ptr, text.len);
	rc = field_text("text", copy, err);
	if (rc == 0)
		rc = store_begin(store, now, err);
	if (rc == 0)
		rc = store_end(
			store, note(store, task, kind, actor, copy, now, &seq, err), err);
	if (rc == 0 && ret_seq)
		*ret_seq = seq;
	mem_free(copy);
	return rc;
}

static void
read_row(sqlite3_stmt *stmt, void *row)
{
	*(struct store_event *)row = (struct store_event){.seq = sqlite3_column_int64(stmt, 0),
		.at = sqlite3_column_int64(stmt, 1),
		.task = sqlite3_column_int64(stmt, 2),
		.kind = sql_column(stmt, 3),
		.actor = sql_column(stmt, 4),
		.text = sql_column(stmt, 5)};
}

int
store_events(struct store *store, int64_t after, size_t max, struct store_event **ret,
	size_t *ret_count, struct err *err)
{
	struct sql_rows rows = {.size = sizeof(**ret), .read = read_row};
	int rc = sql_list(store,
		"SELECT seq, at, task, kind, actor, text FROM events WHERE seq > ?1"
		" ORDER BY seq LIMIT ?2",
		SQL_WITH(SQL_INT(after), SQL_MAX(max)), &rows, err);
	if (rc < 0) {
		store_events_free(rows.at, rows.count);
		return rc;
	}
	*ret = rows.at;
	*ret_count = rows.count;
	return 0;
}

int
store_last(struct store *store, int64_t *ret_seq, struct err *err)
{
	store_take_turn(store);
	int rc = sql_number(
		store, "SELECT coalesce(max(seq), 0) FROM events", SQL_ALONE, ret_seq, err);
	store_give_turn(store);
	return rc < 0 ? rc : 0;
}

void
store_event_release(struct store_event *event)
{
	mem_free(event->kind);
	mem_free(event->actor);
	mem_free(event->text);
	*event = (struct store_event){0};
}

void
store_events_free(struct store_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_event_release(&events[i]);
	mem_free(events);
}
