/* SPDX-License-Identifier: MIT */
/* The first steps: one key at a time, gone once it was used, gone for good after a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/keymap.h"
#include "ui_press.h"

static int
own_setup(void **state)
{
	if (deck_setup_apart(state) != 0)
		return -1;
	view_refresh(&view);
	return 0;
}

static void
assert_words(const char *want)
{
	struct buf words = BUF_INIT;
	first_words(&view, &words);
	assert_string_equal(buf_cstr(&words), want);
	buf_release(&words);
}

static void
start(void)
{
	view.first = (struct first){0};
	first_load(&view);
}

static void
test_steps(void **state)
{
	(void)state;
	assert_words(""); /* not of a frame that is drawn once */
	start();
	assert_words("first steps: ⏎ types into the agent, C-q comes back");
	assert_frame("first-120x40", 120, 40);
	assert_frame("first-60x20", 60, 20);
	press("Enter");
	assert_words(""); /* all keys are the agent's now */
	press("C-q");
	assert_words("first steps: w goes to who needs you");
	/* In whatever order; and remembered. */
	press(":");
	press("Escape");
	start();
	press("w");
	assert_words("first steps: ? shows all keys of a mode");
	press("?");
	press("Escape");
	/* Nobody starts a first agent who has six. */
	assert_words("");
	view.everyone_count = 0;
	assert_words("first steps: n starts an agent");
	press("n");
	press("Escape");
	assert_words("");
	start();
	assert_false(view.first.on);
}

/* Whoever does not want to is left alone. */
static void
test_ends(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		start();
		assert_true(view.first.on);
	}
	start();
	assert_false(view.first.on);
	assert_words("");
}

static void
test_wrong_file(void **state)
{
	char *file = mem_printf("%s/cockpit/first.json", getenv("XDG_STATE_HOME"));
	(void)state;
	start();
	assert_int_equal(path_write(file, STR("{\"starts\": \"x\"}"), 0600, NULL), 0);
	start();
	assert_false(view.first.on);
	assert_int_equal(
		path_write(file, STR("{\"used\": \"type who-knows\"}"), 0600, NULL), 0);
	start();
	assert_words("first steps: w goes to who needs you");
	mem_free(file);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, own_setup, deck_teardown_apart)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_steps),
		CASE(test_ends),
		CASE(test_wrong_file),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_first", tests, NULL, NULL);
}
