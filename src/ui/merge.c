/* SPDX-License-Identifier: MIT */
/* An agent's work goes into the base, or out; a person sees what, and says with which words. */
#include "cockpit/orch_merge.h"

#include <stdio.h>
#include <string.h>

#include "action.h"
#include "checks.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_check.h"
#include "dialog.h"
#include "keymap.h"
#include "view.h"
#include "words.h"

/* The label of the message; what speaks against it is said first: the title may have no room.
 */
static const char *
label(struct view *view, uint32_t agent, const struct merge_look *look)
{
	struct pilot_check check;
	pilot_check(view->pilot, agent, &check);
	snprintf(view->merge_label, sizeof(view->merge_label), "%s%.180s%smessage",
		check.state >= CHECK_FAILED ? "its check FAILS; " : "",
		look->stale ? look->stale : "", look->stale ? "; " : "");
	return view->merge_label;
}

static void
see_branch(struct view *view, const struct merge_look *look)
{
	mem_free(view->merge_branch);
	view->merge_branch = mem_strdup(look->branch);
}

/* --- merge --- */

/* The panel of checks is where it can be read why what it becomes does not pass. */
static void
complain(struct view *view, uint32_t agent, const struct err *err)
{
	struct pilot_check check;
	char said[128];
	pilot_check(view->pilot, agent, &check);
	if (err->code != ERR_REMOTE || !check.trial) {
		action_complain(view, err);
		return;
	}
	checks_lead(view, agent, check.trial);
	view_toast(view, ROLE_ERROR, "%.190s (%s)", err->text,
		view->mode == VIEW_CHECKS
			? keymap_said(view, VIEW_CHECKS, "⏎ shows its output", said)
			: keymap_said(view, VIEW_COMMAND, "V shows its output", said));
}

static void
on_merged(void *ctx, const struct merge_came *came, const struct err *err)
{
	struct asked *asked = ctx;
	struct view *view = asked->view;
	uint32_t agent = asked->of.agent;
	asked_drop(asked);
	if (err) {
		complain(view, agent, err);
		return;
	}
	if (strcmp(came->from, came->to) == 0) {
		action_report(view, came->text, NULL);
		return;
	}
	view->undo.merged = true;
	undo_offer(view, came->text);
}

static void
submit(struct view *view, uint32_t agent, const char *const values[])
{
	const struct fixing_view of = {.agent = agent};
	struct err err = ERR_INIT;
	struct asked *asked = asked_new(view, &of);
	const struct merge_seen seen = {view->merge_branch, view->merge_seen};
	if (pilot_merge(view->pilot, agent, values[0], &seen, on_merged, asked, &err) == 0) {
		view_toast(view, ROLE_NOTICE, "merging…");
		return;
	}
	action_complain(view, &err);
	asked_drop(asked);
}

/* "merge one into main: +3 -1 in 2 files, checked". */
static void
write_title(const struct view *view, const struct agent_view *agent,
	const struct merge_look *look, struct buf *into)
{
	struct pilot_work work;
	struct pilot_check check;
	pilot_work(view->pilot, agent->id, &work);
	pilot_check(view->pilot, agent->id, &check);
	buf_printf(into, "%s %s into %s", look->how, agent->name, look->branch);
	if (work.diff && work.diff->file_count > 0) {
		buf_addc(into, ": ");
		words_work(work.diff, true, into);
	}
	if (check.state == CHECK_PASSED && !check.stale)
		buf_addc(into, ", checked");
}

/* False: it went wrong, or who has gone on to something else by now is not disturbed. */
static bool
has_looked(struct asked *asked, const struct err *err, struct agent_view *ret)
{
	struct view *view = asked->view;
	uint32_t agent = asked->of.agent;
	bool awaited = asked_is_awaited(asked);
	asked_drop(asked);
	if (err)
		action_complain(view, err);
	if (err || !fleet_agent(view->fleet, agent, ret))
		return false;
	if (!awaited) {
		view_toast(view, ROLE_NOTICE, "%s can be looked at now: ask again", ret->name);
		return false;
	}
	view->toast_at = 0;
	return true;
}

static void
on_looked(void *ctx, const struct merge_look *look, const struct err *err)
{
	struct view *view = ((struct asked *)ctx)->view;
	struct agent_view agent;
	struct buf title = BUF_INIT;
	if (!has_looked(ctx, err, &agent))
		return;
	if (look->already) {
		view_toast(view, ROLE_NOTICE, "all of %s is in %s already%s%s", agent.name,
			look->branch, look->stale ? "; " : "", look->stale ? look->stale : "");
		return;
	}
	const char *const texts[] = {look->message, NULL};
	const char *const labels[] = {label(view, agent.id, look), NULL};
	snprintf(view->merge_seen, sizeof(view->merge_seen), "%s", look->tree);
	see_branch(view, look);
	write_title(view, &agent, look, &title);
	dialog_form(view, buf_cstr(&title), agent.id, labels, texts, submit);
	dialog_late(view);
	buf_release(&title);
}

/* True if it is on its way. */
static bool
look_at(struct view *view, uint32_t agent, merge_look_fn *done)
{
	const struct fixing_view of = {.agent = agent};
	struct err err = ERR_INIT;
	struct asked *asked = asked_new(view, &of);
	if (pilot_merge_look(view->pilot, agent, done, asked, &err) == 0)
		return true;
	action_complain(view, &err);
	asked_drop(asked);
	return false;
}

void
action_merge(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (action_focused(view, &agent) && look_at(view, agent.id, on_looked))
		view_toast(view, ROLE_NOTICE, "looking whether %s fits…", agent.name);
}

/* --- push --- */

static void
on_pushed(void *ctx, const char *text, const struct err *err)
{
	char said[128];
	if (err && err->code == ERR_EXISTS)
		view_toast(ctx, ROLE_ERROR, "%.180s (%s)", err->text,
			keymap_said(ctx, VIEW_COMMAND, "p asks again", said));
	else
		action_report(ctx, text, err);
}

static void
submit_base(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	(void)values;
	if (pilot_push(view->pilot, agent, PUSH_BASE, view->merge_branch, NULL, on_pushed, view,
		    &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "pushing…");
}

static void
submit_push(struct view *view, uint32_t agent, const char *const values[])
{
	struct err err = ERR_INIT;
	if (pilot_push(view->pilot, agent, PUSH_WORK, view->merge_branch, values[0], on_pushed,
		    view, &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "pushing…");
}

static void
on_push_looked(void *ctx, const struct merge_look *look, const struct err *err)
{
	struct view *view = ((struct asked *)ctx)->view;
	struct agent_view agent;
	char title[200];
	if (!has_looked(ctx, err, &agent))
		return;
	see_branch(view, look);
	if (look->already) {
		snprintf(title, sizeof(title), "Push %s?\nAll of %s is in it.%s%s",
			look->branch, agent.name, look->stale ? "\n" : "",
			look->stale ? look->stale : "");
		dialog_ask(view, "push", agent.id, title, "Push", submit_base);
		dialog_late(view);
		return;
	}
	const char *const texts[] = {look->message, NULL};
	const char *const labels[] = {label(view, agent.id, look), NULL};
	snprintf(title, sizeof(title), "push cockpit/%s, ask for a pull into %s", agent.name,
		look->branch);
	dialog_form(view, title, agent.id, labels, texts, submit_push);
	dialog_late(view);
}

void
action_push(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (action_focused(view, &agent))
		look_at(view, agent.id, on_push_looked);
}
