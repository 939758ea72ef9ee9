/* SPDX-License-Identifier: MIT */
#include "links.h"

#include "cockpit/base_mem.h"
#include "grid.h"

enum { MAX_URI = 2083 };

void
links_release(struct links *l)
{
	for (int i = 1; i < 256; i++)
		mem_free(l->uri[i]);
	*l = (struct links){0};
}

static bool
acceptable(struct str uri)
{
	if (uri.len > MAX_URI)
		return false;
	if (!str_starts(uri, STR("https://")) && !str_starts(uri, STR("http://")))
		return false;
	for (size_t i = 0; i < uri.len; i++) {
		if (uri.ptr[i] <= 0x20 || uri.ptr[i] == 0x7f)
			return false; /* also what is not ASCII: a URI never is */
	}
	return true;
}

static void
see(bool used[256], const struct grid *g)
{
	if (!g)
		return;
	for (int y = 0; y < g->rows; y++) {
		for (int x = 0; x < g->cols; x++)
			used[g->row[y].cells[x].link] = true;
	}
}

static void
sweep(struct links *l, const struct grid *a, const struct grid *b)
{
	bool used[256] = {false};

	see(used, a);
	see(used, b);
	for (int i = 1; i < 256; i++) {
		if (!used[i]) {
			mem_free(l->uri[i]);
			l->uri[i] = NULL;
		}
	}
}

static uint8_t
vacancy(const struct links *l)
{
	for (int i = 1; i < 256; i++) {
		if (!l->uri[i])
			return (uint8_t)i;
	}
	return 0;
}

uint8_t
links_put(struct links *l, struct str uri, const struct grid *a, const struct grid *b)
{
	uint8_t at;

	if (!acceptable(uri))
		return 0;
	for (int i = 1; i < 256; i++) {
		if (l->uri[i] && str_eqc(uri, l->uri[i]))
			return (uint8_t)i;
	}
	at = vacancy(l);
	if (!at) {
		sweep(l, a, b);
		at = vacancy(l);
	}
	if (at)
		l->uri[at] = mem_strndup(uri.ptr, uri.len);
	return at;
}

struct str
links_get(const struct links *l, uint8_t link)
{
	return str_from(l->uri[link]);
}
