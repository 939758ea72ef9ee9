/*
 * repo_patch: a diff as text.
 */
#ifndef COCKPIT_REPO_PATCH_H
#define COCKPIT_REPO_PATCH_H

#include "cockpit/repo_diff.h"

enum patch_flags {
	PATCH_SAFE = 1 << 0, /* for a terminal: what it could obey, or hide, is shown instead */
	PATCH_COLOUR = 1 << 1, /* git's own colours */
};

/* As "git apply" takes it, but for PATCH_SAFE; of files that are binary what the diff has. */
void patch_write(const struct diff *diff, unsigned flags, struct buf *into);
/* A line a file, and one of sums. */
void patch_write_stat(const struct diff *diff, unsigned flags, struct buf *into);

#endif
