/*
 * kind: the kinds of output that a check can have, and by what lines each is read: what
 * kind_parse.c makes of a rule file and kind_table.c keeps.
 */
#ifndef FLEET_KIND_H
#define FLEET_KIND_H

#include "cockpit/base_buf.h"
#include "sieve.h"

struct err;
struct pattern;

#define KINDS_MAX      64
#define KIND_LINES_MAX 40
#define KIND_TEXT_MAX  (64u << 10)

/* Name in rule files, ours, whether it takes a name. */
#define KIND_SAYS(X)                 \
	X("seen", SEEN, false)       \
	X("passed", PASSED, false)   \
	X("failed", FAILED, true)    \
	X("skipped", SKIPPED, false) \
	X("name", NAME, true)        \
	X("suite", SUITE, true)      \
	X("counts", COUNTS, false)   \
	X("sum", SUM, false)         \
	X("open", OPEN, false)       \
	X("close", CLOSE, false)

enum kind_says {
#define X(name, id, names) KIND_##id,
	KIND_SAYS(X)
#undef X
};

/* Named groups of closing lines. */
#define KIND_COUNTS(X)        \
	X("passed", PASSED)   \
	X("failed", FAILED)   \
	X("skipped", SKIPPED) \
	X("errors", ERRORS)   \
	X("total", TOTAL)

enum kind_count {
#define X(name, id) COUNT_##id,
	KIND_COUNTS(X)
#undef X
		COUNT_COUNT,
};

enum kind_form {
	KIND_TESTS,
	KIND_BUILD,
	KIND_JUNIT, /* read by junit.c, not by lines */
};

struct kind_line {
	struct pattern *pattern;
	char *text; /* of the pattern */
	enum kind_says says;
	int name;                /* the group that takes a name; 0: none */
	int counts[COUNT_COUNT]; /* groups; 0: none */
};

struct kind {
	char *name, *help;
	enum kind_form form;
	struct kind_line *lines; /* the first that fits decides */
	size_t count;
};

/*
 * A kind from its text. file is for errors only; name is what the file is called. ERR_CONFIG,
 * ERR_LIMIT: "FILE:LINE:COLUMN: found …, expected …".
 */
int kind_parse(const char *file, const char *name, struct str text, struct kind **ret,
	struct err *err);
void kind_free(struct kind *kind); /* accepts NULL and half-built ones */

/* All kinds at a time. Readers keep the one they began with. */
struct kind_table {
	unsigned refs;
	struct kind_entry {
		struct kind *kind;
		char *text; /* of the file; NULL: compiled in */
	} entries[KINDS_MAX];
	size_t count;
	struct kind_row {
		size_t kind; /* its number */
		const struct kind_line *line;
	} * rows; /* of all kinds, in order */
	size_t row_count;
	struct sieve *sieve;     /* what must stand in a line for a row to fit it */
	struct sieve_set always; /* rows of which nothing must */
	uint64_t hash;           /* of all that it was read from */
	struct buf complaints;
};

/*
 * From what is compiled in and the files in dir (which need not be there). Of one that is
 * refused now the last version that old (may be NULL) took from dir stays.
 */
struct kind_table *kind_table_new(const char *dir, struct kind_table *old);
struct kind_table *kind_table_ref(struct kind_table *table);
void kind_table_unref(struct kind_table *table); /* accepts NULL */
/* The one of now: kept here, good until it is read again. */
struct kind_table *kind_table_now(void);

#endif
