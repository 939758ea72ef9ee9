/* SPDX-License-Identifier: MIT */
/*
 * A clash is an agent's to mend: what it clashes with is brought to its host, then the prompt
 * that would be sent is shown, to be changed and sent, or not. Paths in it are foreign: they
 * are made safe, and told as what they are.
 */
#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_pilot.h"
#include "conflicts.h"
#include "dialog.h"
#include "view.h"

#define FILES_MAX 8

static void
add_files(const struct pilot_clash *clash, int side, struct buf *into)
{
	for (size_t i = 0; i < clash->file_count && i < FILES_MAX; i++) {
		const struct radar_file *file = &clash->files[i];
		buf_addc(into, "- ");
		text_safe(into, str_from(file->path), 200);
		for (int r = 0; r < file->range_count && r < RADAR_RANGES_MAX; r++) {
			const struct radar_range *range = &file->ranges[r];
			int from = range->start[side], count = range->count[side];
			buf_printf(into, "%s%d", r ? ", " : ", lines of yours: ", from);
			if (count > 1)
				buf_printf(into, "-%d", from + count - 1);
		}
		buf_byte(into, '\n');
	}
	size_t left = clash->files_left +
		      (clash->file_count > FILES_MAX ? clash->file_count - FILES_MAX : 0);
	if (left)
		buf_printf(into, "- and %zu more\n", left);
}

/* side: whose it is to mend. */
static void
write_prompt(const struct pilot_clash *clash, int side, const char *other, struct buf *into)
{
	const char *id = clash->ids[1 - side];
	if (clash->other == 0)
		buf_addc(into,
			"Your work does not merge with the base any more. Files that clash:\n");
	else
		buf_printf(into,
			"Your work and that of agent %s will not merge. Files that clash:\n",
			other);
	add_files(clash, side, into);
	if (clash->other == 0)
		buf_printf(into,
			"The base is commit %.12s. Please merge it into your branch, resolve "
			"the "
			"conflicts so that what both were for still works, and check that.",
			id);
	else
		buf_printf(into,
			"Its work, with what is not committed yet, is commit %.12s: see "
			"\"git diff HEAD...%.12s\". Please change yours so that both can be "
			"merged, without merging it, and check that yours still works.",
			id, id);
}

static void
on_brought(void *ctx, const char *text, const struct err *err)
{
	struct view *view = ctx;
	size_t file;
	const struct pilot_clash *clash = conflicts_selected(view, &file);
	struct agent_view agent, other = {0};
	struct buf prompt = BUF_INIT;
	(void)text;
	if (err) {
		action_complain(view, err);
		return;
	}
	/* Who has gone on to something else by now is not disturbed. */
	if (!clash || view->mode != VIEW_CONFLICTS || view->dialog)
		return;
	int side = view->conflicts.fixes;
	uint32_t whose = side ? clash->one : clash->other;
	if (!fleet_agent(view->fleet, side ? clash->other : clash->one, &agent) ||
		(whose && !fleet_agent(view->fleet, whose, &other)))
		return;
	write_prompt(clash, side, whose ? other.name : "", &prompt);
	view->toast_at = 0;
	action_prompt_with(view, &agent, buf_cstr(&prompt));
	buf_release(&prompt);
}

/* argument: 0 the one that is named first, 1 the other one. */
void
conflicts_fix(struct view *view, int argument)
{
	size_t file;
	const struct pilot_clash *clash = conflicts_selected(view, &file);
	struct err err = ERR_INIT;
	if (!clash)
		return;
	uint32_t who = argument ? clash->other : clash->one;
	if (!who) {
		view_toast(view, ROLE_NOTICE,
			"the base is no agent: f lets the other one mend it");
		return;
	}
	view->conflicts.fixes = argument;
	if (pilot_bring(view->pilot, who, argument ? clash->one : clash->other, on_brought,
		    view, &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "bringing there what it clashes with…");
}
