/* SPDX-License-Identifier: MIT */
#include "trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_text.h"

static int
check_owner(int fd, const char *shown, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(err, "%s", shown);
	if (!S_ISREG(st.st_mode))
		return err_set(
			err, ERR_CONFIG, "%s: found no regular file, expected one", shown);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, ERR_CONFIG,
			"%s: found a file of user %lu, expected one of yours or of root; if "
			"you "
			"trust it, copy it and use the copy",
			shown, (unsigned long)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, ERR_CONFIG,
			"%s: found a file that others may write (mode %04o), expected one that "
			"only "
			"its owner may; run: chmod go-w '%s'",
			shown, (unsigned)(st.st_mode & 07777), shown);
	return 0;
}

static int
read_all(int fd, const char *shown, size_t max, struct buf *into, struct err *err)
{
	size_t before = into->len;
	for (;;) {
		char block[16384];
		ssize_t n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "%s", shown);
		if (n == 0)
			return 0;
		if (into->len - before + (size_t)n > max)
			return err_set(err, ERR_LIMIT,
				"%s: found more than %zu bytes, expected less", shown, max);
		buf_add(into, (struct str){block, (size_t)n});
	}
}

int
trusted_read(const char *file, size_t max, struct buf *into, struct err *err)
{
	struct buf shown = BUF_INIT;
	text_safe(&shown, str_from(file), 400);
	/* Checked and read through one descriptor, so that nobody can swap it in between. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	int rc = 0;
	if (fd < 0) {
		int code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
		err_errno(err, "%s", buf_cstr(&shown));
		if (err)
			err->code = code;
		rc = code;
	} else {
		rc = check_owner(fd, buf_cstr(&shown), err);
		if (rc == 0)
			rc = read_all(fd, buf_cstr(&shown), max, into, err);
		close(fd);
	}
	buf_release(&shown);
	return rc;
}
