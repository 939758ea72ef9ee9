/* SPDX-License-Identifier: MIT */
#include "cockpit/base_buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

/* Small in builds for tests of growth; one page is what most uses need. */
#define BUF_FIRST 256

static int
reserve(struct buf *b, size_t more)
{
	if (b->max && (more > b->max || b->len > b->max - more))
		return ERR_LIMIT;
	BUG_ON(more > SIZE_MAX / 2 - b->len);
	size_t need = b->len + more + 1; /* room for buf_cstr's NUL */
	if (need <= b->cap)
		return 0;
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	while (cap < need)
		cap *= 2;
	b->ptr = mem_grow(b->ptr, cap, 1);
	b->cap = cap;
	return 0;
}

void
buf_release(struct buf *b)
{
	mem_free(b->ptr);
	*b = BUF_INIT_MAX(b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
}

int
buf_add(struct buf *b, struct str s)
{
	int rc = reserve(b, s.len);
	if (rc < 0)
		return rc;
	if (s.len)
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
	return 0;
}

int
buf_addc(struct buf *b, const char *cstr)
{
	return buf_add(b, str_from(cstr));
}

int
buf_byte(struct buf *b, char c)
{
	return buf_add(b, (struct str){&c, 1});
}

int
buf_fill(struct buf *b, char c, size_t count)
{
	int rc = reserve(b, count);
	if (rc < 0)
		return rc;
	if (count)
		memset(b->ptr + b->len, c, count);
	b->len += count;
	return 0;
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	BUG_ON(len < 0);
	int rc = reserve(b, (size_t)len);
	if (rc < 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
	return 0;
}

void
buf_consume(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
	} else if (len) {
		memmove(b->ptr, b->ptr + len, b->len - len);
		b->len -= len;
	}
}

void
buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){b->ptr ? b->ptr : "", b->len};
}

const char *
buf_cstr(struct buf *b)
{
	if (!b->ptr)
		return "";
	b->ptr[b->len] = '\0';
	return b->ptr;
}

char *
buf_steal(struct buf *b)
{
	char *text = b->ptr ? b->ptr : mem_alloc(1);
	text[b->len] = '\0';
	*b = BUF_INIT_MAX(b->max);
	return text;
}
