/* SPDX-License-Identifier: MIT */
/* Agents that are started for tasks: what they are called, and when they have begun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_str.h"
#include "cockpit/store_store.h"
#include "orch/local.h"

static void
test_slug(void **state)
{
	static const struct {
		const char *title;
		int64_t id;
		const char *wanted;
	} rows[] = {
		{"Write the parser",                                 12,        "write-the-parser-12"               },
		{"  --  Fix: it's (very) bad!! ",                    1,         "fix-it-s-very-bad-1"               },
		{"端末",					   7,         "task-7"                            },
		{"",						 7,         "task-7"                            },
		{"../../etc; rm -rf $HOME \033[m",                   3,         "etc-rm-rf-home-m-3"                },
		{"Überall é",				      3,         "berall-3"                          },
		{"one two three four five six seven eight nine ten", 9,
                 "one-two-three-four-five-six-9"								    },
		{"a23456789 b23456789 c23456789 d2",                 9,         "a23456789-b23456789-c23456789-d2-9"},
		{"a23456789 b23456789 c23456789 d2 e",               9,         "a23456789-b23456789-c23456789-d2-9"},
		{"a23456789 b23456789 c23456789 d23",                9,         "a23456789-b23456789-c23456789-9"   },
		{"averyveryverylongwordthatdoesnotfitwhole",         INT64_MAX,
                 "averyveryverylongwordthatdoesnot-9223372036854775807"                                             },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf name = BUF_INIT;
		hire_slug(rows[i].title, rows[i].id, &name);
		assert_string_equal(buf_cstr(&name), rows[i].wanted);
		assert_true(str_is_name(buf_str(&name)));
		buf_release(&name);
	}
}

/* What prints may be its set-up, which fails in the end. */
static void
test_begun(void **state)
{
	static const struct {
		enum agent_state state;
		const char *source;
		bool talks;
		int64_t age;
		enum hire_stage wanted;
	} rows[] = {
		{AGENT_STARTING, "process", true,  1000,    HIRE_COMES},
		{AGENT_IDLE,     "title",   true,  1000,    HIRE_COMES},
		{AGENT_WORKING,  "title",   true,  1000,    HIRE_BEGUN},
		{AGENT_WORKING,  "event",   true,  1000,    HIRE_BEGUN},
		{AGENT_WORKING,  "output",  true,  1000,    HIRE_COMES},
		{AGENT_WORKING,  "output",  true,  3600000, HIRE_COMES},
		{AGENT_WORKING,  "output",  false, 1000,    HIRE_COMES},
		{AGENT_WORKING,  "output",  false, 60000,   HIRE_BEGUN},
		{AGENT_DONE,     "title",   true,  1000,    HIRE_BEGUN},
		{AGENT_FAILED,   "process", true,  1000,    HIRE_ENDED},
		{AGENT_ENDED,    "process", false, 60000,   HIRE_ENDED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct agent_view view = {
			.talks = rows[i].talks,
			.verdict = {.state = rows[i].state, .source = rows[i].source}
                };
		if (hire_stage_of(&view, rows[i].age) != rows[i].wanted)
			fail_msg("row %zu", i);
	}
}

/* Who does not keeps no task. */
static void
test_is_there(void **state)
{
	struct agent_view view = {
		.present = true,
		.link = true,
		.verdict = {.state = AGENT_WORKING, .source = "title"}
        };
	(void)state;
	assert_true(board_is_there(&view));
	view.verdict.state = AGENT_FAILED;
	view.verdict.source = "screen";
	assert_true(board_is_there(&view));
	view.verdict.source = "process";
	assert_false(board_is_there(&view));
	view.verdict.state = AGENT_ENDED;
	assert_false(board_is_there(&view));
	view.verdict.state = AGENT_IDLE;
	view.link = false;
	assert_false(board_is_there(&view));
}

/* Where others have the room no task is touched: each claim counts as a try. */
static void
test_room(void **state)
{
	char dir[] = "/tmp/cockpit-hire-XXXXXX";
	char one[] = "one", *names[] = {one, NULL};
	const struct task_text texts[] = {{.title = "Do it"}, {.title = "Do it"}};
	int64_t ids[2];
	struct hire_place place = {"h", names, names, 1};
	struct store *store;
	struct task task = {0};
	struct err err = ERR_INIT;
	char *name = NULL;
	(void)state;
	assert_non_null(mkdtemp(dir));
	char *file = path_join(dir, "store.db");
	assert_int_equal(store_open(file, &store, &err), 0);
	assert_int_equal(hire_claim(store, &place, &name, &task, &err), ERR_NOT_FOUND);
	assert_int_equal(store_add(store, texts, 2, "me", "me", 1, ids, &err), 0);
	assert_int_equal(hire_claim(store, &place, &name, &task, &err), 0);
	assert_string_equal(name, "do-it-1");
	assert_string_equal(task.owner, "h/do-it-1");
	task_release(&task);
	mem_free(name);
	assert_int_equal(hire_claim(store, &place, &name, &task, &err), ERR_LIMIT);
	assert_int_equal(store_task(store, 2, &task, &err), 0);
	assert_int_equal(task.attempts, 0);
	assert_int_equal(task.version, 1);
	task_release(&task);
	place.room = 2;
	assert_int_equal(hire_claim(store, &place, &name, &task, &err), 0);
	assert_string_equal(name, "do-it-2");
	task_release(&task);
	mem_free(name);
	store_close(store);
	mem_free(file);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slug),
		cmocka_unit_test(test_begun),
		cmocka_unit_test(test_is_there),
		cmocka_unit_test(test_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
