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
/* What an answer carries back to its hook. */
#define SUGGESTIONS_MAX 2048

struct agent *
agent_new(struct fleet *fleet, const char *name, int host)
{
	struct agent *agent = MEM_NEW(struct agent);
	agent->id = ++fleet->last_id;
	agent->fleet = fleet;
	agent->host = host;
	agent->name = mem_strdup(name);
	agent->held = BUF_INIT_MAX(HELD_MAX);
	agent->suggestions = BUF_INIT_MAX(SUGGESTIONS_MAX);
	evidence_init(&agent->ev);
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
	buf_release(&agent->suggestions);
	request_release(&agent->request);
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

/* Until it tells itself when it was started. */
#define RESPAWN_MS 5000

/* A pane that is new to us: what we knew of an earlier one says nothing about it. */
static void
adopt(struct agent *agent, const struct facts *facts, int64_t now)
{
	agent_gone(agent);
	set_id(agent->pane, facts->pane);
	set_id(agent->window, facts->window);
	agent->ev.present = true;
	agent->ev.started_at = now;
	if (agent->respawned_at && now - agent->respawned_at < RESPAWN_MS)
		agent->ev.born_at = agent->respawned_at;
	agent->cols = facts->cols;
	agent->rows = facts->rows;
	if (facts->activity) {
		int64_t age = (clock_wall() - facts->activity) * 1000;
		agent->ev.output_at = age >= 0 && age < now ? now - age : 0;
	}
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
	bool other = !agent->profile || !str_eqc(facts->profile, agent->profile);
	set_text(&agent->profile, facts->profile);
	if (other || fresh)
		signs_again(agent);
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
	sign_title(agent, facts->title, now);
	cost_fact(agent, facts->spent, now);
	if (fleet->flags & FLEET_WATCH) {
		events_told(agent, facts->seq);
		request_told(agent, facts->request);
	}
	fleet_judge(fleet, agent);
	if (fresh)
		fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
	/* What tmux still had queued for us when the agent ended is gone: its last words. */
	if ((fresh || ended) && fleet->flags & FLEET_WATCH)
		sync_start(agent);
	if (fresh && agent->attention == ACT_HIDDEN)
		look_later(agent);
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
	/* What is asked still is served anew: nobody may have seen the answer. */
	agent->request_asked = 0;
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
	evidence_init(&agent->ev);
	events_forget(agent);
	agent->look_at = agent->look_last = agent->works_at = 0;
	agent->cost = agent->cost_seen = (struct cost){0};
	agent->cost_doubts = 0;
	agent->shown = AGENT_DOWN;
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
	struct sign title = agent->ev.signs[SIGN_TITLE];
	evidence_init(&agent->ev);
	agent->ev.signs[SIGN_TITLE] = title;
	agent->ev.lost_at = when;
	fleet_judge(agent->fleet, agent);
}

struct screen *
agent_screen_new(struct agent *agent)
{
	return screen_new(80, 24, &sign_ops, agent);
}

static void
note_output(struct agent *agent, struct str bytes)
{
	int64_t now = clock_ms();
	agent->bytes += bytes.len;
	agent->printed_at = now;
	if (now - agent->key_at > ECHO_MS)
		evidence_output(&agent->ev, now);
}

/* Nobody looks, or there is no picture yet that these bytes would fit: what it says of itself
 * is heard all the same. */
static void
hear(struct agent *agent, struct str bytes)
{
	if (!agent->listener)
		agent->listener = listener_new(&sign_ops, agent);
	note_output(agent, bytes);
	listener_feed(agent->listener, bytes);
	flood_count(agent, bytes.len);
	look_later(agent);
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
		/* No picture comes that could be looked at. */
		if (agent->pane[0] && !agent->ev.screen_at)
			look_later(agent);
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
	look_later(agent);
	fleet_judge(agent->fleet, agent);
	fleet_emit(agent->fleet, FLEET_SCREEN, agent->host, agent->id);
}

bool
agent_has_talked(const struct agent *agent)
{
	return agent->conversation[0] || agent->ev.turn_at;
}

/* Others are always told in which folder they are. */
bool
agent_is_beside(const struct agent *agent)
{
	return agent->pane[0] && agent->profile && strcmp(agent->profile, "shell") == 0 &&
	       (!agent->dir || !agent->dir[0]);
}

/* What a person's own shell comes to is nothing to be told of. */
static void
calm(struct verdict *verdict)
{
	switch (verdict->state) {
	case AGENT_FAILED:
	case AGENT_LOST:
		verdict->state = AGENT_ENDED;
		break;
	case AGENT_ASKS:
	case AGENT_LIMITED:
	case AGENT_LOGIN:
	case AGENT_TRUST:
	case AGENT_DONE:
		verdict->state = AGENT_UNKNOWN;
		break;
	default:
		break;
	}
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
		.title = agent->ev.signs[SIGN_TITLE].text,
		.conversation = agent->conversation,
		.talked = agent_has_talked(agent),
		.declared = agent->declared,
		.present = agent->pane[0] != '\0',
		.link = host->state == HOST_READY || host->state == HOST_LINKED,
		.lost = agent->lost,
		.screen = agent->screen,
		.synced = agent_is_true(agent),
		.output_at = agent->ev.output_at,
		.bytes = agent->bytes,
		.printed_at = agent->printed_at,
		.events = agent->event_seq,
		.talks = agent->ev.talks,
		.own = agent->own,
		.uid = agent->uid ? agent->uid : "",
		.cols = agent->cols,
		.rows = agent->rows,
	};
	/* Of one that is not heard it is said what it was when it was. */
	detect_state(&agent->ev, ret->link || !host->heard_at ? clock_ms() : host->heard_at,
		&ret->verdict);
	if (agent->cost.source != COST_NONE)
		ret->cost = &agent->cost;
	ret->beside = agent_is_beside(agent);
	if (ret->beside)
		calm(&ret->verdict);
	else if (agent_state_asks(ret->verdict.state) && agent->question.id)
		ret->question = &agent->question;
}
