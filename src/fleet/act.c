/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

/* send-keys -H is quadratic in its line; 64 bytes a line were the fastest measured. */
#define HEX_CHUNK 64

/*
 * NULL with *status set when nothing can be typed into it now. Only a host that is ready is
 * typed into: before its list is here, a pane's number may be another agent's.
 *
 * What is promised: bytes that were refused are never sent. Bytes that were taken are sent
 * once, in order, over this conversation or not at all; whether the agent got those that no
 * answer came for when it ended, nobody can know, and nothing is sent again.
 */
struct agent *
act_typable(struct fleet *fleet, uint32_t id, int *status)
{
	struct agent *agent = fleet_agent_by_id(fleet, id);
	*status = 0;
	if (!agent || !agent->pane[0])
		*status = ERR_NOT_FOUND;
	else if (fleet->hosts[agent->host].state != HOST_READY)
		*status = ERR_CLOSED;
	return *status < 0 ? NULL : agent;
}

void
act_host_retry(struct fleet *fleet, int index)
{
	struct host *host = &fleet->hosts[index];
	if (host->state == HOST_STALE)
		host_fail(host, ERR_CLOSED, "given up since it does not answer");
	host_connect(host);
}

void
act_host_cancel(struct fleet *fleet, int index)
{
	host_cancel(&fleet->hosts[index]);
}

void
act_host_hurry(struct fleet *fleet, int index)
{
	retry_hurry(&fleet->hosts[index]);
}

void
act_fleet_woke(struct fleet *fleet)
{
	probe_all(fleet);
}

bool
act_fleet_profiles(struct fleet *fleet)
{
	if (!profile_reload())
		return false;
	for (int i = 0; i < fleet->agent_count; i++) {
		signs_again(fleet->agents[i]);
		look_later(fleet->agents[i]);
		fleet_judge(fleet, fleet->agents[i]);
	}
	return true;
}

void
act_host_refresh(struct fleet *fleet, int index)
{
	struct host *host = &fleet->hosts[index];
	if (host->tc)
		host_list(host);
}

void
act_agent_attention(struct fleet *fleet, uint32_t id, enum act_attention attention)
{
	struct agent *agent = fleet_agent_by_id(fleet, id);
	if (agent && agent->attention != attention)
		agent_attend(agent, attention);
}

void
act_agent_resize(struct fleet *fleet, uint32_t id, int cols, int rows)
{
	struct agent *agent = fleet_agent_by_id(fleet, id);
	if (!agent || (agent->want_cols == cols && agent->want_rows == rows))
		return;
	agent->want_cols = cols;
	agent->want_rows = rows;
	sync_start(agent);
}

const char *const act_start_options[] = {"events", "ask", "busy", "last", "prompts", "seen",
	"alive", "born", "spent", "request", "requested", "reply", "part", NULL};

/* Who it is now stands in the list. */
static void
on_respawned(void *ctx, int status, struct str text)
{
	struct agent *agent = ctx;
	(void)text;
	if (status == 0)
		host_list(&agent->fleet->hosts[agent->host]);
}

int
act_agent_respawn(struct fleet *fleet, uint32_t id, const char *start)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent)
		return rc;
	/* Without -k: tmux refuses if it runs after all, and drops the rest of the line. What
	 * was meant for the one before does not reach this one: it has an id of its own. */
	buf_printf(&line, "respawn-pane -t '%s' -e COCKPIT_RESUME=%s", agent->pane,
		agent_has_talked(agent) ? "1" : "");
	unsigned count = 3;
	for (size_t i = 0; act_start_options[i]; i++, count++)
		buf_printf(&line, " ; set-option -p -u -t '%s' @cockpit_%s", agent->pane,
			act_start_options[i]);
	agent->respawned_at = clock_ms();
	/* The title is that of the one before, until this one sets its own. */
	buf_printf(&line, " ; select-pane -t '%s' -T '' ; set-option -p -t '%s' @cockpit_id %s",
		agent->pane, agent->pane, start);
	rc = host_line(
		&fleet->hosts[agent->host], buf_str(&line), count, 0, on_respawned, agent);
	buf_release(&line);
	return rc;
}

void
act_agent_forget(struct fleet *fleet, uint32_t id)
{
	struct agent *agent = fleet_agent_by_id(fleet, id);
	if (!agent || !agent->lost)
		return;
	agent_gone(agent);
	fleet_emit(fleet, FLEET_AGENT, agent->host, id);
}

/* An answer, if it asks; a key that only moves about in a dialog is none. */
void
act_typed(struct agent *agent, bool answers)
{
	int64_t now = clock_ms();
	agent->key_at = now;
	if (answers)
		agent->ev.typed_at = now;
	probe_typed(&agent->fleet->hosts[agent->host]);
	fleet_judge(agent->fleet, agent);
}

int
act_agent_bytes(struct fleet *fleet, uint32_t id, struct str bytes)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent)
		return rc;
	for (size_t at = 0; at < bytes.len && rc == 0; at += HEX_CHUNK) {
		buf_clear(&line);
		buf_printf(&line, "send-keys -t '%s' -H", agent->pane);
		tmux_hex(&line, str_slice(bytes, at, at + HEX_CHUNK));
		rc = host_line(&fleet->hosts[agent->host], buf_str(&line), 1, 0, NULL, NULL);
	}
	buf_release(&line);
	act_typed(agent, true);
	return rc;
}

int
act_agent_key(struct fleet *fleet, uint32_t id, struct str name)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent)
		return rc;
	buf_printf(&line, "send-keys -t '%s' ", agent->pane);
	buf_add(&line, name);
	rc = host_line(&fleet->hosts[agent->host], buf_str(&line), 1, 0, NULL, NULL);
	buf_release(&line);
	act_typed(agent, str_eqc(name, "Enter") || str_eqc(name, "Escape"));
	return rc;
}
