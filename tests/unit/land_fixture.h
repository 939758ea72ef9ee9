/* SPDX-License-Identifier: MIT */
/* A user's repo $R with the branch main, an agent's clone $A of it, and what both have in the
 * mirror $M. */
#ifndef COCKPIT_TEST_LAND_FIXTURE_H
#define COCKPIT_TEST_LAND_FIXTURE_H

#include "cockpit/repo_merge.h"
#include "repo_fixture.h"

static char base[REPO_ID_MAX], work[REPO_ID_MAX]; /* commits in the mirror */
static struct merge_made made;

/* The last line that a script says. */
static inline void
ask(const char *script, char *ret, size_t size)
{
	struct buf out = BUF_INIT;
	char *line = mem_printf("A=%s/agent; { %s\n} >%s/said", dir, script, dir);
	char *path = path_join(dir, "said");
	if (sh(line) != 0)
		fail_msg("%s", script);
	assert_int_equal(path_read(path, 1 << 20, &out, NULL), 0);
	struct str text = str_trim(buf_str(&out)), last = str_cut_last(&text, '\n');
	snprintf(ret, size, "%.*s", STR_ARG(last));
	mem_free(path);
	mem_free(line);
	buf_release(&out);
}

/* True if the script ends well. */
static inline bool
holds(const char *script)
{
	char *line = mem_printf("A=%s/agent; %s", dir, script);
	int status = sh(line);
	mem_free(line);
	return status == 0;
}

static int
land_setup(void **state)
{
	setup(state);
	made = (struct merge_made){0};
	if (!holds("git config --global user.name x && git config --global user.email x@x && "
		   "git checkout -q main && git branch -q -D work && seq 30 >b && mkdir d && "
		   "seq 30 >d/c && head -c 999 /dev/zero >bin && echo ignored >.gitignore && "
		   "git add . && git commit -qm 2 && git tag start && git clone -q . $A"))
		fail();
	return 0;
}

static int
land_teardown(void **state)
{
	merge_release(&made);
	return teardown(state);
}

/* What the agent does from where it began; what it does not commit itself is committed then. */
static inline void
work_is(const char *script)
{
	char *line =
		mem_printf("cd $A && git checkout -q --detach start && { %s\n} && git "
			   "add -A && { git diff --cached --quiet || git commit -qm 'its "
			   "work'; } && git push -q $M +HEAD:refs/cockpit/web/x/head && git "
			   "rev-parse HEAD",
			script);
	ask(line, work, sizeof(work));
	mem_free(line);
}

/* On the user's main, from where it is. */
static inline void
base_is(const char *script)
{
	char *line =
		mem_printf("git checkout -q main && { %s\n} && git add -A && { git diff "
			   "--cached --quiet || git commit -qm 'somebody else'; } && git push "
			   "-q $M +main:refs/base/main && git rev-parse main",
			script);
	ask(line, base, sizeof(base));
	mem_free(line);
}

#define PERSON                           \
	{                                \
		"Ann", "ann@example.org" \
	}

static inline int
make_how(enum merge_how how, const char *uncommitted)
{
	const struct merge_order order = {.host = "web",
		.agent = "x",
		.base = base,
		.work = work,
		.how = how,
		.message = "All of it",
		.uncommitted = uncommitted,
		.author = PERSON,
		.committer = PERSON};
	merge_release(&made);
	err = ERR_INIT;
	return merge_make(mirror, &order, &made, &err);
}

static inline void
made_well(enum merge_how how)
{
	if (make_how(how, NULL) < 0)
		fail_msg("%s", err.text);
}

#endif
