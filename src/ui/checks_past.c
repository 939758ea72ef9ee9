/* SPDX-License-Identifier: MIT */
#include "checks_past.h"

#include <stdio.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/store_store.h"
#include "view.h"

/* Of an agent that was unfolded once. One answer is under way at a time. */
struct checks_past {
	struct view *view;
	uint32_t agent;
	char name[80]; /* its, when they were asked for */
	bool open, reading, known;
	/* The last check as it was when they were asked for: another one, and they are again.
	 */
	int64_t seen_id;
	enum check_state seen_state;
	int64_t seen_trial;
	struct past_check *rows;
	int count;
	char error[120];
	struct checks_past *next;
};

static void
clear(struct checks_past *past)
{
	for (int i = 0; i < past->count; i++) {
		mem_free(past->rows[i].words);
		mem_free(past->rows[i].names);
		mem_free(past->rows[i].log);
	}
	mem_free(past->rows);
	past->rows = NULL;
	past->count = 0;
}

void
checks_past_release(struct checks_view *checks)
{
	while (checks->pasts) {
		struct checks_past *past = checks->pasts;
		checks->pasts = past->next;
		clear(past);
		mem_free(past);
	}
}

static struct checks_past *
find(const struct view *view, uint32_t agent)
{
	struct checks_past *past = view->checks.pasts;
	while (past && past->agent != agent)
		past = past->next;
	return past;
}

bool
checks_past_open(const struct view *view, uint32_t agent)
{
	const struct checks_past *past = find(view, agent);
	return past && past->open;
}

void
checks_past_fold(struct view *view, uint32_t agent, bool open)
{
	struct checks_past *past = find(view, agent);
	if (!past && open) {
		past = MEM_NEW(struct checks_past);
		*past = (struct checks_past){
			.view = view, .agent = agent, .next = view->checks.pasts};
		view->checks.pasts = past;
	}
	if (!past)
		return;
	past->open = open;
	/* What could not be read may be read now. */
	past->known = past->known && !past->error[0];
}

/* One that runs is said of the agent itself. */
static void
on_rows(void *ctx, const struct store_check *rows, size_t count, const struct err *err)
{
	struct checks_past *past = ctx;
	past->reading = false;
	past->known = true;
	snprintf(past->error, sizeof(past->error), "%.100s", err ? err->text : "");
	clear(past);
	past->rows = mem_alloc_array(count + 1, sizeof(*past->rows));
	for (size_t i = 0; i < count; i++) {
		if (rows[i].ended_at == 0)
			continue;
		struct past_check *to = &past->rows[past->count++];
		*to = (struct past_check){.id = rows[i].id,
			.at = rows[i].ended_at / 1000,
			.took = rows[i].ended_at - rows[i].started_at,
			.state = check_state_of(rows[i].status, true),
			.trial = check_is_trial(&rows[i]),
			.words = mem_strdup(rows[i].words),
			.names = mem_strdup(rows[i].names),
			.log = mem_strdup(rows[i].log)};
		snprintf(to->tree, sizeof(to->tree), "%.8s", rows[i].tree);
	}
	view_changed(past->view);
}

static void
look_again(struct checks_past *past)
{
	struct view *view = past->view;
	struct pilot_check last;
	struct agent_view agent;
	struct err err = ERR_INIT;
	pilot_check(view->pilot, past->agent, &last);
	bool same = past->known && last.id == past->seen_id && last.state == past->seen_state &&
		    last.trial == past->seen_trial;
	if (past->reading || same || !fleet_agent(view->fleet, past->agent, &agent))
		return;
	past->seen_id = last.id;
	past->seen_state = last.state;
	past->seen_trial = last.trial;
	snprintf(past->name, sizeof(past->name), "%s", agent.name);
	past->reading = pilot_check_history(view->pilot, agent.host, agent.name, CHECK_LOGS,
				on_rows, past, &err) == 0;
	if (past->reading)
		return;
	past->known = true;
	snprintf(past->error, sizeof(past->error), "%.100s", err.text);
}

int
checks_past(struct view *view, uint32_t agent, const struct past_check **ret,
	const char **ret_error)
{
	struct checks_past *past = find(view, agent);
	*ret_error = "";
	if (!past || !view->pilot)
		return -1;
	look_again(past);
	*ret = past->rows;
	*ret_error = past->error;
	return past->known && !past->error[0] ? past->count : -1;
}

const struct past_check *
checks_past_find(const struct view *view, uint32_t agent, int64_t id)
{
	const struct checks_past *past = find(view, agent);
	for (int i = 0; past && i < past->count; i++) {
		if (past->rows[i].id == id)
			return &past->rows[i];
	}
	return NULL;
}
