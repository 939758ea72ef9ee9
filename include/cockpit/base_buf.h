/*
 * base_buf: bytes that grow, up to a hard limit.
 *
 * Every buffer that a stranger can fill has a limit; adding past it changes
 * nothing and returns ERR_LIMIT. A limit of 0 means "only our own code fills
 * it": then adding cannot fail.
 */
#ifndef COCKPIT_BASE_BUF_H
#define COCKPIT_BASE_BUF_H

#include "cockpit/base_str.h"

struct buf {
	char *ptr; /* NULL while empty */
	size_t len;
	size_t cap; /* private */
	size_t max; /* 0: no limit */
};

#define BUF_INIT            ((struct buf){0})
#define BUF_INIT_MAX(limit) ((struct buf){.max = (limit)})

void buf_release(struct buf *b); /* back to empty, memory given back, limit kept */
void buf_clear(struct buf *b);   /* empty, memory kept */
int buf_add(struct buf *b, struct str s);
int buf_addc(struct buf *b, const char *cstr);
int buf_byte(struct buf *b, char c);
int buf_fill(struct buf *b, char c, size_t count);
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Removes len bytes in front; len is clamped. */
void buf_consume(struct buf *b, size_t len);
void buf_truncate(struct buf *b, size_t len);
/* Borrowed until the next change. */
struct str buf_str(const struct buf *b);
/* NUL-terminated, borrowed until the next change; "" when empty. */
const char *buf_cstr(struct buf *b);
/* Hands the NUL-terminated bytes over to the caller (mem_free); the buffer is empty then. */
char *buf_steal(struct buf *b);

#endif
