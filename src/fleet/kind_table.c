/* SPDX-License-Identifier: MIT */
/*
 * Kinds that are compiled in, and over them those of the user. A user's file that is refused
 * takes nothing away: its last good version stays, or else the compiled one.
 */
#include <dirent.h>
#include <stdlib.h>

#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_summary.h"
#include "kind.h"
#include "literal.h"
#include "profile.h"
#include "trusted.h"

#define FOLDER      "checks/"
#define SUFFIX      ".json"
#define LITERAL_MAX 16 /* bytes: more would hardly leave out more lines */

/* The process has one. */
static struct kind_table *now;
static uint64_t stamp;

static struct kind_entry *
find(struct kind_table *table, const char *name)
{
	for (size_t i = 0; table && i < table->count; i++) {
		if (strcmp(table->entries[i].kind->name, name) == 0)
			return &table->entries[i];
	}
	return NULL;
}

static void
add_compiled(struct kind_table *table, const struct data_file *file)
{
	struct err err = ERR_INIT;
	struct str text = {(const char *)file->bytes, file->len};
	const char *base = path_base(file->name);
	struct str stem = str_from(base);
	if (!str_ends(stem, STR(SUFFIX)) || table->count == KINDS_MAX)
		return;
	char *name = mem_strndup(base, stem.len - strlen(SUFFIX));
	if (kind_parse(file->name, name, text, &table->entries[table->count++].kind, &err) < 0)
		mem_bug(__FILE__, __LINE__, err.text);
	mem_free(name);
}

static int
put(struct kind_table *table, const char *file, const char *name, struct str text,
	struct err *err)
{
	struct kind *kind;
	struct kind_entry *entry = find(table, name);
	if (!entry && table->count == KINDS_MAX)
		return err_set(err, ERR_LIMIT,
			"%s: found more than %d kinds of output, expected less", file,
			KINDS_MAX);
	int rc = kind_parse(file, name, text, &kind, err);
	if (rc < 0)
		return rc;
	if (!entry)
		entry = &table->entries[table->count++];
	kind_free(entry->kind);
	mem_free(entry->text);
	*entry = (struct kind_entry){kind, mem_strndup(text.ptr, text.len)};
	table->hash = str_hash(str_hash(table->hash, str_from(file)), text);
	return 0;
}

static int
read_file(struct kind_table *table, const char *file, const char *name, const char *shown,
	struct err *err)
{
	struct buf text = BUF_INIT;
	char *real = NULL;
	if (!profile_is_name(str_from(name)))
		return err_set(err, ERR_CONFIG,
			"%s: found a file whose name no rule file can have, expected one such "
			"as "
			"\"my-tests.json\"",
			shown);
	int rc = path_real(file, &real, err);
	if (rc == 0)
		rc = trusted_read(real, KIND_TEXT_MAX, &text, err);
	if (rc == 0)
		rc = put(table, shown, name, buf_str(&text), err);
	mem_free(real);
	buf_release(&text);
	return rc;
}

static void
add_file(struct kind_table *table, const char *dir, const char *base, struct kind_table *old)
{
	struct err err = ERR_INIT;
	struct buf shown = BUF_INIT;
	char *file = path_join(dir, base);
	char *name = mem_strndup(base, strlen(base) - strlen(SUFFIX));
	text_safe(&shown, str_from(file), 400);
	if (read_file(table, file, name, buf_cstr(&shown), &err) < 0) {
		const struct kind_entry *last = find(old, name);
		buf_printf(&table->complaints, "%s\n", err.text);
		if (last && last->text)
			put(table, buf_cstr(&shown), name, str_from(last->text), NULL);
	}
	buf_release(&shown);
	mem_free(name);
	mem_free(file);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_folder(struct kind_table *table, const char *dir, struct kind_table *old)
{
	DIR *list = opendir(dir);
	char **names = NULL;
	size_t count = 0;
	for (const struct dirent *it; list && (it = readdir(list)) != NULL;) {
		if (it->d_name[0] == '.' || !str_ends(str_from(it->d_name), STR(SUFFIX)))
			continue;
		names = mem_room(names, count, sizeof(*names));
		names[count++] = mem_strdup(it->d_name);
	}
	if (list)
		closedir(list);
	if (count > 0)
		qsort(names, count, sizeof(*names), compare);
	for (size_t i = 0; i < count; i++) {
		add_file(table, dir, names[i], old);
		mem_free(names[i]);
	}
	mem_free(names);
}

static void
add_row(struct kind_table *table, size_t kind, const struct kind_line *line,
	struct buf *literal)
{
	size_t at = table->row_count++;
	table->rows[at] = (struct kind_row){kind, line};
	literal_of(line->text, literal);
	if (literal->len == 0)
		table->always.bits[at / 64] |= UINT64_C(1) << at % 64;
}

static void
add_rows(struct kind_table *table)
{
	size_t count = 0;
	for (size_t i = 0; i < table->count; i++)
		count += table->entries[i].kind->count;
	struct str *words = mem_alloc_array(count + 1, sizeof(*words));
	struct buf *literals = mem_alloc_array(count + 1, sizeof(*literals));
	table->rows = mem_alloc_array(count + 1, sizeof(*table->rows));
	for (size_t i = 0; i < table->count; i++) {
		const struct kind *kind = table->entries[i].kind;
		for (size_t k = 0; k < kind->count; k++)
			add_row(table, i, &kind->lines[k], &literals[table->row_count]);
	}
	for (size_t i = 0; i < count; i++)
		words[i] = str_slice(buf_str(&literals[i]), 0, LITERAL_MAX);
	table->sieve = sieve_new(words, count);
	for (size_t i = 0; i < count; i++)
		buf_release(&literals[i]);
	mem_free(literals);
	mem_free(words);
}

struct kind_table *
kind_table_new(const char *dir, struct kind_table *old)
{
	struct kind_table *table = MEM_NEW(struct kind_table);
	table->refs = 1;
	table->hash = STR_HASH_INIT;
	for (const struct data_file *file = data_files; file->name; file++) {
		if (str_starts(str_from(file->name), STR(FOLDER)))
			add_compiled(table, file);
	}
	add_folder(table, dir, old);
	add_rows(table);
	return table;
}

struct kind_table *
kind_table_ref(struct kind_table *table)
{
	table->refs++;
	return table;
}

void
kind_table_unref(struct kind_table *table)
{
	if (!table || --table->refs > 0)
		return;
	for (size_t i = 0; i < table->count; i++) {
		kind_free(table->entries[i].kind);
		mem_free(table->entries[i].text);
	}
	sieve_free(table->sieve);
	mem_free(table->rows);
	buf_release(&table->complaints);
	mem_free(table);
}

static char *
own_dir(void)
{
	char *config = path_config_dir();
	char *dir = path_join(config, "checks");
	mem_free(config);
	return dir;
}

/* The date is taken first: what changes in between is read once more. */
static struct kind_table *
read_now(struct kind_table *old)
{
	char *dir = own_dir();
	stamp = profile_table_stamp(dir);
	struct kind_table *table = kind_table_new(dir, old);
	mem_free(dir);
	return table;
}

struct kind_table *
kind_table_now(void)
{
	if (!now)
		now = read_now(NULL);
	return now;
}

bool
summary_reload(void)
{
	struct kind_table *old = kind_table_now();
	char *dir = own_dir();
	bool same = stamp && stamp == profile_table_stamp(dir);
	mem_free(dir);
	if (same)
		return false;
	now = read_now(old);
	same = now->hash == old->hash &&
	       str_eq(buf_str(&now->complaints), buf_str(&old->complaints));
	kind_table_unref(old);
	return !same;
}

const char *
summary_complaints(void)
{
	return buf_cstr(&kind_table_now()->complaints);
}
