/* SPDX-License-Identifier: MIT */
/*
 * From "we know nothing" to "every byte that comes fits onto what we show":
 *
 *   NONE ── resize, pause ──▶ PAUSING ── %pause ──▶ CAPTURING ── reply ──▶ LIVE
 *                                                      ▲  └─────▶ FLOODED
 *                                                      └─────────────┘ (flood.c)
 *
 * tmux may also pause a pane by itself, when we are too slow: that is the same
 * path from its middle. A change of size while a picture is on its way makes
 * it old: it is shown, and another one is asked for.
 *
 * After the "continue" new output can overtake the picture's reply (measured:
 * tmux serves panes round-robin, replies wait in the same queue). It is held and
 * fed behind the picture. All on one line with the pause, without waiting for
 * the notice, lost bytes in 7 of 2100 tries. Agents live as long as
 * their fleet, and every reply comes before that ends, so a reply may hold one.
 */
#define LOG_MODULE "sync"
#include <stdio.h>

#include "cockpit/base_log.h"
#include "cockpit/io_loop.h"
#include "local.h"
#include "snapshot.h"

#define MISSED_MS 500

/* The pane went meanwhile: for one that shared its window no notice comes. Or the host lies, or
 * has too much to do: the list that is asked for tells, twice a second at most, and begins
 * anew with what is still there. */
static void
missed(struct agent *agent)
{
	struct loop_timer *timer = agent->fleet->again;
	agent->flooded = false;
	agent->missed = true;
	if (!loop_timer_armed(timer))
		loop_timer_set(timer, MISSED_MS);
}

void
sync_again(void *ctx)
{
	struct fleet *fleet = ctx;
	for (int i = 0; i < fleet->host_count; i++) {
		struct host *host = &fleet->hosts[i];
		bool some = false;
		for (int k = 0; k < fleet->agent_count; k++) {
			struct agent *agent = fleet->agents[k];
			if (agent->host != i || !agent->missed)
				continue;
			/* A conversation that is over begins with the list anyway. */
			agent->missed = agent->sync == SYNC_NONE && host->tc;
			some = some || agent->missed;
		}
		if (!some)
			continue;
		host_list(host);
		loop_timer_set(fleet->again, MISSED_MS);
	}
}

/* tmux says nothing of a pane that is not there, or is paused already: without the notice there
 * is nothing to wait for. */
static void
on_pause_reply(void *ctx, int status, struct str text)
{
	struct agent *agent = ctx;
	(void)text;
	/* Hidden and shown again meanwhile: an earlier pause says nothing of the last one. */
	if (++agent->paused != agent->pauses || agent->sync != SYNC_PAUSING)
		return;
	agent->sync = SYNC_NONE;
	/* It was paused already, or there is none: the picture will tell. */
	if (status == 0)
		sync_paused(agent);
	else if (status != ERR_CANCELED)
		missed(agent);
}

static bool
wants_resize(struct agent *agent)
{
	if (agent->asked_cols == agent->want_cols && agent->asked_rows == agent->want_rows)
		return false;
	agent->asked_cols = agent->want_cols;
	agent->asked_rows = agent->want_rows;
	return agent->cols != agent->want_cols || agent->rows != agent->want_rows;
}

static void
add_resize(const struct agent *agent, struct buf *line)
{
	buf_printf(line, "resize-window -t '%s' -x %d -y %d", agent->window, agent->want_cols,
		agent->want_rows);
}

static void
resize_hidden(struct agent *agent)
{
	struct buf line = BUF_INIT;
	if (wants_resize(agent)) {
		add_resize(agent, &line);
		host_line(&agent->fleet->hosts[agent->host], buf_str(&line), 1, 0, NULL, NULL);
	}
	buf_release(&line);
}

void
sync_start(struct agent *agent)
{
	struct host *host = &agent->fleet->hosts[agent->host];
	struct buf line = BUF_INIT;
	unsigned commands = 1;
	if (!agent->pane[0] || !host->tc)
		return;
	if (agent->attention == ACT_HIDDEN && !agent->flooded) {
		resize_hidden(agent);
		return;
	}
	if (agent->sync == SYNC_PAUSING || agent->sync == SYNC_CAPTURING) {
		agent->again = true;
		return;
	}
	bool paused = agent->sync == SYNC_FLOODED;
	if (wants_resize(agent)) {
		add_resize(agent, &line);
		commands = 2;
	}
	agent->again = false;
	if (paused) {
		if (commands == 2)
			host_line(host, buf_str(&line), 1, 0, NULL, NULL);
		sync_paused(agent);
		buf_release(&line);
		return;
	}
	buf_printf(&line, "%srefresh-client -A '%s:pause'", commands == 2 ? " ; " : "",
		agent->pane);
	if (host_line(host, buf_str(&line), commands, 1u << (commands - 1), on_pause_reply,
		    agent) == 0) {
		agent->sync = SYNC_PAUSING;
		agent->pauses++;
	} else {
		missed(agent);
	}
	buf_release(&line);
}

static void
on_capture(void *ctx, int status, struct str text)
{
	struct agent *agent = ctx;
	struct screen_snapshot snapshot;
	struct buf scratch = BUF_INIT;
	/* A pause of tmux's own can overtake a reply and ask for the next picture: only the
	 * last one asked for fits what follows. */
	agent->answered++;
	if (agent->sync != SYNC_CAPTURING || status == ERR_CANCELED ||
		agent->answered != agent->asked)
		return;
	agent->sync = SYNC_NONE;
	/* What began to flood while it was hidden runs on: it is to be paused first. */
	if (status >= 0 && agent->flooded && agent->runs) {
		sync_start(agent);
		return;
	}
	if (agent->attention == ACT_HIDDEN) {
		agent->sync = agent->flooded ? SYNC_FLOODED : SYNC_NONE;
		return;
	}
	if (status < 0 || !snapshot_parse(text, &scratch, &snapshot)) {
		log_debug("agent %s: no picture", agent->name);
		buf_release(&scratch);
		missed(agent);
		return;
	}
	if (!agent->screen)
		agent->screen = agent_screen_new(agent);
	screen_restore(agent->screen, &snapshot);
	if (agent->flooded) {
		agent->sync = SYNC_FLOODED;
		flood_picture(agent, text);
	} else {
		agent->sync = SYNC_LIVE;
		struct buf held = agent->held;
		agent->held = BUF_INIT_MAX(held.max);
		agent_output(agent, buf_str(&held));
		buf_release(&held);
		look_later(agent);
	}
	if (agent->again)
		sync_start(agent);
	buf_release(&scratch);
	fleet_emit(agent->fleet, FLEET_SCREEN, agent->host, agent->id);
}

/* Nobody wants its picture: it waits, or goes on. */
static void
sync_hidden(struct agent *agent)
{
	struct buf line = BUF_INIT;
	agent->sync = SYNC_FLOODED;
	if (!agent->flooded) {
		agent->sync = SYNC_NONE;
		buf_printf(&line, "refresh-client -A '%s:continue'", agent->pane);
		host_line(&agent->fleet->hosts[agent->host], buf_str(&line), 1, 1, NULL, NULL);
	}
	buf_release(&line);
}

void
sync_paused(struct agent *agent)
{
	struct host *host = &agent->fleet->hosts[agent->host];
	struct buf line = BUF_INIT;
	bool go_on = !agent->flooded;
	if (agent->attention == ACT_HIDDEN) {
		sync_hidden(agent);
		return;
	}
	snapshot_command(&line, agent->pane);
	if (go_on)
		buf_printf(&line, " ; refresh-client -A '%s:continue'", agent->pane);
	/* Before sending: the reply may not come from inside, but a failure is to be seen. */
	agent->sync = SYNC_CAPTURING;
	agent->runs = go_on;
	agent->asked++;
	buf_clear(&agent->held);
	if (host_line(host, buf_str(&line), go_on ? 3 : 2, go_on ? 1u << 2 : 0, on_capture,
		    agent) < 0) {
		agent->asked--;
		agent->sync = SYNC_NONE;
		missed(agent);
	}
	buf_release(&line);
}

void
sync_layout(struct agent *agent, struct str layout, int cols, int rows)
{
	/* A window that is split keeps its size, its panes do not. */
	bool changed =
		agent->cols != cols || agent->rows != rows || !str_eqc(layout, agent->layout);
	snprintf(
		agent->layout, sizeof(agent->layout), "%.*s", STR_ARG(str_slice(layout, 0, 7)));
	agent->cols = cols;
	agent->rows = rows;
	/* A picture that is on its way may be of before; a pause that is, not yet. */
	if (changed && agent->sync != SYNC_NONE && agent->sync != SYNC_PAUSING)
		sync_start(agent);
}
