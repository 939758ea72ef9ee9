/* SPDX-License-Identifier: MIT */
/*
 * What the agents of ui_deck.h ask and do, as a test wants it, and the answers that are given.
 * The linker puts these functions in the place of the real ones: see the Makefile.
 */
#ifndef COCKPIT_TEST_UI_ASKED_H
#define COCKPIT_TEST_UI_ASKED_H

#include "ui_deck.h"

#define AGENTS 6
#define YES    (1u << ANSWER_YES)
#define NO     (1u << ANSWER_NO)
#define ALWAYS (1u << ANSWER_ALWAYS)

static struct agent_question questions[AGENTS]; /* id 0: it asks nothing */
static int states[AGENTS];                      /* 0: as it is */
static int64_t sinces[AGENTS];

static struct {
	int count;
	uint32_t agent;
	uint64_t question;
	enum agent_answer answer;
	pilot_fn *done;
	void *ctx;
	const char *refusal; /* what pilot_decide() says; NULL: nothing */
} decided;

static struct {
	int count;
	uint32_t agent;
} seen;

bool __real_fleet_agent(const struct fleet *fleet, uint32_t id, struct agent_view *ret);
bool __wrap_fleet_agent(const struct fleet *fleet, uint32_t id, struct agent_view *ret);
int __wrap_pilot_decide(struct pilot *pilot, uint32_t agent, uint64_t question,
	enum agent_answer answer, pilot_fn *done, void *ctx, struct err *err);
void __wrap_pilot_seen(struct pilot *pilot, uint32_t agent);

static int
deck_index(const struct fleet *fleet, uint32_t id)
{
	for (int i = 0; i < AGENTS && i < fleet->agent_count; i++) {
		if (fleet->agents[i]->id == id)
			return i;
	}
	return -1;
}

bool
__wrap_fleet_agent(const struct fleet *fleet, uint32_t id, struct agent_view *ret)
{
	int i = deck_index(fleet, id);
	if (!__real_fleet_agent(fleet, id, ret))
		return false;
	ret->question = NULL;
	if (i >= 0 && states[i]) {
		ret->verdict = (struct verdict){.state = (enum agent_state)states[i],
			.source = "test",
			.since = sinces[i] ? sinces[i] : noon - 5000};
	}
	if (i >= 0 && questions[i].id) {
		ret->question = &questions[i];
		ret->verdict.state = AGENT_ASKS;
		ret->verdict.since = questions[i].since;
	}
	return true;
}

int
__wrap_pilot_decide(struct pilot *pilot, uint32_t agent, uint64_t question,
	enum agent_answer answer, pilot_fn *done, void *ctx, struct err *err)
{
	(void)pilot;
	if (decided.refusal)
		return err_set(err, ERR_INVALID, "%s", decided.refusal);
	decided.count++;
	decided.agent = agent;
	decided.question = question;
	decided.answer = answer;
	decided.done = done;
	decided.ctx = ctx;
	return 0;
}

void
__wrap_pilot_seen(struct pilot *pilot, uint32_t agent)
{
	(void)pilot;
	seen.count++;
	seen.agent = agent;
}

static uint32_t
deck_id(int index)
{
	return view.fleet->agents[index]->id;
}

static void
ask_person(int index, uint64_t id, int64_t age, const char *tool, const char *what,
	unsigned answers)
{
	struct agent_question *q = &questions[index];
	*q = (struct agent_question){.id = id, .since = noon - age, .answers = answers};
	snprintf(q->tool, sizeof(q->tool), "%s", tool);
	snprintf(q->what, sizeof(q->what), "%s", what);
}

static int
asking_setup(void **state)
{
	memset(questions, 0, sizeof(questions));
	memset(states, 0, sizeof(states));
	memset(sinces, 0, sizeof(sinces));
	memset(&decided, 0, sizeof(decided));
	memset(&seen, 0, sizeof(seen));
	int rc = deck_setup(state);
	surface_resize(view.surface, 120, 40);
	return rc;
}

#endif
