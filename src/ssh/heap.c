/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <openssl/crypto.h>
#include <stdalign.h>
#include <string.h>

#include "cockpit/base_mem.h"

struct heap_block {
	struct heap_block *next, **link; /* what points here */
	size_t size;
	alignas(max_align_t) char bytes[];
};

static struct heap_block *
block_of(void *ptr)
{
	return (struct heap_block *)(void *)((char *)ptr - offsetof(struct heap_block, bytes));
}

static void
attach(struct heap *heap, struct heap_block *block)
{
	block->next = heap->first;
	block->link = &heap->first;
	if (block->next)
		block->next->link = &block->next;
	heap->first = block;
	heap->held += sizeof(*block) + block->size;
	if (heap->held > HEAP_MAX)
		heap->over = true;
}

static void
detach(struct heap *heap, struct heap_block *block)
{
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
	heap->held -= sizeof(*block) + block->size;
}

static void *
take(struct heap *heap, size_t size)
{
	struct heap_block *block = mem_alloc(sizeof(*block) + size);
	block->size = size;
	attach(heap, block);
	return block->bytes;
}

static bool
is_too_big(struct heap *heap, size_t size)
{
	heap->over |= size > HEAP_BLOCK_MAX;
	return size > HEAP_BLOCK_MAX;
}

void *
heap_alloc(struct heap *heap, size_t size)
{
	return is_too_big(heap, size) ? NULL : take(heap, size);
}

void *
heap_grow(struct heap *heap, void *ptr, size_t size)
{
	if (!ptr || is_too_big(heap, size))
		return ptr ? NULL : heap_alloc(heap, size);
	struct heap_block *block = block_of(ptr);
	detach(heap, block);
	block = mem_grow(block, 1, sizeof(*block) + size);
	block->size = size;
	attach(heap, block);
	return block->bytes;
}

void *
heap_copy(struct heap *heap, const void *bytes, size_t len)
{
	void *ptr = take(heap, len);
	memcpy(ptr, bytes, len);
	return ptr;
}

void
heap_wipe(void *ptr)
{
	OPENSSL_cleanse(ptr, block_of(ptr)->size);
}

void
heap_free(struct heap *heap, void *ptr)
{
	if (!ptr)
		return;
	detach(heap, block_of(ptr));
	mem_free(block_of(ptr));
}

void
heap_release(struct heap *heap)
{
	while (heap->first)
		heap_free(heap, heap->first->bytes);
}
