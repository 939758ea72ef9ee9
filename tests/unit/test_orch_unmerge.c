/* SPDX-License-Identifier: MIT */
/* Whose merge is taken back, as the journal has them; the base is in the mirror alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cockpit/base_err.h"
#include "cockpit/base_path.h"
#include "cockpit/orch_journal.h"
#include "cockpit/orch_merge.h"
#include "orch/local.h"
#include "ui_until.h"

static char commits[3][REPO_ID_MAX];
static struct err came;
static char text[ERR_TEXT_MAX];
static bool done;

/* In the mirror; the last line that it says. */
static void
git(const char *script, char *ret)
{
	char *line = mem_printf("cd '%s' && { %s; }", view.pilot->mirror, script);
	FILE *from = popen(line, "r");
	char said[REPO_ID_MAX + 1] = "";
	while (fgets(said, sizeof(said), from))
		;
	assert_int_equal(pclose(from), 0);
	if (ret)
		memcpy(ret, str_trim(str_from(said)).ptr, REPO_ID_MAX - 1);
	mem_free(line);
}

static int
own_setup(void **state)
{
	struct mirror *mirror = NULL;
	char script[300];
	if (deck_setup_apart(state) != 0)
		return -1;
	until_setup();
	pilot_keep(view.pilot);
	setenv("GIT_AUTHOR_NAME", "x", 1);
	setenv("GIT_AUTHOR_EMAIL", "x@x", 1);
	setenv("GIT_COMMITTER_NAME", "x", 1);
	setenv("GIT_COMMITTER_EMAIL", "x@x", 1);
	if (mirror_open(view.pilot->mirror, &mirror, NULL) < 0)
		return -1;
	mirror_close(mirror);
	for (int i = 0; i < 3; i++) {
		snprintf(script, sizeof(script),
			"git commit-tree -m %d %s%s \"$(git mktree </dev/null)\"", i,
			i ? "-p " : "", i ? commits[i - 1] : "");
		git(script, commits[i]);
	}
	return 0;
}

static int
own_teardown(void **state)
{
	until_teardown();
	return deck_teardown_apart(state);
}

static void
base_is(int commit)
{
	char script[100];
	snprintf(script, sizeof(script), "git update-ref refs/base/main %s", commits[commit]);
	git(script, NULL);
}

static void
merged(const char *agent, int from, int to)
{
	const struct journal_entry entry = {.kind = JOURNAL_MERGED,
		.agent = agent,
		.branch = "main",
		.from = commits[from],
		.to = commits[to]};
	journal_add(view.pilot->ledger, &entry);
}

static void
on_came(void *ctx, const struct merge_came *it, const struct err *err)
{
	(void)ctx;
	came = err ? *err : ERR_INIT;
	snprintf(text, sizeof(text), "%s", err ? err->text : it->text);
	done = true;
}

static int
undo(const char *agent)
{
	done = false;
	if (pilot_unmerge(view.pilot, agent, on_came, NULL, &came) < 0)
		return came.code;
	UNTIL(done);
	return came.code;
}

static void
assert_base(int commit)
{
	char id[REPO_ID_MAX] = "";
	git("git rev-parse refs/base/main", id);
	assert_string_equal(id, commits[commit]);
}

static void
test_in_their_order(void **state)
{
	(void)state;
	base_is(2);
	merged("one", 0, 1);
	merged("two", 1, 2);
	assert_int_equal(undo("one"), ERR_CHANGED);
	assert_string_equal(
		text, "one: two was merged on top of it: that is to be taken back first");
	assert_base(2);
	assert_int_equal(undo("two"), 0);
	assert_non_null(strstr(text, "main is back at "));
	assert_base(1);
	assert_int_equal(undo("two"), ERR_NOT_FOUND);
	assert_string_equal(text, "the last merge of two was taken back already");
	assert_int_equal(undo("one"), 0);
	assert_base(0);
	/* And once more, as it was. */
	base_is(1);
	merged("one", 0, 1);
	assert_int_equal(undo("one"), 0);
	assert_base(0);
	assert_int_equal(undo("one"), ERR_NOT_FOUND);
}

/* One after the other, of the same agent; what others did with the base in between shows. */
static void
test_several(void **state)
{
	(void)state;
	base_is(2);
	merged("one", 0, 1);
	merged("one", 1, 2);
	assert_int_equal(undo("one"), 0);
	assert_base(1);
	base_is(2);
	assert_int_equal(undo("one"), ERR_CHANGED);
	assert_non_null(strstr(text, "one: the branch main has moved: it is at "));
	base_is(0);
	assert_int_equal(undo("one"), ERR_CHANGED);
	assert_non_null(strstr(text, "one: the branch main has moved: it is at "));
	assert_base(0);
	base_is(1);
	assert_int_equal(undo("one"), 0);
	assert_base(0);
}

static void
test_unknown(void **state)
{
	(void)state;
	const struct journal_entry old = {
		.kind = JOURNAL_MERGED, .agent = "old", .text = "x is the tip of main"};
	const struct journal_entry odd = {.kind = JOURNAL_MERGED,
		.agent = "odd",
		.branch = "main",
		.from = "--all",
		.to = commits[1]};
	base_is(1);
	assert_int_equal(undo("one\033"), ERR_NOT_FOUND);
	assert_string_equal(text, "no merge of one^[ is known");
	assert_int_equal(undo(NULL), ERR_NOT_FOUND);
	journal_add(view.pilot->ledger, &old);
	journal_add(view.pilot->ledger, &odd);
	assert_int_equal(undo("old"), ERR_UNSUPPORTED);
	assert_int_equal(undo("odd"), ERR_UNSUPPORTED);
	/* The one that was made from here is forgotten when it is taken back by its name. */
	merged("one", 0, 1);
	merged_remember(view.pilot, "one", "main", commits[0], commits[1]);
	assert_int_equal(undo("one"), 0);
	assert_base(0);
	assert_int_equal(undo(NULL), ERR_NOT_FOUND);
	/* What was in the way may be gone the next time. */
	merged_remember(view.pilot, "one", "main", commits[0], commits[1]);
	assert_int_equal(undo(NULL), ERR_CHANGED);
	base_is(1);
	assert_int_equal(undo(NULL), 0);
	assert_base(0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, own_setup, own_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_in_their_order),
		CASE(test_several),
		CASE(test_unknown),
	};
	text_init();
	return cmocka_run_group_tests_name("orch_unmerge", tests, NULL, NULL);
}
