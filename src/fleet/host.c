/* SPDX-License-Identifier: MIT */
/*
 * One host: a link, and over it one tmux conversation that carries all agents.
 * Each host goes its own way; nothing here waits for another one.
 *
 * Its state is written by state.c alone. What happens to the link is told to it as
 * events; what is to be done then stands in its rows.
 */
#define LOG_MODULE      "host"
#define _DEFAULT_SOURCE /* getentropy */
#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define CLOSER_MS    20
#define PREAMBLE_MAX 65536

/* Down for whatever reason: nothing of this link is heard any more. */
void
host_down(struct host *host)
{
	struct fleet *fleet = host->fleet;
	loop_timer_cancel(host->timer);
	host->due = 0;
	hold_end(host);
	conn_end(host);
	host->link_up = false;
	ask_drop(host);
	/* The link may be what is calling us. */
	loop_timer_set(host->closer, 0);
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host != host->index)
			continue;
		if (host->state == HOST_ENDED)
			agent_gone(agent);
		fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
	}
}

void
host_lost(struct host *host)
{
	if (host->before == HOST_STALE)
		host->lost_at = host->heard_at;
	else if (host->before == HOST_READY)
		host->lost_at = clock_ms();
	host_down(host);
	retry_plan(host);
}

void
host_drop(struct host *host, const struct err *why)
{
	struct err ended = ERR_INIT;
	host->why = why ? *why : ERR_INIT;
	host_step(host, !why                        ? HOST_WAS_ENDED
			: retry_is_final(why->code) ? HOST_WAS_REFUSED
						    : HOST_WAS_LOST);
	if (!why)
		err_set(&ended, ERR_CLOSED, "host %s: the fleet was taken down there",
			host->config->name);
	verbs_wake(host, why ? why : &ended);
}

void
host_fail(struct host *host, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "host %s: %s", host->config->name, text);
	host_drop(host, &err);
}

void
host_cancel(struct host *host)
{
	/* Also of one that was cancelled, and is to come back once its old link is gone. */
	host->reconnect = host->hurry = false;
	if (!host_state_tried(host->state))
		return;
	host->retry_at = 0;
	err_set(&host->why, ERR_CANCELED, "host %s: connecting was cancelled",
		host->config->name);
	/* Those who wait for it hear it after it is so, and may do what they like. */
	struct err why = host->why;
	host_step(host, HOST_WAS_CANCELED);
	verbs_wake(host, &why);
}

void
host_set_timer(struct host *host, int64_t ms)
{
	host->due = clock_ms() + ms;
	loop_timer_set(host->timer, ms);
}

static void
attach_is_late(struct host *host)
{
	host_fail(host, ERR_TIMEOUT, "tmux did not answer in time");
}

/* A host has one timer; what it is for is its state's. */
static void
on_timer(void *ctx)
{
	static void (*const due[HOST_STATE_COUNT])(struct host *) = {
		[HOST_PROBING] = attach_is_late,
		[HOST_READY] = probe_due,
		[HOST_STALE] = probe_due,
		[HOST_LOST] = host_connect,
	};
	struct host *host = ctx;
	if (probe_is_late(host))
		probe_all(host->fleet);
	else if (due[host->state])
		due[host->state](host);
}

static void
on_closer(void *ctx)
{
	struct host *host = ctx;
	struct link *link = host->link;
	if (host->link_up)
		return;
	/* The verb that took the fleet down is still at it. */
	if (host->verbs && !host->why.code) {
		loop_timer_set(host->closer, CLOSER_MS);
		return;
	}
	host->link = NULL;
	link_free(link);
	if (host->reconnect) {
		host->reconnect = false;
		host_connect(host);
	}
}

int
host_line(struct host *host, struct str line, unsigned commands, uint64_t noisy,
	tmux_reply_fn *reply, void *ctx)
{
	if (!host->tc)
		return ERR_CLOSED;
	return tmux_control_send_noisy(host->tc, line, commands, noisy, reply, ctx);
}

/* It was dropped while it came up, and goes in a moment. */
static bool
is_over(const struct host *host)
{
	return loop_timer_armed(host->closer);
}

static void
on_ready(void *ctx)
{
	struct host *host = ctx;
	if (is_over(host))
		return;
	host->link_up = true;
	host->doing[0] = '\0';
	if (host->fleet->flags & FLEET_WATCH)
		conn_attach(host, false);
	else if (host->fleet->flags & FLEET_BARE)
		host_step(host, HOST_RUNS_COMMANDS);
	else
		list_once(host);
	if (host->link_up)
		verbs_wake(host, NULL);
}

static void
on_closed(void *ctx, const struct err *why)
{
	struct host *host = ctx;
	struct err err = *why;
	if (is_over(host))
		return;
	err_prefix(&err, "host %s", host->config->name);
	host_drop(host, &err);
}

/* A link's words are for people; the first of them tell the state. */
void
host_doing(struct host *host)
{
	static const struct {
		const char *word;
		enum host_event event;
	} words[] = {
		{"waiting",    HOST_WAITS     },
		{"resolving",  HOST_RESOLVES  },
		{"connecting", HOST_CONNECTS  },
		{"host key",   HOST_CHECKS_KEY},
		{"login",      HOST_LOGS_IN   },
	};
	struct str doing = str_from(host->doing);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_starts(doing, str_from(words[i].word)))
			host_step(host, words[i].event);
	}
}

static void
on_status(void *ctx, const char *what)
{
	struct host *host = ctx;
	snprintf(host->doing, sizeof(host->doing), "%s", what);
	host_doing(host);
	fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
}

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	struct host *host = ctx;
	if (!is_over(host))
		ask_take(host, ask);
}

static void
on_unask(void *ctx)
{
	ask_drop(ctx);
}

static void
on_note(void *ctx, const char *text)
{
	struct host *host = ctx;
	log_info("host %s: %s", host->config->name, text);
	snprintf(host->note, sizeof(host->note), "%s", text);
	fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
}

void
host_begin(struct host *host)
{
	static const struct link_ops alone = {
		.ready = on_ready, .closed = on_closed, .status = on_status, .note = on_note};
	static const struct link_ops with_person = {.ready = on_ready,
		.closed = on_closed,
		.status = on_status,
		.ask = on_ask,
		.unask = on_unask,
		.note = on_note};
	const struct link_ops *ops = host->fleet->flags & FLEET_PERSON ? &with_person : &alone;
	loop_timer_cancel(host->timer);
	host->due = 0;
	host->retry_at = 0;
	host->tried_at = clock_ms();
	host->why = ERR_INIT;
	host->doing[0] = '\0';
	host->note[0] = '\0';
	host->link = transport_link(host, ops);
}

void
host_connect(struct host *host)
{
	/* The old one goes in a moment. Where there was none, the new one is not to go for it.
	 */
	if (host->link) {
		host->reconnect = loop_timer_armed(host->closer);
	} else {
		loop_timer_cancel(host->closer);
		host_step(host, HOST_WANTED);
	}
}

void
host_init(struct host *host, struct fleet *fleet, int index)
{
	*host = (struct host){.fleet = fleet,
		.index = index,
		.config = &fleet->config->hosts[index],
		.since = clock_ms(),
		.preamble = BUF_INIT_MAX(PREAMBLE_MAX)};
	host->timer = loop_timer_new(fleet->loop, on_timer, host);
	host->closer = loop_timer_new(fleet->loop, on_closer, host);
	BUG_ON(getentropy(&host->secret, sizeof(host->secret)) < 0);
}

void
host_release(struct host *host)
{
	verbs_drop(host);
	hold_end(host);
	conn_end(host);
	link_free(host->link);
	ask_drop(host);
	loop_timer_free(host->timer);
	loop_timer_free(host->closer);
	buf_release(&host->preamble);
	mem_free(host->exit_reason);
}
