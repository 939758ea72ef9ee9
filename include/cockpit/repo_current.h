/*
 * repo_current: what agents say in the repo itself that they work on. Where a repo has a folder
 * current_tasks/, each file NAME.txt in it is such a word, as who works there commits or only
 * writes it. It is read from what was fetched last, in the mirror alone.
 *
 * Names and titles are foreign, as they are: not yet made safe. Calls block: they are a
 * worker's.
 */
#ifndef COCKPIT_REPO_CURRENT_H
#define COCKPIT_REPO_CURRENT_H

#include "cockpit/repo_mirror.h"

#define CURRENT_DIR       "current_tasks"
#define CURRENT_MAX       256  /* files */
#define CURRENT_BYTES     4096 /* of what is larger only the name is known */
#define CURRENT_TITLE_MAX 200  /* bytes */
#define CURRENT_WHO_MAX   16   /* agents of one that are named */

struct current_task {
	char *name;   /* the file's, without ".txt" */
	char *title;  /* its first line; the name, if that is empty */
	char **who;   /* "HOST/AGENT" whose work has it other than the base; ends with NULL */
	bool in_base; /* of whoever's is the newest */
};

/* By name; *ret_more: there are others that are left out. None is no error. */
int mirror_current(struct mirror *mirror, struct current_task **ret, size_t *ret_count,
	bool *ret_more, struct err *err);
void mirror_current_free(struct current_task *tasks, size_t count);

#endif
