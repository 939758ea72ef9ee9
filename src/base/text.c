/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* wcwidth */
#include "cockpit/base_text.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "cockpit/base_mem.h"

void
text_init(void)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

unsigned
text_need(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* The second byte's range depends on the first: this excludes overlong forms, surrogates and
 * what lies above U+10FFFF (Unicode 15, table 3-7). */
static bool
second_ok(unsigned char first, unsigned char second)
{
	static const struct {
		unsigned char first, low, high;
	} rules[] = {
		{0xe0, 0xa0, 0xbf},
                {0xed, 0x80, 0x9f},
                {0xf0, 0x90, 0xbf},
                {0xf4, 0x80, 0x8f}
        };
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].first == first)
			return second >= rules[i].low && second <= rules[i].high;
	}
	return second >= 0x80 && second <= 0xbf;
}

uint32_t
text_next(struct str *s)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *p = (const unsigned char *)s->ptr;
	BUG_ON(s->len == 0);
	unsigned need = text_need(p[0]);
	uint32_t cp = need ? p[0] & mask[need] : TEXT_BAD;
	unsigned used = 1;
	while (used < need) {
		bool ok = used < s->len && (used == 1 ? second_ok(p[0], p[1])
						      : p[used] >= 0x80 && p[used] <= 0xbf);
		if (!ok) {
			cp = TEXT_BAD;
			break;
		}
		cp = cp << 6 | (p[used] & 0x3fu);
		used++;
	}
	*s = str_slice(*s, used, s->len);
	return cp;
}

unsigned
text_encode(uint32_t cp, char ret[4])
{
	if (cp < 0x80) {
		ret[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		ret[0] = (char)(0xc0 | cp >> 6);
		ret[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		ret[0] = (char)(0xe0 | cp >> 12);
		ret[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | (cp >> 18 & 0x07));
	ret[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

int
text_width(uint32_t cp)
{
	if (cp >= 0x20 && cp < 0x7f)
		return 1;
	return wcwidth((wchar_t)cp);
}

int
text_cols(struct str s)
{
	int cols = 0;
	while (s.len > 0) {
		int width = text_width(text_next(&s));
		cols += width > 0 ? width : 0;
	}
	return cols;
}

struct str
text_row(struct str *rest, int cols)
{
	struct str all = *rest, left = all;
	size_t blank = 0;
	int used = 0;
	bool words = false;
	while (left.len > 0 && left.ptr[0] != '\n') {
		struct str before = left;
		size_t at = all.len - left.len;
		int width = text_width(text_next(&left));
		used += width > 0 ? width : 0;
		/* What a line is indented by stays before its first word. */
		words = words || before.ptr[0] != ' ';
		if (before.ptr[0] == ' ' && words)
			blank = at;
		/* One character always goes, lest there be no end. */
		if (used <= cols || at == 0)
			continue;
		size_t end = blank ? blank : at;
		*rest = str_slice(all, end + (all.ptr[end] == ' '), all.len);
		return str_slice(all, 0, end);
	}
	*rest = str_slice(left, 1, left.len);
	return str_slice(all, 0, all.len - left.len);
}

/* What a person cannot see but a program obeys. */
static bool
is_hidden(uint32_t cp)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{0x00ad,  0x00ad },
                {0x034f,  0x034f },
                {0x061c,  0x061c },
                {0x115f,  0x1160 },
		{0x17b4,  0x17b5 },
                {0x180b,  0x180f },
                {0x200b,  0x200f },
                {0x2028,  0x202e },
		{0x2060,  0x206f },
                {0x3164,  0x3164 },
                {0xfe00,  0xfe0f },
                {0xfeff,  0xfeff },
		{0xffa0,  0xffa0 },
                {0xfff0,  0xfffb },
                {0x1bca0, 0x1bca3},
                {0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff}
        };
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (cp >= ranges[i].from && cp <= ranges[i].to)
			return true;
	}
	return false;
}

/* One code point as it may be shown; ret holds at least 12 bytes. Returns its columns. */
static int
show(uint32_t cp, char *ret, size_t size)
{
	int width = text_width(cp);
	if (cp < 0x20 || cp == 0x7f) {
		snprintf(ret, size, "^%c", (int)(cp ^ 0x40));
		return 2;
	}
	if (width < 0 || is_hidden(cp))
		return snprintf(ret, size, "<U+%04X>", (unsigned)cp);
	ret[text_encode(cp, ret)] = '\0';
	return width;
}

void
text_safe(struct buf *into, struct str s, int cols)
{
	int used = 0;
	int marks = 0;           /* zero-width marks in a row: towers of them are cut */
	size_t fits = into->len; /* where "…" still has its column */
	while (s.len > 0) {
		char out[16];
		int width = show(text_next(&s), out, sizeof(out));
		marks = width == 0 ? marks + 1 : 0;
		if (marks > 4 || (width == 0 && used == 0))
			continue;
		if (cols >= 0 && used + width > cols) {
			buf_truncate(into, fits);
			if (cols > 0)
				buf_addc(into, "\xe2\x80\xa6");
			return;
		}
		buf_addc(into, out);
		used += width;
		if (used < cols)
			fits = into->len;
	}
}

void
text_cell(struct buf *into, struct str s, int cols, bool right)
{
	struct buf cell = BUF_INIT;
	text_safe(&cell, s, cols);
	int gap = cols - text_cols(buf_str(&cell));
	buf_fill(into, ' ', right ? (size_t)gap : 0);
	buf_add(into, buf_str(&cell));
	buf_fill(into, ' ', right ? 2 : (size_t)gap + 2);
	buf_release(&cell);
}

void
text_safe_tabs(struct buf *into, struct str s, int stop)
{
	while (s.len > 0) {
		ptrdiff_t tab = str_find(s, '\t');
		size_t at = into->len;
		text_safe(into, str_slice(s, 0, tab < 0 ? s.len : (size_t)tab), -1);
		if (tab < 0)
			return;
		/* Only of what is new since the last stop: a line may be nothing but tabs. */
		int cols = text_cols(str_slice(buf_str(into), at, into->len));
		if (stop)
			buf_fill(into, ' ', (size_t)(stop - cols % stop));
		else
			buf_byte(into, '\t');
		s = str_slice(s, (size_t)tab + 1, s.len);
	}
}

#define COLOUR_MAX 64 /* bytes; what is longer is none */

/* How many bytes at the front of s only say in which colour what follows is: ESC [ 31 m; 0:
 * none. *ret_begun: all of s may be the front of such a thing. */
static size_t
colour_len(struct str s, bool *ret_begun)
{
	size_t i = 2;
	*ret_begun = s.len == 1 || (s.len == 2 && s.ptr[1] == '[');
	if (s.len < 3 || s.ptr[0] != '\033' || s.ptr[1] != '[')
		return 0;
	while (i < s.len && i < COLOUR_MAX && s.ptr[i] && strchr("0123456789;:", s.ptr[i]))
		i++;
	*ret_begun = i == s.len && i < COLOUR_MAX;
	return i < s.len && s.ptr[i] == 'm' ? i + 1 : 0;
}

void
text_safe_colours(struct buf *into, struct str s, int stop)
{
	struct buf plain = BUF_INIT;
	bool begun;
	while (s.len > 0) {
		ptrdiff_t at = str_find(s, '\033');
		size_t len = at < 0 ? s.len : (size_t)at;
		buf_add(&plain, str_slice(s, 0, len));
		s = str_slice(s, len, s.len);
		size_t skip = colour_len(s, &begun);
		if (skip == 0 && s.len > 0) {
			buf_byte(&plain, '\033');
			skip = 1;
		}
		s = str_slice(s, skip, s.len);
	}
	text_safe_tabs(into, buf_str(&plain), stop);
	buf_release(&plain);
}

size_t
text_whole(struct str s)
{
	size_t first = s.len > COLOUR_MAX ? s.len - COLOUR_MAX : 0;
	bool begun = false;
	for (size_t i = s.len; i-- > first;) {
		if (s.ptr[i] != '\033')
			continue;
		colour_len(str_slice(s, i, s.len), &begun);
		if (begun)
			return i;
		break;
	}
	for (size_t back = 1; back < 4 && back <= s.len; back++) {
		if (text_need((unsigned char)s.ptr[s.len - back]) > back)
			return s.len - back;
	}
	return s.len > 0 && s.ptr[s.len - 1] == '\r' ? s.len - 1 : s.len;
}

const char *
text_safe_tmp(char *ret, size_t size, struct str s)
{
	struct buf b = BUF_INIT;
	BUG_ON(size == 0);
	text_safe(&b, str_slice(s, 0, size * 2), -1);
	struct str left = buf_str(&b);
	size_t len = 0;
	while (left.len > 0) {
		struct str before = left;
		text_next(&left);
		size_t n = before.len - left.len;
		if (len + n >= size)
			break;
		memcpy(ret + len, before.ptr, n);
		len += n;
	}
	ret[len] = '\0';
	buf_release(&b);
	return ret;
}

const char *
text_safe_lines(char *ret, size_t size, struct str s)
{
	struct buf joined = BUF_INIT;
	while (s.len > 0 && joined.len < size * 2) {
		struct str line = str_trim(str_cut(&s, '\n'));
		if (line.len == 0)
			continue;
		if (joined.len > 0)
			buf_addc(&joined, "; ");
		buf_add(&joined, line);
	}
	text_safe_tmp(ret, size, buf_str(&joined));
	buf_release(&joined);
	return ret;
}

void
text_typable(struct buf *into, struct str s)
{
	while (s.len > 0) {
		uint32_t cp = text_next(&s);
		char out[4];
		if (cp == '\r') {
			if (s.len > 0 && s.ptr[0] == '\n')
				continue;
			cp = '\n';
		}
		if (cp != '\n' && cp != '\t' && (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)))
			cp = ' ';
		buf_add(into, (struct str){out, text_encode(cp, out)});
	}
}

void
text_copy(char *ret, size_t size, struct str s)
{
	struct str left = s;
	size_t len = 0;
	while (left.len > 0) {
		size_t before = left.len;
		text_next(&left);
		size_t n = before - left.len;
		if (len + n >= size)
			break;
		len += n;
	}
	for (size_t i = 0; i < len; i++)
		ret[i] = s.ptr[i] ? s.ptr[i] : ' ';
	ret[len] = '\0';
}

struct str
text_cut(struct str s, size_t max)
{
	size_t len = s.len < max ? s.len : max;
	while (len < s.len && len > 0 && ((unsigned char)s.ptr[len] & 0xc0) == 0x80)
		len--;
	return str_slice(s, 0, len);
}
