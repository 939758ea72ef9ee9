/* SPDX-License-Identifier: MIT */
/* What agents say in the repo that they work on: whose it is, and what is no such word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/repo_current.h"
#include "repo_fixture.h"

static struct current_task *rows;
static size_t count;
static bool more;

/* Of an agent whose work is what lies in the repo now, uncommitted too. */
#define SAYS(agent)                                                            \
	"git add -A && git commit -qm x && git push -q $M "                    \
	"+HEAD:refs/cockpit/" agent "/snap +HEAD:refs/cockpit/" agent "/head " \
	"+main:refs/cockpit/" agent "/base && "

static void
look(void)
{
	mirror_current_free(rows, count);
	rows = NULL;
	count = 0;
	if (mirror_current(mirror, &rows, &count, &more, &err) < 0)
		fail_msg("%s", err.text);
}

static int
forget(void **state)
{
	mirror_current_free(rows, count);
	rows = NULL;
	count = 0;
	return teardown(state);
}

/* "NAME|TITLE|who who|base" */
static void
expect(size_t at, const char *wanted)
{
	assert_true(at < count);
	char *got = mem_printf("%s|%s|%s %s|%s", rows[at].name, rows[at].title,
		rows[at].who[0] ? rows[at].who[0] : "-",
		rows[at].who[0] && rows[at].who[1] ? rows[at].who[1] : "-",
		rows[at].in_base ? "base" : "");
	assert_string_equal(got, wanted);
	mem_free(got);
}

static void
test_whose(void **state)
{
	(void)state;
	look();
	assert_int_equal(count, 0);
	assert_int_equal(sh("git checkout -q main && mkdir current_tasks && echo 'In the base' "
			    ">current_tasks/old.txt && git add . && git commit -qm base && "
			    "git checkout -qb one && "
			    "echo '  Write the lexer ' >current_tasks/lexer.txt && "
			    "echo more >>current_tasks/lexer.txt && " SAYS(
				    "web/a=1") "git checkout -qb two && echo 'Write it all' "
					       ">current_tasks/all.txt && "
					       "echo mine >>current_tasks/old.txt && " SAYS(
						       "db/b") "true"),
		0);
	look();
	assert_int_equal(count, 3);
	assert_false(more);
	expect(0, "all|Write it all|db/b -|");
	expect(1, "lexer|Write the lexer|db/b web/a.1|");
	expect(2, "old|In the base|db/b -|base");
	/* Done: the file goes, and where it was merged it is in the base. */
	assert_int_equal(
		sh("git checkout -q main && git merge -q one && git checkout -q two && "
		   "git rm -q current_tasks/all.txt && git checkout -q main -- "
		   "current_tasks/old.txt && " SAYS("db/b") "git checkout -q one && " SAYS(
			   "web/a=1") "true || true"),
		0);
	assert_int_equal(sh("git push -q $M +main:refs/cockpit/web/a=1/base "
			    "+main:refs/cockpit/db/b/base"),
		0);
	look();
	assert_int_equal(count, 2);
	expect(0, "lexer|Write the lexer|- -|base");
	expect(1, "old|In the base|- -|base");
}

static void
test_no_words(void **state)
{
	(void)state;
	assert_int_equal(sh("mkdir -p current_tasks/sub.txt && cd current_tasks && "
			    "echo x >sub.txt/x.txt && ln -s /etc/passwd link.txt && echo x "
			    ">README.md && "
			    "echo x >.txt && : >empty.txt && printf '\\n\\nlater' >late.txt && "
			    "head -c 5000 /dev/zero | tr '\\0' x >large.txt && "
			    "printf 'nul\\0 behind\\nx' >nul.txt && printf '\\033[31m\\377bad' "
			    ">bad.txt && "
			    "printf 'no end' >run.txt && chmod +x run.txt && cd .. && " SAYS(
				    "web/a") "true"),
		0);
	look();
	assert_int_equal(count, 6);
	expect(0, "bad|\033[31m\377bad|web/a -|");
	expect(1, "empty|empty|web/a -|");
	expect(2, "large|large|web/a -|");
	expect(3, "late|late|web/a -|");
	expect(4, "nul|nul|web/a -|");
	expect(5, "run|no end|web/a -|");
	/* A file of that name, and nothing at all. */
	assert_int_equal(
		sh("rm -rf current_tasks && echo x >current_tasks && " SAYS("web/a") "true"),
		0);
	look();
	assert_int_equal(count, 0);
}

static void
test_many(void **state)
{
	(void)state;
	assert_int_equal(sh("mkdir current_tasks && cd current_tasks && for i in $(seq 1000 "
			    "1299); do echo "
			    "\"Task $i\" >$i.txt; done; cd .. && " SAYS("web/a") "true"),
		0);
	look();
	assert_int_equal(count, CURRENT_MAX);
	assert_true(more);
	expect(0, "1000|Task 1000|web/a -|");
	/* A line as long as it may be, whole characters of it. */
	assert_int_equal(
		sh("rm current_tasks/* && for i in $(seq 150); do printf '\\303\\251'; "
		   "done >current_tasks/x.txt && " SAYS("web/a") "true"),
		0);
	look();
	assert_int_equal(count, 1);
	assert_int_equal(strlen(rows[0].title), CURRENT_TITLE_MAX);
	/* So many have it that not all are named. */
	assert_int_equal(
		sh("for i in $(seq 30); do git push -q $M HEAD:refs/cockpit/h/a$i/snap "
		   "main:refs/cockpit/h/a$i/base; done"),
		0);
	look();
	assert_int_equal(count, 1);
	size_t who = 0;
	while (rows[0].who[who])
		who++;
	assert_int_equal(who, CURRENT_WHO_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_whose),
		T(test_no_words),
		T(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
