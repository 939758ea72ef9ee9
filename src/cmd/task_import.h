/*
 * cmd/task_import: many tasks from a file: Markdown check lists, or JSON lines where the first
 * byte that is not blank is "{".
 *
 * In Markdown "- [ ] TITLE #tag !2" is a task, and what is indented below it is its text; tasks
 * nested in it are needed by it, and come before it. "[x]" is done: counted, and no more. All
 * else is prose.
 */
#ifndef CMD_TASK_IMPORT_H
#define CMD_TASK_IMPORT_H

#include <stddef.h>

#include "cockpit/store_form.h"

#define TASK_IMPORT_MAX (8u << 20)

struct task_import {
	struct task_form *forms; /* as store_add() takes them */
	unsigned *lines;         /* where each of them stands, from 1 */
	size_t count;
	size_t done; /* those that were done already, and are not in here */
};

/* ERR_INVALID, ERR_LIMIT: "FILE:LINE: …"; file must be safe to show. */
int task_import_parse(
	const char *file, struct str text, struct task_import *ret, struct err *err);
void task_import_release(struct task_import *import);

/* For the parts: takes the form over, after an error too. */
int task_import_add(const char *file, struct task_import *import, struct task_form *form,
	unsigned line, struct err *err);
int task_import_refuse(const char *file, unsigned line, struct err *err, int code,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* task_markdown.c */
int task_markdown_parse(
	const char *file, struct str text, struct task_import *into, struct err *err);

#endif
