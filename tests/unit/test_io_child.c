/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_child.h"

static struct buf got;
static struct err err;
static atomic_bool stop;

static int
on_out(void *ctx, struct str bytes, struct err *why)
{
	size_t max = *(size_t *)ctx;
	if (got.len + bytes.len > max)
		return err_set(why, ERR_LIMIT, "no more");
	buf_add(&got, bytes);
	if (str_find_str(bytes, STR("enough")) >= 0)
		atomic_store(&stop, true);
	return 0;
}

static int
run(const char *script, struct str input, size_t max, int64_t ms, int status_max)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const char *const more[] = {"ANSWER=42", NULL};
	const struct child child = {.argv = argv,
		.more = more,
		.cwd = "/",
		.input = input,
		.ms = ms,
		.out = on_out,
		.ctx = &max,
		.status_max = status_max};
	err = ERR_INIT;
	buf_clear(&got);
	return child_run(&child, &err);
}

static void
test_ends(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		int64_t ms;
		size_t max;
		int status_max, rc;
		const char *out, *words;
	} rows[] = {
		{"printf %s-%s \"$ANSWER\" \"$PWD\"",      20000, 100, 0, 0,           "42-/", ""        },
		{"printf a; exit 1",                       20000, 100, 1, 1,           "a",    ""        },
		{"printf a; exit 2",                       20000, 100, 1, ERR_REMOTE,  "a",    "status 2"},
		{"echo x >&2; echo 'wh\033y' >&2; exit 2", 20000, 100, 0, ERR_REMOTE,  "",
                 "sh: wh^[y"									     },
		{"printf a; kill -9 $$",                   20000, 100, 0, ERR_REMOTE,  "a",    "signal 9"},
		{"printf a; exec sleep 100",               300,   100, 0, ERR_TIMEOUT, "a",    "too long"},
		{"sleep 100 & printf a",                   300,   100, 0, ERR_TIMEOUT, "a",    "too long"},
		{"head -c 1000 /dev/zero; exec sleep 100", 20000, 100, 0, ERR_LIMIT,   "",
                 "no more"									       },
		{"tty >/dev/null && exit 3; : </dev/tty",  20000, 100, 0, ERR_REMOTE,  "",
                 "dev/tty"									       },
		{"printf %s \"$GIT_DIR\"",                 20000, 100, 0, 0,           "",     ""        },
	};
	setenv("GIT_DIR", "/nowhere", 1);
	setenv("ANSWER", "41", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t before, ms = rows[i].ms;
		int rc;
		/* Where the time ends it, that is to be enough to begin. */
		do {
			before = clock_ms();
			rc = run(rows[i].script, STR(""), rows[i].max, ms, rows[i].status_max);
			ms *= 3;
		} while (rc == ERR_TIMEOUT && got.len == 0 && ms < 10000);
		if (rc != rows[i].rc || strcmp(buf_cstr(&got), rows[i].out) != 0 ||
			!strstr(err.text, rows[i].words))
			fail_msg("%s: %d, <%s>, %s", rows[i].script, rc, buf_cstr(&got),
				err.text);
		assert_true(clock_ms() - before < 15000);
	}
}

/* In the order in which it is said. */
static void
test_both(void **state)
{
	(void)state;
	const char *const argv[] = {"sh", "-c", "echo a; echo b >&2; echo c; exit 3", NULL};
	size_t max = 100;
	const struct child child = {.argv = argv,
		.ms = 20000,
		.out = on_out,
		.ctx = &max,
		.both = true,
		.status_max = 255};
	buf_clear(&got);
	assert_int_equal(child_run(&child, &err), 3);
	assert_string_equal(buf_cstr(&got), "a\nb\nc\n");
	buf_release(&got);
}

static void
test_missing(void **state)
{
	static const char *const argv[] = {"no-such-program-here", NULL};
	const struct child child = {.argv = argv, .ms = 1000};
	(void)state;
	err = ERR_INIT;
	assert_int_equal(child_run(&child, &err), ERR_MISSING);
}

/* More than a pipe holds, both ways at once; and one who does not want all of it. */
static void
test_input(void **state)
{
	(void)state;
	size_t size = 4 << 20;
	char *bytes = mem_alloc(size);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 7);
	assert_int_equal(run("exec cat", (struct str){bytes, size}, size, 20000, 0), 0);
	assert_int_equal(got.len, size);
	assert_memory_equal(got.ptr, bytes, size);
	assert_int_equal(
		run("head -c 3 | wc -c", (struct str){bytes, size}, size, 20000, 0), 0);
	assert_non_null(strstr(buf_cstr(&got), "3"));
	mem_free(bytes);
}

/* With what it has started; what comes behind it does not begin. */
static void
test_canceled(void **state)
{
	(void)state;
	int64_t before = clock_ms();
	child_heed(&stop);
	assert_int_equal(
		run("sleep 100 & echo enough; wait", STR(""), 100, 60000, 0), ERR_CANCELED);
	assert_true(clock_ms() - before < 30000);
	assert_int_equal(run("echo more", STR(""), 100, 60000, 0), ERR_CANCELED);
	assert_int_equal(got.len, 0);
	child_heed(NULL);
	assert_int_equal(run("echo more", STR(""), 100, 60000, 0), 0);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_canceled),
	};
	int failed = cmocka_run_group_tests_name("io_child", tests, NULL, NULL);
	buf_release(&got);
	return failed;
}
