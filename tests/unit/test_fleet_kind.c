/* SPDX-License-Identifier: MIT */
/* Rule files of the user for the output of checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_summary.h"
#include "fleet/kind.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#if defined(__SANITIZE_ADDRESS__)
#	define SLOW 20
#else
#	define SLOW 1
#endif

/* $XDG_CONFIG_HOME; rule files lie in cockpit/checks below it. */
static char dir[] = "/tmp/cockpit-checks-XXXXXX";

static struct summary
read_text(const char *text)
{
	struct summary summary;
	struct summary_reader *reader = summary_reader_new();
	summary_reader_feed(reader, str_from(text));
	summary_reader_end(reader, &summary);
	summary_reader_free(reader);
	return summary;
}

static void
assert_name(const struct summary *summary, const char *name)
{
	assert_int_equal(summary->name_count, 1);
	assert_string_equal(summary->names[0], name);
}

static char *
file_of(const char *name)
{
	return mem_printf("%s/cockpit/checks/%s", dir, name);
}

static void
put(const char *name, const char *text)
{
	char *file = file_of(name);
	assert_int_equal(path_write(file, str_from(text), 0600, NULL), 0);
	mem_free(file);
}

static int
setup(void **state)
{
	(void)state;
	char *checks = file_of("");
	int rc = path_mkdir(checks, NULL);
	mem_free(checks);
	return rc;
}

static int
teardown(void **state)
{
	(void)state;
	path_remove_tree(dir, NULL);
	summary_reload();
	return 0;
}

#define MINE(lines) "{\"name\": \"mine\", \"help\": \"Mine\", \"lines\": [" lines "]}"
#define BROKEN      "{\"match\": \"broken (.+)\", \"says\": \"failed\"}"

static void
test_own(void **state)
{
	(void)state;
	struct summary_reader *older = summary_reader_new();
	put("mine.json",
		MINE(BROKEN ", {\"match\": \"(?<passed>\\\\d+) fine\", \"says\": \"counts\"}"));
	assert_true(summary_reload());
	assert_string_equal(summary_complaints(), "");
	struct summary summary = read_text("broken: no\nbroken thing\n3 fine\n");
	assert_string_equal(summary.kind, "mine");
	assert_int_equal(summary.passed, 3);
	assert_int_equal(summary.failed, -1);
	assert_name(&summary, "thing");
	summary_release(&summary);
	/* One that began before it was there does not know it. */
	summary_reader_feed(older, STR("broken thing\n"));
	summary_reader_end(older, &summary);
	assert_null(summary.kind);
	summary_release(&summary);
	summary_reader_free(older);
	/* It takes the place of the one that is compiled in. */
	put("cockpit.json", "{\"name\": \"cockpit\", \"help\": \"x\", \"kind\": \"build\", "
			    "\"lines\": [" BROKEN "]}");
	assert_true(summary_reload());
	summary = read_text("broken z\n3 passed, 1 failed\n");
	assert_int_equal(summary.passed, -1);
	summary_release(&summary);
}

static void
test_last_good(void **state)
{
	(void)state;
	put("mine.json", MINE(BROKEN));
	summary_reload();
	put("mine.json", MINE("{\"match\": \"(\", \"says\": \"seen\"}"));
	assert_true(summary_reload());
	assert_non_null(strstr(summary_complaints(), "mine.json:1:"));
	struct summary summary = read_text("broken thing\n");
	assert_string_equal(summary.kind ? summary.kind : "", "mine");
	summary_release(&summary);
	char *file = file_of("mine.json");
	assert_int_equal(chmod(file, 0666), 0);
	assert_true(summary_reload());
	assert_non_null(strstr(summary_complaints(), "chmod go-w"));
	assert_int_equal(unlink(file), 0);
	mem_free(file);
	assert_true(summary_reload());
	assert_string_equal(summary_complaints(), "");
	put("no name.json", MINE(BROKEN));
	assert_true(summary_reload());
	assert_non_null(strstr(summary_complaints(), "whose name no rule file can have"));
}

static void
test_many(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * KINDS_MAX; i++) {
		char *name = mem_printf("k%d.json", i);
		char *text = mem_printf(
			"{\"name\": \"k%d\", \"help\": \"x\", \"lines\": [%s]}", i, BROKEN);
		put(name, text);
		mem_free(name);
		mem_free(text);
	}
	assert_true(summary_reload());
	assert_non_null(strstr(summary_complaints(), "found more than 64 kinds"));
	struct summary summary = read_text("broken thing\n");
	assert_name(&summary, "thing");
	summary_release(&summary);
}

/* A pattern that backtracks without end is given up, and the others go on. */
static void
test_slow(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	put("mine.json", MINE("{\"match\": \"(x+x+)+y\", \"says\": \"failed\"}"));
	assert_true(summary_reload());
	for (int i = 0; i < 3000; i++)
		buf_addc(&text,
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, not y\n");
	buf_addc(&text, "xxy\n2 passed, 0 failed\n");
	clock_t from = clock();
	struct summary summary = read_text(buf_cstr(&text));
	assert_true(clock() - from < 2 * CLOCKS_PER_SEC * SLOW);
	assert_true(summary.cut);
	assert_string_equal(summary.kind, "cockpit");
	summary_release(&summary);
	buf_release(&text);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"{\"name\": \"other\", \"help\": \"x\", \"lines\": []}",
                 "x.json:1:10: found \"other\", expected \"mine\", as the file is "
			"called"												      },
		{"{\"name\": \"mine\", \"lines\": []}",                                        "\"help\""                             },
		{"{\"name\": \"mine\", \"help\": \"x\"}",
                 "x.json:1:1: found no \"lines\", expected 1 or more"                                                                 },
		{MINE(""),								     "found 0 lines, expected 1 to 40"      },
		{MINE("3"),								    "an object with \"match\" and \"says\""},
		{MINE("{\"match\": \"(a\", \"says\": \"seen\"}"),
                 "found \"(a\", expected a regular expression: missing closing "
			"parenthesis"												 },
		{MINE("{\"match\": \"a\", \"says\": \"seem\"}"),
                 "found \"seem\", expected what a line can say, did you mean \"seen\"?"                                               },
		{MINE("{\"match\": \"a\", \"says\": \"failed\"}"),
                 "found no group in a line that says \"failed\""                                                                      },
		{MINE("{\"match\": \"(a)\", \"says\": \"sum\"}"),
                 "found no count in a line that says \"sum\""									 },
		{MINE("{\"match\": \"a\", \"say\": \"seen\"}"),                                "unknown key \"say\""                  },
		{"{\"name\": \"mine\", \"help\": \"x\", \"kind\": \"junit\", \"lines\": []}",
                 "found \"lines\" beside the kind \"junit\""									  },
		{"{\"name\": \"mine\", \"help\": \"x\", \"kind\": \"tests?\", \"lines\": []}",
                 "found \"tests?\", expected a way of reading"									},
		{"[]",									 "x.json:1:1: "                         },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kind *kind = NULL;
		struct err err = ERR_INIT;
		int rc = kind_parse("x.json", "mine", str_from(rows[i].text), &kind, &err);
		assert_int_equal(rc, ERR_CONFIG);
		assert_null(kind);
		assert_true(strncmp(err.text, "x.json:", 7) == 0);
		if (!strstr(err.text, rows[i].why))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
		cmocka_unit_test(test_refused),
	};
	text_init();
	if (!mkdtemp(dir) || setenv("XDG_CONFIG_HOME", dir, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	path_remove_tree(dir, NULL);
	return rc;
}
