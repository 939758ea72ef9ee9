/* SPDX-License-Identifier: MIT */
/* A task and what happened to it, in words and as JSON. */
#include <inttypes.h>
#include <time.h>

#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "task.h"

/* --- a line --- */

static void
print_tags(const struct task *task)
{
	for (size_t i = 0; task->tags[i]; i++) {
		printf("%s#", i ? " " : "  ");
		task_print(stdout, task->tags[i]);
	}
}

static bool
is_held(const struct task *task)
{
	return task->owner[0] && task->state != TASK_QUEUED && task->state != TASK_CANCELLED;
}

static void
print_who(const struct task *task)
{
	bool held = is_held(task);
	if (!held && (!task->wanted[0] || task_is_over(task->state)))
		return;
	printf("  %s ", held ? "by" : "for");
	task_print(stdout, held ? task->owner : task->wanted);
}

/* Those of its needs that are not merged. */
static void
print_waits(const struct task_run *run, const struct task *task)
{
	const char *before = "  waits for ";
	for (size_t i = 0; task->blocked && task->needs[i]; i++) {
		struct task need = {0};
		if (task_find(run, task->needs[i], &need, NULL) == 0 &&
			need.state != TASK_MERGED) {
			printf("%s%" PRId64, before, need.id);
			before = ", ";
		}
		task_release(&need);
	}
}

void
task_print_line(const struct task_run *run, const struct task *task, int id_width)
{
	printf("%*" PRId64 "  %-9s  ", id_width, task->id, task_state_name(task->state));
	if (task->priority)
		printf("!%d  ", task->priority);
	task_print(stdout, task->title);
	print_who(task);
	print_tags(task);
	if (!task_is_over(task->state))
		print_waits(run, task);
	printf("\n");
}

/* --- all of it --- */

static void
print_time(int64_t ms)
{
	char at[40];
	time_t wall = (time_t)(ms / 1000);
	struct tm tm;
	if (!localtime_r(&wall, &tm))
		return;
	strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s", at);
}

static void
print_row(const char *name, const char *value)
{
	struct str rest = str_from(value);
	const char *label = name;
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		char *copy = mem_strndup(line.ptr, line.len);
		printf("%-9s  ", label);
		task_print(stdout, copy);
		printf("\n");
		mem_free(copy);
		label = "";
	}
}

static void
print_needs(const struct task_run *run, const struct task *task)
{
	for (size_t i = 0; task->needs[i]; i++) {
		struct task need = {0};
		bool known = task_find(run, task->needs[i], &need, NULL) == 0;
		printf("%s%" PRId64 " (%s)", i ? ", " : "needs      ", task->needs[i],
			known ? task_state_name(need.state) : "gone");
		task_release(&need);
	}
	if (task->needs[0])
		printf("\n");
}

static void
print_text(const char *text)
{
	struct str rest = str_from(text);
	struct buf safe = BUF_INIT;
	while (rest.len > 0) {
		text_safe_tabs(&safe, str_cut(&rest, '\n'), 8);
		buf_byte(&safe, '\n');
	}
	printf("\n%s", buf_cstr(&safe));
	buf_release(&safe);
}

void
task_print_all(const struct task_run *run, const struct task *task)
{
	char *title = mem_printf("%" PRId64, task->id);
	printf("%-9s  ", title);
	mem_free(title);
	task_print(stdout, task->title);
	printf("\n%-9s  %s%s\n", "state", task_state_name(task->state),
		task->blocked && !task_is_over(task->state) ? ", waits for others" : "");
	print_row("why", task->why);
	if (task->priority)
		printf("%-9s  %d\n", "priority", task->priority);
	if (task->tags[0]) {
		printf("%-9s", "tags");
		print_tags(task);
		printf("\n");
	}
	print_needs(run, task);
	print_row("agent", task->wanted);
	print_row(is_held(task) ? "by" : "last by", task->owner);
	print_row("base", task->base);
	print_row("check", task->check);
	print_row("from", task->source);
	if (task->attempts)
		printf("%-9s  %d\n", "attempts", task->attempts);
	printf("%-9s  ", "added");
	print_time(task->created_at);
	printf("\n");
	if (task->text[0])
		print_text(task->text);
}

/* --- events in words --- */

/* {KEY} is what the event says of it; "or" where the number behind "by" is 0. */
static const struct {
	const char *kind, *words, *by, * or ;
} sayings[] = {
	{"task.added",   "added it",					   NULL,     NULL         },
	{"task.edited",  "changed {changed}",                                  NULL,     NULL         },
	{"task.ranked",  "put it before {before}",                             "before", "put it last"},
	{"task.claimed", "took it, attempt {attempt}",                         NULL,     NULL         },
	{"task.moved",   "{from} -> {to}",                                     NULL,     NULL         },
	{"check.began",  "check {check} of {agent} on {host} began",           NULL,     NULL         },
	{"check.ended",  "check {check} of {agent} on {host} ended: {status}", NULL,     NULL         },
};

#define SAYINGS (sizeof(sayings) / sizeof(sayings[0]))

static void
print_fact(const struct json *facts, struct str key)
{
	char *name = mem_strndup(key.ptr, key.len);
	const struct json *fact = json_find(facts, name);
	if (fact && json_kind(fact) == JSON_KIND_STRING)
		task_print(stdout, json_to_cstr(fact));
	else if (fact && json_kind(fact) == JSON_KIND_INTEGER)
		printf("%" PRId64, json_to_int(fact));
	else
		printf("?");
	mem_free(name);
}

static void
print_saying(const char *words, const struct json *facts)
{
	struct str rest = str_from(words);
	while (rest.len > 0) {
		bool more = str_find(rest, '{') >= 0;
		struct str plain = str_cut(&rest, '{');
		printf("%.*s", STR_ARG(plain));
		if (more)
			print_fact(facts, str_cut(&rest, '}'));
	}
	const struct json *why = json_find(facts, "why");
	if (why && json_kind(why) == JSON_KIND_STRING && json_to_cstr(why)[0]) {
		printf(": ");
		task_print(stdout, json_to_cstr(why));
	}
}

static struct json_doc *
read_facts(const struct store_event *event)
{
	struct json_doc *doc = NULL;
	if (json_doc_parse("event", str_from(event->text), &doc, NULL) < 0)
		return NULL;
	if (json_kind(json_doc_root(doc)) == JSON_KIND_OBJECT)
		return doc;
	json_doc_free(doc);
	return NULL;
}

void
task_print_event(const struct store_event *event)
{
	struct json_doc *doc = read_facts(event);
	const struct json *facts = doc ? json_doc_root(doc) : NULL;
	const char *words = NULL;
	for (size_t i = 0; facts && i < SAYINGS; i++) {
		if (strcmp(sayings[i].kind, event->kind) != 0)
			continue;
		const struct json *by = sayings[i].by ? json_find(facts, sayings[i].by) : NULL;
		bool none = by && json_kind(by) == JSON_KIND_INTEGER && json_to_int(by) == 0;
		words = none ? sayings[i].or : sayings[i].words;
	}
	print_time(event->at);
	printf("  ");
	task_print(stdout, strcmp(event->actor, TASK_ACTOR) == 0 ? "you" : event->actor);
	printf(": ");
	if (words) {
		print_saying(words, facts);
	} else {
		task_print(stdout, event->kind);
		printf(" ");
		task_print(stdout, event->text);
	}
	printf("\n");
	json_doc_free(doc);
}

/* --- JSON --- */

void
task_write(struct json_writer *w, const struct task *task)
{
	json_write_object(w, NULL);
	json_write_int(w, "id", task->id);
	json_write_cstr(w, "title", task->title);
	json_write_cstr(w, "text", task->text);
	json_write_cstr(w, "state", task_state_name(task->state));
	json_write_int(w, "priority", task->priority);
	json_write_array(w, "tags");
	for (size_t i = 0; task->tags[i]; i++)
		json_write_cstr(w, NULL, task->tags[i]);
	json_write_close(w);
	json_write_array(w, "needs");
	for (size_t i = 0; task->needs[i]; i++)
		json_write_int(w, NULL, task->needs[i]);
	json_write_close(w);
	json_write_bool(w, "blocked", task->blocked);
	json_write_cstr(w, "base", task->base);
	json_write_cstr(w, "check", task->check);
	json_write_cstr(w, "agent", task->wanted);
	json_write_cstr(w, "owner", task->owner);
	json_write_cstr(w, "why", task->why);
	json_write_cstr(w, "source", task->source);
	json_write_int(w, "attempts", task->attempts);
	json_write_int(w, "rank", task->rank);
	json_write_int(w, "version", task->version);
	json_write_int(w, "epoch", task->epoch);
	json_write_int(w, "lease_until", task->lease_until);
	json_write_int(w, "created_at", task->created_at);
	json_write_int(w, "changed_at", task->changed_at);
}

void
task_write_event(struct json_writer *w, const struct store_event *event)
{
	struct json_doc *doc = read_facts(event);
	json_write_object(w, NULL);
	json_write_int(w, "seq", event->seq);
	json_write_int(w, "at", event->at);
	json_write_cstr(w, "kind", event->kind);
	json_write_cstr(w, "actor", event->actor);
	json_write_object(w, "facts");
	const struct json *fact = doc ? json_first(json_doc_root(doc)) : NULL;
	for (; fact; fact = json_next(fact)) {
		if (json_kind(fact) == JSON_KIND_STRING)
			json_write_cstr(w, json_key(fact), json_to_cstr(fact));
		else if (json_kind(fact) == JSON_KIND_INTEGER)
			json_write_int(w, json_key(fact), json_to_int(fact));
	}
	json_write_close(w);
	json_write_close(w);
	json_doc_free(doc);
}
