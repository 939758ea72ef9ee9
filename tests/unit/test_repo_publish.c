/* SPDX-License-Identifier: MIT */
/* To remotes beside, and by programs that only look like those that open pull requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/repo_publish.h"
#include "land_fixture.h"

static struct published there;
static char *old_path;

/* $O: the remote. Fakes of "gh" and "glab" may be put into $F, which comes first on PATH. */
#define O "O=$R/../origin.git; F=$R/../fakes; "

static int
publish_setup(void **state)
{
	land_setup(state);
	there = (struct published){0};
	old_path = mem_strdup(getenv("PATH"));
	char *path = mem_printf("%s/fakes:%s", dir, old_path);
	setenv("PATH", path, 1);
	mem_free(path);
	assert_true(holds(
		O "mkdir $F && git clone -q --bare . $O && git remote add origin $O && git "
		  "config branch.main.remote origin"));
	work_is("echo x >>a");
	base_is("true");
	made_well(MERGE_SQUASH);
	return 0;
}

static int
publish_teardown(void **state)
{
	published_release(&there);
	setenv("PATH", old_path, 1);
	mem_free(old_path);
	return land_teardown(state);
}

static int
send(struct publish_order order)
{
	char *repo = path_join(dir, "repo");
	order.repo = repo;
	if (!order.branch)
		order.branch = "cockpit/x";
	if (!order.id)
		order.id = made.id;
	published_release(&there);
	err = ERR_INIT;
	int rc = publish(mirror, &order, &there, &err);
	mem_free(repo);
	return rc;
}

static void
sent(struct publish_order order)
{
	if (send(order) < 0)
		fail_msg("%s", err.text);
}

#define IS_THERE(id) \
	O "test \"$(git -C $O rev-parse cockpit/x)\" = \"$(git -C $M rev-parse " id ")\""

static void
test_push(void **state)
{
	(void)state;
	sent((struct publish_order){.base = "main"});
	assert_true(holds(IS_THERE("refs/merge/web/x")));
	assert_string_equal(there.remote, "origin");
	assert_non_null(strstr(there.where, "/origin.git"));
	assert_false(there.same);
	assert_null(there.request);
	assert_null(there.compare);
	assert_null(there.complaint);
	/* What the user's repo knows of it is whole. */
	assert_true(holds("git rev-parse -q --verify origin/cockpit/x >/dev/null && git fsck "
			  "--no-dangling 2>/dev/null && test -z \"$(git "
			  "status --porcelain)\""));
	sent((struct publish_order){.base = "main"});
	assert_true(there.same);
	/* Forward. */
	work_is("echo x >>a && git commit -qam 1 && echo y >>b");
	char *old = mem_strdup(made.id);
	snprintf(base, sizeof(base), "%s", old);
	made_well(MERGE_MERGE);
	sent((struct publish_order){.remote = "origin"});
	assert_true(holds(IS_THERE("refs/merge/web/x")));
	mem_free(old);
}

static void
test_not_forward(void **state)
{
	(void)state;
	sent((struct publish_order){0});
	char *old = mem_strdup(made.id);
	work_is("echo y >>b");
	made_well(MERGE_SQUASH);
	assert_int_equal(send((struct publish_order){0}), ERR_CHANGED);
	assert_non_null(strstr(err.text, "non-fast-forward"));
	assert_null(strstr(err.text, "hint"));
	assert_false(holds(IS_THERE("refs/merge/web/x")));
	/* Somebody else has pushed in between: nothing here has that. */
	assert_true(holds(
		O "git clone -q -b cockpit/x $O ../c && cd ../c && echo z >>b && git commit "
		  "-qam z && git push -q origin HEAD"));
	assert_int_equal(send((struct publish_order){0}), ERR_CHANGED);
	assert_int_equal(send((struct publish_order){.lease = old}), ERR_CHANGED);
	assert_int_equal(send((struct publish_order){.lease = ""}), ERR_CHANGED);
	char now[REPO_ID_MAX];
	ask(O "git -C $O rev-parse cockpit/x", now, sizeof(now));
	sent((struct publish_order){.lease = now});
	assert_true(holds(IS_THERE("refs/merge/web/x")));
	sent((struct publish_order){.lease = "", .branch = "new"});
	mem_free(old);
}

/* The next squash of the same work; made is what came of it. */
static void
squash(const char *what)
{
	work_is(what);
	made_well(MERGE_SQUASH);
}

static void
test_own(void **state)
{
	(void)state;
	const struct publish_order own = {.own = true, .base = "main"};
	char first[REPO_ID_MAX], second[REPO_ID_MAX], theirs[REPO_ID_MAX];
	sent(own);
	snprintf(first, sizeof(first), "%s", made.id);
	/* What was pushed from here is replaced. */
	squash("echo y >>b");
	sent(own);
	assert_true(holds(IS_THERE("refs/merge/web/x")));
	snprintf(second, sizeof(second), "%s", made.id);
	sent(own);
	assert_true(there.same);
	/* Somebody else's is not, and is still there. */
	assert_true(holds(
		O "git clone -q -b cockpit/x $O ../c && cd ../c && echo z >>b && git commit "
		  "-qam z && git push -q origin HEAD"));
	ask(O "git -C $O rev-parse cockpit/x", theirs, sizeof(theirs));
	squash("echo w >>b");
	assert_int_equal(send(own), ERR_CHANGED);
	char *want = mem_printf(
		"is at %.12s, which was not pushed from here (that was %.12s)", theirs, second);
	assert_non_null(strstr(err.text, want));
	mem_free(want);
	assert_false(holds(IS_THERE("refs/merge/web/x")));
	/* Nor what was once from here, and is not the last one. */
	char *line = mem_printf(O "git -C $O update-ref refs/heads/cockpit/x %s", first);
	assert_true(holds(line));
	mem_free(line);
	assert_int_equal(send(own), ERR_CHANGED);
	/* It is gone: there is nothing to lose. */
	assert_true(holds(O "git -C $O update-ref -d refs/heads/cockpit/x"));
	sent(own);
	assert_true(holds(IS_THERE("refs/merge/web/x")));
}

/* Killed after the push and before it was written down. */
static void
test_own_killed(void **state)
{
	(void)state;
	const struct publish_order own = {.own = true};
	sent(own);
	assert_true(holds("git -C $M for-each-ref --format='%(refname)' refs/pushed | grep -q "
			  "/cockpit/x/last"));
	assert_true(holds("R=$(git -C $M for-each-ref --format='%(refname)' refs/pushed | "
			  "grep last) && git -C $M update-ref -d $R"));
	squash("echo y >>b");
	sent(own);
	assert_true(holds(IS_THERE("refs/merge/web/x")));
}

/* Another remote is another branch, and only ours may be so. */
static void
test_own_only(void **state)
{
	(void)state;
	assert_true(holds(O "git clone -q --bare $O $R/../other.git && git remote add other "
			    "$R/../other.git"));
	sent((struct publish_order){.own = true});
	squash("echo y >>b");
	assert_true(holds("git push -q other HEAD~0:refs/heads/cockpit/x"));
	assert_true(holds("git -C $R/../other.git symbolic-ref HEAD refs/heads/cockpit/x && "
			  "T=$(git commit-tree -m t HEAD^{tree}) && git push -qf other "
			  "$T:refs/heads/cockpit/x"));
	assert_int_equal(
		send((struct publish_order){.own = true, .remote = "other"}), ERR_CHANGED);
	assert_non_null(strstr(err.text, "(nothing was)"));
	assert_int_equal(
		send((struct publish_order){.own = true, .branch = "main"}), ERR_INVALID);
	assert_int_equal(
		send((struct publish_order){.own = true, .branch = "cockpit"}), ERR_INVALID);
	sent((struct publish_order){.own = true});
}

static void
test_refused(void **state)
{
	(void)state;
	static const char *const names[] = {"a b", "a..b", "x:y", "", "+x", "x.lock", "a\033b"};
	assert_int_equal(send((struct publish_order){.remote = "other"}), ERR_NOT_FOUND);
	assert_int_equal(send((struct publish_order){.remote = "--all"}), ERR_NOT_FOUND);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int rc = send((struct publish_order){.branch = names[i]});
		/* A name may begin with "+": it is no force there. */
		if (names[i][0] == '+')
			assert_int_equal(rc, 0);
		else
			assert_int_equal(rc, ERR_INVALID);
	}
	assert_int_equal(send((struct publish_order){.lease = "x,y"}), ERR_INVALID);
	assert_int_equal(send((struct publish_order){.id = "HEAD"}), ERR_INVALID);
	assert_int_equal(
		send((struct publish_order){.id = "1234567890123456789012345678901234567890"}),
		ERR_NOT_FOUND);
	/* What the far side says is foreign. */
	assert_true(holds(
		O "printf '#!/bin/sh\\nprintf \"no \\\\033[31mway\\\\n\" >&2\\nexit 1\\n' "
		  ">$O/hooks/pre-receive && chmod +x $O/hooks/pre-receive"));
	assert_int_equal(send((struct publish_order){0}), ERR_REMOTE);
	assert_non_null(strstr(err.text, "no "));
	assert_non_null(strstr(err.text, "pre-receive hook declined"));
	assert_null(strchr(err.text, '\033'));
	/* Our own hooks are off. */
	assert_true(holds(O "rm $O/hooks/pre-receive && printf '#!/bin/sh\\nexit 1\\n' "
			    ">.git/hooks/pre-push && chmod +x .git/hooks/pre-push"));
	sent((struct publish_order){0});
}

/* Nobody is asked, and a password in a URL is told to nobody. */
static void
test_secret(void **state)
{
	(void)state;
	assert_true(holds("git remote set-url origin https://ann:s3cret@127.0.0.1:1/o/r.git"));
	assert_int_equal(send((struct publish_order){0}), ERR_REMOTE);
	assert_null(strstr(err.text, "s3cret"));
	assert_null(strstr(err.text, "ann"));
	assert_string_equal(there.where, "https://127.0.0.1:1/o/r.git");
	/* An ssh that is not let in. */
	assert_true(holds(
		O "printf '#!/bin/sh\\necho \"git@example.org: Permission denied "
		  "(publickey).\" >&2\\nexit 255\\n' >$F/ssh && chmod +x $F/ssh && git remote "
		  "set-url origin git@example.org:o/r.git"));
	assert_int_equal(send((struct publish_order){0}), ERR_AUTH);
	assert_non_null(strstr(err.text, "publickey"));
}

/* The remote's URL is that of a forge, and what is pushed goes to the folder. */
static void
forge_is(const char *url)
{
	char *line =
		mem_printf(O "git remote set-url origin '%s' && printf '#!/bin/sh\\nexec git "
			     "receive-pack %%s\\n' $O >$F/ssh && chmod +x $F/ssh",
			url);
	assert_true(holds(line));
	mem_free(line);
}

static void
test_compare(void **state)
{
	(void)state;
	static const struct {
		const char *url, *base, *page;
	} rows[] = {
		{"git@github.com:o/r.git",                    "main",
                 "https://github.com/o/r/compare/main...cockpit/x?expand=1" },
		{"git@github.com:o/r",                        NULL,
                 "https://github.com/o/r/compare/cockpit/x?expand=1"        },
		{"ssh://git@github.com:22/o/r.git/",          "a#b",
                 "https://github.com/o/r/compare/a%23b...cockpit/x?expand=1"},
		{"ssh://git@ssh.github.com:443/o/r.git",      NULL,
                 "https://github.com/o/r/compare/cockpit/x?expand=1"        },
		{"git@gitlab.com:g/s/r.git",                  NULL,
                 "https://gitlab.com/g/s/r/-/merge_requests/"
			"new?merge_request%5Bsource_branch%5D=cockpit/x"    },
		{"ssh://git@gitlab.example.org:2222/g/r.git", "main",
                 "https://gitlab.example.org/g/r/-/merge_requests/"
			"new?merge_request%5Bsource_branch%5D=cockpit/"
			"x&merge_request%5Btarget_branch%"
			"5D=main"					   },
		{"ssh://git:s3cret@github.com/o/r.git",       "main",
                 "https://github.com/o/r/compare/main...cockpit/x?expand=1" },
		{"git@example.org:o/r.git",                   "main", NULL  },
		{"git@notgithub.com:o/r.git",                 "main", NULL  },
		{"git@github.com:r",                          "main", NULL  },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		forge_is(rows[i].url);
		sent((struct publish_order){.base = rows[i].base, .title = "T"});
		if (rows[i].page ? !there.compare || strcmp(there.compare, rows[i].page) != 0
				 : there.compare != NULL)
			fail_msg("%s: %s", rows[i].url, there.compare ? there.compare : "none");
		assert_null(there.request);
		assert_null(there.complaint);
		assert_null(strstr(there.where, "s3cret"));
	}
	assert_true(holds(IS_THERE("refs/merge/web/x")));
}

static void
test_request(void **state)
{
	(void)state;
	const struct publish_order order = {
		.base = "main", .title = "-T; $(x)", .body = "B\n--c"};
	forge_is("git@github.com:o/r.git");
	assert_true(holds(
		O "printf '#!/bin/sh\\nfor a; do echo \"<$a>\"; done >%s/args; cat >%s/in; "
		  "echo busy... >&2\\necho https://github.com/o/r/pull/7\\n' $F $F >$F/gh && "
		  "chmod +x $F/gh"));
	sent(order);
	assert_string_equal(there.request, "https://github.com/o/r/pull/7");
	assert_non_null(there.compare);
	assert_null(there.complaint);
	assert_true(holds(O "test \"$(tr '\\n' ' ' <$F/args)\" = '<pr> <create> "
			    "<--repo=github.com/o/r> <--head=cockpit/x> <--base=main> "
			    "<--title=-T; $(x)> <--body-file=-> ' && test \"$(cat $F/in)\" = "
			    "\"$(printf 'B\\n--c')\""));
	/* One without a title is not opened. */
	assert_true(holds(O "rm $F/args"));
	sent((struct publish_order){.base = "main"});
	assert_null(there.request);
	assert_true(holds(O "! test -e $F/args"));
	/* One that is there. */
	assert_true(
		holds(O "printf '#!/bin/sh\\necho \"a pull request for x already exists:\" "
			">&2\\necho https://github.com/o/r/pull/3 >&2\\nexit 1\\n' >$F/gh"));
	sent(order);
	assert_string_equal(there.request, "https://github.com/o/r/pull/3");
	assert_null(there.complaint);
	/* Whom they do not know. */
	assert_true(holds(O "printf '#!/bin/sh\\nprintf \"not \\\\033[1mlogged in to "
			    "https://u:p@github.com\\\\n\" >&2\\nexit 4\\n' >$F/gh"));
	sent(order);
	assert_null(there.request);
	assert_string_equal(there.complaint, "gh: not ^[[1mlogged in to https://github.com");
	assert_non_null(there.compare);
	/* And the other one. */
	forge_is("git@gitlab.com:g/s/r.git");
	assert_true(holds(
		O "printf '#!/bin/sh\\nfor a; do echo \"<$a>\"; done >%s/args\\necho "
		  "https://gitlab.com/g/s/r/-/merge_requests/1\\n' $F >$F/glab && chmod +x "
		  "$F/glab"));
	sent((struct publish_order){.title = "T"});
	assert_string_equal(there.request, "https://gitlab.com/g/s/r/-/merge_requests/1");
	assert_true(holds(O "test \"$(tr '\\n' ' ' <$F/args)\" = '<mr> <create> "
			    "<--repo=https://gitlab.com/g/s/r> <--source-branch=cockpit/x> "
			    "<--title=T> <--description=> <--yes> '"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, publish_setup, publish_teardown)
	const struct CMUnitTest tests[] = {
		T(test_push),
		T(test_not_forward),
		T(test_own),
		T(test_own_killed),
		T(test_own_only),
		T(test_refused),
		T(test_secret),
		T(test_compare),
		T(test_request),
	};
	return cmocka_run_group_tests_name("repo_publish", tests, NULL, NULL);
}
