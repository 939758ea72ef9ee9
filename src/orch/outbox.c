/* SPDX-License-Identifier: MIT */
/*
 * A file is written whole and synced before its prompt is sent, and removed when its sender
 * knows what became of it. So what lies there unlocked was left by one who was killed, and may
 * have arrived or not; its id makes it harmless to send it again.
 *
 *	cockpit-prompt 1 LENGTH\nID\nAGENT\nHOST\nUID\nTIME\nTEXT
 */
#define _DEFAULT_SOURCE /* flock */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "local.h"

#define MAGIC     "cockpit-prompt 1 "
#define ENTRY_MAX (2u << 20)
#define PART_S    60 /* nobody writes for so long at one */

void
outbox_release(struct outbox_entry *entry)
{
	mem_free(entry->id);
	mem_free(entry->agent);
	mem_free(entry->host);
	mem_free(entry->uid);
	buf_release(&entry->text);
	if (entry->fd >= 0)
		close(entry->fd);
	entry->fd = -1;
}

/* What was opened may have been removed since, and another one be there. */
static bool
is_still(int fd, const char *file)
{
	struct stat mine, there;
	return fstat(fd, &mine) == 0 && lstat(file, &there) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* Does somebody deliver it at this moment? */
static bool
is_owned(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool owned = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (fd >= 0)
		close(fd);
	return owned;
}

/* Under another name until it is whole and locked: nobody sees half of it. */
static int
write_entry(const char *dir, const char *file, struct outbox_entry *entry, struct err *err)
{
	struct buf text = BUF_INIT;
	char *name = mem_printf(".%s.%ld", entry->id, (long)getpid());
	char *part = path_join(dir, name);
	buf_printf(&text, MAGIC "%zu\n%s\n%s\n%s\n%s\n%lld\n", entry->text.len, entry->id,
		entry->agent, entry->host, entry->uid, (long long)entry->at);
	buf_add(&text, buf_str(&entry->text));
	int fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), rc = 0;
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ||
		path_write_fd(fd, buf_str(&text)) < 0 || fsync(fd) < 0 ||
		rename(part, file) < 0) {
		rc = err_errno(err, "%s: the prompt could not be kept", file);
		unlink(part);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	entry->fd = fd;
	mem_free(name);
	mem_free(part);
	buf_release(&text);
	return rc;
}

int
outbox_put(const char *dir, struct outbox_entry *entry, struct err *err)
{
	int rc;
	entry->fd = -1;
	if (!dir)
		return 0;
	char *file = path_join(dir, entry->id);
	if (is_owned(file))
		rc = err_set(err, ERR_EXISTS, "prompt %s is being sent already", entry->id);
	else
		rc = write_entry(dir, file, entry, err);
	if (rc == 0)
		path_sync_dir(dir);
	mem_free(file);
	return rc;
}

void
outbox_drop(const char *dir, struct outbox_entry *entry)
{
	if (dir && entry->fd >= 0) {
		char *file = path_join(dir, entry->id);
		if (is_still(entry->fd, file))
			unlink(file);
		mem_free(file);
		close(entry->fd);
	}
	entry->fd = -1;
}

char *
outbox_set_aside(const char *dir, struct outbox_entry *entry)
{
	char *unsent, *to, *name;
	if (!dir || entry->fd < 0)
		return NULL;
	unsent = path_join(dir, "unsent");
	name = mem_printf("%s-%s.txt", entry->agent, entry->id);
	to = path_join(unsent, name);
	if (path_mkdir(unsent, NULL) < 0 ||
		path_write(to, buf_str(&entry->text), 0600, NULL) < 0) {
		mem_free(to);
		to = NULL;
	}
	mem_free(unsent);
	mem_free(name);
	return to;
}

static char *
take_line(struct str *rest)
{
	struct str line = str_cut(rest, '\n');
	return mem_strndup(line.ptr, line.len);
}

static bool
parse(struct str bytes, struct outbox_entry *ret)
{
	uint64_t len, at;
	struct str head = str_cut(&bytes, '\n');
	if (!str_starts(head, STR(MAGIC)) ||
		!str_to_u64(str_slice(head, sizeof(MAGIC) - 1, head.len), ENTRY_MAX, &len))
		return false;
	ret->id = take_line(&bytes);
	ret->agent = take_line(&bytes);
	ret->host = take_line(&bytes);
	ret->uid = take_line(&bytes);
	if (!str_to_u64(str_cut(&bytes, '\n'), (uint64_t)1 << 40, &at) || bytes.len != len)
		return false;
	ret->at = (int64_t)at;
	buf_add(&ret->text, bytes);
	return str_is_name(str_from(ret->id)) && len > 0;
}

/* True: *ret holds it and its lock. */
static bool
open_entry(const char *file, struct outbox_entry *ret)
{
	struct buf bytes = BUF_INIT;
	*ret = (struct outbox_entry){.fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
	if (ret->fd < 0)
		return false;
	/* Its owner lives, or was done just now. */
	if (flock(ret->fd, LOCK_EX | LOCK_NB) < 0 || !is_still(ret->fd, file)) {
		outbox_release(ret);
		return false;
	}
	bool good =
		path_read(file, ENTRY_MAX, &bytes, NULL) == 0 && parse(buf_str(&bytes), ret);
	buf_release(&bytes);
	if (!good) {
		unlink(file);
		outbox_release(ret);
	}
	return good;
}

/* Begun by one who was killed: nothing of it was sent. */
static void
drop_part(const char *file)
{
	struct stat st;
	if (lstat(file, &st) == 0 && S_ISREG(st.st_mode) && clock_wall() - st.st_mtime > PART_S)
		unlink(file);
}

bool
outbox_next(const char *dir, struct outbox_entry *ret)
{
	DIR *folder = dir ? opendir(dir) : NULL;
	bool found = false;
	for (struct dirent *e; folder && !found && (e = readdir(folder));) {
		char *file = path_join(dir, e->d_name);
		if (e->d_name[0] == '.')
			drop_part(file);
		else
			found = str_is_name(str_from(e->d_name)) && !path_is_dir(file) &&
				open_entry(file, ret);
		mem_free(file);
	}
	if (folder)
		closedir(folder);
	return found;
}
