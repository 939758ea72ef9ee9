/*
 * store/local: what the files of this floor share; SQLite goes no further.
 *
 * A function that writes is store_begin(), then a static one that does it with all checks that
 * need the file, then store_end(). One that reads holds the turn around one statement, which
 * sees one state of the file.
 */
#ifndef COCKPIT_STORE_LOCAL_H
#define COCKPIT_STORE_LOCAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "cockpit/base_err.h"
#include "cockpit/store_store.h"

#define STORE_TIME_MAX ((int64_t)1 << 52) /* two of them can be added */
#define STORE_SQL_MAX  96                 /* statements in the source */
#define STORE_MARK     1667985012         /* "cknt": whose database it is */
#define STORE_SET_MARK "PRAGMA application_id = 1667985012"

struct store {
	pthread_mutex_t turn; /* may be taken again by whoever has it: store_together() */
	int depth;            /* changes that are under way, one in the other */
	sqlite3 *db;
	char *path; /* as it can be shown */
	struct {
		const char *text;
		sqlite3_stmt *stmt;
	} kept[STORE_SQL_MAX];
	size_t kept_count;
};

/* --- sql.c --- */

struct sql_value {
	enum { SQL_NULL, SQL_NUMBER, SQL_CSTR } kind;
	int64_t number;
	const char *text; /* lives until the statement is done; NULL: NULL */
};

#define SQL_INT(n)  ((struct sql_value){.kind = SQL_NUMBER, .number = (n)})
#define SQL_ID(n)   ((n) ? SQL_INT(n) : (struct sql_value){0}) /* 0: none */
#define SQL_MAX(n)  SQL_INT((n) ? (int64_t)(n) : -1)           /* 0: all */
#define SQL_TEXT(c) ((struct sql_value){.kind = SQL_CSTR, .text = (c)})
#define SQL_WITH(...)                            \
	(const struct sql_value[]){__VA_ARGS__}, \
		sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)
#define SQL_ALONE NULL, 0

/* What SQLite complains of last, in our words. */
int sql_failed(struct store *store, struct err *err);
/* text must be a literal: it is known by its address, and kept. The values are bound to ?1, ?2,
 * … To be closed by sql_done(). */
int sql_open(struct store *store, const char *text, const struct sql_value *values,
	size_t count, sqlite3_stmt **ret, struct err *err);
/* 1: a row; 0: no more; negative: an error. */
int sql_step(struct store *store, sqlite3_stmt *stmt, struct err *err);
void sql_done(sqlite3_stmt *stmt); /* accepts NULL */
int sql_run(struct store *store, const char *text, const struct sql_value *values, size_t count,
	struct err *err);
/* The first column of the first row; else as sql_step(). */
int sql_number(struct store *store, const char *text, const struct sql_value *values,
	size_t count, int64_t *ret, struct err *err);
/* What a statement gives, in an array that grows; the caller frees it, after an error too. */
struct sql_rows {
	size_t size; /* of one */
	void (*read)(sqlite3_stmt *stmt, void *row);
	void *at;
	size_t count;
};

/* Takes its turn. */
int sql_list(struct store *store, const char *text, const struct sql_value *values,
	size_t count, struct sql_rows *rows, struct err *err);
/* Of one row, "" for NULL; the caller's. */
char *sql_column(sqlite3_stmt *stmt, int column);
void sql_forget(struct store *store); /* all that is kept */

/* Its turn, and the file's write lock; within another change a part of it, which can be undone
 * alone. Where it fails there is nothing to end. */
int store_begin(struct store *store, int64_t now, struct err *err);
/* rc 0: it is kept, or else returns why not. Negative: nothing of it is; returns it. */
int store_end(struct store *store, int rc, struct err *err);
void store_take_turn(struct store *store);
void store_give_turn(struct store *store);

/* --- store.c --- */

/* steps[n] makes version n + 1 of version n. */
int store_open_steps(const char *path, const char *const *steps, size_t count,
	struct store **ret, struct err *err);
extern const char *const store_steps[];
extern const size_t store_step_count;

/* --- field.c: what may stand where; what names it in the error --- */

int field_text(const char *what, const char *text, struct err *err); /* NULL is fine */
/* One line without control characters, not empty. */
int field_line(const char *what, const char *text, size_t max, struct err *err);
int field_word(const char *what, const char *word, struct err *err);
int field_name(const char *what, const char *name, struct err *err);
int field_who(const char *what, const char *who, struct err *err);    /* HOST/AGENT */
int field_short(const char *what, const char *text, struct err *err); /* anything, or "" */
/* An agent's name, HOST/AGENT, "operator". */
int field_party(const char *what, const char *party, struct err *err);
int field_span(const char *what, int64_t ms, struct err *err);
/* AGENT of HOST/AGENT, all of a name; borrowed. */
const char *who_agent(const char *who);

/* --- task.c --- */

/* As the file has them, in its indexes too: never renumbered. See state.c. */
#define SQL_QUEUED  "0"
#define SQL_CLAIMED "1"
#define SQL_WORKING "2"
#define SQL_MERGED  "6"
/* As store_tasks() has them: an index is in the same words, so that nothing is sorted. */
#define SQL_OVER "state IN (6, 7, 8)"
#define SQL_IN_ORDER                                                             \
	SQL_OVER ", CASE WHEN " SQL_OVER " THEN -changed_at ELSE -priority END," \
		 " CASE WHEN " SQL_OVER " THEN 0 ELSE rank END, id"

/* ERR_NOT_FOUND. */
int task_load(struct store *store, int64_t id, struct task *ret, struct err *err);
int task_exists(struct store *store, int64_t id, struct err *err);
int task_see_version(const struct task *task, int64_t version, struct err *err);

/* --- move.c --- */

/* With its event; no questions asked. */
int task_move(struct store *store, const struct task *task, enum task_state to, const char *why,
	const char *actor, int64_t now, struct err *err);

/* --- journal.c --- */

/* Rows that say how an agent was started. */
#define SQL_STARTS "kind IN ('start', 'resume', 'hired')"

/* --- rank.c --- */

/* Behind all others of that priority. */
int rank_last(struct store *store, int64_t id, int priority, int64_t *ret, struct err *err);

/* --- event.c --- */

struct fact {
	const char *key, *text; /* text NULL: the number */
	int64_t number;
};

#define FACTS(...)                          \
	(const struct fact[]){__VA_ARGS__}, \
		sizeof((const struct fact[]){__VA_ARGS__}) / sizeof(struct fact)

int event_add(struct store *store, const char *kind, int64_t task, const char *actor,
	int64_t now, const struct fact *facts, size_t count, struct err *err);

#endif
