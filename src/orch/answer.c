/* SPDX-License-Identifier: MIT */
/* What a person decides for an agent, and the record of it. */
#define LOG_MODULE "answer"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/orch_journal.h"
#include "ledger.h"
#include "local.h"

struct answer {
	struct pilot *pilot;   /* NULL: nobody waits any more */
	struct ledger *ledger; /* held; NULL: none */
	char *agent, *host, *uid;
	struct agent_question question;
	enum agent_answer answer;
	pilot_fn *done;
	void *ctx;
	struct answer *next;
};

static void
answer_free(struct answer *answer)
{
	ledger_release(answer->ledger);
	mem_free(answer->agent);
	mem_free(answer->host);
	mem_free(answer->uid);
	mem_free(answer);
}

static void
record(const struct answer *answer, const struct err *err)
{
	const struct journal_entry entry = {.kind = JOURNAL_ANSWER,
		.agent = answer->agent,
		.host = answer->host,
		.start = answer->uid,
		.tool = answer->question.tool,
		.what = answer->question.what,
		.answer = agent_answer_name(answer->answer),
		.via = answer->question.hook ? "hook" : "keys",
		.refused = err ? err->text : NULL};
	journal_add(answer->ledger, &entry);
}

static void
on_decided(void *ctx, const struct err *err)
{
	struct answer *answer = ctx;
	struct buf text = BUF_INIT;
	struct answer **p = answer->pilot ? &answer->pilot->answers : NULL;
	while (p && *p != answer)
		p = &(*p)->next;
	if (p)
		*p = answer->next;
	record(answer, err);
	buf_printf(&text, "answered %s: %s", answer->agent, agent_answer_name(answer->answer));
	if (answer->pilot && answer->done)
		answer->done(answer->ctx, err ? "" : buf_cstr(&text), err);
	buf_release(&text);
	answer_free(answer);
}

int
pilot_decide(struct pilot *pilot, uint32_t agent, uint64_t question, enum agent_answer decision,
	pilot_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, agent, &view) || !view.question)
		return err_set(err, ERR_INVALID, "the agent asks nothing");
	struct answer *answer = MEM_NEW(struct answer);
	*answer = (struct answer){
		.pilot = pilot,
		.ledger = ledger_hold(pilot->ledger),
		.agent = mem_strdup(view.name),
		.host = mem_strdup(view.host),
		.uid = mem_strdup(view.uid),
		.question = *view.question,
		.answer = decision,
		.done = done,
		.ctx = ctx,
	};
	int rc = act_agent_decide(
		pilot->fleet, agent, question, (int)decision, on_decided, answer, err);
	if (rc < 0) {
		answer_free(answer);
		return rc;
	}
	answer->next = pilot->answers;
	pilot->answers = answer;
	return 0;
}

void
answers_drop(struct pilot *pilot)
{
	for (struct answer *answer = pilot->answers; answer; answer = answer->next)
		answer->pilot = NULL;
	pilot->answers = NULL;
}

void
pilot_seen(struct pilot *pilot, uint32_t agent)
{
	act_agent_seen(pilot->fleet, agent);
}

/* Only what its profile knows, and once a question: another one has another id. */
void
pilot_event(struct pilot *pilot, const struct fleet_event *event)
{
	struct agent_view view;
	works_event(pilot, event);
	witness_event(pilot, event);
	costs_event(pilot, event);
	board_event(pilot, event);
	flow_event(pilot, event);
	if (event->kind != FLEET_AGENT || !fleet_agent(pilot->fleet, event->agent, &view) ||
		view.verdict.state != AGENT_TRUST || !view.own || !view.question ||
		!view.question->answers || view.question->id == pilot->trusted)
		return;
	pilot->trusted = view.question->id;
	log_info("agent %s: its folder is cockpit's own, and is trusted", view.name);
	(void)pilot_decide(pilot, view.id, view.question->id, ANSWER_YES, NULL, NULL, NULL);
}
