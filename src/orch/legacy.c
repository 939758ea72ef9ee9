/* SPDX-License-Identifier: MIT */
/*
 * Before the store had them, the journal, what was answered and comments were files beside it;
 * what cannot be written into it now is left in such files too.
 * Each is renamed first, so that an earlier cockpit that runs still begins another one; what is
 * in it becomes one change of the store together with the word that it is there; then it is
 * renamed again. One who is killed in between doubles nothing.
 */
#define _DEFAULT_SOURCE /* flock */
#define LOG_MODULE      "legacy"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/store_store.h"
#include "ledger.h"
#include "local.h"

#define UNDER_WAY ".importing"
#define DONE      ".imported"
#define BYTES_MAX (80u << 20)
#define LEAVE_MAX (16 << 20) /* then nothing more is left */
#define ASKER     "import"   /* no agent: those have a host */

struct import {
	struct store *store;
	struct str text;
	uint64_t hash;
	int64_t now;
	const char *name;
	size_t taken, left;
	/* One of these: of a file of lines, or of comments. */
	const char *kind; /* of lines that have none; NULL: each has one */
	int (*take)(struct import *import, struct err *err);
};

static void
count_one(struct import *import, int rc)
{
	if (rc == 0)
		import->taken++;
	else
		import->left++;
}

/* What one line is wrong with is wrong for ever: the others go on. An error of the disk is not
 * that line's. */
static int
see_rc(struct import *import, int rc, const struct err *why, struct err *err)
{
	count_one(import, rc);
	if (rc < 0 && rc != ERR_INVALID && rc != ERR_LIMIT) {
		*err = *why;
		return rc;
	}
	return 0;
}

static int
take_lines(struct import *import, struct err *err)
{
	struct str rest = import->text;
	int rc = 0;
	while (rc == 0 && rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		struct store_entry entry = {0};
		struct err why = ERR_INIT;
		if (line.len == 0)
			continue;
		if (!journal_parse(line, import->kind, &entry)) {
			import->left++;
			continue;
		}
		rc = store_record(import->store, &entry, 1, import->now, &why);
		rc = see_rc(import, rc, &why, err);
		store_entry_release(&entry);
	}
	return rc;
}

static const struct json_row comment_rows[] = {
	{"agent",  JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct store_comment, agent),  1,
         64,											   NULL, "an agent"   },
	{"host",   JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct store_comment, host),   1,
         64,											   NULL, "its host"   },
	{"path",   JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct store_comment, path),   1,
         4096,											 NULL, "a file"     },
	{"old",    JSON_KIND_BOOL,    0,                 offsetof(struct store_comment, old),    0, 0, NULL,
         "whether it was removed"											 },
	{"line",   JSON_KIND_INTEGER, JSON_ROW_REQUIRED, offsetof(struct store_comment, line),   1,
         INT_MAX,										      NULL, "a line"     },
	{"anchor", JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct store_comment, anchor),
         0,											 0, NULL, "its text"   },
	{"text",   JSON_KIND_STRING,  JSON_ROW_REQUIRED, offsetof(struct store_comment, text),   1,
         65536,											NULL, "the comment"},
};

static int
take_comments(struct import *import, struct err *err)
{
	struct json_doc *doc;
	struct err why = ERR_INIT;
	int rc = 0;
	if (json_doc_parse(import->name, import->text, &doc, &why) < 0) {
		import->left++;
		return 0;
	}
	for (const struct json *it = json_first(json_doc_root(doc)); rc == 0 && it;
		it = json_next(it)) {
		struct store_comment comment = {0};
		rc = json_read(it, comment_rows, sizeof(comment_rows) / sizeof(comment_rows[0]),
			&comment, &why);
		comment.id = (int64_t)((import->hash + import->taken) >> 1) + 1;
		if (rc == 0)
			rc = store_comment(import->store, &comment, import->now, &why);
		else
			rc = ERR_INVALID;
		rc = see_rc(import, rc, &why, err);
		store_comment_release(&comment);
	}
	json_doc_free(doc);
	return rc;
}

/* A text that is not UTF-8 stands beside what JSON has of it, each byte as the code point of
 * that number (comments.c). */
static int
take_bytes(const struct json *line, const char *key, char **text, struct err *why)
{
	const struct json *it = json_find(line, key);
	struct buf bytes = BUF_INIT;
	if (!it)
		return 0;
	struct str rest = str_from(json_kind(it) == JSON_KIND_STRING ? json_to_cstr(it) : "");
	uint32_t cp = 1;
	while (rest.len > 0 && (cp = text_next(&rest)) <= 0xff)
		buf_byte(&bytes, (char)cp);
	if (cp <= 0xff) {
		mem_free(*text);
		*text = mem_strdup(buf_cstr(&bytes));
	}
	buf_release(&bytes);
	return cp <= 0xff ? 0 : err_set(why, ERR_INVALID, "%s: expected bytes", key);
}

/* One that was not to be had, as the store would have taken it. */
static int
take_left(struct import *import, const struct json *line, struct err *why)
{
	const struct json *id = json_find(line, "id"), *it = json_find(line, "comment");
	struct store_comment comment = {0};
	uint64_t number = 0;
	if (!id || json_kind(id) != JSON_KIND_STRING ||
		!str_to_u64(str_from(json_to_cstr(id)), UINT64_MAX, &number))
		return err_set(why, ERR_INVALID, "found no id");
	comment.id = (int64_t)number;
	if (!it)
		return store_uncomment(import->store, &comment.id, 1, import->now, why);
	int rc = json_read(it, comment_rows, sizeof(comment_rows) / sizeof(comment_rows[0]),
		&comment, why);
	if (rc == 0)
		rc = take_bytes(line, "path_bytes", &comment.path, why);
	if (rc == 0)
		rc = take_bytes(line, "anchor_bytes", &comment.anchor, why);
	rc = rc < 0 ? ERR_INVALID : store_comment(import->store, &comment, import->now, why);
	store_comment_release(&comment);
	return rc;
}

static int
take_left_comments(struct import *import, struct err *err)
{
	struct str rest = import->text;
	int rc = 0;
	while (rc == 0 && rest.len > 0) {
		struct json_doc *doc;
		struct err why = ERR_INIT;
		rc = json_doc_parse(import->name, str_cut(&rest, '\n'), &doc, &why);
		if (rc < 0) {
			rc = see_rc(import, ERR_INVALID, &why, err);
			continue;
		}
		rc = see_rc(import, take_left(import, json_doc_root(doc), &why), &why, err);
		json_doc_free(doc);
	}
	return rc;
}

static const struct {
	const char *name, *kind;
	int (*take)(struct import *import, struct err *err);
} files[] = {
	{"answers.jsonl",   "answer", take_lines        },
	{JOURNAL_FILE ".1", NULL,     take_lines        },
	{JOURNAL_FILE,      NULL,     take_lines        },
	{"comments.json",   NULL,     take_comments     },
	{COMMENTS_FILE,     NULL,     take_left_comments},
};

#define FILES (sizeof(files) / sizeof(files[0]))

/* dir/name + suffix, the caller's. */
static char *
file_of(const char *dir, const char *name, const char *suffix)
{
	return mem_printf("%s/%s%s", dir, name, suffix);
}

/* Whoever was before us may have had room for half a line only. */
static bool
is_half(int fd, off_t end)
{
	char last = '\n';
	return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

bool
legacy_leave(const char *dir, const char *name, const char *line)
{
	char *file = file_of(dir, name, ""), *all = mem_printf("\n%s\n", line);
	int fd = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	/* In one write: others may be at it too. */
	bool kept = fd >= 0 && end < LEAVE_MAX &&
		    path_write_fd(fd, str_from(all + !is_half(fd, end))) == 0;
	if (fd >= 0)
		close(fd);
	mem_free(all);
	mem_free(file);
	return kept;
}

bool
legacy_waits(const char *dir)
{
	bool waits = false;
	for (size_t i = 0; !waits && i < FILES; i++) {
		char *file = file_of(dir, files[i].name, ""),
		     *under_way = file_of(dir, files[i].name, UNDER_WAY);
		waits = path_exists(file) || path_exists(under_way);
		mem_free(file);
		mem_free(under_way);
	}
	return waits;
}

static int
take_once(void *ctx, struct err *err)
{
	struct import *import = ctx;
	int64_t number = (int64_t)(import->hash >> 1);
	char *before = NULL;
	int rc = store_asked(import->store, ASKER, number, &before, err);
	bool there = before != NULL;
	mem_free(before);
	if (rc < 0 || there)
		return rc;
	rc = import->take(import, err);
	return rc < 0 ? rc
		      : store_answered(
				import->store, ASKER, number, import->name, import->now, err);
}

static int
move(const char *from, const char *to, struct err *err)
{
	return rename(from, to) == 0 || errno == ENOENT
		       ? 0
		       : err_errno(err, "%s: it cannot be renamed", from);
}

/* What is under way already, if anything is. */
static int
go_on(const char *dir, size_t which, struct store *store, struct err *err)
{
	char *under_way = file_of(dir, files[which].name, UNDER_WAY),
	     *done = file_of(dir, files[which].name, DONE);
	struct buf text = BUF_INIT;
	struct import import = {.store = store,
		.now = clock_wall() * 1000,
		.name = files[which].name,
		.kind = files[which].kind,
		.take = files[which].take};
	int rc = path_exists(under_way) ? path_read(under_way, BYTES_MAX, &text, err) : 0;
	import.text = buf_str(&text);
	/* Of its name too: another one with the same in it is another one. */
	import.hash = str_hash(str_hash(STR_HASH_INIT, str_from(import.name)), import.text);
	if (rc == 0 && text.len > 0)
		rc = store_together(store, import.now, take_once, &import, err);
	if (rc == 0)
		rc = move(under_way, done, err);
	if (rc == 0 && import.taken + import.left > 0)
		log_info("%s: %zu went into the store, %zu could not", import.name,
			import.taken, import.left);
	buf_release(&text);
	mem_free(under_way);
	mem_free(done);
	return rc;
}

static int
import_file(const char *dir, size_t which, struct store *store, struct err *err)
{
	char *file = file_of(dir, files[which].name, ""),
	     *under_way = file_of(dir, files[which].name, UNDER_WAY);
	int rc = go_on(dir, which, store, err);
	if (rc == 0 && path_exists(file)) {
		rc = move(file, under_way, err);
		if (rc == 0)
			rc = go_on(dir, which, store, err);
	}
	mem_free(file);
	mem_free(under_way);
	return rc;
}

int
legacy_import(const char *dir, struct store *store, struct err *err)
{
	if (!legacy_waits(dir))
		return 0;
	/* Another cockpit is at it: that one does it. Where there are no locks none is needed
	 * for all but the rarest cases. */
	int rc = 0, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		close(fd);
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < FILES; i++)
		rc = import_file(dir, i, store, err);
	path_sync_dir(dir);
	if (fd >= 0)
		close(fd);
	return rc;
}
