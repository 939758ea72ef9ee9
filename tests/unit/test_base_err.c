/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "cockpit/base_err.h"

static void
test_prefix(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(
		err_set(&err, ERR_HOSTKEY, "the key of %s changed", "web-3"), ERR_HOSTKEY);
	assert_int_equal(err_prefix(&err, "known_hosts"), ERR_HOSTKEY);
	assert_int_equal(err_prefix(&err, "host %s", "web-3"), ERR_HOSTKEY);
	assert_string_equal(err.text, "host web-3: known_hosts: the key of web-3 changed");
	assert_int_equal(err_set(NULL, ERR_LIMIT, "nobody reads it"), ERR_LIMIT);
}

/* What does not fit is cut at the end; the front, which says where, stays. */
static void
test_overflow(void **state)
{
	static const size_t lengths[] = {0, 1, 1019, 1020, 1021, 1022, 1023, 1024, 5000};
	char text[5001];
	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct err err = ERR_INIT;
		memset(text, 'x', sizeof(text));
		text[lengths[i]] = '\0';
		err_set(&err, ERR_IO, "%s", text);
		assert_true(strlen(err.text) < ERR_TEXT_MAX);
		assert_int_equal(err_prefix(&err, "front"), ERR_IO);
		assert_true(strlen(err.text) < ERR_TEXT_MAX);
		assert_int_equal(strncmp(err.text, "front: ", 7), 0);

		err_set(&err, ERR_LIMIT, "back");
		assert_int_equal(err_prefix(&err, "%s", text), ERR_LIMIT);
		assert_true(strlen(err.text) < ERR_TEXT_MAX);
		if (lengths[i] < 1000)
			assert_non_null(strstr(err.text, ": back"));
	}
	struct err err = ERR_INIT;
	memset(text, 'y', 5000);
	errno = ENOENT;
	err_errno(&err, "%.5000s", text);
	assert_non_null(strstr(err.text, strerror(ENOENT)));
}

static void
test_errno(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	errno = EACCES;
	assert_int_equal(err_errno(&err, "cannot read %s", "/x"), ERR_IO);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(errno, EACCES);
	assert_string_equal(err.text, "cannot read /x: Permission denied");
}

static void
test_codes(void **state)
{
	(void)state;
	assert_string_equal(err_name(0), "OK");
	assert_string_equal(err_name(ERR_INVALID), "INVALID");
	assert_string_equal(err_name(ERR_MISSING), "MISSING");
	assert_string_equal(err_name(-99), "UNKNOWN");
	assert_int_equal(err_exit_status(0), 0);
	assert_int_equal(err_exit_status(ERR_CONFIG), 78);
	assert_int_equal(err_exit_status(ERR_TIMEOUT), 6);
	assert_int_equal(err_exit_status(-99), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_codes),
	};
	return cmocka_run_group_tests_name("base_err", tests, NULL, NULL);
}
