/* SPDX-License-Identifier: MIT */
/* What tmux says by itself, and whom it concerns. Ids are looked up among this host's own. */
#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

#define REASON_MAX   200
#define PICTURES_MAX 8 /* of one agent that are on their way */

static void
subscribe(struct host *host)
{
	struct buf line = BUF_INIT, what = BUF_INIT;
	buf_printf(&what, "facts:%%*:%s", facts_format(false));
	buf_addc(&line, "refresh-client -B ");
	tmux_quote(&line, buf_str(&what));
	host_line(host, buf_str(&line), 1, 0, NULL, NULL);
	buf_release(&what);
	buf_release(&line);
}

/* NULL: none of this host's agents has it. Before its list is here a pane's number may be that
 * of one on a server that is gone. */
static struct agent *
subject(struct host *host, const struct tmux_notice *notice)
{
	struct agent *agent = host->listed ? agent_by_pane(host, notice->subject) : NULL;
	host->strange += !agent;
	return agent;
}

static void
notice_output(struct host *host, const struct tmux_notice *notice)
{
	struct agent *agent = subject(host, notice);
	if (agent)
		agent_output(agent, notice->body);
}

static void
notice_pause(struct host *host, const struct tmux_notice *notice)
{
	struct agent *agent = subject(host, notice);
	/* tmux says so again only after an answer of ours. */
	if (agent && agent->asked - agent->answered < PICTURES_MAX)
		sync_paused(agent);
	else if (agent)
		host->strange++;
}

/* "b25d,80x24,0,0,0 …": a checksum of all of it, then the window's size. */
static void
notice_layout(struct host *host, const struct tmux_notice *notice)
{
	struct fleet *fleet = host->fleet;
	struct str rest = notice->body;
	int cols, rows;
	struct str sum = str_cut(&rest, ','), size = str_cut(&rest, ',');
	if (!str_to_int(str_cut(&size, 'x'), 1, 10000, &cols) ||
		!str_to_int(size, 1, 10000, &rows))
		return;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		/* A window that the agent has split: its own pane's size comes with the
		 * snapshot. */
		if (agent->host == host->index && str_eqc(notice->subject, agent->window))
			sync_layout(agent, sum, cols, rows);
	}
}

static void
notice_window_close(struct host *host, const struct tmux_notice *notice)
{
	struct fleet *fleet = host->fleet;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host != host->index || !agent->window[0] ||
			!str_eqc(notice->subject, agent->window))
			continue;
		agent_gone(agent);
		fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
	}
}

/* Its hook rings (src/data/sidecar/hook.sh), or somebody gave it a name. */
static void
notice_renamed(struct host *host, const struct tmux_notice *notice)
{
	struct fleet *fleet = host->fleet;
	for (int i = 0; host->listed && i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host == host->index && str_eqc(notice->subject, agent->window))
			events_fetch(agent);
	}
}

/* "facts $0 @1 1 %1 : VALUE" */
static void
notice_facts(struct host *host, const struct tmux_notice *notice)
{
	ptrdiff_t colon = str_find_str(notice->body, STR(" : "));
	struct facts facts;
	if (!host->listed || !str_starts(notice->body, STR("facts ")) || colon < 0)
		return;
	if (!facts_parse(str_slice(notice->body, (size_t)colon + 3, notice->body.len), &facts))
		return;
	if (host->clients != facts.attached) {
		host->clients = facts.attached;
		fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
	}
	agent_apply(host, &facts);
}

static void
notice_session(struct host *host, const struct tmux_notice *notice)
{
	(void)notice;
	/* Now the attach is through: 3.3a may lose what was sent before it. */
	if (host->listed || host->listing)
		return;
	host->listing = true;
	subscribe(host);
	loss_ask(host);
	host_list(host);
}

static void
notice_exit(struct host *host, const struct tmux_notice *notice)
{
	struct str reason = str_slice(notice->body, 0, REASON_MAX);
	mem_free(host->exit_reason);
	host->exit_reason = mem_strndup(reason.ptr, reason.len);
}

void
host_notice(void *ctx, const struct tmux_notice *notice)
{
	static void (*const handlers[])(struct host *, const struct tmux_notice *) = {
		[TMUX_NOTICE_OUTPUT] = notice_output,
		[TMUX_NOTICE_EXTENDED_OUTPUT] = notice_output,
		[TMUX_NOTICE_PAUSE] = notice_pause,
		[TMUX_NOTICE_LAYOUT_CHANGE] = notice_layout,
		[TMUX_NOTICE_WINDOW_CLOSE] = notice_window_close,
		[TMUX_NOTICE_UNLINKED_WINDOW_CLOSE] = notice_window_close,
		[TMUX_NOTICE_WINDOW_RENAMED] = notice_renamed,
		[TMUX_NOTICE_SUBSCRIPTION_CHANGED] = notice_facts,
		[TMUX_NOTICE_SESSION_CHANGED] = notice_session,
		[TMUX_NOTICE_EXIT] = notice_exit,
		[TMUX_NOTICE_OTHER] = NULL,
	};
	if (handlers[notice->kind])
		handlers[notice->kind](ctx, notice);
}
