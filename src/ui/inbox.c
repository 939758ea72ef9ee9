/* SPDX-License-Identifier: MIT */
#include "inbox.h"

#include <stdio.h>

#include "action.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_pilot.h"
#include "keymap.h"
#include "question.h"
#include "view.h"

/* An answer that changed nothing for so long may be given again. */
#define ANSWER_MS 10000

struct inbox_answer {
	struct inbox_answer *next;
	struct view *view;
	uint32_t agent;
	uint64_t question;
	int64_t done_at; /* 0: it is under way */
};

static bool
is_same(const struct inbox_item *a, const struct inbox_item *b)
{
	return a->kind == b->kind && a->agent == b->agent && a->question == b->question &&
	       a->host == b->host;
}

static int
find_item(const struct inbox *inbox, const struct inbox_item *item)
{
	for (int i = 0; i < inbox->count; i++) {
		if (is_same(&inbox->items[i], item))
			return i;
	}
	return -1;
}

static void
add_item(struct inbox *inbox, struct inbox_item item)
{
	int at = inbox->count++;
	/* Questions stand in the order of their age; nothing else is older than another. */
	while (item.kind == INBOX_QUESTION && at > 0 &&
		inbox->items[at - 1].since > item.since) {
		inbox->items[at] = inbox->items[at - 1];
		at--;
	}
	inbox->items[at] = item;
}

static bool
needs_person(enum agent_state state)
{
	const unsigned states = 1u << AGENT_ASKS | 1u << AGENT_TRUST | 1u << AGENT_LOGIN |
				1u << AGENT_LIMITED | 1u << AGENT_FAILED | 1u << AGENT_LOST;
	return (states >> state & 1) != 0;
}

static void
collect(struct view *view)
{
	struct inbox *inbox = &view->inbox;
	size_t most = (size_t)(view->everyone_count + view->asking.count) + 1;
	struct agent_view agent;
	inbox->items = mem_grow(inbox->items, most, sizeof(*inbox->items));
	inbox->count = 0;
	for (int i = 0; i < view->everyone_count; i++) {
		if (fleet_agent(view->fleet, view->everyone[i], &agent) && agent.question)
			add_item(inbox, (struct inbox_item){INBOX_QUESTION, agent.id,
						agent.question->id, agent.host_index,
						agent.question->since});
	}
	for (int i = 0; i < view->everyone_count; i++) {
		if (fleet_agent(view->fleet, view->everyone[i], &agent) && !agent.question &&
			needs_person(agent.verdict.state))
			add_item(inbox, (struct inbox_item){INBOX_AGENT, agent.id, 0,
						agent.host_index, agent.verdict.since});
	}
	for (int i = 0; i < view->asking.count; i++) {
		struct host_view host;
		fleet_host_at(view->fleet, view->asking.hosts[i], &host);
		add_item(inbox, (struct inbox_item){
					INBOX_HOST, 0, 0, view->asking.hosts[i], host.since});
	}
}

static void
select_index(struct inbox *inbox, int index, int64_t moved_at)
{
	inbox->index = index;
	inbox->at = index >= 0 && index < inbox->count ? inbox->items[index]
						       : (struct inbox_item){0};
	inbox->moved_at = moved_at;
	inbox->scroll = inbox->page = 0;
	inbox->read = false;
}

static void
forget_answers(struct inbox *inbox)
{
	struct inbox_answer **at = &inbox->answers;
	while (*at) {
		struct inbox_answer *a = *at;
		const struct inbox_item asked = {.agent = a->agent, .question = a->question};
		bool open = false;
		for (int i = 0; i < inbox->count; i++)
			open = open || (inbox->items[i].kind == INBOX_QUESTION &&
					       inbox->items[i].agent == asked.agent &&
					       inbox->items[i].question == asked.question);
		if (!a->done_at || (open && clock_ms() - a->done_at < ANSWER_MS)) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		mem_free(a);
	}
}

void
inbox_refresh(struct view *view)
{
	struct inbox *inbox = &view->inbox;
	collect(view);
	forget_answers(inbox);
	int index = find_item(inbox, &inbox->at);
	if (index >= 0) {
		inbox->index = index;
		inbox->at = inbox->items[index];
		return;
	}
	if (inbox->count == 0 && inbox->at.kind == INBOX_NOTHING)
		return;
	/* What stood below takes its place, not what is the oldest now. */
	index = inbox->index < inbox->count ? inbox->index : inbox->count - 1;
	select_index(inbox, index < 0 ? 0 : index, clock_ms());
}

int
inbox_count(const struct view *view)
{
	return view->inbox.count;
}

void
inbox_opened(struct view *view)
{
	inbox_refresh(view);
	/* Nobody has read it yet, whatever was selected when it was looked at before. */
	view->inbox.moved_at = clock_ms();
	view->inbox.read = false;
	view->inbox.page = 0;
}

void
inbox_closed(struct view *view)
{
	view->inbox.at = (struct inbox_item){0};
	view->inbox.index = view->inbox.top = 0;
}

void
inbox_select(struct view *view, uint32_t agent)
{
	for (int i = 0; i < view->inbox.count; i++) {
		const struct inbox_item *item = &view->inbox.items[i];
		if (item->kind != INBOX_HOST && item->agent == agent &&
			!is_same(item, &view->inbox.at)) {
			select_index(&view->inbox, i, 0);
			return;
		}
	}
}

bool
inbox_answering(const struct inbox *inbox, const struct inbox_item *item)
{
	for (const struct inbox_answer *a = inbox->answers; a; a = a->next) {
		if (item->kind == INBOX_QUESTION && a->agent == item->agent &&
			a->question == item->question)
			return true;
	}
	return false;
}

void
inbox_click(struct view *view, int row)
{
	struct inbox *inbox = &view->inbox;
	int index = row >= 0 && row < inbox->row_count ? inbox->rows[row] : -1;
	if (index >= 0 && index < inbox->count && !is_same(&inbox->items[index], &inbox->at))
		select_index(inbox, index, 0);
}

void
inbox_move(struct view *view, int argument)
{
	struct inbox *inbox = &view->inbox;
	int index = inbox->index + argument;
	inbox_refresh(view);
	if (inbox->count == 0 || index < 0 || index >= inbox->count)
		return;
	select_index(inbox, index, 0);
}

void
inbox_page(struct view *view, int argument)
{
	/* The drawing knows how much there is. */
	view->inbox.scroll += argument * (view->inbox.page > 1 ? view->inbox.page - 1 : 1);
	if (view->inbox.scroll < 0)
		view->inbox.scroll = 0;
}

static void
on_answered(void *ctx, const char *text, const struct err *err)
{
	struct inbox_answer *a = ctx;
	struct view *view = a->view;
	a->done_at = clock_ms();
	if (err) {
		/* It may be given again at once. */
		a->question = 0;
		a->agent = 0;
		view_toast(view, ROLE_ERROR, "%.200s", err->text);
	} else if (text[0]) {
		view_toast(view, ROLE_NOTICE, "%.200s", text);
	}
	view_changed(view);
}

/* Why that answer cannot be given now; NULL: it can. */
static const char *
find_obstacle(struct view *view, const struct agent_view *agent, enum agent_answer answer,
	char room[160])
{
	static const char *const words[ANSWER_COUNT] = {
		[ANSWER_YES] = "yes",
		[ANSWER_NO] = "no",
		[ANSWER_ALWAYS] = "always",
	};
	char said[128];
	struct inbox *inbox = &view->inbox;
	if (view->layout.kind == LAYOUT_TOO_SMALL)
		return "nothing can be read here";
	if (!agent->link)
		return "its host is not there: it cannot be answered now";
	if (inbox_answering(inbox, &inbox->at))
		return "it is being answered";
	if (!(agent->question->answers >> answer & 1)) {
		snprintf(room, 160, "%s cannot be said from here: %s", words[answer],
			keymap_said(view, VIEW_INBOX, "⏎ goes there", said));
		return room;
	}
	if (!inbox->page || (inbox->moved_at && clock_ms() - inbox->moved_at < HASTY_MS))
		return "it has only just come up: that key did nothing";
	if (answer != ANSWER_NO && !inbox->read) {
		inbox_page(view, 1);
		return "there is more to read first";
	}
	return NULL;
}

static void
decide(struct view *view, const struct agent_view *agent, enum agent_answer answer)
{
	struct inbox *inbox = &view->inbox;
	struct err err = ERR_INIT;
	char room[160];
	const char *obstacle = find_obstacle(view, agent, answer, room);
	if (obstacle) {
		view_toast(view, ROLE_ERROR, "%s", obstacle);
		return;
	}
	struct inbox_answer *a = MEM_NEW(struct inbox_answer);
	*a = (struct inbox_answer){inbox->answers, view, agent->id, inbox->at.question, 0};
	if (pilot_decide(view->pilot, agent->id, a->question, answer, on_answered, a, &err) <
		0) {
		mem_free(a);
		view_toast(view, ROLE_ERROR, "%.200s", err.text);
		return;
	}
	inbox->answers = a;
}

/* Looked at again first: what is selected is there now. */
static bool
get_agent(struct view *view, struct agent_view *ret)
{
	inbox_refresh(view);
	return view->inbox.at.kind != INBOX_HOST && view->inbox.at.agent &&
	       fleet_agent(view->fleet, view->inbox.at.agent, ret);
}

void
inbox_decide(struct view *view, int argument)
{
	struct agent_view agent;
	char said[128];
	bool some = get_agent(view, &agent);
	if (view->inbox.at.kind == INBOX_HOST) {
		if (argument == ANSWER_ALWAYS)
			question_open(view, view->inbox.at.host);
		else
			view_toast(view, ROLE_ERROR, "%s",
				keymap_said(
					view, VIEW_INBOX, "a opens what a host asks", said));
	} else if (view->inbox.at.kind == INBOX_QUESTION && some && agent.question) {
		decide(view, &agent, (enum agent_answer)argument);
	} else if (some) {
		view_toast(view, ROLE_ERROR,
			"it asks nothing that can be answered from here: "
			"Enter goes there");
	}
}

void
inbox_go(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (!get_agent(view, &agent)) {
		if (view->inbox.at.kind == INBOX_HOST)
			question_open(view, view->inbox.at.host);
		return;
	}
	enum agent_state state = agent.verdict.state;
	/* Its own dialog is there too, when a hook waits for the answer. */
	bool own = agent.question || state == AGENT_ASKS || state == AGENT_TRUST ||
		   state == AGENT_LOGIN;
	action_focus(view, agent.id);
	view->mode = VIEW_COMMAND;
	if (own)
		action_type(view, 0);
}

void
inbox_explain(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (get_agent(view, &agent))
		action_explain_agent(view, agent.id);
}

void
inbox_prompt(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (get_agent(view, &agent))
		action_prompt_agent(view, &agent);
}

void
inbox_restart(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (get_agent(view, &agent))
		action_restart_agent(view, &agent);
	else
		pilot_retry(view->pilot);
}

void
inbox_release(struct inbox *inbox)
{
	while (inbox->answers) {
		struct inbox_answer *a = inbox->answers;
		inbox->answers = a->next;
		mem_free(a);
	}
	mem_free(inbox->items);
	mem_free(inbox->rows);
	*inbox = (struct inbox){0};
}
