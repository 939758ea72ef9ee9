/* SPDX-License-Identifier: MIT */
/* What a merge made goes into the user's own repo, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/repo_land.h"
#include "cockpit/repo_supply.h"
#include "land_fixture.h"

static struct land_place place;

static char *
repo_path(void)
{
	return path_join(dir, "repo");
}

typedef int land_fn(struct mirror *mirror, const struct landing *landing,
	struct land_place *ret, struct err *err);

static int
move(land_fn *which, const char *branch)
{
	char *repo = repo_path();
	const struct landing landing = {repo, branch, base, made.id};
	err = ERR_INIT;
	int rc = which(mirror, &landing, &place, &err);
	if (rc == 0) {
		assert_string_equal(place.branch, branch ? branch : "main");
		assert_string_equal(place.tip, which == land ? made.id : base);
		land_place_release(&place);
	}
	mem_free(repo);
	return rc;
}

static void
moved(land_fn *which)
{
	if (move(which, "main") < 0)
		fail_msg("%s", err.text);
}

static void
made_of(const char *script)
{
	work_is(script);
	base_is("true");
	made_well(MERGE_SQUASH);
}

#define UNTOUCHED "test \"$(git rev-parse main)\" = \"$(git rev-parse start)\""
#define LANDED    "test \"$(git rev-parse main)\" = \"$(git -C $M rev-parse refs/merge/web/x)\""
#define SAME_BASE "test \"$(git -C $M rev-parse refs/base/main)\" = \"$(git rev-parse main)\""

/* A commit that a person has made since; nothing is left of that in the repo. */
static void
test_tip_comes(void **state)
{
	char *repo = repo_path();
	(void)state;
	assert_true(holds("git checkout -q main && git commit -q --allow-empty -m 'by hand' && "
			  "! git -C $M cat-file -e \"$(git rev-parse main)\" 2>/dev/null"));
	if (land_look(mirror, repo, NULL, &place, &err) < 0)
		fail_msg("%s", err.text);
	land_place_release(&place);
	assert_true(holds(SAME_BASE " && ! test -e .git/FETCH_HEAD"));
	assert_int_equal(supply_tip(mirror, repo, "main",
				 "0123456789abcdef0123456789abcdef01234567", &err),
		ERR_CHANGED);
	mem_free(repo);
}

/* What a host was told of the base is as old as that. */
static void
test_bases_advance(void **state)
{
	struct mirror_work works[4] = {0};
	const struct land_work all[] = {
		{"main",    &works[0]},
                {NULL,      &works[1]},
                {"nowhere", &works[2]},
		{"aside",   &works[3]}
        };
	char *repo = repo_path();
	(void)state;
	made_of("echo x >>a");
	for (size_t i = 0; i < 4; i++)
		memcpy(works[i].base, base, sizeof(works[i].base));
	assert_true(holds("git checkout -q --orphan aside && git commit -qm elsewhere && "
			  "git checkout -q main && git commit -q --allow-empty -m on && "
			  "git checkout -q main"));
	land_advance(mirror, repo, all, 4);
	assert_string_equal(works[0].base, works[1].base);
	assert_string_not_equal(works[0].base, base);
	assert_string_equal(works[2].base, base);
	assert_string_equal(works[3].base, base);
	assert_int_equal(land_look(mirror, repo, "main", &place, &err), 0);
	assert_string_equal(works[0].base, place.tip);
	land_place_release(&place);
	mem_free(repo);
}

static void
test_checked_out(void **state)
{
	(void)state;
	made_of("echo x >>a && echo n >n && git rm -q b");
	char *repo = repo_path();
	assert_int_equal(land_look(mirror, repo, NULL, &place, &err), 0);
	assert_string_equal(place.branch, "main");
	assert_string_equal(place.tip, base);
	assert_string_equal(place.tree, repo);
	land_place_release(&place);
	if (move(land, NULL) < 0)
		fail_msg("%s", err.text);
	assert_true(
		holds(LANDED " && " SAME_BASE " && test -z \"$(git status --porcelain)\" && "
			     "test -e n && ! test -e b"));
	/* Nothing is left of it but the branch itself. */
	assert_true(holds("test \"$(git for-each-ref --format='%(refname)' | tr '\\n' ' ')\" = "
			  "'refs/heads/main refs/tags/start ' && ! test -e .git/FETCH_HEAD"));
	/* Agents start from there now. */
	struct supply supply;
	assert_int_equal(supply_base(mirror, repo, NULL, &supply, &err), 0);
	assert_string_equal(supply.base, made.id);
	supply_release(&supply);
	/* It is not done twice. */
	assert_int_equal(move(land, NULL), ERR_CHANGED);
	moved(land_undo);
	assert_true(
		holds(UNTOUCHED " && " SAME_BASE " && test -z \"$(git status --porcelain)\" && "
				"test -e b && ! test -e n"));
	assert_int_equal(move(land_undo, "main"), ERR_CHANGED);
	/* And again. */
	moved(land);
	assert_true(holds(LANDED));
	mem_free(repo);
}

/* On another branch, or in another work tree, or in none: a bare repo's. */
static void
test_elsewhere(void **state)
{
	(void)state;
	made_of("echo x >>a && git add a && git commit -qm 1 && echo y >>b");
	made_well(MERGE_MERGE);
	assert_true(holds("git checkout -qb other && echo dirty >>a"));
	moved(land);
	assert_true(holds(LANDED " && test \"$(git status --porcelain)\" = ' M a' && "
				 "test \"$(git symbolic-ref --short HEAD)\" = other"));
	moved(land_undo);
	assert_true(holds(UNTOUCHED " && test \"$(git status --porcelain)\" = ' M a'"));
	/* An odd name, and one of an agent beside it. */
	assert_true(
		holds("git worktree add -q \"$(printf '../odd\\nbranch refs/heads/other')\" "
		      "main && git worktree add -q -b cockpit/x ../repo-agents/x main"));
	moved(land);
	assert_true(holds(LANDED
		" && cd ../odd*/heads/other && tail -n 1 a | grep -qx x "
		"&& test -z \"$(git status --porcelain)\" && cd $R/../repo-agents/x "
		"&& test -z \"$(git status --porcelain)\" && ! tail -n 1 a | grep -q x"));
	moved(land_undo);
	/* One that somebody has deleted. */
	assert_true(holds("rm -rf ../odd*"));
	moved(land);
	assert_true(holds(LANDED));
	moved(land_undo);
	assert_true(holds(
		"git worktree prune && git worktree add -q ../w1 main && git worktree add "
		"-q -f ../w2 main"));
	assert_int_equal(move(land, "main"), ERR_UNSUPPORTED);
	assert_true(holds(
		"git worktree remove ../w1 && git worktree remove ../w2 && git stash -q && "
		"git checkout -q --detach && git config core.bare true"));
	moved(land);
	assert_true(holds(LANDED));
}

/* Work that nobody has committed is neither lost nor unstaged. */
static void
test_dirty_kept(void **state)
{
	(void)state;
	made_of("echo x >>a && echo n >n && git rm -q d/c");
	assert_true(
		holds("echo staged >>b && git add b && echo unstaged >>b && echo u >untracked "
		      "&& echo s >new && git add new && echo i >ignored && touch a"));
	static const char kept[] =
		"test \"$(git status --porcelain)\" = 'A  new\nMM b\n?? untracked' -o \"$(git "
		"status "
		"--porcelain)\" = 'MM b\nA  new\n?? untracked' && tail -n 1 b | grep -qx "
		"unstaged "
		"&& git show :b | tail -n 1 | grep -qx staged && test -e ignored";
	moved(land);
	assert_true(holds(LANDED));
	assert_true(holds(kept));
	assert_true(holds("touch a"));
	moved(land_undo);
	assert_true(holds(UNTOUCHED));
	assert_true(holds(kept));
}

static void
test_dirty_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name, *work, *dirt, *file;
	} rows[] = {
		{"a changed file",                 "echo x >>a; echo n >n",                             "echo y >>a",              "a"      },
		{"a staged one",                   "echo x >>a; echo n >n",                             "echo y >>a && git add a", "a"      },
		{"an untracked one",               "echo x >>a; echo n >n",                             "echo y >n",               "n"      },
		{"an ignored one",                 "echo x >>a; echo n >ignored && git add -f ignored",
                 "echo y >ignored",												"ignored"},
		{"a file where a folder comes",    "mkdir n && echo x >n/m",                            "echo y >n",               "n"      },
		{"a folder where a file comes",    "echo x >n",                                         "mkdir n && echo y >n/m",  "n"      },
		{"a changed file that is deleted", "git rm -q b",                                       "echo y >>b",              "b"      },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(holds("git reset -q --hard start && git clean -qfdx"));
		made_of(rows[i].work);
		assert_true(holds(rows[i].dirt));
		assert_true(holds(
			"git status --porcelain >$A.before && git diff HEAD >>$A.before"));
		if (move(land, "main") != ERR_BUSY)
			fail_msg("%s: %s", rows[i].name, err.text);
		if (!strstr(err.text, rows[i].file) || !strstr(err.text, "commit, stash"))
			fail_msg("%s: %s", rows[i].name, err.text);
		assert_true(holds(
			UNTOUCHED " && { git status --porcelain; git diff HEAD; } | cmp - "
				  "$A.before && ! test -e .git/index.lock"));
	}
	/* And back. */
	assert_true(holds("git reset -q --hard start && git clean -qfdx"));
	made_of("echo x >>a; git rm -q b");
	moved(land);
	assert_true(holds("echo y >>a"));
	assert_int_equal(move(land_undo, "main"), ERR_BUSY);
	assert_non_null(strstr(err.text, "'a'"));
	assert_true(
		holds(LANDED " && test \"$(git status --porcelain)\" = ' M a' && ! test -e b"));
	assert_true(holds("git checkout -q a && echo mine >b"));
	assert_int_equal(move(land_undo, "main"), ERR_BUSY);
	assert_true(holds(LANDED " && grep -qx mine b"));
}

/* Git would take what is ignored for what nobody needs. */
static void
test_ignored_kept(void **state)
{
	(void)state;
	static const struct {
		const char *name, *work, *dirt, *file;
	} rows[] = {
		{"a file",                      "git rm -q b",                     "echo b >$X; echo mine >b", "b"  },
		{"a folder where a file comes", "git rm -q b",
                 "echo b >$X; mkdir b; echo mine >b/m",                                                        "b/m"},
		{"a repo where a file comes",   "git rm -q b",
                 "echo b >$X; git init -q b; echo mine >b/m",                                                  "b/" },
		{"a file where a folder comes", "git rm -qr d",                    "echo d >$X; echo mine >d",
                 "d"												},
		{"a link where a folder comes", "git rm -qr d",
                 "echo d >$X; mkdir o; ln -s o d; echo >o/c",                                                  "d"  },
		{"one that was renamed",        "git mv b e",
                 "echo b >$X; echo mine >b; echo o >ignored",                                                  "b"  },
		{"files beside a folder's",     "git rm -q b; mkdir b; echo >b/x",
                 "echo m >$X; echo mine >b/m",								 "b/m"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(holds("git reset -q --hard start && git clean -qffdx && "
				  ": >.git/info/exclude"));
		made_of(rows[i].work);
		moved(land);
		char *dirt = mem_printf("X=.git/info/exclude; %s", rows[i].dirt);
		assert_true(holds(dirt));
		mem_free(dirt);
		assert_true(holds("test -z \"$(git status --porcelain)\" -o -e o && "
				  "tar cf $A.before --exclude=.git ."));
		if (move(land_undo, "main") != ERR_BUSY)
			fail_msg("%s: %s", rows[i].name, err.text);
		char *says = mem_printf("in the way: %s; commit, stash", rows[i].file);
		if (!strstr(err.text, says))
			fail_msg("%s: %s", rows[i].name, err.text);
		mem_free(says);
		if (!holds(LANDED " && tar df $A.before && ! git diff --cached | grep -q ."))
			fail_msg("%s: lost", rows[i].name);
	}
	/* What is in nobody's way: what is empty, beside it, or in the index. */
	assert_true(holds("git reset -q --hard start && git clean -qffdx && "
			  "echo m >.git/info/exclude"));
	made_of("git rm -qr b d; echo >d");
	moved(land);
	assert_true(holds("mkdir b && echo mine >m && echo i >ignored"));
	moved(land_undo);
	assert_true(holds(UNTOUCHED " && test -f b && test -f d/c && grep -qx mine m && "
				    "test -z \"$(git status --porcelain)\""));
}

/* The branch cannot be moved: the files go forward again, but over nothing. */
static void
test_roll_back(void **state)
{
	(void)state;
	made_of("echo x >>a; echo n >n");
	moved(land);
	assert_true(holds("touch .git/refs/heads/main.lock"));
	assert_int_equal(move(land_undo, "main"), ERR_REMOTE);
	assert_true(holds(LANDED " && test -z \"$(git status --porcelain)\" && test -e n"));
	assert_true(holds("git rm -q --cached n && echo n >.git/info/exclude && echo mine >n"));
	assert_int_equal(move(land_undo, "main"), ERR_REMOTE);
	assert_non_null(strstr(err.text, "main is not (what is not committed in "));
	assert_true(holds(LANDED " && grep -qx mine n"));
}

/* A merge that the user is in the midst of. */
static void
test_unfinished(void **state)
{
	(void)state;
	made_of("echo x >>a");
	assert_true(holds(
		"git checkout -qb other && echo o >>b && git commit -qam o && git checkout "
		"-q main && git merge -q --no-ff --no-commit other >/dev/null"));
	assert_int_equal(move(land, "main"), ERR_REMOTE);
	assert_non_null(strstr(err.text, "MERGE_HEAD"));
	assert_true(holds(UNTOUCHED " && test -e .git/MERGE_HEAD"));
}

static void
test_changed(void **state)
{
	(void)state;
	made_of("echo x >>a");
	assert_true(holds("echo z >>b && git commit -qam mine"));
	assert_int_equal(move(land, "main"), ERR_CHANGED);
	assert_true(
		holds("git log -1 --format=%s main | grep -qx mine && test -z \"$(git status "
		      "--porcelain)\""));
	assert_true(holds("git checkout -q --detach"));
	assert_int_equal(move(land, "main"), ERR_CHANGED);
	assert_true(holds("git checkout -q main && git reset -q --hard start"));
	moved(land);
	/* Somebody goes on from there. */
	assert_true(holds("echo z >>b && git commit -qam mine"));
	assert_int_equal(move(land_undo, "main"), ERR_CHANGED);
	assert_true(holds("git checkout -q --detach"));
	assert_int_equal(move(land_undo, "main"), ERR_CHANGED);
	assert_true(holds("git log -1 --format=%s main | grep -qx mine"));
}

/* Others have it. */
static void
test_pushed(void **state)
{
	(void)state;
	made_of("echo x >>a");
	moved(land);
	assert_true(holds("git init -q --bare ../far && git remote add far ../far && "
			  "git push -q far start^{}:refs/heads/main && git fetch -q far"));
	moved(land_undo);
	moved(land);
	assert_true(holds("git push -q far main"));
	assert_int_equal(move(land_undo, "main"), ERR_EXISTS);
	assert_non_null(strstr(err.text, "far/main has it already"));
	assert_true(holds(LANDED " && test -z \"$(git status --porcelain)\""));
}

static void
test_refused(void **state)
{
	(void)state;
	struct landing landing = {NULL, NULL, base, made.id};
	made_of("echo x >>a");
	char *repo = repo_path(), *none = path_join(dir, "none");
	assert_int_equal(move(land, "other"), ERR_NOT_FOUND);
	assert_int_equal(move(land, "a b"), ERR_INVALID);
	assert_int_equal(move(land, "-x"), ERR_NOT_FOUND);
	assert_true(holds("git checkout -q --detach"));
	assert_int_equal(move(land, NULL), ERR_UNSUPPORTED);
	assert_int_equal(land(mirror, &landing, &place, &err), ERR_UNSUPPORTED);
	landing.repo = none;
	assert_int_equal(land(mirror, &landing, &place, &err), ERR_NOT_FOUND);
	landing = (struct landing){repo, "main", made.id, base};
	assert_int_equal(land(mirror, &landing, &place, &err), ERR_INVALID);
	landing.from = base;
	assert_int_equal(land(mirror, &landing, &place, &err), ERR_INVALID);
	landing.to = "x";
	assert_int_equal(land(mirror, &landing, &place, &err), ERR_INVALID);
	mem_free(repo);
	mem_free(none);
}

static void
test_only_here(void **state)
{
	(void)state;
	made_of("echo x >>a");
	const struct landing landing = {NULL, "main", base, made.id};
	if (land(mirror, &landing, &place, &err) < 0)
		fail_msg("%s", err.text);
	assert_null(place.tree);
	land_place_release(&place);
	assert_true(holds(
		"test \"$(git -C $M rev-parse refs/base/main)\" = \"$(git -C $M rev-parse "
		"refs/merge/web/x)\" && " UNTOUCHED));
	assert_int_equal(land(mirror, &landing, &place, &err), ERR_CHANGED);
	assert_int_equal(land_undo(mirror, &landing, &place, &err), 0);
	land_place_release(&place);
	assert_true(holds(SAME_BASE));
	assert_int_equal(land_undo(mirror, &landing, &place, &err), ERR_CHANGED);
	const struct landing other = {NULL, "other", base, made.id};
	assert_int_equal(land(mirror, &other, &place, &err), ERR_NOT_FOUND);
}

/* Hooks of that repo, and settings that would make another thing of it. */
static void
test_settings(void **state)
{
	(void)state;
	made_of("echo x >>a");
	assert_true(holds(
		"for h in post-merge pre-merge-commit reference-transaction post-checkout "
		"pre-push post-index-change post-rewrite; do printf '#!/bin/sh\\ntouch "
		"%s/../ran\\nexit 1\\n' $R >.git/hooks/$h && chmod +x .git/hooks/$h; done && "
		"git config core.hooksPath .git/hooks && git config merge.ff false && git "
		"config merge.autoStash true && git config branch.main.mergeOptions "
		"'--squash --no-commit' && git config fetch.prune true && git config "
		"core.fsmonitor \"touch $R/../ran\" && rm -f ../ran && echo y >>b"));
	moved(land);
	assert_true(holds(LANDED " && ! test -e ../ran && test -z \"$(git stash list)\""));
	moved(land_undo);
	assert_true(holds(UNTOUCHED " && ! test -e ../ran"));
}

static void
test_hostile(void **state)
{
	(void)state;
	/* Names of files in the way. */
	made_of("echo x >\"$(printf 'n\\033[31m')\"");
	assert_true(holds("echo y >\"$(printf 'n\\033[31m')\""));
	assert_int_equal(move(land, "main"), ERR_BUSY);
	assert_null(strchr(err.text, '\033'));
	assert_non_null(strstr(err.text, "n?[31m")); /* git's own way */
	/* A tree that git would not make: here libgit2 does not either, and where it is only in
	 * the history of what is merged, the repo does not take it. */
	ask("cd $M && f=$(echo x | git hash-object -w --stdin) && t=$(printf \"100755 blob "
	    "$f\\tpost-checkout\\n\" | git mktree) && t=$(printf \"040000 tree $t\\thooks\\n\" "
	    "| git "
	    "mktree) && t=$({ git ls-tree refs/base/main; printf \"040000 tree $t\\t.git\\n\"; "
	    "} | git "
	    "mktree) && git commit-tree -p refs/base/main -m evil $t",
		work, sizeof(work));
	for (int how = 0; how < MERGE_HOW_COUNT; how++)
		assert_int_equal(make_how((enum merge_how)how, NULL), ERR_IO);
	char *line = mem_printf(
		"cd $M && git commit-tree -p %s -m good refs/cockpit/web/x/head^{tree}", work);
	ask(line, work, sizeof(work));
	mem_free(line);
	assert_true(holds("rm n*"));
	made_well(MERGE_MERGE);
	assert_int_equal(move(land, "main"), ERR_REMOTE);
	assert_non_null(strstr(err.text, ".git"));
	assert_true(holds(UNTOUCHED " && ! test -e .git/hooks/post-checkout"));
	made_well(MERGE_SQUASH);
	moved(land);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, land_setup, land_teardown)
	const struct CMUnitTest tests[] = {
		T(test_tip_comes),
		T(test_bases_advance),
		T(test_checked_out),
		T(test_elsewhere),
		T(test_dirty_kept),
		T(test_dirty_refused),
		T(test_ignored_kept),
		T(test_roll_back),
		T(test_unfinished),
		T(test_changed),
		T(test_pushed),
		T(test_refused),
		T(test_only_here),
		T(test_settings),
		T(test_hostile),
	};
	return cmocka_run_group_tests_name("repo_land", tests, NULL, NULL);
}
