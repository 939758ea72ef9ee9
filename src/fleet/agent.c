/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "local.h"

/* An echo comes back within this: it is no sign that the agent works. */
#define ECHO_MS 400
/* Of one host; more than any machine runs. */
#define HOST_AGENTS_MAX 256
/* Output that overtook its picture; far more than tmux queues for a pane that is not paused. */
#define HELD_MAX (1u << 20)

struct agent *
agent_new(struct fleet *fleet, const char *name, int host)
{
	struct agent *agent = MEM_NEW(struct agent);
	agent->id = ++fleet->last_id;
	agent->fleet = fleet;
	agent->host = host;
	agent->name = mem_strdup(name);
	agent->held = BUF_INIT_MAX(HELD_MAX);
	agent->attention = ACT_SHOWN;
	fleet->agents =
		mem_grow(fleet->agents, (size_t)fleet->agent_count + 1, sizeof(*fleet->agents));
	fleet->agents[fleet->agent_count++] = agent;
	return agent;
}

void
agent_free(struct agent *agent)
{
	screen_free(agent->screen);
	listener_free(agent->listener);
	buf_release(&agent->held);
	mem_free(agent->name);
	mem_free(agent->profile);
	mem_free(agent->dir);
	mem_free(agent->branch);
	mem_free(agent->uid);
	mem_free(agent);
}

struct agent *
agent_by_pane(const struct host *host, struct str pane)
{
	struct fleet *fleet = host->fleet;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host == host->index && agent->pane[0] && str_eqc(pane, agent->pane))
			return agent;
	}
	return NULL;
}

static struct agent *
by_name(const struct host *host, struct str name)
{
	struct fleet *fleet = host->fleet;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host == host->index && str_eqc(name, agent->name))
			return agent;
	}
	return NULL;
}

static void
set_text(char **field, struct str text)
{
	if (*field && str_eqc(text, *field))
		return;
	mem_free(*field);
	*field = mem_strndup(text.ptr, text.len);
}

static void
set_id(char field[16], struct str id)
{
	size_t len = id.len < 15 ? id.len : 15;
	memcpy(field, id.ptr, len);
	field[len] = '\0';
}

/* A pane that is new to us: what we knew of an earlier one says nothing about it. */
static void
adopt(struct agent *agent, const struct facts *facts, int64_t now)
{
	agent_gone(agent);
	set_id(agent->pane, facts->pane);
	set_id(agent->window, facts->window);
	agent->ev = (struct evidence){.present = true, .started_at = now};
	agent->cols = facts->cols;
	agent->rows = facts->rows;
	if (facts->activity) {
		int64_t age = (clock_wall() - facts->activity) * 1000;
		agent->ev.output_at = age >= 0 && age < now ? now - age : 0;
	}
}

/* Also from the OSC itself, which is quicker; a title that did not change keeps its age. */
static void
set_title(struct agent *agent, struct str title, int64_t now)
{
	char field[EVIDENCE_TEXT_MAX];
	evidence_set_text(field, title);
	if (!field[0] && !agent->ev.title_at)
		return;
	if (agent->ev.title_at && strcmp(field, agent->ev.title) == 0)
		return;
	memcpy(agent->ev.title, field, sizeof(field));
	agent->ev.title_at = now;
}

/*
 * tmux 3.3a now and then misses that a child has ended: the pane is dead, its process a zombie,
 * its status unknown for ever. The end of any other child makes it look at all of them.
 */
static void
nudge(struct host *host, struct agent *agent)
{
	if (agent->nudged)
		return;
	agent->nudged = true;
	host_line(host, STR("run-shell -b true"), 1, 0, NULL, NULL);
}

/*
 * For one more of this host: NULL if it has too many. One host's inventions shall not keep
 * another one's agents out, so each has its own places, and names that went give theirs back.
 */
static struct agent *
make_room(struct host *host, struct str text)
{
	struct fleet *fleet = host->fleet;
	struct agent *spare = NULL;
	int count = 0;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host != host->index || agent->declared)
			continue;
		count++;
		if (!agent->pane[0] && !agent->lost)
			spare = agent;
	}
	char *name = mem_strndup(text.ptr, text.len);
	if (count < HOST_AGENTS_MAX) {
		spare = agent_new(fleet, name, host->index);
	} else if (spare) {
		mem_free(spare->name);
		spare->name = mem_strdup(name);
		spare->id = ++fleet->last_id;
	}
	mem_free(name);
	return spare;
}

void
agent_apply(struct host *host, const struct facts *facts)
{
	struct fleet *fleet = host->fleet;
	struct agent *agent = by_name(host, facts->agent);
	int64_t now = clock_ms();
	/* Two hosts of a fleet may be one machine: each has its own agents there. */
	if (facts->host.len && !str_eqc(facts->host, host->config->name))
		return;
	if (!agent)
		agent = make_room(host, facts->agent);
	if (!agent)
		return;
	/* A new tmux server counts its panes from the start again: the id tells. */
	agent->seen = host->lists;
	bool fresh = !agent->pane[0] || !str_eqc(facts->pane, agent->pane) ||
		     !str_eqc(facts->id, agent->uid ? agent->uid : "");
	if (fresh)
		adopt(agent, facts, now);
	set_text(&agent->profile, facts->profile);
	set_text(&agent->dir, facts->dir);
	set_text(&agent->branch, facts->branch);
	set_text(&agent->uid, facts->id);
	bool ended = facts->dead && !agent->ev.dead;
	if (ended)
		agent->ev.dead_at = now;
	agent->ev.dead = facts->dead;
	agent->ev.ending = facts->ending;
	if (facts->ending)
		nudge(host, agent);
	else
		agent->nudged = false;
	agent->ev.dead_status = facts->dead_status;
	agent->ev.dead_signal = facts->dead_signal;
	set_title(agent, facts->title, now);
	fleet_judge(fleet, agent);
	if (fresh)
		fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
	/* What tmux still had queued for us when the agent ended is gone: its last words. */
	if ((fresh || ended) && fleet->flags & FLEET_WATCH)
		sync_start(agent);
}

/* While it floods the pictures are as true as a person can see; hidden, nothing can be false.
 */
bool
agent_is_true(const struct agent *agent)
{
	return agent->sync == SYNC_LIVE || (agent->flooded && agent->picture) ||
	       agent->attention == ACT_HIDDEN;
}

void
agent_unsync(struct agent *agent)
{
	agent->sync = SYNC_NONE;
	agent->again = agent->flooded = false;
	agent->try_ms = 0;
	agent->asked_cols = agent->asked_rows = 0;
}

void
agent_gone(struct agent *agent)
{
	agent_unsync(agent);
	screen_free(agent->screen);
	agent->screen = NULL;
	listener_free(agent->listener);
	agent->listener = NULL;
	agent->pane[0] = agent->window[0] = '\0';
	agent->ev = (struct evidence){0};
	agent->lost = LOSS_NONE;
	agent->cols = agent->rows = 0;
}

void
agent_lose(struct agent *agent, enum agent_loss how, int64_t when)
{
	agent_unsync(agent);
	listener_free(agent->listener);
	agent->listener = NULL;
	agent->pane[0] = agent->window[0] = '\0';
	agent->lost = how;
	/* Its title says what it was at. */
	struct evidence last = {.lost_at = when, .title_at = agent->ev.title_at};
	memcpy(last.title, agent->ev.title, sizeof(last.title));
	agent->ev = last;
	fleet_judge(agent->fleet, agent);
}

static void
signal_title(struct agent *agent, struct str text, int64_t now)
{
	set_title(agent, text, now);
}

static void
signal_bell(struct agent *agent, struct str text, int64_t now)
{
	(void)text;
	agent->ev.bell_at = now;
	fleet_emit(agent->fleet, FLEET_BELL, agent->host, agent->id);
}

static void
signal_progress(struct agent *agent, struct str text, int64_t now)
{
	int state;
	if (str_to_int(str_cut(&text, ';'), 0, 4, &state)) {
		agent->ev.progress = state;
		agent->ev.progress_at = now;
	}
}

static void
signal_notify(struct agent *agent, struct str text, int64_t now)
{
	evidence_set_text(agent->ev.notify, text);
	agent->ev.notify_at = now;
}

static void
signal_state(struct agent *agent, struct str text, int64_t now)
{
	char field[EVIDENCE_TEXT_MAX];
	evidence_set_text(field, text);
	/* Said again is no change: "working for 3m" counts from the first. But what asks again
	 * after an answer asks anew. */
	if (agent->ev.signal_at && strcmp(field, agent->ev.signal) == 0 &&
		agent->ev.typed_at < agent->ev.signal_at)
		return;
	memcpy(agent->ev.signal, field, sizeof(field));
	agent->ev.signal_at = now;
}

static void
signal_prompt(struct agent *agent, struct str text, int64_t now)
{
	(void)agent;
	(void)text;
	(void)now;
}

static void
on_signal(void *ctx, const struct screen_signal *signal)
{
	static void (*const handlers[])(struct agent *, struct str, int64_t) = {
		[SCREEN_SIGNAL_TITLE] = signal_title,
		[SCREEN_SIGNAL_BELL] = signal_bell,
		[SCREEN_SIGNAL_PROGRESS] = signal_progress,
		[SCREEN_SIGNAL_NOTIFY] = signal_notify,
		[SCREEN_SIGNAL_STATE] = signal_state,
		[SCREEN_SIGNAL_PROMPT] = signal_prompt,
	};
	handlers[signal->kind](ctx, signal->text, clock_ms());
}

static const struct screen_ops signal_ops = {.signal = on_signal};

struct screen *
agent_screen_new(struct agent *agent)
{
	return screen_new(80, 24, &signal_ops, agent);
}

static void
note_output(struct agent *agent, struct str bytes)
{
	int64_t now = clock_ms();
	agent->bytes += bytes.len;
	if (now - agent->ev.typed_at > ECHO_MS)
		evidence_output(&agent->ev, now);
}

/* Nobody looks, or there is no picture yet that these bytes would fit: what it says of itself
 * is heard all the same. */
static void
hear(struct agent *agent, struct str bytes)
{
	if (!agent->listener)
		agent->listener = listener_new(&signal_ops, agent);
	note_output(agent, bytes);
	listener_feed(agent->listener, bytes);
	flood_count(agent, bytes.len);
	fleet_judge(agent->fleet, agent);
}

void
agent_attend(struct agent *agent, enum act_attention attention)
{
	enum act_attention before = agent->attention;
	agent->attention = attention;
	if (attention == ACT_HIDDEN && before != ACT_HIDDEN) {
		/* Where no other can be had, the last picture is kept. */
		if (agent->pane[0] && agent->fleet->hosts[agent->host].state == HOST_READY) {
			screen_free(agent->screen);
			agent->screen = NULL;
		}
		if (agent->sync == SYNC_LIVE)
			agent->sync = SYNC_NONE;
	} else if (attention != ACT_HIDDEN && before == ACT_HIDDEN) {
		listener_free(agent->listener);
		agent->listener = NULL;
		sync_start(agent);
	}
}

void
agent_output(struct agent *agent, struct str bytes)
{
	bool drawn = agent->screen && agent->attention != ACT_HIDDEN &&
		     (agent->sync == SYNC_LIVE || agent->sync == SYNC_PAUSING);
	if (bytes.len == 0)
		return;
	if (agent->sync == SYNC_CAPTURING && agent->attention != ACT_HIDDEN) {
		/* More than we hold makes the picture old before it is here. */
		if (buf_add(&agent->held, bytes) < 0)
			agent->again = true;
		return;
	}
	if (!drawn) {
		hear(agent, bytes);
		return;
	}
	note_output(agent, bytes);
	screen_feed(agent->screen, bytes);
	flood_count(agent, bytes.len);
	if (screen_wants_snapshot(agent->screen))
		sync_start(agent);
	check_later(agent);
	fleet_judge(agent->fleet, agent);
	fleet_emit(agent->fleet, FLEET_SCREEN, agent->host, agent->id);
}

void
agent_view_of(const struct agent *agent, struct agent_view *ret)
{
	const struct host *host = &agent->fleet->hosts[agent->host];
	*ret = (struct agent_view){
		.id = agent->id,
		.name = agent->name,
		.host = host->config->name,
		.host_index = agent->host,
		.profile = agent->profile ? agent->profile : "",
		.dir = agent->dir ? agent->dir : "",
		.branch = agent->branch ? agent->branch : "",
		.title = agent->ev.title,
		.declared = agent->declared,
		.present = agent->pane[0] != '\0',
		.link = host->state == HOST_READY || host->state == HOST_LINKED,
		.lost = agent->lost,
		.screen = agent->screen,
		.synced = agent_is_true(agent),
		.output_at = agent->ev.output_at,
		.bytes = agent->bytes,
		.cols = agent->cols,
		.rows = agent->rows,
	};
	/* Of one that is not heard it is said what it was when it was. */
	detect_state(&agent->ev, ret->link || !host->heard_at ? clock_ms() : host->heard_at,
		&ret->verdict);
}
