/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"

static const struct json_row *
find_row(const struct json_row *rows, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	}
	return NULL;
}

static int
refuse_unknown(
	const struct json *node, const struct json_row *rows, size_t count, struct err *err)
{
	struct spell spell;
	char safe[80], hint[96];
	struct buf known = BUF_INIT;
	const char *key = text_safe_tmp(safe, sizeof(safe), str_from(json_key(node)));
	spell_init(&spell, str_from(json_key(node)));
	for (size_t i = 0; i < count; i++) {
		spell_try(&spell, rows[i].key);
		buf_printf(&known, "%s\"%s\"", i ? ", " : "", rows[i].key);
	}
	int rc = spell.best ? json_refuse(node, JSON_AT_KEY, err, "unknown key \"%s\"%s", key,
				      spell_hint(&spell, hint))
			    : json_refuse(node, JSON_AT_KEY, err,
				      "unknown key \"%s\", expected one of %s", key,
				      buf_cstr(&known));
	buf_release(&known);
	return rc;
}

/* "an integer from 1 to 64" */
static const char *
expected(const struct json_row *row, char ret[96])
{
	char bounds[64] = "";
	if (row->kind == JSON_KIND_INTEGER && (row->min || row->max))
		snprintf(bounds, sizeof(bounds), " from %" PRId64 " to %" PRId64, row->min,
			row->max);
	snprintf(ret, 96, "%s%s%s", json_kind_text(row->kind), bounds,
		row->flags & JSON_ROW_NULL ? " or null" : "");
	return ret;
}

static int
refuse_value(const struct json *node, const struct json_row *row, struct err *err)
{
	char what[128], right[96];
	return json_refuse(node, JSON_AT_VALUE, err, "found %s, expected %s for \"%s\" (%s)",
		json_found(node, what), expected(row, right), row->key, row->help);
}

static int
read_int(const struct json *node, const struct json_row *row, int *into, struct err *err)
{
	int64_t value = json_to_int(node);
	bool bounded = row->min || row->max;
	if (value < (bounded ? row->min : INT32_MIN) ||
		value > (bounded ? row->max : INT32_MAX))
		return refuse_value(node, row, err);
	*into = (int)value;
	return 0;
}

static int
read_cstr(const struct json *node, const struct json_row *row, char **into, struct err *err)
{
	const char *value = json_to_cstr(node);
	size_t len = strlen(value);
	if (row->max && len > (size_t)row->max)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found %zu bytes, expected at most %" PRId64 " for \"%s\" (%s)", len,
			row->max, row->key, row->help);
	if (len < (size_t)row->min)
		return refuse_value(node, row, err);
	*into = mem_strdup(value);
	return 0;
}

/* The kind is right already. */
static int
read_value(const struct json *node, const struct json_row *row, void *at, struct err *err)
{
	if (row->flags & JSON_ROW_ANY) {
		*(const struct json **)at = node;
		return 0;
	}
	switch (row->kind) {
	case JSON_KIND_BOOL:
		*(bool *)at = json_to_bool(node);
		return 0;
	case JSON_KIND_INTEGER:
		return read_int(node, row, at, err);
	case JSON_KIND_REAL:
		*(double *)at = json_to_double(node);
		return 0;
	case JSON_KIND_STRING:
		return read_cstr(node, row, at, err);
	case JSON_KIND_ARRAY:
	case JSON_KIND_OBJECT:
		*(const struct json **)at = node;
		return 0;
	case JSON_KIND_NULL:
		break;
	}
	return 0;
}

static bool
is_kind(const struct json *node, const struct json_row *row)
{
	enum json_kind kind = json_kind(node);
	return row->flags & JSON_ROW_ANY || kind == row->kind ||
	       (row->kind == JSON_KIND_REAL && kind == JSON_KIND_INTEGER);
}

int
json_read(const struct json *object, const struct json_row *rows, size_t count, void *into,
	struct err *err)
{
	char what[128];
	if (json_kind(object) != JSON_KIND_OBJECT)
		return json_refuse(object, JSON_AT_VALUE, err, "found %s, expected an object",
			json_found(object, what));
	for (const struct json *it = json_first(object); it; it = json_next(it)) {
		const struct json_row *row = find_row(rows, count, json_key(it));
		if (!row)
			return refuse_unknown(it, rows, count, err);
		if (json_kind(it) == JSON_KIND_NULL && row->flags & JSON_ROW_NULL)
			continue;
		if (!is_kind(it, row))
			return refuse_value(it, row, err);
		int rc = row->check ? row->check(it, err) : 0;
		if (rc == 0)
			rc = read_value(it, row, (char *)into + row->offset, err);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < count; i++) {
		char right[96];
		if (rows[i].flags & JSON_ROW_REQUIRED && !json_find(object, rows[i].key))
			return json_refuse(object, JSON_AT_VALUE, err,
				"found no \"%s\", expected %s (%s)", rows[i].key,
				expected(&rows[i], right), rows[i].help);
	}
	return 0;
}
