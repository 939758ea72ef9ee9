/* SPDX-License-Identifier: MIT */
/*
 * Once calm, true. A picture cannot tell all (the pen, a cursor that was saved, see
 * screen_in_doubt()), so what follows it is drawn on guesses. As soon as the pane is
 * calm, what it shows is compared with one more picture; mostly that is all, and what
 * was guessed is known from then on.
 *
 * It needs no pause: a reply never overtakes the output from before it, so if nothing
 * came between question and reply, the picture is of exactly the bytes that we had. If
 * something came it is worth nothing, and is tried again later. One that never settles
 * is tried less and less often.
 *
 * tmux 3.3a can forget that it has something to write, and then the end of a burst stays
 * there, the prompt too, until it is told something else (seen on a cable of 1 Mbit/s after
 * Ctrl-C, with all of TCP's queues empty). So it is told something once a burst is over, and
 * again as long as it owes an answer.
 */
#include "cockpit/base_clock.h"
#include "cockpit/io_loop.h"
#include "local.h"
#include "snapshot.h"

#define CALM_MS    50
#define RETRY_MS   250
#define RETRY_LAST 8000
#define NUDGE_MS   300
#define BURST      4096 /* bytes in a window of flood.c */

static bool
in_doubt(const struct agent *agent)
{
	return agent->sync == SYNC_LIVE && agent->screen && screen_in_doubt(agent->screen);
}

static void
nudge_later(struct fleet *fleet)
{
	if (!loop_timer_armed(fleet->nudger))
		loop_timer_set(fleet->nudger, NUDGE_MS);
}

void
check_later(struct agent *agent)
{
	struct loop_timer *timer = agent->fleet->checker;
	int64_t now = clock_ms();
	if (agent->window_bytes > BURST) {
		agent->burst = true;
		nudge_later(agent->fleet);
	}
	if (!in_doubt(agent) || agent->checking)
		return;
	agent->check_at = now + CALM_MS;
	if (agent->check_at < agent->check_next)
		agent->check_at = agent->check_next;
	if (!loop_timer_armed(timer))
		loop_timer_set(timer, agent->check_at - now);
}

/* What was asked did not help: not so soon again. */
static void
put_off(struct agent *agent)
{
	agent->check_ms = agent->check_ms ? agent->check_ms * 2 : RETRY_MS;
	if (agent->check_ms > RETRY_LAST)
		agent->check_ms = RETRY_LAST;
	agent->check_next = clock_ms() + agent->check_ms;
	check_later(agent);
}

static void
on_check(void *ctx, int status, struct str text)
{
	struct agent *agent = ctx;
	struct screen_snapshot snapshot;
	struct buf scratch = BUF_INIT;
	agent->checking = false;
	/* A picture that is under way makes it needless. */
	if (status < 0 || !in_doubt(agent))
		return;
	if (agent->bytes != agent->check_bytes || !snapshot_parse(text, &scratch, &snapshot)) {
		put_off(agent);
	} else if (screen_check(agent->screen, &snapshot)) {
		agent->check_ms = 0;
	} else {
		screen_restore(agent->screen, &snapshot);
		put_off(agent);
		fleet_emit(agent->fleet, FLEET_SCREEN, agent->host, agent->id);
	}
	buf_release(&scratch);
}

static void
check(struct agent *agent)
{
	struct buf line = BUF_INIT;
	snapshot_command(&line, agent->pane);
	agent->check_bytes = agent->bytes;
	/* Before sending: the reply may not come from inside, but a failure is to be seen. */
	agent->checking = true;
	agent->poked_at = clock_ms();
	nudge_later(agent->fleet);
	if (host_line(&agent->fleet->hosts[agent->host], buf_str(&line), 2, 0, on_check,
		    agent) < 0)
		agent->checking = false;
	buf_release(&line);
}

void
check_beat(void *ctx)
{
	struct fleet *fleet = ctx;
	int64_t now = clock_ms(), next = INT64_MAX;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (!in_doubt(agent) || agent->checking)
			continue;
		if (agent->check_at <= now)
			check(agent);
		else if (agent->check_at < next)
			next = agent->check_at;
	}
	if (next != INT64_MAX)
		loop_timer_set(fleet->checker, next - now);
}

/* Since the last word to tmux nothing came from the agent, but something from tmux. */
static bool
is_over(const struct agent *agent, const struct host *host)
{
	return !agent->checking && agent->poked_at > agent->printed_at &&
	       host->heard_at > agent->poked_at;
}

void
check_nudge(void *ctx)
{
	struct fleet *fleet = ctx;
	int64_t now = clock_ms();
	bool some = false;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		struct host *host = &fleet->hosts[agent->host];
		if (host->state != HOST_READY || is_over(agent, host))
			agent->burst = false;
		if (host->state != HOST_READY || !(agent->burst || agent->checking))
			continue;
		some = true;
		if (now - agent->printed_at < NUDGE_MS || now - agent->poked_at < NUDGE_MS)
			continue;
		agent->poked_at = now;
		probe_nudge(host);
	}
	if (some)
		nudge_later(fleet);
}
