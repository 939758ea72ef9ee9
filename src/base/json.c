/* SPDX-License-Identifier: MIT */
/*
 * A text is scanned for places (json_scan.c), then read by jansson, then both
 * results are walked side by side: jansson keeps the order of keys, so the n-th
 * value of the one is the n-th of the other, and each node gets its value.
 */
#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define FILE_COLS 400 /* of a file's name in errors, so that the reason still fits */

/* Where the last key or value begins before end: nodes stand in the text's order. */
static size_t
last_before(const struct json_doc *doc, size_t end, bool key)
{
	size_t at = 0;
	for (size_t i = 0; i < doc->count; i++) {
		size_t here = key ? doc->nodes[i].key_at : doc->nodes[i].at;
		if (here < end)
			at = here;
	}
	return at;
}

/* What the scanner does not look for: duplicate keys, numbers out of range. */
static int
refuse_jansson(const struct json_doc *doc, const json_error_t *why, struct err *err)
{
	size_t end = why->position > 0 ? (size_t)why->position : 0;
	enum json_error_code code = json_error_code(why);
	size_t at = last_before(doc, end, code == json_error_duplicate_key);
	char safe[200];
	if (code == json_error_duplicate_key)
		return json_text_refuse(doc, at, ERR_CONFIG, err,
			"found a key for the second time, expected each key once");
	if (code == json_error_numeric_overflow)
		return json_text_refuse(doc, at, ERR_CONFIG, err,
			"found a number that is too large, expected a smaller number");
	return json_text_refuse(doc, at, ERR_CONFIG, err, "%s, expected JSON",
		text_safe_tmp(safe, sizeof(safe), str_from(why->text)));
}

static void
bind(struct json_doc *doc, size_t index, json_t *value)
{
	struct json *node = &doc->nodes[index];
	size_t child = index + 1;
	node->value = value;
	if (json_is_object(value)) {
		const char *key;
		json_t *inner;
		BUG_ON(json_object_size(value) != node->count);
		json_object_foreach(value, key, inner)
		{
			doc->nodes[child].key = key;
			bind(doc, child, inner);
			child = doc->nodes[child].next;
		}
	} else if (json_is_array(value)) {
		BUG_ON(json_array_size(value) != node->count);
		for (size_t i = 0; i < node->count; i++) {
			bind(doc, child, json_array_get(value, i));
			child = doc->nodes[child].next;
		}
	}
}

int
json_doc_parse(const char *file, struct str text, struct json_doc **ret, struct err *err)
{
	struct buf name = BUF_INIT;
	json_error_t why;
	int rc;
	text_safe(&name, str_from(file), FILE_COLS);
	struct json_doc *doc = MEM_NEW(struct json_doc);
	doc->file = buf_steal(&name);
	if (text.len > JSON_TEXT_MAX) {
		rc = err_set(err, ERR_LIMIT, "%s: found %zu bytes, expected at most %u",
			doc->file, text.len, JSON_TEXT_MAX);
		goto fail;
	}
	doc->text = mem_strndup(text.ptr ? text.ptr : "", text.len);
	doc->len = text.len;
	rc = json_scan(doc, err);
	if (rc < 0)
		goto fail;
	json_set_alloc_funcs(mem_alloc, mem_free);
	doc->root = json_loadb(doc->text, doc->len, JSON_REJECT_DUPLICATES, &why);
	if (!doc->root) {
		rc = refuse_jansson(doc, &why, err);
		goto fail;
	}
	bind(doc, 0, doc->root);
	*ret = doc;
	return 0;
fail:
	json_doc_free(doc);
	return rc;
}

void
json_doc_free(struct json_doc *doc)
{
	if (!doc)
		return;
	json_decref(doc->root);
	mem_free(doc->nodes);
	mem_free(doc->text);
	mem_free(doc->file);
	mem_free(doc);
}

const struct json *
json_doc_root(const struct json_doc *doc)
{
	return &doc->nodes[0];
}

enum json_kind
json_kind(const struct json *node)
{
	switch (json_typeof(node->value)) {
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_ARRAY:
		return JSON_KIND_ARRAY;
	case JSON_STRING:
		return JSON_KIND_STRING;
	case JSON_INTEGER:
		return JSON_KIND_INTEGER;
	case JSON_REAL:
		return JSON_KIND_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOL;
	case JSON_NULL:
		break;
	}
	return JSON_KIND_NULL;
}

const char *
json_kind_text(enum json_kind kind)
{
	static const char *const texts[] = {
		[JSON_KIND_NULL] = "null",
		[JSON_KIND_BOOL] = "true or false",
		[JSON_KIND_INTEGER] = "an integer",
		[JSON_KIND_REAL] = "a number",
		[JSON_KIND_STRING] = "a string",
		[JSON_KIND_ARRAY] = "an array",
		[JSON_KIND_OBJECT] = "an object",
	};
	return texts[kind];
}

bool
json_to_bool(const struct json *node)
{
	BUG_ON(!json_is_boolean(node->value));
	return json_is_true(node->value);
}

int64_t
json_to_int(const struct json *node)
{
	BUG_ON(!json_is_integer(node->value));
	return (int64_t)json_integer_value(node->value);
}

double
json_to_double(const struct json *node)
{
	BUG_ON(!json_is_number(node->value));
	return json_number_value(node->value);
}

const char *
json_to_cstr(const struct json *node)
{
	BUG_ON(!json_is_string(node->value));
	return json_string_value(node->value);
}

const struct json *
json_first(const struct json *node)
{
	return node->count ? node + 1 : NULL;
}

const struct json *
json_next(const struct json *node)
{
	return node->next ? &node->doc->nodes[node->next] : NULL;
}

size_t
json_count(const struct json *node)
{
	return node->count;
}

const struct json *
json_find(const struct json *node, const char *key)
{
	for (const struct json *it = json_first(node); it; it = json_next(it)) {
		if (it->key && strcmp(it->key, key) == 0)
			return it;
	}
	return NULL;
}

const char *
json_key(const struct json *node)
{
	return node->key;
}

static size_t
offset(const struct json *node, enum json_at at)
{
	return at == JSON_AT_KEY && node->key_at != JSON_NO_KEY ? node->key_at : node->at;
}

struct json_place
json_place(const struct json *node, enum json_at at)
{
	const struct json_doc *doc = node->doc;
	return json_text_place((struct str){doc->text, doc->len}, offset(node, at));
}

int
json_refuse(const struct json *node, enum json_at at, struct err *err, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return json_text_refuse(node->doc, offset(node, at), ERR_CONFIG, err, "%s", text);
}

/* A string in quotes, cut with "…" to what fits. */
static void
quote(struct str s, char ret[128])
{
	struct buf b = BUF_INIT;
	int cols = 48;
	do {
		buf_clear(&b);
		text_safe(&b, s, cols);
		cols /= 2;
	} while (b.len > 120);
	snprintf(ret, 128, "\"%s\"", buf_cstr(&b));
	buf_release(&b);
}

const char *
json_found(const struct json *node, char ret[128])
{
	switch (json_kind(node)) {
	case JSON_KIND_STRING:
		quote(str_from(json_to_cstr(node)), ret);
		return ret;
	case JSON_KIND_INTEGER:
		snprintf(ret, 128, "%" PRId64, json_to_int(node));
		return ret;
	case JSON_KIND_REAL:
		snprintf(ret, 128, "%g", json_to_double(node));
		return ret;
	case JSON_KIND_BOOL:
		return json_to_bool(node) ? "true" : "false";
	case JSON_KIND_NULL:
	case JSON_KIND_ARRAY:
	case JSON_KIND_OBJECT:
		break;
	}
	return json_kind_text(json_kind(node));
}
