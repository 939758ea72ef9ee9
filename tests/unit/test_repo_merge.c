/* SPDX-License-Identifier: MIT */
/* Work on top of a base, on real commits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "land_fixture.h"

static void
test_squash(void **state)
{
	(void)state;
	work_is("sed -i 's/^2$/two/' a && git commit -qam 1 && echo new >n");
	base_is("echo more >>d/c");
	made_well(MERGE_SQUASH);
	assert_false(made.already);
	assert_int_equal(made.commits, 1);
	assert_true(holds(
		"cd $M && test \"$(git log --format='%an %ae %cn %s' base/main..merge/web/x)\" "
		"= 'Ann ann@example.org Ann All of it' && git show merge/web/x:a | "
		"grep -q two && git show merge/web/x:n | grep -q new && git show "
		"merge/web/x:d/c | "
		"grep -q more && git fsck --strict --no-dangling 2>/dev/null"));
	char id[REPO_ID_MAX];
	ask("git -C $M rev-parse refs/merge/web/x", id, sizeof(id));
	assert_string_equal(id, made.id);
	assert_int_equal(merge_drop(mirror, "web", "x", &err), 0);
	assert_int_equal(merge_drop(mirror, "web", "x", &err), 0);
	assert_false(holds("git -C $M rev-parse -q --verify refs/merge/web/x"));
}

/* Though it could be forwarded. */
static void
test_merge(void **state)
{
	(void)state;
	work_is("echo x >>a");
	base_is("true");
	made_well(MERGE_MERGE);
	char line[200], wanted[200];
	ask("git -C $M log -1 --format='%P %s' refs/merge/web/x", line, sizeof(line));
	snprintf(wanted, sizeof(wanted), "%s %s All of it", base, work);
	assert_string_equal(line, wanted);
}

static void
test_rebase(void **state)
{
	(void)state;
	work_is("echo x >>a && git commit -qam one --author='Bob <b@b>' && git commit -q "
		"--allow-empty -m none && echo y >>b && git commit -qam 'as others did' && "
		"echo z "
		">n && git add n && git commit -qm two --author='Bob <b@b>'");
	/* It forwards where nothing has to be made. */
	base_is("true");
	base_is("echo y >>b");
	made_well(MERGE_REBASE);
	assert_int_equal(made.commits, 2);
	assert_int_equal(made.dropped, 2);
	assert_true(holds("test \"$(git -C $M log --reverse --format='%an %cn %s' "
			  "base/main..refs/merge/web/x)\" = 'Bob Ann one\nBob Ann two'"));
	work_is("echo x >>a && git commit -qam one");
	ask("git -C $M update-ref refs/base/main start 2>/dev/null; git rev-parse start", base,
		sizeof(base));
	made_well(MERGE_REBASE);
	assert_string_equal(made.id, work);
	assert_int_equal(made.commits, 0);
}

/* A merge commit's own work is not lost by leaving it out. */
static void
test_rebase_merges(void **state)
{
	(void)state;
	base_is("sed -i 's/^9$/base/' a");
	work_is("sed -i 's/^2$/two/' b && git commit -qam 1 && git fetch -q && git merge -q -m "
		"m "
		"$(git -C $R rev-parse main)");
	made_well(MERGE_REBASE);
	assert_int_equal(made.commits, 1);
	work_is("sed -i 's/^2$/two/' b && git commit -qam 1 && git fetch -q && git merge -q "
		"--no-commit $(git -C $R rev-parse main) && echo evil >>d/c && git commit -qam "
		"m");
	assert_int_equal(make_how(MERGE_REBASE, NULL), ERR_UNSUPPORTED);
	made_well(MERGE_SQUASH);
	assert_true(holds("git -C $M show refs/merge/web/x:d/c | grep -q evil"));
}

/* What was not committed does not go into the history as ours. */
static void
test_uncommitted(void **state)
{
	(void)state;
	work_is("echo x >>a && git commit -qam one && echo y >>b && GIT_AUTHOR_NAME=cockpit "
		"git "
		"commit -qam \"What x's work tree held\"");
	base_is("echo z >>d/c");
	static const char *const logs[] = {[MERGE_SQUASH] = "Ann All of it",
		[MERGE_MERGE] = "x one\nAnn The rest\nAnn All of it",
		[MERGE_REBASE] = "x one\nAnn The rest"};
	for (int how = 0; how < MERGE_HOW_COUNT; how++) {
		assert_int_equal(make_how((enum merge_how)how, "The rest"), 0);
		char *line =
			mem_printf("test \"$(git -C $M log --topo-order --reverse "
				   "--format='%%an %%s' base/main..refs/merge/web/x)\" = '%s'",
				logs[how]);
		if (!holds(line))
			fail_msg("%s", merge_how_name((enum merge_how)how));
		mem_free(line);
		assert_true(holds("git -C $M show refs/merge/web/x:b | grep -q y"));
	}
}

static void
test_fits(void **state)
{
	(void)state;
	static const struct {
		const char *name, *work, *base, *holds;
	} rows[] = {
		{"a renamed file that the base changed", "git mv d/c d/e",
                 "sed -i 's/^9$/y/' d/c",									   "git show $T:d/e | grep -q y && ! git show $T:d/c"},
		{"and the other way round",              "sed -i 's/^9$/y/' d/c",                 "git mv d/c d/e",
                 "git show $T:d/e | grep -q y && ! git show $T:d/c"												   },
		{"a binary file",                        "head -c 999 /dev/urandom >bin",         "echo y >>a",
                 "git show $T:bin | cmp - $A/bin"														     },
		{"a deleted file",                       "git rm -q b",                           "echo y >>a",     "! git show $T:b"                                 },
		{"a mode",			       "chmod +x a",                            "echo y >>a",
                 "git ls-tree $T a | grep -q ^100755 && git show $T:a | grep -q y"                                                                                    },
		{"a link in place of a file",            "ln -sf b a",                            "echo y >>b",
                 "git ls-tree $T a | grep -q ^120000"														 },
		{"a folder in place of a file",          "git rm -q b && mkdir b && echo x >b/x",
                 "echo y >>a",										      "git show $T:b/x"                                 },
		{"the same change",                      "echo y >>a; echo z >>b",                "echo y >>a",     "git show $T:b"                                   },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(holds("git reset -q --hard start"));
		work_is(rows[i].work);
		base_is(rows[i].base);
		for (int how = 0; how < MERGE_HOW_COUNT; how++) {
			if (make_how((enum merge_how)how, NULL) < 0)
				fail_msg("%s: %s", rows[i].name, err.text);
			char *line = mem_printf("cd $M && T=refs/merge/web/x && { %s\n} "
						">/dev/null 2>&1 && git fsck --strict "
						"--no-dangling 2>/dev/null",
				rows[i].holds);
			if (!holds(line))
				fail_msg("%s: %s", rows[i].name,
					merge_how_name((enum merge_how)how));
			mem_free(line);
			assert_false(repo_is_merged(mirror, base, work));
			assert_true(repo_is_merged(mirror, made.id, work));
		}
	}
}

static void
test_conflicts(void **state)
{
	(void)state;
	static const struct {
		const char *name, *work, *base, *path;
	} rows[] = {
		{"the same line",            "sed -i 's/^9$/x/' a",               "sed -i 's/^9$/y/' a",    "a"  },
		{"deleted by the work",      "git rm -q b",                       "echo y >>b",             "b"  },
		{"deleted by the base",      "echo y >>b",                        "git rm -q b",            "b"  },
		{"both added it",            "echo x >n",                         "echo y >n",              "n"  },
		{"binary on both sides",     "head -c 999 /dev/urandom >bin",
                 "head -c 999 /dev/urandom >bin",							   "bin"},
		{"renamed to two names",     "git mv d/c d/x",                    "git mv d/c d/y",         "d/c"},
		{"a file and a folder",      "echo x >n",                         "mkdir n && echo y >n/m", "n"  },
		{"a folder and a file",      "mkdir n && echo y >n/m",            "echo x >n",              "n"  },
		{"a deep folder and a file", "mkdir -p n/o/p && echo y >n/o/p/q",
                 "mkdir n && echo x >n/o",								  "n/o"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(holds("git reset -q --hard start"));
		work_is(rows[i].work);
		base_is(rows[i].base);
		for (int how = 0; how < MERGE_HOW_COUNT; how++) {
			if (make_how((enum merge_how)how, NULL) != ERR_CONFLICT)
				fail_msg("%s: %s", rows[i].name, err.text);
			if (made.path_count == 0 || strcmp(made.paths[0], rows[i].path) != 0)
				fail_msg("%s: %zu, %s", rows[i].name, made.path_count,
					made.path_count ? made.paths[0] : "");
			assert_non_null(strstr(err.text, rows[i].path));
			if (how == MERGE_REBASE)
				assert_string_equal(made.at, work);
			assert_false(holds("git -C $M rev-parse -q --verify refs/merge/web/x"));
		}
		assert_false(repo_is_merged(mirror, base, work));
	}
}

static void
test_merged(void **state)
{
	(void)state;
	work_is("echo x >>a && git commit -qam 1 && echo y >>b");
	base_is("true");
	assert_false(repo_is_merged(mirror, base, work));
	assert_true(repo_is_merged(mirror, work, work));
	assert_true(repo_is_merged(mirror, work, base));
	/* Squashed by somebody else, and the base went on. */
	base_is("echo x >>a && echo y >>b && git commit -qam squashed && echo z >>d/c");
	assert_true(repo_is_merged(mirror, base, work));
	for (int how = 0; how < MERGE_HOW_COUNT; how++) {
		made_well((enum merge_how)how);
		assert_true(made.already);
		assert_int_equal(made.commits, 0);
		assert_string_equal(made.id, base);
	}
	/* Then the agent goes on. */
	work_is("echo x >>a && git commit -qam 1 && echo y >>b && git commit -qam 2 && echo q "
		">q");
	assert_false(repo_is_merged(mirror, base, work));
	made_well(MERGE_SQUASH);
	assert_false(made.already);
	base_is("git fetch -q $A HEAD && git merge -q -m m FETCH_HEAD");
	made_well(MERGE_MERGE);
	assert_true(made.already);
	assert_false(repo_is_merged(mirror, base, "1234567890123456789012345678901234567890"));
	assert_false(repo_is_merged(mirror, "", work));
}

static void
test_hostile(void **state)
{
	(void)state;
	/* Names of files, and what is run where somebody checks out, diffs or merges. */
	work_is("printf '* merge=evil diff=evil filter=evil\\n' >.gitattributes && git config "
		"filter.evil.clean cat && sed -i 's/^9$/x/' a && echo x >\"$(printf "
		"'n\\033[31m\\nq')\"");
	base_is("sed -i 's/^9$/y/' a && echo y >\"$(printf 'n\\033[31m\\nq')\"");
	assert_true(
		holds("for d in merge.evil.driver diff.evil.textconv filter.evil.smudge; do "
		      "git config --global $d \"touch $R/../ran\"; done"));
	assert_int_equal(make_how(MERGE_SQUASH, NULL), ERR_CONFLICT);
	assert_int_equal(made.path_count, 2);
	assert_string_equal(made.paths[1], "n\033[31m\nq");
	assert_null(strchr(err.text, '\033'));
	assert_null(strchr(err.text, '\n'));
	/* Subjects. */
	work_is("sed -i 's/^9$/x/' a && git commit -qam \"$(printf 'm\\033[31m')\"");
	assert_int_equal(make_how(MERGE_REBASE, NULL), ERR_CONFLICT);
	assert_null(strchr(err.text, '\033'));
	/* Messages and names of ours. */
	work_is("echo x >n2");
	struct merge_order order = {.host = "web",
		.agent = "x",
		.base = base,
		.work = work,
		.message = "a\033[31m\r\nb  \n\n\n",
		.author = PERSON,
		.committer = PERSON};
	merge_release(&made);
	assert_int_equal(merge_make(mirror, &order, &made, &err), 0);
	assert_false(holds("git -C $M cat-file commit refs/merge/web/x | grep -q \"$(printf "
			   "'[\\033\\r]')\""));
	static const char *const names[] = {"", NULL, "a\nparent b", "a <b"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		order.author.name = names[i];
		assert_int_equal(merge_make(mirror, &order, &made, &err), ERR_INVALID);
	}
	order.author.name = "Ann";
	order.message = " \n";
	assert_int_equal(merge_make(mirror, &order, &made, &err), ERR_INVALID);
	order.message = NULL;
	assert_int_equal(merge_make(mirror, &order, &made, &err), ERR_INVALID);
	assert_false(holds("test -e ../ran"));
}

static void
test_refused(void **state)
{
	(void)state;
	base_is("true");
	work_is("git checkout -q --orphan other && git commit -qm root");
	for (int how = 0; how < MERGE_HOW_COUNT; how++)
		assert_int_equal(make_how((enum merge_how)how, NULL), ERR_INVALID);
	snprintf(work, sizeof(work), "1234567890123456789012345678901234567890");
	assert_int_equal(make_how(MERGE_SQUASH, NULL), ERR_NOT_FOUND);
	work[5] = '\0';
	assert_int_equal(make_how(MERGE_SQUASH, NULL), ERR_INVALID);
	enum merge_how how;
	assert_true(merge_how_find("rebase", &how) && how == MERGE_REBASE);
	assert_false(merge_how_find("octopus", &how));
	assert_non_null(merge_how_words(how));
}

/* Somebody was killed in the midst of it. */
static void
test_locks(void **state)
{
	(void)state;
	work_is("echo x >>a");
	base_is("true");
	made_well(MERGE_SQUASH);
	assert_true(holds("touch $M/refs/merge/web/x.lock $M/packed-refs.lock"));
	made_well(MERGE_MERGE);
	assert_true(holds("git -C $M pack-refs --all"));
	assert_true(holds("touch $M/packed-refs.lock"));
	assert_int_equal(merge_drop(mirror, "web", "x", &err), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, land_setup, land_teardown)
	const struct CMUnitTest tests[] = {
		T(test_squash),
		T(test_merge),
		T(test_rebase),
		T(test_rebase_merges),
		T(test_uncommitted),
		T(test_fits),
		T(test_conflicts),
		T(test_merged),
		T(test_hostile),
		T(test_refused),
		T(test_locks),
	};
	return cmocka_run_group_tests_name("repo_merge", tests, NULL, NULL);
}
