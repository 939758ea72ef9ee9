/* cmd/task: what the verbs of "cockpit task" share. */
#ifndef CMD_TASK_H
#define CMD_TASK_H

#include <stdint.h>
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/store_form.h"
#include "cockpit/store_store.h"

#define TASK_ACTOR "operator"

struct task_run {
	const struct cmd_call *call;
	struct store *store; /* NULL: nobody has added a task yet */
	const char *dir;     /* the fleet's state folder */
	char **words;        /* behind the verb; end with NULL */
	int count;
};

/* These return an exit status, and have said why. */
int task_add(const struct task_run *run);
int task_ls(const struct task_run *run);
int task_show(const struct task_run *run);
int task_edit(const struct task_run *run);
int task_assign(const struct task_run *run);
int task_cancel(const struct task_run *run);
int task_retry(const struct task_run *run);
int task_done(const struct task_run *run);
int task_before(const struct task_run *run);

int64_t task_now(void);
/* As store_task(). */
int task_find(const struct task_run *run, int64_t id, struct task *ret, struct err *err);
/* Of a task that may have been changed meanwhile: the form says all that is to be so. */
int task_change(const struct task_run *run, int64_t id, const struct task_form *form,
	struct task *ret, struct err *err);
/* What the options say: --title, --text and so on. */
int task_options(const struct task_run *run, struct task_form *ret, struct err *err);
/* "-": standard input. file is as it can be shown. */
int task_read_file(
	const char *path, size_t max, const char *file, struct buf *into, struct err *err);
/* What was given, "-": standard input; without the ends of its last lines. The caller's. */
int task_read_text(const char *value, char **ret, struct err *err);
/* The task in the person's editor. */
int task_edit_form(const struct task_run *run, const struct task *task, struct err *err);

/* task_print.c: for people, and for programs. */
void task_print_line(const struct task_run *run, const struct task *task, int id_width);
void task_print_all(const struct task_run *run, const struct task *task);
void task_print_event(const struct store_event *event);
void task_write(struct json_writer *w, const struct task *task); /* leaves the object open */
void task_write_event(struct json_writer *w, const struct store_event *event);

/* Safe to show, on one line. */
void task_print(FILE *to, const char *text);
/* "WORDS ID: TITLE". */
void task_report(const char *words, const struct task *task);
void task_print_verbs(void);

#endif
