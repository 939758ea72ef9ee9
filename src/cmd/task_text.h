/*
 * cmd/task_text: a task as a person has it in the editor: a head of lines "key: value", an
 * empty line, the text. A line of the head that begins with a tab goes on with the one above
 * it.
 */
#ifndef CMD_TASK_TEXT_H
#define CMD_TASK_TEXT_H

#include "cockpit/base_buf.h"
#include "cockpit/store_form.h"

#define TASK_TEXT_MAX (4 * STORE_TEXT_MAX)

/* What is not said in the form is empty there. */
void task_text_write(const struct task_form *form, struct buf *into);
/* A line that is missing is not said. file is for errors: "FILE:LINE: …"; it must be safe. */
int task_text_parse(const char *file, struct str text, struct task_form *ret, struct err *err);

#endif
