/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* timegm */
#define LOG_MODULE      "journal"
#include "cockpit/orch_journal.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/store_store.h"
#include "ledger.h"
#include "local.h"

#define SAME_MS  15000 /* what two cockpits see of one thing lies no further apart */
#define TEXT_MAX 400
#define AT_LEN   20 /* 2026-11-29T09:00:00Z */

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
write_entry(const struct journal_entry *entry, int64_t wall, struct buf *into)
{
	struct json_writer w = JSON_WRITER_INIT(into, false);
	char at[AT_LEN + 1];
	write_at(wall, at);
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
	add_text(&w, "branch", entry->branch);
	add_text(&w, "from", entry->from);
	add_text(&w, "to", entry->to);
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

struct record {
	struct ledger_item item;
	struct store_entry entry;
};

static int
write_record(struct ledger_item *item, struct store *store, struct err *err)
{
	const struct store_entry *entry = &((struct record *)item)->entry;
	return store_record(store, entry, 1, clock_wall() * 1000, err);
}

static void
set_aside(struct ledger_item *item, const char *dir)
{
	const struct record *record = (const struct record *)item;
	bool kept = legacy_leave(dir, JOURNAL_FILE, record->entry.text);
	log_warn("%s was not recorded%s: %s", record->entry.kind, kept ? " yet" : "",
		item->err.text);
}

static void
record_done(struct ledger_item *item)
{
	struct record *record = (struct record *)item;
	if (item->err.code == ERR_LIMIT)
		log_warn("%s was not recorded: %s", record->entry.kind, item->err.text);
	store_entry_release(&record->entry);
	mem_free(record);
}

static char *
part(const char *text)
{
	struct str cut = str_slice(str_from(text ? text : ""), 0, STORE_WORD_MAX);
	return mem_strndup(cut.ptr, cut.len);
}

void
journal_add(struct ledger *ledger, const struct journal_entry *entry)
{
	struct buf line = BUF_INIT;
	int64_t wall = clock_wall();
	if (!ledger || write_entry(entry, wall, &line) < 0) {
		buf_release(&line);
		return;
	}
	buf_truncate(&line, line.len - 1); /* its newline */
	struct record *record = MEM_NEW(struct record);
	*record = (struct record){
		.item = {.work = write_record,    .failed = set_aside,      .done = record_done},
		.entry = { .at = wall * 1000,
			 .kind = mem_strdup(kinds[entry->kind].name),
			 .agent = part(entry->agent),
			 .host = part(entry->host),
			 .key = part(entry->key),
			 .since = entry->ever ? -1 : wall * 1000 - SAME_MS,
			 .text = buf_steal(&line)}
        };
	ledger_add(ledger, &record->item);
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
take_entry(const struct store_entry *entry, struct journal *into)
{
	struct json_doc *doc;
	struct err ignored = ERR_INIT;
	if (json_doc_parse("journal", str_from(entry->text), &doc, &ignored) < 0)
		return;
	const struct json *object = json_doc_root(doc);
	struct journal_line *line = &into->lines[into->count++];
	*line = (struct journal_line){.at = entry->at / 1000,
		.kind = mem_strdup(entry->kind),
		.user = get(object, "user"),
		.agent = get(object, "agent"),
		.host = get(object, "host"),
		.text = get(object, "text"),
		.profile = get(object, "profile"),
		.command = get_words(object, "command"),
		.branch = get(object, "branch"),
		.from = get(object, "from"),
		.to = get(object, "to")};
	if (strcmp(line->kind, kinds[JOURNAL_ANSWER].name) == 0)
		join_answer(object, line);
	json_doc_free(doc);
}

static void
take_all(struct store_entry *entries, size_t count, struct journal *ret)
{
	ret->lines = mem_alloc_array(count + 1, sizeof(*ret->lines));
	for (size_t i = 0; i < count; i++)
		take_entry(&entries[i], ret);
	store_entries_free(entries, count);
}

int
journal_load(struct store *store, const char *agent, size_t max, struct journal *ret,
	struct err *err)
{
	struct store_entry *entries = NULL;
	size_t count = 0;
	*ret = (struct journal){0};
	int rc = store_entries(store, agent, max, &entries, &count, err);
	if (rc == 0)
		take_all(entries, count, ret);
	return rc;
}

int
journal_load_starts(struct store *store, const char *agent, size_t max, struct journal *ret,
	struct err *err)
{
	struct store_entry *entries = NULL;
	size_t count = 0;
	*ret = (struct journal){0};
	int rc = store_starts(store, agent, max, &entries, &count, err);
	if (rc == 0)
		take_all(entries, count, ret);
	return rc;
}

int
journal_load_merges(struct store *store, size_t max, struct journal *ret, struct err *err)
{
	struct store_entry *entries = NULL;
	size_t count = 0;
	*ret = (struct journal){0};
	int rc = store_merges(store, max, &entries, &count, err);
	if (rc == 0)
		take_all(entries, count, ret);
	return rc;
}

int
journal_read(
	const char *dir, const char *agent, size_t max, struct journal *ret, struct err *err)
{
	char *path = path_join(dir, STORE_FILE);
	struct store *store = NULL;
	struct err why = ERR_INIT;
	int rc = 0;
	*ret = (struct journal){0};
	if (path_exists(path) || legacy_waits(dir))
		rc = store_open_to_read(path, &store, err);
	if (store && legacy_import(dir, store, &why) < 0)
		log_warn("what an earlier version left is not in the store: %s", why.text);
	if (store)
		rc = journal_load(store, agent, max, ret, err);
	store_close(store);
	mem_free(path);
	return rc;
}

bool
journal_parse(struct str line, const char *kind, struct store_entry *ret)
{
	struct json_doc *doc;
	struct err ignored = ERR_INIT;
	if (json_doc_parse("journal", line, &doc, &ignored) < 0)
		return false;
	const struct json *object = json_doc_root(doc);
	char *at = get(object, "at"), *own = get(object, "kind"), *agent = get(object, "agent"),
	     *host = get(object, "host"), *key = get(object, "key");
	int64_t wall = at ? read_at(at) : -1;
	bool good = wall > 0 && (own || kind);
	if (good)
		*ret = (struct store_entry){.at = wall * 1000,
			.kind = part(own ? own : kind),
			.agent = part(agent),
			.host = part(host),
			.key = part(key),
			.since = wall * 1000 - SAME_MS,
			.text = mem_strndup(line.ptr, line.len)};
	mem_free(at);
	mem_free(own);
	mem_free(agent);
	mem_free(host);
	mem_free(key);
	json_doc_free(doc);
	return good;
}

void
journal_release(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		struct journal_line *line = &journal->lines[i];
		char *const texts[] = {line->kind, line->user, line->agent, line->host,
			line->text, line->profile, line->branch, line->from, line->to};
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

/* What has several lines in one: agents ask so. */
static void
add_lines(struct buf *into, struct str s)
{
	for (bool first = true; s.len > 0;) {
		struct str line = str_trim(str_cut(&s, '\n'));
		if (line.len == 0)
			continue;
		if (!first)
			buf_addc(into, "; ");
		text_safe(into, line, -1);
		first = false;
	}
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
			size_t before = into->len;
			add_lines(into, str_from(marks[i].value ? marks[i].value : ""));
			/* "x asks", where it is not known what. */
			if (into->len == before && str_ends(buf_str(into), STR(": ")))
				buf_truncate(into, before - 2);
		}
		if (used == 1)
			text_safe(into, str_slice(rest, 0, 1), -1);
		rest = str_slice(rest, used, rest.len);
	}
}
