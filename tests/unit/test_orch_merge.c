/* SPDX-License-Identifier: MIT */
/* Into which branch a merge goes, when HEAD of the user's repo names another one meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orch/merge_job.h"
#include "repo_fixture.h"

static struct merge_job
job_new(const char *into)
{
	assert_int_equal(sh("git checkout -q work && echo more >>a && git commit -qam more && "
			    "git push -q $M HEAD:refs/cockpit/web/x/snap "
			    "HEAD:refs/cockpit/web/x/head main:refs/cockpit/web/x/base && "
			    "git branch other main && git checkout -q main"),
		0);
	return (struct merge_job){.mirror = path_join(dir, "mirror.git"),
		.store = path_join(dir, "store.db"),
		.name = mem_strdup("x"),
		.host = mem_strdup("web"),
		.repo = path_join(dir, "repo"),
		.how = MERGE_SQUASH,
		.into = into ? mem_strdup(into) : NULL,
		.proposed = BUF_INIT};
}

static void
assert_made(struct merge_job *job, int code)
{
	merge_job_make(job);
	if (job->err.code != code)
		fail_msg("%s", job->err.text);
}

/* It was made for main, and main has gone on: once more for main. */
static void
test_made_once_more(void **state)
{
	struct merge_job job = job_new(NULL);
	(void)state;
	assert_made(&job, 0);
	assert_string_equal(job.place.branch, "main");
	assert_int_equal(sh("git commit -q --allow-empty -m on && git checkout -q other"), 0);
	merge_job_land(&job);
	assert_int_equal(job.err.code, ERR_CHANGED);
	assert_made(&job, 0);
	assert_string_equal(job.place.branch, "main");
	merge_job_land(&job);
	assert_int_equal(job.err.code, 0);
	assert_int_equal(sh("git show main:a | grep -qx more && ! grep -qx more a"), 0);
	merge_job_release(&job);
}

/* A person was told of another branch. */
static void
test_seen(void **state)
{
	struct merge_job job = job_new("main");
	(void)state;
	assert_int_equal(sh("git checkout -q other"), 0);
	assert_made(&job, ERR_CHANGED);
	assert_non_null(strstr(job.err.text, "the base is other now, not main"));
	assert_int_equal(sh("git checkout -q main"), 0);
	assert_made(&job, 0);
	merge_job_release(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made_once_more, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seen, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
