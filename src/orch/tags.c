/* SPDX-License-Identifier: MIT */
/* One small JSON file, read whole and written whole; who changes it holds the lock beside it.
 */
#define _DEFAULT_SOURCE /* flock */
#define LOG_MODULE      "tags"
#include "cockpit/orch_tags.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_json.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "local.h"

#define FILE_MAX  (512u << 10)
#define AGENT_MAX 2000

struct tagged {
	char *agent, *tags, *label;
};

struct tags {
	char *file, *lock;
	struct tagged *list;
	size_t count;
	struct timespec modified;
	ino_t inode; /* a file that was written anew is another one */
};

static void
tagged_release(struct tagged *t)
{
	mem_free(t->agent);
	mem_free(t->tags);
	mem_free(t->label);
}

static void
forget_all(struct tags *tags)
{
	for (size_t i = 0; i < tags->count; i++)
		tagged_release(&tags->list[i]);
	mem_free(tags->list);
	tags->list = NULL;
	tags->count = 0;
}

static struct tagged *
find(const struct tags *tags, const char *agent)
{
	for (size_t i = 0; tags && i < tags->count; i++) {
		if (strcmp(tags->list[i].agent, agent) == 0)
			return &tags->list[i];
	}
	return NULL;
}

static struct tagged *
add(struct tags *tags, const char *agent)
{
	tags->list = mem_room(tags->list, tags->count, sizeof(*tags->list));
	struct tagged *t = &tags->list[tags->count++];
	*t = (struct tagged){mem_strdup(agent), mem_strdup(""), mem_strdup("")};
	return t;
}

static void
set(char **text, const char *to)
{
	mem_free(*text);
	*text = mem_strdup(to);
}

/* What does not fit any more is left out: a person may have edited it. */
static void
read_entry(struct tags *tags, const struct json *node)
{
	const struct json *words = json_find(node, "tags"), *label = json_find(node, "label");
	const char *agent = json_key(node);
	struct buf clean = BUF_INIT;
	if (!str_is_name(str_from(agent)) || tags->count >= AGENT_MAX)
		return;
	struct tagged *t = add(tags, agent);
	if (words && json_kind(words) == JSON_KIND_STRING &&
		tags_clean(str_from(json_to_cstr(words)), &clean, NULL) == 0)
		set(&t->tags, buf_cstr(&clean));
	if (label && json_kind(label) == JSON_KIND_STRING &&
		strlen(json_to_cstr(label)) <= TAG_LABEL_MAX)
		set(&t->label, json_to_cstr(label));
	buf_release(&clean);
}

static void
read_file(struct tags *tags)
{
	struct buf text = BUF_INIT;
	struct json_doc *doc;
	struct err err = ERR_INIT;
	forget_all(tags);
	int rc = path_read(tags->file, FILE_MAX, &text, &err);
	if (rc == 0)
		rc = json_doc_parse(tags->file, buf_str(&text), &doc, &err);
	if (rc == 0) {
		const struct json *it = json_first(json_doc_root(doc));
		for (; it && json_key(it); it = json_next(it))
			read_entry(tags, it);
		json_doc_free(doc);
	} else if (rc != ERR_NOT_FOUND) {
		log_warn("%s", err.text);
	}
	buf_release(&text);
}

static int
write_file(const struct tags *tags, struct err *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&text, true);
	json_write_object(&w, NULL);
	for (size_t i = 0; i < tags->count; i++) {
		const struct tagged *t = &tags->list[i];
		if (!t->tags[0] && !t->label[0])
			continue;
		json_write_object(&w, t->agent);
		json_write_cstr(&w, "tags", t->tags);
		json_write_cstr(&w, "label", t->label);
		json_write_close(&w);
	}
	json_write_close(&w);
	int rc = json_writer_end(&w);
	if (rc == 0)
		rc = path_write(tags->file, buf_str(&text), 0600, err);
	buf_release(&text);
	return rc;
}

/* Another one than at the last look. */
static bool
is_other(struct tags *tags)
{
	struct stat st = {0};
	(void)stat(tags->file, &st);
	bool same = st.st_ino == tags->inode && st.st_mtim.tv_sec == tags->modified.tv_sec &&
		    st.st_mtim.tv_nsec == tags->modified.tv_nsec;
	tags->inode = st.st_ino;
	tags->modified = st.st_mtim;
	return !same;
}

void
tags_open(struct pilot *pilot, const char *dir)
{
	struct tags *tags = MEM_NEW(struct tags);
	tags->file = path_join(dir, "tags.json");
	tags->lock = path_join(dir, "tags.lock");
	pilot->tags = tags;
	pilot_reload_tags(pilot);
}

void
tags_drop(struct pilot *pilot)
{
	struct tags *tags = pilot->tags;
	pilot->tags = NULL;
	if (!tags)
		return;
	forget_all(tags);
	mem_free(tags->file);
	mem_free(tags->lock);
	mem_free(tags);
}

bool
pilot_reload_tags(struct pilot *pilot)
{
	if (!pilot->tags || !is_other(pilot->tags))
		return false;
	read_file(pilot->tags);
	return true;
}

const char *
pilot_tags(const struct pilot *pilot, const char *agent)
{
	const struct tagged *t = find(pilot->tags, agent);
	return t ? t->tags : "";
}

const char *
pilot_label(const struct pilot *pilot, const char *agent)
{
	const struct tagged *t = find(pilot->tags, agent);
	return t ? t->label : "";
}

int
pilot_tag(struct pilot *pilot, const char *agent, const char *words, const char *label,
	struct err *err)
{
	struct tags *tags = pilot->tags;
	char safe[80];
	if (!tags)
		return err_set(err, ERR_INVALID, "nothing is kept in this fleet");
	if (!str_is_name(str_from(agent)))
		return err_set(err, ERR_INVALID, "%s is no name of an agent",
			text_safe_tmp(safe, sizeof(safe), str_from(agent)));
	if (label && strlen(label) > TAG_LABEL_MAX)
		return err_set(err, ERR_LIMIT, "a label has at most %d bytes", TAG_LABEL_MAX);
	/* Held for a moment only, by whoever has it. */
	int fd = open(tags->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	read_file(tags);
	struct tagged *t = find(tags, agent);
	if (!t && tags->count < AGENT_MAX)
		t = add(tags, agent);
	int rc = t ? 0 : err_set(err, ERR_LIMIT, "%d agents have tags", AGENT_MAX);
	if (rc == 0 && words)
		set(&t->tags, words);
	if (rc == 0 && label)
		set(&t->label, label);
	if (rc == 0)
		rc = write_file(tags, err);
	(void)is_other(tags);
	if (fd >= 0)
		close(fd);
	return rc;
}

void
tags_forget(struct pilot *pilot, const char *agent)
{
	struct err err = ERR_INIT;
	(void)pilot_reload_tags(pilot);
	if (find(pilot->tags, agent) && pilot_tag(pilot, agent, "", "", &err) < 0)
		log_warn("%s", err.text);
}

/* --- words --- */

bool
tags_has(const char *tags, struct str tag)
{
	struct str rest = str_from(tags);
	while (rest.len > 0) {
		if (str_eq(str_cut(&rest, ' '), tag))
			return true;
	}
	return false;
}

int
tags_clean(struct str words, struct buf *into, struct err *err)
{
	struct buf blanks = BUF_INIT, found = BUF_INIT;
	char safe[64];
	int count = 0, rc = 0;
	for (size_t i = 0; i < words.len && i < 4096; i++) {
		bool gap = words.ptr[i] == ',' || words.ptr[i] == '\t' || words.ptr[i] == '\n';
		buf_byte(&blanks, gap ? ' ' : words.ptr[i]);
	}
	struct str rest = buf_str(&blanks);
	while (rest.len > 0 && rc == 0) {
		struct str tag = str_cut(&rest, ' ');
		if (str_starts(tag, STR("#")))
			tag = str_slice(tag, 1, tag.len);
		if (tag.len == 0 || tags_has(buf_cstr(&found), tag))
			continue;
		if (!str_is_name(tag) || tag.len > TAG_LEN_MAX)
			rc = err_set(err, ERR_INVALID,
				"%s is no tag: letters, digits, \".\", \"_\" and \"-\", %d at "
				"most",
				text_safe_tmp(safe, sizeof(safe), tag), TAG_LEN_MAX);
		else if (count++ == TAGS_MAX)
			rc = err_set(err, ERR_LIMIT, "an agent has at most %d tags", TAGS_MAX);
		else
			buf_printf(&found, "%s%.*s", found.len ? " " : "", STR_ARG(tag));
	}
	if (rc == 0)
		rc = buf_add(into, buf_str(&found));
	buf_release(&blanks);
	buf_release(&found);
	return rc;
}
