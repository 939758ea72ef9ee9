/* SPDX-License-Identifier: MIT */
/* Whether a branch of the user's repo may have moved, and where it is then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/repo_tip.h"
#include "repo_fixture.h"

static char *repo;
static struct tip_place place;

static int
tip_setup(void **state)
{
	setup(state);
	repo = path_join(dir, "repo");
	place = (struct tip_place){0};
	assert_int_equal(sh("git config user.name x && git config user.email x@x"), 0);
	return tip_place_find(repo, &place, &err);
}

static int
tip_teardown(void **state)
{
	tip_place_release(&place);
	mem_free(repo);
	return teardown(state);
}

/* A mark that is as young as what it is of changes once more, all by itself. */
static void
grow_old(void)
{
	assert_int_equal(sh("find .git -name packed-refs -exec touch -d '1 hour ago' {} +"), 0);
}

static bool
moves(const char *branch, const char *script)
{
	grow_old();
	uint64_t before = tip_mark(&place, branch);
	/* Nothing is started for it. */
	char *path = mem_strdup(getenv("PATH"));
	setenv("PATH", "/nowhere", 1);
	assert_true(tip_mark(&place, branch) == before);
	setenv("PATH", path, 1);
	mem_free(path);
	if (sh(script) != 0)
		fail_msg("%s", script);
	return tip_mark(&place, branch) != before;
}

static void
test_moves(void **state)
{
	(void)state;
	assert_true(moves(NULL, "git commit -qam on --allow-empty"));
	assert_true(moves(NULL, "git commit -q --amend --allow-empty -m amended"));
	assert_true(moves(NULL, "git checkout -q main"));
	assert_true(
		moves(NULL, "git checkout -q --detach && git commit -q --allow-empty -m x"));
	assert_true(moves("main", "git branch -f main work"));
	assert_true(moves("main", "git branch -q -m main gone"));
	assert_true(moves("main", "git branch -q -m gone main"));
	assert_false(
		moves("main", "git checkout -q work && git commit -q --allow-empty -m on"));
	assert_false(
		moves("main", "git tag v1 && seq 3 >new && git add new && git stash -q 2>&1"));
	/* A branch of a remote, as a base may be called. */
	assert_true(moves("origin/main", "git update-ref refs/remotes/origin/main main"));
}

static void
test_packed(void **state)
{
	(void)state;
	assert_int_equal(sh("git pack-refs --all && ! test -e .git/refs/heads/main"), 0);
	assert_true(moves("main", "git update-ref refs/heads/main work~0 && git commit -q "
				  "--allow-empty -m on && git branch -f main work"));
	assert_true(moves("main", "git commit -q --allow-empty -m on && git branch -f main && "
				  "git pack-refs --all"));
	/* A ref that names another one. */
	assert_int_equal(sh("git symbolic-ref refs/heads/trunk refs/heads/work"), 0);
	assert_true(moves("trunk", "git commit -q --allow-empty -m on"));
	/* One that names itself, or what is no ref, ends. */
	assert_int_equal(sh("echo 'ref: refs/heads/loop' >.git/refs/heads/loop && echo 'ref: "
			    "refs/../../a' >.git/refs/heads/out"),
		0);
	assert_false(moves("loop", ":"));
	assert_false(moves("out", "echo more >>a"));
}

/* The operator's checkout may be a work tree that is not the first one. */
static void
test_work_tree(void **state)
{
	(void)state;
	assert_int_equal(sh("git worktree add -q ../second main"), 0);
	char *second = path_join(dir, "second");
	tip_place_release(&place);
	assert_int_equal(tip_place_find(second, &place, &err), 0);
	assert_false(moves(NULL, "git commit -q --allow-empty -m on"));
	assert_true(moves(NULL, "git -C ../second commit -q --allow-empty -m on"));
	assert_true(moves(NULL, "git -C ../second checkout -q -b third"));
	mem_free(second);
}

static void
test_no_repo(void **state)
{
	struct tip_place none = {0};
	(void)state;
	err = ERR_INIT;
	assert_int_equal(tip_place_find("/nowhere/at/all", &none, &err), ERR_NOT_FOUND);
	assert_null(none.own);
}

static void
test_find(void **state)
{
	char tip[REPO_ID_MAX] = "", *line;
	(void)state;
	assert_int_equal(sh("git checkout -q main && git commit -q --allow-empty -m on"), 0);
	assert_int_equal(tip_find(mirror, repo, NULL, tip, &err), 0);
	line = mem_printf(
		"test $(git rev-parse main) = %s && git --git-dir=$M cat-file -e %s", tip, tip);
	assert_int_equal(sh(line), 0);
	mem_free(line);
	assert_int_equal(tip_find(mirror, repo, "nobody", tip, &err), ERR_NOT_FOUND);
	assert_int_equal(sh("git checkout -q --detach"), 0);
	assert_int_equal(tip_find(mirror, repo, NULL, tip, &err), ERR_UNSUPPORTED);
}

/* Forward only: a host may know more than this repo. */
static void
test_advance(void **state)
{
	struct mirror_work work = {0};
	char old[REPO_ID_MAX], tip[REPO_ID_MAX];
	(void)state;
	assert_int_equal(tip_find(mirror, repo, "main", old, &err), 0);
	assert_int_equal(sh("git checkout -q main && git commit -q --allow-empty -m on"), 0);
	assert_int_equal(tip_find(mirror, repo, "main", tip, &err), 0);
	tip_advance(mirror, tip, &work);
	assert_string_equal(work.base, "");
	memcpy(work.base, old, sizeof(work.base));
	tip_advance(mirror, "", &work);
	assert_string_equal(work.base, old);
	tip_advance(mirror, tip, &work);
	assert_string_equal(work.base, tip);
	tip_advance(mirror, old, &work);
	assert_string_equal(work.base, tip);
	assert_true(tip_is_after(mirror, tip, old) && tip_is_after(mirror, tip, tip));
	assert_false(tip_is_after(mirror, old, tip) || tip_is_after(mirror, old, "none"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_moves, tip_setup, tip_teardown),
		cmocka_unit_test_setup_teardown(test_packed, tip_setup, tip_teardown),
		cmocka_unit_test_setup_teardown(test_work_tree, tip_setup, tip_teardown),
		cmocka_unit_test_setup_teardown(test_no_repo, tip_setup, tip_teardown),
		cmocka_unit_test_setup_teardown(test_find, tip_setup, tip_teardown),
		cmocka_unit_test_setup_teardown(test_advance, tip_setup, tip_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
