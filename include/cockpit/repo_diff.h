/*
 * repo_diff: what an agent has changed, as plain data.
 *
 * Names and lines are foreign bytes, as they are: whoever shows them makes them safe. All is
 * bounded: what is left out is counted. Blocks: it is a worker's.
 */
#ifndef COCKPIT_REPO_DIFF_H
#define COCKPIT_REPO_DIFF_H

#include <stdbool.h>

#include "cockpit/base_buf.h"
#include "cockpit/repo_mirror.h"

/* What the snapshot is compared with: name for --against, our name. */
#define DIFF_SIDES(X)                                                            \
	X("merge-base", MERGE_BASE) /* where the agent's branch left the base */ \
	X("base", BASE)             /* the base's tip as it is */                \
	X("head", HEAD)             /* the agent's last commit: what is not committed */

enum diff_side {
#define X(name, id) DIFF_##id,
	DIFF_SIDES(X)
#undef X
		DIFF_SIDE_COUNT
};

const char *diff_side_name(enum diff_side side);
bool diff_side_find(const char *name, enum diff_side *ret);

#define DIFF_FILES_MAX 10000
#define DIFF_TEXT_MAX  (32u << 20) /* bytes of all lines together */
#define DIFF_BLOB_MAX  (16 << 20)  /* a larger file is shown as binary */

struct diff_line {
	char origin; /* ' ', '+', '-'; '\\': no new line at the end of the one before */
	int old_line, new_line; /* from 1; 0: not on that side */
	size_t at, len;         /* in the diff's text, with its new line */
};

struct diff_hunk {
	int old_start, old_lines, new_start, new_lines;
	size_t header_at,
		header_len; /* in the diff's text: "@@ … @@ context" without new line */
	size_t first_line, line_count; /* in the diff's lines */
};

struct diff_file {
	char *path, *old_path; /* the same unless renamed */
	char status;           /* 'A', 'M', 'D', 'R', 'T' as git says it */
	unsigned old_mode, new_mode;
	char old_id[REPO_ID_MAX], new_id[REPO_ID_MAX];
	bool binary;
	bool cut; /* its hunks are not all here */
	int added, removed;
	size_t first_hunk, hunk_count;
	size_t raw_at, raw_len; /* of a binary one, with diff_options.binary: all of git's
				   patch, in the diff's text; 0: too large */
};

struct diff {
	struct diff_file *files;
	struct diff_hunk *hunks;
	struct diff_line *lines;
	size_t file_count, hunk_count, line_count;
	size_t files_left;        /* beyond DIFF_FILES_MAX */
	long long added, removed; /* of all files */
	struct buf text;
	char from[REPO_ID_MAX]; /* the commit that was compared with; "": with nothing */
};

struct diff_options {
	enum diff_side side;
	bool ignore_space;
	bool stat;       /* no hunks and no lines, only numbers */
	bool binary;     /* what is binary too, so that the patch can be applied */
	size_t text_max; /* 0: DIFF_TEXT_MAX */
	int context;     /* lines around a change */
};

/* work: as fetched. The caller's, diff_free(). ERR_NOT_FOUND: there is nothing to compare with.
 */
int repo_diff(struct mirror *mirror, const struct mirror_work *work,
	const struct diff_options *options, struct diff **ret, struct err *err);
/* A line without its new line; foreign bytes. */
struct str diff_line_text(const struct diff *diff, const struct diff_line *line);
void diff_free(struct diff *diff); /* accepts NULL */

#endif
