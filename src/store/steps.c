/* SPDX-License-Identifier: MIT */
/*
 * What is in the file. A step that was released is never changed: what is new is a step more.
 *
 * Nothing is ever removed from tasks, checks and messages, and no number is given twice
 * (AUTOINCREMENT) where old rows go (prune.c): a number means one thing for ever.
 */
#include "local.h"

static const char first[] =
	"CREATE TABLE tasks ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" title TEXT NOT NULL,"
	" text TEXT NOT NULL,"
	" base TEXT NOT NULL,"
	" command TEXT NOT NULL," /* that checks it */
	" wanted TEXT NOT NULL,"
	" owner TEXT NOT NULL,"
	" why TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" tags TEXT NOT NULL," /* a line each, an empty one in front; empty for none */
	" priority INTEGER NOT NULL,"
	" rank INTEGER NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),"
	" attempts INTEGER NOT NULL,"
	" version INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" lease_until INTEGER NOT NULL,"
	" created_at INTEGER NOT NULL,"
	" changed_at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX tasks_order ON tasks (" SQL_IN_ORDER ");"
	"CREATE INDEX tasks_next ON tasks (state, priority DESC, rank);"
	"CREATE INDEX tasks_rank ON tasks (priority, rank);"
	"CREATE INDEX tasks_owner ON tasks (owner) WHERE lease_until <> 0;"
	"CREATE INDEX tasks_lease ON tasks (lease_until) WHERE lease_until <> 0;"
	"CREATE TABLE needs ("
	" task INTEGER NOT NULL REFERENCES tasks,"
	" need INTEGER NOT NULL REFERENCES tasks,"
	" PRIMARY KEY (task, need)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE events ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at INTEGER NOT NULL,"
	" task INTEGER REFERENCES tasks,"
	" kind TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" text TEXT NOT NULL) STRICT;"
	"CREATE TABLE checks ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" host TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" tree TEXT NOT NULL,"
	" command TEXT NOT NULL,"
	" task INTEGER REFERENCES tasks,"
	" status INTEGER NOT NULL,"
	" started_at INTEGER NOT NULL,"
	" ended_at INTEGER NOT NULL," /* 0: it runs */
	" passed INTEGER NOT NULL,"
	" failed INTEGER NOT NULL,"
	" skipped INTEGER NOT NULL,"
	" names TEXT NOT NULL,"
	" words TEXT NOT NULL,"
	" log TEXT NOT NULL) STRICT;"
	"CREATE INDEX checks_agent ON checks (host, agent);"
	"CREATE INDEX checks_running ON checks (host, agent) WHERE ended_at = 0;"
	"CREATE TABLE messages ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at INTEGER NOT NULL,"
	" sender TEXT NOT NULL,"
	" receiver TEXT NOT NULL,"
	" text TEXT NOT NULL,"
	" taken_at INTEGER NOT NULL) STRICT;" /* 0: not yet */
	"CREATE INDEX messages_waiting ON messages (receiver) WHERE taken_at = 0;"
	"CREATE TABLE asks ("
	" asker TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" answer TEXT," /* NULL: none yet */
	" locked_until INTEGER NOT NULL,"
	" PRIMARY KEY (asker, number)) STRICT, WITHOUT ROWID;";

/* locked_until of asks is used no more: what is asked is done and answered in one change. */
static const char second[] =
	"CREATE TABLE journal ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at INTEGER NOT NULL,"
	" kind TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" host TEXT NOT NULL,"
	" key TEXT NOT NULL," /* empty: none */
	" text TEXT NOT NULL) STRICT;"
	"CREATE INDEX journal_agent ON journal (agent);"
	"CREATE INDEX journal_key ON journal (key, at) WHERE key <> '';"
	"CREATE TABLE comments ("
	" id INTEGER PRIMARY KEY," /* whoever writes it chose it */
	" at INTEGER NOT NULL,"
	" host TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" old INTEGER NOT NULL,"
	" line INTEGER NOT NULL,"
	" anchor TEXT NOT NULL,"
	" text TEXT NOT NULL) STRICT;"
	"ALTER TABLE asks ADD COLUMN at INTEGER NOT NULL DEFAULT 0;"
	"UPDATE asks SET at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;"
	"CREATE INDEX asks_at ON asks (at);";

const char *const store_steps[] = {first, second};
const size_t store_step_count = sizeof(store_steps) / sizeof(store_steps[0]);
