/* SPDX-License-Identifier: MIT */
/* What keys do with a task: it is written, changed, put elsewhere in the order, and ended. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_tasks.h"
#include "dialog.h"
#include "keymap.h"
#include "tasks.h"
#include "view.h"

#define TITLE_COLS 200 /* in a dialog, on several rows */

static void
on_done(void *ctx, int64_t id, const char *text, const struct err *err)
{
	(void)id;
	action_report(ctx, text, err);
}

/* Nobody waits for words about what is seen anyway. */
static void
on_moved(void *ctx, int64_t id, const char *text, const struct err *err)
{
	(void)id;
	(void)text;
	if (err)
		action_complain(ctx, err);
}

static void
complain_if(struct view *view, int rc, const struct err *err)
{
	if (rc < 0)
		action_complain(view, err);
}

/* --- writing --- */

/* Of one that is there already; a new one has the first two. */
static const char *const labels[] = {[DRAFT_TITLE] = "what is to be done, in one line",
	[DRAFT_TEXT] = "more about it (may be empty)",
	[DRAFT_TAGS] = "tags (such as core, lexer)",
	[DRAFT_NEEDS] = "tasks that must be merged before (such as 3, 4)",
	[DRAFT_PRIORITY] = "priority, the highest first",
	[DRAFT_COUNT] = NULL};

void
task_draft_release(struct task_draft *draft)
{
	for (int i = 0; i < DRAFT_COUNT; i++) {
		mem_free(draft->before[i]);
		mem_free(draft->values[i]);
	}
	*draft = (struct task_draft){0};
}

static void
fill_draft(struct task_draft *draft, const struct task *task)
{
	struct task_form form = {.tags = task->tags, .needs = task->needs};
	struct buf words[DRAFT_COUNT] = {{0}};
	text_typable(&words[DRAFT_TITLE], str_from(task->title));
	text_typable(&words[DRAFT_TEXT], str_from(task->text));
	task_form_write_tags(&form, &words[DRAFT_TAGS]);
	task_form_write_needs(&form, &words[DRAFT_NEEDS]);
	buf_printf(&words[DRAFT_PRIORITY], "%d", task->priority);
	draft->id = task->id;
	draft->version = task->version;
	for (int i = 0; i < DRAFT_COUNT; i++) {
		draft->before[i] = buf_steal(&words[i]);
		draft->values[i] = mem_strdup(draft->before[i]);
	}
}

/* What does not fit in one row is no title: the rest of it is text. */
static void
read_title(const char *value, struct str text, struct task_form *form)
{
	struct str rest = str_trim(str_from(value)), title = str_trim(str_cut(&rest, '\n'));
	struct buf whole = BUF_INIT;
	form->title = mem_strndup(title.ptr, title.len);
	buf_add(&whole, rest);
	if (rest.len > 0 && text.len > 0)
		buf_byte(&whole, '\n');
	buf_add(&whole, text);
	form->text = buf_steal(&whole);
}

/* The first two, or all of them. */
static int
read_values(char *const values[], struct task_form *form, struct err *err)
{
	int rc = 0;
	read_title(values[DRAFT_TITLE], str_from(values[DRAFT_TEXT]), form);
	if (values[DRAFT_TAGS])
		rc = task_form_tags(form, str_from(values[DRAFT_TAGS]), err);
	if (rc == 0 && values[DRAFT_NEEDS])
		rc = task_form_needs(form, str_from(values[DRAFT_NEEDS]), err);
	if (rc == 0 && values[DRAFT_PRIORITY])
		rc = task_form_priority(form, str_trim(str_from(values[DRAFT_PRIORITY])), err);
	return rc;
}

static void submit_draft(struct view *view, uint32_t agent, const char *const values[]);

static void
open_draft(struct view *view)
{
	struct task_draft *draft = &view->tasks.draft;
	const char *const new_labels[] = {labels[DRAFT_TITLE], labels[DRAFT_TEXT], NULL};
	const char *values[DRAFT_COUNT];
	char title[40] = "new task";
	for (int i = 0; i < DRAFT_COUNT; i++)
		values[i] = draft->values[i] ? draft->values[i] : "";
	if (draft->id)
		snprintf(title, sizeof(title), "task %" PRId64, draft->id);
	draft->open = false;
	dialog_form(view, title, 0, draft->id ? labels : new_labels, values, submit_draft);
}

static void
on_written(void *ctx, int64_t id, const char *text, const struct err *err)
{
	struct view *view = ctx;
	struct task_draft *draft = &view->tasks.draft;
	action_report(view, text, err);
	if (!err) {
		view->tasks.added = draft->id ? 0 : id;
		task_draft_release(draft);
	} else if (draft->open && !view->dialog && view->mode == VIEW_TASKS) {
		/* What is written there now is to be so, whatever it was changed to meanwhile.
		 */
		draft->version = 0;
		open_draft(view);
	}
}

static int
write_draft(struct view *view, struct task_form *form, struct err *err)
{
	struct task_draft *draft = &view->tasks.draft;
	struct task_form old = {0};
	int rc = read_values(draft->values, form, err);
	if (rc == 0 && !draft->id)
		return pilot_task_add(view->pilot, form, on_written, view, err);
	if (rc == 0)
		rc = task_form_check(form, err);
	if (rc == 0 && read_values(draft->before, &old, NULL) == 0 &&
		!task_form_subtract(form, &old)) {
		draft->open = false;
		view_toast(
			view, ROLE_NOTICE, "task %" PRId64 ": nothing was changed", draft->id);
	} else if (rc == 0) {
		rc = pilot_task_edit(
			view->pilot, draft->id, draft->version, form, on_written, view, err);
	}
	task_form_release(&old);
	return rc;
}

static void
submit_draft(struct view *view, uint32_t agent, const char *const values[])
{
	struct task_draft *draft = &view->tasks.draft;
	struct task_form form = {0};
	struct err err = ERR_INIT;
	(void)agent;
	for (int i = 0; i < DRAFT_COUNT && values[i]; i++) {
		mem_free(draft->values[i]);
		draft->values[i] = mem_strdup(values[i]);
	}
	draft->open = true;
	if (write_draft(view, &form, &err) < 0) {
		action_complain(view, &err);
		open_draft(view);
	}
	task_form_release(&form);
}

void
tasks_add(struct view *view, int argument)
{
	(void)argument;
	task_draft_release(&view->tasks.draft);
	open_draft(view);
}

void
tasks_edit(struct view *view, int argument)
{
	const struct task *task = tasks_selected(view);
	(void)argument;
	if (!task)
		return;
	task_draft_release(&view->tasks.draft);
	fill_draft(&view->tasks.draft, task);
	open_draft(view);
}

/* --- who does it --- */

static void
submit_assign(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	struct str who = str_trim(str_from(values[0]));
	struct task_form form = {.agent = mem_strndup(who.ptr, who.len)};
	(void)agent;
	complain_if(view,
		pilot_task_edit(view->pilot, view->tasks.asks, 0, &form, on_done, view, &err),
		&err);
	task_form_release(&form);
}

void
tasks_assign(struct view *view, int argument)
{
	static const char *const assign_labels[] = {
		"AGENT or HOST/AGENT (empty: whoever is free)", NULL};
	const struct task *task = tasks_selected(view);
	char title[48];
	struct buf wanted = BUF_INIT;
	(void)argument;
	if (!task)
		return;
	text_typable(&wanted, str_from(task->wanted));
	const char *const values[] = {buf_cstr(&wanted), NULL};
	snprintf(title, sizeof(title), "who does task %" PRId64, task->id);
	view->tasks.asks = task->id;
	dialog_form(view, title, 0, assign_labels, values, submit_assign);
	buf_release(&wanted);
}

/* --- what becomes of it --- */

static void
move(struct view *view, int64_t id, enum task_state to)
{
	struct err err = ERR_INIT;
	complain_if(view, pilot_task_move(view->pilot, id, to, on_done, view, &err), &err);
}

/* What it is, and that this key is not for it. */
static void
refuse(struct view *view, const struct task *task, const char *words)
{
	char said[128];
	view_toast(view, ROLE_NOTICE, "task %" PRId64 " is %s: %s", task->id,
		task_state_name(task->state), keymap_said(view, VIEW_TASKS, words, said));
}

static void
submit_cancel(struct view *view, uint32_t agent, const char *const values[])
{
	(void)agent;
	(void)values;
	move(view, view->tasks.asks, TASK_CANCELLED);
}

void
tasks_cancel(struct view *view, int argument)
{
	const struct task *task = tasks_selected(view);
	struct buf words = BUF_INIT;
	char title[40];
	(void)argument;
	if (!task)
		return;
	if (task_is_over(task->state)) {
		refuse(view, task, "there is nothing to cancel");
		return;
	}
	text_safe(&words, str_from(task->title), TITLE_COLS);
	buf_byte(&words, '\n');
	if (task->owner[0] && task->state != TASK_QUEUED) {
		text_safe(&words, str_from(task->owner), 30);
		buf_addc(&words, " has it, and is not stopped by this.\n");
	}
	snprintf(title, sizeof(title), "cancel task %" PRId64, task->id);
	view->tasks.asks = task->id;
	dialog_ask(view, title, 0, buf_cstr(&words), "Not to be done", submit_cancel);
	dialog_no(view, "Leave it");
	buf_release(&words);
}

void
tasks_queue(struct view *view, int argument)
{
	static const unsigned from =
		1u << TASK_FAILED | 1u << TASK_CANCELLED | 1u << TASK_NEEDS_YOU;
	const struct task *task = tasks_selected(view);
	(void)argument;
	if (task && from & 1u << task->state)
		move(view, task->id, TASK_QUEUED);
	else if (task)
		refuse(view, task, "r queues what failed, was cancelled or needs you");
}

void
tasks_done(struct view *view, int argument)
{
	static const unsigned from = 1u << TASK_READY | 1u << TASK_CHECKING;
	const struct task *task = tasks_selected(view);
	(void)argument;
	if (task && from & 1u << task->state)
		move(view, task->id, TASK_MERGED);
	else if (task)
		refuse(view, task, "D is for what is ready or checking");
}

/* --- when it is its turn --- */

void
tasks_shift(struct view *view, int argument)
{
	const struct task *task = tasks_selected(view);
	struct err err = ERR_INIT;
	if (task)
		complain_if(view,
			pilot_task_shift(view->pilot, task->id, argument, on_moved, view, &err),
			&err);
}

void
tasks_raise(struct view *view, int argument)
{
	const struct task *task = tasks_selected(view);
	struct err err = ERR_INIT;
	if (task)
		complain_if(view,
			pilot_task_raise(view->pilot, task->id, argument, on_moved, view, &err),
			&err);
}
