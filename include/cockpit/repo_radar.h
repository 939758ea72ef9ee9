/*
 * repo_radar: who will clash with whom, before anybody merges.
 *
 * Every agent's snapshot is merged in memory with the base's tip and with every other one that
 * has changed a path of the same name. What two commits gave once they give always: a radar
 * remembers pairs, so that after one agent's change only that agent's are merged anew.
 *
 * Calls block: they are a worker's, one at a time. Paths are foreign bytes.
 */
#ifndef COCKPIT_REPO_RADAR_H
#define COCKPIT_REPO_RADAR_H

#include "cockpit/repo_mirror.h"

struct buf;
struct radar;

struct radar *radar_new(void);
void radar_free(struct radar *radar); /* accepts NULL */

#define RADAR_FILES_MAX  200 /* clashing files of a pair that are named */
#define RADAR_RANGES_MAX 8   /* places in a file that are named */

/* Why a file cannot be merged: name for --json, our name, words. */
#define RADAR_KINDS(X)                                                          \
	X("edit", EDIT, "both changed it")                                      \
	X("add", ADD, "both added it")                                          \
	X("delete-edit", DELETE_EDIT, "deleted or renamed here, changed there") \
	X("edit-delete", EDIT_DELETE, "changed here, deleted or renamed there") \
	X("folder", FOLDER, "a file on one side, a folder on the other")        \
	X("binary", BINARY, "both changed it, and it is binary")                \
	X("other", OTHER, "it cannot be merged")

enum radar_kind {
#define X(json, id, words) RADAR_##id,
	RADAR_KINDS(X)
#undef X
		RADAR_KIND_COUNT
};

const char *radar_kind_json(enum radar_kind kind);

/* Lines from 1, of the file as each side has it; count 0: before that line. */
struct radar_range {
	int start[2], count[2];
};

struct radar_file {
	char *path;
	enum radar_kind kind;
	struct radar_range ranges[RADAR_RANGES_MAX];
	int range_count; /* all of them; beyond RADAR_RANGES_MAX they are not here */
};

/* "both changed it; lines 3-4 and 5" */
void radar_words(const struct radar_file *file, struct buf *into);

struct radar_pair {
	size_t one, other; /* places in sides; other: RADAR_BASE for the base's tip */
	const struct radar_file *files;
	size_t file_count; /* 0: no clash */
	size_t files_left;
};

#define RADAR_BASE ((size_t)-1)

struct radar_side {
	const char *snap, *base; /* commits; base "": it is in a repo without one */
};

struct radar_found {
	struct radar_pair *clashes; /* those with files; in the order of the sides */
	size_t clash_count;
	size_t pairs, merged; /* that there are; that had to be merged this time */
};

/* Borrowed until the next call. */
int radar_look(struct radar *radar, struct mirror *mirror, const struct radar_side sides[],
	size_t count, struct radar_found *ret, struct err *err);

/*
 * Where two commits clash in that file, with some lines around and what was there before, as
 * "git merge" marks it in the style diff3; lines are safe to show. names: of the sides.
 * Nothing where one side has no such file or it is binary. About max bytes at most.
 */
int radar_show(struct mirror *mirror, const char *const ids[2], const char *const names[2],
	const char *path, size_t max, struct buf *into, struct err *err);

#endif
