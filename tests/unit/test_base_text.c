/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cockpit/base_text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
setup(void **state)
{
	(void)state;
	text_init();
	return 0;
}

/* Every code point there is, and nothing else, survives. */
static void
test_round_trip(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char bytes[4];
		unsigned len = text_encode(cp, bytes);
		struct str s = {bytes, len};
		uint32_t want = cp >= 0xd800 && cp <= 0xdfff ? TEXT_BAD : cp;
		if (text_next(&s) != want)
			fail_msg("U+%04X", (unsigned)cp);
		if (want == cp && (s.len != 0 || text_need((unsigned char)bytes[0]) != len))
			fail_msg("U+%04X: length", (unsigned)cp);
	}
}

/* Unicode 15, section 3.9: how many replacement characters stand for what, by maximal
 * subparts; "." is one, other letters are themselves. The first rows are its tables 3-8 to
 * 3-11. */
static void
test_bad(void **state)
{
	static const struct {
		const char *bytes, *want;
	} rows[] = {
		{"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", "........A"},
		{"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", "........A"},
		{"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", ".....A..B"},
		{"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", "....A"    },
		{"\x80",				 "."        },
		{"\xbf\xbf",			     ".."       },
		{"\xc2",				 "."        },
		{"\xc2\x41",			     ".A"       },
		{"\xc1\xbf",			     ".."       },
		{"\xe0\xa0",			     "."        },
		{"\xe0\xa0\x41",                         ".A"       },
		{"\xe0\x9f\xbf",                         "..."      },
		{"\xed\x9f\x41",                         ".A"       },
		{"\xed\xa0\x41",                         "..A"      },
		{"\xef\xbf\x41",                         ".A"       },
		{"\xf0\x90\x80\x41",                     ".A"       },
		{"\xf0\x8f\xbf\xbf",                     "...."     },
		{"\xf4\x8f\xbf\x41",                     ".A"       },
		{"\xf4\x90\x80\x80",                     "...."     },
		{"\xf5\x80\x80\x80",                     "...."     },
		{"\xf8\x88\x80\x80\x80",                 "....."    },
		{"\xfe\xff",			     ".."       },
		{"\xe2\x82\xe2\x82\x41",                 "..A"      },
		{"A\xf0\x9f\x99",                        "A."       },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str s = str_from(rows[i].bytes);
		char got[32] = "";
		size_t len = 0;
		while (s.len > 0) {
			uint32_t cp = text_next(&s);
			got[len++] = cp == TEXT_BAD ? '.' : (char)cp;
		}
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("row %zu: %s, not %s", i, got, rows[i].want);
	}
}

static void
test_width(void **state)
{
	static const struct {
		uint32_t cp;
		int width;
	} rows[] = {
		{'a',      1 },
		{0x1b,     -1},
		{0x7f,     -1},
		{0x9b,     -1},
		{0xe9,     1 },
		{0x301,    0 },
		{0x65e5,   2 },
		{0x1f642,  2 },
		{0x2026,   1 },
		{TEXT_BAD, 1 },
		{0x200d,   0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(text_width(rows[i].cp), rows[i].width);
	assert_int_equal(text_cols(STR("日本 e\xcc\x81\x1b")), 6);
}

static void
test_safe_tabs(void **state)
{
	static const struct {
		const char *text;
		int stop;
		const char *want;
	} rows[] = {
		{"a\tb\t",          0, "a\tb\t"           },
		{"a\tbcd\te",       4, "a   bcd e"        },
		{"abcd\te\t\tf",    4, "abcd    e       f"},
		{"\xe6\x97\xa5\tx", 4, "\xe6\x97\xa5  x"  },
		{"\033\tx",         4, "^[  x"            },
		{"",                4, ""                 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;
		text_safe_tabs(&out, str_from(rows[i].text), rows[i].stop);
		assert_string_equal(buf_cstr(&out), rows[i].want);
		buf_release(&out);
	}
	/* One that is nothing but tabs takes as long as any other: else this would not end. */
	struct buf tabs = BUF_INIT, out = BUF_INIT;
	buf_fill(&tabs, '\t', 1 << 20);
	text_safe_tabs(&out, buf_str(&tabs), 8);
	assert_int_equal(out.len, 8 << 20);
	buf_release(&tabs);
	buf_release(&out);
}

static void
test_safe(void **state)
{
	static const struct {
		const char *text;
		int cols;
		const char *want;
	} rows[] = {
		{"plain é 日本",           -1, "plain é 日本"  },
		{"\033[2J\007\177\r\n\t",     -1, "^[[2J^G^?^M^J^I"  },
                {"\xc2\x9b",                  -1, "<U+009B>"         },
		{"a\xff"
		 "b",        -1,
                 "a\xef\xbf\xbd"
			"b"					  },
		{"\xe2\x80\xae"
		 "exe.txt",  -1, "<U+202E>exe.txt"  }, /* right to left */
		{"\xe2\x81\xa6x\xe2\x81\xa9", -1, "<U+2066>x<U+2069>"}, /* isolates */
		{"a\xe2\x80\x8b"
		 "b",        -1, "a<U+200B>b"       },
		{"\xef\xbb\xbfx",             -1, "<U+FEFF>x"        },
		{"x\xf3\xa0\x81\xa1",         -1, "x<U+E0061>"       }, /* tags */
		{"\xe2\x80\xa8",              -1, "<U+2028>"         },
                {"abc",                       3,  "abc"              },
                {"abcd",                      3,  "ab…"            },
		{"abcd",                      1,  "…"              },
                {"abcd",                      0,  ""                 },
                {"",                          0,  ""                 },
                {"日本",                    4,  "日本"           },
		{"日本",                    3,  "日…"           },
                {"日本",                    2,  "…"              },
                {"a日本",                   4,  "a日…"          },
		{"ab\033",                    4,  "ab^["             },
                {"ab\033",                    3,  "ab…"            },
                {"ab\xe2\x80\xae",            9,  "ab…"            },
		{"e\xcc\x81"
		 "ab",       3,
                 "e\xcc\x81"
			"ab"					 },
		{"abe\xcc\x81",               3,  "abe\xcc\x81"      },
		{"\xcc\x81x",                 -1, "x"                }, /* a mark on nothing would sit on what stands before */
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;
		text_safe(&out, str_from(rows[i].text), rows[i].cols);
		if (strcmp(buf_cstr(&out), rows[i].want) != 0)
			fail_msg("row %zu: %s, not %s", i, buf_cstr(&out), rows[i].want);
		buf_release(&out);
	}
	struct buf out = BUF_INIT;
	text_safe(&out, STR("a\0b"), -1);
	assert_string_equal(buf_cstr(&out), "a^@b");
	buf_clear(&out);
	/* What stood there is not cut. */
	buf_addc(&out, "before ");
	text_safe(&out, STR("too long"), 3);
	assert_string_equal(buf_cstr(&out), "before to…");
	buf_release(&out);
}

/* A tower of marks would paint over the rows above. */
static void
test_tower(void **state)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	(void)state;
	buf_byte(&text, 'a');
	for (int i = 0; i < 500; i++)
		buf_addc(&text, "\xcc\x81");
	buf_byte(&text, 'b');
	text_safe(&out, buf_str(&text), -1);
	assert_true(out.len <= 2 + 4 * 2);
	assert_int_equal(out.ptr[out.len - 1], 'b');
	buf_release(&text);
	buf_release(&out);
}

/* Any bytes, any width: what comes out is UTF-8 without anything that a terminal obeys. */
static void
test_safe_property(void **state)
{
	uint64_t seed = 88172645463325252u;
	(void)state;
	for (int round = 0; round < 3000; round++) {
		char bytes[40];
		struct buf out = BUF_INIT;
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			bytes[i] = (char)(seed >> 24);
		}
		int cols = round % 41 - 1;
		text_safe(&out, (struct str){bytes, sizeof(bytes)}, cols);
		assert_true(cols < 0 || text_cols(buf_str(&out)) <= cols);
		struct str s = buf_str(&out);
		while (s.len > 0)
			assert_true(text_width(text_next(&s)) >= 0);
		buf_release(&out);
	}
}

static void
test_safe_tmp(void **state)
{
	char one[1], eight[8];
	(void)state;
	assert_string_equal(text_safe_tmp(one, sizeof(one), STR("abc")), "");
	assert_string_equal(text_safe_tmp(eight, sizeof(eight), STR("1234567")), "1234567");
	assert_string_equal(text_safe_tmp(eight, sizeof(eight), STR("12345678")), "1234567");
	/* Never half of a character. */
	assert_string_equal(text_safe_tmp(eight, sizeof(eight), STR("日本語")), "日本");
	assert_string_equal(text_safe_tmp(eight, sizeof(eight), STR("\033\033")), "^[^[");
}

static void
test_typable(void **state)
{
	const struct {
		struct str text;
		const char *want;
	} rows[] = {
		{STR("plain\ttext\n"),         "plain\ttext\n"   },
		{STR("a\r\nb\rc\n\rd"),        "a\nb\nc\n\nd"    },
		{STR("x\033[201~rm -rf"),      "x [201~rm -rf"   },
		{STR("x\xc2\x9b"
		     "201~"),
                 "x 201~"					}, /* CSI as one character */
		{STR("x\x9b"
		     "201~"),
                 "x\xef\xbf\xbd"
			"201~"				   }, /* or as one byte */
		{STR("\003\004\032\177\b"),    "     "           },
		{STR("a\0b"),                  "a b"             },
		{STR("日本 é"),             "日本 é"       },
		{STR("\xe2\x80\xae"),          "\xe2\x80\xae"    },
		{STR("cut \xe6\x97"),          "cut \xef\xbf\xbd"},
		{STR("\r"),                    "\n"              },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;
		text_typable(&out, rows[i].text);
		if (!str_eqc(buf_str(&out), rows[i].want))
			fail_msg("row %zu: %s", i, buf_cstr(&out));
		buf_release(&out);
	}
}

static void
test_row(void **state)
{
	static const struct {
		const char *text;
		int cols;
		const char *rows[5];
	} rows[] = {
		{"",                    5, {NULL}                   },
		{"one",                 5, {"one"}                  },
		{"one two three",       7, {"one two", "three"}     },
		{"one two three",       6, {"one", "two", "three"}  },
		{"a\n\nb\n",            5, {"a", "", "b"}           },
		{"abcdefgh",            3, {"abc", "def", "gh"}     },
		{"x abcdefgh",          3, {"x", "abc", "def", "gh"}},
		{"    abcdef",          6, {"    ab", "cdef"}       }, /* its indent is kept */
		{"日本語",           3, {"日", "本", "語"}    },
		{"日本",              1, {"日", "本"}           },
		{"e\xcc\x81"
		 "xy", 2,
                 {"e\xcc\x81"
			 "x",
				"y"}                                },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str rest = str_from(rows[i].text);
		int count = 0;
		for (; rest.len > 0; count++) {
			struct str row = text_row(&rest, rows[i].cols);
			assert_non_null(rows[i].rows[count]);
			assert_true(str_eqc(row, rows[i].rows[count]));
		}
		assert_null(rows[i].rows[count]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_safe_tabs),
		cmocka_unit_test(test_tower),
		cmocka_unit_test(test_safe_property),
		cmocka_unit_test(test_safe_tmp),
		cmocka_unit_test(test_typable),
	};
	return cmocka_run_group_tests_name("base_text", tests, setup, NULL);
}
