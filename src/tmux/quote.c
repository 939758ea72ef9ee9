/* SPDX-License-Identifier: MIT */
/*
 * tmux reads a command line with the rules of its configuration file. Double
 * quotes are the only form that can carry every byte, because only there \ooo
 * is undone. Two traps were found by trying: "~" right after the opening quote
 * is a home directory, and 0xff, read through a signed char, is the end of the
 * line. UTF-8 goes through as it is, so that prompts stay short on the wire.
 */
#include "cockpit/tmux_quote.h"

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != 0x7f && c != 0xff && c != '~' && c != '"' && c != '\\' &&
	       c != '$';
}

void
tmux_quote(struct buf *into, struct str s)
{
	buf_byte(into, '"');
	for (size_t i = 0, from = 0; i <= s.len; i++) {
		if (i < s.len && is_plain((unsigned char)s.ptr[i]))
			continue;
		buf_add(into, str_slice(s, from, i));
		from = i + 1;
		if (i < s.len && s.ptr[i] != '\0')
			buf_printf(into, "\\%03o", (unsigned)(unsigned char)s.ptr[i]);
	}
	buf_byte(into, '"');
}

void
tmux_hex(struct buf *into, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];
		char word[3] = {' ', digits[c >> 4], digits[c & 15]};

		buf_add(into, (struct str){word, sizeof(word)});
	}
}

/* The value of ooo, or -1 when that is not three octal digits of one byte. */
static int
octal(struct str s)
{
	int value = 0;

	if (s.len < 3 || s.ptr[0] > '3')
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '7')
			return -1;
		value = value * 8 + (s.ptr[i] - '0');
	}
	return value;
}

uint64_t
tmux_unescape(struct buf *into, struct str s)
{
	uint64_t bad = 0;

	for (;;) {
		ptrdiff_t at = str_find(s, '\\');
		if (at < 0)
			break;
		buf_add(into, str_slice(s, 0, (size_t)at));
		s = str_slice(s, (size_t)at + 1, s.len);

		int value = octal(s);
		if (value >= 0) {
			buf_byte(into, (char)value);
			s = str_slice(s, 3, s.len);
			continue;
		}
		buf_byte(into, '\\');
		if (s.len > 0 && s.ptr[0] == '\\')
			s = str_slice(s, 1, s.len);
		else
			bad++;
	}
	buf_add(into, s);
	return bad;
}
