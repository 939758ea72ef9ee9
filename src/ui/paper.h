/*
 * ui/paper: a long text, taken out of a file and made safe to show, and found again by its
 * lines. What follows a line's first PAPER_LINE bytes is a line of its own. A file that grows
 * is read on piece by piece; its last line may be one that has no end yet.
 */
#ifndef COCKPIT_UI_PAPER_H
#define COCKPIT_UI_PAPER_H

#include <stdbool.h>
#include <stddef.h>

#include "cockpit/base_buf.h"

struct err;

#define PAPER_LINE  ((size_t)4 << 10)
#define PAPER_FILE  ((size_t)17 << 20) /* of a file, in bytes: of more the rest is left out */
#define PAPER_MAX   ((size_t)64 << 20) /* of what became of it */

#define PAPER_PIECE ((size_t)64 << 10)

struct paper {
	struct buf text; /* every line with its end */
	size_t *marks;   /* where every so many lines begin */
	size_t mark_count, lines;
	bool cut;         /* there is more in the file */
	size_t at;        /* so many bytes of the file are in it */
	struct buf begun; /* those of the last line, which has no end yet */
	size_t whole;     /* bytes of text without that */
};

void paper_init(struct paper *paper);
void paper_release(struct paper *paper);
/* Blocks, as paper_find() and paper_read() do: for workers. ERR_NOT_FOUND, ERR_IO. An empty
 * file has no line. */
int paper_load(struct paper *paper, const char *path, struct err *err);
/* What the file has from there on, up to PAPER_PIECE bytes; nothing at its end. */
int paper_read(const char *path, size_t from, struct buf *into, struct err *err);
/* That, of paper->at, comes to what is there. */
void paper_add(struct paper *paper, struct str bytes);
/* Without its end; empty behind the last one. Borrowed. */
struct str paper_line(const struct paper *paper, size_t line);
/* Where needle (not empty) stands in s from that byte on, -1 without: capitals count only if it
 * has any. */
ptrdiff_t paper_find_in(struct str s, size_t from, struct str needle);
/* The first line from that one on, or back to the first with way < 0, in which it stands; then
 * all the others the same way. False: in none. */
bool paper_find(
	const struct paper *paper, struct str needle, size_t from, int way, size_t *ret);

#endif
