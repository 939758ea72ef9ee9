/* SPDX-License-Identifier: MIT */
#include "outqueue.h"

#include "cockpit/base_mem.h"

#define BLOCK_SIZE 32000 /* fits into one packet of SSH */

struct outqueue_block {
	struct outqueue_block *next;
	size_t from, len;
	char bytes[BLOCK_SIZE];
};

static void
drop_first(struct outqueue *queue)
{
	struct outqueue_block *block = queue->first;
	queue->first = block->next;
	if (!queue->first)
		queue->last = NULL;
	mem_free(block);
}

void
outqueue_release(struct outqueue *queue)
{
	while (queue->first)
		drop_first(queue);
	queue->len = 0;
}

void
outqueue_add(struct outqueue *queue, struct str bytes)
{
	queue->len += bytes.len;
	while (bytes.len > 0) {
		struct outqueue_block *block = queue->last;
		if (!block || block->len == BLOCK_SIZE) {
			block = MEM_NEW(struct outqueue_block);
			if (queue->last)
				queue->last->next = block;
			else
				queue->first = block;
			queue->last = block;
		}
		size_t room = BLOCK_SIZE - block->len;
		size_t len = bytes.len < room ? bytes.len : room;
		memcpy(block->bytes + block->len, bytes.ptr, len);
		block->len += len;
		bytes = str_slice(bytes, len, bytes.len);
	}
}

struct str
outqueue_front(const struct outqueue *queue)
{
	const struct outqueue_block *block = queue->first;
	if (!block)
		return STR("");
	return (struct str){block->bytes + block->from, block->len - block->from};
}

void
outqueue_consume(struct outqueue *queue, size_t len)
{
	struct outqueue_block *block = queue->first;
	queue->len -= len;
	block->from += len;
	if (block->from == block->len)
		drop_first(queue);
}
