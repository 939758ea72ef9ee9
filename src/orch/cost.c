/* SPDX-License-Identifier: MIT */
/*
 * The fleet's bill, from what its agents say to a small JSON file. Several cockpits may keep
 * it: who writes holds the lock beside it and takes over what the others have written, on a
 * worker.
 */
#define _DEFAULT_SOURCE /* flock */
#define LOG_MODULE      "cost"
#include "cockpit/orch_cost.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bill.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define FILE_MAX (1u << 20)
#define SAVE_MS  5000 /* after a change; so long it is here alone */

struct costs {
	struct bill bill;
	char *file; /* NULL: nothing is kept */
	struct loop_timer *timer;
	bool changed;
	struct saving *saving; /* NULL: none is out */
};

/* One write, on a worker. */
struct saving {
	struct pilot *pilot;
	char *file;
	struct bill bill;
	struct err err;
};

static void
read_file(const char *file, struct bill *bill)
{
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	int rc = path_read(file, FILE_MAX, &text, &err);
	if (rc == 0)
		rc = bill_read(bill, file, buf_str(&text), &err);
	if (rc < 0 && rc != ERR_NOT_FOUND)
		log_warn("%s", err.text);
	buf_release(&text);
}

static void
save(void *ctx)
{
	struct saving *saving = ctx;
	struct bill theirs = {0};
	struct buf text = BUF_INIT;
	char *lock = mem_printf("%s.lock", saving->file);
	/* Held for a moment only, by whoever has it. */
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	read_file(saving->file, &theirs);
	bill_merge(&saving->bill, &theirs);
	bill_write(&saving->bill, &text);
	(void)path_write(saving->file, buf_str(&text), 0600, &saving->err);
	if (fd >= 0)
		close(fd);
	bill_release(&theirs);
	buf_release(&text);
	mem_free(lock);
}

static void
saving_free(struct saving *saving)
{
	if (saving->err.code)
		log_warn("%s", saving->err.text);
	bill_release(&saving->bill);
	mem_free(saving->file);
	mem_free(saving);
}

static struct saving *
saving_new(struct pilot *pilot)
{
	struct costs *costs = pilot->costs;
	struct saving *saving = MEM_NEW(struct saving);
	*saving = (struct saving){.pilot = pilot, .file = mem_strdup(costs->file)};
	bill_merge(&saving->bill, &costs->bill);
	costs->changed = false;
	return saving;
}

static void
on_saved(void *ctx)
{
	struct saving *saving = ctx;
	struct costs *costs = saving->pilot ? saving->pilot->costs : NULL;
	if (costs) {
		costs->saving = NULL;
		bill_merge(&costs->bill, &saving->bill);
		if (costs->changed)
			loop_timer_set(costs->timer, SAVE_MS);
	}
	saving_free(saving);
}

static void
on_timer(void *ctx)
{
	struct pilot *pilot = ctx;
	struct costs *costs = pilot->costs;
	if (costs->saving || !costs->changed)
		return;
	costs->saving = saving_new(pilot);
	loop_job(fleet_loop(pilot->fleet), save, on_saved, costs->saving);
}

static void
save_soon(struct pilot *pilot)
{
	struct costs *costs = pilot->costs;
	costs->changed = true;
	if (costs->file && !costs->saving && !loop_timer_armed(costs->timer))
		loop_timer_set(costs->timer, SAVE_MS);
}

void
costs_open(struct pilot *pilot, const char *dir)
{
	struct costs *costs = pilot->costs = MEM_NEW(struct costs);
	costs->file = path_join(dir, "costs.json");
	costs->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, pilot);
	read_file(costs->file, &costs->bill);
}

void
costs_drop(struct pilot *pilot)
{
	struct costs *costs = pilot->costs;
	if (!costs)
		return;
	if (costs->saving)
		costs->saving->pilot = NULL;
	/* What is on its way is in it, too. */
	if (costs->changed) {
		struct saving *last = saving_new(pilot);
		save(last);
		saving_free(last);
	}
	pilot->costs = NULL;
	loop_timer_free(costs->timer);
	bill_release(&costs->bill);
	mem_free(costs->file);
	mem_free(costs);
}

static int64_t
wall_of(int64_t at)
{
	return clock_wall() - (clock_ms() - at) / 1000;
}

void
costs_event(struct pilot *pilot, const struct fleet_event *event)
{
	struct agent_view view;
	if (!pilot->costs || event->kind != FLEET_AGENT || !event->agent ||
		!fleet_agent(pilot->fleet, event->agent, &view) || !view.cost)
		return;
	if (bill_note(&pilot->costs->bill, view.host, view.name, view.uid, view.cost,
		    wall_of(view.cost->at)))
		save_soon(pilot);
}

static bool
is_there(const struct fleet *fleet, const char *host, const char *agent)
{
	for (int i = 0; i < fleet_agent_count(fleet); i++) {
		struct agent_view view;
		fleet_agent_at(fleet, i, &view);
		if (view.present && strcmp(view.name, agent) == 0 &&
			strcmp(view.host, host) == 0)
			return true;
	}
	return false;
}

/* Of those hosts that have one by that name it goes on; elsewhere it is where this one has been
 * before. */
void
costs_forget(struct pilot *pilot, const char *host, const char *agent)
{
	struct costs *costs = pilot->costs;
	bool changed = false;
	if (!costs)
		return;
	for (size_t i = 0; i < costs->bill.count; i++) {
		const struct bill_row *row = &costs->bill.rows[i];
		if (row->past || strcmp(row->agent, agent) != 0 ||
			(strcmp(row->host, host) != 0 &&
				is_there(pilot->fleet, row->host, agent)))
			continue;
		changed |= bill_forget(&costs->bill, row->host, agent, clock_wall());
	}
	if (changed)
		save_soon(pilot);
}

/* --- sums --- */

static bool
is_of(const struct bill_row *row, const struct agent_view *agent, bool alone)
{
	/* Where several hosts have one of that name, each has its own; else it has moved. */
	return !row->past && strcmp(row->agent, agent->name) == 0 &&
	       (alone || strcmp(row->host, agent->host) == 0);
}

void
pilot_cost(const struct pilot *pilot, const struct agent_view *agent, struct pilot_cost *ret)
{
	struct bill_sum sum = BILL_SUM_INIT;
	bool alone = fleet_agent_namesakes(pilot->fleet, agent->name) < 2;
	for (size_t i = 0; pilot->costs && i < pilot->costs->bill.count; i++) {
		const struct bill_row *row = &pilot->costs->bill.rows[i];
		if (is_of(row, agent, alone))
			bill_add(&sum, row);
	}
	*ret = (struct pilot_cost){.micros = sum.micros,
		.tokens = sum.tokens,
		.source = sum.source,
		.first = sum.first,
		.at = sum.at};
	/* Said again, it is as old as that. */
	if (agent->cost && wall_of(agent->cost->at) > ret->at)
		ret->at = wall_of(agent->cost->at);
}

bool
pilot_cost_wanted(const struct agent_view *agent)
{
	return agent->present && !agent->beside && strcmp(agent->profile, "shell") != 0;
}

/* What is left of a sum without those that are there. */
static int64_t
rest_of(int64_t sum, int64_t there)
{
	int64_t rest = sum - (there > 0 ? there : 0);
	return rest > 0 ? rest : -1;
}

static void
add(int64_t *sum, int64_t one)
{
	if (one >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + one;
}

void
pilot_costs(const struct pilot *pilot, struct pilot_costs *ret)
{
	struct bill_sum whole = BILL_SUM_INIT;
	*ret = (struct pilot_costs){
		.micros = -1, .tokens = -1, .gone_micros = -1, .gone_tokens = -1};
	for (size_t i = 0; pilot->costs && i < pilot->costs->bill.count; i++)
		bill_add(&whole, &pilot->costs->bill.rows[i]);
	for (int i = 0; i < fleet_agent_count(pilot->fleet); i++) {
		struct agent_view view;
		struct pilot_cost one;
		fleet_agent_at(pilot->fleet, i, &view);
		if (!view.present && !view.declared && !view.lost)
			continue;
		pilot_cost(pilot, &view, &one);
		add(&ret->micros, one.micros);
		add(&ret->tokens, one.tokens);
		ret->told += one.micros >= 0;
		ret->silent += one.micros < 0 && pilot_cost_wanted(&view);
	}
	ret->gone_micros = rest_of(whole.micros, ret->micros);
	ret->gone_tokens = rest_of(whole.tokens, ret->tokens);
}
