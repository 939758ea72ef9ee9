/* SPDX-License-Identifier: MIT */
/* The list of a host's agents: asked of tmux, or of host.sh by commands that end. */
#include "cockpit/base_clock.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

#define LIST_MAX  4096 /* panes of one host that are looked at */
#define ANSWER_MS 20000

int
host_agents(const struct host *host)
{
	const struct fleet *fleet = host->fleet;
	int count = 0;
	for (int i = 0; i < fleet->agent_count; i++) {
		const struct agent *agent = fleet->agents[i];
		count +=
			agent->host == host->index && agent->pane[0] && !agent_is_beside(agent);
	}
	return count;
}

/* Those that the list just taken did not name: stopped by somebody, or lost with their server.
 */
static void
forget_missing(struct host *host)
{
	struct fleet *fleet = host->fleet;
	enum agent_loss loss = host->listed ? LOSS_NONE : loss_judge(host);
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host == host->index && agent->pane[0] &&
			agent->seen != host->lists) {
			if (loss)
				agent_lose(agent, loss, host->parted_at);
			else
				agent_gone(agent);
			fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
		}
	}
}

static void
take_list(struct host *host, struct str text)
{
	struct str rest = text;
	struct fleet *fleet = host->fleet;
	for (int i = 0; !host->listed && i < fleet->agent_count; i++) {
		if (fleet->agents[i]->host == host->index)
			signs_missed(fleet->agents[i]);
	}
	host->lists++;
	for (int lines = 0; rest.len > 0 && lines < LIST_MAX; lines++) {
		struct facts facts;
		if (!facts_parse(str_cut(&rest, '\n'), &facts))
			continue;
		host->clients = facts.attached;
		agent_apply(host, &facts);
	}
	forget_missing(host);
}

static void
on_list(void *ctx, int status, struct str text)
{
	struct host *host = ctx;
	struct fleet *fleet = host->fleet;
	if (status < 0)
		return; /* the end of the conversation follows, or the deadline */
	take_list(host, text);
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host != host->index || !agent->pane[0] || agent->sync != SYNC_NONE)
			continue;
		/* Kept while there was no other. */
		if (agent->attention == ACT_HIDDEN) {
			screen_free(agent->screen);
			agent->screen = NULL;
		}
		sync_start(agent);
	}
	if (!host->listed) {
		loss_settle(host);
		host->listed = true;
		host_step(host, HOST_TOLD_ALL);
	}
}

void
host_list(struct host *host)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "list-panes -s -t '=%s:' -F ", host->fleet->session);
	tmux_quote(&line, str_from(facts_format(false)));
	host_line(host, buf_str(&line), 1, 0, on_list, host);
	buf_release(&line);
}

/* For commands that end: the list by a verb, no tmux attached. */
static void
on_verb_list(void *ctx, struct str out, const struct err *err)
{
	struct host *host = ctx;
	if (!host->link_up || (err && err->code == ERR_CANCELED))
		return;
	if (err) {
		host_drop(host, err);
		return;
	}
	take_list(host, out);
	host_step(host, HOST_RUNS_COMMANDS);
}

void
list_once(struct host *host)
{
	const char *const args[] = {facts_format(true), NULL};
	struct err err = ERR_INIT;
	if (act_host_verb(host->fleet, host->index, "list", args, STR(""), ANSWER_MS,
		    on_verb_list, host, &err) < 0)
		host_drop(host, &err);
}
