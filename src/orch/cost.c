/* SPDX-License-Identifier: MIT */
/*
 * The fleet's bill, from what its agents say to a small JSON file. Several cockpits may keep
 * it: who writes holds the lock beside it and takes over what the others have written, on a
 * worker.
 */
#define _DEFAULT_SOURCE /* flock */
#define LOG_MODULE      "cost"
#include "cockpit/orch_cost.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "bill.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define FILE_MAX   (1u << 20)
#define SAVE_MS    5000 /* after a change; so long it is here alone */
#define HEAR_MS    1000 /* between two notes of one agent */
#define LOCK_TRIES 20   /* 50 ms each; held for a moment only, by whoever has it */

/* What an agent has said since it was noted: it may say more in a second than a year has room
 * for. */
struct heard {
	char host[COST_ID_MAX + 1], agent[COST_ID_MAX + 1], start[COST_ID_MAX + 1];
	struct cost said;
	int64_t at;       /* wall seconds */
	int64_t noted_at; /* clock_ms() */
	bool waits;
};

struct costs {
	struct bill bill;
	char *file; /* NULL: nothing is kept */
	struct loop_timer *timer;
	bool changed;
	bool failed;           /* the last write was: said once */
	struct saving *saving; /* NULL: none is out */
	struct heard *heard;   /* agents that said something new within HEAR_MS */
	size_t heard_count;
	struct loop_timer *hearer;
};

/* One write, on a worker. */
struct saving {
	struct pilot *pilot;
	char *file;
	bool last; /* better without the lock than never */
	struct bill bill;
	struct err err;
};

/* Two writers of one process share a temporary file. */
static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;

static int
read_file(const char *file, struct bill *bill, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = path_read(file, FILE_MAX, &text, err);
	if (rc == 0)
		rc = bill_read(bill, file, buf_str(&text), err);
	buf_release(&text);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* The lock beside the file, or -1: where there are no locks, or it is the last write. */
static int
lock_file(const struct saving *saving, struct err *err, int *ret)
{
	char *path = mem_printf("%s.lock", saving->file);
	int rc = 0, tries = 0;
	*ret = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	while (*ret >= 0 && flock(*ret, LOCK_EX | LOCK_NB) < 0) {
		static const struct timespec pause = {0, 50000000};
		if ((errno == EWOULDBLOCK || errno == EINTR) && ++tries < LOCK_TRIES) {
			nanosleep(&pause, NULL);
			continue;
		}
		if (errno == EWOULDBLOCK && !saving->last)
			rc = err_set(err, ERR_BUSY, "%s: another cockpit holds it", path);
		close(*ret);
		*ret = -1;
	}
	mem_free(path);
	return rc;
}

/* What a person has broken, or a disk, is not written over. */
static int
put_aside(const char *file, const struct err *why, struct err *err)
{
	char *bad = mem_printf("%s.bad", file);
	int rc = 0;
	if (rename(file, bad) < 0)
		rc = err_errno(err, "%s; not renamed to %s", why->text, bad);
	else
		log_warn("%s; kept as %s", why->text, bad);
	mem_free(bad);
	return rc;
}

static void
save(void *ctx)
{
	struct saving *saving = ctx;
	struct bill theirs = {0};
	struct buf text = BUF_INIT;
	struct err broken = ERR_INIT;
	int fd;
	pthread_mutex_lock(&writer);
	int rc = lock_file(saving, &saving->err, &fd);
	if (rc == 0 && read_file(saving->file, &theirs, &broken) < 0)
		rc = put_aside(saving->file, &broken, &saving->err);
	if (rc == 0) {
		bill_merge(&saving->bill, &theirs);
		bill_write(&saving->bill, &text);
		(void)path_write(saving->file, buf_str(&text), 0600, &saving->err);
	}
	if (fd >= 0)
		close(fd);
	pthread_mutex_unlock(&writer);
	bill_release(&theirs);
	buf_release(&text);
}

static void
saving_free(struct saving *saving)
{
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
		bool failed = saving->err.code != 0;
		if (failed && !costs->failed)
			log_warn("%s; tried again", saving->err.text);
		costs->failed = failed;
		costs->saving = NULL;
		costs->changed |= failed;
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

/* --- what is heard --- */

static int64_t
wall_of(int64_t at)
{
	return clock_wall() - (clock_ms() - at) / 1000;
}

static bool
note(struct pilot *pilot, const struct heard *heard)
{
	bool changed = bill_note(&pilot->costs->bill, heard->host, heard->agent, heard->start,
		&heard->said, heard->at);
	if (changed)
		save_soon(pilot);
	return changed;
}

static void
note_waiting(struct pilot *pilot, struct heard *heard)
{
	if (heard->waits)
		(void)note(pilot, heard);
	heard->waits = false;
	heard->noted_at = clock_ms();
}

static void
note_all(struct pilot *pilot)
{
	for (size_t i = 0; i < pilot->costs->heard_count; i++)
		note_waiting(pilot, &pilot->costs->heard[i]);
}

static void
on_hear(void *ctx)
{
	struct pilot *pilot = ctx;
	struct costs *costs = pilot->costs;
	for (size_t i = costs->heard_count; i-- > 0;) {
		struct heard *heard = &costs->heard[i];
		if (clock_ms() - heard->noted_at < HEAR_MS)
			continue;
		if (heard->waits)
			note_waiting(pilot, heard);
		else
			*heard = costs->heard[--costs->heard_count];
	}
	if (costs->heard_count > 0)
		loop_timer_set(costs->hearer, HEAR_MS);
}

static struct heard *
find_heard(struct costs *costs, const char *host, const char *agent)
{
	for (size_t i = 0; i < costs->heard_count; i++) {
		if (strcmp(costs->heard[i].agent, agent) == 0 &&
			strcmp(costs->heard[i].host, host) == 0)
			return &costs->heard[i];
	}
	return NULL;
}

static bool
is_same(const struct heard *one, const struct heard *other)
{
	return one->said.source == other->said.source &&
	       strcmp(one->start, other->start) == 0 &&
	       strcmp(one->said.id, other->said.id) == 0;
}

void
costs_event(struct pilot *pilot, const struct fleet_event *event)
{
	struct costs *costs = pilot->costs;
	struct agent_view view;
	if (!costs || event->kind != FLEET_AGENT || !event->agent ||
		!fleet_agent(pilot->fleet, event->agent, &view) || !view.cost)
		return;
	struct heard now = {.said = *view.cost, .at = wall_of(view.cost->at)};
	text_copy(now.host, sizeof(now.host), str_from(view.host));
	text_copy(now.agent, sizeof(now.agent), str_from(view.name));
	text_copy(now.start, sizeof(now.start), str_from(view.uid));
	struct heard *heard = find_heard(costs, now.host, now.agent);
	if (heard && is_same(heard, &now)) {
		now.noted_at = heard->noted_at;
		now.waits = true;
		*heard = now;
		return;
	}
	/* Another start or conversation: both are told. */
	if (heard)
		note_waiting(pilot, heard);
	now.noted_at = clock_ms();
	if (!note(pilot, &now))
		return;
	if (!heard) {
		costs->heard =
			mem_room(costs->heard, costs->heard_count, sizeof(*costs->heard));
		heard = &costs->heard[costs->heard_count++];
	}
	*heard = now;
	if (!loop_timer_armed(costs->hearer))
		loop_timer_set(costs->hearer, HEAR_MS);
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
	note_all(pilot);
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

/* --- its life --- */

void
costs_open(struct pilot *pilot, const char *dir)
{
	struct costs *costs = pilot->costs = MEM_NEW(struct costs);
	struct err err = ERR_INIT;
	costs->file = path_join(dir, "costs.json");
	costs->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, pilot);
	costs->hearer = loop_timer_new(fleet_loop(pilot->fleet), on_hear, pilot);
	if (read_file(costs->file, &costs->bill, &err) < 0)
		log_warn("%s", err.text);
}

void
costs_drop(struct pilot *pilot)
{
	struct costs *costs = pilot->costs;
	if (!costs)
		return;
	note_all(pilot);
	/* What is on its way is in it, too: nobody waits for a worker. */
	if (costs->changed || costs->saving) {
		struct saving *last = saving_new(pilot);
		last->last = true;
		save(last);
		if (last->err.code)
			log_warn("%s", last->err.text);
		saving_free(last);
	}
	if (costs->saving)
		costs->saving->pilot = NULL;
	pilot->costs = NULL;
	loop_timer_free(costs->timer);
	loop_timer_free(costs->hearer);
	bill_release(&costs->bill);
	mem_free(costs->heard);
	mem_free(costs->file);
	mem_free(costs);
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
		bill_add_told(&ret->micros, one.micros);
		bill_add_told(&ret->tokens, one.tokens);
		ret->told += one.micros >= 0;
		ret->silent += one.micros < 0 && pilot_cost_wanted(&view);
	}
	ret->gone_micros = rest_of(whole.micros, ret->micros);
	ret->gone_tokens = rest_of(whole.tokens, ret->tokens);
}
