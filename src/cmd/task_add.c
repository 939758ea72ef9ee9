/* SPDX-License-Identifier: MIT */
/* New tasks: one from the command line, or many from a file. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "task.h"
#include "task_import.h"

#define SHOWN_MAX 200 /* of a file's name */

/* --- what is given --- */

static int
read_all(int fd, size_t max, const char *file, struct buf *into, struct err *err)
{
	char chunk[16384];
	ssize_t n;
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "%s", file);
		if (into->len + (size_t)n > max)
			return err_set(err, ERR_LIMIT,
				"%s: found more than %zu bytes, expected no more", file, max);
		buf_add(into, (struct str){chunk, (size_t)n});
	}
	return 0;
}

int
task_read_file(
	const char *path, size_t max, const char *file, struct buf *into, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, max, file, into, err);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		int code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
		err_errno(err, "%s", file);
		err->code = code;
		return code;
	}
	int rc = read_all(fd, max, file, into, err);
	close(fd);
	return rc;
}

int
task_read_text(const char *value, char **ret, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = 0;
	if (strcmp(value, "-") == 0)
		rc = task_read_file("-", STORE_TEXT_MAX, "standard input", &text, err);
	else
		buf_addc(&text, value);
	while (text.len > 0 && strchr("\r\n", buf_str(&text).ptr[text.len - 1]))
		buf_truncate(&text, text.len - 1);
	if (rc == 0 && str_find(buf_str(&text), '\0') >= 0)
		rc = err_set(err, ERR_INVALID, "text: found a NUL, expected text");
	if (rc == 0)
		*ret = buf_steal(&text);
	buf_release(&text);
	return rc;
}

static char *
copy_value(const struct task_run *run, const char *option)
{
	const char *value = cmd_value(run->call, option);
	return value ? mem_strdup(value) : NULL;
}

/* A list or a number, if it is given. */
static int
set_value(const struct task_run *run, const char *option, struct task_form *form,
	int (*set)(struct task_form *form, struct str value, struct err *err), struct err *err)
{
	const char *value = cmd_value(run->call, option);
	if (!value || set(form, str_from(value), err) == 0)
		return 0;
	err_prefix(err, "--%s", option);
	return err->code;
}

int
task_options(const struct task_run *run, struct task_form *ret, struct err *err)
{
	struct task_form form = {.title = copy_value(run, "title"),
		.base = copy_value(run, "base"),
		.check = copy_value(run, "check"),
		.agent = copy_value(run, "agent")};
	const char *text = cmd_value(run->call, "text");
	int rc = text ? task_read_text(text, &form.text, err) : 0;
	if (rc == 0)
		rc = set_value(run, "priority", &form, task_form_priority, err);
	if (rc == 0)
		rc = set_value(run, "tag", &form, task_form_tags, err);
	if (rc == 0)
		rc = set_value(run, "needs", &form, task_form_needs, err);
	if (form.agent && strcmp(form.agent, "-") == 0)
		form.agent[0] = '\0';
	if (rc == 0)
		rc = task_form_check(&form, err);
	if (rc == 0)
		*ret = form;
	else
		task_form_release(&form);
	return rc;
}

/* --- one --- */

static int
add_one(const struct task_run *run, struct err *err)
{
	struct task_form form = {0};
	struct task_text text;
	int64_t id = 0;
	int rc = task_options(run, &form, err);
	if (rc == 0) {
		struct str title = str_trim(str_from(run->words[0]));
		form.title = mem_strndup(title.ptr, title.len);
		rc = task_form_check_new(&form, err);
	}
	if (rc == 0) {
		text = task_form_text(&form);
		rc = store_add(
			run->store, &text, 1, TASK_ACTOR, TASK_ACTOR, task_now(), &id, err);
	}
	if (rc == 0)
		task_report("added", &(struct task){.id = id, .title = form.title});
	task_form_release(&form);
	return rc;
}

/* --- many --- */

/* So that the line can be said; the store asks again. */
static int
see_needs(const struct task_run *run, const char *file, const struct task_import *import,
	struct err *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < import->count; i++) {
		const int64_t *needs = import->forms[i].needs;
		for (size_t n = 0; rc == 0 && needs && needs[n]; n++) {
			struct task task = {0};
			struct err why = ERR_INIT;
			if (needs[n] > 0 && task_find(run, needs[n], &task, &why) < 0)
				rc = task_import_refuse(file, import->lines[i], err, why.code,
					"needs: %s", why.text);
			task_release(&task);
		}
	}
	return rc;
}

static int
add_all(const struct task_run *run, const char *file, const struct task_import *import,
	struct err *err)
{
	struct task_text *texts = mem_alloc_array(import->count + 1, sizeof(*texts));
	int64_t *ids = mem_alloc_array(import->count + 1, sizeof(*ids));
	char *source = mem_printf("file %s", path_base(file));
	for (size_t i = 0; i < import->count; i++)
		texts[i] = task_form_text(&import->forms[i]);
	int rc = see_needs(run, file, import, err);
	if (rc == 0 && import->count > 0)
		rc = store_add(run->store, texts, import->count, source, TASK_ACTOR, task_now(),
			ids, err);
	for (size_t i = 0; rc == 0 && i < import->count; i++)
		task_report(
			"added", &(struct task){.id = ids[i], .title = import->forms[i].title});
	if (rc == 0 && import->done > 0)
		printf("added %zu; %zu done already\n", import->count, import->done);
	else if (rc == 0)
		printf("added %zu\n", import->count);
	mem_free(source);
	mem_free(texts);
	mem_free(ids);
	return rc;
}

static int
add_file(const struct task_run *run, const char *path, struct err *err)
{
	char file[SHOWN_MAX];
	struct buf bytes = BUF_INIT;
	struct task_import import = {0};
	if (strcmp(path, "-") == 0)
		strcpy(file, "standard input");
	else
		text_safe_tmp(file, sizeof(file), str_from(path));
	int rc = task_read_file(path, TASK_IMPORT_MAX, file, &bytes, err);
	if (rc == 0)
		rc = task_import_parse(file, buf_str(&bytes), &import, err);
	if (rc == 0)
		rc = add_all(run, file, &import, err);
	task_import_release(&import);
	buf_release(&bytes);
	return rc;
}

int
task_add(const struct task_run *run)
{
	static const char *const others[] = {
		"text", "priority", "tag", "needs", "base", "check", "agent"};
	struct err err = ERR_INIT;
	const char *file = cmd_value(run->call, "file");
	if ((file != NULL) == (run->count > 0))
		return cmd_usage(run->call->cmd, "task add wants one TITLE, or --file");
	for (size_t i = 0; file && i < sizeof(others) / sizeof(others[0]); i++) {
		if (cmd_value(run->call, others[i]))
			return cmd_usage(run->call->cmd,
				"task add --file takes no --%s: the file says it", others[i]);
	}
	int rc = file ? add_file(run, file, &err) : add_one(run, &err);
	return rc < 0 ? cmd_fail(&err) : 0;
}
