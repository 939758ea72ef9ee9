/*
 * tally: what one kind of output has said so far: counts, names of what failed, and what to
 * quote of it. All of it is bounded; texts are as they came until tally_tell() makes them safe.
 */
#ifndef FLEET_TALLY_H
#define FLEET_TALLY_H

#include "cockpit/fleet_summary.h"
#include "kind.h"

struct tally_names {
	char *list[SUMMARY_NAMES_MAX];
	uint64_t hashes[SUMMARY_NAMES_MAX]; /* of them as they came */
	size_t count;
	bool cut;
};

/* Lines that are quoted. */
struct tally_quote {
	struct buf text;
	uint64_t next; /* the line behind the last one that is in it */
	int more;      /* lines that are still to come; -1: all */
	bool full, cut;
};

struct tally {
	struct tally_names names, suites;
	int passed, failed, skipped; /* lines that said so */
	int counts[COUNT_COUNT];     /* by closing lines; -1: not said */
	/* The numbers of the last lines that said something, from 1; 0: none. */
	uint64_t closed_at, result_at, suite_at, seen_at;
	struct tally_quote section, around;
};

void tally_init(struct tally *tally);
void tally_release(struct tally *tally);

/* A line, without its newline, with its number from 1. before: those in front of it. */
struct tally_line {
	struct str text, before;
	uint64_t number;
};

/* It fits row, whose pattern still knows its groups. */
void tally_add(struct tally *tally, const struct kind_line *row, const struct tally_line *line);
/* Any line, after tally_add(): it may belong to what is quoted. False: no more are wanted. */
bool tally_quote(struct tally *tally, const struct tally_line *line);

/* For what does not read by lines. */
void tally_name(struct tally_names *names, struct str name);
void tally_count(int *count, int64_t more);                  /* bounded; from -1 as from 0 */
void tally_quote_text(struct tally *tally, struct str text); /* goes on with the section */
int tally_number(struct str digits);                         /* bounded; 0 of anything else */

/* How far it goes: what is greater is chosen. at: its last line of that rank. */
int tally_rank(const struct tally *tally, uint64_t *at);
/* Moves it into the summary, which has neither kind nor tail yet. */
void tally_tell(struct tally *tally, struct summary *summary);

/* Foreign lines made safe, of max bytes at most, each with a newline; true if that was a cut.
 */
bool tally_safe(struct str lines, size_t max, struct buf *into);

#endif
