/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>

#include "cockpit/base_str.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_to_int(void **state)
{
	static const struct {
		const char *text;
		int min, max;
		bool ok;
		int value;
	} rows[] = {
		{"0",			  0,       9,       true,  0       },
                {"-0",                         0,       9,       true,  0       },
                {"007",                        0,       9,       true,  7       },
		{"9",			  0,       9,       true,  9       },
                {"10",                         0,       9,       false, 0       },
                {"-1",                         0,       9,       false, 0       },
		{"-5",			 -5,      5,       true,  -5      },
                {"-6",                         -5,      5,       false, 0       },
		{"2147483647",                 INT_MIN, INT_MAX, true,  INT_MAX },
		{"-2147483647",                INT_MIN, INT_MAX, true,  -INT_MAX},
		{"2147483648",                 INT_MIN, INT_MAX, false, 0       },
		{"4294967296",                 INT_MIN, INT_MAX, false, 0       },
		{"18446744073709551616",       INT_MIN, INT_MAX, false, 0       },
		{"99999999999999999999999999", INT_MIN, INT_MAX, false, 0       },
		{"",			   INT_MIN, INT_MAX, false, 0       },
                {"-",                          INT_MIN, INT_MAX, false, 0       },
		{"--1",			INT_MIN, INT_MAX, false, 0       },
                {"+1",                         INT_MIN, INT_MAX, false, 0       },
		{" 1",			 INT_MIN, INT_MAX, false, 0       },
                {"1 ",                         INT_MIN, INT_MAX, false, 0       },
		{"1x",			 INT_MIN, INT_MAX, false, 0       },
                {"0x1",                        INT_MIN, INT_MAX, false, 0       },
		{"1.0",			INT_MIN, INT_MAX, false, 0       },
		{"\xd9\xa1",                   INT_MIN, INT_MAX, false, 0       }, /* an Arabic one */
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int value = 77;
		if (str_to_int(str_from(rows[i].text), rows[i].min, rows[i].max, &value) !=
			rows[i].ok)
			fail_msg("%s", rows[i].text);
		assert_int_equal(value, rows[i].ok ? rows[i].value : 77);
	}
}

static void
test_to_u64(void **state)
{
	uint64_t value = 77;
	(void)state;
	assert_true(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	value = 77;
	assert_false(str_to_u64(STR("18446744073709551616"), UINT64_MAX, &value));
	assert_false(str_to_u64(STR("-1"), UINT64_MAX, &value));
	assert_false(str_to_u64(STR(""), UINT64_MAX, &value));
	assert_false(str_to_u64(STR("1\0002"), UINT64_MAX, &value));
	assert_false(str_to_u64(STR("256"), 255, &value));
	assert_true(value == 77);
}

static void
test_names(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {
		{"a",								 true },
		{"_",								 true },
		{"9",								 true },
		{"a.b-c_d",							   true },
		{"A0123456789012345678901234567890123456789012345678901234567890123", false},
		{"A012345678901234567890123456789012345678901234567890123456789012",  true },
		{"",								  false},
		{".",								 false},
		{"..",								false},
		{"-x",								false},
		{".x",								false},
		{"a/b",							       false},
		{"a b",							       false},
		{"a\n",							       false},
		{"a:b",							       false},
		{"a;b",							       false},
		{"a#b",							       false},
		{"\xc3\xa9",							  false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (str_is_name(str_from(rows[i].text)) != rows[i].ok)
			fail_msg("%s", rows[i].text);
	}
	assert_false(str_is_name(STR("a\0b")));
	assert_false(str_is_name(STR("a\0")));
}

static void
test_cut(void **state)
{
	struct str rest = STR("a,,b");
	(void)state;
	assert_true(str_eqc(str_cut(&rest, ','), "a"));
	assert_true(str_eqc(str_cut(&rest, ','), ""));
	assert_true(str_eqc(rest, "b"));
	assert_true(str_eqc(str_cut(&rest, ','), "b"));
	assert_int_equal(rest.len, 0);
	assert_true(str_eqc(str_cut(&rest, ','), ""));
	rest = (struct str){NULL, 0};
	assert_int_equal(str_cut(&rest, ',').len, 0);
	rest = STR(",a,,b");
	assert_true(str_eqc(str_cut_last(&rest, ','), "b"));
	assert_true(str_eqc(str_cut_last(&rest, ','), ""));
	assert_true(str_eqc(rest, ",a"));
	assert_true(str_eqc(str_cut_last(&rest, ','), "a"));
	assert_int_equal(rest.len, 0);
	rest = STR("all");
	assert_true(str_eqc(str_cut_last(&rest, ','), "all"));
	assert_int_equal(rest.len, 0);
	rest = (struct str){NULL, 0};
	assert_int_equal(str_cut_last(&rest, ',').len, 0);
}

static void
test_slice_and_find(void **state)
{
	struct str s = STR("abcabc");
	(void)state;
	assert_true(str_eqc(str_slice(s, 2, 4), "ca"));
	assert_true(str_eqc(str_slice(s, 4, 2), ""));
	assert_true(str_eqc(str_slice(s, 4, 99), "bc"));
	assert_true(str_eqc(str_slice(s, 99, 100), ""));
	assert_int_equal(str_find(s, 'c'), 2);
	assert_int_equal(str_find(s, 'x'), -1);
	assert_int_equal(str_find_str(s, STR("cab")), 2);
	assert_int_equal(str_find_str(s, STR("abcabcd")), -1);
	assert_int_equal(str_find_str(s, STR("")), 0);
	assert_int_equal(str_find((struct str){NULL, 0}, 'a'), -1);
	assert_true(str_eq((struct str){NULL, 0}, STR("")));
	assert_true(str_starts(s, STR("abc")));
	assert_false(str_starts(STR("ab"), STR("abc")));
	assert_true(str_ends(s, STR("bc")));
	assert_false(str_ends(STR("bc"), STR("abc")));
	assert_true(str_eqc(str_trim(STR(" \r\n\ta b\t\n ")), "a b"));
	assert_int_equal(str_trim(STR(" \t\r\n")).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_int),
		cmocka_unit_test(test_to_u64),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_slice_and_find),
	};
	return cmocka_run_group_tests_name("base_str", tests, NULL, NULL);
}
