/* SPDX-License-Identifier: MIT */
/* The file: made, opened, brought up to date. What is not ours, or newer, is not written to. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "local.h"

#define RETRY_MS 10

/*
 * SQLite would make it for all to read. To close a file ends all locks that this process has on
 * it, those of a store that another thread has just opened too: hence one at a time, and never
 * a file that is there already.
 */
static int
make_file(const char *path, struct err *err)
{
	char *dir = path_dir(path);
	int rc = path_mkdir(dir, err);
	if (rc == 0) {
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0) {
			close(fd);
			path_sync_dir(dir);
		} else if (errno != EEXIST) {
			rc = err_errno(err, "%s: it cannot be made", path);
		}
	}
	mem_free(dir);
	return rc;
}

static int
open_file(struct store *store, const char *path, struct err *err)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	BUG_ON(pthread_mutex_lock(&one) != 0);
	int rc = make_file(path, err);
	if (rc == 0 && sqlite3_open_v2(path, &store->db,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		rc = sql_failed(store, err);
	BUG_ON(pthread_mutex_unlock(&one) != 0);
	return rc;
}

static int
read_version(struct store *store, int64_t *ret, struct err *err)
{
	int rc = sql_number(store, "PRAGMA user_version", SQL_ALONE, ret, err);
	return rc < 0 ? rc : 0;
}

static int
run_script(struct store *store, const char *script, struct err *err)
{
	return sqlite3_exec(store->db, script, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : sql_failed(store, err);
}

/* What says whose it is. */
struct marks {
	int64_t version, mark, tables;
};

/* All as of one moment: another process may be making it. */
static int
read_marks(struct store *store, struct marks *ret, struct err *err)
{
	int rc = run_script(store, "BEGIN", err);
	if (rc < 0)
		return rc;
	rc = read_version(store, &ret->version, err);
	if (rc == 0)
		rc = sql_number(store, "PRAGMA application_id", SQL_ALONE, &ret->mark, err);
	if (rc >= 0)
		rc = sql_number(store, "SELECT count(*) FROM sqlite_schema", SQL_ALONE,
			&ret->tables, err);
	run_script(store, "ROLLBACK", NULL);
	return rc < 0 ? rc : 0;
}

/* Ours, or empty, and not newer than we are. */
static int
see_file(struct store *store, size_t steps, struct err *err)
{
	struct marks found = {0};
	int rc = read_marks(store, &found, err);
	if (rc < 0)
		return rc;
	if (found.mark != STORE_MARK &&
		(found.mark != 0 || found.version != 0 || found.tables != 0))
		return err_set(err, ERR_IO, "%s: it is a database, but no store of cockpit's",
			store->path);
	if (found.version < 0 || found.version > (int64_t)steps)
		return err_set(err, ERR_UNSUPPORTED,
			"%s: it is of a newer cockpit: version %lld, expected %zu at most",
			store->path, (long long)found.version, steps);
	return 0;
}

static int
see_log(struct store *store, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sql_open(store, "PRAGMA journal_mode", SQL_ALONE, &stmt, err);
	if (rc == 0)
		rc = sql_step(store, stmt, err);
	if (rc > 0) {
		char *mode = sql_column(stmt, 0);
		rc = strcmp(mode, "wal") == 0
			     ? 0
			     : err_set(err, ERR_UNSUPPORTED,
				       "%s: its file system cannot hold a log beside it",
				       store->path);
		mem_free(mode);
	}
	sql_done(stmt);
	return rc;
}

/*
 * With a log beside it, which is synced at each commit. Where several open a new file at once,
 * SQLite tells one of them at once that it is busy.
 */
static int
set_up(struct store *store, struct err *err)
{
	static const char script[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				     "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
				     "PRAGMA cell_size_check = ON";
	int64_t end = clock_ms() + STORE_BUSY_MS;
	int rc;
	while ((rc = run_script(store, script, NULL)) == ERR_TIMEOUT && clock_ms() < end)
		sqlite3_sleep(RETRY_MS);
	return rc < 0 ? sql_failed(store, err) : see_log(store, err);
}

/* One step, unless another process did it meanwhile. */
static int
take_step(struct store *store, int64_t from, const char *script, struct err *err)
{
	char mark[96];
	int64_t version = 0;
	snprintf(mark, sizeof(mark), STORE_SET_MARK "; PRAGMA user_version = %lld",
		(long long)from + 1);
	int rc = store_begin(store, 1, err);
	if (rc < 0)
		return rc;
	rc = read_version(store, &version, err);
	if (rc == 0 && version == from) {
		rc = run_script(store, script, err);
		if (rc == 0)
			rc = run_script(store, mark, err);
	}
	return store_end(store, rc, err);
}

static int
bring_up_to_date(struct store *store, const char *const *steps, size_t count, struct err *err)
{
	int64_t version = 0;
	int rc = read_version(store, &version, err);
	for (; rc == 0 && version < (int64_t)count; version++)
		rc = take_step(store, version, steps[version], err);
	return rc;
}

static void
make_turn(pthread_mutex_t *turn)
{
	pthread_mutexattr_t attr;
	BUG_ON(pthread_mutexattr_init(&attr) != 0);
	BUG_ON(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) != 0);
	BUG_ON(pthread_mutex_init(turn, &attr) != 0);
	pthread_mutexattr_destroy(&attr);
}

static struct store *
make(const char *path)
{
	struct store *store = MEM_NEW(struct store);
	struct buf shown = BUF_INIT;
	text_safe(&shown, str_from(path), -1);
	store->path = buf_steal(&shown);
	make_turn(&store->turn);
	return store;
}

int
store_open_steps(const char *path, const char *const *steps, size_t count, struct store **ret,
	struct err *err)
{
	struct store *store = make(path);
	int rc = open_file(store, path, err);
	if (rc == 0) {
		sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
		sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		rc = see_file(store, count, err);
	}
	if (rc == 0)
		rc = set_up(store, err);
	if (rc == 0)
		rc = bring_up_to_date(store, steps, count, err);
	if (rc == 0)
		*ret = store;
	else
		store_close(store);
	return rc;
}

int
store_open(const char *path, struct store **ret, struct err *err)
{
	return store_open_steps(path, store_steps, store_step_count, ret, err);
}

/* Without a log beside it, which could not be made: nobody writes it meanwhile. */
static int
open_as_it_is(struct store *store, const char *path, struct err *err)
{
	struct buf uri = BUF_INIT;
	int64_t version = 0;
	buf_addc(&uri, "file:");
	for (const char *c = path; *c; c++)
		buf_printf(&uri, strchr("%?#", *c) ? "%%%02x" : "%c", (unsigned char)*c);
	buf_addc(&uri, "?immutable=1");
	int rc = sqlite3_open_v2(buf_cstr(&uri), &store->db,
			 SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
			 NULL) == SQLITE_OK
			 ? see_file(store, store_step_count, err)
			 : sql_failed(store, err);
	if (rc == 0)
		rc = read_version(store, &version, err);
	if (rc == 0 && version != (int64_t)store_step_count)
		rc = err_set(err, ERR_UNSUPPORTED,
			"%s: it is of an older cockpit, and may not be written", store->path);
	buf_release(&uri);
	return rc;
}

int
store_open_to_read(const char *path, struct store **ret, struct err *err)
{
	if (access(path, W_OK) == 0 || access(path, R_OK) < 0)
		return store_open(path, ret, err);
	struct store *store = make(path);
	int rc = open_as_it_is(store, path, err);
	if (rc == 0)
		*ret = store;
	else
		store_close(store);
	return rc;
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	sql_forget(store);
	sqlite3_close(store->db);
	BUG_ON(pthread_mutex_destroy(&store->turn) != 0);
	mem_free(store->path);
	mem_free(store);
}
