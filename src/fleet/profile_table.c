/* SPDX-License-Identifier: MIT */
/*
 * Profiles that are compiled in, and over them those of the user. A user's file that is refused
 * takes nothing away: its last good version stays, or else the compiled one.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "profile.h"
#include "trusted.h"

#define PROFILE_TEXT_MAX (256u << 10)
#define SUFFIX           ".json"

/* In the order of preference. Own ones of the user come before the last. */
static const char *const built_in[] = {"claude", "codex", "opencode", "gemini", "copilot",
	"qwen", "pi", "aider", "amp", "shell"};

struct source {
	const char *dir; /* NULL: compiled in */
	uint64_t hash;
};

static int
read_own(const char *dir, const char *name, size_t max, struct buf *into, struct err *err)
{
	char *real, *file = path_join(dir, name);
	int rc = path_real(file, &real, err);
	if (rc == 0) {
		rc = trusted_read(real, max, into, err);
		mem_free(real);
	}
	mem_free(file);
	return rc;
}

static int
read_compiled(const char *name, struct buf *into)
{
	char *file = mem_printf("agents/%s", name);
	struct str text = data_find(file);
	mem_free(file);
	if (text.ptr)
		buf_add(into, text);
	return text.ptr ? 0 : ERR_NOT_FOUND;
}

/* A user's copy of a compiled profile still finds what lies beside that. */
static int
read_beside(void *ctx, const char *name, struct buf *into, struct err *err)
{
	struct source *source = ctx;
	int rc = ERR_NOT_FOUND;
	if (source->dir)
		rc = read_own(source->dir, name, PROFILE_FILE_MAX, into, err);
	if (rc == ERR_NOT_FOUND)
		rc = read_compiled(name, into);
	if (rc == 0)
		source->hash = str_hash(str_hash(source->hash, STR("\n")), buf_str(into));
	return rc;
}

static int
parse(struct source *source, const char *file, const char *name, struct str text,
	struct profile **ret, struct err *err)
{
	source->hash = str_hash(STR_HASH_INIT, text);
	int rc = profile_parse(file, name, text, read_beside, source, ret, err);
	if (rc == 0 && source->dir) {
		(*ret)->source = mem_strdup(file);
		source->hash = str_hash(source->hash, str_from(file));
	}
	return rc;
}

static void
add_compiled(struct profile_table *table, const char *name)
{
	struct source source = {NULL, 0};
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	struct profile_entry *entry = &table->entries[table->count++];
	char *file = mem_printf("%s" SUFFIX, name);
	int rc = read_compiled(file, &text);
	BUG_ON(rc < 0);
	if (parse(&source, file, name, buf_str(&text), &entry->profile, &err) < 0)
		mem_bug(__FILE__, __LINE__, err.text);
	entry->hash = source.hash;
	buf_release(&text);
	mem_free(file);
}

static struct profile_entry *
find(struct profile_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->entries[i].profile &&
			strcmp(table->entries[i].profile->name, name) == 0)
			return &table->entries[i];
	}
	return NULL;
}

static int
put(struct profile_table *table, struct profile *profile, uint64_t hash, const char *file,
	struct err *err)
{
	struct profile_entry *entry = find(table, profile->name);
	if (entry) {
		profile_free(entry->profile);
	} else if (table->count == PROFILES_MAX) {
		profile_free(profile);
		return err_set(err, ERR_LIMIT, "%s: found more than %d profiles, expected less",
			file, PROFILES_MAX);
	} else {
		entry = &table->entries[table->count - 1];
		entry[1] = entry[0];
		table->count++;
	}
	*entry = (struct profile_entry){profile, hash};
	return 0;
}

/* Its last good version, if it had one. */
static void
put_last(struct profile_table *table, struct profile_table *old, const char *name)
{
	struct profile_entry *last = find(old, name);
	if (!last || !last->profile->source)
		return;
	struct profile *profile = last->profile;
	last->profile = NULL;
	put(table, profile, last->hash, "", NULL);
}

static int
read_file(struct profile_table *table, const char *dir, const char *base, const char *name,
	const char *shown, struct err *err)
{
	struct source source = {dir, 0};
	struct buf text = BUF_INIT;
	struct profile *profile;
	if (!profile_is_name(str_from(name)))
		return err_set(err, ERR_CONFIG,
			"%s: found a file whose name no profile can have, expected one such as "
			"\"my-agent.json\"",
			shown);
	int rc = read_own(dir, base, PROFILE_TEXT_MAX, &text, err);
	if (rc == 0)
		rc = parse(&source, shown, name, buf_str(&text), &profile, err);
	if (rc == 0)
		rc = put(table, profile, source.hash, shown, err);
	buf_release(&text);
	return rc;
}

static void
add_file(struct profile_table *table, const char *dir, const char *base,
	struct profile_table *old)
{
	struct err err = ERR_INIT;
	struct buf shown = BUF_INIT;
	char *file = path_join(dir, base);
	char *name = mem_strndup(base, strlen(base) - strlen(SUFFIX));
	text_safe(&shown, str_from(file), 400);
	if (read_file(table, dir, base, name, buf_cstr(&shown), &err) < 0) {
		buf_printf(&table->complaints, "%s\n", err.text);
		put_last(table, old, name);
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

/* "NAME.json" without another period: with one, it is a file that belongs to a profile. */
static bool
is_profile(const char *base)
{
	struct str name = str_from(base);
	if (!str_ends(name, STR(SUFFIX)))
		return false;
	name.len -= strlen(SUFFIX);
	return name.len > 0 && str_find(name, '.') < 0;
}

void
profile_table_read(struct profile_table *table, const char *dir, struct profile_table *old)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		add_compiled(table, built_in[i]);
	DIR *list = opendir(dir);
	char **names = NULL;
	size_t count = 0;
	for (const struct dirent *it; list && (it = readdir(list)) != NULL;) {
		if (!is_profile(it->d_name))
			continue;
		names = mem_grow(names, count + 1, sizeof(*names));
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

bool
profile_table_same(const struct profile_table *a, const struct profile_table *b)
{
	if (a->count != b->count || !str_eq(buf_str(&a->complaints), buf_str(&b->complaints)))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->entries[i].hash != b->entries[i].hash)
			return false;
	}
	return true;
}

void
profile_table_release(struct profile_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		profile_free(table->entries[i].profile);
	buf_release(&table->complaints);
	*table = (struct profile_table){0};
}

uint64_t
profile_table_stamp(const char *dir)
{
	uint64_t sum = str_hash(STR_HASH_INIT, str_from(dir));
	DIR *list = opendir(dir);
	for (const struct dirent *it; list && (it = readdir(list)) != NULL;) {
		if (it->d_name[0] == '.')
			continue;
		char *file = path_join(dir, it->d_name);
		uint64_t one = path_stamp(file);
		mem_free(file);
		if (one == 0) {
			sum = 0;
			break;
		}
		/* A sum: folders have no order. */
		sum += one;
	}
	if (list)
		closedir(list);
	return sum;
}
