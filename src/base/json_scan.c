/* SPDX-License-Identifier: MIT */
/*
 * jansson keeps no places and names them in its errors only by the token's
 * end. So the text is scanned first, by this small recursive descent, which is
 * as strict as jansson: it says what is wrong in the exact place and notes where every
 * value and key begins. Depth is bounded, so recursion is too.
 */
#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define FOUND_MAX 96

struct scan {
	struct json_doc *doc;
	size_t pos;
	struct err *err;
};

struct json_place
json_text_place(struct str text, size_t at)
{
	struct json_place place = {1, 1};
	for (size_t i = 0; i < at && i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c == '\n') {
			place.line++;
			place.column = 1;
		} else if ((c & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

int
json_text_refuse(
	const struct json_doc *doc, size_t at, int code, struct err *err, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct json_place place = json_text_place((struct str){doc->text, doc->len}, at);
	return err_set(err, code, "%s:%u:%u: %s", doc->file, place.line, place.column, text);
}

/* The byte at pos + ahead; NUL (which the text has nowhere) at the end. */
static char
peek(const struct scan *s, size_t ahead)
{
	return ahead < s->doc->len - s->pos ? s->doc->text[s->pos + ahead] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '-' || c == '+' || c == '.';
}

static size_t
word_len(const struct scan *s)
{
	size_t len = 0;
	while (is_word(peek(s, len)))
		len++;
	return len;
}

static void
skip_blanks(struct scan *s)
{
	char c;
	while ((c = peek(s, 0)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		s->pos++;
}

/* What stands at pos, for people. */
static const char *
found(const struct scan *s, char ret[FOUND_MAX])
{
	char c = peek(s, 0);
	struct str rest = {s->doc->text + s->pos, s->doc->len - s->pos};
	struct str left = rest;
	if (!rest.len)
		return "the end of the file";
	if (c == '"')
		return "a string";
	if (c == '#' || str_starts(rest, STR("//")) || str_starts(rest, STR("/*")))
		return "a comment (JSON has none)";
	size_t len = word_len(s);
	if (!len) {
		text_next(&left);
		len = rest.len - left.len;
	}
	char safe[40];
	snprintf(ret, FOUND_MAX, "'%s'",
		text_safe_tmp(safe, sizeof(safe), str_slice(rest, 0, len)));
	return ret;
}

static int
unexpected(struct scan *s, const char *expected)
{
	char what[FOUND_MAX];
	return json_text_refuse(s->doc, s->pos, ERR_CONFIG, s->err, "found %s, expected %s",
		found(s, what), expected);
}

/* One character of a string is bad; at is where it begins. */
static int
bad_char(struct scan *s, size_t at, const char *what, const char *expected)
{
	return json_text_refuse(
		s->doc, at, ERR_CONFIG, s->err, "found %s, expected %s", what, expected);
}

/* Four hex digits at pos + ahead; -1 if they are not. */
static int
hex4(const struct scan *s, size_t ahead)
{
	int value = 0;
	for (size_t i = 0; i < 4; i++) {
		char c = peek(s, ahead + i);
		if (is_digit(c))
			value = value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return value;
}

static int
scan_escape(struct scan *s)
{
	size_t at = s->pos;
	char c = peek(s, 1);
	if (c != 'u') {
		if (c == '\0' || !strchr("\"\\/bfnrt", c))
			return bad_char(s, at, "a bad escape",
				"one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
		s->pos += 2;
		return 0;
	}
	int unit = hex4(s, 2);
	if (unit < 0)
		return bad_char(s, at, "a bad \\u escape", "four hex digits after \\u");
	if (unit == 0)
		return bad_char(s, at, "a NUL (\\u0000)", "text without NULs");
	s->pos += 6;
	if (unit < 0xd800 || unit > 0xdfff)
		return 0;
	int low = peek(s, 0) == '\\' && peek(s, 1) == 'u' ? hex4(s, 2) : -1;
	if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
		return bad_char(
			s, at, "half of a surrogate pair", "both halves (\\uD8XX\\uDCXX)");
	s->pos += 6;
	return 0;
}

static int
scan_string(struct scan *s)
{
	s->pos++;
	for (;;) {
		unsigned char c = (unsigned char)peek(s, 0);
		if (s->pos == s->doc->len)
			return unexpected(s, "'\"' to end the string");
		if (c == '\n' || c == '\r')
			return bad_char(s, s->pos, "the end of the line",
				"'\"' to end the string (a newline in it is written \\n)");
		if (c == '\t')
			return bad_char(s, s->pos, "a tab in a string", "it written as \\t");
		if (c < 0x20) {
			char what[40], expected[40];
			snprintf(what, sizeof(what), "a control byte 0x%02x in a string", c);
			snprintf(expected, sizeof(expected), "it written as \\u%04x", c);
			return bad_char(s, s->pos, what, expected);
		}
		if (c == '"')
			break;
		if (c != '\\') {
			s->pos++;
			continue;
		}
		int rc = scan_escape(s);
		if (rc < 0)
			return rc;
	}
	s->pos++;
	return 0;
}

static int
scan_number(struct scan *s)
{
	const char *p = s->doc->text + s->pos;
	size_t len = word_len(s), i = p[0] == '-', whole;
	size_t begin = i;
	while (i < len && is_digit(p[i]))
		i++;
	bool good = i > begin && (p[begin] != '0' || i == begin + 1);
	whole = i;
	if (i < len && p[i] == '.') {
		begin = ++i;
		while (i < len && is_digit(p[i]))
			i++;
		good = good && i > begin;
	}
	if (i < len && (p[i] == 'e' || p[i] == 'E')) {
		i++;
		i += i < len && (p[i] == '+' || p[i] == '-');
		begin = i;
		while (i < len && is_digit(p[i]))
			i++;
		good = good && i > begin;
	}
	if (!good || i != len)
		return unexpected(s, "a number as 12, -3 or 0.5");
	if (whole == len) {
		errno = 0;
		(void)strtoll(p, NULL, 10);
		if (errno == ERANGE)
			return unexpected(s, "a smaller number");
	}
	s->pos += len;
	return 0;
}

static int
scan_word(struct scan *s)
{
	struct str word = {s->doc->text + s->pos, word_len(s)};
	if (!str_eqc(word, "true") && !str_eqc(word, "false") && !str_eqc(word, "null"))
		return unexpected(s, "a value (text stands in double quotes)");
	s->pos += word.len;
	return 0;
}

/* Adds a node that begins at pos. */
static size_t
add_node(struct scan *s, uint32_t key_at)
{
	struct json_doc *doc = s->doc;
	if (doc->count == doc->cap) {
		doc->cap = doc->cap ? doc->cap * 2 : 64;
		doc->nodes = mem_grow(doc->nodes, doc->cap, sizeof(*doc->nodes));
	}
	doc->nodes[doc->count] =
		(struct json){.doc = doc, .at = (uint32_t)s->pos, .key_at = key_at};
	return doc->count++;
}

static int
scan_key(struct scan *s, bool first)
{
	if (peek(s, 0) != '"')
		return unexpected(s, first ? "a key in double quotes or '}'"
					   : "another key in double quotes after ','");
	int rc = scan_string(s);
	if (rc < 0)
		return rc;
	skip_blanks(s);
	if (peek(s, 0) != ':')
		return unexpected(s, "':' after the key");
	s->pos++;
	skip_blanks(s);
	return 0;
}

static int scan_value(struct scan *s, uint32_t key_at, unsigned depth);

/* What stands between the brackets, and the closing one. */
static int
scan_inside(struct scan *s, size_t node, bool object, unsigned depth)
{
	char close = object ? '}' : ']';
	size_t last = 0;
	if (depth >= JSON_DEPTH_MAX)
		return json_text_refuse(s->doc, s->pos, ERR_CONFIG, s->err,
			"found more than %d levels of brackets, expected at most that",
			JSON_DEPTH_MAX);
	s->pos++;
	skip_blanks(s);
	if (peek(s, 0) == close) {
		s->pos++;
		return 0;
	}
	for (;;) {
		uint32_t key_at = object ? (uint32_t)s->pos : JSON_NO_KEY;
		bool first = s->doc->nodes[node].count == 0;
		int rc = object ? scan_key(s, first) : 0;
		if (rc < 0)
			return rc;
		size_t child = s->doc->count;
		rc = scan_value(s, key_at, depth + 1);
		if (rc < 0)
			return rc;
		if (!first)
			s->doc->nodes[last].next = (uint32_t)child;
		last = child;
		s->doc->nodes[node].count++;
		skip_blanks(s);
		char c = peek(s, 0);
		if (c != close && c != ',')
			return unexpected(s, object ? "',' or '}'" : "',' or ']'");
		s->pos++;
		if (c == close)
			return 0;
		skip_blanks(s);
	}
}

static int
scan_value(struct scan *s, uint32_t key_at, unsigned depth)
{
	char c = peek(s, 0);
	size_t node = add_node(s, key_at);
	if (c == '{' || c == '[')
		return scan_inside(s, node, c == '{', depth);
	if (c == '"')
		return scan_string(s);
	if (c == '-' || is_digit(c))
		return scan_number(s);
	return is_word(c) ? scan_word(s) : unexpected(s, "a value");
}

/* No NUL, no byte order mark, nothing but UTF-8. */
static int
check_encoding(struct scan *s)
{
	struct str text = {s->doc->text, s->doc->len};
	if (str_starts(text, STR("\xef\xbb\xbf")))
		return bad_char(s, 0, "a byte order mark", "plain UTF-8 without one");
	if (str_starts(text, STR("\xff\xfe")) || str_starts(text, STR("\xfe\xff")))
		return bad_char(s, 0, "UTF-16", "plain UTF-8");
	for (struct str rest = text; rest.len > 0;) {
		size_t at = text.len - rest.len;
		unsigned char c = (unsigned char)rest.ptr[0];
		if (c == '\0')
			return bad_char(s, at, "a NUL byte", "UTF-8 text");
		if (c < 0x80) {
			rest = str_slice(rest, 1, rest.len);
			continue;
		}
		if (text_next(&rest) != TEXT_BAD ||
			str_starts(str_slice(text, at, text.len), STR("\xef\xbf\xbd")))
			continue;
		char what[64];
		snprintf(what, sizeof(what), "byte 0x%02x, which is not UTF-8 (Latin-1?)", c);
		return bad_char(s, at, what, "UTF-8 text");
	}
	return 0;
}

int
json_scan(struct json_doc *doc, struct err *err)
{
	struct scan s = {.doc = doc, .err = err};
	int rc = check_encoding(&s);
	if (rc < 0)
		return rc;
	skip_blanks(&s);
	char c = peek(&s, 0);
	if (c != '{' && c != '[')
		return unexpected(&s, "'{' or '['");
	rc = scan_value(&s, JSON_NO_KEY, 0);
	if (rc < 0)
		return rc;
	skip_blanks(&s);
	return s.pos == doc->len ? 0 : unexpected(&s, "the end of the file");
}
