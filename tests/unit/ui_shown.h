/* SPDX-License-Identifier: MIT */
/*
 * What the panel's views show of the fleet of ui_deck.h: work, clashes, checks, tasks, events.
 * shown_fill() makes it of whatever words a test has. The linker puts these functions in the
 * place of the real ones: see the Makefile.
 */
#ifndef COCKPIT_TEST_UI_SHOWN_H
#define COCKPIT_TEST_UI_SHOWN_H

#include "cockpit/orch_check.h"
#include "cockpit/orch_events.h"
#include "cockpit/orch_tags.h"
#include "cockpit/orch_tasks.h"
#include "ui_asked.h"

#define SHOWN_KEPT  900
#define SHOWN_TASKS 9
#define SHOWN_LINES 9

/* Words for what is called so: borrowed until the next shown_fill(). */
typedef const char *shown_words(const char *plain);

static struct {
	struct diff diff;
	struct diff_file file;
	struct diff_hunk hunk;
	struct diff_line lines[5];
	struct radar_file clashing[2];
	struct pilot_clash clashes[2];
	struct pilot_check checks[AGENTS];
	struct task tasks[SHOWN_TASKS];
	struct journal_line events[SHOWN_LINES];
	struct journal journal;
	const char *tags, *label;
	uint64_t stamp; /* of all of it */
	char *kept[SHOWN_KEPT];
	int kept_count;
} shown;

void __wrap_pilot_work(const struct pilot *pilot, uint32_t agent, struct pilot_work *ret);
void __wrap_pilot_compare(struct pilot *pilot, uint32_t agent, enum diff_side side,
	bool ignore_space, struct pilot_work *ret);
void __wrap_pilot_clashes(const struct pilot *pilot, struct pilot_clashes *ret);
void __wrap_pilot_check(const struct pilot *pilot, uint32_t agent, struct pilot_check *ret);
void __wrap_pilot_tasks(const struct pilot *pilot, struct pilot_tasks *ret);
const struct task *__wrap_pilot_task(const struct pilot *pilot, int64_t id);
const struct task *__wrap_pilot_task_of(const struct pilot *pilot, uint32_t agent);
void __wrap_pilot_events(const struct pilot *pilot, struct pilot_events *ret);
const char *__wrap_pilot_tags(const struct pilot *pilot, const char *agent);
const char *__wrap_pilot_label(const struct pilot *pilot, const char *agent);

void
__wrap_pilot_work(const struct pilot *pilot, uint32_t agent, struct pilot_work *ret)
{
	(void)pilot;
	*ret = (struct pilot_work){0};
	if (agent == deck_id(1))
		*ret = (struct pilot_work){.diff = &shown.diff, .at = (int64_t)shown.stamp};
}

void
__wrap_pilot_compare(struct pilot *pilot, uint32_t agent, enum diff_side side,
	bool ignore_space, struct pilot_work *ret)
{
	(void)side;
	(void)ignore_space;
	__wrap_pilot_work(pilot, agent, ret);
}

void
__wrap_pilot_clashes(const struct pilot *pilot, struct pilot_clashes *ret)
{
	(void)pilot;
	*ret = (struct pilot_clashes){.found = shown.clashes,
		.count = shown.stamp ? 2 : 0,
		.at = (int64_t)shown.stamp};
}

void
__wrap_pilot_check(const struct pilot *pilot, uint32_t agent, struct pilot_check *ret)
{
	int i = deck_index(view.fleet, agent);
	(void)pilot;
	*ret = (struct pilot_check){
		.tree = "", .command = "", .words = "", .names = "", .log = "", .failed = -1};
	if (shown.stamp && i >= 0)
		*ret = shown.checks[i];
}

void
__wrap_pilot_tasks(const struct pilot *pilot, struct pilot_tasks *ret)
{
	(void)pilot;
	*ret = (struct pilot_tasks){.list = shown.tasks, .stamp = shown.stamp};
	if (shown.stamp) {
		ret->count = SHOWN_TASKS;
		ret->open = ret->all_open = TASK_MERGED;
		ret->all_over = SHOWN_TASKS - TASK_MERGED;
	}
}

const struct task *
__wrap_pilot_task(const struct pilot *pilot, int64_t id)
{
	(void)pilot;
	return shown.stamp && id > 0 && id <= SHOWN_TASKS ? &shown.tasks[id - 1] : NULL;
}

const struct task *
__wrap_pilot_task_of(const struct pilot *pilot, uint32_t agent)
{
	(void)pilot;
	return shown.stamp && agent == deck_id(0) ? &shown.tasks[TASK_WORKING] : NULL;
}

void
__wrap_pilot_events(const struct pilot *pilot, struct pilot_events *ret)
{
	(void)pilot;
	*ret = (struct pilot_events){.journal = &shown.journal, .stamp = shown.stamp};
}

const char *
__wrap_pilot_tags(const struct pilot *pilot, const char *agent)
{
	(void)pilot;
	return shown.tags && strcmp(agent, "types") == 0 ? shown.tags : "";
}

const char *
__wrap_pilot_label(const struct pilot *pilot, const char *agent)
{
	(void)pilot;
	return shown.label && strcmp(agent, "docs") == 0 ? shown.label : "";
}

static char *
keep(char *words)
{
	assert_true(shown.kept_count < SHOWN_KEPT);
	return shown.kept[shown.kept_count++] = words;
}

static void
shown_drop(void)
{
	uint64_t stamp = shown.stamp;
	buf_release(&shown.diff.text);
	while (shown.kept_count > 0)
		mem_free(shown.kept[--shown.kept_count]);
	memset(&shown, 0, sizeof(shown));
	shown.stamp = stamp; /* what comes next is another one */
}

static void
fill_diff(shown_words *words)
{
	static const char origins[] = " -++ ";
	const char *const lines[] = {words("static int"), words("\tread(one)"),
		words("\tread(one, two)"), words("\tcheck(\"日本語\")"), words("}")};
	struct diff *diff = &shown.diff;
	shown.file = (struct diff_file){.path = keep(mem_strdup(words("src/lexer.c"))),
		.status = 'M',
		.added = 2,
		.removed = 1,
		.hunk_count = 1};
	shown.file.old_path = shown.file.path;
	buf_addc(&diff->text, "@@ -3,3 +3,4 @@ main");
	shown.hunk = (struct diff_hunk){.old_start = 3,
		.old_lines = 3,
		.new_start = 3,
		.new_lines = 4,
		.header_len = diff->text.len,
		.line_count = 5};
	for (int i = 0, old = 3, new = 3; i < 5; i++) {
		shown.lines[i] = (struct diff_line){.origin = origins[i],
			.old_line = origins[i] == '+' ? 0 : old++,
			.new_line = origins[i] == '-' ? 0 : new ++,
			.at = diff->text.len,
			.len = strlen(lines[i]) + 1};
		buf_printf(&diff->text, "%s\n", lines[i]);
	}
	diff->files = &shown.file;
	diff->hunks = &shown.hunk;
	diff->lines = shown.lines;
	diff->file_count = diff->hunk_count = 1;
	diff->line_count = 5;
	diff->added = 2;
	diff->removed = 1;
}

static void
fill_tasks(shown_words *words)
{
	static int64_t none[] = {0}, first[] = {1, 0};
	static char empty[] = "", owner[] = "local/parser";
	static char *no_tags[] = {NULL};
	for (int i = 0; i < SHOWN_TASKS; i++) {
		shown.tasks[i] = (struct task){.id = i + 1,
			.title = keep(mem_strdup(words("Read numbers with an exponent"))),
			.text = keep(mem_strdup(words("Also those that have no digit."))),
			.base = empty,
			.check = empty,
			.wanted = empty,
			.owner = i == TASK_WORKING ? owner : empty,
			.why = i == TASK_FAILED ? keep(mem_strdup(words("it stopped"))) : empty,
			.source = keep(mem_strdup(words("operator"))),
			.tags = no_tags,
			.needs = i == 1 ? first : none,
			.blocked = i == 1,
			.priority = i == 0,
			.state = (enum task_state)i,
			.version = 1};
	}
}

static void
fill_events(shown_words *words)
{
	static const char *const kinds[SHOWN_LINES] = {"start", "asks", "answer", "failed",
		"check", "clash", "lost", "message", "merged"};
	for (int i = 0; i < SHOWN_LINES; i++)
		shown.events[i] = (struct journal_line){.at = 1000000 + i * 60,
			.kind = keep(mem_strdup(kinds[i])),
			.user = i == 2 ? keep(mem_strdup(words("jane"))) : NULL,
			.agent = keep(mem_strdup("parser")),
			.host = keep(mem_strdup("web-1")),
			.text = keep(mem_strdup(words("all of its tests\nand more")))};
	shown.journal = (struct journal){shown.events, SHOWN_LINES};
}

/* What checks and tags are is safe by then: see their headers. */
static char *
safe(const char *words)
{
	struct buf into = BUF_INIT;
	text_safe(&into, str_from(words), -1);
	char *ret = keep(mem_strdup(buf_cstr(&into)));
	buf_release(&into);
	return ret;
}

static void
shown_fill(shown_words *words)
{
	shown_drop();
	shown.stamp++;
	fill_diff(words);
	fill_tasks(words);
	fill_events(words);
	for (int i = 0; i < 2; i++) {
		shown.clashing[i] = (struct radar_file){
			.path = keep(mem_strdup(words(i ? "tests/cases" : "src/lexer.c"))),
			.ranges = {{{3, 5}, {2, 1}}},
			.range_count = 1};
		shown.clashes[i] = (struct pilot_clash){.one = deck_id(1),
			.other = i ? deck_id(2) : 0,
			.files = &shown.clashing[i],
			.file_count = 1};
	}
	for (int i = 0; i < AGENTS; i++)
		shown.checks[i] = (struct pilot_check){.state = (enum check_state)(i + 1),
			.id = i + 1,
			.at = clock_wall() - 90,
			.tree = "0123456789abcdef",
			.command = safe(words("make test")),
			.words = safe(words("1 of 10 failed: nested")),
			.names = safe(words("nested")),
			.log = "",
			.failed = 1};
	shown.tags = safe(words("core"));
	shown.label = safe(words("the manual"));
}

#endif
