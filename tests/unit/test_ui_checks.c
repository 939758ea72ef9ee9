/* SPDX-License-Identifier: MIT */
/* The panel of checks, with a real store behind it: what it shows, and what its keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "cockpit/orch_check.h"
#include "cockpit/store_store.h"
#include "orch/local.h"
#include "ui/panel.h"
#include "ui_deck.h"

#define DEADLINE_MS 20000
#define TREE        "0123456789abcdef0123456789abcdef01234567"

static char dir[40];
static struct store *store;
static struct loop_timer *tick;

static void
on_tick(void *ctx)
{
	(void)ctx;
}

static int
setup(void **state)
{
	strcpy(dir, "/tmp/cockpit-checks-XXXXXX");
	if (!mkdtemp(dir) || deck_setup(state) != 0)
		return -1;
	tick = loop_timer_new(loop, on_tick, NULL);
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
	loop_timer_free(tick);
	deck_teardown(state);
	return path_remove_tree(dir, NULL);
}

#define UNTIL(cond)                                                          \
	do {                                                                 \
		int64_t until_ = clock_ms() + DEADLINE_MS;                   \
		while (!(cond)) {                                            \
			if (clock_ms() > until_)                             \
				fail_msg("line %d: no %s", __LINE__, #cond); \
			loop_timer_set(tick, 10);                            \
			loop_turn(loop, true);                               \
		}                                                            \
	} while (0)

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
	assert_true(shows("what the second one said"));
	press("Escape");
	press("j");
	press("j");
	assert_true(shows("unary")); /* the names of the selected one */
	press("Enter");
	assert_true(shows("what the first one said"));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_earlier_ones_are_folded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_is_selected, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_new_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_store, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_an_answer_that_comes_late, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
