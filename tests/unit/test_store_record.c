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
	check.status = -5;
	assert_bad(store_check_end(store, &check, NOW, &err), ERR_INVALID, "status");
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
	char empty[] = "", odd[] = "a b", none[] = STORE_TRIAL;
	struct store_check good = {
		.host = host, .agent = agent, .tree = tree, .command = command};
	(void)unused;
	struct store_check check = good;
	check.host = odd;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_INVALID, "host");
	check = good;
	check.agent = NULL;
	assert_bad(store_check_begin(store, &check, NOW, NULL, &err), ERR_INVALID, "agent");
	check.agent = none;
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
assert_asked(const char *asker, int64_t number, const char *wanted)
{
	char *answer = NULL;
	assert_good(store_asked(store, asker, number, &answer, &err));
	if (wanted)
		assert_string_equal(answer, wanted);
	else
		assert_null(answer);
	mem_free(answer);
}

static void
test_asked(void **unused)
{
	char *answer = NULL;
	(void)unused;
	assert_asked("web/a", 1, NULL);
	assert_good(store_answered(store, "web/a", 1, "", NOW, &err));
	assert_bad(store_answered(store, "web/a", 1, "x", NOW, &err), ERR_CHANGED, "before");
	assert_good(store_answered(store, "web/b", 1, "no", NOW, &err));
	for (int i = 0; i < 2; i++) {
		assert_asked("web/a", 1, "");
		assert_asked("web/b", 1, "no");
		assert_asked("web/a", 2, NULL);
	}
	assert_bad(store_asked(store, "", 1, &answer, &err), ERR_INVALID, "asker");
	assert_bad(store_answered(store, "web/b", 1, NULL, NOW, &err), ERR_INVALID, "answer");
	assert_null(answer);
}

/* --- several changes as one --- */

/* Adds one, then one more in a part of its own that fails with that. */
struct several {
	int inner, outer;
};

static int
add_and_fail(void *ctx, struct err *err_)
{
	const struct several *several = ctx;
	add("inner");
	return several->inner ? err_set(err_, several->inner, "inner") : 0;
}

static int
add_several(void *ctx, struct err *err_)
{
	const struct several *several = ctx;
	struct task task = {0};
	add("outer");
	/* What fails within it is undone alone. */
	assert_int_equal(
		store_claim(store, 77, "web/a", LEASE, NOW, &task, NULL), ERR_NOT_FOUND);
	assert_int_equal(store_together(store, NOW, add_and_fail, ctx, NULL), several->inner);
	assert_good(store_answered(store, "web/a", 1, "done", NOW, &err));
	return several->outer ? err_set(err_, several->outer, "outer") : 0;
}

static void
test_together(void **unused)
{
	struct several several = {.inner = ERR_LIMIT, .outer = ERR_BUSY};
	struct store *other = NULL;
	(void)unused;
	assert_good(engine(file, &other, &err));
	assert_bad(store_together(store, NOW, add_several, &several, &err), ERR_BUSY, "outer");
	assert_int_equal(last_event(), 0);
	assert_asked("web/a", 1, NULL);
	several.outer = 0;
	assert_good(store_together(store, NOW, add_several, &several, &err));
	assert_int_equal(last_event(), 1);
	struct task task = task_of(1);
	assert_string_equal(task.title, "outer");
	task_release(&task);
	/* It is over, for others too. */
	struct store *mine = store;
	store = other;
	assert_asked("web/a", 1, "done");
	assert_int_equal(add("more"), 2);
	store = mine;
	store_close(other);
	assert_bad(store_together(store, 0, add_several, &several, &err), ERR_INVALID, "now");
}

/* --- the journal --- */

static struct store_entry
entry_of(const char *kind, const char *agent_, int64_t at, const char *key, int64_t since)
{
	return (struct store_entry){.at = at,
		.kind = mem_strdup(kind),
		.agent = mem_strdup(agent_),
		.host = mem_strdup("web"),
		.text = mem_printf("{\"kind\":\"%s\"}", kind),
		.key = mem_strdup(key),
		.since = since};
}

static void
record(const char *kind, const char *agent_, int64_t at, const char *key, int64_t since)
{
	struct store_entry entry = entry_of(kind, agent_, at, key, since);
	assert_good(store_record(store, &entry, 1, NOW, &err));
	store_entry_release(&entry);
}

static void
assert_entries(const char *of, size_t max, const char *wanted)
{
	struct store_entry *entries = NULL;
	size_t count = 0;
	char text[256] = "";
	assert_good(store_entries(store, of, max, &entries, &count, &err));
	for (size_t i = 0; i < count; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%lld %s %s %lld;",
			(long long)entries[i].id, entries[i].kind, entries[i].agent,
			(long long)(entries[i].at - NOW));
		assert_string_equal(entries[i].host, "web");
		assert_non_null(strstr(entries[i].text, entries[i].kind));
	}
	assert_string_equal(text, wanted);
	store_entries_free(entries, count);
}

static void
test_journal(void **unused)
{
	int64_t last = -1;
	(void)unused;
	assert_good(store_last_entry(store, &last, &err));
	assert_int_equal(last, 0);
	record("start", "a", NOW, "", 0);
	record("start", "a", NOW, "", 0);
	record("done", "b", NOW, "key", NOW - 100);
	record("done", "b", NOW + 99, "key", NOW - 1); /* the same */
	record("done", "b", NOW + 300, "key", NOW + 200);
	record("asks", "b", NOW + 300, "ask", -1);
	record("asks", "b", NOW + 900, "ask", -1);
	record("asks", "b", NOW + 900, "ask", INT64_MAX);
	assert_entries(NULL, 0,
		"1 start a 0;2 start a 0;3 done b 0;4 done b 300;"
		"5 asks b 300;6 asks b 900;");
	assert_entries(NULL, 2, "5 asks b 300;6 asks b 900;");
	assert_entries("a", 0, "1 start a 0;2 start a 0;");
	assert_entries("b", 1, "6 asks b 900;");
	assert_entries("c", 0, "");
	assert_good(store_last_entry(store, &last, &err));
	assert_int_equal(last, 6);
	/* All or none. */
	struct store_entry two[] = {
		entry_of("x", "a", NOW, "", 0), entry_of("", "a", 0, "", 0)};
	assert_bad(store_record(store, two, 2, NOW, &err), ERR_INVALID, "kind");
	store_entry_release(&two[0]);
	store_entry_release(&two[1]);
	assert_entries("a", 1, "2 start a 0;");
	assert_int_equal(last_event(), 0);
}

/* --- comments --- */

static struct store_comment
comment_of(int64_t id, const char *path, int line, const char *text)
{
	return (struct store_comment){.id = id,
		.host = host,
		.agent = agent,
		.path = mem_strdup(path),
		.line = line,
		.anchor = mem_strdup("\xff\tx"),
		.text = mem_strdup(text)};
}

/* Its path, anchor and text go. */
static int
keep_comment(struct store_comment comment)
{
	int rc = store_comment(store, &comment, NOW, &err);
	mem_free(comment.path);
	mem_free(comment.anchor);
	mem_free(comment.text);
	return rc;
}

static void
assert_comments(const char *wanted)
{
	struct store_comment *comments = NULL;
	size_t count = 0;
	char text[256] = "";
	assert_good(store_comments(store, &comments, &count, &err));
	for (size_t i = 0; i < count; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%lld %s:%d %s;",
			(long long)comments[i].id, comments[i].path, comments[i].line,
			comments[i].text);
		assert_string_equal(comments[i].host, host);
		assert_string_equal(comments[i].agent, agent);
		assert_string_equal(comments[i].anchor, "\xff\tx");
	}
	assert_string_equal(text, wanted);
	store_comments_free(comments, count);
}

static void
test_comments(void **unused)
{
	const int64_t gone[] = {7, 99, -3};
	(void)unused;
	assert_comments("");
	assert_good(keep_comment(comment_of(7, "b", 2, "two")));
	assert_good(keep_comment(comment_of(-3, "b", 1, "one")));
	assert_good(keep_comment(comment_of(5, "a", 9, "nine\n")));
	assert_comments("5 a:9 nine\n;-3 b:1 one;7 b:2 two;");
	/* Another text, and its line has moved. */
	assert_good(keep_comment(comment_of(5, "b", 3, "three")));
	assert_comments("-3 b:1 one;7 b:2 two;5 b:3 three;");
	assert_good(store_uncomment(store, gone, 3, NOW, &err));
	assert_comments("5 b:3 three;");
	assert_int_equal(keep_comment(comment_of(0, "a", 1, "x")), ERR_INVALID);
	assert_int_equal(keep_comment(comment_of(1, "a", 0, "x")), ERR_INVALID);
	assert_int_equal(keep_comment(comment_of(1, "a", 1, "")), ERR_INVALID);
	assert_comments("5 b:3 three;");
}

static int
fill_with_comments(void *ctx, struct err *err_)
{
	(void)ctx;
	(void)err_;
	for (int i = 1; i <= STORE_COMMENTS_MAX; i++)
		assert_good(keep_comment(comment_of(i, "a", i, "x")));
	return 0;
}

static void
test_too_many_comments(void **unused)
{
	(void)unused;
	assert_good(store_together(store, NOW, fill_with_comments, NULL, &err));
	assert_int_equal(keep_comment(comment_of(-1, "a", 1, "x")), ERR_LIMIT);
	assert_good(keep_comment(comment_of(1, "a", 1, "y")));
}

/* --- what is old goes --- */

static size_t
prune(int64_t before, size_t keep, size_t max)
{
	size_t count = 99;
	assert_good(store_prune(store, before, keep, max, NOW, &count, &err));
	return count;
}

static void
test_pruned(void **unused)
{
	struct store_event *events = NULL;
	size_t count = 0;
	(void)unused;
	assert_int_equal(prune(NOW, 10, 100), 0);
	for (int i = 0; i < 6; i++) {
		record("done", "a", NOW + i, "", 0);
		assert_good(store_note(store, 0, "x", "y", STR(""), NOW + i, NULL, &err));
		assert_good(store_answered(store, "web/a", i, "x", NOW + i, &err));
	}
	assert_good(store_answered(store, "import", 1, "x", NOW, &err));
	assert_int_equal(prune(NOW, 10, 100), 0);
	/* What is too old: of each the first two, one at a time. */
	assert_int_equal(prune(NOW + 2, 10, 1), 3);
	assert_int_equal(prune(NOW + 2, 10, 1), 3);
	assert_int_equal(prune(NOW + 2, 10, 1), 0);
	assert_entries(NULL, 0, "3 done a 2;4 done a 3;5 done a 4;6 done a 5;");
	assert_asked("web/a", 1, NULL);
	assert_asked("web/a", 2, "x");
	/* What is too much. */
	assert_int_equal(prune(NOW, 3, 100), 2);
	assert_entries(NULL, 0, "4 done a 3;5 done a 4;6 done a 5;");
	/* All: numbers go on, and so the last event stays. */
	assert_int_equal(prune(NOW + 100, 0, 100), 3 + 2 + 4);
	assert_int_equal(last_event(), 6);
	assert_good(store_events(store, 0, 0, &events, &count, &err));
	assert_int_equal(count, 1);
	store_events_free(events, count);
	record("done", "a", NOW, "", 0);
	assert_entries(NULL, 0, "7 done a 0;");
	assert_asked("import", 1, "x");
}

/* How an agent was started last is kept for as long as there may be something to bring back. */
static void
test_starts_stay(void **unused)
{
	struct store_entry *entries = NULL;
	size_t count = 0;
	(void)unused;
	record("start", "a", NOW, "", 0);
	record("start", "b", NOW, "", 0);
	record("hired", "b", NOW + 1, "", 0);
	record("resume", "a", NOW + 1, "", 0);
	for (int i = 0; i < 6; i++)
		record("done", "a", NOW + 2 + i, "", 0);
	/* Those that stay are not in the way of the others. */
	assert_int_equal(prune(NOW + 5, 100, 2), 2);
	assert_entries("b", 0, "3 hired b 1;");
	assert_int_equal(prune(NOW + 5, 100, 2), 2);
	assert_int_equal(prune(NOW + 5, 100, 2), 1);
	assert_int_equal(prune(NOW + 5, 100, 2), 0);
	assert_entries(NULL, 0, "3 hired b 1;4 resume a 1;8 done a 5;9 done a 6;10 done a 7;");
	assert_int_equal(prune(NOW, 1, 100), 2);
	assert_entries(NULL, 0, "3 hired b 1;4 resume a 1;10 done a 7;");
	assert_good(store_starts(store, "a", 5, &entries, &count, &err));
	assert_int_equal(count, 1);
	assert_string_equal(entries[0].kind, "resume");
	store_entries_free(entries, count);
	/* The next one takes its place. */
	record("start", "a", NOW + 9, "", 0);
	assert_int_equal(prune(NOW + 100, 0, 100), 2);
	assert_entries(NULL, 0, "3 hired b 1;11 start a 9;");
}

/* --- several at one file --- */

static void
test_two_stores(void **unused)
{
	struct store *mine = store, *other = NULL;
	struct task task;
	(void)unused;
	assert_good(engine(file, &other, &err));
	add("one");
	store = other;
	assert_int_equal(claim_id(0, "web/a"), 1);
	assert_good(store_answered(store, "web/a", 1, "yes", NOW, &err));
	store = mine;
	assert_bad(store_claim(store, 1, "web/b", LEASE, NOW, &task, &err), ERR_BUSY, "web/a");
	assert_bad(store_move(store, 1, 1, TASK_FAILED, "", "x", NOW, NULL, &err), ERR_CHANGED,
		"version 2");
	assert_asked("web/a", 1, "yes");
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
		cmocka_unit_test_setup_teardown(test_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_comments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_comments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pruned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_starts_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_stores, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
