/* SPDX-License-Identifier: MIT */
/* Agents that are stopped or deleted, and how that is undone: for a while by one key; and those
 * that are ended to begin anew. */
#include <stdio.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_merge.h"
#include "cockpit/orch_pilot.h"
#include "dialog.h"
#include "keymap.h"
#include "view.h"

#define UNDO_S   30
#define DIR_COLS 200

struct ending {
	struct view *view;
	char agent[80], host[80];
	bool deletes;
	bool beside; /* a shell in another one's folder */
	struct ending *next;
};

void
endings_release(struct view *view)
{
	while (view->endings) {
		struct ending *ending = view->endings;
		view->endings = ending->next;
		mem_free(ending);
	}
}

static void
drop(struct ending *ending)
{
	struct ending **p = &ending->view->endings;
	while (*p != ending)
		p = &(*p)->next;
	*p = ending->next;
	mem_free(ending);
}

int
undo_left(const struct view *view)
{
	int64_t gone = view->undo.at ? clock_ms() - view->undo.at : UNDO_S * 1000;
	return gone < UNDO_S * 1000 ? UNDO_S - (int)(gone / 1000) : 0;
}

const char *
undo_what(const struct view *view)
{
	return view->undo.merged ? "merge" : view->undo.deleted ? "delete" : "stop";
}

void
undo_offer(struct view *view, const char *text)
{
	char key[32];
	view->undo.at = clock_ms();
	if (keymap_first(view, view->mode, "undo", key)[0] ||
		keymap_first(view, VIEW_COMMAND, "undo", key)[0])
		view_toast(view, ROLE_NOTICE, "%.180s · %s undoes it (%ds)", text, key, UNDO_S);
	else
		view_toast(view, ROLE_NOTICE, "%.200s", text);
}

static void
on_ended(void *ctx, const char *text, const struct err *err)
{
	struct ending *ending = ctx;
	struct view *view = ending->view;
	if (err) {
		action_complain(view, err);
	} else if (ending->beside) {
		/* There is nothing to bring back. */
		view_toast(view, ROLE_NOTICE, "%.200s", text);
	} else {
		snprintf(view->undo.agent, sizeof(view->undo.agent), "%s", ending->agent);
		snprintf(view->undo.host, sizeof(view->undo.host), "%s", ending->host);
		view->undo.deleted = ending->deletes;
		view->undo.merged = false;
		undo_offer(view, text);
	}
	drop(ending);
}

static void
end_agent(struct view *view, uint32_t id, bool deletes)
{
	struct agent_view agent;
	struct err err = ERR_INIT;
	if (!fleet_agent(view->fleet, id, &agent))
		return;
	struct ending *ending = MEM_NEW(struct ending);
	*ending = (struct ending){.view = view,
		.deletes = deletes,
		.beside = agent.beside,
		.next = view->endings};
	view->endings = ending;
	snprintf(ending->agent, sizeof(ending->agent), "%s", agent.name);
	snprintf(ending->host, sizeof(ending->host), "%s", agent.host);
	int rc = deletes ? pilot_delete(
				   view->pilot, agent.host, agent.name, on_ended, ending, &err)
			 : pilot_stop(
				   view->pilot, agent.host, agent.name, on_ended, ending, &err);
	if (rc < 0) {
		action_complain(view, &err);
		drop(ending);
	} else if (deletes) {
		view_toast(view, ROLE_NOTICE, "deleting %s…", agent.name);
	}
}

static void
submit_stop(struct view *view, uint32_t id, const char *const values[])
{
	(void)values;
	end_agent(view, id, false);
}

static void
submit_delete(struct view *view, uint32_t id, const char *const values[])
{
	(void)values;
	end_agent(view, id, true);
}

void
action_stop(struct view *view, int argument)
{
	struct agent_view agent;
	struct buf text = BUF_INIT;
	(void)argument;
	if (!action_focused(view, &agent))
		return;
	if (agent.lost) {
		pilot_forget(view->pilot, agent.id);
		view_toast(view, ROLE_NOTICE, "forgot %s", agent.name);
		return;
	}
	if (!agent.present)
		return;
	buf_printf(&text, "Stop %s on %s?\nIts process ends%s", agent.name, agent.host,
		agent.beside ? "." : "; its work stays in\n");
	text_safe(&text, str_from(agent.dir), DIR_COLS);
	dialog_ask(view, "stop", agent.id, buf_cstr(&text), "Stop", submit_stop);
	buf_release(&text);
}

static void
submit_restart(struct view *view, uint32_t id, const char *const values[])
{
	struct agent_view agent;
	struct err err = ERR_INIT;
	(void)values;
	if (!fleet_agent(view->fleet, id, &agent))
		return;
	if (pilot_restart_running(view->pilot, id, action_report, view, &err) < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "restarting %s…", agent.name);
}

void
action_restart_running(struct view *view, int argument)
{
	struct agent_view agent;
	struct buf text = BUF_INIT;
	char why[96];
	(void)argument;
	if (!action_focused(view, &agent))
		return;
	/* There is nothing to interrupt. */
	bool over = agent.verdict.state == AGENT_FAILED || agent.verdict.state == AGENT_ENDED;
	if (!agent.present || !agent.link ||
		(over && strcmp(agent.verdict.source, "process") == 0)) {
		action_restart_agent(view, &agent);
		return;
	}
	buf_printf(&text,
		"Restart %s on %s?\nWhat it is doing is interrupted: its process ends,\n"
		"and is started again in the same place.\n",
		agent.name, agent.host);
	if (strcmp(agent.profile, "shell") == 0)
		buf_addc(&text, "It is a shell, which begins anew.");
	else if (pilot_goes_on(&agent, why))
		buf_addc(&text, "Its conversation goes on.");
	else
		buf_printf(&text,
			"Its conversation does not go on:\n%s.\n"
			"It begins as it was started, with its first prompt.",
			why);
	dialog_ask(view, "restart", agent.id, buf_cstr(&text), "Restart", submit_restart);
	buf_release(&text);
}

void
action_delete(struct view *view, int argument)
{
	struct agent_view agent;
	struct buf text = BUF_INIT;
	(void)argument;
	if (!action_focused(view, &agent))
		return;
	/* It has no work tree that could go. */
	if (agent.beside) {
		action_stop(view, 0);
		return;
	}
	buf_printf(&text,
		"Delete %s on %s?\nIt ends, and its work tree goes. All of its work is kept "
		"here in the trash, but for files that git ignores.",
		agent.name, agent.host);
	dialog_ask(view, "delete", agent.id, buf_cstr(&text), "Delete", submit_delete);
	buf_release(&text);
}

static void
on_unmerged(void *ctx, const struct merge_came *came, const struct err *err)
{
	struct view *view = ctx;
	if (err) {
		view->undo.merged = true;
		view->undo.at = clock_ms();
	}
	action_report(view, err ? "" : came->text, err);
}

void
action_undo(struct view *view, int argument)
{
	struct err err = ERR_INIT;
	(void)argument;
	if (undo_left(view) == 0) {
		view_toast(view, ROLE_NOTICE,
			"nothing was done in the last %d s; \"cockpit trash\" has what was "
			"deleted",
			UNDO_S);
		return;
	}
	if (view->undo.merged) {
		view->undo.at = 0;
		if (pilot_unmerge(view->pilot, NULL, on_unmerged, view, &err) < 0)
			action_complain(view, &err);
		return;
	}
	struct pilot_spec spec = {.name = view->undo.agent, .host = view->undo.host};
	action_tile_size(view, -1, &spec.cols, &spec.rows);
	int rc = view->undo.deleted
			 ? pilot_undelete(view->pilot, view->undo.agent, view->undo.host,
				   action_report, view, &err)
			 : pilot_resume(view->pilot, &spec, action_report, view, &err);
	if (rc < 0)
		action_complain(view, &err);
	else
		view_toast(view, ROLE_NOTICE, "bringing %s back…", view->undo.agent);
	view->undo.at = 0;
}
