/* SPDX-License-Identifier: MIT */
/*
 * A cell has room for one code point; longer texts are kept here once each, in
 * slots of fixed size, found through an open hash table twice as large as their
 * number can become. Nothing is ever taken out singly: a screen gets a fresh
 * set with every snapshot.
 */
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/term_cell.h"

enum { MAX_CLUSTERS = 4096, TABLE = 2 * MAX_CLUSTERS, MAX_BYTES = 21 };

struct cluster {
	uint8_t len;
	char bytes[MAX_BYTES];
};

struct glyphs {
	unsigned count, room;
	struct cluster *clusters;
	uint16_t *table; /* index + 1; 0: free. NULL until the first cluster comes. */
	bool full;
};

struct glyphs *
glyphs_new(void)
{
	return MEM_NEW(struct glyphs);
}

void
glyphs_clear(struct glyphs *g)
{
	mem_free(g->clusters);
	mem_free(g->table);
	*g = (struct glyphs){0};
}

void
glyphs_free(struct glyphs *g)
{
	if (!g)
		return;
	glyphs_clear(g);
	mem_free(g);
}

struct glyphs *
glyphs_copy(const struct glyphs *g)
{
	struct glyphs *copy = MEM_NEW(struct glyphs);

	*copy = *g;
	if (g->clusters) {
		copy->clusters = mem_alloc_array(g->room, sizeof(*copy->clusters));
		memcpy(copy->clusters, g->clusters, g->count * sizeof(*copy->clusters));
	}
	if (g->table) {
		copy->table = mem_alloc_array(TABLE, sizeof(*copy->table));
		memcpy(copy->table, g->table, TABLE * sizeof(*copy->table));
	}
	return copy;
}

bool
glyphs_full(const struct glyphs *g)
{
	return g->full;
}

static unsigned
hash(struct str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
	return h % TABLE;
}

static bool
same(const struct cluster *c, struct str s)
{
	return c->len == s.len && memcmp(c->bytes, s.ptr, s.len) == 0;
}

uint32_t
glyphs_put(struct glyphs *g, struct str utf8)
{
	struct str rest = utf8;
	uint32_t first;
	unsigned slot;

	if (utf8.len == 0)
		return 0;
	first = text_next(&rest);
	if (rest.len == 0 || utf8.len > MAX_BYTES)
		return first;
	if (!g->table)
		g->table = mem_alloc_array(TABLE, sizeof(*g->table));
	for (slot = hash(utf8); g->table[slot]; slot = (slot + 1) % TABLE) {
		if (same(&g->clusters[g->table[slot] - 1], utf8))
			return CELL_CLUSTER | (uint32_t)(g->table[slot] - 1);
	}
	if (g->count == MAX_CLUSTERS) {
		g->full = true;
		return first;
	}
	if (g->count == g->room) {
		g->room = g->room ? g->room * 2 : 16;
		g->clusters = mem_grow(g->clusters, g->room, sizeof(*g->clusters));
	}
	g->clusters[g->count].len = (uint8_t)utf8.len;
	memcpy(g->clusters[g->count].bytes, utf8.ptr, utf8.len);
	g->table[slot] = (uint16_t)++g->count;
	return CELL_CLUSTER | (uint32_t)(g->count - 1);
}

struct str
glyphs_get(const struct glyphs *g, uint32_t text, char tmp[4])
{
	if (text & CELL_CLUSTER) {
		uint32_t index = text & ~CELL_CLUSTER;

		if (index >= g->count)
			return (struct str){"", 0};
		return (struct str){g->clusters[index].bytes, g->clusters[index].len};
	}
	if (text == 0)
		return (struct str){"", 0};
	return (struct str){tmp, text_encode(text, tmp)};
}

bool
cell_eq(const struct cell *a, const struct cell *b)
{
	return a->text == b->text && a->fg == b->fg && a->bg == b->bg && a->attr == b->attr &&
	       a->width == b->width && a->link == b->link;
}
