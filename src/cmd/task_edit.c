/* SPDX-License-Identifier: MIT */
/* A task is changed: by options, or in the person's editor. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_shell.h"
#include "cockpit/base_text.h"
#include "task.h"
#include "task_text.h"

#define TRIES 20

int
task_change(const struct task_run *run, int64_t id, const struct task_form *form,
	struct task *ret, struct err *err)
{
	struct task_text text = task_form_text(form);
	int rc = ERR_CHANGED;
	/* What is given is to be so, whatever else was changed meanwhile. */
	for (int i = 0; i < TRIES && rc == ERR_CHANGED; i++) {
		struct task task = {0};
		rc = task_find(run, id, &task, err);
		if (rc == 0)
			rc = store_edit(run->store, id, task.version, &text, TASK_ACTOR,
				task_now(), err);
		task_release(&task);
	}
	return rc < 0 ? rc : task_find(run, id, ret, err);
}

/* --- the editor --- */

/* Its status is not 0: the person gave it up, as in vi with ":cq". */
static int
run_editor(const char *path, struct err *err)
{
	const char *editor = getenv("VISUAL");
	struct buf line = BUF_INIT;
	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = "vi";
	buf_printf(&line, "%s ", editor);
	shell_quote(&line, str_from(path));
	fflush(stdout);
	int status =
		system(buf_cstr(&line)); /* it is a line of the shell, with options in it */
	buf_release(&line);
	if (status < 0)
		return err_errno(err, "the editor");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	char safe[80];
	return err_set(err, ERR_REMOTE, "the editor %s ended with status %d",
		text_safe_tmp(safe, sizeof(safe), str_from(editor)),
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static int
make_file(const struct task_run *run, int64_t id, struct str bytes, char **ret, struct err *err)
{
	char *name = mem_printf("task-%lld.XXXXXX", (long long)id);
	char *path = path_join(run->dir, name);
	mem_free(name);
	int fd = mkstemp(path); /* 0600 */
	if (fd < 0 || path_write_fd(fd, bytes) < 0) {
		err_errno(err, "%s", path);
		if (fd >= 0) {
			close(fd);
			unlink(path);
		}
		mem_free(path);
		return ERR_IO;
	}
	close(fd);
	*ret = path;
	return 0;
}

static void
fill_form(const struct task *task, struct task_form *ret)
{
	*ret = (struct task_form){.title = task->title,
		.text = task->text,
		.base = task->base,
		.check = task->check,
		.agent = task->wanted,
		.tags = task->tags,
		.needs = task->needs,
		.priority = task->priority,
		.has_priority = true};
}

/* 1: nothing is different. */
static int
take_edited(const struct task_run *run, const struct task *task, const char *path,
	struct str before, struct str after, struct err *err)
{
	struct task_form old = {0}, form = {0};
	struct err ignored = ERR_INIT;
	int rc = task_text_parse(path, after, &form, err);
	/* One that cannot be read as it is written is none: then all that is said is new. */
	if (rc == 0)
		task_text_parse(path, before, &old, &ignored);
	if (rc == 0 && !task_form_subtract(&form, &old))
		rc = 1;
	if (rc == 0) {
		struct task_text text = task_form_text(&form);
		rc = store_edit(run->store, task->id, task->version, &text, TASK_ACTOR,
			task_now(), err);
	}
	task_form_release(&form);
	task_form_release(&old);
	return rc;
}

/* What the person wrote stays where it is, and is named. */
static int
keep(const char *path, struct err *err)
{
	struct err why = *err;
	return err_set(err, why.code, "%s; what you wrote is kept in %s", why.text, path);
}

int
task_edit_form(const struct task_run *run, const struct task *task, struct err *err)
{
	struct task_form form;
	struct buf before = BUF_INIT, after = BUF_INIT;
	char *path = NULL;
	fill_form(task, &form);
	task_text_write(&form, &before);
	int rc = make_file(run, task->id, buf_str(&before), &path, err);
	if (rc < 0) {
		buf_release(&before);
		return rc;
	}
	int edited = run_editor(path, err);
	struct err why = ERR_INIT;
	rc = path_read(path, TASK_TEXT_MAX, &after, &why);
	bool same = rc == 0 && str_eq(buf_str(&before), buf_str(&after));
	if (edited < 0)
		rc = edited;
	else if (rc < 0)
		*err = why;
	else if (same)
		rc = 1;
	else
		rc = take_edited(run, task, path, buf_str(&before), buf_str(&after), err);
	if (rc >= 0 || same)
		unlink(path);
	else
		rc = keep(path, err);
	buf_release(&before);
	buf_release(&after);
	mem_free(path);
	return rc;
}

/* --- the verb --- */

static bool
is_said(const struct task_form *form)
{
	return form->title || form->text || form->base || form->check || form->agent ||
	       form->tags || form->needs || form->has_priority;
}

int
task_edit(const struct task_run *run)
{
	struct err err = ERR_INIT;
	struct task_form form = {0};
	struct task task = {0};
	int64_t id;
	int rc = task_id(str_from(run->words[0]), &id, &err);
	if (rc == 0)
		rc = task_find(run, id, &task, &err);
	if (rc == 0)
		rc = task_options(run, &form, &err);
	if (rc == 0 && !is_said(&form)) {
		rc = task_edit_form(run, &task, &err);
		if (rc == 1)
			printf("task %lld: nothing was changed\n", (long long)id);
		task_release(&task);
		if (rc == 0)
			rc = task_find(run, id, &task, &err);
	} else if (rc == 0) {
		task_release(&task);
		rc = task_change(run, id, &form, &task, &err);
	}
	if (rc == 0)
		task_report("changed", &task);
	task_form_release(&form);
	task_release(&task);
	return rc < 0 ? cmd_fail(&err) : 0;
}
