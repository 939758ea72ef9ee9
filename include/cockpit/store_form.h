/*
 * store_form: what a person or a file says of a task, before the store has it: from options,
 * a form on the screen or in an editor, Markdown and JSON lines.
 */
#ifndef COCKPIT_STORE_FORM_H
#define COCKPIT_STORE_FORM_H

#include <stdbool.h>

#include "cockpit/base_buf.h"
#include "cockpit/store_store.h"

struct err;

/* NULL, has_priority false: not said. All of it is the form's own. */
struct task_form {
	char *title, *text, *base, *check, *agent;
	char **tags;    /* ends with NULL */
	int64_t *needs; /* ends with 0; negative ones as store_add() has them */
	int priority;
	bool has_priority;
};

void task_form_release(struct task_form *form);
/* Borrowed from the form, and dies with it. */
struct task_text task_form_text(const struct task_form *form);

/* "a, b" and "3, 4", "" for none; sets tags and needs. ERR_INVALID: what was found, what was
 * expected. */
int task_form_tags(struct task_form *form, struct str value, struct err *err);
int task_form_needs(struct task_form *form, struct str value, struct err *err);
int task_form_priority(struct task_form *form, struct str value, struct err *err);
/* One more behind those that are there; ERR_LIMIT. */
int task_form_add_tag(struct task_form *form, struct str tag, struct err *err);
int task_form_add_need(struct task_form *form, int64_t need, struct err *err);
/* An id from 1. */
int task_id(struct str text, int64_t *ret, struct err *err);

/* As strict as the store, so that it can be said where it stands: of what is said; of a new
 * task, which has a title. */
int task_form_check(const struct task_form *form, struct err *err);
int task_form_check_new(const struct task_form *form, struct err *err);
/* Takes out of the form what is the same in the other; whether something is left. */
bool task_form_subtract(struct task_form *form, const struct task_form *other);
/* "a, b" and "3, 4", as they are read. */
void task_form_write_tags(const struct task_form *form, struct buf *into);
void task_form_write_needs(const struct task_form *form, struct buf *into);
/* UTF-8 without NULs, or where it is not. */
bool task_is_text(struct str bytes, size_t *ret_at);

#endif
