/* SPDX-License-Identifier: MIT */
/*
 * What an agent's hooks told: src/data/sidecar/hook.sh writes the last events into options of
 * the agent's pane and rings by the window's name. Here they are fetched and become evidence.
 * A ring that is missed shows within a second, by the number in the pane's facts.
 *
 * The text is the agent's: options that anybody in the pane can write. It is cut, cleaned by
 * tmux of what could pass for its own lines, and no more than evidence.
 */
#define LOG_MODULE "event"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_peek.h"
#include "cockpit/base_text.h"
#include "local.h"

#define RECORD_END    '\036'
#define CLEAN(option) "#{s/[\001-\035\037\177]/?/:" option "}"
/* A start that is told late does not take back what was told before it. */
#define LATE_START_MS 5000
/* The host's clock counts seconds: what is so young is of now. */
#define FRESH_S 2

struct event {
	uint64_t seq;
	int64_t at;      /* clock_ms() */
	struct str name; /* "PermissionRequest" */
	bool asks;       /* the hook says so, whatever the profile says */
	int wait_s;      /* it waits so long for the answer; 0: it does not */
	struct str json; /* may be cut off */
};

/* "SEQ TIME NAME MARK JSON" */
static bool
event_parse(struct str record, int64_t wall, int64_t now, struct event *ret)
{
	uint64_t at;
	struct str mark;
	if (!str_to_u64(str_cut(&record, ' '), UINT64_MAX / 2, &ret->seq) ||
		!str_to_u64(str_cut(&record, ' '), (uint64_t)1 << 40, &at))
		return false;
	ret->name = str_cut(&record, ' ');
	mark = str_cut(&record, ' ');
	ret->json = record;
	ret->asks = str_starts(mark, STR("ask"));
	ret->wait_s = 0;
	if (ret->asks && mark.len > 3)
		str_to_int(str_slice(mark, 3, mark.len), 0, 86400, &ret->wait_s);
	int64_t age = wall - (int64_t)at;
	ret->at = age > FRESH_S && age * 1000 < now ? now - age * 1000 : now;
	return str_is_name(ret->name);
}

/* "Notification permission_prompt": what kind of it, where the agent tells. */
static void
add_type(struct str json, struct buf *into)
{
	static const char *const keys[] = {"notification_type", "source", "reason", "error"};
	struct buf type = BUF_INIT;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && type.len == 0; i++)
		json_peek(json, keys[i], &type, NULL);
	if (type.len) {
		buf_byte(into, ' ');
		buf_add(into, str_slice(buf_str(&type), 0, 64));
	}
	buf_release(&type);
}

/* The first of them that is there; nothing otherwise. */
static void
copy_first(struct str json, const char *const keys[], char *into, size_t size)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; keys[i] && text.len == 0; i++)
		json_peek(json, keys[i], &text, NULL);
	text_copy(into, size, buf_str(&text));
	buf_release(&text);
}

static const char *const tools[] = {"tool_name", NULL};
static const char *const whats[] = {"tool_input.command", "tool_input.file_path",
	"tool_input.filePath", "tool_input.path", "tool_input.url",
	"tool_input.questions.0.question", "tool_input", "message", NULL};

/* Its hook waits for the answer. */
static void
take_decision(struct agent *agent, const struct event *event, const struct profile *profile)
{
	struct agent_question *q = &agent->question;
	bool cut = true;
	q->hook = true;
	q->answers = 1u << ANSWER_YES | 1u << ANSWER_NO;
	agent->question_until = event->at + event->wait_s * 1000;
	if (strcmp(profile->decision, "word") == 0)
		q->answers |= 1u << ANSWER_ALWAYS;
	else if (json_peek(event->json, "permission_suggestions", &agent->suggestions, &cut) &&
		 !cut && agent->suggestions.len > 2)
		q->answers |= 1u << ANSWER_ALWAYS;
	else
		buf_clear(&agent->suggestions);
}

/* What it wants, as its hook told. */
static void
take_question(struct agent *agent, const struct event *event)
{
	struct agent_question *q = &agent->question;
	const struct profile *profile = agent_profile(agent);
	*q = (struct agent_question){.id = event->seq, .since = event->at};
	copy_first(event->json, tools, q->tool, sizeof(q->tool));
	copy_first(event->json, whats, q->what, sizeof(q->what));
	q->answers = question_key_answers(agent);
	agent->question_source = SIGN_EVENT;
	agent->question_marked = event->asks;
	agent->question_until = 0;
	buf_clear(&agent->suggestions);
	/* A choice of several is made in its own terminal. */
	struct buf choice = BUF_INIT;
	if (json_peek(event->json, "tool_input.questions.0.question", &choice, NULL))
		q->answers = 0;
	else if (event->wait_s > 0 && profile->decision)
		take_decision(agent, event, profile);
	buf_release(&choice);
}

/* What was asked is done by now, or refused; what another tool did at the same time is not
 * that. */
static bool
is_other_tool(const struct agent *agent, const struct event *event)
{
	struct agent_question other;
	copy_first(event->json, tools, other.tool, sizeof(other.tool));
	copy_first(event->json, whats, other.what, sizeof(other.what));
	return other.tool[0] && (strcmp(other.tool, agent->question.tool) != 0 ||
					strcmp(other.what, agent->question.what) != 0);
}

static void
take_event(struct agent *agent, const struct event *event)
{
	struct buf text = BUF_INIT, child = BUF_INIT, id = BUF_INIT;
	const struct sign *sign = &agent->ev.signs[SIGN_EVENT];
	struct sign before = *sign;
	bool asks = evidence_hook_asks(&agent->ev);
	buf_add(&text, event->name);
	add_type(event->json, &text);
	if (json_peek(event->json, "session_id", &id, NULL))
		text_copy(agent->conversation, sizeof(agent->conversation), buf_str(&id));
	/* A subagent's end is not its parent's; but what it asks, it asks the person. */
	bool inner = json_peek(event->json, "agent_id", &child, NULL);
	sign_set(agent, SIGN_EVENT, buf_str(&text), event->at);
	/* It still asks. */
	bool beside = asks && sign->claim == AGENT_WORKING && is_other_tool(agent, event);
	/* And says so once more, in fewer words. */
	beside = beside || (asks && sign->claim == AGENT_ASKS && !event->asks);
	bool late = sign->claim == AGENT_IDLE && before.claim == AGENT_WORKING &&
		    event->at - before.at < LATE_START_MS;
	if (late || beside || sign->claim == CLAIM_NOTHING ||
		(inner && sign->claim != AGENT_ASKS))
		agent->ev.signs[SIGN_EVENT] = before;
	else if (sign->claim == AGENT_ASKS)
		take_question(agent, event);
	log_debug("agent %s: event %.*s", agent->name, STR_ARG(event->name));
	buf_release(&text);
	buf_release(&child);
	buf_release(&id);
}

struct fetch {
	struct agent *agent;
	char *uid;
};

/* The host's clock; which event was looked at, when it was started, whether its folder is ours,
 * what it asks; the events. */
static void
take_reply(struct agent *agent, struct str text)
{
	struct event event;
	uint64_t wall, seen, asking, request;
	int64_t now = clock_ms(), ended_at = 0;
	uint64_t born;
	if (!str_to_u64(str_cut(&text, '\n'), (uint64_t)1 << 40, &wall))
		return;
	struct str words = str_cut(&text, '\n');
	if (!str_to_u64(str_cut(&words, ' '), UINT64_MAX / 2, &seen))
		seen = 0;
	if (str_to_u64(str_cut(&words, ' '), (uint64_t)1 << 40, &born) && born <= wall &&
		(int64_t)(wall - born) * 1000 < now)
		agent->ev.born_at = now - (int64_t)(wall - born) * 1000;
	agent->own = str_eqc(str_cut(&words, ' '), "1");
	if (str_to_u64(str_cut(&words, ' '), REQUEST_NUMBER_MAX, &request))
		request_told(agent, request);
	if (!str_to_u64(str_cut(&words, ' '), UINT64_MAX / 2, &asking))
		asking = 0;
	uint64_t last = agent->event_seq;
	while (text.len > 0) {
		struct str record = str_cut(&text, RECORD_END);
		if (!event_parse(record, (int64_t)wall, now, &event) || event.seq <= last)
			continue;
		agent->event_seq = event.seq;
		take_event(agent, &event);
		if (agent->ev.turn_at == event.at && event.seq <= seen)
			ended_at = event.at;
	}
	/* Whoever answered it, or its hook was let go. */
	if (agent->ev.signs[SIGN_EVENT].claim == AGENT_ASKS && agent->question_marked &&
		agent->question.id != asking && agent->ev.answered_at < now)
		agent->ev.answered_at = now;
	if (ended_at && ended_at == agent->ev.turn_at && agent->ev.seen_at < ended_at)
		agent->ev.seen_at = ended_at;
}

static void
on_events(void *ctx, int status, struct str text)
{
	struct fetch *fetch = ctx;
	struct agent *agent = fetch->agent;
	bool same = agent->uid && strcmp(fetch->uid, agent->uid) == 0;
	mem_free(fetch->uid);
	mem_free(fetch);
	agent->fetching = false;
	if (status == ERR_CANCELED || !same)
		return;
	agent->fetched = true;
	if (status == 0)
		take_reply(agent, text);
	fleet_judge(agent->fleet, agent);
	fleet_emit(agent->fleet, FLEET_AGENT, agent->host, agent->id);
	if (agent->fetch_again)
		events_fetch(agent);
}

void
events_fetch(struct agent *agent)
{
	struct buf line = BUF_INIT;
	if (!agent->pane[0] || !agent->uid)
		return;
	agent->fetch_again = agent->fetching;
	if (agent->fetching)
		return;
	struct fetch *fetch = MEM_NEW(struct fetch);
	*fetch = (struct fetch){agent, mem_strdup(agent->uid)};
	buf_printf(&line,
		"display-message -p '%%s' ; display-message -p -t '%s' "
		"'#{?@cockpit_seen,#{@cockpit_seen},0} #{?@cockpit_born,#{@cockpit_born},0} "
		"#{?@cockpit_own,1,0} #{?@cockpit_requested,#{=20:@cockpit_requested},0} "
		"#{=20:@cockpit_ask}' ; display-message -p -t '%s' '",
		agent->pane, agent->pane);
	buf_addc(&line, CLEAN("@cockpit_events") "'");
	agent->fetching = host_line(&agent->fleet->hosts[agent->host], buf_str(&line), 3, 0,
				  on_events, fetch) == 0;
	if (!agent->fetching) {
		mem_free(fetch->uid);
		mem_free(fetch);
	}
	buf_release(&line);
}

void
events_told(struct agent *agent, uint64_t seq)
{
	if (seq != agent->told_seq || !agent->fetched)
		events_fetch(agent);
	agent->told_seq = seq;
}

void
events_forget(struct agent *agent)
{
	agent->event_seq = agent->told_seq = 0;
	agent->fetch_again = agent->fetched = false;
	agent->conversation[0] = '\0';
	agent->question = (struct agent_question){0};
	agent->question_until = 0;
	buf_release(&agent->suggestions);
	request_forget(agent);
}
