/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_data.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_network.h"
#include "cockpit/ssh_link.h"
#include "local.h"

/* States that only time changes ("it printed a moment ago") are looked at when they do, and at
 * least this often, and only while there is one. */
#define CLOCK_MS 1000
/* A key of the operator so long ago may be what ended a turn. */
#define TYPED_MS 3000

void
fleet_emit(struct fleet *fleet, enum fleet_event_kind kind, int host, uint32_t agent)
{
	const struct fleet_event event = {.kind = kind, .host_index = host, .agent = agent};
	if (fleet->ops)
		fleet->ops->event(fleet->ctx, &event);
}

/* Where no hook says that a turn ended, the eye does. What the operator ended himself is no
 * news to him. */
static void
note_turn(struct agent *agent, struct verdict *verdict, int64_t now)
{
	struct evidence *ev = &agent->ev;
	/* Mere output is no turn: it draws its screen. */
	if (verdict->state == AGENT_WORKING && !agent->works_at &&
		strcmp(verdict->source, "output") != 0)
		agent->works_at = now;
	if (!verdict->rests || !agent->works_at)
		return;
	if (ev->turn_at < agent->works_at) {
		ev->turn_at = now;
		if (ev->typed_at > agent->works_at && now - ev->typed_at < TYPED_MS)
			ev->seen_at = now;
		detect_state(ev, now, verdict);
	}
	agent->works_at = 0;
}

void
fleet_judge(struct fleet *fleet, struct agent *agent)
{
	struct verdict verdict;
	int64_t now = clock_ms(), next = detect_next(&agent->ev, now);
	question_refresh(agent, now);
	if (agent->question.hook && (!next || agent->question_until - now < next))
		next = agent->question_until - now;
	detect_state(&agent->ev, now, &verdict);
	note_turn(agent, &verdict, now);
	/* Some of it ends without an event. */
	if (next && (!loop_timer_armed(fleet->clock) || now + next < fleet->clock_at)) {
		fleet->clock_at = now + (next > CLOCK_MS ? CLOCK_MS : next);
		loop_timer_set(fleet->clock, fleet->clock_at - now);
	}
	if (verdict.state == agent->shown)
		return;
	if (agent->shown == AGENT_ASKS)
		question_over(agent);
	agent->shown = verdict.state;
	if (verdict.state == AGENT_ASKS)
		look_later(agent);
	fleet_emit(fleet, FLEET_AGENT, agent->host, agent->id);
}

static void
on_clock(void *ctx)
{
	struct fleet *fleet = ctx;
	for (int i = 0; i < fleet->agent_count; i++)
		fleet_judge(fleet, fleet->agents[i]);
}

static void
on_network(void *ctx)
{
	probe_network(ctx);
}

/* tmux allows no dots in session names; no fleet's name holds a "+". */
static char *
session_name(const char *fleet)
{
	char *name = mem_strdup(fleet);
	for (char *p = name; *p; p++) {
		if (*p == '.')
			*p = '+';
	}
	return name;
}

struct fleet *
fleet_new(struct loop *loop, struct fleet_config *config, int flags,
	const struct fleet_ops *ops, void *ctx)
{
	struct fleet *fleet = MEM_NEW(struct fleet);
	fleet->loop = loop;
	fleet->config = config;
	fleet->flags = flags;
	fleet->ops = ops;
	fleet->ctx = ctx;
	fleet->session = session_name(config->name);
	fleet->pool = ssh_pool_new(loop);
	fleet->clock = loop_timer_new(loop, on_clock, fleet);
	fleet->beat = loop_timer_new(loop, flood_beat, fleet);
	fleet->checker = loop_timer_new(loop, check_beat, fleet);
	fleet->nudger = loop_timer_new(loop, check_nudge, fleet);
	fleet->looker = loop_timer_new(loop, look_beat, fleet);
	fleet->again = loop_timer_new(loop, sync_again, fleet);
	if (!(flags & FLEET_STEADY))
		fleet->network = network_new(loop, on_network, fleet);
	fleet->host_count = (int)config->host_count;
	fleet->hosts = mem_alloc_array(config->host_count, sizeof(*fleet->hosts));
	for (int i = 0; i < fleet->host_count; i++)
		host_init(&fleet->hosts[i], fleet, i);
	for (size_t i = 0; i < config->agent_count; i++) {
		const struct config_agent *declared = &config->agents[i];
		int host = fleet_host_find(fleet, declared->host);
		BUG_ON(host < 0);
		struct agent *agent = agent_new(fleet, declared->name, host);
		agent->declared = true;
	}
	return fleet;
}

void
fleet_connect(struct fleet *fleet, int only_host)
{
	for (int i = 0; i < fleet->host_count; i++) {
		if (only_host < 0 || only_host == i)
			host_connect(&fleet->hosts[i]);
	}
}

void
fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	fleet->ops = NULL;
	for (int i = 0; i < fleet->host_count; i++)
		host_release(&fleet->hosts[i]);
	for (int i = 0; i < fleet->agent_count; i++)
		agent_free(fleet->agents[i]);
	ssh_pool_free(fleet->pool);
	loop_timer_free(fleet->clock);
	loop_timer_free(fleet->beat);
	loop_timer_free(fleet->checker);
	loop_timer_free(fleet->nudger);
	loop_timer_free(fleet->looker);
	loop_timer_free(fleet->again);
	network_free(fleet->network);
	fleet_config_free(fleet->config);
	mem_free(fleet->hosts);
	mem_free(fleet->agents);
	for (int i = 0; i < VERB_COUNT; i++)
		mem_free(fleet->scripts[i]);
	mem_free(fleet->session);
	mem_free(fleet);
}

const struct fleet_config *
fleet_config(const struct fleet *fleet)
{
	return fleet->config;
}

struct loop *
fleet_loop(struct fleet *fleet)
{
	return fleet->loop;
}

int
fleet_host_count(const struct fleet *fleet)
{
	return fleet->host_count;
}

void
fleet_host_at(const struct fleet *fleet, int index, struct host_view *ret)
{
	const struct host *host = &fleet->hosts[index];
	*ret = (struct host_view){
		.name = host->config->name,
		.local = host->config->local,
		.state = host->state,
		.since = host->since,
		.lost_at = host->lost_at,
		.heard_at = host->heard_at,
		.retry_at = host->retry_at,
		.doing = host_state_coming(host->state) ? host->doing : "",
		.way = host->way,
		.tried_at = host->tried_at,
		.tries = host->tries,
		.note = host->note,
		.why = &host->why,
		.agents = host_agents(host),
		.slots = host->config->slots,
		.others = host->clients > 1 ? host->clients - 1 : 0,
	};
}

int
fleet_host_find(const struct fleet *fleet, const char *name)
{
	for (int i = 0; i < fleet->host_count; i++) {
		if (strcmp(fleet->hosts[i].config->name, name) == 0)
			return i;
	}
	return -1;
}

int
fleet_agent_count(const struct fleet *fleet)
{
	return fleet->agent_count;
}

void
fleet_agent_at(const struct fleet *fleet, int index, struct agent_view *ret)
{
	agent_view_of(fleet->agents[index], ret);
}

struct agent *
fleet_agent_by_id(const struct fleet *fleet, uint32_t id)
{
	for (int i = 0; i < fleet->agent_count; i++) {
		if (fleet->agents[i]->id == id)
			return fleet->agents[i];
	}
	return NULL;
}

bool
fleet_agent(const struct fleet *fleet, uint32_t id, struct agent_view *ret)
{
	const struct agent *agent = fleet_agent_by_id(fleet, id);
	if (agent)
		agent_view_of(agent, ret);
	return agent != NULL;
}

static uint32_t
find_on(const struct fleet *fleet, struct str host, const char *name)
{
	for (int i = 0; i < fleet->agent_count; i++) {
		const struct agent *agent = fleet->agents[i];
		if (strcmp(agent->name, name) == 0 &&
			str_eqc(host, fleet->hosts[agent->host].config->name))
			return agent->id;
	}
	return 0;
}

uint32_t
fleet_agent_find(const struct fleet *fleet, const char *name)
{
	uint32_t found = 0;
	int running = 0;
	const char *slash = strchr(name, '/');
	struct str host = {name, slash ? (size_t)(slash - name) : 0};
	if (slash)
		return find_on(fleet, host, slash + 1);
	for (int i = 0; i < fleet->agent_count; i++) {
		const struct agent *agent = fleet->agents[i];
		if (strcmp(agent->name, name) != 0)
			continue;
		if (agent->declared)
			return agent->id;
		running += agent->pane[0] != '\0';
		if (!found || agent->pane[0])
			found = agent->id;
	}
	return running > 1 ? 0 : found;
}

/* How it is asked whether it is there, and what it said that was of no use. */
static void
explain_host(const struct host *host, struct buf *into)
{
	struct tmux_counters odd;
	char age[8] = "never";
	conn_odd(host, &odd);
	if (host->heard_at)
		clock_age(clock_ms() - host->heard_at, age);
	buf_printf(into, "  heard     %s ago; %u questions, %u answers; %d tries\n", age,
		host->questions, host->answers, host->tries);
	buf_printf(into,
		"  ignored   %llu unknown, %llu malformed, %llu not its agents', %llu replies "
		"that nobody asked for, %llu bad escapes\n",
		(unsigned long long)odd.other, (unsigned long long)odd.bad_notice,
		(unsigned long long)host->strange, (unsigned long long)odd.stray_reply,
		(unsigned long long)odd.bad_octal);
}

static void
explain_question(const struct agent_question *question, struct buf *into)
{
	struct str rest = str_from(question->what);
	buf_addc(into, "  asks      ");
	text_safe(into, str_from(question->tool), 40);
	buf_addc(into, question->tool[0] ? ": " : "");
	text_safe(into, str_cut(&rest, '\n'), 80);
	if (question->answers == 0) {
		buf_addc(into, "\n            answered in its own terminal\n");
		return;
	}
	buf_addc(into, "\n            answers: ");
	for (int i = 0; i < ANSWER_COUNT; i++) {
		if (question->answers >> i & 1)
			buf_printf(into, "%s ", agent_answer_name((enum agent_answer)i));
	}
	buf_printf(into, "%s\n", question->hook ? "(through its hook)" : "(by its keys)");
}

void
fleet_explain(const struct fleet *fleet, uint32_t id, struct buf *into)
{
	const struct agent *agent = fleet_agent_by_id(fleet, id);
	if (!agent)
		return;
	const struct host *host = &fleet->hosts[agent->host];
	char age[8];
	clock_age(clock_ms() - host->since, age);
	buf_printf(into, "agent %s on host %s%s%s%s\n", agent->name, host->config->name,
		host->note[0] ? " (" : "", host->note, host->note[0] ? ")" : "");
	buf_printf(into, "  link      %s for %s", host_state_word(host->state), age);
	if (host->why.code) {
		buf_addc(into, ": ");
		text_safe(into, str_from(host->why.text), 120);
	}
	buf_byte(into, '\n');
	explain_host(host, into);
	if (agent->lost) {
		buf_addc(into, "  lost      ");
		agent_loss_words(agent->lost, host->config->name, into);
		buf_byte(into, '\n');
	}
	buf_printf(into, "  pane      %s %s %dx%d\n", agent->pane[0] ? agent->pane : "none",
		agent->window, agent->cols, agent->rows);
	buf_addc(into, "  folder    ");
	text_safe(into, str_from(agent->dir ? agent->dir : "-"), 120);
	buf_addc(into, "\n  branch    ");
	text_safe(into, str_from(agent->branch ? agent->branch : "-"), 120);
	buf_byte(into, '\n');
	if (agent->screen) {
		const struct screen_counters *c = screen_counters(agent->screen);
		buf_printf(into,
			"  guard     %llu sequences, %llu strings, %llu bad bytes, %llu "
			"limits\n",
			(unsigned long long)c->sequences, (unsigned long long)c->strings,
			(unsigned long long)c->utf8, (unsigned long long)c->limits);
	}
	if (agent->conversation[0]) {
		buf_addc(into, "  talk      ");
		text_safe(into, str_from(agent->conversation), 80);
		buf_byte(into, '\n');
	}
	cost_explain(&agent->cost, clock_ms(), into);
	if (agent_state_asks(agent->shown) && agent->question.id)
		explain_question(&agent->question, into);
	detect_explain(&agent->ev, agent_profile(agent)->name, clock_ms(), into);
}

int
fleet_agent_namesakes(const struct fleet *fleet, const char *name)
{
	int count = 0;
	for (int i = 0; i < fleet->agent_count; i++)
		count += strcmp(fleet->agents[i]->name, name) == 0 && fleet->agents[i]->pane[0];
	return count;
}

/* What it shows, and what it told. */
static bool
agent_is_known(const struct agent *agent)
{
	bool look = agent->looks && !agent->ev.dead;
	/* A number that was seen once is looked at again; not for ever. */
	return agent_is_true(agent) && agent->fetched &&
	       (!look || (agent->ev.screen_at && agent->cost_doubts != 1));
}

bool
fleet_settled(const struct fleet *fleet)
{
	enum host_state done = fleet->flags & FLEET_WATCH ? HOST_READY : HOST_LINKED;
	for (int i = 0; i < fleet->host_count; i++) {
		enum host_state state = fleet->hosts[i].state;
		if (state != done && state != HOST_REFUSED && state != HOST_ENDED &&
			state != HOST_LOST && state != HOST_STALE && state != HOST_CANCELED)
			return false;
	}
	for (int i = 0; i < fleet->agent_count; i++) {
		const struct agent *agent = fleet->agents[i];
		if (fleet->flags & FLEET_WATCH && agent->pane[0] && !agent_is_known(agent) &&
			fleet->hosts[agent->host].state == HOST_READY)
			return false;
	}
	return true;
}
