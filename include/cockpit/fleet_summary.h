/*
 * fleet_summary: what the output of a check (a run of tests, a build) says.
 *
 * Megabytes of text that a stranger wrote go in; how many tests passed and failed, which ones,
 * and what a person would quote of it come out. Whether the check passed is not told here: its
 * exit status decides that, and a summary that guesses wrong does no harm.
 *
 * What is looked for are data, one file a kind of output: src/data/checks/NAME.json, compiled
 * in; files in $XDG_CONFIG_HOME/cockpit/checks replace or join them (cockpit-check(5)).
 *
 * All kinds read along. In the end one is chosen: that which has closing lines with counts
 * before that which has only single results, that before one that only named what failed
 * around the tests, that before one that was merely seen; among equals the one whose last such
 * line came last.
 *
 * Memory and time are bounded whatever is fed: some hundred KiB a reader; time that grows with
 * the bytes alone, a pattern that backtracks too much being taken for one that does not fit.
 */
#ifndef COCKPIT_FLEET_SUMMARY_H
#define COCKPIT_FLEET_SUMMARY_H

#include "cockpit/base_buf.h"

#define SUMMARY_NAMES_MAX   50         /* names kept */
#define SUMMARY_NAME_MAX    200        /* bytes of one */
#define SUMMARY_LINE_MAX    4096       /* bytes of a line that are looked at */
#define SUMMARY_TAIL_LINES  40         /* and at most: */
#define SUMMARY_TAIL_MAX    (8u << 10) /* bytes */
#define SUMMARY_EXCERPT_MAX (8u << 10) /* bytes */
#define SUMMARY_COUNT_MAX   999999999  /* what is more is this */
#define SUMMARY_WORDS_MAX   300        /* bytes that summary_words() adds */

struct summary_reader;

/* All text in it is safe to show, valid UTF-8 without NULs; lines end with a newline. */
struct summary {
	char *kind; /* the rule file's name, "pytest"; NULL: nothing was recognised */
	bool build; /* it is about a build: failed counts errors, names are their texts */
	/* Tests; -1: not known. Errors outside of tests count as failed. */
	int passed, failed, skipped;
	char *names[SUMMARY_NAMES_MAX]; /* of what failed: each once, in order */
	size_t name_count;
	char *tail;    /* the last lines; "" if there was no output */
	char *excerpt; /* what was said of the first failures; "" if no kind found any */
	/* A long line, a name, names or the excerpt were cut, or a pattern was given up. */
	bool cut;
};

/* With the rules of now: those that are read again later are for later readers. */
struct summary_reader *summary_reader_new(void);
void summary_reader_free(struct summary_reader *reader); /* accepts NULL */
/* The next bytes; how they are cut into pieces changes nothing. */
void summary_reader_feed(struct summary_reader *reader, struct str bytes);
/* There are no more. Once; the reader is only to be freed then. *ret is the caller's. */
void summary_reader_end(struct summary_reader *reader, struct summary *ret);
void summary_release(struct summary *summary); /* accepts one that is all zeroed */

/*
 * Appends one line for people: "3 of 120 failed: test_a, test_b, …", "120 passed, 2 skipped",
 * "build broke: x.c:3:1: error: …"; nothing when nothing is known.
 */
void summary_words(const struct summary *summary, struct buf *into);

/* Reads the user's rule files again if they were touched; true if any rule changed. */
bool summary_reload(void);
/* What was refused in them, a line each: "FILE:LINE:COLUMN: found …"; "" if nothing. */
const char *summary_complaints(void);

#endif
