/*
 * base_path: files and the places where cockpit keeps them.
 *
 * Directories are made 0700, files 0600. Strings returned are the caller's
 * (mem_free).
 */
#ifndef COCKPIT_BASE_PATH_H
#define COCKPIT_BASE_PATH_H

#include "cockpit/base_buf.h"

struct err;

/* $XDG_CONFIG_HOME/cockpit, $XDG_STATE_HOME/cockpit with their defaults. */
char *path_config_dir(void);
char *path_state_dir(void);
/*
 * A folder for sockets: $XDG_RUNTIME_DIR/cockpit, else cockpit-UID in $TMPDIR or /tmp, made and
 * seen to be ours alone. Of max bytes at most, since the path of a socket has little room.
 */
int path_runtime_dir(size_t max, char **ret, struct err *err);
/* dir + "/" + name; name alone when it is absolute. */
char *path_join(const char *dir, const char *name);
/* A leading "~" or "~/" becomes $HOME. */
char *path_expand(const char *path);
/* Absolute, links resolved; ERR_NOT_FOUND, ERR_IO. */
int path_real(const char *path, char **ret, struct err *err);
/* What stands after the last "/"; borrowed from path. */
const char *path_base(const char *path);
char *path_dir(const char *path);
bool path_exists(const char *path);
bool path_is_dir(const char *path);
/*
 * Another one after the file was changed, replaced, made or removed. 0: it changed so lately
 * that its dates may be the same after the next change.
 */
uint64_t path_stamp(const char *path);
/* With all parents, 0700. */
int path_mkdir(const char *path, struct err *err);
/* Appends the file; ERR_NOT_FOUND, ERR_LIMIT past max, ERR_IO. */
int path_read(const char *path, size_t max, struct buf *into, struct err *err);
/* Old or new, never torn: temporary file beside it, fsync, rename. */
int path_write(const char *path, struct str bytes, unsigned mode, struct err *err);
/* All of it, whatever interrupts; negative with errno set. */
int path_write_fd(int fd, struct str bytes);
/* What was made or renamed in it outlives a power cut, where the file system can say so. */
void path_sync_dir(const char *dir);
/* Removes a directory tree that we made; does not follow links. */
int path_remove_tree(const char *path, struct err *err);

#endif
