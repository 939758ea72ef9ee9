/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_clock.h"

static void
test_age(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{-5,        "0s"   },
		{0,         "0s"   },
		{999,       "0s"   },
		{59999,     "59s"  },
		{60000,     "1m"   },
		{3599999,   "59m"  },
		{3600000,   "1h"   },
		{86399999,  "23h"  },
		{86400000,  "1d"   },
		{INT64_MAX, "9999d"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char age[8];
		clock_age(rows[i].ms, age);
		assert_string_equal(age, rows[i].want);
	}
}

static void
test_clock_goes_on(void **state)
{
	int64_t before = clock_us();
	(void)state;
	while (clock_us() == before)
		;
	assert_true(clock_us() > before);
	assert_true(clock_ms() >= before / 1000);
	assert_true(clock_wall() > 1600000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_clock_goes_on),
	};
	return cmocka_run_group_tests_name("base_clock", tests, NULL, NULL);
}
