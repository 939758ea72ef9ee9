/* SPDX-License-Identifier: MIT */
/* What a check prints, in whatever pieces it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/follow.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

static struct buf said;

static int
teardown(void **state)
{
	(void)state;
	buf_release(&said);
	return 0;
}

static void
assert_said(struct str want)
{
	if (!str_eq(buf_str(&said), want))
		fail_msg("\"%.*s\", not \"%.*s\"", STR_ARG(buf_str(&said)), STR_ARG(want));
}

/* All the splits of it. */
static void
assert_becomes(struct str bytes, struct str want)
{
	for (size_t i = 0; i <= bytes.len; i++) {
		for (size_t k = i; k <= bytes.len; k += bytes.len < 100 ? 1 : 997) {
			struct follow_text text = {.held = BUF_INIT};
			buf_clear(&said);
			follow_feed(&text, str_slice(bytes, 0, i), &said);
			follow_feed(&text, str_slice(bytes, i, k), &said);
			follow_feed(&text, str_slice(bytes, k, bytes.len), &said);
			follow_end(&text, &said);
			assert_said(want);
		}
		i += bytes.len < 100 ? 0 : 61;
	}
}

static void
test_becomes(void **state)
{
	(void)state;
	assert_becomes(STR(""), STR(""));
	assert_becomes(STR("a\nb"), STR("a\nb\n"));
	assert_becomes(STR("a\r\n\r\n\n\tb\r\rc\r"), STR("a\n\n\n\tb^M^Mc\n"));
	assert_becomes(STR("\033[1;31mFAIL\033[0m \303\244\342\200\256\360\237\231\202\n"),
		STR("FAIL \303\244<U+202E>\360\237\231\202\n"));
	/* Colours that are none, characters that are half there, marks in towers. */
	assert_becomes(STR("\033[2J\033]0;x\007\033[1;2\n\303"),
		STR("^[[2J^[]0;x^G^[[1;2\n\357\277\275\n"));
	assert_becomes(
		STR("\342\202(\340\200e\314\201\314\201\314\201\314\201\314\201\314\201|"),
		STR("\357\277\275(\357\277\275\357\277\275e\314\201\314\201\314\201\314\201|"
		    "\n"));
	assert_becomes(STR("\033\033[\033[m\033"), STR("^[^[[^[\n"));
}

/* At once, though its line has no end. */
static void
test_begun(void **state)
{
	struct follow_text text = {.held = BUF_INIT};
	(void)state;
	follow_feed(&text, STR("tests: ."), &said);
	assert_said(STR("tests: ."));
	follow_feed(&text, STR(".F\303"), &said);
	assert_said(STR("tests: ..F"));
	follow_feed(&text, STR("\244\033[31"), &said);
	assert_said(STR("tests: ..F\303\244"));
	follow_feed(&text, STR("m!\n"), &said);
	follow_end(&text, &said);
	assert_said(STR("tests: ..F\303\244!\n"));
}

/* One that does not end is not kept. */
static void
test_long(void **state)
{
	char *line = mem_alloc(20001);
	struct follow_text text = {.held = BUF_INIT};
	(void)state;
	for (size_t i = 0; i < 20000; i += 2)
		memcpy(line + i, "\303\244", 2);
	line[20000] = '\n';
	assert_becomes((struct str){line, 20001}, (struct str){line, 20001});
	for (int i = 0; i < 100; i++) {
		follow_feed(&text, (struct str){line, 20000}, &said);
		assert_true(text.held.len <= 4096);
	}
	follow_end(&text, &said);
	mem_free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_becomes, teardown),
		cmocka_unit_test_teardown(test_begun, teardown),
		cmocka_unit_test_teardown(test_long, teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("cmd_follow", tests, NULL, NULL);
}
