/* SPDX-License-Identifier: MIT */
#include "cockpit/base_log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_err.h"

#define LOG_SIZE_MAX (16L << 20)

static int log_fd = -1;
static enum log_level log_max;
static off_t log_size;

int
log_open(const char *path, enum log_level max, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		int rc = err_errno(err, "log %s", path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	log_close();
	log_fd = fd;
	log_max = max;
	log_size = st.st_size;
	return 0;
}

void
log_close(void)
{
	if (log_fd >= 0)
		close(log_fd);
	log_fd = -1;
}

void
log_write(enum log_level level, const char *module, const char *fmt, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	char line[2048];
	if (log_fd < 0 || level > log_max || log_size > LOG_SIZE_MAX)
		return;
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	size_t len = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%SZ ", &tm);
	len += (size_t)snprintf(
		line + len, sizeof(line) - len, "%s %s: ", names[level], module);
	va_list ap;
	va_start(ap, fmt);
	int more = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	len += more < 0 ? 0 : (size_t)more;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	/* A full disk must not disturb the work: the log is then cut. */
	ssize_t written = write(log_fd, line, len);
	log_size += written > 0 ? written : 0;
	if (log_size > LOG_SIZE_MAX) {
		static const char last[] = "log is full: nothing more is written\n";
		written = write(log_fd, last, sizeof(last) - 1);
		(void)written;
	}
}
