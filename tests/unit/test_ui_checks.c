/* SPDX-License-Identifier: MIT */
/* The panel of checks, with a real store behind it: what it shows, and what its keys do. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "cockpit/orch_check.h"
#include "cockpit/orch_fix.h"
#include "cockpit/store_store.h"
#include "orch/local.h"
#include "ui/pager.h"
#include "ui/panel.h"
#include "ui_until.h"

#define TREE  "0123456789abcdef0123456789abcdef01234567"
#define OTHER "1123456789abcdef0123456789abcdef01234567"

static char dir[40];
static struct store *store;

static int
setup(void **state)
{
	strcpy(dir, "/tmp/cockpit-checks-XXXXXX");
	if (!mkdtemp(dir) || deck_setup(state) != 0)
		return -1;
	until_setup();
	((struct fleet_config *)(uintptr_t)fleet_config(view.fleet))->check =
		mem_strdup("make test");
	view.pilot->store = path_join(dir, "store.db");
	assert_int_equal(store_open(view.pilot->store, &store, NULL), 0);
	return 0;
}

static int
teardown(void **state)
{
	store_close(store);
	store = NULL;
	until_teardown();
	deck_teardown(state);
	/* A worker whose answer nobody waited for may still have the store open in there. */
	int64_t end = clock_ms() + 5000;
	while (path_remove_tree(dir, NULL) < 0 && clock_ms() < end)
		poll(NULL, 0, 5);
	return path_exists(dir) ? -1 : 0;
}

static void
write_log(const char *name, const char *text, char **ret)
{
	*ret = path_join(dir, name);
	assert_int_equal(path_write(*ret, str_from(text), 0600, NULL), 0);
}

/* One that ended so long ago. */
static int64_t
add(const char *host, const char *agent, int status, int64_t ago, const char *words,
	const char *names, const char *log)
{
	int64_t now = (clock_wall() - ago) * 1000, id = 0;
	struct store_check check = {.host = mem_strdup(host),
		.agent = mem_strdup(agent),
		.tree = mem_strdup(TREE),
		.command = mem_strdup("make test"),
		.status = status,
		.passed = -1,
		.failed = status > 0 ? 1 : -1,
		.skipped = -1,
		.words = mem_strdup(words),
		.names = mem_strdup(names),
		.log = mem_strdup(log)};
	assert_int_equal(store_check_begin(store, &check, now - 12000, &id, NULL), 0);
	check.id = id;
	assert_int_equal(store_check_end(store, &check, now, NULL), 0);
	store_check_release(&check);
	return id;
}

static void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	view_refresh(&view);
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
	frame_draw(&view);
}

static bool
shows(const char *words)
{
	struct buf text = BUF_INIT;
	frame_draw(&view);
	surface_text(view.surface, false, &text);
	bool ret = str_find_str(buf_str(&text), str_from(words)) >= 0;
	buf_release(&text);
	return ret;
}

static void
load(void)
{
	checks_load(view.pilot);
	UNTIL(!view.pilot->checks_loading);
	view.chrome = true;
}

/* --- those before --- */

static void
test_earlier_ones_are_folded(void **state)
{
	(void)state;
	add("local", "parser", 0, 7300, "10 passed", "", "");
	add("local", "parser", -2, 4000, "", "", "");
	add("local", "parser", 2, 330, "1 of 10 failed: comment", "comment", "");
	add("web-1", "types", 0, 100, "3 passed", "", "");
	surface_resize(view.surface, 120, 40);
	load();
	press("V");
	assert_true(shows("✗ parser  1 of 10 failed: comment"));
	assert_false(shows("01234567"));
	press("l");
	UNTIL(shows("01234567"));
	assert_frame("checks-past-120x40", 120, 40);
	press("h");
	assert_false(shows("01234567"));
}

static void
test_one_is_selected(void **state)
{
	char *first, *second;
	(void)state;
	write_log("1.log", "what the first one said\n", &first);
	write_log("2.log", "what the second one said\n", &second);
	add("local", "parser", 1, 4000, "2 of 10 failed: lexer", "lexer\nunary", first);
	add("local", "parser", 0, 330, "10 passed", "", second);
	add("web-1", "types", 0, 100, "3 passed", "", "");
	surface_resize(view.surface, 120, 40);
	load();
	press("V");
	press("l");
	UNTIL(shows("01234567"));
	press("Enter");
	UNTIL(shows("what the second one said"));
	press("Escape");
	assert_true(shows("01234567"));
	press("j");
	press("j");
	assert_true(shows("unary")); /* the names of the selected one */
	press("Enter");
	UNTIL(shows("what the first one said"));
	press("Escape");
	press("j");
	struct agent_view agent;
	assert_true(view_focused(&view, &agent));
	assert_string_equal(agent.name, "types");
	press("k");
	assert_true(view_focused(&view, &agent));
	assert_string_equal(agent.name, "parser");
	unlink(first);
	press("Enter");
	assert_true(shows("not kept any more"));
	press("h");
	assert_int_equal(view.checks.selected, 0);
	mem_free(first);
	mem_free(second);
}

static void
test_what_is_new_is_read_again(void **state)
{
	(void)state;
	add("local", "parser", 1, 4000, "elder", "", "");
	surface_resize(view.surface, 120, 40);
	load();
	press("V");
	press("l");
	UNTIL(shows("01234567"));
	add("local", "parser", 0, 60, "fresh", "", "");
	load();
	UNTIL(shows("fresh"));
	assert_true(shows("elder"));
}

/* What a merge would have made is among them, and what it failed by is selected. */
static void
test_a_merged_tree(void **state)
{
	char *own, *merged;
	struct store_check row = {0};
	uint32_t parser = fleet_agent_find(view.fleet, "parser");
	(void)state;
	write_log("1.log", "of its own\n", &own);
	write_log("2.log", "of both\n", &merged);
	add("local", "parser", 1, 4000, "2 of 10 failed", "", own);
	surface_resize(view.surface, 120, 40);
	load();
	press("V");
	press("l");
	UNTIL(shows("01234567"));
	row.log = merged;
	/* A name that reads like it is another agent's. */
	add("local", "merge.parser", 1, 90, "5 of 5 failed", "", "");
	row.id = add("local", "merge:parser", 1, 60, "1 of 9 failed", "lexer", merged);
	checks_tried(view.pilot, "local", "parser", &row);
	view.chrome = true;
	UNTIL(shows("merged tree: 1 of 9 failed"));
	checks_lead(&view, parser, row.id);
	assert_true(shows("▸ ✗   1m ago"));
	assert_true(shows("lexer"));
	assert_false(shows("5 of 5"));
	press("Enter");
	UNTIL(shows("of both"));
	assert_true(shows("the check of parser, merged, ✗ failed"));
	mem_free(own);
	mem_free(merged);
}

/* What a person has cancelled says nothing of the work, to the next cockpit neither. */
static void
test_cancelled_ones(void **state)
{
	struct friction friction;
	struct pilot_check check;
	uint32_t parser = fleet_agent_find(view.fleet, "parser");
	(void)state;
	add("local", "parser", 0, 4000, "10 passed", "", "");
	add("local", "parser", -4, 60, "", "", "");
	add("web-1", "types", -4, 60, "", "", "");
	surface_resize(view.surface, 120, 40);
	load();
	pilot_friction(view.pilot, parser, &friction);
	assert_int_equal(friction.kind, FRICTION_NONE);
	pilot_check(view.pilot, parser, &check);
	assert_int_equal(check.state, CHECK_PASSED);
	assert_string_equal(check.words, "10 passed");
	pilot_check(view.pilot, fleet_agent_find(view.fleet, "types"), &check);
	assert_int_equal(check.state, CHECK_NONE);
	press("V");
	assert_false(shows("fix"));
	press("l");
	UNTIL(shows("·   1m ago"));
	assert_true(shows("    cancelled"));
}

/* --- those that are run by themselves --- */

static struct {
	int count; /* were begun */
	check_run_fn *done;
	void *ctx;
} ran;

int __wrap_check_run(struct pilot *pilot, const struct check_order *order, check_run_fn *done,
	void *ctx, struct err *err);

int
__wrap_check_run(struct pilot *pilot, const struct check_order *order, check_run_fn *done,
	void *ctx, struct err *err)
{
	(void)pilot;
	(void)order;
	(void)err;
	ran.count++;
	ran.done = done;
	ran.ctx = ctx;
	return 0;
}

/* Whether its work is checked when it is seen. */
static bool
is_run(const char *tree)
{
	struct diff diff = {.file_count = 1};
	int before = ran.count;
	checks_look(view.pilot, fleet_agent_find(view.fleet, "docs"), tree, &diff);
	return ran.count > before;
}

static void
cancel(int64_t id)
{
	char tree[] = TREE, command[] = "make test";
	struct store_check row = {
		.id = id, .tree = id ? tree : NULL, .command = command, .status = -4};
	struct err err = ERR_INIT;
	err_set(&err, ERR_CANCELED, "cancelled");
	ran.done(ran.ctx, &row, "", &err);
}

/* One that was cut off is run again, but not once a person has cancelled it. */
static void
test_left_alone(void **state)
{
	(void)state;
	view.pilot->checks_itself = true;
	add("local", "docs", -3, 60, "", "", "");
	load();
	assert_true(is_run(TREE));
	assert_false(is_run(TREE));
	cancel(2);
	assert_false(is_run(TREE));
	/* Other work is another matter; and who waited has told no tree. */
	assert_true(is_run(OTHER));
	cancel(0);
	assert_false(is_run(OTHER));
	/* Nor is it by another cockpit, unless it was run since. */
	checks_drop(view.pilot);
	add("local", "docs", -4, 50, "", "", "");
	load();
	assert_false(is_run(TREE));
	add("local", "docs", -3, 40, "", "", "");
	load();
	assert_true(is_run(TREE));
	cancel(0);
}

static void
test_without_a_store(void **state)
{
	(void)state;
	mem_free(view.pilot->store);
	view.pilot->store = NULL;
	press("V");
	press("l");
	assert_true(shows("there is no folder for"));
}

/* Folded, and gone, while it is being read. */
static void
test_an_answer_that_comes_late(void **state)
{
	(void)state;
	add("local", "parser", 1, 4000, "elder", "", "");
	press("V");
	press("l");
	press("h");
	press("l");
}

/* --- what one printed --- */

static void
open_log(const char *text)
{
	char *log;
	write_log("1.log", text, &log);
	add("local", "parser", 1, 330, "1 failed", "", log);
	surface_resize(view.surface, 80, 24);
	load();
	press("V");
	press("Enter");
	mem_free(log);
}

static void
fill(struct buf *text, int lines)
{
	for (int i = 1; i <= lines; i++)
		buf_printf(text, "line %d%s\n", i, i % 1000 == 7 ? " Error: <seven>" : "");
}

static void
test_a_log_is_paged(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	fill(&text, 5400);
	open_log(buf_cstr(&text));
	buf_release(&text);
	UNTIL(shows("5,380-5,400 of 5,400"));
	assert_true(shows("line 5400"));
	press("k");
	assert_true(shows("5,379-5,399 of 5,400"));
	press("g");
	assert_true(shows("1-21 of 5,400"));
	press("NPage");
	assert_true(shows("21-41 of 5,400"));
	press("PPage");
	press("j");
	assert_true(shows("2-22 of 5,400"));
	press("G");
	press("j");
	assert_true(shows("5,380-5,400 of 5,400"));
	press("q");
	assert_null(view.pager);
	assert_true(shows("CHECKS"));
}

static void
look_for(const char *words)
{
	press("/");
	for (const char *p = words; *p; p++)
		press((char[]){*p, '\0'});
	press("Enter");
}

static void
test_words_are_found_in_it(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	fill(&text, 5400);
	open_log(buf_cstr(&text));
	buf_release(&text);
	UNTIL(shows("of 5,400"));
	/* From the end it begins anew; small letters stand for both. */
	look_for("error:");
	UNTIL(shows("line 7 Error: <seven>"));
	press("n");
	UNTIL(shows("line 1007 Error: <seven>"));
	assert_true(shows(" the check of parser ✗ failed: /tmp/cockpit-checks-"));
	assert_true(shows("1,000-1,020 of 5,400"));
	press("N");
	UNTIL(shows("line 7 Error: <seven>"));
	press("N");
	UNTIL(shows("line 5007 Error: <seven>"));
	look_for("eRROR");
	UNTIL(shows("\"eRROR\" is nowhere in it"));
	press("/");
	press("x");
	press("Escape");
	assert_non_null(view.pager);
	press("Escape");
	assert_null(view.pager);
}

/* Nothing of it reaches the terminal but as words. */
static void
test_a_hostile_log(void **state)
{
	(void)state;
	open_log("\033[31mred\033[m \033]0;title\007 \033[2J \xff\xfe \xe2\x80\xae"
		 "back\r\nnext\r\n");
	UNTIL(shows("1-2 of 2"));
	assert_true(shows("red ^[]0;title^G ^[[2J"));
	assert_true(shows("<U+202E>back"));
	assert_true(shows("next"));
	assert_false(shows("\033"));
	press("l");
	assert_false(shows("red"));
	press("h");
	assert_true(shows("red"));
}

static void
test_a_log_that_is_left_early(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	fill(&text, 100000);
	open_log(buf_cstr(&text));
	buf_release(&text);
	press("G");
	press("/");
	press("q");
	assert_null(view.pager);
}

static bool grows;

static bool
retitle(const struct view *of, uint32_t agent, const char *path, struct buf *title)
{
	assert_ptr_equal(of, &view);
	assert_int_equal(agent, 7);
	assert_non_null(path);
	buf_addc(title, grows ? "it runs" : "it passed");
	return grows;
}

static void
append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Its end is followed, unless somebody reads further up; its last words are seen too. */
static void
test_a_log_that_grows(void **state)
{
	struct buf text = BUF_INIT;
	char *log;
	(void)state;
	fill(&text, 90);
	write_log("1.log", buf_cstr(&text), &log);
	buf_release(&text);
	surface_resize(view.surface, 80, 24);
	grows = true;
	pager_follow(&view, log, 7, retitle);
	UNTIL(shows("70-90 of 90"));
	assert_true(shows("it runs"));
	append(log, "half a ");
	UNTIL(shows("71-91 of 91"));
	assert_true(shows("half a"));
	append(log, "line\nand one\n");
	UNTIL(shows("72-92 of 92"));
	assert_true(shows("half a line"));
	press("k");
	append(log, "more\n");
	UNTIL(shows("71-91 of 93"));
	press("G");
	look_for("line 7 ");
	append(log, "yet more\n");
	UNTIL(shows("line 7 "));
	press("G");
	UNTIL(shows("74-94 of 94"));
	grows = false;
	append(log, "the last\n");
	UNTIL(shows("75-95 of 95"));
	assert_true(shows("it passed"));
	append(log, "somebody else\n");
	grows = true;
	pager_follow(&view, log, 7, retitle);
	UNTIL(shows("of 96"));
	press("q");
	assert_null(view.pager);
	mem_free(log);
}

static void
test_an_empty_log(void **state)
{
	(void)state;
	open_log("");
	UNTIL(shows("empty"));
	press("n");
	look_for("x");
	press("G");
	press("q");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_earlier_ones_are_folded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_is_selected, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_new_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_merged_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancelled_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_store, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_an_answer_that_comes_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_log_is_paged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words_are_found_in_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_hostile_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_log_that_is_left_early, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_log_that_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_empty_log, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
