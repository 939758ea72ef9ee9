/*
 * base_json: JSON read from files that people write, and JSON written for programs.
 *
 * Reading is strict: one object or array, UTF-8 without a byte order mark, no
 * duplicate keys, no NULs, at most JSON_TEXT_MAX bytes and JSON_DEPTH_MAX
 * levels. Every value and key knows its place, so that what is found wrong
 * later, with a value of the right type too, is said the same way:
 * "FILE:LINE:COLUMN: found X, expected Y". Lines and columns count from 1,
 * columns in characters (a tab is one).
 *
 * Readers are tables: json_read() fills a struct from an object by rows of
 * {key, kind, flags, offset, …}. Only what a row cannot say is code.
 *
 * jansson stops in this module: its names (json_object_…, json_array_…,
 * json_string_…, JSON_OBJECT, …) are not ours to define.
 */
#ifndef COCKPIT_BASE_JSON_H
#define COCKPIT_BASE_JSON_H

#include "cockpit/base_buf.h"

struct err;
struct json;     /* one value, borrowed from its doc */
struct json_doc; /* a whole text */

#define JSON_TEXT_MAX  (1u << 20)
#define JSON_DEPTH_MAX 32

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_INTEGER,
	JSON_KIND_REAL,
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT,
};

/* file is the name for errors only; text is not needed after the call. ERR_CONFIG, ERR_LIMIT.
 */
int json_doc_parse(const char *file, struct str text, struct json_doc **ret, struct err *err);
void json_doc_free(struct json_doc *doc); /* accepts NULL */
/* An object or an array. */
const struct json *json_doc_root(const struct json_doc *doc);

enum json_kind json_kind(const struct json *node);
/* "an integer"; for messages. */
const char *json_kind_text(enum json_kind kind);
/* These want the right kind: anything else is a bug of the caller. Strings hold no NUL. */
bool json_to_bool(const struct json *node);
int64_t json_to_int(const struct json *node);
double json_to_double(const struct json *node); /* of an integer as well */
const char *json_to_cstr(const struct json *node);

/* Values of arrays and objects in the text's order; NULL at the end and for other kinds. */
const struct json *json_first(const struct json *node);
const struct json *json_next(const struct json *node);
size_t json_count(const struct json *node);
/* The value under key; NULL if there is none. */
const struct json *json_find(const struct json *node, const char *key);
/* The key that leads to this value in its object; NULL elsewhere. */
const char *json_key(const struct json *node);

struct json_place {
	unsigned line, column;
};

enum json_at { JSON_AT_VALUE, JSON_AT_KEY /* the value's own place when it has no key */ };

struct json_place json_place(const struct json *node, enum json_at at);
/* "FILE:LINE:COLUMN: …"; returns ERR_CONFIG. Foreign text in it must be safe already. */
int json_refuse(const struct json *node, enum json_at at, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* What stands there, safe and short, for "found …": "\"four\"", "12", "an object". */
const char *json_found(const struct json *node, char ret[128]);

enum json_row_flags {
	JSON_ROW_REQUIRED = 1 << 0,
	JSON_ROW_NULL = 1 << 1, /* null is fine as well; the target stays as it is */
	JSON_ROW_ANY = 1 << 2,  /* of any kind; the target is const struct json * (borrowed) */
};

/*
 * One key. The target at offset by kind: bool, int, double, char * (the
 * struct's own copy), and for arrays and objects const struct json *
 * (borrowed). min and max bound integers and the bytes of strings; both 0: any.
 */
struct json_row {
	const char *key;
	enum json_kind kind;
	unsigned flags; /* enum json_row_flags */
	size_t offset;
	int64_t min, max;
	/* Last look at a value of the right kind and size; NULL: none. Says no by
	 * json_refuse(). */
	int (*check)(const struct json *node, struct err *err);
	const char *help; /* what belongs there, for "expected": "a branch" */
};

/*
 * Fills into (zeroed by the caller, who also releases it, after an error too).
 * Unknown keys are errors that name the nearest known one.
 */
int json_read(const struct json *object, const struct json_row *rows, size_t count, void *into,
	struct err *err);

/*
 * Writing, into a buf. Keys are NULL at the top and in arrays, and else never.
 * Bytes that are not UTF-8 become U+FFFD; control and invisible characters are
 * escaped, so that the text is safe on a terminal too. Closing what is not open
 * is a bug, a full buf is reported by json_writer_end() alone.
 */
struct json_writer {
	struct buf *into;
	bool indent; /* two blanks a level; else all on one line */
	/* private */
	unsigned depth;
	char close[JSON_DEPTH_MAX];
	bool filled[JSON_DEPTH_MAX];
	int status;
};

#define JSON_WRITER_INIT(buf, pretty) ((struct json_writer){.into = (buf), .indent = (pretty)})

void json_write_object(struct json_writer *w, const char *key);
void json_write_array(struct json_writer *w, const char *key);
void json_write_close(struct json_writer *w); /* the innermost open object or array */
void json_write_str(struct json_writer *w, const char *key, struct str value);
void json_write_cstr(
	struct json_writer *w, const char *key, const char *value); /* NULL: null */
void json_write_int(struct json_writer *w, const char *key, int64_t value);
/* A number with a point in it: 1500000 is 1.5. */
void json_write_millionths(struct json_writer *w, const char *key, int64_t value);
void json_write_bool(struct json_writer *w, const char *key, bool value);
void json_write_null(struct json_writer *w, const char *key);
/* All must be closed; adds a newline. 0 or ERR_LIMIT. */
int json_writer_end(struct json_writer *w);

#endif
