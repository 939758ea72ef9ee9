/* SPDX-License-Identifier: MIT */
/* What is sent to a host for each verb: it is a script, and there is room for it everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_shell.h"
#include "cockpit/io_loop.h"
#include "fleet/local.h"

/* libssh2 takes 32000; what else is in a command may have 8000. */
#define ROOM 24000

static void
test_scripts(void **state)
{
	static const char *const verbs[VERB_COUNT] = {"attach", "list", "spawn", "again", "put",
		"stop", "restart", "down", "have", "take", "files", "snap", "pack", "end",
		"remove", "check", "trial", "talk", "tell", "doctor", "search"};
	static const char *const args[] = {NULL};
	struct loop *loop = loop_new();
	struct fleet *fleet =
		fleet_new(loop, fleet_config_from_repo("n", "/r"), FLEET_BARE, NULL, NULL);
	(void)state;
	for (int i = 0; i < VERB_COUNT; i++) {
		struct buf quoted = BUF_INIT;
		const char **argv = verb_argv(&fleet->hosts[0], verbs[i], args);
		shell_quote(&quoted, str_from(argv[2]));
		if (quoted.len > ROOM)
			fail_msg("%s: %zu bytes", verbs[i], quoted.len);
		/* It can be read, has the verb, and no line that only says something to us. */
		char *check = mem_printf("sh -nc %s", buf_cstr(&quoted));
		char *begins = mem_printf("\n%s() {\n", verbs[i]);
		int status = system(check);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("%s: sh does not read it", verbs[i]);
		assert_non_null(strstr(argv[2], begins));
		assert_null(strstr(argv[2], "\n# "));
		mem_free(begins);
		mem_free(check);
		mem_free(argv);
		buf_release(&quoted);
	}
	fleet_free(fleet);
	loop_free(loop);
}

/* A pid that was that of an agent which has ended may be somebody else's: it is not signalled.
 */
static void
test_first_processes(void **state)
{
	static const char *const args[] = {NULL};
	struct loop *loop = loop_new();
	struct fleet *fleet =
		fleet_new(loop, fleet_config_from_repo("n", "/r"), FLEET_BARE, NULL, NULL);
	struct buf quoted = BUF_INIT;
	(void)state;
	const char **argv = verb_argv(&fleet->hosts[0], "restart", args);
	shell_quote(&quoted, str_from(argv[2]));
	char *check = mem_printf("[ \"$(printf '%%s\\n' $$ \"$$ over\" '99999999 over' |"
				 " sh -c %s cockpit leaders s n | tr '\\n' ' ')\" ="
				 " \"$$ 99999999 \" ]",
		buf_cstr(&quoted));
	assert_int_equal(system(check), 0);
	mem_free(check);
	mem_free(argv);
	buf_release(&quoted);
	fleet_free(fleet);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_first_processes),
	};
	return cmocka_run_group_tests_name("fleet_verb", tests, NULL, NULL);
}
