/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include "announce.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_settings.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "hook.h"

#define GROUP_MS 1000
#define FIRST_MS 3000 /* so long after a host is there its agents tell what was so before */

/* What was told of an agent, and what it was when it was looked at last. */
struct watched {
	uint32_t agent;
	bool old; /* it was there when its host was first looked at */
	bool known;
	enum agent_state state;
	uint64_t question;
	uint64_t told[AGENT_STATE_COUNT]; /* of each state: which one */
};

/* That is to be told. */
struct notice {
	uint32_t agent; /* 0: the host asks */
	int host;
	enum agent_state state;
	uint64_t which;
};

struct notify {
	struct loop *loop;
	const struct fleet *fleet;
	const struct settings *settings;
	const struct notify_ops *ops;
	void *ctx;
	struct announce announce;
	struct hook *hook; /* NULL: none */
	struct loop_timer *group;
	int64_t *ready_at; /* one a host: first; 0: not yet */
	struct watched *watched;
	int watched_count;
	struct notice *notices;
	int notice_count;
};

/* How a state is told: of one agent, and of several; most urgent first. */
static const struct words {
	enum agent_state state;
	const char *one, *many;
} words[] = {
	{AGENT_ASKS,    "asks",        NULL     },
	{AGENT_TRUST,   "needs trust", NULL     },
	{AGENT_LOGIN,   "needs login", NULL     },
	{AGENT_LIMITED, "is limited",  "limited"},
	{AGENT_FAILED,  "failed",      "failed" },
	{AGENT_DONE,    "is done",     "done"   },
};
#define WORDS (int)(sizeof(words) / sizeof(words[0]))

static const struct words *
words_of(enum agent_state state)
{
	for (int i = 0; i < WORDS; i++) {
		if (words[i].state == state)
			return &words[i];
	}
	BUG_ON(true); /* nothing else can be switched on */
	return words;
}

static struct watched *
watch(struct notify *n, uint32_t agent)
{
	for (int i = 0; i < n->watched_count; i++) {
		if (n->watched[i].agent == agent)
			return &n->watched[i];
	}
	n->watched = mem_grow(n->watched, (size_t)n->watched_count + 1, sizeof(*n->watched));
	struct watched *w = &n->watched[n->watched_count++];
	*w = (struct watched){.agent = agent};
	return w;
}

/* What it does, and which of those: a question by its id, all else by when it began. */
static enum agent_state
state_of(const struct agent_view *agent, uint64_t *ret_which)
{
	int64_t since = agent->verdict.since;
	*ret_which = agent->question ? agent->question->id : since ? (uint64_t)since : 1;
	return agent->question ? AGENT_ASKS : agent->verdict.state;
}

static void
add_notice(struct notify *n, struct notice notice)
{
	n->notices = mem_grow(n->notices, (size_t)n->notice_count + 1, sizeof(*n->notices));
	n->notices[n->notice_count++] = notice;
	if (!loop_timer_armed(n->group))
		loop_timer_set(n->group, GROUP_MS);
}

/* It was so before anybody looked. */
static bool
was_before(const struct notify *n, const struct watched *w, const struct agent_view *agent)
{
	int64_t ready_at = n->ready_at[agent->host_index];
	int64_t since = agent->question ? agent->question->since : agent->verdict.since;
	return w->old && (clock_ms() - ready_at < FIRST_MS || (since && since < ready_at));
}

static void
look_at(struct notify *n, const struct agent_view *agent)
{
	/* Of one that is away nothing new can be known. */
	if (!n->ready_at[agent->host_index] || (agent->present && !agent->link))
		return;
	struct watched *w = watch(n, agent->id);
	uint64_t which, question = agent->question ? agent->question->id : 0;
	enum agent_state state = state_of(agent, &which);
	if (w->known && w->state == state && w->question == question)
		return;
	w->known = true;
	w->state = state;
	w->question = question;
	if (!(n->settings->notify.on >> state & 1) || w->told[state] == which)
		return;
	w->told[state] = which;
	if (!was_before(n, w, agent) && !n->ops->looked_at(n->ctx, agent->id))
		add_notice(n, (struct notice){agent->id, agent->host_index, state, which});
}

void
notify_look(struct notify *n)
{
	struct agent_view gone;
	int kept = 0;
	for (int i = 0; i < n->watched_count; i++) {
		if (fleet_agent(n->fleet, n->watched[i].agent, &gone))
			n->watched[kept++] = n->watched[i];
	}
	n->watched_count = kept;
	for (int i = 0; i < fleet_agent_count(n->fleet); i++) {
		struct agent_view at, agent;
		fleet_agent_at(n->fleet, i, &at);
		if (fleet_agent(n->fleet, at.id, &agent))
			look_at(n, &agent);
	}
}

/* The agents that are there now were there before. */
static void
first_ready(struct notify *n, int host)
{
	n->ready_at[host] = clock_ms();
	for (int i = 0; i < fleet_agent_count(n->fleet); i++) {
		struct agent_view agent;
		fleet_agent_at(n->fleet, i, &agent);
		if (agent.host_index == host && agent.present)
			watch(n, agent.id)->old = true;
	}
}

void
notify_event(struct notify *n, const struct fleet_event *event)
{
	struct agent_view agent;
	struct host_view host;
	if (event->kind == FLEET_HOST && event->host_index >= 0) {
		fleet_host_at(n->fleet, event->host_index, &host);
		if (host.state == HOST_READY && !n->ready_at[event->host_index])
			first_ready(n, event->host_index);
		notify_look(n);
	} else if (event->kind == FLEET_AGENT && fleet_agent(n->fleet, event->agent, &agent)) {
		look_at(n, &agent);
	} else if (event->kind == FLEET_ASK && fleet_host_ask(n->fleet, event->host_index) &&
		   n->settings->notify.on >> AGENT_ASKS & 1) {
		add_notice(n, (struct notice){0, event->host_index, AGENT_ASKS, 0});
	}
}

/* It is so still, and nobody looks at it. */
static bool
still_so(struct notify *n, const struct notice *notice)
{
	struct agent_view agent;
	uint64_t which;
	if (n->ops->looked_at(n->ctx, notice->agent))
		return false;
	if (!notice->agent)
		return fleet_host_ask(n->fleet, notice->host) != NULL;
	return fleet_agent(n->fleet, notice->agent, &agent) &&
	       state_of(&agent, &which) == notice->state && which == notice->which;
}

static void
drop_old(struct notify *n)
{
	int kept = 0;
	for (int i = 0; i < n->notice_count; i++) {
		bool again = false;
		for (int k = 0; k < kept; k++)
			again = again || (n->notices[k].agent == n->notices[i].agent &&
						 n->notices[k].host == n->notices[i].host);
		if (!again && still_so(n, &n->notices[i]))
			n->notices[kept++] = n->notices[i];
	}
	n->notice_count = kept;
}

static void
add_one(struct notify *n, const struct notice *notice, struct buf *into)
{
	struct agent_view agent;
	struct host_view host;
	fleet_host_at(n->fleet, notice->host, &host);
	if (!notice->agent) {
		const struct link_ask *ask = fleet_host_ask(n->fleet, notice->host);
		buf_printf(into, "%s asks: %s", host.name, ask->title);
		return;
	}
	if (!fleet_agent(n->fleet, notice->agent, &agent))
		return;
	buf_printf(into, "%s@%s %s", agent.name, host.name, words_of(notice->state)->one);
	if (agent.question) {
		struct str rest = str_trim(str_from(agent.question->what));
		struct str line = str_cut(&rest, '\n');
		buf_printf(into, ": %s%s%.*s", agent.question->tool,
			agent.question->tool[0] && line.len ? " " : "", STR_ARG(line));
	} else if (notice->state == AGENT_FAILED && agent.verdict.detail[0]) {
		buf_printf(into, ": %s", agent.verdict.detail);
	}
}

/* "3 agents need you, 1 host asks, 2 done" */
static void
add_many(const struct notify *n, struct buf *into)
{
	int needs = 0, hosts = 0, counts[WORDS] = {0};
	for (int i = 0; i < n->notice_count; i++) {
		const struct words *w = words_of(n->notices[i].state);
		if (!n->notices[i].agent)
			hosts++;
		else if (w->many)
			counts[w - words]++;
		else
			needs++;
	}
	if (needs > 0)
		buf_printf(into, "%d agent%s you", needs, needs == 1 ? " needs" : "s need");
	if (hosts > 0)
		buf_printf(into, "%s%d host%s", into->len ? ", " : "", hosts,
			hosts == 1 ? " asks" : "s ask");
	for (int i = 0; i < WORDS; i++) {
		if (counts[i] > 0)
			buf_printf(into, "%s%d %s", into->len ? ", " : "", counts[i],
				words[i].many);
	}
}

/* "NAME=a b": those of all notices, each once. */
static char *
list_names(const struct notify *n, const char *name, bool hosts)
{
	struct buf list = BUF_INIT;
	buf_printf(&list, "%s=", name);
	for (int i = 0; i < n->notice_count; i++) {
		struct agent_view agent;
		struct host_view host;
		bool again = false;
		for (int k = 0; hosts && k < i; k++)
			again = again || n->notices[k].host == n->notices[i].host;
		fleet_host_at(n->fleet, n->notices[i].host, &host);
		bool some = fleet_agent(n->fleet, n->notices[i].agent, &agent);
		if (again || (!hosts && !some))
			continue;
		if (!str_ends(buf_str(&list), STR("=")))
			buf_byte(&list, ' ');
		buf_addc(&list, hosts ? host.name : agent.name);
	}
	return buf_steal(&list);
}

static enum agent_state
most_urgent(const struct notify *n)
{
	for (int i = 0; i < WORDS; i++) {
		for (int k = 0; k < n->notice_count; k++) {
			if (n->notices[k].state == words[i].state)
				return words[i].state;
		}
	}
	return AGENT_ASKS;
}

static void
run_hook(struct notify *n, struct str text)
{
	char *environment[] = {
		mem_printf("COCKPIT_EVENT=%s", agent_state_json(most_urgent(n))),
		list_names(n, "COCKPIT_AGENT", false),
		list_names(n, "COCKPIT_HOST", true),
		mem_printf("COCKPIT_FLEET=%s", fleet_config(n->fleet)->name),
		mem_printf("COCKPIT_TEXT=%.*s", STR_ARG(text)),
		NULL,
	};
	hook_run(n->hook, (const char *const *)environment);
	for (int i = 0; environment[i]; i++)
		mem_free(environment[i]);
}

static void
on_group(void *ctx)
{
	struct notify *n = ctx;
	struct buf raw = BUF_INIT, title = BUF_INIT, text = BUF_INIT, bytes = BUF_INIT;
	drop_old(n);
	if (n->notice_count == 0)
		return;
	if (n->notice_count == 1)
		add_one(n, &n->notices[0], &raw);
	else
		add_many(n, &raw);
	announce_text(buf_str(&raw), &text);
	announce_text(str_from(fleet_config(n->fleet)->name), &title);
	announce_bytes(&n->announce, buf_str(&title), buf_str(&text), &bytes);
	if (bytes.len > 0)
		n->ops->say(n->ctx, buf_str(&bytes));
	if (n->hook)
		run_hook(n, buf_str(&text));
	n->notice_count = 0;
	buf_release(&raw);
	buf_release(&title);
	buf_release(&text);
	buf_release(&bytes);
}

struct notify *
notify_new(struct loop *loop, const struct fleet *fleet, const struct settings *settings,
	const struct notify_ops *ops, void *ctx)
{
	struct notify *n = MEM_NEW(struct notify);
	*n = (struct notify){
		.loop = loop, .fleet = fleet, .settings = settings, .ops = ops, .ctx = ctx};
	announce_init(&n->announce, settings);
	if (settings->notify.command)
		n->hook = hook_new(loop, settings->notify.command);
	n->group = loop_timer_new(loop, on_group, n);
	n->ready_at =
		mem_alloc_array((size_t)fleet_host_count(fleet) + 1, sizeof(*n->ready_at));
	return n;
}

void
notify_renew(struct notify *n)
{
	char **command = n->settings->notify.command;
	unsigned serial = n->announce.serial;
	announce_init(&n->announce, n->settings);
	n->announce.serial = serial;
	if (command && n->hook) {
		hook_use(n->hook, command);
	} else if (command) {
		n->hook = hook_new(n->loop, command);
	} else {
		hook_free(n->hook);
		n->hook = NULL;
	}
}

void
notify_free(struct notify *n)
{
	if (!n)
		return;
	hook_free(n->hook);
	loop_timer_free(n->group);
	mem_free(n->ready_at);
	mem_free(n->watched);
	mem_free(n->notices);
	mem_free(n);
}
