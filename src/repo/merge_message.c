/* SPDX-License-Identifier: MIT */
/* What a merge is to say: what its commits say. */
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/repo_merge.h"
#include "local.h"

#define SUBJECTS_MAX 30
#define SUBJECT_MAX  200
#define MESSAGE_MAX  ((size_t)16 << 10) /* a field of a dialog has room for it */

/* The oldest first; negative on failure. */
static int
walk(struct mirror *mirror, const char *base, const char *head, git_revwalk **ret)
{
	git_oid from, to;
	if (git_oid_fromstr(&from, base) < 0 || git_oid_fromstr(&to, head) < 0 ||
		git_revwalk_new(ret, mirror->repo) < 0)
		return -1;
	git_revwalk_sorting(*ret, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
	git_revwalk_simplify_first_parent(*ret);
	return git_revwalk_push(*ret, &to) < 0 || git_revwalk_hide(*ret, &from) < 0 ? -1 : 0;
}

static void
add_subject(git_commit *commit, struct buf *into)
{
	const char *summary = git_commit_summary(commit);
	char safe[SUBJECT_MAX + 8];
	text_safe_tmp(safe, SUBJECT_MAX, str_from(summary ? summary : ""));
	buf_printf(into, "- %s\n", safe);
}

/* Made safe line by line: it is shown in a dialog. */
static void
add_whole(git_commit *commit, struct buf *into)
{
	struct str rest = str_trim(str_from(git_commit_message(commit)));
	bool cut = rest.len > MESSAGE_MAX;
	rest = str_slice(rest, 0, MESSAGE_MAX);
	while (rest.len > 0) {
		text_safe(into, str_cut(&rest, '\n'), -1);
		buf_byte(into, '\n');
	}
	if (cut)
		buf_addc(into, "(it was longer)\n");
}

void
merge_message(struct mirror *mirror, const char *base, const char *head, const char *agent,
	struct buf *into)
{
	git_revwalk *revs = NULL;
	git_oid id;
	git_commit *only = NULL;
	struct buf subjects = BUF_INIT;
	int count = 0;
	int rc = walk(mirror, base, head, &revs);
	while (rc == 0 && git_revwalk_next(&id, revs) == 0) {
		git_commit *commit = NULL;
		if (git_commit_lookup(&commit, mirror->repo, &id) < 0)
			break;
		if (count < SUBJECTS_MAX)
			add_subject(commit, &subjects);
		git_commit_free(only);
		only = commit;
		count++;
	}
	if (count == 1)
		add_whole(only, into);
	else
		buf_printf(into, "Work of %s\n", agent);
	if (count > 1)
		buf_printf(into, "\n%s", buf_cstr(&subjects));
	if (count > SUBJECTS_MAX)
		buf_printf(into, "- and %d more\n", count - SUBJECTS_MAX);
	/* It is edited: the cursor of one line stands behind it. */
	while (into->len > 0 && into->ptr[into->len - 1] == '\n')
		buf_truncate(into, into->len - 1);
	git_commit_free(only);
	git_revwalk_free(revs);
	buf_release(&subjects);
}
