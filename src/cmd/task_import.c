/* SPDX-License-Identifier: MIT */
#include "task_import.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

int
task_import_refuse(
	const char *file, unsigned line, struct err *err, int code, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s:%u: %s", file, line, text);
}

int
task_import_add(const char *file, struct task_import *import, struct task_form *form,
	unsigned line, struct err *err)
{
	struct err why = ERR_INIT;
	int rc = task_form_check_new(form, &why);
	if (rc == 0 && import->count >= STORE_TASKS_MAX)
		rc = err_set(&why, ERR_LIMIT, "found more than %d tasks, expected no more",
			STORE_TASKS_MAX);
	if (rc < 0) {
		task_form_release(form);
		return task_import_refuse(file, line, err, rc, "%s", why.text);
	}
	import->forms = mem_room(import->forms, import->count, sizeof(*import->forms));
	import->lines = mem_room(import->lines, import->count, sizeof(*import->lines));
	import->forms[import->count] = *form;
	import->lines[import->count++] = line;
	*form = (struct task_form){0};
	return 0;
}

void
task_import_release(struct task_import *import)
{
	for (size_t i = 0; i < import->count; i++)
		task_form_release(&import->forms[i]);
	mem_free(import->forms);
	mem_free(import->lines);
	*import = (struct task_import){0};
}

/* --- JSON lines --- */

struct entry {
	struct task_form form;
	const struct json *tags, *needs;
};

#define ROW(key, kind, flags, field, min, max, help)                                  \
	{                                                                             \
		key, kind, flags, offsetof(struct entry, field), min, max, NULL, help \
	}
#define TEXT(key, field, max, help) \
	ROW(key, JSON_KIND_STRING, JSON_ROW_NULL, form.field, 0, max, help)
#define LIST(key, field, help) ROW(key, JSON_KIND_ARRAY, JSON_ROW_NULL, field, 0, 0, help)

static const struct json_row rows[] = {
	ROW("title", JSON_KIND_STRING, JSON_ROW_REQUIRED, form.title, 1, STORE_TITLE_MAX,
		"one line"),
	ROW("priority", JSON_KIND_INTEGER, 0, form.priority, 0, 0, "the highest first"),
	TEXT("text", text, STORE_TEXT_MAX, "what is to be done"),
	TEXT("base", base, STORE_WORD_MAX, "a branch"),
	TEXT("check", check, STORE_TEXT_MAX, "a command"),
	TEXT("agent", agent, STORE_WORD_MAX, "AGENT or HOST/AGENT"),
	LIST("tags", tags, "words"),
	LIST("needs", needs, "numbers of tasks"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int
read_tags(const struct json *tags, struct task_form *form, struct err *err)
{
	char found[128];
	struct err why = ERR_INIT;
	int rc = 0;
	for (const struct json *node = json_first(tags); rc == 0 && node;
		node = json_next(node)) {
		if (json_kind(node) != JSON_KIND_STRING)
			rc = json_refuse(node, JSON_AT_VALUE, err,
				"found %s, expected a string", json_found(node, found));
		else if (task_form_add_tag(form, str_from(json_to_cstr(node)), &why) < 0)
			rc = json_refuse(node, JSON_AT_VALUE, err, "%s", why.text);
	}
	return rc;
}

/* count: of those before it, which it may need. */
static int
read_needs(const struct json *needs, size_t count, struct task_form *form, struct err *err)
{
	char found[128];
	struct err why = ERR_INIT;
	int rc = 0;
	for (const struct json *node = json_first(needs); rc == 0 && node;
		node = json_next(node)) {
		int64_t need = json_kind(node) == JSON_KIND_INTEGER ? json_to_int(node) : 0;
		if (need == 0 || need < -(int64_t)count)
			rc = json_refuse(node, JSON_AT_VALUE, err,
				"found %s, expected the number of a task, or -1 to -%zu for "
				"one of "
				"the %zu before it",
				json_found(node, found), count, count);
		else if (task_form_add_need(form, need, &why) < 0)
			rc = json_refuse(node, JSON_AT_VALUE, err, "%s", why.text);
	}
	return rc;
}

static int
read_root(const struct json *root, size_t count, struct entry *entry, struct err *err)
{
	if (json_kind(root) != JSON_KIND_OBJECT)
		return json_refuse(root, JSON_AT_VALUE, err, "found %s, expected an object",
			json_kind_text(json_kind(root)));
	int rc = json_read(root, rows, ROWS, entry, err);
	entry->form.has_priority = true;
	if (rc == 0 && entry->tags)
		rc = read_tags(entry->tags, &entry->form, err);
	if (rc == 0 && entry->needs)
		rc = read_needs(entry->needs, count, &entry->form, err);
	return rc;
}

static int
read_object(const char *file, struct str line, unsigned number, struct task_import *into,
	struct err *err)
{
	struct entry entry = {0};
	struct json_doc *doc = NULL;
	struct err why = ERR_INIT;
	int rc = json_doc_parse("", line, &doc, &why);
	if (rc == 0)
		rc = read_root(json_doc_root(doc), into->count, &entry, &why);
	json_doc_free(doc);
	if (rc == 0)
		return task_import_add(file, into, &entry.form, number, err);
	task_form_release(&entry.form);
	/* It was a text of one line: ":1:COLUMN: what". */
	bool placed = str_starts(str_from(why.text), STR(":1:"));
	return err_set(err, rc == ERR_LIMIT ? rc : ERR_INVALID, "%s:%u:%s%s", file, number,
		placed ? "" : " ", why.text + (placed ? 3 : 0));
}

static int
parse_lines(const char *file, struct str text, struct task_import *into, struct err *err)
{
	int rc = 0;
	for (unsigned number = 1; rc == 0 && text.len > 0; number++) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.len > 0)
			rc = read_object(file, line, number, into, err);
	}
	return rc;
}

/* --- either --- */

static int
see_bytes(const char *file, struct str text, struct err *err)
{
	size_t at;
	unsigned line = 1;
	if (text.len > TASK_IMPORT_MAX)
		return err_set(err, ERR_LIMIT, "%s: found more than %u bytes, expected no more",
			file, TASK_IMPORT_MAX);
	if (task_is_text(text, &at))
		return 0;
	for (size_t i = 0; i < at; i++)
		line += text.ptr[i] == '\n';
	return task_import_refuse(
		file, line, err, ERR_INVALID, "found bytes that are not UTF-8, expected text");
}

int
task_import_parse(const char *file, struct str text, struct task_import *ret, struct err *err)
{
	struct task_import import = {0};
	int rc = see_bytes(file, text, err);
	if (rc < 0)
		return rc;
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_slice(text, 3, text.len);
	if (str_starts(str_trim(text), STR("{")))
		rc = parse_lines(file, text, &import, err);
	else
		rc = task_markdown_parse(file, text, &import, err);
	if (rc == 0 && import.count + import.done == 0)
		rc = err_set(err, ERR_INVALID,
			"%s: found no task, expected lines \"- [ ] TITLE\", or JSON objects, "
			"one "
			"a line",
			file);
	if (rc == 0)
		*ret = import;
	else
		task_import_release(&import);
	return rc;
}
