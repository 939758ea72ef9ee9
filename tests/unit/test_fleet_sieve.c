/* SPDX-License-Identifier: MIT */
/* What keeps most lines away from regular expressions: text that must stand there, and a sieve.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "fleet/kind.h"
#include "fleet/literal.h"
#include "fleet/pattern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_literal(void **state)
{
	static const struct {
		const char *pattern, *literal;
	} rows[] = {
		{"abc",                     "abc"   },
		{"^abc$",                   "abc"   },
		{"ab?c",                    "a"     },
		{"ab*cd",                   "cd"    },
		{"ab+cd",                   "ab"    },
		{"ab{0,2}cde",              "cde"   },
		{"ab{",                     "a"     },
		{"a.bcd",                   "bcd"   },
		{"a\\.b\\tc",               "a.b\tc"},
		{"a\\dbc",                  "bc"    },
		{"abc|d",                   ""      },
		{"(abc|d)e",                "e"     },
		{"x(abc)d",                 "abc"   },
		{"x(abc)?de",               "de"    },
		{"x(abc){2}d",              "x"     },
		{"x(?:abc)+d",              "abc"   },
		{"x(?<name>abc)d",          "abc"   },
		{"x(?P<name>abc)d",         "abc"   },
		{"x(?'name'abc)d",          "abc"   },
		{"x(?=abc)d",               "x"     },
		{"x(?!abc)d",               "x"     },
		{"x(?<=abc)d",              "x"     },
		{"x(?<!abc)d",              "x"     },
		{"x(?i:abc)d",              "x"     },
		{"(?i)abc",                 ""      },
		{"(?x)a b c",               ""      },
		{"(*UTF)abc",               ""      },
		{"abc(*ACCEPT)def",         ""      },
		{"a[bcd]ef",                "ef"    },
		{"a[]bcd]ef",               "ef"    },
		{"a[^]bcd]ef",              "ef"    },
		{"a[[:alpha:]]ef",          "ef"    },
		{"a[\\]bcd]ef",             "ef"    },
		{"\\x41bc",                 ""      },
		{"\\Qab\\E",                ""      },
		{"(a)\\1",                  ""      },
		{"\u2715?ab",               "ab"    },
		{"a\u2715?",                "a"     },
		{"((ab|cd)(efg)?h)(?:ijk)", "ijk"   },
		{"(?|(abc)|(de))f",         "f"     },
		{"",			""      },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pattern *pattern;
		struct buf literal = BUF_INIT;
		assert_int_equal(pattern_new(rows[i].pattern, &pattern, NULL), 0);
		pattern_free(pattern);
		literal_of(rows[i].pattern, &literal);
		if (strcmp(buf_cstr(&literal), rows[i].literal) != 0)
			fail_msg("%s: found \"%s\", expected \"%s\"", rows[i].pattern,
				buf_cstr(&literal), rows[i].literal);
		buf_release(&literal);
	}
}

static void
test_nested(void **state)
{
	struct buf deep = BUF_INIT, literal = BUF_INIT;
	(void)state;
	buf_fill(&deep, '(', 60);
	buf_addc(&deep, "abc");
	buf_fill(&deep, ')', 60);
	literal_of(buf_cstr(&deep), &literal);
	assert_int_equal(literal.len, 0);
	/* A long one is cut into runs. */
	buf_clear(&deep);
	buf_fill(&deep, 'a', 900);
	literal_of(buf_cstr(&deep), &literal);
	assert_true(literal.len > 0 && literal.len <= 64);
	buf_release(&deep);
	buf_release(&literal);
}

/* Every rule that is compiled in can be left out by what a line does not hold. */
static void
test_built_in(void **state)
{
	struct kind_table *table = kind_table_new("/nowhere", NULL);
	(void)state;
	assert_true(table->row_count > 100);
	for (size_t i = 0; i < COUNT(table->always.bits); i++)
		assert_int_equal(table->always.bits[i], 0);
	kind_table_unref(table);
}

static bool
has(const struct sieve_set *set, size_t number)
{
	return set->bits[number / 64] >> number % 64 & 1;
}

static void
test_words(void **state)
{
	static const struct str words[] = {
		{"he",           2},
                {"she",          3},
                {"his",          3},
                {"hers",         4},
                {"",             0},
                {"he",           2},
		{"\xe2\x9c\x95", 3},
                {"s",            1}
        };
	struct sieve *sieve = sieve_new(words, COUNT(words));
	struct sieve_set set = {{0}};
	(void)state;
	assert_true(sieve_find(sieve, STR("ushers"), &set));
	assert_int_equal(set.bits[0], 1 << 0 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7);
	set = (struct sieve_set){{0}};
	assert_false(sieve_find(sieve, STR("h\0e\xe2\x9c"), &set));
	assert_false(sieve_find(sieve, STR(""), &set));
	assert_true(sieve_find(sieve, STR("\xe2\xe2\x9c\x95"), &set));
	assert_int_equal(set.bits[0], 1 << 6);
	sieve_free(sieve);
	sieve = sieve_new(words, 0);
	assert_false(sieve_find(sieve, STR("she"), &set));
	sieve_free(sieve);
	sieve_free(NULL);
}

/* Words and lines by chance, of few letters: the same as looking for each. */
static void
test_chance(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 300; round++) {
		char texts[70][6], line[40];
		struct str words[70];
		struct sieve_set set = {{0}};
		for (size_t i = 0; i < COUNT(words); i++) {
			words[i] = (struct str){texts[i], (size_t)rand() % 6};
			for (size_t k = 0; k < words[i].len; k++)
				texts[i][k] = (char)('a' + rand() % 4);
		}
		for (size_t i = 0; i < sizeof(line); i++)
			line[i] = (char)('a' + rand() % 5);
		struct sieve *sieve = sieve_new(words, COUNT(words));
		struct str text = {line, sizeof(line)};
		sieve_find(sieve, text, &set);
		for (size_t i = 0; i < COUNT(words); i++)
			assert_int_equal(has(&set, i),
				words[i].len > 0 && str_find_str(text, words[i]) >= 0);
		sieve_free(sieve);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_chance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
