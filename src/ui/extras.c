/* SPDX-License-Identifier: MIT */
#include "extras.h"

#include <inttypes.h>
#include <string.h>

#include "cockpit/base_text.h"
#include "cockpit/orch_tasks.h"
#include "view.h"

bool
task_is_held(const struct task *task)
{
	return task->owner[0] && task->state != TASK_QUEUED && task->state != TASK_CANCELLED;
}

/* The agent's name alone, as on its tile. */
static void
write_who(const struct task *task, struct buf *into)
{
	bool held = task_is_held(task);
	struct str who = str_from(held ? task->owner : task->wanted);
	if (who.len == 0 || (!held && task_is_over(task->state)))
		return;
	buf_addc(into, held ? "by " : "for ");
	text_safe(into, str_cut_last(&who, '/'), -1);
}

/* Those that are known not to be merged; all where none is known. */
static void
write_waits(const struct view *view, const struct task *task, struct buf *into)
{
	for (int all = 0; all < 2 && into->len == 0; all++) {
		for (size_t i = 0; task->needs[i]; i++) {
			const struct task *need = pilot_task(view->pilot, task->needs[i]);
			bool open = need && need->state != TASK_MERGED;
			if (open || all)
				buf_printf(into, "%s%" PRId64, into->len ? ", " : "waits for ",
					task->needs[i]);
		}
	}
}

void
extras_write(const struct view *view, const struct task *task, struct extras *extras)
{
	struct buf *tags = &extras->words[EXTRA_TAGS];
	write_who(task, &extras->words[EXTRA_WHO]);
	if (task->priority)
		buf_printf(&extras->words[EXTRA_PRIORITY], "!%d", task->priority);
	for (size_t i = 0; task->tags[i]; i++) {
		buf_addc(tags, i ? " #" : "#");
		text_safe(tags, str_from(task->tags[i]), -1);
	}
	if (task->blocked && !task_is_over(task->state))
		write_waits(view, task, &extras->words[EXTRA_WAITS]);
}

void
extras_fit(struct extras *extras, int title, int cols)
{
	/* In this order they go, each where the title has less room than that. */
	static const struct {
		int extra, title;
	} goes[EXTRAS] = {
		{EXTRA_TAGS,     60},
                {EXTRA_PRIORITY, 24},
                {EXTRA_WHO,      24},
                {EXTRA_WAITS,    16}
        };
	int used = 0;
	for (int i = 0; i < EXTRAS; i++) {
		extras->shown[i] = extras->words[i].len > 0;
		if (extras->shown[i])
			used += text_cols(buf_str(&extras->words[i])) + 2;
	}
	for (int i = 0; i < EXTRAS; i++) {
		int need = title < goes[i].title ? title : goes[i].title;
		if (!extras->shown[goes[i].extra] || need + used <= cols)
			continue;
		used -= text_cols(buf_str(&extras->words[goes[i].extra])) + 2;
		extras->shown[goes[i].extra] = false;
	}
	extras->title_cols = cols - used > 0 ? cols - used : 0;
}

void
extras_release(struct extras *extras)
{
	for (int i = 0; i < EXTRAS; i++)
		buf_release(&extras->words[i]);
}
