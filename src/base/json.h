/*
 * json: what the scanner (json_scan.c) leaves for the reader (json.c): all
 * values of a text, in the text's order, each with its place.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "cockpit/base_json.h"

struct json_t;

#define JSON_NO_KEY UINT32_MAX

struct json {
	const struct json_doc *doc;
	struct json_t *value; /* jansson's, set by json.c */
	const char *key;      /* jansson's, NULL: none */
	uint32_t at, key_at;  /* byte offsets in the text; key_at may be JSON_NO_KEY */
	uint32_t next;        /* index of the next one in the same array or object; 0: none */
	uint32_t count;       /* of what it holds; the first of these is the node after it */
};

struct json_doc {
	char *file; /* safe to show */
	char *text;
	size_t len;
	struct json *nodes;
	size_t count, cap;
	struct json_t *root;
};

struct json_place json_text_place(struct str text, size_t at);
/* "FILE:LINE:COLUMN: …" for a byte of the text; returns code. */
int json_text_refuse(const struct json_doc *doc, size_t at, int code, struct err *err,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Checks doc->text against the whole grammar but for duplicate keys, and fills doc->nodes. */
int json_scan(struct json_doc *doc, struct err *err);

#endif
