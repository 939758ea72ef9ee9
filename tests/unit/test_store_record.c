/* SPDX-License-Identifier: MIT */
/* Events, checks, messages and answers of a store, by its public header alone. */
#include "unit/store_fixture.h"

#include <stdio.h>

#include "cockpit/base_json.h"

/* --- events --- */

static struct store_event *
events_after(int64_t after, size_t max, size_t *ret_count)
{
	struct store_event *events = NULL;
	*ret_count = 99;
	assert_good(store_events(store, after, max, &events, ret_count, &err));
	return events;
}

/* "task.moved operator {…}", and what is in it is JSON. */
static void
assert_last_event(int64_t task, const char *wanted)
{
	size_t count;
	struct json_doc *doc = NULL;
	struct store_event *events = events_after(last_event() - 1, 0, &count);
	assert_int_equal(count, 1);
	assert_int_equal(events[0].seq, last_event());
	assert_int_equal(events[0].task, task);
	assert_int_equal(events[0].at, NOW);
	char *text = mem_printf("%s %s %s", events[0].kind, events[0].actor, events[0].text);
	assert_string_equal(text, wanted);
	assert_good(json_doc_parse("event", str_from(events[0].text), &doc, &err));
	json_doc_free(doc);
	mem_free(text);
	store_events_free(events, count);
}

static void
test_every_change_is_an_event(void **unused)
{
	struct task_text text = {.title = "new", .needs = (int64_t[]){0}};
	(void)unused;
	assert_int_equal(last_event(), 0);
	add("a \"b\"\xff");
	assert_last_event(1, "task.added operator "
			     "{\"title\":\"a \\\"b\\\"\xef\xbf\xbd\",\"source\":\"operator\"}");
	assert_good(store_edit(store, 1, 1, &text, "web/a", NOW, &err));
	assert_last_event(1, "task.edited web/a {\"changed\":\"title needs\",\"version\":2}");
	assert_good(store_rank(store, 1, 0, "operator", NOW, &err));
	assert_last_event(1, "task.ranked operator {\"before\":0}");
	claim_id(0, "web/a");
	assert_last_event(1, "task.claimed web/a {\"epoch\":1,\"attempt\":1}");
	assert_good(store_move(store, 1, 4, TASK_NEEDS_YOU, "a\nb", "web/a", NOW, NULL, &err));
	assert_last_event(1, "task.moved web/a {\"from\":\"claimed\",\"to\":\"needs "
			     "you\",\"why\":\"a\\nb\"}");
	assert_int_equal(last_event(), 5);
}

static void
test_notes(void **unused)
{
	int64_t seq = 0;
	size_t count;
	struct str text = STR("{}"), nul = {"a\0b", 3};
	(void)unused;
	add("one");
	for (int i = 2; i <= 6; i++) {
		assert_good(store_note(store, i % 2, "x.y", "cockpit", text, NOW, &seq, &err));
		assert_int_equal(seq, i);
	}
	struct store_event *events = events_after(2, 3, &count);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(events[i].seq, i + 3);
		assert_int_equal(events[i].task, (i + 3) % 2);
		assert_string_equal(events[i].text, "{}");
	}
	store_events_free(events, count);
	store_events_free(events_after(6, 0, &count), 0);
	assert_int_equal(count, 0);
	assert_bad(store_note(store, 9, "x", "x", text, NOW, &seq, &err), ERR_NOT_FOUND, "9");
	assert_bad(store_note(store, 0, "", "x", text, NOW, &seq, &err), ERR_INVALID, "kind");
	assert_bad(
		store_note(store, 0, "x", "\n", text, NOW, &seq, &err), ERR_INVALID, "actor");
	assert_bad(store_note(store, 0, "x", "x", nul, NOW, &seq, &err), ERR_INVALID, "NUL");
	struct buf large = BUF_INIT;
	buf_fill(&large, 'x', STORE_TEXT_MAX + 1);
	assert_bad(store_note(store, 0, "x", "x", buf_str(&large), NOW, &seq, &err), ERR_LIMIT,
		"text");
	buf_release(&large);
	assert_good(store_note(store, 0, "x", "x", str_from(NULL), NOW, NULL, &err));
	assert_int_equal(last_event(), 7);
}

/* --- checks --- */

static char host[] = "web", agent[] = "a", tree[] = "0123abcd", command[] = "make test";
static char words[] = "2 failed\xff", names[] = "one\ntwo\n", log_path[] = "/var/log/x";

static int64_t
begin_check(int64_t task)
{
	int64_t id = 0;
	struct store_check check = {
		.host = host, .agent = agent, .tree = tree, .command = command, .task = task};
	assert_good(store_check_begin(store, &check, NOW, &id, &err));
	return id;
}

static struct store_check
newest_check(size_t wanted)
{
	struct store_check *checks = NULL;
	size_t count = 0;
	assert_good(store_checks(store, NULL, NULL, 0, &checks, &count, &err));
	assert_int_equal(count, wanted);
	struct store_check ret = checks[0];
	memset(&checks[0], 0, sizeof(ret));
	store_checks_free(checks, count);
	return ret;
}

static void
test_a_check(void **unused)
{
	(void)unused;
	add("one");
	int64_t id = begin_check(1);
	assert_last_event(
		1, "check.began cockpit {\"check\":1,\"host\":\"web\",\"agent\":\"a\"}");
	struct store_check check = newest_check(1);
	assert_int_equal(check.id, id);
	assert_string_equal(check.host, "web");
	assert_string_equal(check.agent, "a");
	assert_string_equal(check.tree, tree);
	assert_string_equal(check.command, command);
	assert_int_equal(check.task, 1);
	assert_int_equal(check.status, -1);
	assert_int_equal(check.started_at, NOW);
	assert_int_equal(check.ended_at, 0);
	assert_int_equal(check.passed, -1);
	assert_string_equal(check.names, "");
	assert_string_equal(check.log, "");
	store_check_release(&check);
	check = (struct store_check){.id = id,
		.status = 2,
		.passed = 7,
		.failed = 2,
		.names = names,
		.words = words,
		.log = log_path};
	assert_good(store_check_end(store, &check, NOW, &err));
	assert_last_event(1, "check.ended cockpit "
			     "{\"check\":1,\"host\":\"web\",\"agent\":\"a\",\"status\":2}");
	check = newest_check(1);
	assert_int_equal(check.status, 2);
	assert_int_equal(check.ended_at, NOW);
	assert_int_equal(check.passed, 7);
	assert_int_equal(check.failed, 2);
	assert_int_equal(check.skipped, 0);
	assert_string_equal(check.names, names);
	assert_string_equal(check.words, words);
	assert_string_equal(check.log, log_path);
	assert_bad(store_check_end(store, &check, NOW, &err), ERR_CHANGED, "ended before");
	check.id = 9;
	assert_bad(store_check_end(store, &check, NOW, &err), ERR_NOT_FOUND, "check 9");
	check.status = -1;
	assert_bad(store_check_end(store, &check, NOW, &err), ERR_INVALID, "status");
	store_check_release(&check);
}

/* Its cockpit was killed: the next one of that agent ends it. */
static void
test_a_check_is_cut_off(void **unused)
{
	struct store_check *checks = NULL;
	size_t count = 0;
	(void)unused;
	begin_check(0);
	agent[0] = 'b';
	begin_check(0);
	agent[0] = 'a';
	begin_check(0);
	assert_int_equal(last_event(), 4);
	assert_good(store_checks(store, "web", "a", 0, &checks, &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(checks[0].id, 3);
	assert_int_equal(checks[0].status, -1);
	assert_int_equal(checks[1].id, 1);
	assert_int_equal(checks[1].status, -3);
	assert_int_equal(checks[1].ended_at, NOW);
	store_checks_free(checks, count);
	assert_good(store_checks(store, NULL, NULL, 2, &checks, &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(checks[1].id, 2);
	assert_int_equal(checks[1].status, -1);
	store_checks_free(checks, count);
}

static void
test_what_is_no_check(void **unused)
{
	char empty[] = "", odd[] = "a b";
	struct store_check good = {
		.host = host, .agent = agent, .tree = tree, .command = command};
	(void)unused;
	struct store_check check = good;
	check.host = odd;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_INVALID, "host");
	check = good;
	check.agent = NULL;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_INVALID, "agent");
	check = good;
	check.tree = empty;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_INVALID, "tree");
	check = good;
	check.command = NULL;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_INVALID, "command");
	check = good;
	check.task = 3;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_NOT_FOUND, "task 3");
	assert_int_equal(last_event(), 0);
}

/* --- messages --- */

static void
assert_messages(const char *to, size_t max, const char *wanted)
{
	struct store_message *messages = NULL;
	size_t count = 0;
	char text[128] = "";
	assert_good(store_messages(store, to, max, &messages, &count, &err));
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%lld %s>%s %s;",
			(long long)messages[i].id, messages[i].from, messages[i].to,
			messages[i].text);
	assert_string_equal(text, wanted);
	store_messages_free(messages, count);
}

static void
test_messages(void **unused)
{
	int64_t id = 0;
	(void)unused;
	assert_good(store_say(store, "operator", "web/a", "one", NOW, &id, &err));
	assert_int_equal(id, 1);
	assert_last_event(0, "message.said operator {\"message\":1,\"to\":\"web/a\"}");
	assert_good(store_say(store, "web/b", "a", "two\n\xff", NOW, &id, &err));
	assert_good(store_say(store, "web/a", "operator", "three", NOW, NULL, &err));
	assert_messages("web/a", 0, "1 operator>web/a one;2 web/b>a two\n\xff;");
	assert_messages("mars/a", 0, "2 web/b>a two\n\xff;");
	assert_messages("a", 0, "2 web/b>a two\n\xff;");
	assert_messages("web/a", 1, "1 operator>web/a one;");
	assert_good(store_taken(store, 1, NOW, &err));
	assert_last_event(0, "message.taken cockpit {\"message\":1}");
	assert_bad(store_taken(store, 1, NOW, &err), ERR_CHANGED, "before");
	assert_bad(store_taken(store, 9, NOW, &err), ERR_NOT_FOUND, "message 9");
	assert_messages("web/a", 0, "2 web/b>a two\n\xff;");
	assert_messages("operator", 0, "3 web/a>operator three;");
	assert_bad(store_say(store, "", "a", "x", NOW, &id, &err), ERR_INVALID, "from");
	assert_bad(store_say(store, "a", "b c", "x", NOW, &id, &err), ERR_INVALID, "to");
	assert_bad(store_say(store, "a", "b", "", NOW, &id, &err), ERR_INVALID, "text");
	assert_int_equal(last_event(), 4);
}

/* --- asked once --- */

static void
test_asked(void **unused)
{
	char *answer = NULL;
	(void)unused;
	assert_bad(store_answered(store, "web/a", 1, "x", NOW, &err), ERR_NOT_FOUND, "asked");
	assert_good(store_asked(store, "web/a", 1, 100, NOW, &answer, &err));
	assert_null(answer);
	assert_bad(store_asked(store, "web/a", 1, 100, NOW + 99, &answer, &err), ERR_BUSY, "1");
	assert_good(store_asked(store, "web/a", 2, 100, NOW, &answer, &err));
	assert_good(store_asked(store, "web/b", 1, 100, NOW, &answer, &err));
	assert_null(answer);
	/* Whoever had it is gone. */
	assert_good(store_asked(store, "web/a", 1, 100, NOW + 100, &answer, &err));
	assert_null(answer);
	assert_bad(
		store_asked(store, "web/a", 1, 100, NOW + 199, &answer, &err), ERR_BUSY, "1");
	assert_good(store_answered(store, "web/a", 1, "", NOW + 150, &err));
	assert_bad(store_answered(store, "web/a", 1, "x", NOW, &err), ERR_CHANGED, "before");
	for (int64_t later = 151; later < 10000; later *= 5) {
		assert_good(store_asked(store, "web/a", 1, 100, NOW + later, &answer, &err));
		assert_string_equal(answer, "");
		mem_free(answer);
		answer = NULL;
	}
	assert_bad(store_asked(store, "", 1, 100, NOW, &answer, &err), ERR_INVALID, "asker");
	assert_bad(store_asked(store, "x", 1, 0, NOW, &answer, &err), ERR_INVALID, "lock");
	assert_bad(store_answered(store, "web/b", 1, NULL, NOW, &err), ERR_INVALID, "answer");
	assert_null(answer);
}

/* --- several at one file --- */

static void
test_two_stores(void **unused)
{
	struct store *mine = store, *other = NULL;
	struct task task;
	char *answer = NULL;
	(void)unused;
	assert_good(engine(file, &other, &err));
	add("one");
	store = other;
	assert_int_equal(claim_id(0, "web/a"), 1);
	assert_good(store_asked(store, "web/a", 1, LEASE, NOW, &answer, &err));
	store = mine;
	assert_bad(store_claim(store, 1, "web/b", LEASE, NOW, &task, &err), ERR_BUSY, "web/a");
	assert_bad(store_move(store, 1, 1, TASK_FAILED, "", "x", NOW, NULL, &err), ERR_CHANGED,
		"version 2");
	assert_bad(store_asked(store, "web/a", 1, LEASE, NOW, &answer, &err), ERR_BUSY, "1");
	assert_int_equal(last_event(), 2);
	store_close(other);
	assert_int_equal(last_event(), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_change_is_an_event, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_check, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_check_is_cut_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_check, setup, teardown),
		cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_stores, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
