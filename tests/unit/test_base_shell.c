/* SPDX-License-Identifier: MIT */
/* The quoting is right when real shells hand the same bytes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_shell.h"

/* What "printf '%s\0'" prints of argv when shell runs the quoted line. False: no such shell. */
static bool
run(const char *shell, const struct buf *line, struct buf *out)
{
	int fds[2];
	int status;
	char bytes[4096];
	ssize_t n;
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct buf copy = BUF_INIT;
		buf_add(&copy, buf_str(line));
		dup2(fds[1], 1);
		execlp(shell, shell, "-c", buf_cstr(&copy), (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], bytes, sizeof(bytes))) > 0)
		buf_add(out, (struct str){bytes, (size_t)n});
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 127)
		return false;
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

static void
round_trip(const char *const args[])
{
	static const char *const shells[] = {"sh", "dash", "bash", "zsh"};
	const char *argv[16] = {"printf", "%s\\0"};
	struct buf want = BUF_INIT, line = BUF_INIT, got = BUF_INIT;
	for (size_t i = 0; args[i]; i++) {
		argv[i + 2] = args[i];
		buf_addc(&want, args[i]);
		buf_byte(&want, '\0');
	}
	shell_quote_argv(&line, argv);
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		buf_clear(&got);
		if (!run(shells[i], &line, &got)) {
			assert_true(i > 0);
			continue;
		}
		if (!str_eq(buf_str(&got), buf_str(&want)))
			fail_msg("%s: %s", shells[i], buf_cstr(&line));
	}
	buf_release(&want);
	buf_release(&line);
	buf_release(&got);
}

static void
test_round_trip(void **state)
{
	char all[256], twice[511];
	const char *const rows[][5] = {
		{"plain",  NULL   },
		{       "",      "",    NULL},
		{       "'",    "''",    "\\", "\\'", NULL},
		{  "$HOME",        "`id`",         "$(id)", "\"", NULL},
		{"a b",    "\n",       "\t", "~", NULL},
		{             "*", "?","[a]", "{a,b}", NULL},
		{ "!!",        "#",             "-n", "a=b", NULL},
		{   ";", "&",    "|", "<>()", NULL},
		{          all,twice,NULL},
	};
	(void)state;
	for (int i = 1; i < 256; i++) {
		all[i - 1] = (char)i;
		twice[2 * i - 2] = (char)i;
		twice[2 * i - 1] = '\'';
	}
	all[255] = '\0';
	twice[510] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		round_trip(rows[i]);
}

/* fish is not at hand: it reads \\ and \' inside of single quotes, so none may stand there. */
static void
test_no_backslash_inside_quotes(void **state)
{
	const char *argv[] = {"a\\b'c", NULL};
	struct buf line = BUF_INIT;
	(void)state;
	shell_quote_argv(&line, argv);
	assert_string_equal(buf_cstr(&line), "'a'\\\\'b'\\''c'");
	buf_release(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_no_backslash_inside_quotes),
	};
	return cmocka_run_group_tests_name("base_shell", tests, NULL, NULL);
}
