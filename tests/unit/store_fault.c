/* SPDX-License-Identifier: MIT */
#include "unit/store_fault.h"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

struct fault_file {
	sqlite3_file base;
	bool log;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs, fault_vfs;
static enum fault_kind fault;
static long left;
static bool happened, unsynced;

enum call { CALL_WRITE, CALL_SYNC, CALL_OTHER /* truncate, delete, a lock */ };

#define ON(call) (1u << CALL_##call)

static const struct {
	unsigned calls;
	int code; /* 0: killed */
} kinds[] = {
	[FAULT_NONE] = {0,				0                 },
	[FAULT_KILL] = {ON(WRITE) | ON(SYNC) | ON(OTHER), 0                 },
	[FAULT_TORN] = {ON(WRITE),                        0                 },
	[FAULT_FULL] = {ON(WRITE),                        SQLITE_FULL       },
	[FAULT_WRITE] = {ON(WRITE),                        SQLITE_IOERR_WRITE},
	[FAULT_SYNC] = {ON(SYNC),                         SQLITE_IOERR_FSYNC},
	[FAULT_SYNC_ONCE] = {ON(SYNC),                         SQLITE_IOERR_FSYNC},
};

void
fault_set(enum fault_kind kind, long nth)
{
	fault = kind;
	left = nth;
	happened = false;
}

bool
fault_happened(void)
{
	return happened;
}

bool
fault_unsynced(void)
{
	return unsynced;
}

/* It is time. */
static bool
is_due(enum call call)
{
	return (kinds[fault].calls & 1u << call) != 0 && --left <= 0 &&
	       (fault != FAULT_SYNC_ONCE || left == 0);
}

/* What the call is to return. */
static int
come_to(enum call call)
{
	if (!is_due(call))
		return SQLITE_OK;
	happened = true;
	if (kinds[fault].code == 0)
		kill(getpid(), SIGKILL);
	return kinds[fault].code;
}

static sqlite3_file *
real_of(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

/* --- a file --- */

#define PASS(file, method, ...) (real_of(file)->pMethods->method(real_of(file), __VA_ARGS__))

static int
file_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int
file_read(sqlite3_file *file, void *into, int len, sqlite3_int64 at)
{
	return PASS(file, xRead, into, len, at);
}

static int
file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
	if (fault == FAULT_TORN && left == 1)
		PASS(file, xWrite, bytes, len / 2, at);
	int rc = come_to(CALL_WRITE);
	if (rc == SQLITE_OK && ((struct fault_file *)file)->log)
		unsynced = true;
	return rc == SQLITE_OK ? PASS(file, xWrite, bytes, len, at) : rc;
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 len)
{
	int rc = come_to(CALL_OTHER);
	return rc == SQLITE_OK ? PASS(file, xTruncate, len) : rc;
}

static int
file_sync(sqlite3_file *file, int flags)
{
	int rc = come_to(CALL_SYNC);
	if (rc == SQLITE_OK && ((struct fault_file *)file)->log)
		unsynced = false;
	return rc == SQLITE_OK ? PASS(file, xSync, flags) : rc;
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	return PASS(file, xFileSize, ret);
}

static int
file_lock(sqlite3_file *file, int level)
{
	return PASS(file, xLock, level);
}

static int
file_unlock(sqlite3_file *file, int level)
{
	return PASS(file, xUnlock, level);
}

static int
file_reserved(sqlite3_file *file, int *ret)
{
	return PASS(file, xCheckReservedLock, ret);
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	return PASS(file, xFileControl, op, arg);
}

static int
file_sector(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int
file_traits(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int
file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
	return PASS(file, xShmMap, page, size, extend, ret);
}

static int
file_shm_lock(sqlite3_file *file, int at, int count, int flags)
{
	come_to(CALL_OTHER);
	return PASS(file, xShmLock, at, count, flags);
}

static void
file_shm_barrier(sqlite3_file *file)
{
	come_to(CALL_OTHER);
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int
file_shm_unmap(sqlite3_file *file, int remove)
{
	return PASS(file, xShmUnmap, remove);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* --- the file system --- */

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	struct fault_file *ours = (struct fault_file *)file;
	(void)vfs;
	ours->real = (sqlite3_file *)(ours + 1);
	ours->log = (flags & SQLITE_OPEN_WAL) != 0;
	int rc = real_vfs->xOpen(real_vfs, name, ours->real, flags, ret_flags);
	ours->base.pMethods = ours->real->pMethods ? &methods : NULL;
	return rc;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	int rc = come_to(CALL_OTHER);
	(void)vfs;
	return rc == SQLITE_OK ? real_vfs->xDelete(real_vfs, name, sync_dir) : rc;
}

void
fault_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	fault_vfs = *real_vfs;
	fault_vfs.zName = "fault";
	fault_vfs.pNext = NULL;
	fault_vfs.szOsFile += (int)sizeof(struct fault_file);
	fault_vfs.xOpen = vfs_open;
	fault_vfs.xDelete = vfs_delete;
	sqlite3_vfs_register(&fault_vfs, 1);
}
