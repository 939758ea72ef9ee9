/* SPDX-License-Identifier: MIT */
/* Tasks of a store, by its public header alone. */
#include "unit/store_fixture.h"

#include <stdio.h>

/* --- states --- */

/* The ways, row by row, as a person reads them in the header: q c w k n r m f x. */
static const char *const ways[TASK_STATE_COUNT] = {
	[TASK_QUEUED] = "-c--n--fx",
	[TASK_CLAIMED] = "q-w-n--fx",
	[TASK_WORKING] = "q--kn--fx",
	[TASK_CHECKING] = "q-w-nr-fx",
	[TASK_NEEDS_YOU] = "q-w----fx",
	[TASK_READY] = "q-w-n-mfx",
	[TASK_MERGED] = "---------",
	[TASK_FAILED] = "q--------",
	[TASK_CANCELLED] = "q--------",
};

static void
test_names_of_states(void **unused)
{
	enum task_state state;
	(void)unused;
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		assert_true(
			task_state_find(str_from(task_state_name((enum task_state)i)), &state));
		assert_int_equal(state, i);
	}
	assert_string_equal(task_state_name(TASK_NEEDS_YOU), "needs you");
	assert_false(task_state_find(STR("resting"), &state));
	assert_true(task_is_over(TASK_MERGED) && task_is_over(TASK_FAILED));
	assert_true(task_is_over(TASK_CANCELLED) && !task_is_over(TASK_READY));
}

/* Each of the 81, in the table and in the file. */
static void
test_every_way(void **unused)
{
	char owner[32];
	(void)unused;
	for (int from = 0; from < TASK_STATE_COUNT; from++) {
		for (int to = 0; to < TASK_STATE_COUNT; to++) {
			enum task_state a = (enum task_state)from, b = (enum task_state)to;
			bool can = ways[from][to] != '-';
			assert_int_equal(store_can_move(a, b), can);
			snprintf(owner, sizeof(owner), "web/a%d-%d", from, to);
			int64_t id = add_in_state(a, owner), seq = last_event();
			struct task before = task_of(id);
			int rc = store_move(store, id, before.version, b, "so", "operator", NOW,
				NULL, &err);
			bool moved = can && b != TASK_CLAIMED;
			assert_int_equal(rc, moved ? 0 : ERR_INVALID);
			struct task after = task_of(id);
			assert_int_equal(after.state, moved ? b : a);
			assert_int_equal(after.version, before.version + moved);
			assert_int_equal(last_event(), seq + moved);
			assert_string_equal(after.why, moved ? "so" : "");
			if (moved && (b == TASK_QUEUED || task_is_over(b)))
				assert_int_equal(after.lease_until, 0);
			else
				assert_int_equal(after.lease_until, before.lease_until);
			task_release(&before);
			task_release(&after);
		}
	}
}

/* --- new ones --- */

static void
test_a_new_one(void **unused)
{
	const char *const tags[] = {"ui", "api", "ui", NULL};
	int64_t first = add("first");
	struct task_text text = {
		.title = "Größe \xff",
		.text = "two\nlines\x1b[31m",
		.base = "main",
		.check = "make test",
		.wanted = "parser",
		.tags = tags,
		.needs = (int64_t[]){first, first, 0},
		.priority = &(int){-3   }
        };
	(void)unused;
	struct task task = task_of(add_text(&text));
	assert_int_equal(task.id, 2);
	assert_string_equal(task.title, text.title);
	assert_string_equal(task.text, text.text);
	assert_string_equal(task.base, "main");
	assert_string_equal(task.check, "make test");
	assert_string_equal(task.wanted, "parser");
	assert_string_equal(task.owner, "");
	assert_string_equal(task.why, "");
	assert_string_equal(task.source, "operator");
	assert_string_equal(task.tags[0], "api");
	assert_string_equal(task.tags[1], "ui");
	assert_null(task.tags[2]);
	assert_int_equal(task.needs[0], first);
	assert_int_equal(task.needs[1], 0);
	assert_int_equal(task.priority, -3);
	assert_int_equal(task.state, TASK_QUEUED);
	assert_int_equal(task.version, 1);
	assert_int_equal(task.epoch + task.attempts + task.lease_until, 0);
	assert_int_equal(task.created_at, NOW);
	assert_int_equal(task.changed_at, NOW);
	assert_true(task.blocked);
	task_release(&task);
	task = task_of(first);
	assert_string_equal(task.text, "");
	assert_null(task.tags[0]);
	assert_int_equal(task.needs[0], 0);
	assert_false(task.blocked);
	task_release(&task);
	assert_bad(store_task(store, 3, &task, &err), ERR_NOT_FOUND, "task 3");
}

static void
test_several_need_each_other(void **unused)
{
	int64_t ids[3] = {0};
	struct task_text texts[] = {{.title = "a"}, {.title = "b"}, {.title = "c"}};
	(void)unused;
	texts[1].needs = (int64_t[]){-1, 0};
	texts[2].needs = (int64_t[]){-1, -2, 0};
	assert_good(store_add(store, texts, 3, "file x", "operator", NOW, ids, &err));
	struct task task = task_of(ids[2]);
	assert_int_equal(task.needs[0], ids[0]);
	assert_int_equal(task.needs[1], ids[1]);
	assert_int_equal(task.needs[2], 0);
	task_release(&task);
	/* All or none: the last one is wrong. */
	static const int64_t wrong[][2] = {
		{-3,        0},
                {99,        0},
                {-99,       0},
                {6,         0},
                {INT64_MIN, 0}
        };
	static const int codes[] = {
		ERR_INVALID, ERR_NOT_FOUND, ERR_INVALID, ERR_INVALID, ERR_INVALID};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		texts[2].needs = wrong[i];
		ids[0] = -7;
		assert_bad(store_add(store, texts, 3, "file x", "operator", NOW, ids, &err),
			codes[i], "needs");
		assert_int_equal(ids[0], -7);
	}
	assert_int_equal(last_event(), 3);
	assert_int_equal(add("the fourth"), 4);
	assert_good(store_add(store, texts, 0, "file x", "operator", NOW, NULL, &err));
}

static char *
text_of(size_t len)
{
	char *text = mem_alloc(len + 1);
	memset(text, 'x', len);
	return text;
}

/* Each limit, at it and past it. */
static void
test_limits_of_texts(void **unused)
{
	static const struct {
		size_t place, max;
		const char *what;
	} rows[] = {
		{offsetof(struct task_text, title), STORE_TITLE_MAX, "title: found 201 bytes"},
		{offsetof(struct task_text, text),  STORE_TEXT_MAX,  "text: found"           },
		{offsetof(struct task_text, base),  STORE_WORD_MAX,  "base: found"           },
		{offsetof(struct task_text, check), STORE_TEXT_MAX,  "check: found"          },
	};
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct task_text text = {.title = "t"};
		char *good = text_of(rows[i].max), *bad = text_of(rows[i].max + 1);
		const char **place = (const char **)(void *)((char *)&text + rows[i].place);
		*place = good;
		int64_t id = add_text(&text);
		*place = bad;
		assert_bad(store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_LIMIT,
			rows[i].what);
		assert_bad(store_edit(store, id, 1, &text, "x", NOW, &err), ERR_LIMIT,
			rows[i].what);
		mem_free(good);
		mem_free(bad);
	}
}

static void
test_limits_of_lists(void **unused)
{
	const char *tags[STORE_LIST_MAX + 2] = {0};
	int64_t needs[STORE_LIST_MAX + 2] = {0};
	struct task_text text = {.title = "t", .tags = tags, .needs = needs};
	int64_t first = add("first");
	(void)unused;
	for (int i = 0; i < STORE_LIST_MAX; i++) {
		tags[i] = "tag";
		needs[i] = first;
	}
	add_text(&text);
	tags[STORE_LIST_MAX] = "tag";
	assert_bad(
		store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_LIMIT, "101 tags");
	tags[STORE_LIST_MAX] = NULL;
	needs[STORE_LIST_MAX] = first;
	assert_bad(
		store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_LIMIT, "101 needs");
	struct task_text *many = mem_alloc_array(STORE_TASKS_MAX, sizeof(*many));
	for (int i = 0; i < STORE_TASKS_MAX; i++)
		many[i].title = "t";
	assert_bad(store_add(store, many, STORE_TASKS_MAX, "x", "x", NOW, NULL, &err),
		ERR_LIMIT, "100000 at most");
	mem_free(many);
}

static void
test_what_is_no_line(void **unused)
{
	static const char *const titles[] = {
		NULL, "", "two\nlines", "\x1b[31m", "a\tb", "del\x7f", "c1 \xc2\x9b"};
	(void)unused;
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		struct task_text text = {.title = titles[i]};
		assert_bad(store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_INVALID,
			"title");
	}
	struct task_text text = {.title = "t", .base = "a\nb"};
	assert_bad(store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_INVALID, "base");
	text = (struct task_text){.title = "t", .wanted = "a b"};
	assert_bad(
		store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_INVALID, "wanted");
	text = (struct task_text){
		.title = "t", .tags = (const char *const[]){"", NULL}
        };
	assert_bad(store_add(store, &text, 1, "x", "x", NOW, NULL, &err), ERR_INVALID, "tag");
	text = (struct task_text){.title = "t"};
	assert_bad(store_add(store, &text, 1, "", "x", NOW, NULL, &err), ERR_INVALID, "source");
	assert_bad(
		store_add(store, &text, 1, "x", "a\nb", NOW, NULL, &err), ERR_INVALID, "actor");
	assert_bad(store_add(store, &text, 1, "x", "x", 0, NULL, &err), ERR_INVALID, "now");
	assert_int_equal(last_event(), 0);
}

/* --- order --- */

/* "3 1 2 " of those that the filter lets through. */
static void
assert_order(const struct task_filter *filter, const char *wanted)
{
	struct task *tasks = NULL;
	size_t count = 0;
	char text[256] = "";
	assert_good(store_tasks(store, filter, &tasks, &count, &err));
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%lld ",
			(long long)tasks[i].id);
	assert_string_equal(text, wanted);
	store_tasks_free(tasks, count);
}

#define ALL (&(struct task_filter){0})

static void
rank_before(int64_t id, int64_t before)
{
	assert_good(store_rank(store, id, before, "operator", NOW, &err));
}

static void
test_order_and_filters(void **unused)
{
	(void)unused;
	assert_order(ALL, "");
	for (int i = 0; i < 4; i++)
		add("plain");
	add_text(&(struct task_text){
		.title = "first",
		.priority = &(int){9    },
		.tags = (const char *const[]){ "ui", NULL}
        });
	add_text(&(struct task_text){.title = "last", .priority = &(int){-9}});
	assert_order(ALL, "5 1 2 3 4 6 ");
	assert_good(store_move(store, 2, 0, TASK_FAILED, "x", "operator", NOW + 2, NULL, &err));
	assert_good(
		store_move(store, 5, 0, TASK_CANCELLED, "x", "operator", NOW + 1, NULL, &err));
	assert_good(store_move(store, 1, 0, TASK_FAILED, "x", "operator", NOW + 3, NULL, &err));
	assert_order(ALL, "3 4 6 1 2 5 ");
	assert_order(&(struct task_filter){.max = 4}, "3 4 6 1 ");
	assert_order(&(struct task_filter){.states = 1u << TASK_FAILED}, "1 2 ");
	assert_order(&(struct task_filter){.tag = "ui"}, "5 ");
	assert_order(&(struct task_filter){.tag = "u"}, "");
	claim_id(4, "web/a");
	assert_order(&(struct task_filter){.owner = "web/a"}, "4 ");
	assert_order(&(struct task_filter){.owner = ""}, "3 6 1 2 5 ");
	size_t counts[TASK_STATE_COUNT];
	memset(counts, 0xff, sizeof(counts));
	assert_good(store_counts(store, counts, &err));
	static const size_t wanted[TASK_STATE_COUNT] = {2, 1, 0, 0, 0, 0, 0, 2, 1};
	assert_memory_equal(counts, wanted, sizeof(counts));
}

static void
test_ranks(void **unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++)
		add("plain");
	rank_before(4, 1);
	assert_order(ALL, "4 1 2 3 ");
	rank_before(1, 3);
	assert_order(ALL, "4 2 1 3 ");
	rank_before(4, 0);
	assert_order(ALL, "2 1 3 4 ");
	rank_before(1, 3); /* it stands there already */
	assert_order(ALL, "2 1 3 4 ");
	struct task task = task_of(1);
	assert_int_equal(task.version, 3);
	task_release(&task);
	add_text(&(struct task_text){.title = "first", .priority = &(int){9}});
	int64_t seq = last_event();
	assert_bad(store_rank(store, 1, 5, "x", NOW, &err), ERR_INVALID, "same priority");
	assert_bad(store_rank(store, 1, 1, "x", NOW, &err), ERR_INVALID, "another");
	assert_bad(store_rank(store, 1, 9, "x", NOW, &err), ERR_NOT_FOUND, "task 9");
	assert_bad(store_rank(store, 9, 1, "x", NOW, &err), ERR_NOT_FOUND, "task 9");
	assert_bad(store_rank(store, 1, 2, "", NOW, &err), ERR_INVALID, "actor");
	assert_int_equal(last_event(), seq);
}

/* The room between two of them is used up: nobody sees that. */
static void
test_ranks_without_room(void **unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++)
		add("plain");
	for (int i = 0; i < 50; i++) {
		rank_before(2, 4);
		assert_order(ALL, "1 3 2 4 ");
		rank_before(3, 4);
		assert_order(ALL, "1 2 3 4 ");
	}
}

/* --- changes --- */

static void
test_edit(void **unused)
{
	int64_t id =
		add_text(&(struct task_text){.title = "old", .text = "text", .base = "main"});
	struct task_text text = {
		.title = "new",
		.check = "true",
		.tags = (const char *const[]){"b",   "a", NULL},
		.priority = &(int){4}
        };
	(void)unused;
	assert_good(store_edit(store, id, 1, &text, "operator", NOW + 5, &err));
	struct task task = task_of(id);
	assert_string_equal(task.title, "new");
	assert_string_equal(task.text, "text");
	assert_string_equal(task.base, "main");
	assert_string_equal(task.check, "true");
	assert_string_equal(task.tags[0], "a");
	assert_int_equal(task.priority, 4);
	assert_int_equal(task.version, 2);
	assert_int_equal(task.changed_at, NOW + 5);
	assert_int_equal(task.created_at, NOW);
	task_release(&task);
	text = (struct task_text){.text = "", .tags = (const char *const[]){NULL}};
	assert_good(store_edit(store, id, 2, &text, "operator", NOW, &err));
	task = task_of(id);
	assert_string_equal(task.text, "");
	assert_null(task.tags[0]);
	task_release(&task);
	assert_bad(store_edit(store, id, 2, &text, "x", NOW, &err), ERR_CHANGED, "version 3");
	assert_bad(store_edit(store, 9, 1, &text, "x", NOW, &err), ERR_NOT_FOUND, "task 9");
	text.title = "";
	assert_bad(store_edit(store, id, 3, &text, "x", NOW, &err), ERR_INVALID, "title");
	int64_t merged = add_in_state(TASK_MERGED, "web/a");
	text.title = "t";
	assert_bad(store_edit(store, merged, 6, &text, "x", NOW, &err), ERR_INVALID, "merged");
}

/* Of another priority it is the last. */
static void
test_edit_of_priority(void **unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++)
		add("plain");
	struct task_text text = {.priority = &(int){1}};
	for (int64_t id = 3; id > 0; id--)
		assert_good(store_edit(store, id, 1, &text, "operator", NOW, &err));
	assert_order(ALL, "3 2 1 ");
}

static void
test_needs_in_a_circle(void **unused)
{
	int64_t needs[] = {0, 0};
	struct task_text text = {.needs = needs};
	(void)unused;
	for (int64_t id = 1; id <= 5; id++) {
		add("a link of a chain");
		needs[0] = id - 1;
		assert_good(store_edit(store, id, 1, &text, "operator", NOW, &err));
	}
	int64_t seq = last_event();
	for (int64_t id = 2; id <= 5; id++) {
		needs[0] = id;
		assert_bad(store_edit(store, 1, 2, &text, "x", NOW, &err), ERR_INVALID,
			"wait for itself");
	}
	needs[0] = 1;
	assert_bad(store_edit(store, 1, 2, &text, "x", NOW, &err), ERR_INVALID, "itself");
	needs[0] = 77;
	assert_bad(store_edit(store, 1, 2, &text, "x", NOW, &err), ERR_NOT_FOUND, "task 77");
	needs[0] = -1;
	assert_bad(store_edit(store, 1, 2, &text, "x", NOW, &err), ERR_INVALID, "needs");
	/* What failed has taken nothing away. */
	struct task task = task_of(5);
	assert_int_equal(task.needs[0], 4);
	task_release(&task);
	assert_int_equal(last_event(), seq);
}

/* --- moves --- */

static void
test_moves(void **unused)
{
	struct task task = {0};
	(void)unused;
	add("one");
	assert_bad(store_move(store, 9, 0, TASK_FAILED, "", "x", NOW, NULL, &err),
		ERR_NOT_FOUND, "task 9");
	assert_bad(store_move(store, 1, 7, TASK_FAILED, "", "x", NOW, NULL, &err), ERR_CHANGED,
		"version 1, expected 7");
	assert_bad(store_move(store, 1, 0, TASK_MERGED, "", "x", NOW, NULL, &err), ERR_INVALID,
		"it is queued, and cannot be made merged");
	assert_bad(store_move(store, 1, 0, TASK_FAILED, "", "", NOW, NULL, &err), ERR_INVALID,
		"actor");
	char *why = text_of(STORE_TEXT_MAX + 1);
	assert_bad(store_move(store, 1, 0, TASK_FAILED, why, "x", NOW, NULL, &err), ERR_LIMIT,
		"why");
	mem_free(why);
	assert_good(store_move(
		store, 1, 1, TASK_NEEDS_YOU, "which?", "web/a", NOW + 1, &task, &err));
	assert_int_equal(task.state, TASK_NEEDS_YOU);
	assert_string_equal(task.why, "which?");
	assert_int_equal(task.version, 2);
	assert_int_equal(task.changed_at, NOW + 1);
	task_release(&task);
	/* Nobody ever had it. */
	assert_bad(store_move(store, 1, 0, TASK_WORKING, "", "x", NOW, &task, &err),
		ERR_INVALID, "nobody has it");
	assert_null(task.title);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_states),
		cmocka_unit_test_setup_teardown(test_every_way, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_new_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_several_need_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits_of_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits_of_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_and_filters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ranks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ranks_without_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit_of_priority, setup, teardown),
		cmocka_unit_test_setup_teardown(test_needs_in_a_circle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moves, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
