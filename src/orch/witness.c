/* SPDX-License-Identifier: MIT */
/*
 * What happens in a fleet while it is on a screen goes into its journal. What was so when one
 * began to look is no event, but for a question: that one waits since it was asked.
 */
#include <inttypes.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/orch_journal.h"
#include "local.h"

struct seen {
	uint32_t agent; /* 0: host */
	int host;
	bool known;
	int state;
	uint64_t question;
	struct seen *next;
};

/* What is written when an agent comes into that state; JOURNAL_KIND_COUNT: nothing. */
static enum journal_kind
kind_of_state(enum agent_state state)
{
	static const struct {
		enum agent_state state;
		enum journal_kind kind;
	} rows[] = {
		{AGENT_ASKS,    JOURNAL_ASKS   },
		{AGENT_TRUST,   JOURNAL_TRUST  },
		{AGENT_LOGIN,   JOURNAL_LOGIN  },
		{AGENT_LIMITED, JOURNAL_LIMITED},
		{AGENT_DONE,    JOURNAL_DONE   },
		{AGENT_FAILED,  JOURNAL_FAILED },
		{AGENT_ENDED,   JOURNAL_ENDED  },
		{AGENT_LOST,    JOURNAL_GONE   },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].state == state)
			return rows[i].kind;
	}
	return JOURNAL_KIND_COUNT;
}

static struct seen *
find(struct pilot *pilot, uint32_t agent, int host)
{
	struct seen *seen = pilot->seen;
	while (seen && (seen->agent != agent || (!agent && seen->host != host)))
		seen = seen->next;
	if (seen)
		return seen;
	seen = MEM_NEW(struct seen);
	*seen = (struct seen){.agent = agent, .host = host, .next = pilot->seen};
	pilot->seen = seen;
	return seen;
}

/* A question that was read off a screen has its choices behind it, which say nothing new. A
 * tool's is whole: what it would do is what counts. */
static char *
question_words(const struct agent_question *q)
{
	struct str all = str_from(q->what), rest = all;
	size_t end = 0;
	while (rest.len > 0 && !q->tool[0]) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (str_ends(line, STR("?")))
			end = all.len - rest.len;
	}
	return mem_printf("%s%s%.*s", q->tool, q->tool[0] && all.len > 0 ? " " : "",
		STR_ARG(str_slice(all, 0, end ? end : all.len)));
}

static void
write_state(struct pilot *pilot, const struct agent_view *view, enum journal_kind kind)
{
	const struct agent_question *q = kind == JOURNAL_ASKS ? view->question : NULL;
	char *key = q ? mem_printf("asks %s %s %" PRIu64, view->host, view->uid, q->id)
		      : mem_printf("%d %s %s %s", (int)kind, view->host, view->name, view->uid);
	char *text = q ? question_words(q) : mem_strdup(view->verdict.detail);
	const struct journal_entry entry = {.kind = kind,
		.agent = view->name,
		.host = view->host,
		.start = view->uid,
		.text = text,
		.key = key,
		.ever = q != NULL};
	journal_add(pilot->ledger, &entry);
	mem_free(key);
	mem_free(text);
}

static void
look_at_agent(struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	/* Of one that is away nothing new can be known. */
	if (!fleet_agent(pilot->fleet, agent, &view) || (!view.present && !view.lost) ||
		(view.present && !view.link))
		return;
	enum agent_state state = view.question ? AGENT_ASKS : view.verdict.state;
	uint64_t question = view.question ? view.question->id : 0;
	struct seen *seen = find(pilot, agent, view.host_index);
	bool asked = seen->known && seen->state == (int)state;
	bool same = asked && seen->question == question;
	bool news = seen->known || question;
	/* What it asks is on its way: with these words it is told, and once. */
	if (state == AGENT_ASKS && !question)
		return;
	/* Where its screen is all that is known of it, other rows are no other question. */
	if (state == AGENT_ASKS && asked && seen->question && !view.question->answers)
		same = true;
	seen->known = true;
	seen->state = (int)state;
	seen->question = question;
	enum journal_kind kind = kind_of_state(state);
	if (!same && news && kind != JOURNAL_KIND_COUNT)
		write_state(pilot, &view, kind);
}

static void
look_at_host(struct pilot *pilot, int host)
{
	struct host_view view;
	fleet_host_at(pilot->fleet, host, &view);
	enum journal_kind kind = view.state == HOST_LOST      ? JOURNAL_LOST
				 : view.state == HOST_REFUSED ? JOURNAL_REFUSED
				 : view.state == HOST_READY   ? JOURNAL_READY
							      : JOURNAL_KIND_COUNT;
	struct seen *seen = find(pilot, 0, host);
	if (kind == JOURNAL_KIND_COUNT || (seen->known && seen->state == (int)kind))
		return;
	/* That it is there is news after it was not. */
	bool news = seen->known || kind != JOURNAL_READY;
	seen->known = true;
	seen->state = (int)kind;
	char *key = mem_printf("%d %s", (int)kind, view.name);
	const struct journal_entry entry = {.kind = kind,
		.host = view.name,
		.text = view.why->code ? view.why->text : NULL,
		.key = key};
	if (news)
		journal_add(pilot->ledger, &entry);
	mem_free(key);
}

void
witness_event(struct pilot *pilot, const struct fleet_event *event)
{
	if (!pilot->work_timer)
		return;
	if (event->kind == FLEET_AGENT && event->agent)
		look_at_agent(pilot, event->agent);
	else if (event->kind == FLEET_HOST && event->host_index >= 0)
		look_at_host(pilot, event->host_index);
}

void
witness_drop(struct pilot *pilot)
{
	while (pilot->seen) {
		struct seen *seen = pilot->seen;
		pilot->seen = seen->next;
		mem_free(seen);
	}
}
