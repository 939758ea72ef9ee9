/* SPDX-License-Identifier: MIT */
/* Requests as they stand in a pane, and what the clerk makes of them in a store of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/store_store.h"
#include "orch/clerk.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WALL     1000

static char dir[] = "/tmp/cockpit-clerk-XXXXXX";
static struct store *store;
static uint64_t number;

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t count; /* 0: it is none */
	} rows[] = {
		{"7 1010 6100",                       1},
		{"7 1000 7461736b006e65787400",       2},
		{"7 1010 000000000000",               6},
		{"7 1010 00000000000000",             0},
		{"",				  0},
		{"7",				 0},
		{"7 1010",			    0},
		{"7 1010 ",                           0},
		{"7 1010 61",                         0}, /* no end */
		{"7 1010 610",                        0},
		{"7 1010 6g00",                       0},
		{"7 1010 61 00",                      0},
		{"7 1010 4F00",                       0},
		{"7 999 6100",                        0}, /* nobody waits any more */
		{"7 99999999 6100",                   0},
		{"7 99999999999999999999999 6100",    0},
		{"0 1010 6100",                       0},
		{"-7 1010 6100",                      0},
		{"9007199254740993 1010 6100",        0},
		{"99999999999999999999999 1010 6100", 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request request = {0};
		bool good = request_parse(str_from(rows[i].text), WALL, &request);
		if (good != (rows[i].count > 0) || request.count != rows[i].count)
			fail_msg("\"%s\": %zu words", rows[i].text, request.count);
		request_release(&request);
	}
}

static void
test_escape(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	request_escape(&text, STR("a b%\\\n\xc3\xa9;-"));
	assert_string_equal(buf_cstr(&text), "a b%045%134%012%303%251%073-");
	buf_release(&text);
}

/* "STATUS TEXT". words: with blanks between them. */
static char *
ask_as(const char *asker, uint64_t with, const char *words, bool has_check)
{
	static const char *const fleet[] = {"h/one", "h/two", "i/two", NULL};
	struct request request = {.number = with, .bytes = mem_strdup(words)};
	struct err err = ERR_INIT;
	for (char *word = strtok(request.bytes, " "); word; word = strtok(NULL, " "))
		request.words[request.count++] = word;
	struct clerk clerk = {.request = &request,
		.asker = asker,
		.fleet = fleet,
		.has_check = has_check,
		.now = 1000000};
	if (clerk_serve(&clerk, store, &err) < 0)
		fail_msg("%s: %s", words, err.text);
	char *said = mem_printf("%d %s", clerk.status, buf_cstr(&clerk.text));
	clerk_release(&clerk);
	request_release(&request);
	return said;
}

static void
expect(const char *asker, const char *words, const char *wanted)
{
	char *said = ask_as(asker, ++number, words, false);
	if (strncmp(said, wanted, strlen(wanted)) != 0)
		fail_msg("%s: \"%s\", wanted \"%s\"", words, said, wanted);
	mem_free(said);
}

static void
test_verbs(void **state)
{
	static const struct {
		const char *asker, *words, *wanted;
	} rows[] = {
		{"h/one", "",                 "2 this is no request"         },
		{"h/one", "task",             "2 this is no request"         },
		{"h/one", "task next more",   "2 too many words"             },
		{"h/one", "task next",        "4 no task waits"              },
		{"h/one", "task done",        "4 you have no task"           },
		{"h/one", "task claim x",     "2 which one"                  },
		{"h/one", "task claim 0",     "2 which one"                  },
		{"h/one", "task claim 77",    "4 "                           },
		{"h/one", "task add \033[1m", "0 task 1: "                   },
		{"h/one", "task add b text",  "0 task 2: b"                  },
		{"h/one", "task next",        "0 task 1: "                   },
		{"h/two", "task claim 1",     "1 task 1: h/one has it"       },
		{"h/two", "task fail 1 why",  "2 task 1 is not yours"        },
		{"h/one", "task claim #2",    "5 h/one has task 1 already"   },
		{"h/one", "task ask",         "2 too few words"              },
		{"h/one", "task ask what",    "0 task 1: needs you"          },
		{"h/one", "task ask more",    "0 task 1: needs you"          },
		{"h/one", "task done",        "0 task 1 is ready"            },
		{"h/one", "task next",        "5 your task 1 is ready"       },
		{"h/one", "msg two hi",       "4 there is no agent two, or"  },
		{"h/one", "msg i/two hi",     "0 for i/two"                  },
		{"h/one", "msg ../x hi",      "4 "                           },
		{"i/two", "inbox",            "0 Message from h/one (another"},
		{"i/two", "inbox",            "0 nothing new"                },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].asker, rows[i].words, rows[i].wanted);
}

/* The same number is the same request, whatever it says; another asker's is another one. */
static void
test_once(void **state)
{
	(void)state;
	uint64_t with = ++number;
	char *first = ask_as("h/one", with, "task add once", false);
	char *again = ask_as("h/one", with, "task add otherwise", false);
	char *other = ask_as("h/two", with, "task add twice", false);
	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
	mem_free(first);
	mem_free(again);
	mem_free(other);
}

static void
test_checked(void **state)
{
	(void)state;
	expect("i/two", "task next", "0 task 2: b");
	char *said = ask_as("i/two", ++number, "task done 2", true);
	assert_string_equal(said, "0 task 2 is checking");
	mem_free(said);
}

/* Also where the fleet has none. */
static void
test_checked_by_its_own(void **state)
{
	const struct task_text text = {.title = "own", .check = "make own", .wanted = "h/own"};
	struct err err = ERR_INIT;
	int64_t id;
	(void)state;
	assert_int_equal(store_add(store, &text, 1, "operator", "test", 1, &id, &err), 0);
	char *claim = mem_printf("task claim %d", (int)id);
	expect("h/own", claim, "0 task ");
	mem_free(claim);
	char *done = mem_printf("0 task %d is checking", (int)id);
	expect("h/own", "task done", done);
	mem_free(done);
}

/* Whatever was said before: one answer holds no more than it may, whole characters of it. */
static void
test_long(void **state)
{
	struct buf words = BUF_INIT;
	(void)state;
	buf_addc(&words, "task add long x");
	for (int i = 0; i < 5000; i++)
		buf_addc(&words, "\xc3\xa9");
	expect("h/two", buf_cstr(&words), "0 task ");
	buf_release(&words);
	char *said = ask_as("h/two", ++number, "task show 5", false);
	assert_true(strlen(said) <= REQUEST_REPLY_MAX + 2);
	assert_non_null(strstr(said, "\xa9\n[more is not shown here]"));
	mem_free(said);
}

static int
setup(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	char *file = path_join(dir, "store.db");
	int rc = store_open(file, &store, &err);
	mem_free(file);
	return rc;
}

static int
teardown(void **state)
{
	(void)state;
	store_close(store);
	char *line = mem_printf("rm -rf '%s'", dir);
	(void)!system(line);
	mem_free(line);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_checked),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_checked_by_its_own),
	};
	return cmocka_run_group_tests_name("orch_clerk", tests, setup, teardown);
}
