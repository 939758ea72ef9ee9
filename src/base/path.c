/* SPDX-License-Identifier: MIT */
#include "cockpit/base_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

static const char *
home(void)
{
	const char *dir = getenv("HOME");
	if (dir && dir[0] == '/')
		return dir;
	const struct passwd *pw = getpwuid(getuid());
	return pw && pw->pw_dir ? pw->pw_dir : "/";
}

static char *
xdg_dir(const char *variable, const char *fallback)
{
	/* The specification says that relative values are to be ignored. */
	const char *dir = getenv(variable);
	if (dir && dir[0] == '/')
		return path_join(dir, "cockpit");
	char *base = path_join(home(), fallback);
	char *ret = path_join(base, "cockpit");
	mem_free(base);
	return ret;
}

char *
path_config_dir(void)
{
	return xdg_dir("XDG_CONFIG_HOME", ".config");
}

char *
path_state_dir(void)
{
	return xdg_dir("XDG_STATE_HOME", ".local/state");
}

/* Others may have been there before us, in /tmp: whose it is counts, not that it is. */
static int
make_private(const char *path, struct err *err)
{
	struct stat st;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_errno(err, "cannot make folder %s", path);
	if (lstat(path, &st) < 0)
		return err_errno(err, "%s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(err, ERR_IO,
			"%s: expected a folder that is yours and that others cannot look into",
			path);
	return 0;
}

int
path_runtime_dir(size_t max, char **ret, struct err *err)
{
	static const char *const places[] = {"XDG_RUNTIME_DIR", "TMPDIR", NULL};
	struct err why = ERR_INIT;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *base = places[i] ? getenv(places[i]) : "/tmp";
		if (!base || base[0] != '/')
			continue;
		char *path =
			i == 0 ? path_join(base, "cockpit")
			       : mem_printf("%s/cockpit-%lu", base, (unsigned long)geteuid());
		int rc = strlen(path) <= max
				 ? make_private(path, &why)
				 : err_set(&why, ERR_LIMIT,
					   "%s: too long for the path of a socket", path);
		if (rc == 0) {
			*ret = path;
			return 0;
		}
		mem_free(path);
	}
	return err_set(err, why.code, "%s", why.text);
}

char *
path_join(const char *dir, const char *name)
{
	if (name[0] == '/')
		return mem_strdup(name);
	size_t len = strlen(dir);
	return mem_printf("%s%s%s", dir, len && dir[len - 1] == '/' ? "" : "/", name);
}

char *
path_expand(const char *path)
{
	if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
		return mem_strdup(path);
	return path[1] ? path_join(home(), path + 2) : mem_strdup(home());
}

int
path_real(const char *path, char **ret, struct err *err)
{
	char *real = realpath(path, NULL);
	if (!real) {
		int code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
		err_errno(err, "%s", path);
		if (err)
			err->code = code;
		return code;
	}
	*ret = mem_strdup(real);
	free(real);
	return 0;
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *
path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return mem_strdup(".");
	return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

bool
path_exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

bool
path_is_dir(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Dates are those of the kernel's clock, which may stand still for some milliseconds. */
static bool
is_fresh(const struct stat *st, time_t now)
{
	return (st->st_mtime >= now - 1 && st->st_mtime <= now + 1) ||
	       (st->st_ctime >= now - 1 && st->st_ctime <= now + 1);
}

uint64_t
path_stamp(const char *path)
{
	struct stat st = {0};
	if (stat(path, &st) == 0 && is_fresh(&st, (time_t)clock_wall()))
		return 0;
	const uint64_t facts[] = {(uint64_t)st.st_ino, (uint64_t)st.st_size,
		(uint64_t)st.st_mode, (uint64_t)st.st_uid, (uint64_t)st.st_mtim.tv_sec,
		(uint64_t)st.st_mtim.tv_nsec, (uint64_t)st.st_ctim.tv_sec,
		(uint64_t)st.st_ctim.tv_nsec};
	return str_hash(str_hash(STR_HASH_INIT, str_from(path)),
		(struct str){(const char *)facts, sizeof(facts)});
}

int
path_mkdir(const char *path, struct err *err)
{
	if (path_is_dir(path))
		return 0;
	char *parent = path_dir(path);
	int rc = strcmp(parent, path) == 0 ? 0 : path_mkdir(parent, err);
	mem_free(parent);
	if (rc < 0)
		return rc;
	/* Somebody else may have been quicker; but a file is no folder. */
	if (mkdir(path, 0700) < 0 && !(errno == EEXIST && path_is_dir(path)))
		return err_errno(err, "cannot make folder %s", path);
	return 0;
}

int
path_read(const char *path, size_t max, struct buf *into, struct err *err)
{
	size_t before = into->len;
	int rc = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		int code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
		err_errno(err, "%s", path);
		if (err)
			err->code = code;
		return code;
	}
	for (;;) {
		char chunk[16384];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = err_errno(err, "%s", path);
		if (n <= 0)
			break;
		if (into->len - before + (size_t)n > max) {
			rc = err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, max);
			break;
		}
		rc = buf_add(into, (struct str){chunk, (size_t)n});
		if (rc < 0) {
			err_set(err, rc, "%s: too large", path);
			break;
		}
	}
	if (rc < 0)
		buf_truncate(into, before);
	close(fd);
	return rc;
}

int
path_write_fd(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes = str_slice(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

void
path_sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

int
path_write(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	char *dir = path_dir(path);
	char *tmp = mem_printf("%s/.%s.%ld.tmp", dir, path_base(path), (long)getpid());
	int rc = 0;
	unlink(tmp);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
	if (fd < 0) {
		rc = err_errno(err, "%s", path);
		goto out;
	}
	if (path_write_fd(fd, bytes) < 0 || fsync(fd) < 0)
		rc = err_errno(err, "%s", path);
	if (close(fd) < 0 && rc == 0)
		rc = err_errno(err, "%s", path);
	if (rc == 0 && rename(tmp, path) < 0)
		rc = err_errno(err, "%s", path);
	if (rc < 0) {
		unlink(tmp);
		goto out;
	}
	path_sync_dir(dir);
out:
	mem_free(tmp);
	mem_free(dir);
	return rc;
}
