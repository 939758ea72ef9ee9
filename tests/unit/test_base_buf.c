/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

static void
test_buf_limit(void **state)
{
	struct buf b = BUF_INIT_MAX(10);
	(void)state;
	assert_string_equal(buf_cstr(&b), "");
	assert_int_equal(buf_addc(&b, "12345"), 0);
	assert_int_equal(buf_addc(&b, "678901"), ERR_LIMIT);
	assert_int_equal(buf_printf(&b, "%d", 678901), ERR_LIMIT);
	assert_int_equal(buf_fill(&b, 'x', 6), ERR_LIMIT);
	assert_int_equal(buf_fill(&b, 'x', SIZE_MAX), ERR_LIMIT);
	assert_string_equal(buf_cstr(&b), "12345");
	assert_int_equal(buf_printf(&b, "%05d", 7), 0);
	assert_int_equal(buf_byte(&b, 'x'), ERR_LIMIT);
	assert_string_equal(buf_cstr(&b), "1234500007");
	buf_consume(&b, 4);
	assert_string_equal(buf_cstr(&b), "500007");
	assert_int_equal(buf_addc(&b, "abcd"), 0);
	buf_truncate(&b, 3);
	buf_truncate(&b, 99);
	assert_string_equal(buf_cstr(&b), "500");
	buf_consume(&b, 99);
	assert_int_equal(b.len, 0);
	char *text = buf_steal(&b);
	assert_string_equal(text, "");
	mem_free(text);
	assert_int_equal(buf_fill(&b, 'x', 11), ERR_LIMIT); /* the limit stays */
	buf_release(&b);
	assert_int_equal(b.max, 10);
}

static void
test_buf_grows(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf_byte(&b, (char)i), 0);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(b.ptr[i], (char)i);
	buf_clear(&b);
	char *text = buf_steal(&b);
	assert_string_equal(text, "");
	assert_null(b.ptr);
	mem_free(text);
	text = buf_steal(&b);
	assert_string_equal(text, "");
	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_limit),
		cmocka_unit_test(test_buf_grows),
	};
	return cmocka_run_group_tests_name("base_buf", tests, NULL, NULL);
}
