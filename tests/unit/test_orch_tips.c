/* SPDX-License-Identifier: MIT */
/* The base's tip is known again after git could not say where it is, though nothing moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>

#include "orch/local.h"
#include "ui_until.h"

/* In the folder of the test; the last line that it says. */
static void
run(const char *script, char ret[REPO_ID_MAX])
{
	char *line = mem_printf("cd \"$XDG_STATE_HOME\" && { %s; }", script);
	FILE *from = popen(line, "r");
	char said[REPO_ID_MAX + 1] = "";
	while (fgets(said, sizeof(said), from))
		;
	assert_int_equal(pclose(from), 0);
	if (ret)
		snprintf(ret, REPO_ID_MAX, "%.40s", said);
	mem_free(line);
}

/* A git that fails as long as there is a file "fails". */
static void
break_git(void)
{
	run("mkdir bin && { echo '#!/bin/sh'; echo \"[ ! -e '$PWD/fails' ] || exit 1\"; echo "
	    "\"exec '$(command -v git)' \\\"\\$@\\\"\"; } >bin/git && chmod +x bin/git",
		NULL);
	char *path = mem_printf("%s/bin:%s", getenv("XDG_STATE_HOME"), getenv("PATH"));
	setenv("PATH", path, 1);
	mem_free(path);
}

static bool
is_at(const char *id)
{
	return strcmp(tips_of(view.pilot, NULL), id) == 0;
}

static void
test_failed_look(void **state)
{
	char first[REPO_ID_MAX], next[REPO_ID_MAX];
	(void)state;
	char *repo = path_join(getenv("XDG_STATE_HOME"), "repo");
	view.fleet->config->repo = mem_strdup(repo);
	view.fleet->agents[0]->own = true;
	run("git init -q repo && cd repo && git config user.name x && git config user.email "
	    "x@x && git commit -q --allow-empty -m 1 && git rev-parse HEAD",
		first);
	break_git();
	pilot_keep(view.pilot);
	struct mirror *mirror = NULL;
	assert_int_equal(mirror_open(view.pilot->mirror, &mirror, NULL), 0);
	mirror_close(mirror);
	view.pilot->work_changed = on_tick;
	tips_follow(view.pilot);
	UNTIL(is_at(first));
	run("cd repo && git commit -q --allow-empty -m 2 && git rev-parse HEAD && touch "
	    "../fails",
		next);
	tips_look(view.pilot);
	UNTIL(is_at(""));
	run("rm fails", NULL);
	UNTIL(is_at(next));
	mem_free(repo);
}

static int
own_setup(void **state)
{
	if (deck_setup_apart(state) != 0)
		return -1;
	until_setup();
	return 0;
}

static int
own_teardown(void **state)
{
	until_teardown();
	return deck_teardown_apart(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_failed_look, own_setup, own_teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("orch_tips", tests, NULL, NULL);
}
