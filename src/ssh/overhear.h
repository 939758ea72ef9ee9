/*
 * overhear: what a server says during the login and libssh2 1.10 keeps to
 * itself: its banner, and whether a refusal was half a success. libssh2's memory
 * is ours, and its packets lie in it as they came.
 */
#ifndef COCKPIT_SSH_OVERHEAR_H
#define COCKPIT_SSH_OVERHEAR_H

#include "cockpit/base_buf.h"

struct overheard;

struct overheard *overheard_new(void);
void overheard_free(struct overheard *heard); /* accepts NULL */

/* For the allocator: memory that was handed out, and that comes back. */
void overheard_alloc(struct overheard *heard, void *ptr, size_t size);
void overheard_release(struct overheard *heard, void *ptr);

/* Appends the banner, a line each, safe to show and bounded; nothing if there is none. */
void overheard_banner(struct overheard *heard, struct buf *into);
/* The last refusal, once: true if there was one; the list of methods (borrowed until the next
 * packet) and whether what was tried is done with. */
bool overheard_refusal(struct overheard *heard, struct str *ret_methods, bool *ret_partial);

#endif
