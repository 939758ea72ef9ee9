/* SPDX-License-Identifier: MIT */
/* Tasks from Markdown, from JSON lines, and from the editor's form; and done by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "cmd/task.h"
#include "cmd/task_import.h"
#include "cmd/task_text.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"

/* "TITLE|text|priority|tags|needs;" for each of them, and how many were done. */
static void
describe(const struct task_import *import, struct buf *into)
{
	for (size_t i = 0; i < import->count; i++) {
		const struct task_form *form = &import->forms[i];
		buf_printf(into, "%s|%s|%d|", form->title, form->text ? form->text : "",
			form->has_priority ? form->priority : 0);
		for (size_t n = 0; form->tags && form->tags[n]; n++)
			buf_printf(into, "%s%s", n ? "," : "", form->tags[n]);
		buf_byte(into, '|');
		for (size_t n = 0; form->needs && form->needs[n]; n++)
			buf_printf(into, "%s%lld", n ? "," : "", (long long)form->needs[n]);
		buf_byte(into, ';');
	}
	if (import->done)
		buf_printf(into, " %zu done", import->done);
}

struct import_row {
	const char *text, *wanted;
};

static void
test_import(void **state)
{
	static const struct import_row rows[] = {
  /* one item */
		{"- [ ] a\n",										    "a||0||;"                      },
		{"- [ ] a",										      "a||0||;"                      },
		{"* [ ] a\n+ [ ] b\n1. [ ] c\n12) [ ] d\n",                                                      "a||0||;b||0||;c||0||;d||0||;" },
		{"\xef\xbb\xbf- [ ] a\r\n  b\r\n",							       "a|b|0||;"                     },
		{"- [x] a\n- [X] b\n- [ ] c\n",								  "c||0||; 2 done"               },
		{"- [x] a\n",										    " 1 done"                      },
		{"# h\n\nprose\n- no box\n- [a](b)\n- [1] c\n- [ ] t\n",                                         "t||0||;"                      },
 /* titles */
		{"- [ ] a #b !2 #c\n",									   "a||2|c,b|;"                   },
		{"- [ ] a !-3\n",										"a||-3||;"                     },
		{"- [ ] #a b !c\n",									      "#a b !c||0||;"                },
		{"- [ ] fix #12\n",									      "fix #12||0||;"                },
		{"- [ ] C# and # \n",									    "C# and #||0||;"               },
 /* texts */
		{"- [ ] a\n  b\n\n  c\n",									"a|b\n\nc|0||;"                },
		{"- [ ] a\n\n\n- [ ] b\n",								       "a||0||;b||0||;"               },
		{"- [ ] a\nb\n\nc\n",									    "a|b|0||;"                     },
		{"- [ ] a\n# b\n",									       "a||0||;"                      },
		{"- [ ] a\n  - b\n    - c\n",								    "a|- b\n  - c|0||;"            },
		{"- [ ] a\n\tb\n",									       "a|b|0||;"                     },
		{"- [ ] a\n  ```\n  - [ ] b\n\n  ```\n  c\n",                                                    "a|```\n- [ ] b\n\n```\nc|0||;"},
		{"- [ ] a\n  ```\n  b\n- [ ] c\n",							       "a|```\nb|0||;c||0||;"         },
		{"```\n- [ ] a\n```\n- [ ] b\n",								 "b||0||;"                      },
		{"~~~\n```\n- [ ] a\n~~~~\n- [ ] b\n",							   "b||0||;"                      },
		{"- [x] a\n  text\n  - [ ] b\n    text of b\n",                                                  "b|text of b|0||; 1 done"      },
 /* nested: what is needed is there before */
		{"- [ ] a\n  - [ ] b\n  - [ ] c\n- [ ] d\n",
                 "b||0||;c||0||;a||0||-1,-2;d||0||;"											    },
		{"- [ ] a\n  - [ ] b\n    - [ ] c\n  t\n",                                                       "c||0||;b||0||-1;a|t|0||-2;"   },
		{"- [ ] a\n  - [x] b\n    - [ ] c\n",							    "c||0||;a||0||-1; 1 done"      },
		{"- [ ] a\n - [ ] b\n",									  "a||0||;b||0||;"               },
		{"- group\n  - [ ] a\n  - [ ] b\n",							      "a||0||;b||0||;"               },
		{"1. [ ] a\n\t- [ ] b\n",									"b||0||;a||0||-1;"             },
 /* JSON lines */
		{"{\"title\":\"a\"}",									    "a||0||;"                      },
		{"\n "
		 "{\"title\":\"a\",\"text\":null}\n\n{\"title\":\"b\",\"text\":\"c\\nd\"}\r\n", "a||0||;b|c\nd|0||;"           },
		{"{\"title\":\"a\",\"tags\":[\"x\",\"y z\"],\"priority\":-2,\"needs\":[7]}",
                 "a||-2|x,y z|7;"													       },
		{"{\"title\":\"a\"}\n{\"title\":\"b\",\"needs\":[-1,3]}",                                        "a||0||;b||0||-1,3;"           },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct task_import import = {0};
		struct err err = ERR_INIT;
		struct buf got = BUF_INIT;
		if (task_import_parse("f", str_from(rows[i].text), &import, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		describe(&import, &got);
		if (strcmp(buf_cstr(&got), rows[i].wanted) != 0)
			fail_msg(
				"%s: %s, not %s", rows[i].text, buf_cstr(&got), rows[i].wanted);
		buf_release(&got);
		task_import_release(&import);
	}
}

struct refusal {
	const char *text, *wanted; /* a part of it */
};

static void
test_import_refused(void **state)
{
	static const struct refusal rows[] = {
		{"",				     "f: found no task, expected"                  },
		{"# h\n",				"f: found no task, expected"                  },
		{"- [ ] a\n- [ ]\n",                     "f:2: found no title"                         },
		{"- [ ] #a\n",                           "f:1: found no title"                         },
		{"- [] a\n",			     "f:1: found \"- [] a\", expected \"[ ]\""     },
		{"x\n- [-] a\n",                         "f:2: found \"- [-] a\", expected \"[ ]\""    },
		{"- [ ] a\x1b[2J\n",                     "f:1: title: found a control character"       },
		{"- [ ] a !99999999999\n",               "f:1: found the priority"                     },
		{"- [ ] a\n\xff\n",                      "f:2: found bytes that are not UTF-8"         },
		{"- [ ] a\n```\nb\n",                    "f:2: found a block of code that does not end"},
		{"{\"title\":\"a\"}\n{\"title\":1}\n",   "f:2:10: found 1, expected a string"          },
		{"{\"title\":\"\"}",                     "f:1:10: found \"\""                          },
		{"{\"title\":\"a\\u001b\"}",             "f:1: title: found a control character"       },
		{"{\"title\":\"a\\nb\"}",                "f:1: title: found a control character"       },
		{"{\"titel\":\"a\"}",                    "did you mean \"title\"?"                     },
		{"{}",				   "f:1:1: "				     },
		{"{\"title\":\"a\"}\n[]",                "f:2:1: found an array, expected an object"   },
		{"{\"title\":\"a\"}\nb",                 "f:2:1: "                                     },
		{"{\"title\":\"a\"",                     "f:1:"                                        },
		{"{\"title\":\"a\",\"needs\":[-1]}",     "f:1:23: found -1, expected"                  },
		{"{\"title\":\"a\",\"needs\":[0]}",      "f:1:23: found 0, expected"                   },
		{"{\"title\":\"a\",\"tags\":[\"b,c\"]}", "f:1:22: found the tag \"b,c\""               },
		{"{\"title\":\"a\",\"agent\":\"../b\"}", "f:1: agent: found \"../b\""                  },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct task_import import = {0};
		struct err err = ERR_INIT;
		int rc = task_import_parse("f", str_from(rows[i].text), &import, &err);
		if (rc >= 0 || !strstr(err.text, rows[i].wanted))
			fail_msg("%s: \"%s\", not %s", rows[i].text, err.text, rows[i].wanted);
		assert_int_equal(rc, err.code);
		assert_null(import.forms);
	}
}

static struct str
repeat(struct buf *b, const char *before, const char *text, size_t count, const char *after)
{
	buf_release(b);
	buf_addc(b, before);
	for (size_t i = 0; i < count; i++)
		buf_addc(b, text);
	buf_addc(b, after);
	return buf_str(b);
}

static void
test_limits(void **state)
{
	struct buf b = BUF_INIT;
	struct task_import import = {0};
	(void)state;
	assert_int_equal(task_import_parse("f", repeat(&b, "- [ ] ", "a", STORE_TITLE_MAX, ""),
				 &import, NULL),
		0);
	task_import_release(&import);
	assert_int_equal(
		task_import_parse(
			"f", repeat(&b, "- [ ] ", "a", STORE_TITLE_MAX + 1, ""), &import, NULL),
		ERR_LIMIT);
	assert_int_equal(task_import_parse("f", repeat(&b, "- [ ] a\n", "  text\n", 20000, ""),
				 &import, NULL),
		ERR_LIMIT);
	assert_int_equal(task_import_parse("f",
				 repeat(&b, "- [ ] a\n", "  - [ ] b\n", STORE_LIST_MAX, ""),
				 &import, NULL),
		0);
	assert_int_equal(import.count, STORE_LIST_MAX + 1);
	task_import_release(&import);
	assert_int_equal(task_import_parse("f",
				 repeat(&b, "- [ ] a\n", "  - [ ] b\n", STORE_LIST_MAX + 1, ""),
				 &import, NULL),
		ERR_LIMIT);
	assert_int_equal(
		task_import_parse("f", repeat(&b, "", "- [ ] a\n", STORE_TASKS_MAX + 1, ""),
			&import, NULL),
		ERR_LIMIT);
	assert_int_equal(
		task_import_parse(
			"f", repeat(&b, "- [ ] a\n", "\n", TASK_IMPORT_MAX, ""), &import, NULL),
		ERR_LIMIT);
	buf_clear(&b);
	for (int i = 0; i < 40; i++) {
		buf_fill(&b, ' ', (size_t)i * 2);
		buf_addc(&b, "- [ ] a\n");
	}
	assert_int_equal(task_import_parse("f", buf_str(&b), &import, NULL), ERR_LIMIT);
	assert_null(import.forms);
	buf_release(&b);
}

/* --- the form --- */

static void
test_form(void **state)
{
	static const char text[] = "title: a: b\npriority: -4\ntags: x, y\nneeds: 3, 4\n"
				   "base: main\ncheck: make\n\t\ttest\nagent: web/one\n\n"
				   "first\n\ntitle: not one\n";
	struct task_form form = {0};
	struct buf out = BUF_INIT;
	(void)state;
	assert_int_equal(task_text_parse("f", STR(text), &form, NULL), 0);
	assert_string_equal(form.title, "a: b");
	assert_true(form.has_priority);
	assert_int_equal(form.priority, -4);
	assert_string_equal(form.tags[1], "y");
	assert_null(form.tags[2]);
	assert_int_equal(form.needs[1], 4);
	assert_int_equal(form.needs[2], 0);
	assert_string_equal(form.base, "main");
	assert_string_equal(form.check, "make\n\ttest");
	assert_string_equal(form.agent, "web/one");
	assert_string_equal(form.text, "first\n\ntitle: not one");
	task_text_write(&form, &out);
	assert_string_equal(buf_cstr(&out), text);
	task_form_release(&form);
	assert_int_equal(task_text_parse("f", STR("base:\r\n\r\nx\r\n"), &form, NULL), 0);
	assert_null(form.title);
	assert_null(form.tags);
	assert_string_equal(form.base, "");
	assert_string_equal(form.text, "x");
	task_form_release(&form);
	buf_release(&out);
}

static void
test_form_refused(void **state)
{
	static const struct refusal rows[] = {
		{"titel: a\n",                    "f:1: found \"titel\", expected"        },
		{"title: a\nb\n\n",               "f:2: found \"b\", expected"            },
		{"title:\n\n",                    "f:1: found no title"                   },
		{"base: a\ntitle: a\ntitle: b\n", "f:3: found \"title\" again"            },
		{"priority: high\n",              "f:1: found the priority \"high\""      },
		{"needs: 3, x\n",                 "f:1: found \"x\", expected the number" },
		{"needs: -1\n",                   "f:1: found \"-1\", expected the number"},
		{"check: a\n\tb\nagent: a b\n",   "f:3: agent: found \"a b\""             },
		{"base: a\n\tb\n",                "f:2: found "                           },
		{"title: a\x1b\n",                "f:1: title: found a control"           },
		{"\n\xc0\n",                      "f:2: found bytes"                      },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct task_form form = {0};
		struct err err = ERR_INIT;
		int rc = task_text_parse("f", str_from(rows[i].text), &form, &err);
		if (rc >= 0 || !strstr(err.text, rows[i].wanted))
			fail_msg("%s: \"%s\", not %s", rows[i].text, err.text, rows[i].wanted);
		assert_null(form.title);
	}
}

static void
test_subtract(void **state)
{
	static const char old[] = "title: a\npriority: 1\ntags: x\nneeds: 3\n\ntext\n";
	static const char new[] = "title: b\npriority: 1\ntags: \nneeds: 3\n\ntext\n";
	struct task_form a = {0}, b = {0};
	(void)state;
	assert_int_equal(task_text_parse("f", STR(old), &a, NULL), 0);
	assert_int_equal(task_text_parse("f", STR(new), &b, NULL), 0);
	assert_true(task_form_subtract(&b, &a));
	assert_string_equal(b.title, "b");
	assert_non_null(b.tags);
	assert_null(b.tags[0]);
	assert_null(b.needs);
	assert_null(b.text);
	assert_false(b.has_priority);
	task_form_release(&b);
	assert_int_equal(task_text_parse("f", STR(old), &b, NULL), 0);
	assert_false(task_form_subtract(&b, &a));
	task_form_release(&a);
	task_form_release(&b);
}

/* --- done, by a person --- */

static int64_t
add_until(struct store *store, enum task_state state)
{
	static const struct task_text text = {.title = "a"};
	struct task task = {0};
	int64_t id = 0;
	assert_int_equal(store_add(store, &text, 1, "operator", "operator", 1, &id, NULL), 0);
	char *owner = mem_printf("web/one-%lld", (long long)id);
	if (state != TASK_QUEUED)
		assert_int_equal(store_claim(store, id, owner, 1000, 1, &task, NULL), 0);
	for (int next = TASK_WORKING; next <= (int)state && state != TASK_QUEUED; next++) {
		if (next == TASK_NEEDS_YOU)
			continue;
		assert_int_equal(store_move(store, id, 0, (enum task_state)next, NULL, owner, 1,
					 NULL, NULL),
			0);
	}
	mem_free(owner);
	task_release(&task);
	return id;
}

static void
test_done(void **state)
{
	static const struct {
		enum task_state from, to;
		int status;
	} rows[] = {
		{TASK_QUEUED,   TASK_QUEUED,  2},
		{TASK_CLAIMED,  TASK_CLAIMED, 2},
		{TASK_WORKING,  TASK_WORKING, 2},
		{TASK_CHECKING, TASK_MERGED,  0},
		{TASK_READY,    TASK_MERGED,  0},
		{TASK_MERGED,   TASK_MERGED,  2},
	};
	char dir[] = "/tmp/cktask.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	char *path = path_join(dir, "store.db");
	struct store *store = NULL;
	assert_int_equal(store_open(path, &store, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct task task = {0};
		int64_t id = add_until(store, rows[i].from);
		char *words[] = {mem_printf("%lld", (long long)id), NULL};
		struct task_run run = {.store = store, .dir = dir, .words = words, .count = 1};
		assert_int_equal(task_done(&run), rows[i].status);
		assert_int_equal(store_task(store, id, &task, NULL), 0);
		assert_int_equal(task.state, rows[i].to);
		task_release(&task);
		mem_free(words[0]);
	}
	store_close(store);
	mem_free(path);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_import),
		cmocka_unit_test(test_import_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_form_refused),
		cmocka_unit_test(test_subtract),
		cmocka_unit_test(test_done),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
