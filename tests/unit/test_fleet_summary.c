/* SPDX-License-Identifier: MIT */
/* Outputs of real tools in tests/unit/summary, cut in all ways, and what strangers could write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_summary.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FOLDER   "tests/unit/summary/"

#if defined(__SANITIZE_ADDRESS__)
#	define FLOOD   (4u << 20)
#	define RSS_MAX (400u << 20) /* freed memory is held back for a while */
#	define SLOW    20
#else
#	define FLOOD   (100u << 20)
#	define RSS_MAX (4u << 20)
#	define SLOW    1
#endif

static struct summary
read_pieces(struct str text, size_t piece)
{
	struct summary summary;
	struct summary_reader *reader = summary_reader_new();
	while (text.len > 0) {
		summary_reader_feed(reader, str_slice(text, 0, piece));
		text = str_slice(text, piece, text.len);
	}
	summary_reader_end(reader, &summary);
	summary_reader_free(reader);
	return summary;
}

static struct summary
read_text(const char *text)
{
	return read_pieces(str_from(text), 1 << 20);
}

static struct buf
load(const char *name)
{
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	char *file = mem_printf(FOLDER "%s.txt", name);
	if (path_read(file, 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.text);
	mem_free(file);
	return text;
}

static void
assert_names(const struct summary *summary, const char *expected, const char *what)
{
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < summary->name_count; i++)
		buf_printf(&names, "%s%s", i ? "|" : "", summary->names[i]);
	if (strcmp(buf_cstr(&names), expected) != 0)
		fail_msg("%s: found \"%s\", expected \"%s\"", what, buf_cstr(&names), expected);
	buf_release(&names);
}

static void
assert_words(const struct summary *summary, const char *expected, const char *what)
{
	struct buf words = BUF_INIT;
	summary_words(summary, &words);
	if (strcmp(buf_cstr(&words), expected) != 0)
		fail_msg("%s: found \"%s\", expected \"%s\"", what, buf_cstr(&words), expected);
	buf_release(&words);
}

static const struct capture {
	const char *file, *kind;
	int passed, failed, skipped;
	const char *names, *excerpt; /* excerpt: stands in it */
} captures[] = {
	{"pytest",         "pytest",   1,  5,  1,
         "test_calc.py::test_add|test_calc.py::test_par[a b]|test_calc.py::test_par[c - "
		"d]|"
		"test_calc.py::TestK::test_m|test_calc.py::test_err",					 "E       assert 0 == 4\n"               },
	{"pytest-q",       "pytest",   1,  5,  1,
         "test_calc.py::test_add|test_calc.py::test_par[a b]|test_calc.py::test_par[c - "
		"d]|"
		"test_calc.py::TestK::test_m|test_calc.py::test_err",					 "E       assert 0 == 4\n"               },
	{"pytest-v",       "pytest",   1,  5,  1,
         "test_calc.py::test_add|test_calc.py::test_par[a b]|test_calc.py::test_par[c - "
		"d]|"
		"test_calc.py::test_err|test_calc.py::TestK::test_m",					 "E       assert 0 == 4\n"               },
	{"pytest-ok",      "pytest",   1,  0,  0,  "",							""                                      },
	{"pytest-collect", "pytest",   0,  1,  0,  "test_bad.py",
         "E   ModuleNotFoundError: No module named 'nope'\n"											  },
	{"pytest-junit",   "junit",    1,  5,  1,
         "test_calc.test_add|test_calc.test_par[a b]|test_calc.test_par[c - d]|"
		"test_calc.test_err|test_calc.TestK.test_m",						  ">       assert add(2, 2) == 4\n"       },
	{"unittest",       "unittest", 1,  2,  1,  "test_err (ut.T.test_err)|test_bad (ut.T.test_bad)",
         "AssertionError: 1 != 2\n"														   },
	{"go",             "go",       -1, 3,  -1, "TestBad|TestSub|TestSub/in_ner",
         "    a_test.go:4: got 3, want 4\n"													   },
	{"go-v",           "go",       3,  3,  1,  "TestBad|TestSub|TestSub/in_ner",
         "    a_test.go:4: got 3, want 4\n"													   },
	{"go-json",        "go",       3,  3,  1,  "TestBad|TestSub/in_ner|TestSub",                          "got 3, want 4"                         },
	{"go-ok",          "go",       -1, -1, -1, "",							""                                      },
	{"go-panic",       "go",       -1, 1,  -1, "TestX",						   "panic: assignment to entry in nil map" },
	{"go-build",       "build",    -1, 2,  -1,
         "./b_test.go:3:28: undefined: undefinedThing|./b_test.go:4:14: cannot use "
		"\"a\" "
		"(untyped string constant) as int value in variable declaration",			     "# example.com/b [example.com/b.test]\n"},
	{"go-vet",         "build",    -1, 1,  -1,
         "./b_test.go:3:28: fmt.Printf format %d has arg \"a\" of wrong type string",			 ""				      },
	{"cargo",          "cargo",    2,  4,  1,  "tests::calm|tests::broken|whole|src/lib.rs - f (line 1)",
         "assertion `left == right` failed: sums\n"												   },
	{"rustc",          "build",    -1, 2,  -1,
         "error[E0308]: mismatched types|error[E0425]: cannot find function `h` in this "
		"scope",										      " --> src/lib.rs:1:21\n"                },
	{"jest",           "jest",     2,  2,  1,  "sums › adds|sums › inner › deep one",               "    Expected: 3\n"                     },
	{"jest-v",         "jest",     2,  2,  1,  "sums › adds|sums › inner › deep one",               "    Expected: 3\n"                     },
	{"jest-ok",        "jest",     1,  0,  0,  "",							""                                      },
	{"vitest",         "vitest",   2,  2,  1,
         "v/a.test.mjs > sums > adds|v/a.test.mjs > sums > inner > deep one",				 "AssertionError: expected 2 to be 3"    },
	{"vitest-v",       "vitest",   2,  2,  1,
         "v/a.test.mjs > sums > adds|v/a.test.mjs > sums > inner > deep one",				 "AssertionError: expected 2 to be 3"    },
	{"vitest-ok",      "vitest",   1,  0,  0,  "",							""                                      },
	{"vitest-tap",     "tap",      1,  1,  -1, "v/a.test.mjs",                                            "message: \"expected 2 to be 3"         },
	{"vitest-junit",   "junit",    2,  2,  1,
         "v/a.test.mjs.sums > adds|v/a.test.mjs.sums > inner > deep one",				     "AssertionError: expected 2 to be 3"    },
	{"node-tap",       "tap",      1,  2,  1,  "grp|top",						 "error: '1 subtest failed'"             },
	{"node-spec",      "node",     1,  2,  1,  "two|grp|top",
         "AssertionError [ERR_ASSERTION]: 1 == 2\n"												   },
	{"tap",            "tap",      1,  3,  2,  "sums up \\# not|inner|not ok 6",                          "#     expected: '2'\n"                 },
	{"tap-bail",       "tap",      1,  1,  -1, "Bail out!  no database",                                  "ok 1 - x\n"                            },
	{"prove",          "tap",      4,  3,  -1, "sums up # not|inner|pt/a.t",                              "#     expected: '2'\n"                 },
	{"prove-v",        "tap",      2,  3,  2,  "sums up \\# not|inner|not ok 6",                          "#     expected: '2'\n"                 },
	{"prove-ok",       "tap",      1,  0,  -1, "",							""                                      },
	{"cmocka",         "cmocka",   1,  2,  1,  "bad|worse",                                               "[  ERROR   ] --- 0x1 != 0x2\n"         },
	{"cmocka-tap",     "tap",      1,  2,  1,  "bad|worse",                                               "# 0x1 != 0x2\n"                        },
	{"cmocka-junit",   "junit",    1,  2,  1,  "bad|worse",                                               "t.c:7: error: Failure!"                },
	{"ctest",          "ctest",    1,  5,  1,  "broken|cm|slow|crash|missing",                            "***Timeout"                            },
	{"ctest-v",        "ctest",    1,  5,  1,  "broken|cm|slow|crash|missing",                            "0x1 != 0x2\n"                          },
	{"ctest-ok",       "ctest",    1,  0,  -1, "",							""                                      },
	{"cockpit",        "cockpit",  3,  1,  0,  "x-bad",						   "      | not ok - two\n"                },
	{"make",           "build",    -1, 3,  -1,
         "bad.c:2:22: error: ‘x’ undeclared (first use in this function)|"
		"bad.c:3:25: error: expected ‘;’ before ‘}’ token|"
		"lnk.c:(.text+0x5): undefined reference to `nope'",					   "    2 | int f(void) { return x; }\n"   },
	{"make-norule",    "build",    -1, -1, -1,
         "make: *** No rule to make target 'nothere'.  Stop.",                                                ""                                      },
	{"gcc-color",      "build",    -1, 2,  -1,
         "bad.c:2:22: error: ‘x’ undeclared (first use in this function)|"
		"bad.c:3:25: error: expected ‘;’ before ‘}’ token",				   ""				      },
	{"clang",          "build",    -1, 2,  -1,
         "bad.c:2:22: error: use of undeclared identifier 'x'|"
		"bad.c:3:25: error: expected ';' after return statement",				     ""				      },
	{"tsc",            "build",    -1, 2,  -1,
         "x.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.|"
		"x.ts(1,24): error TS2304: Cannot find name 'foo'.",					  ""				      },
	{"tsc-pretty",     "build",    -1, 2,  -1,
         "x.ts:1:7 - error TS2322: Type 'string' is not assignable to type 'number'.|"
		"x.ts:1:24 - error TS2304: Cannot find name 'foo'.",					  ""				      },
};

static void
test_captures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captures); i++) {
		const struct capture *row = &captures[i];
		struct buf text = load(row->file);
		struct summary summary = read_pieces(buf_str(&text), text.len);
		if (!summary.kind || strcmp(summary.kind, row->kind) != 0)
			fail_msg("%s: found %s", row->file,
				summary.kind ? summary.kind : "none");
		if (summary.passed != row->passed || summary.failed != row->failed ||
			summary.skipped != row->skipped)
			fail_msg("%s: found %d, %d, %d", row->file, summary.passed,
				summary.failed, summary.skipped);
		assert_names(&summary, row->names, row->file);
		if (!strstr(summary.excerpt, row->excerpt))
			fail_msg("%s: \"%s\" is not in:\n%s", row->file, row->excerpt,
				summary.excerpt);
		assert_int_equal(summary.build, strcmp(row->kind, "build") == 0);
		assert_true(row->failed == 0 || row->names[0] == '\0' || summary.excerpt[0]);
		assert_false(summary.cut);
		summary_release(&summary);
		buf_release(&text);
	}
}

static void
assert_same(const struct summary *a, const struct summary *b, const char *what, size_t piece)
{
	bool same = a->passed == b->passed && a->failed == b->failed &&
		    a->skipped == b->skipped && a->name_count == b->name_count &&
		    a->cut == b->cut && a->build == b->build && !a->kind == !b->kind;
	same = same && (!a->kind || strcmp(a->kind, b->kind) == 0);
	for (size_t i = 0; same && i < a->name_count; i++)
		same = strcmp(a->names[i], b->names[i]) == 0;
	if (!same || strcmp(a->tail, b->tail) != 0 || strcmp(a->excerpt, b->excerpt) != 0)
		fail_msg("%s: pieces of %zu bytes give something else", what, piece);
}

static void
check_pieces(struct str text, const char *what)
{
	static const size_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 31, 64, 100,
		127, 255, 1000, 1021, 4095, 4096, 4097, 5000};
	struct summary whole = read_pieces(text, text.len + 1);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct summary pieces = read_pieces(text, sizes[i]);
		assert_same(&whole, &pieces, what, sizes[i]);
		summary_release(&pieces);
	}
	summary_release(&whole);
}

static void
test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captures); i++) {
		struct buf text = load(captures[i].file);
		check_pieces(buf_str(&text), captures[i].file);
		buf_release(&text);
	}
}

/* Every place where a short one can be cut. */
static void
test_cuts(void **state)
{
	static const char text[] =
		"\033[1mnot ok 1 - \xe2\x9c\x95 a\033[0m\r\nprogress\rok 2 - b\r\r\n"
		"<testsuite tests=\"1\"><testcase name=\"a&lt;\"><failure message=\"m\">x&amp;y"
		"<![CDATA[ ]] ]]></failure></testcase></testsuite>\n\033]0;t\anot ok 3\n1..3";
	struct summary whole = read_text(text);
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		struct summary pieces;
		struct summary_reader *reader = summary_reader_new();
		summary_reader_feed(reader, str_slice(STR(text), 0, i));
		summary_reader_feed(reader, str_slice(STR(text), i, sizeof(text) - 1));
		summary_reader_end(reader, &pieces);
		summary_reader_free(reader);
		assert_same(&whole, &pieces, "two", i);
		summary_release(&pieces);
	}
	summary_release(&whole);
}

static void
test_words(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"",								     ""			       },
		{"hello\n",							      ""			       },
		{"120 passed, 0 failed\n",					       "120 passed"                     },
		{"120 passed, 0 failed, 2 skipped\n",                                    "120 passed, 2 skipped"          },
		{"FAIL  a  1.2 s\nFAIL  b  0.1 s\nFAIL  c  1 s\n117 passed, 3 failed\n",
                 "3 of 120 failed: a, b, c"									       },
		{"FAIL  a  1.2 s\n117 passed, 3 failed\n",                               "3 of 120 failed: a, …"        },
		{"117 passed, 3 failed\n",					       "3 of 120 failed"                },
		{"--- FAIL: A (0.00s)\n--- FAIL: B (0.00s)\n--- FAIL: C (0.00s)\n"
		 "--- FAIL: D (0.00s)\n",			       "4 failed: A, B, C, …"         },
		{"FAIL\tm/b\t0.1s\n",						    "failed: m/b"                    },
		{"x.c:3:1: error: no\ny.c:4: error: no\n",                               "build broke: x.c:3:1: error: no"},
		{"make: *** [Makefile:3: all] Error 1\n",
                 "failed: make: *** [Makefile:3: all] Error 1"                                                            },
 /* go: passes of one package do not hide that another did not build. */
		{"--- PASS: TestA (0.00s)\nFAIL\tm/b [build failed]\n",
                 "failed: m/b [build failed]"									     },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct summary summary = read_text(rows[i].text);
		assert_words(&summary, rows[i].words, rows[i].text);
		summary_release(&summary);
	}
}

static void
test_long_words(void **state)
{
	struct buf text = BUF_INIT, words = BUF_INIT;
	(void)state;
	for (int i = 0; i < 60; i++) {
		buf_printf(&text, "not ok %d - %02d", i + 1, i);
		buf_fill(&text, 'x', 400);
		buf_byte(&text, '\n');
	}
	struct summary summary = read_text(buf_cstr(&text));
	summary_words(&summary, &words);
	assert_true(words.len <= SUMMARY_WORDS_MAX);
	assert_int_equal(summary.failed, 60);
	assert_int_equal(summary.name_count, SUMMARY_NAMES_MAX);
	assert_int_equal(strlen(summary.names[0]), SUMMARY_NAME_MAX);
	assert_true(str_ends(str_from(summary.names[0]), STR("x…")));
	assert_true(summary.cut);
	summary_release(&summary);
	buf_release(&text);
	buf_release(&words);
}

/* Which kind is chosen. */
static void
test_choice(void **state)
{
	static const struct {
		const char *text, *kind;
		int passed, failed;
	} rows[] = {
  /* Prose is no closing line. */
		{"3 passed, 1 failed\nI saw 9 passed, 9 failed and then = 1 failed in 0.1s =\n",
                 "cockpit",										      3,                 1 },
		{"Tests: 1 failed, they said\n3 passed, 0 failed\n",                                  "cockpit", 3,                 0 },
 /* The last closing line. */
		{"3 passed, 1 failed\n==== 7 passed in 0.10s ====\n",                                 "pytest",  7,                 0 },
		{"==== 7 passed in 0.10s ====\n3 passed, 1 failed\n",                                 "cockpit", 3,                 1 },
		{"[  PASSED  ] 4 test(s).\n100% tests passed, 0 tests failed out of 1\n",
                 "ctest",											1,                 0 },
 /* Counts before single lines, whatever comes last. */
		{"3 passed, 1 failed\nnot ok 1 - x\nx.c:1:2: error: y\n",                             "cockpit", 3,                 1 },
 /* The last run of a kind counts, or all of them. */
		{"= 1 failed, 2 passed in 1.00s =\n= 3 passed in 1.00s =\n",                          "pytest",  3,                 0 },
		{"test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n"
		 "test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured\n", "cargo",   3,                 3 },
		{"99999999999999 passed, 1 failed\n",                                                 "cockpit", SUMMARY_COUNT_MAX, 1 },
		{"test result: ok. 999999999 passed; 0 failed; 0 ignored;\n"
		 "test result: ok. 999999999 passed; 0 failed; 0 ignored;\n",        "cargo",   SUMMARY_COUNT_MAX, 0 },
		{"OK\nok then\nnot okay\n",							   NULL,      -1,                -1},
		{"see <testsuite> and <testcase>\n",                                                  NULL,      -1,                -1},
		{"<testsuite>\n",								     NULL,      -1,                -1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct summary summary = read_text(rows[i].text);
		if (!rows[i].kind != !summary.kind ||
			(summary.kind && strcmp(rows[i].kind, summary.kind) != 0))
			fail_msg("%s: found %s", rows[i].text, summary.kind);
		assert_int_equal(summary.passed, rows[i].passed);
		assert_int_equal(summary.failed, rows[i].failed);
		summary_release(&summary);
	}
}

static void
test_junit(void **state)
{
	static const struct {
		const char *text;
		int passed, failed, skipped;
		const char *names;
	} rows[] = {
		{"<testsuite tests=\"3\" failures=\"1\" errors=\"1\"><testcase "
		 "name=\"a\"><failure/>"
		 "</testcase></testsuite>",						1, 2, 0, "a"                },
 /* Without counts, and over lines. */
		{"<testsuites>\n<testsuite\nname='x'>\n<testcase\n  name = 'a &gt; b'\n>"
		 "<error message='1>0'/></testcase><testcase "
		 "name='c'/></testsuite></testsuites>",				    1, 1, 0, "a > b"            },
 /* Cut off. */
		{"<testsuite tests='5'><testcase name='a'><failure>x</failure></testcase>"
		 "<testcase name='b'/><testcase name='c'><skipped/></testcase><testcase "
		 "name='d'>",							      1, 1, 1, "a"                },
 /* Suites within suites count once, files one after the other are added up. */
		{"<testsuites><testsuite tests='4' failures='1'><testsuite tests='4' "
		 "failures='1'>"
		 "</testsuite></testsuite></testsuites><testsuite tests='2'></testsuite>", 5, 1, 0, ""                 },
 /* What only looks like it. */
		{"<testsuite tests='2'><!-- <testcase name='a'><failure/></testcase> -->"
		 "<system-out><![CDATA[<testcase "
		 "name='b'><failure/>]]></system-out></testsuite>",			2, 0, 0, ""                 },
		{"<testsuite tests='1'><testcase name='a <testcase "
		 "name='b'><failure/></testcase>"
		 "</testsuite>",							   1, 0, 0, "b"                },
		{"<testsuite tests='1'><testcase classname='a.b' "
		 "name='a.b.c'><failure/></testcase>"
		 "<testcase classname='k' name='&#x41;&#66;&#0;&nope;&'><failure/></testcase>"
		 "</testsuite>",							   1, 0, 0, "a.b.c|k.AB\ufffd&"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct summary summary = read_text(rows[i].text);
		assert_string_equal(summary.kind ? summary.kind : "none", "junit");
		if (summary.passed != rows[i].passed || summary.failed != rows[i].failed ||
			summary.skipped != rows[i].skipped)
			fail_msg("%s: found %d, %d, %d", rows[i].text, summary.passed,
				summary.failed, summary.skipped);
		assert_names(&summary, rows[i].names, rows[i].text);
		check_pieces(str_from(rows[i].text), rows[i].text);
		summary_release(&summary);
	}
}

static void
assert_safe(const char *shown)
{
	struct str text = str_from(shown);
	while (text.len > 0) {
		struct str before = text;
		uint32_t cp = text_next(&text);
		assert_true(cp >= 0x20 || cp == '\n' || cp == '\t');
		assert_false(cp >= 0x7f && cp < 0xa0);
		assert_false((cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069));
		/* Only the sign for bad bytes itself may read as bad. */
		assert_true(cp != TEXT_BAD || str_starts(before, STR("\xef\xbf\xbd")));
	}
}

static void
test_hostile(void **state)
{
	static const char text[] = "\033[201~\033]0;owned\007not ok 1 - \033[31mname "
				   "\xe2\x80\xae evil \xff\xc2\x9b"
				   "2J\xc2\x85 \0nul\033[m\n\033]52;c;AAAA\n"
				   "not ok 2 - \xe2\x80\x8b\xf0\x9f\n"
				   "not ok 3 - \033[31mname \xe2\x80\xae evil \xff J \0nul\n"
				   "not ok 4 - \xe2\x80\xa8\n\033Pdcs\n1..4\n";
	struct summary summary = read_pieces(STR(text), sizeof(text));
	(void)state;
	assert_int_equal(summary.failed, 4);
	assert_string_equal(summary.names[0], "name <U+202E> evil \xef\xbf\xbd nul");
	assert_safe(summary.tail);
	assert_safe(summary.excerpt);
	for (size_t i = 0; i < summary.name_count; i++)
		assert_safe(summary.names[i]);
	assert_non_null(strstr(summary.excerpt, "not ok 1 - name <U+202E> evil"));
	summary_release(&summary);
	check_pieces(STR(text), "hostile");
}

static void
test_tail(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	for (int i = 1; i <= 100; i++)
		buf_printf(&text, "line %d\n", i);
	struct summary summary = read_text(buf_cstr(&text));
	assert_true(str_starts(str_from(summary.tail), STR("line 61\n")));
	assert_true(str_ends(str_from(summary.tail), STR("line 100\n")));
	assert_false(summary.cut);
	summary_release(&summary);
	/* Lines that become longer when they are made safe. */
	buf_clear(&text);
	for (int i = 0; i < 10; i++) {
		for (int k = 0; k < 1000; k++)
			buf_addc(&text, "\xe2\x80\xae");
		buf_printf(&text, "%d\n", i);
	}
	summary = read_text(buf_cstr(&text));
	assert_true(strlen(summary.tail) <= SUMMARY_TAIL_MAX && strlen(summary.tail) > 7000);
	assert_safe(summary.tail);
	summary_release(&summary);
	/* What was overwritten is not there. */
	summary = read_text("10%\r50%\r100%\r\ndone, no newline");
	assert_string_equal(summary.tail, "100%\ndone, no newline\n");
	summary_release(&summary);
	buf_release(&text);
}

static void
test_excerpt(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	for (int i = 1; i <= 1000; i++)
		buf_printf(&text, "%s %d - n\n", i == 100 || i == 200 ? "not ok" : "ok", i);
	struct summary summary = read_text(buf_cstr(&text));
	assert_true(str_starts(str_from(summary.excerpt), STR("ok 95 - n\n")));
	assert_non_null(strstr(summary.excerpt, "ok 110 - n\n…\nok 195 - n\n"));
	assert_true(str_ends(str_from(summary.excerpt), STR("ok 210 - n\n")));
	summary_release(&summary);
	/* Full: at a whole line. */
	buf_clear(&text);
	for (int i = 1; i <= 2000; i++)
		buf_printf(&text, "not ok %d - n%d\n", i, i);
	summary = read_text(buf_cstr(&text));
	assert_true(strlen(summary.excerpt) <= SUMMARY_EXCERPT_MAX);
	assert_true(strlen(summary.excerpt) > SUMMARY_EXCERPT_MAX - 100);
	assert_true(summary.cut);
	summary_release(&summary);
	buf_release(&text);
}

static size_t
resident(void)
{
	long pages = 0, ignored = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &ignored, &pages), 2);
	fclose(file);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* FLOOD bytes made of block, again and again; seconds that took. */
static double
flood(struct str block, struct summary *ret)
{
	struct timespec from, to;
	struct summary_reader *reader = summary_reader_new();
	size_t before = resident();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (size_t fed = 0; fed < FLOOD; fed += block.len)
		summary_reader_feed(reader, block);
	summary_reader_end(reader, ret);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	size_t after = resident();
	summary_reader_free(reader);
	assert_true(after < before + RSS_MAX);
	assert_true(strlen(ret->tail) <= SUMMARY_TAIL_MAX);
	assert_true(strlen(ret->excerpt) <= SUMMARY_EXCERPT_MAX);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void
add_ordinary(struct buf *block)
{
	for (int i = 0; block->len < 60000; i++)
		buf_printf(block,
			"  CC    src/fleet/file_%d.c: some words about it, (%d of %d)\n", i, i,
			i * 7);
}

static void
add_names(struct buf *block)
{
	for (int i = 0; block->len < 60000; i++)
		buf_printf(block, "not ok %d - name %d\n", i, i);
}

static void
add_escapes(struct buf *block)
{
	while (block->len < 60000) {
		for (int i = 0; i < 300; i++)
			buf_addc(block, "\033]0;\033[\033P\xc2\x9d");
		buf_byte(block, '\n');
	}
}

static void
add_endless(struct buf *block)
{
	buf_fill(block, '=', 60000);
}

static void
add_binary(struct buf *block)
{
	srand(2);
	while (block->len < 60000)
		buf_byte(block, (char)(rand() >> 4));
}

static void
add_tags(struct buf *block)
{
	buf_addc(block, "<testsuite>");
	while (block->len < 60000)
		buf_addc(block, "<testcase name='a'><failure message=\"<!--");
}

/* It looks like much: quotes, closing lines and names, without being any. */
static void
add_near(struct buf *block)
{
	while (block->len < 60000) {
		static const char *const starts[] = {"FAILED a::b[", "a::b", "not ok ", "x",
			"{\"Time\":", "test ", "1 failed, ", "a.go:1:2"};
		buf_addc(block, starts[block->len % COUNT(starts)]);
		for (int i = 0; i < 40; i++)
			buf_addc(block, "1 failed, 1 passed, 1 error in FAILED a::b[ [ [ - "
					"\"Action\":\"fail\" "
					".go:1:2: error: ");
		buf_byte(block, '\n');
	}
}

/* 100 MB of each: in time and memory that are bounded. */
static void
test_flood(void **state)
{
	static const struct {
		const char *name;
		void (*add)(struct buf *block);
		double rate; /* MB a second, at least */
	} rows[] = {
		{"ordinary", add_ordinary, 30},
		{"names",    add_names,    5 },
		{"escapes",  add_escapes,  10},
		{"endless",  add_endless,  30},
		{"binary",   add_binary,   10},
		{"tags",     add_tags,     5 },
		{"near",     add_near,     10},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf block = BUF_INIT;
		struct summary summary;
		rows[i].add(&block);
		double seconds = flood(buf_str(&block), &summary);
		double rate = FLOOD / seconds / 1e6;
		print_message("%-9s %.0f MB/s\n", rows[i].name, rate);
		assert_true(rate * SLOW >= rows[i].rate);
		assert_safe(summary.tail);
		summary_release(&summary);
		buf_release(&block);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_junit),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_excerpt),
		cmocka_unit_test(test_flood),
	};
	text_init();
	/* What the user has there is another test's. */
	if (setenv("XDG_CONFIG_HOME", "/nowhere", 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
