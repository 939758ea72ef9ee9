/* SPDX-License-Identifier: MIT */
/* The line that a pane's facts come in; an agent can write to most of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cockpit/base_mem.h"
#include "fleet/local.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FIELDS   17

static const char *const good[FIELDS] = {"%3", "@2", "0", "", "", "80", "24", "2", "1700000000",
	"7", "parser", "web-1", "claude", "00ff", "cockpit/parser", "/src/x y", "⠋ t"};

/* The good line with one field replaced; field FIELDS: none. */
static void
make_line(size_t field, const char *text, struct buf *into)
{
	buf_clear(into);
	for (size_t i = 0; i < FIELDS; i++) {
		buf_addc(into, i == field ? text : good[i]);
		if (i + 1 < FIELDS)
			buf_byte(into, '\t');
	}
}

static void
test_good(void **state)
{
	struct buf line = BUF_INIT;
	struct facts f;
	(void)state;
	make_line(FIELDS, NULL, &line);
	assert_true(facts_parse(buf_str(&line), &f));
	assert_true(str_eqc(f.pane, "%3"));
	assert_true(str_eqc(f.window, "@2"));
	assert_false(f.dead);
	assert_false(f.ending);
	assert_int_equal(f.cols, 80);
	assert_int_equal(f.rows, 24);
	assert_int_equal(f.attached, 2);
	assert_true(f.activity == 1700000000);
	assert_true(f.seq == 7);
	assert_true(str_eqc(f.agent, "parser"));
	assert_true(str_eqc(f.host, "web-1"));
	assert_true(str_eqc(f.profile, "claude"));
	assert_true(str_eqc(f.id, "00ff"));
	assert_true(str_eqc(f.branch, "cockpit/parser"));
	assert_true(str_eqc(f.dir, "/src/x y"));
	assert_true(str_eqc(f.title, "⠋ t"));
	buf_release(&line);
}

static void
test_dead(void **state)
{
	static const struct {
		const char *tail; /* dead, status, signal */
		bool ending;
		int status, signal;
	} rows[] = {
		{"1\t0\t",   false, 0,   0},
		{"1\t3\t",   false, 3,   0},
		{"1\t255\t", false, 255, 0},
		{"1\t\t9",   false, 0,   9},
		{"1\t\t",    true,  0,   0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts f;
		char *line =
			mem_printf("%%1\t@1\t%s\t80\t24\t1\t0\t\ta\t\t\t\t\t\t", rows[i].tail);
		assert_true(facts_parse(str_from(line), &f));
		assert_true(f.dead);
		assert_int_equal(f.ending, rows[i].ending);
		assert_int_equal(f.dead_status, rows[i].status);
		assert_int_equal(f.dead_signal, rows[i].signal);
		mem_free(line);
	}
}

/* Each field, damaged in turn. */
static void
test_damaged(void **state)
{
	static const struct {
		size_t field;
		const char *text;
		bool ok;
	} rows[] = {
		{0,  "",			     false},
                {0,  "%",                            false},
                {0,  "3",                            false},
                {0,  "@3",                           false},
		{0,  "%-1",                          false},
                {0,  "%3 ",                          false},
                {0,  "%3;kill-server",               false},
		{0,  "%4294967295",                  true },
                {0,  "%4294967296",                  false},
                {0,  "%00000000003",                 false},
		{0,  "%3'",                          false},
                {1,  "%2",                           false},
                {1,  "@",                            false},
                {1,  "@x",                           false},
		{2,  "",			     true },
                {2,  "2",                            false},
                {2,  "-1",                           false},
                {2,  "yes",                          false},
		{3,  "256",                          false},
                {3,  "x",                            false},
                {4,  "256",                          true },
		{4,  "KILL",                         true }, /* some systems tell its name */
		{4,  "-9",			   false},
                {4,  "a b",                          false},
                {5,  "10001",                        false},
                {5,  "-80",                          false},
		{5,  "8o",			   false},
                {6,  "10001",                        false},
                {6,  "1e3",                          false},
                {7,  "100001",                       false},
		{7,  "-1",			   false},
                {8,  "",                             true },
                {8,  "-1",                           false},
		{8,  "18446744073709551615",         false},
                {8,  "x",                            false},
		{10, "",			     false}, /* a window that is none of ours */
		{10, "-x",			   false},
                {10, "a b",                          false},
                {10, "../x",                         false},
                {10, "a;b",                          false},
		{10, "a#{b}",                        false},
                {10, "\xc3\xa9",                     false},
                {11, "",                             true },
                {12, "",                             true },
		{13, "",			     true },
                {14, "",                             true },
                {15, "",                             true },
                {16, "",                             true },
		{16, "more\ttabs\tthan\twanted",     true },
		{16, "\033]0;x\007\xff\xe2\x80\xae",
                 true				     }, /* raw: who shows it makes it safe */
	};
	struct buf line = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts f;
		make_line(rows[i].field, rows[i].text, &line);
		if (facts_parse(buf_str(&line), &f) != rows[i].ok)
			fail_msg("field %zu: \"%s\"", rows[i].field, rows[i].text);
		if (rows[i].ok && rows[i].field == 16)
			assert_true(str_eqc(f.title, rows[i].text));
	}
	buf_release(&line);
}

/* A tab in an earlier field moves all that follow: no agent is taken for another one. */
static void
test_shifted(void **state)
{
	struct buf line = BUF_INIT;
	struct facts f;
	(void)state;
	for (size_t field = 0; field < 10; field++) {
		char *text = mem_printf("%s\t", good[field]);
		make_line(field, text, &line);
		if (facts_parse(buf_str(&line), &f))
			assert_false(str_eqc(f.agent, "parser"));
		mem_free(text);
	}
	buf_release(&line);
}

/* Cut anywhere before the last field it is not whole. */
static void
test_cut_off(void **state)
{
	struct buf line = BUF_INIT;
	(void)state;
	make_line(16, "", &line);
	for (size_t len = 0; len < line.len; len++) {
		struct facts f;
		char *copy = mem_strndup(line.ptr, len);
		assert_false(facts_parse((struct str){copy, len}, &f));
		mem_free(copy);
	}
	struct facts f;
	assert_false(facts_parse(STR("\0\0\0"), &f));
	assert_false(facts_parse(STR("end"), &f));
	buf_release(&line);
}

/* What tmux is asked for: as many fields as are read, free text cleaned of control bytes. */
static void
test_format(void **state)
{
	static const char *const free_text[] = {"?/:@cockpit_agent}", "?/:@cockpit_host}",
		"?/:@cockpit_profile}", "?/:@cockpit_id}", "?/:@cockpit_branch}",
		"?/:@cockpit_dir}", "?/:pane_title}"};
	(void)state;
	for (int activity = 0; activity < 2; activity++) {
		const char *format = facts_format(activity);
		size_t tabs = 0;
		for (const char *p = format; *p; p++)
			tabs += *p == '\t';
		assert_int_equal(tabs, FIELDS - 1);
		assert_int_equal(strstr(format, "window_activity") != NULL, activity);
		for (size_t i = 0; i < COUNT(free_text); i++) {
			assert_non_null(strstr(format, free_text[i]));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_shifted),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_format),
	};
	return cmocka_run_group_tests_name("fleet_facts", tests, NULL, NULL);
}
