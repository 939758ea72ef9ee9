/* SPDX-License-Identifier: MIT */
/* Tags and labels: what is one, that they stay, and that two cockpits do not undo each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_err.h"
#include "cockpit/orch_tags.h"
#include "ui_deck.h"

static int
own_setup(void **state)
{
	if (deck_setup_apart(state) != 0)
		return -1;
	pilot_keep(view.pilot);
	return 0;
}

static void
assert_clean(const char *words, const char *want)
{
	struct buf tags = BUF_INIT;
	struct err err = ERR_INIT;
	int rc = tags_clean(str_from(words), &tags, &err);
	if (want)
		assert_string_equal(buf_cstr(&tags), want);
	assert_int_equal(rc == 0, want != NULL);
	assert_int_equal(err.code != 0, want == NULL);
	buf_release(&tags);
}

static void
test_clean(void **state)
{
	(void)state;
	assert_clean("", "");
	assert_clean("  ui,#db\tui ", "ui db");
	assert_clean("#", "");
	assert_clean("a b c d e f g h", "a b c d e f g h");
	assert_clean("a b c d e f g h i", NULL);
	assert_clean("ok \033[31mred", NULL);
	assert_clean("a/b", NULL);
	assert_clean("abcdefghijklmnopqrstuvwxyz", NULL);
	assert_true(tags_has("ui db", STR("db")));
	assert_false(tags_has("ui db", STR("d")));
	assert_false(tags_has("", STR("d")));
}

static void
test_stay(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	assert_string_equal(pilot_tags(view.pilot, "parser"), "");
	assert_int_equal(pilot_tag(view.pilot, "parser", "ui db", NULL, &err), 0);
	assert_int_equal(pilot_tag(view.pilot, "parser", NULL, "the \"slow\" one", &err), 0);
	assert_int_equal(pilot_tag(view.pilot, "types", "db", NULL, &err), 0);
	/* Another cockpit. */
	struct pilot *other = pilot_new(view.fleet);
	pilot_keep(other);
	assert_string_equal(pilot_tags(other, "parser"), "ui db");
	assert_string_equal(pilot_label(other, "parser"), "the \"slow\" one");
	/* What the other one does meanwhile is not undone, and is seen. */
	assert_false(pilot_reload_tags(view.pilot));
	assert_int_equal(pilot_tag(other, "docs", "new", NULL, &err), 0);
	assert_int_equal(pilot_tag(view.pilot, "types", "", NULL, &err), 0);
	assert_string_equal(pilot_tags(view.pilot, "docs"), "new");
	assert_true(pilot_reload_tags(other));
	assert_string_equal(pilot_tags(other, "types"), "");
	assert_string_equal(pilot_tags(other, "docs"), "new");
	pilot_free(other);
}

static void
test_limits(void **state)
{
	struct err err = ERR_INIT;
	char label[TAG_LABEL_MAX + 2] = {0};
	(void)state;
	memset(label, 'x', TAG_LABEL_MAX + 1);
	assert_int_equal(pilot_tag(view.pilot, "parser", NULL, label, &err), ERR_LIMIT);
	label[TAG_LABEL_MAX] = '\0';
	assert_int_equal(pilot_tag(view.pilot, "parser", NULL, label, &err), 0);
	/* Nobody would find those again. */
	assert_int_equal(pilot_tag(view.pilot, "web/parser", "a", NULL, &err), ERR_INVALID);
	assert_int_equal(pilot_tag(view.pilot, "", "a", NULL, &err), ERR_INVALID);
	/* Where nothing is kept it is said. */
	struct pilot *bare = pilot_new(view.fleet);
	assert_int_equal(pilot_tag(bare, "parser", "a", NULL, &err), ERR_INVALID);
	assert_string_equal(pilot_tags(bare, "parser"), "");
	pilot_free(bare);
}

/* A person has edited the file, or something has eaten half of it. */
static void
test_wrong_file(void **state)
{
	struct err err = ERR_INIT;
	char *file = mem_printf("%s/cockpit/deck/tags.json", getenv("XDG_STATE_HOME"));
	(void)state;
	const char text[] = "{\"parser\": {\"tags\": \"a\\nb \\u001b\", \"label\": 3},"
			    " \"../x\": {\"tags\": \"a\"}, \"docs\": {\"tags\": \"ok\"},"
			    " \"types\": 5}";
	assert_int_equal(path_write(file, str_from(text), 0600, NULL), 0);
	assert_true(pilot_reload_tags(view.pilot));
	assert_string_equal(pilot_tags(view.pilot, "parser"), "");
	assert_string_equal(pilot_tags(view.pilot, "docs"), "ok");
	assert_string_equal(pilot_tags(view.pilot, "types"), "");
	assert_int_equal(path_write(file, STR("{\"parser\": {"), 0600, NULL), 0);
	assert_true(pilot_reload_tags(view.pilot));
	assert_string_equal(pilot_tags(view.pilot, "docs"), "");
	assert_int_equal(path_write(file, STR("[1, 2]"), 0600, NULL), 0);
	assert_true(pilot_reload_tags(view.pilot));
	assert_int_equal(pilot_tag(view.pilot, "parser", "a", NULL, &err), 0);
	assert_string_equal(pilot_tags(view.pilot, "parser"), "a");
	mem_free(file);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, own_setup, deck_teardown_apart)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_clean),
		CASE(test_stay),
		CASE(test_limits),
		CASE(test_wrong_file),
	};
	text_init();
	return cmocka_run_group_tests_name("orch_tags", tests, NULL, NULL);
}
