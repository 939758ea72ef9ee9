/* SPDX-License-Identifier: MIT */
#include "cockpit/base_str.h"

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
str_eqc(struct str a, const char *cstr)
{
	return str_eq(a, str_from(cstr));
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

ptrdiff_t
str_find(struct str s, char c)
{
	const char *p = s.len ? memchr(s.ptr, c, s.len) : NULL;
	return p ? p - s.ptr : -1;
}

ptrdiff_t
str_find_str(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++) {
		if (str_eq(str_slice(s, i, i + needle.len), needle))
			return (ptrdiff_t)i;
	}
	return -1;
}

struct str
str_slice(struct str s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct str){s.ptr ? s.ptr + from : s.ptr, to - from};
}

struct str
str_cut(struct str *rest, char sep)
{
	ptrdiff_t at = str_find(*rest, sep);
	struct str head = *rest;
	if (at < 0) {
		*rest = str_slice(*rest, rest->len, rest->len);
		return head;
	}
	head.len = (size_t)at;
	*rest = str_slice(*rest, (size_t)at + 1, rest->len);
	return head;
}

struct str
str_cut_last(struct str *rest, char sep)
{
	struct str tail = *rest;
	size_t from = rest->len;
	while (from > 0 && rest->ptr[from - 1] != sep)
		from--;
	*rest = str_slice(*rest, 0, from > 0 ? from - 1 : 0);
	return str_slice(tail, from, tail.len);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = str_slice(s, 1, s.len);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
str_to_u64(struct str s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(s.ptr[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*ret = value;
	return true;
}

bool
str_to_int(struct str s, int min, int max, int *ret)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	uint64_t magnitude;
	if (!str_to_u64(str_slice(s, negative, s.len), (uint64_t)INT32_MAX, &magnitude))
		return false;
	int value = negative ? -(int)magnitude : (int)magnitude;
	if (value < min || value > max)
		return false;
	*ret = value;
	return true;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool
str_is_name(struct str s)
{
	if (s.len < 1 || s.len > 64 || !(is_alnum(s.ptr[0]) || s.ptr[0] == '_'))
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (!is_alnum(s.ptr[i]) && !memchr("._-", s.ptr[i], 3))
			return false;
	}
	return true;
}

uint64_t
str_hash(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u; /* FNV-1a */
	return h;
}
