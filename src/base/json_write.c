/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

static void
keep(struct json_writer *w, int rc)
{
	if (rc < 0 && w->status == 0)
		w->status = rc;
}

static void
put(struct json_writer *w, struct str s)
{
	/* Once something is lost, the rest is not worth having. */
	if (w->status == 0)
		keep(w, buf_add(w->into, s));
}

static void
put_line(struct json_writer *w)
{
	if (!w->indent)
		return;
	put(w, STR("\n"));
	for (unsigned i = 0; i < w->depth; i++)
		put(w, STR("  "));
}

/* Anything that could move a cursor, hide or reorder text is written as \uXXXX. */
static bool
is_hidden(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0000,  0x001f },
		{0x007f,  0x009f },
		{0x00ad,  0x00ad },
		{0x061c,  0x061c },
		{0x200b,  0x200f },
		{0x2028,  0x202e },
		{0x2060,  0x206f },
		{0xfeff,  0xfeff },
		{0xfff9,  0xfffb },
		{0xe0000, 0xe0fff},
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	}
	return false;
}

static void
put_hidden(struct json_writer *w, uint32_t cp)
{
	static const char *const shorts = "b\bt\tn\nf\fr\r";
	char out[16];
	for (const char *p = shorts; *p; p += 2) {
		if ((uint32_t)p[1] == cp) {
			snprintf(out, sizeof(out), "\\%c", p[0]);
			put(w, str_from(out));
			return;
		}
	}
	if (cp > 0xffff)
		snprintf(out, sizeof(out), "\\u%04x\\u%04x",
			(unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
			(unsigned)(0xdc00 + (cp & 0x3ff)));
	else
		snprintf(out, sizeof(out), "\\u%04x", (unsigned)cp);
	put(w, str_from(out));
}

static void
put_string(struct json_writer *w, struct str s)
{
	put(w, STR("\""));
	while (s.len > 0) {
		char out[4];
		uint32_t cp = text_next(&s);
		if (cp == '"' || cp == '\\')
			put(w, STR("\\"));
		if (is_hidden(cp))
			put_hidden(w, cp);
		else
			put(w, (struct str){out, text_encode(cp, out)});
	}
	put(w, STR("\""));
}

/* All that stands before a value. */
static void
lead(struct json_writer *w, const char *key)
{
	if (w->depth == 0) {
		BUG_ON(key);
		return;
	}
	BUG_ON((w->close[w->depth - 1] == '}') != (key != NULL));
	if (w->filled[w->depth - 1])
		put(w, STR(","));
	w->filled[w->depth - 1] = true;
	put_line(w);
	if (key) {
		put_string(w, str_from(key));
		put(w, w->indent ? STR(": ") : STR(":"));
	}
}

static void
open_level(struct json_writer *w, const char *key, struct str open, char close)
{
	lead(w, key);
	BUG_ON(w->depth == JSON_DEPTH_MAX);
	put(w, open);
	w->close[w->depth] = close;
	w->filled[w->depth] = false;
	w->depth++;
}

void
json_write_object(struct json_writer *w, const char *key)
{
	open_level(w, key, STR("{"), '}');
}

void
json_write_array(struct json_writer *w, const char *key)
{
	open_level(w, key, STR("["), ']');
}

void
json_write_close(struct json_writer *w)
{
	BUG_ON(w->depth == 0);
	w->depth--;
	if (w->filled[w->depth])
		put_line(w);
	put(w, (struct str){&w->close[w->depth], 1});
}

void
json_write_str(struct json_writer *w, const char *key, struct str value)
{
	lead(w, key);
	put_string(w, value);
}

void
json_write_cstr(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		json_write_str(w, key, str_from(value));
	else
		json_write_null(w, key);
}

void
json_write_int(struct json_writer *w, const char *key, int64_t value)
{
	char out[32];
	lead(w, key);
	snprintf(out, sizeof(out), "%" PRId64, value);
	put(w, str_from(out));
}

void
json_write_millionths(struct json_writer *w, const char *key, int64_t value)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char out[40];
	lead(w, key);
	int len = snprintf(out, sizeof(out), "%s%" PRIu64 ".%06" PRIu64, value < 0 ? "-" : "",
		size / 1000000, size % 1000000);
	/* One digit behind the point stays: it is no integer. */
	while (out[len - 1] == '0' && out[len - 2] != '.')
		out[--len] = '\0';
	put(w, str_from(out));
}

void
json_write_bool(struct json_writer *w, const char *key, bool value)
{
	lead(w, key);
	put(w, value ? STR("true") : STR("false"));
}

void
json_write_null(struct json_writer *w, const char *key)
{
	lead(w, key);
	put(w, STR("null"));
}

int
json_writer_end(struct json_writer *w)
{
	BUG_ON(w->depth != 0);
	put(w, STR("\n"));
	return w->status;
}
