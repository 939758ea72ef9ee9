/* SPDX-License-Identifier: MIT */
#include "plain.h"

#include "cockpit/base_text.h"

#define ESC '\x1b'

/* Where a look for the end of a string has failed, others need not look again. */
struct scan {
	struct str rest;
	bool no_end;
};

static bool
is_plain(struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];
		if ((c < 0x20 && c != '\t') || c >= 0x7f)
			return false;
	}
	return true;
}

static unsigned char
at(const struct scan *scan, size_t i)
{
	return i < scan->rest.len ? (unsigned char)scan->rest.ptr[i] : 0;
}

static void
skip(struct scan *scan, size_t count)
{
	scan->rest = str_slice(scan->rest, count, scan->rest.len);
}

/* CSI: parameters, intermediates, a final byte. */
static void
skip_csi(struct scan *scan)
{
	size_t i = 0;
	while (at(scan, i) >= 0x20 && at(scan, i) <= 0x3f)
		i++;
	if (at(scan, i) >= 0x40 && at(scan, i) <= 0x7e)
		i++;
	skip(scan, i);
}

/* OSC, DCS and the like: up to BEL or ST. */
static void
skip_string(struct scan *scan)
{
	for (size_t i = 0; i < scan->rest.len && !scan->no_end; i++) {
		unsigned char c = at(scan, i), next = at(scan, i + 1);
		size_t len = c == '\a'                     ? 1
			     : (c == ESC && next == '\\')  ? 2
			     : (c == 0xc2 && next == 0x9c) ? 2
							   : 0;
		if (len > 0) {
			skip(scan, i + len);
			return;
		}
	}
	scan->no_end = true;
}

/* kind: what follows ESC, or the C1 character that means the same. */
static void
skip_sequence(struct scan *scan, unsigned char kind)
{
	if (kind == '[')
		skip_csi(scan);
	else if (kind && strchr("]PX^_", kind))
		skip_string(scan);
}

static void
skip_escape(struct scan *scan)
{
	size_t i = 1;
	while (at(scan, i) >= 0x20 && at(scan, i) <= 0x2f)
		i++;
	unsigned char kind = at(scan, i);
	skip(scan, kind >= 0x30 && kind <= 0x7e ? i + 1 : i);
	if (i == 1)
		skip_sequence(scan, kind);
}

/* One character of more than a byte; adds it to room, which holds len bytes, or what stands for
 * it. */
static size_t
read_long(struct scan *scan, char *room, size_t len)
{
	uint32_t cp = text_next(&scan->rest);
	if (cp >= 0x80 && cp <= 0x9f) {
		skip_sequence(scan, (unsigned char)(cp - 0x40));
		return len;
	}
	return len + text_encode(cp, room + len);
}

struct str
plain_line(struct str line, char *room)
{
	struct scan scan = {line, false};
	size_t len = 0;
	if (is_plain(line))
		return line;
	while (scan.rest.len > 0) {
		unsigned char c = at(&scan, 0);
		if (c == ESC) {
			skip_escape(&scan);
		} else if (c >= 0x80) {
			len = read_long(&scan, room, len);
		} else {
			if ((c >= 0x20 && c != 0x7f) || c == '\t')
				room[len++] = (char)c;
			skip(&scan, 1);
		}
	}
	return (struct str){room, len};
}
