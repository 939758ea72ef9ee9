/* SPDX-License-Identifier: MIT */
/* The filter, and the tags that it looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/orch_tags.h"
#include "ui/action.h"
#include "ui/dialog.h"
#include "ui/keymap.h"
#include "ui/panel.h"
#include "ui_deck.h"

static int
own_setup(void **state)
{
	if (deck_setup_apart(state) != 0)
		return -1;
	pilot_keep(view.pilot);
	view_refresh(&view);
	return 0;
}

static void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
	view_refresh(&view);
}

static void
type(const char *text)
{
	for (; *text; text++) {
		const struct key key = {.code = (uint32_t)*text};
		assert_true(overlay_key(&view, key));
	}
	view_refresh(&view);
}

/* The names of those that have tiles. */
static void
assert_shown(const char *want)
{
	struct buf names = BUF_INIT;
	for (int i = 0; i < view.agent_count; i++) {
		struct agent_view agent;
		assert_true(fleet_agent(view.fleet, view.agents[i], &agent));
		buf_printf(&names, "%s%s", i ? " " : "", agent.name);
	}
	assert_string_equal(buf_cstr(&names), want);
	buf_release(&names);
}

static void
assert_filter(const char *words, const char *want)
{
	press("/");
	press("C-u");
	type(words);
	assert_shown(want);
	press("Escape");
	assert_int_equal(view.agent_count, 6);
}

static void
tag(const char *agent, const char *tags, const char *label)
{
	assert_int_equal(pilot_tag(view.pilot, agent, tags, label, NULL), 0);
}

static void
test_words(void **state)
{
	(void)state;
	tag("parser", "ui db", "Slow One");
	tag("idle", "u", NULL);
	assert_filter("", "parser types docs lexer deploy idle");
	assert_filter("  ", "parser types docs lexer deploy idle");
	assert_filter("pars", "parser");
	assert_filter("PARSER", "parser");
	assert_filter("web-1", "types deploy");
	assert_filter("web-1 depl", "deploy");
	assert_filter("!web-1", "parser docs lexer idle");
	assert_filter("host:LOCAL !docs running", "lexer idle");
	assert_filter("state:failed", "types");
	assert_filter("failed", "types");
	assert_filter("state:parser", "");
	assert_filter("profile:cl", "parser");
	assert_filter("tag:u", "idle"); /* whole, or another tag would be meant */
	assert_filter("tag:ui", "parser");
	assert_filter("!tag:ui !tag:u", "types docs lexer deploy");
	assert_filter("slow", "parser");
	assert_filter("label:one", "parser");
	assert_filter("running !web", "lexer idle");
	assert_filter("name:le", "lexer idle");
	assert_filter("nothing:at-all", "");
	/* While one is still typing. */
	assert_filter("!", "parser types docs lexer deploy idle");
	assert_filter("tag:", "parser types docs lexer deploy idle");
	assert_filter("!tag:", "parser types docs lexer deploy idle");
}

static void
test_frames(void **state)
{
	(void)state;
	tag("parser", "ui db", NULL);
	tag("types", "", "the second one \033[31m");
	press("/");
	type("!web !doc");
	assert_frame("filter-typed-120x40", 120, 40);
	assert_frame("filter-typed-60x20", 60, 20);
	press("Enter");
	assert_frame("filter-200x60", 200, 60);
	assert_frame("filter-80x24", 80, 24);
	press("/");
	press("C-u");
	type("zz");
	assert_frame("filter-none-80x24", 80, 24);
	press("Enter");
	assert_frame("filter-none-kept-80x24", 80, 24);
	press("Escape");
	assert_int_equal(view.agent_count, 6);
}

/* Escape gives back all, and the focus; Enter keeps what fits. */
static void
test_focus(void **state)
{
	(void)state;
	press("3");
	uint32_t docs = view.focus;
	press("/");
	type("web");
	assert_shown("types deploy");
	assert_int_equal(view.focus, view.agents[1]); /* its neighbour's place */
	press("Escape");
	assert_int_equal(view.focus, docs);
	press("/");
	type("web");
	press("Enter");
	assert_shown("types deploy");
	press("1");
	press("z");
	assert_true(view.zoom);
	press("Escape");
	assert_int_equal(view.agent_count, 6);
	assert_int_equal(view.focus, view.agents[1]);
	/* Keys are COMMAND's again. */
	assert_false(view.filter.editing);
}

/* What its state becomes takes nobody out of sight who has the focus. */
static void
test_focus_stays(void **state)
{
	(void)state;
	press("/");
	type("state:failed");
	press("Enter");
	assert_shown("types");
	view.fleet->agents[1]->ev.dead = false;
	view_refresh(&view);
	assert_shown("types");
	press("Escape");
	press("1");
	press("/");
	type("state:failed");
	assert_shown("");
	assert_int_equal(view.focus, 0);
	press("Enter");
	press("x"); /* of nobody */
	assert_null(view.dialog);
}

/* Nobody who needs a person is hidden: counted, and found. */
static void
test_needs(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	press("/");
	type("docs");
	press("Enter");
	assert_shown("docs");
	surface_resize(view.surface, 120, 40);
	frame_draw(&view);
	surface_text(view.surface, false, &text);
	assert_true(str_find_str(buf_str(&text), STR("6 agents")) >= 0);
	assert_true(str_find_str(buf_str(&text), STR("filter: docs (1 of 6)")) >= 0);
	assert_true(str_find_str(buf_str(&text), STR("✗ 1 failed")) >= 0);
	press("Tab");
	assert_int_equal(view.inbox.count, 1);
	assert_frame("filter-inbox-120x40", 120, 40);
	press("q");
	press("w");
	assert_int_equal(view.agent_count, 6);
	assert_int_equal(view.focus, view.fleet->agents[1]->id);
	assert_string_equal(view.toast, "the filter did not show it: all are shown now");
	buf_release(&text);
}

/* A shell beside an agent needs nobody, however it ended. */
static void
test_beside(void **state)
{
	struct agent *types = view.fleet->agents[1];
	struct agent_view agent;
	(void)state;
	mem_free(types->profile);
	types->profile = mem_strdup("shell");
	types->dir = mem_strdup("/home/me");
	assert_true(fleet_agent(view.fleet, types->id, &agent));
	assert_false(agent.beside);
	assert_int_equal(agent.verdict.state, AGENT_FAILED);
	types->dir[0] = '\0';
	assert_true(fleet_agent(view.fleet, types->id, &agent));
	assert_true(agent.beside);
	assert_int_equal(agent.verdict.state, AGENT_ENDED);
	press("w");
	assert_string_equal(view.toast, "no agent needs you");
	/* It has no work tree that could be deleted. */
	press("2");
	press("D");
	assert_frame("shell-stop-80x24", 80, 24);
}

static void
test_paste(void **state)
{
	char much[400];
	(void)state;
	memset(much, 'x', sizeof(much));
	press("/");
	action_paste(&view, STR("we\033b-1\nrm -rf"), false);
	view_refresh(&view);
	assert_shown("types deploy");
	for (int i = 0; i < 3; i++)
		action_paste(&view, (struct str){much, sizeof(much)}, false);
	type("yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	     "yyyyyyyyyy"
	     "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	     "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
	assert_int_equal(view.filter.field.text.len, 200);
	press("Escape");
}

/* "," sets both; one wrong word loses nothing of what was typed. */
static void
test_tags_box(void **state)
{
	(void)state;
	press(",");
	assert_frame("tags-80x24", 80, 24);
	type("ui, a/b");
	press("Tab");
	type("Mine");
	press("Enter");
	assert_non_null(view.dialog);
	assert_string_equal(pilot_tags(view.pilot, "parser"), "");
	assert_true(str_starts(str_from(view.toast), STR("a/b is no tag")));
	press("BSpace");
	press("BSpace");
	press("Enter");
	assert_null(view.dialog);
	assert_string_equal(pilot_tags(view.pilot, "parser"), "ui a");
	assert_string_equal(pilot_label(view.pilot, "parser"), "Mine");
	/* What is there can be changed. */
	press(",");
	press("BSpace");
	press("BSpace");
	press("Enter");
	assert_string_equal(pilot_tags(view.pilot, "parser"), "ui");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, own_setup, deck_teardown_apart)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_words),
		CASE(test_frames),
		CASE(test_focus),
		CASE(test_focus_stays),
		CASE(test_needs),
		CASE(test_beside),
		CASE(test_paste),
		CASE(test_tags_box),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_filter", tests, NULL, NULL);
}
