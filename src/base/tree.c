/* SPDX-License-Identifier: MIT */
/*
 * Removing a tree that we made. Names are taken relative to open directories
 * and links are never followed, so that somebody who swaps a folder for a link
 * meanwhile cannot lead us outside.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"

#define DEPTH_MAX 128

static int
remove_at(int dir, const char *name, int depth)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (depth > DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	DIR *list = fdopendir(fd);
	if (!list) {
		close(fd);
		return -1;
	}
	int rc = 0;
	const struct dirent *entry;
	while ((entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (remove_at(dirfd(list), entry->d_name, depth + 1) < 0)
			rc = -1;
	}
	closedir(list);
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : rc;
}

int
path_remove_tree(const char *path, struct err *err)
{
	return remove_at(AT_FDCWD, path, 0) < 0 ? err_errno(err, "cannot remove %s", path) : 0;
}
