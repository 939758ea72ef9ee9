/*
 * heap: the memory of one session of libssh2: counted, bounded, and given back
 * as a whole with the session, whatever libssh2 1.10 forgets of it.
 */
#ifndef COCKPIT_SSH_HEAP_H
#define COCKPIT_SSH_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * libssh2 keeps every packet that nobody has asked for yet, and some that nobody ever will.
 * What an honest server can bring it to keep:
 *
 *   what came in one turn of the loop     256 KiB on the wire, in the smallest
 *                                         packets 2.7 times that here       0.7 MB
 *   the windows of eight channels that    8 * 256 KiB, in packets of
 *   are paused                            a line each (64 bytes)              8 MB
 *   one more that is written to byte by   256 Ki packets of about 170 bytes  45 MB
 *   byte while it is paused
 *   key exchange, the session itself                                        0.2 MB
 *
 * Tunnels are never paused: what is theirs is in the first row.
 */
#define HEAP_MAX (56u << 20)
/* Not even the longest packet needs one of this size; the number in one may ask for 4 GiB. */
#define HEAP_BLOCK_MAX (64u << 10)

struct heap_block;

struct heap {
	struct heap_block *first;
	size_t held; /* bytes, with what the counting costs */
	bool over;   /* more was wanted than is good: the session is to end */
};

/* Zeroed. NULL only for one that is over HEAP_BLOCK_MAX. One that brings the heap over HEAP_MAX
 * is still given, for libssh2 must get to a good end. */
void *heap_alloc(struct heap *heap, size_t size);
/* As realloc(), with the same NULL. */
void *heap_grow(struct heap *heap, void *ptr, size_t size);
/* A copy for libssh2, which frees it; any size. */
void *heap_copy(struct heap *heap, const void *bytes, size_t len);
void heap_wipe(void *ptr);                    /* what is in it */
void heap_free(struct heap *heap, void *ptr); /* accepts NULL */
/* All that is left. */
void heap_release(struct heap *heap);

#endif
