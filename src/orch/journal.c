/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* flock, timegm */
#define LOG_MODULE      "journal"
#include "cockpit/orch_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"

#define FILE_MAX (16 << 20) /* then it is set aside, in place of the one before */
#define TAIL_MAX (32 << 10) /* where the same is looked for */
#define SAME_S   15         /* what two cockpits see of one thing lies no further apart */
#define TEXT_MAX 400
#define AT_LEN   20 /* 2026-11-29T09:00:00Z */
#define AT_HEAD  "{\"at\":\""

enum who { PERSON, AGENT, HOST };

static const struct {
	const char *name;
	enum who who;
	const char *words;
} kinds[] = {
#define X(name, id, who, words) {name, who, words},
	JOURNAL_KINDS(X)
#undef X
};

/* --- writing --- */

/* Asked of the system once: that may be a service on the network. From the loop alone. */
static const char *
user_name(void)
{
	static char name[80];
	struct passwd account, *found = NULL;
	char room[2048];
	if (name[0])
		return name;
	if (getpwuid_r(getuid(), &account, room, sizeof(room), &found) == 0 && found)
		snprintf(name, sizeof(name), "%s", found->pw_name);
	else
		snprintf(name, sizeof(name), "%ld", (long)getuid());
	return name;
}

static void
write_at(int64_t wall, char ret[AT_LEN + 1])
{
	time_t at = (time_t)wall;
	struct tm tm;
	gmtime_r(&at, &tm);
	strftime(ret, AT_LEN + 1, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* -1: it is none. */
static int64_t
read_at(const char *text)
{
	struct tm tm = {0};
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		    &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm);
}

static void
add_text(struct json_writer *w, const char *key, const char *text)
{
	if (text)
		json_write_str(w, key, str_slice(str_from(text), 0, TEXT_MAX));
}

static int
write_entry(const struct journal_entry *entry, struct buf *into)
{
	struct json_writer w = JSON_WRITER_INIT(into, false);
	char at[AT_LEN + 1];
	write_at(clock_wall(), at);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "at", at);
	json_write_cstr(&w, "kind", kinds[entry->kind].name);
	if (kinds[entry->kind].who == PERSON) {
		json_write_cstr(&w, "user", user_name());
		json_write_int(&w, "uid", (int64_t)getuid());
	}
	add_text(&w, "agent", entry->agent);
	add_text(&w, "host", entry->host);
	add_text(&w, "start", entry->start && entry->start[0] ? entry->start : NULL);
	add_text(&w, "text", entry->text);
	add_text(&w, "profile", entry->profile);
	if (entry->command) {
		json_write_array(&w, "command");
		for (size_t i = 0; entry->command[i]; i++)
			json_write_cstr(&w, NULL, entry->command[i]);
		json_write_close(&w);
	}
	add_text(&w, "tool", entry->tool);
	if (entry->what)
		json_write_cstr(&w, "what", entry->what);
	add_text(&w, "answer", entry->answer);
	add_text(&w, "via", entry->via);
	add_text(&w, "refused", entry->refused);
	add_text(&w, "key", entry->key);
	json_write_close(&w);
	return json_writer_end(&w);
}

/* Was it written a moment ago? key as it stands in the file. */
static bool
is_there(int fd, const char *key, bool ever)
{
	struct buf tail = BUF_INIT;
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > TAIL_MAX ? size - TAIL_MAX : 0;
	char *bytes = mem_alloc(TAIL_MAX);
	ssize_t n = pread(fd, bytes, TAIL_MAX, from);
	int64_t last = -1;
	if (n > 0)
		buf_add(&tail, (struct str){bytes, (size_t)n});
	for (struct str rest = buf_str(&tail); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');
		if (line.len > strlen(AT_HEAD) + AT_LEN && str_starts(line, STR(AT_HEAD)) &&
			str_find_str(line, str_from(key)) >= 0)
			last = read_at(line.ptr + strlen(AT_HEAD));
	}
	buf_release(&tail);
	mem_free(bytes);
	return last >= 0 && (ever || clock_wall() - last < SAME_S);
}

static void
set_aside(const char *file)
{
	char *old = mem_printf("%s.1", file);
	if (rename(file, old) < 0)
		log_warn("%s: cannot be set aside: %s", file, strerror(errno));
	mem_free(old);
}

void
journal_add(const char *file, const struct journal_entry *entry)
{
	struct buf line = BUF_INIT, key = BUF_INIT;
	int fd = -1;
	if (!file || write_entry(entry, &line) < 0)
		goto out;
	fd = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		log_warn("%s: %s was not recorded", file, kinds[entry->kind].name);
		goto out;
	}
	if (entry->key) {
		struct json_writer w = JSON_WRITER_INIT(&key, false);
		json_write_object(&w, NULL);
		add_text(&w, "key", entry->key);
		json_write_close(&w);
		json_writer_end(&w);
		struct str inner = str_slice(buf_str(&key), 1, key.len);
		char *text = mem_strndup(inner.ptr, inner.len > 2 ? inner.len - 2 : 0);
		bool there = flock(fd, LOCK_EX) == 0 && is_there(fd, text, entry->ever);
		mem_free(text);
		if (there)
			goto out;
	}
	if (path_write_fd(fd, buf_str(&line)) < 0)
		log_warn("%s: %s was not recorded", file, kinds[entry->kind].name);
	if (lseek(fd, 0, SEEK_END) > FILE_MAX)
		set_aside(file);
out:
	if (fd >= 0)
		close(fd);
	buf_release(&line);
	buf_release(&key);
}

/* --- reading --- */

static char *
get(const struct json *object, const char *key)
{
	const struct json *node = json_find(object, key);
	return node && json_kind(node) == JSON_KIND_STRING ? mem_strdup(json_to_cstr(node))
							   : NULL;
}

static char **
get_words(const struct json *object, const char *key)
{
	const struct json *node = json_find(object, key);
	size_t count = node ? json_count(node) : 0, used = 0;
	if (count == 0 || json_kind(node) != JSON_KIND_ARRAY)
		return NULL;
	char **ret = mem_alloc_array(count + 1, sizeof(*ret));
	for (const struct json *it = json_first(node); it; it = json_next(it)) {
		if (json_kind(it) == JSON_KIND_STRING)
			ret[used++] = mem_strdup(json_to_cstr(it));
	}
	ret[used] = NULL;
	return ret;
}

/* An answer's parts as one. */
static void
join_answer(const struct json *object, struct journal_line *line)
{
	static const char *const keys[] = {"answer", "tool", "what", "refused"};
	static const char *const before[] = {"", ": ", " ", "; refused: "};
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char *part = get(object, keys[i]);
		if (part && part[0])
			buf_printf(&text, "%s%.400s", before[i], part);
		mem_free(part);
	}
	mem_free(line->text);
	line->text = buf_steal(&text);
}

static void
take_line(struct str text, struct journal *into)
{
	struct json_doc *doc;
	struct err ignored = ERR_INIT;
	if (json_doc_parse("journal", text, &doc, &ignored) < 0)
		return;
	const struct json *object = json_doc_root(doc);
	char *at = get(object, "at"), *kind = get(object, "kind");
	int64_t wall = at ? read_at(at) : -1;
	if (wall >= 0 && kind) {
		into->lines = mem_room(into->lines, into->count, sizeof(*into->lines));
		struct journal_line *line = &into->lines[into->count++];
		*line = (struct journal_line){.at = wall,
			.kind = kind,
			.user = get(object, "user"),
			.agent = get(object, "agent"),
			.host = get(object, "host"),
			.text = get(object, "text"),
			.profile = get(object, "profile"),
			.command = get_words(object, "command")};
		if (strcmp(kind, kinds[JOURNAL_ANSWER].name) == 0)
			join_answer(object, line);
		kind = NULL;
	}
	mem_free(kind);
	mem_free(at);
	json_doc_free(doc);
}

int
journal_read(const char *file, size_t max, struct journal *ret, struct err *err)
{
	*ret = (struct journal){0};
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", file);
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)max ? size - (off_t)max : 0;
	char *bytes = mem_alloc(max);
	ssize_t n = pread(fd, bytes, max, from);
	int rc = n < 0 ? err_errno(err, "%s", file) : 0;
	struct str rest = {bytes, n > 0 ? (size_t)n : 0};
	/* The first one may have been cut. */
	if (from > 0)
		str_cut(&rest, '\n');
	while (rest.len > 0)
		take_line(str_cut(&rest, '\n'), ret);
	mem_free(bytes);
	close(fd);
	return rc;
}

void
journal_release(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		struct journal_line *line = &journal->lines[i];
		char *const texts[] = {line->kind, line->user, line->agent, line->host,
			line->text, line->profile};
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			mem_free(texts[k]);
		mem_free_words(line->command);
	}
	mem_free(journal->lines);
	*journal = (struct journal){0};
}

/* --- words --- */

static int
find_kind(const char *name)
{
	for (int i = 0; i < JOURNAL_KIND_COUNT; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	}
	return -1;
}

bool
journal_is_act(const struct journal_line *line)
{
	return line->user != NULL;
}

void
journal_words(const struct journal_line *line, struct buf *into)
{
	const struct {
		const char *mark, *value;
	} marks[] = {
		{"{agent}", line->agent},
                {"{host}",  line->host },
                {"{text}",  line->text }
        };
	int kind = find_kind(line->kind);
	struct str rest = str_from(kind >= 0 ? kinds[kind].words : line->kind);
	if (line->user) {
		bool me = strcmp(line->user, user_name()) == 0;
		text_safe(into, str_from(me ? "you" : line->user), -1);
		buf_byte(into, ' ');
	}
	while (rest.len > 0) {
		size_t used = 1;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			struct str mark = str_from(marks[i].mark);
			if (!str_starts(rest, mark))
				continue;
			used = mark.len;
			text_safe(into, str_from(marks[i].value ? marks[i].value : ""), -1);
		}
		if (used == 1)
			text_safe(into, str_slice(rest, 0, 1), -1);
		rest = str_slice(rest, used, rest.len);
	}
}
