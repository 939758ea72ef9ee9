/* SPDX-License-Identifier: MIT */
/*
 * Tasks from a file and from the editor: any bytes either make tasks that the store would take,
 * or one error with its place; and a form that is written reads as it was.
 */
#include <stdint.h>
#include <string.h>

#include "cmd/task_import.h"
#include "cmd/task_text.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(int rc, const struct err *err)
{
	BUG_ON(rc != ERR_INVALID && rc != ERR_LIMIT);
	BUG_ON(err->code != rc);
	BUG_ON(strncmp(err->text, "f:", 2) != 0);
	struct str text = str_from(err->text);
	while (text.len > 0) {
		uint32_t cp = text_next(&text);
		BUG_ON(cp < 0x20 || (cp >= 0x7f && cp < 0xa0));
	}
}

static void
check_import(struct str text)
{
	struct task_import import = {0};
	struct err err = ERR_INIT;
	int rc = task_import_parse("f", text, &import, &err);
	if (rc < 0) {
		check_error(rc, &err);
		BUG_ON(import.forms || import.count);
		return;
	}
	BUG_ON(import.count + import.done == 0);
	for (size_t i = 0; i < import.count; i++) {
		const struct task_form *form = &import.forms[i];
		BUG_ON(task_form_check_new(form, NULL) < 0);
		BUG_ON(import.lines[i] == 0 || import.lines[i] > text.len);
		for (size_t n = 0; form->needs && form->needs[n]; n++)
			BUG_ON(form->needs[n] < -(int64_t)i);
	}
	task_import_release(&import);
}

static void
copy(const struct task_form *form, struct task_form *ret)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	task_text_write(form, &out);
	BUG_ON(task_text_parse("f", buf_str(&out), ret, &err) < 0);
	buf_release(&out);
}

static void
check_form(struct str text)
{
	struct task_form form = {0}, once = {0}, twice = {0};
	struct err err = ERR_INIT;
	int rc = task_text_parse("f", text, &form, &err);
	if (rc < 0) {
		check_error(rc, &err);
		return;
	}
	BUG_ON(task_form_check(&form, NULL) < 0);
	/* As of a task that is there. */
	if (!form.title)
		form.title = mem_strdup("title");
	copy(&form, &once);
	copy(&once, &twice);
	BUG_ON(task_form_subtract(&form, &once));
	BUG_ON(task_form_subtract(&twice, &once));
	task_form_release(&form);
	task_form_release(&once);
	task_form_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct str text = {(const char *)data, size};
	if (!ready)
		text_init();
	ready = true;
	check_import(text);
	check_form(text);
	return 0;
}
