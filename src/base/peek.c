/* SPDX-License-Identifier: MIT */
#include "cockpit/base_peek.h"

#include "cockpit/base_text.h"

#define DEPTH_MAX 64

static void
skip_blank(struct str *s)
{
	while (s->len > 0 &&
		(*s->ptr == ' ' || *s->ptr == '\t' || *s->ptr == '\n' || *s->ptr == '\r'))
		*s = str_slice(*s, 1, s->len);
}

static bool
take(struct str *s, char c)
{
	skip_blank(s);
	if (s->len == 0 || *s->ptr != c)
		return false;
	*s = str_slice(*s, 1, s->len);
	return true;
}

/* What stands between the quotes, as it stands. False if the closing one is missing. */
static bool
take_string(struct str *s, struct str *ret)
{
	size_t at = 1;
	while (at < s->len && s->ptr[at] != '"')
		at += s->ptr[at] == '\\' ? 2 : 1;
	bool closed = at < s->len;
	*ret = str_slice(*s, 1, at);
	*s = str_slice(*s, at + 1, s->len);
	return closed;
}

static bool
ends_word(char c)
{
	return strchr(",:]} \t\r\n", c) != NULL;
}

/* A value of any kind, brackets counted and not matched. False if it is cut off. */
static bool
take_value(struct str *s, struct str *ret)
{
	const char *from = s->ptr;
	int depth = 0;
	bool whole = false;
	while (s->len > 0 && !whole) {
		char c = *s->ptr;
		struct str string;
		if (c == '"') {
			if (!take_string(s, &string))
				break;
			whole = depth == 0;
			continue;
		}
		if (depth == 0 && ends_word(c)) {
			whole = s->ptr > from;
			break;
		}
		depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
		*s = str_slice(*s, 1, s->len);
		whole = depth == 0 && (c == '}' || c == ']');
	}
	*ret = (struct str){from, (size_t)(s->ptr - from)};
	return whole;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\uXXXX" at the front: -1 if it is none. */
static int32_t
unit(struct str s)
{
	int32_t value = 0;
	if (s.len < 6 || s.ptr[0] != '\\' || s.ptr[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex(s.ptr[i]);
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void
add_unit(struct str *s, struct buf *into)
{
	char bytes[4];
	int32_t high = unit(*s), low;
	uint32_t cp = TEXT_BAD;
	size_t used = 6;
	if (high < 0) { /* none, or cut off */
		*s = str_slice(*s, s->len < 6 ? s->len : 2, s->len);
		return;
	}
	low = unit(str_slice(*s, 6, s->len));
	if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
		cp = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
		used = 12;
	} else if (high != 0 && (high < 0xd800 || high >= 0xe000)) {
		cp = (uint32_t)high;
	}
	buf_add(into, (struct str){bytes, text_encode(cp, bytes)});
	*s = str_slice(*s, used, s->len);
}

static void
add_string(struct str s, struct buf *into)
{
	static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	while (s.len > 0) {
		ptrdiff_t at = str_find(s, '\\');
		size_t n = at < 0 ? s.len : (size_t)at;
		buf_add(into, str_slice(s, 0, n));
		s = str_slice(s, n, s.len);
		if (s.len < 2)
			return;
		const char *known = strchr(plain, s.ptr[1]);
		if (s.ptr[1] == 'u') {
			add_unit(&s, into);
			continue;
		}
		if (known && s.ptr[1])
			buf_byte(into, means[known - plain]);
		s = str_slice(s, 2, s.len);
	}
}

/* The value at that place in the array that begins at *s. */
static bool
find_at(struct str *s, int index)
{
	struct str value;
	*s = str_slice(*s, 1, s->len);
	for (int i = 0;; i++) {
		skip_blank(s);
		if (i == index)
			return s->len > 0 && *s->ptr != ']';
		if (!take_value(s, &value) || !take(s, ','))
			return false;
	}
}

/* The value under key in the object or array that begins at *s. */
static bool
find(struct str *s, struct str key)
{
	int index;
	skip_blank(s);
	if (s->len > 0 && *s->ptr == '[')
		return str_to_int(key, 0, 1000, &index) && find_at(s, index);
	if (!take(s, '{'))
		return false;
	for (;;) {
		struct str name, value;
		skip_blank(s);
		if (s->len == 0 || *s->ptr != '"')
			return false;
		take_string(s, &name);
		if (!take(s, ':'))
			return false;
		skip_blank(s);
		if (str_eq(name, key))
			return s->len > 0;
		if (!take_value(s, &value) || !take(s, ','))
			return false;
	}
}

bool
json_peek(struct str text, const char *path, struct buf *into, bool *cut)
{
	struct str rest = str_from(path), value;
	for (int depth = 0; rest.len > 0; depth++) {
		if (depth == DEPTH_MAX || !find(&text, str_cut(&rest, '.')))
			return false;
	}
	struct str from = text;
	bool whole = take_value(&text, &value);
	if (value.len == 0)
		return false;
	if (cut)
		*cut = !whole;
	if (*from.ptr == '"')
		add_string(str_slice(value, 1, value.len - (whole ? 1 : 0)), into);
	else
		buf_add(into, value);
	return true;
}
