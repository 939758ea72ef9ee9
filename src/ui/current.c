/* SPDX-License-Identifier: MIT */
#include "current.h"

#include <string.h>

#include "action.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_tasks.h"
#include "tasks.h"
#include "view.h"

#define NAMED_MAX 3 /* agents that are named */

static struct pilot_current
list_of(const struct view *view)
{
	struct pilot_current now = {0};
	if (view->pilot)
		pilot_current(view->pilot, &now);
	return now;
}

size_t
current_count(const struct view *view)
{
	return list_of(view).count;
}

int64_t
current_id(const struct view *view, size_t at)
{
	struct pilot_current now = list_of(view);
	uint64_t hash =
		str_hash(STR_HASH_INIT, str_from(at < now.count ? now.list[at].name : ""));
	return TASKS_FOLD - 1 - (int64_t)(hash >> 2);
}

/* Agents' names alone, as on their tiles. */
static void
write_who(const struct current_task *task, struct buf *into)
{
	size_t count = 0;
	for (; task->who[count]; count++) {
		if (count >= NAMED_MAX)
			continue;
		struct str who = str_from(task->who[count]);
		buf_addc(into, count ? ", " : "by ");
		text_safe(into, str_cut_last(&who, '/'), -1);
	}
	if (count > NAMED_MAX)
		buf_printf(into, " and %zu more", count - NAMED_MAX);
	if (task->in_base)
		buf_addc(into, count ? ", in the base" : "in the base");
}

void
current_words(const struct view *view, size_t at, int cols, struct buf *title, struct buf *who)
{
	struct pilot_current now = list_of(view);
	if (at >= now.count)
		return;
	const struct current_task *task = &now.list[at];
	write_who(task, who);
	text_safe(title, str_from(task->title), -1);
	int room = cols - text_cols(buf_str(who)) - 2, wanted = text_cols(buf_str(title));
	/* What it is says more than who has it, up to a point. */
	if (who->len > 0 && room < wanted && room < cols / 2) {
		buf_clear(who);
		room = cols;
	}
	if (wanted > room) {
		buf_clear(title);
		text_safe(title, str_from(task->title), room > 0 ? room : 0);
	}
}

bool
current_go(struct view *view)
{
	struct pilot_current now = list_of(view);
	char safe[160];
	for (size_t i = 0; i < now.count; i++) {
		if (current_id(view, i) != view->tasks.id)
			continue;
		const char *who = now.list[i].who[0];
		uint32_t agent = who ? tasks_owner(view, who) : 0;
		if (agent) {
			action_focus(view, agent);
			view->mode = VIEW_COMMAND;
		} else if (who) {
			view_toast(view, ROLE_NOTICE, "%s is not there any more",
				text_safe_tmp(safe, sizeof(safe), str_from(who)));
		} else {
			view_toast(view, ROLE_NOTICE, "it is in the base: nobody's alone");
		}
		return true;
	}
	return false;
}
