/* SPDX-License-Identifier: MIT */
/*
 * An agent's work on its way into the base: fetched, merged in memory, checked as it would be
 * on the agent's host, landed. Workers do what blocks (merge_job.c); one merge at a time, the
 * others wait. It may outlive its pilot, not its fleet.
 */
#define LOG_MODULE "merge"
#include "cockpit/orch_merge.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_journal.h"
#include "cockpit/store_store.h"
#include "local.h"
#include "merge_job.h"

#define TRIES     3   /* when the base goes on meanwhile */
#define FETCH_MS  200 /* its work is on its way for somebody else: again after that */
#define FETCH_MAX 300

enum step { WAITS, FETCHES, WORKS, DELIVERS, TRIES_IT };

struct merging {
	struct pilot *pilot; /* NULL: nobody waits any more */
	uint32_t agent;
	int host_index;
	enum step step;
	int tries, fetches;
	bool lands; /* the base goes on now */
	bool canceled;
	struct doing_stamp stamp;
	struct loop_timer *timer;
	merge_look_fn *look; /* it is only looked at */
	merge_fn *done;
	void *ctx;
	struct merging *next; /* in the order in which they were wanted */
	char *check;          /* what it has to pass; NULL: nothing */
	struct buf stale; /* why it is not as it is now, as a person is told; empty: it is */
	bool dated;       /* since when is in it */
	struct merge_job job;
};

static void next_of(struct pilot *pilot);
static void make(struct merging *merging);

static void
merging_free(struct merging *merging)
{
	loop_timer_free(merging->timer);
	mem_free(merging->check);
	merge_job_release(&merging->job);
	buf_release(&merging->stale);
	mem_free(merging);
}

static void
end(struct merging *merging, const char *text, const struct err *err)
{
	struct pilot *pilot = merging->pilot;
	if (!pilot) {
		merging_free(merging);
		return;
	}
	struct merging **p = &pilot->mergings;
	while (*p != merging)
		p = &(*p)->next;
	*p = merging->next;
	struct err why = err ? *err : ERR_INIT;
	if (err && !merging->look)
		err_prefix(&why, "%s", merging->job.name);
	if (merging->look) {
		const struct merge_look look = {.branch = merging->job.place.branch,
			.how = merge_how_name(merging->job.how),
			.message = buf_cstr(&merging->job.proposed),
			.tree = merging->job.work_tree,
			.already = merging->job.already,
			.stale = merging->stale.len > 0 ? buf_cstr(&merging->stale) : NULL};
		merging->look(merging->ctx, err ? NULL : &look, err);
	} else if (merging->done) {
		const struct merge_job *job = &merging->job;
		char *all = merging->stale.len > 0
				    ? mem_printf("%s; %s", text, buf_cstr(&merging->stale))
				    : mem_strdup(text);
		const struct merge_came came = {.branch = job->place.branch,
			.from = job->from,
			.to = job->already ? job->from : job->to,
			.text = all};
		merging->done(merging->ctx, err ? NULL : &came, err ? &why : NULL);
		mem_free(all);
	}
	merging_free(merging);
	next_of(pilot);
}

/* True if it was cancelled, and is over. */
static bool
end_canceled(struct merging *merging)
{
	struct err err = ERR_INIT;
	if (!merging->canceled)
		return false;
	err_set(&err, ERR_CANCELED, "cancelled; the base is where it was");
	end(merging, "", &err);
	return true;
}

/* --- it lands --- */

/* Where cockpit brings the repo, agents and forecasts are to know the base that there is now.
 */
void
merge_spread(struct pilot *pilot, const char *branch)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	for (int i = 0; i < fleet_host_count(pilot->fleet); i++) {
		struct host_view view;
		fleet_host_at(pilot->fleet, i, &view);
		const struct deliver_order order = {.host = i, .base = branch, .hurries = true};
		if (config->hosts[i].clone == CONFIG_CLONE_PUSH && view.agents > 0)
			deliver_start(pilot, &order, NULL, NULL, NULL);
	}
}

static void
land_it(void *ctx)
{
	struct merging *merging = ctx;
	merge_job_land(&merging->job);
}

static void
on_landed(void *ctx)
{
	struct merging *merging = ctx;
	struct pilot *pilot = merging->pilot;
	if (!pilot) {
		merging_free(merging);
		return;
	}
	merging->lands = false;
	if (merging->job.err.code == ERR_CHANGED && ++merging->tries < TRIES) {
		make(merging);
		return;
	}
	if (merging->job.err.code) {
		end(merging, "", &merging->job.err);
		return;
	}
	char *text = mem_printf(
		"%.12s is the tip of %s", merging->job.to, merging->job.place.branch);
	const struct journal_entry entry = {.kind = JOURNAL_MERGED,
		.agent = merging->job.name,
		.host = merging->job.host,
		.text = text,
		.branch = merging->job.place.branch,
		.from = merging->job.from,
		.to = merging->job.to};
	journal_add(pilot->ledger, &entry);
	mem_free(text);
	merged_remember(pilot, merging->job.name, merging->job.place.branch, merging->job.from,
		merging->job.to);
	tips_moved(pilot, merging->job.place.branch, merging->job.to);
	text = mem_printf("merged %s into %s: %.12s", merging->job.name,
		merging->job.place.branch, merging->job.to);
	end(merging, text, NULL);
	mem_free(text);
}

static void
start_landing(struct merging *merging)
{
	merging->step = WORKS;
	merging->lands = true;
	merging->job.err = ERR_INIT;
	loop_job(fleet_loop(merging->pilot->fleet), land_it, on_landed, merging);
}

/* --- it is tried --- */

static void
on_tried(void *ctx, const struct store_check *row, const char *after, const struct err *err)
{
	struct merging *merging = ctx;
	(void)after;
	struct err why = ERR_INIT;
	bool passed = row->id > 0 && row->status == 0 && !err;
	/* What passed is no reason why something else went wrong. */
	checks_tried(merging->pilot, merging->job.host, merging->job.name, passed ? NULL : row);
	if (end_canceled(merging))
		return;
	if (passed) {
		start_landing(merging);
		return;
	}
	if (err)
		why = *err;
	else
		err_set(&why, ERR_REMOTE, "what it becomes in %s does not pass the check%s%s",
			merging->job.place.branch, row->words && row->words[0] ? ": " : "",
			row->words ? row->words : "");
	end(merging, "", &why);
}

static void
on_delivered(void *ctx, const char *notes, const struct err *err)
{
	struct merging *merging = ctx;
	struct pilot *pilot = merging->pilot;
	struct err why = ERR_INIT;
	(void)notes;
	if (end_canceled(merging))
		return;
	if (err) {
		end(merging, "", err);
		return;
	}
	char *name = trial_name(merging->job.name);
	const struct check_order order = {
		.host_index = merging->host_index,
		.host = merging->job.host,
		.name = name,
		.verb = "trial",
		.words = {name,
			  host_repo(&fleet_config(pilot->fleet)->hosts[merging->host_index]),
			  merging->job.to},
		.first = true,
		.command = merging->check
        };
	merging->step = TRIES_IT;
	if (check_run(pilot, &order, on_tried, merging, &why) < 0)
		end(merging, "", &why);
	mem_free(name);
}

static void
try_it(struct merging *merging)
{
	struct pilot *pilot = merging->pilot;
	struct err err = ERR_INIT;
	mem_free(merging->check);
	merging->check = accept_merge(pilot, merging->job.host, merging->job.name);
	/* That very tree may have passed in the agent's own work tree. */
	if (!merging->check ||
		checks_cover(pilot, merging->agent, merging->job.tree, merging->check)) {
		start_landing(merging);
		return;
	}
	const struct deliver_order order = {
		.host = merging->host_index, .commit = merging->job.to};
	merging->step = DELIVERS;
	if (deliver_start(pilot, &order, on_delivered, merging, &err) < 0)
		end(merging, "", &err);
}

/* --- it is made --- */

/* When what is merged was so: it came here then, or was made then, whichever is later. */
static void
date_stale(struct merging *merging)
{
	struct pilot_work work;
	struct buf when = BUF_INIT;
	struct tm then, now;
	char text[40];
	pilot_work(merging->pilot, merging->agent, &work);
	time_t at = (time_t)merging->job.made_at, today = (time_t)clock_wall();
	time_t came = work.at ? today - (time_t)((clock_ms() - work.at) / 1000) : 0;
	at = came > at ? came : at;
	localtime_r(&at, &then);
	localtime_r(&today, &now);
	bool same = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
	strftime(text, sizeof(text), same ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
	buf_printf(&when, "as of %s: %s", text, buf_cstr(&merging->stale));
	buf_release(&merging->stale);
	merging->stale = when;
	merging->dated = true;
}

static void
on_made(void *ctx)
{
	struct merging *merging = ctx;
	if (!merging->pilot) {
		merging_free(merging);
		return;
	}
	if (end_canceled(merging))
		return;
	if (merging->stale.len > 0 && !merging->dated)
		date_stale(merging);
	if (merging->job.err.code || merging->look) {
		end(merging, "", merging->job.err.code ? &merging->job.err : NULL);
		return;
	}
	if (merging->job.already) {
		char *text = mem_printf("all of %s is in %s already", merging->job.name,
			merging->job.place.branch);
		end(merging, text, NULL);
		mem_free(text);
		return;
	}
	try_it(merging);
}

static void
make_it(void *ctx)
{
	struct merging *merging = ctx;
	merge_job_make(&merging->job);
}

static void
make(struct merging *merging)
{
	merging->step = WORKS;
	loop_job(fleet_loop(merging->pilot->fleet), make_it, on_made, merging);
}

/* --- its turn comes --- */

/* What cannot be fetched is merged as it was fetched last, which is told. */
static void
fetch_failed(struct merging *merging, const struct err *err)
{
	struct agent_view view;
	bool known = fleet_agent(merging->pilot->fleet, merging->agent, &view);
	log_info("%s", err->text);
	if (known && !view.link)
		buf_addc(&merging->stale, "its host cannot be reached");
	else if (!known || !view.present)
		buf_addc(&merging->stale, "it does not run");
	else
		text_safe(&merging->stale, str_from(err->text), -1);
	make(merging);
}

static void
on_fetched(void *ctx, const char *text, const struct err *err)
{
	(void)text;
	if (end_canceled(ctx))
		return;
	if (err)
		fetch_failed(ctx, err);
	else
		make(ctx);
}

/* A fetch that is on its way may have begun too early. */
static void
begin(void *ctx)
{
	struct merging *merging = ctx;
	struct err err = ERR_INIT;
	merging->step = FETCHES;
	int rc = pilot_fetch(merging->pilot, merging->agent, on_fetched, merging, &err);
	if (rc == ERR_EXISTS && merging->fetches++ < FETCH_MAX)
		loop_timer_set(merging->timer, FETCH_MS);
	else if (rc < 0)
		fetch_failed(merging, &err);
}

/* A look changes nothing but its own ref, which is the agent's. */
static bool
waits_for_other(const struct pilot *pilot, const struct merging *merging)
{
	for (const struct merging *it = pilot->mergings; it; it = it->next) {
		if (it->step != WAITS &&
			(it->agent == merging->agent || (!it->look && !merging->look)))
			return true;
	}
	return false;
}

static void
next_of(struct pilot *pilot)
{
	for (struct merging *it = pilot->mergings; it; it = it->next) {
		if (it->step == WAITS && !waits_for_other(pilot, it))
			begin(it);
	}
}

static int
start(struct pilot *pilot, uint32_t agent, const char *message, const struct merge_seen *seen,
	merge_look_fn *look, merge_fn *done, void *ctx, struct err *err)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	struct agent_view view;
	enum merge_how how = MERGE_SQUASH;
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	if (config->merge)
		merge_how_find(config->merge, &how);
	checks_need(pilot);
	struct merging *merging = MEM_NEW(struct merging), **last = &pilot->mergings;
	for (; *last; last = &(*last)->next) {
		if ((*last)->agent == agent && !look && !(*last)->look) {
			mem_free(merging);
			return err_set(err, ERR_EXISTS, "%s is being merged", view.name);
		}
	}
	*merging = (struct merging){
		.pilot = pilot,
		.agent = agent,
		.host_index = view.host_index,
		.look = look,
		.done = done,
		.ctx = ctx,
		.stamp = doing_begin(pilot),
		.stale = BUF_INIT,
		.job = {.mirror = mem_strdup(pilot->mirror),
			.store = mem_strdup(pilot->store),
			.name = mem_strdup(view.name),
			.host = mem_strdup(view.host),
			.repo = config->repo ? mem_strdup(config->repo) : NULL,
			.base = pilot_base(pilot, view.host, view.name),
			.message = message ? mem_strdup(message) : NULL,
			.how = how,
			.proposed = BUF_INIT}
        };
	if (seen && seen->tree)
		snprintf(merging->job.seen, sizeof(merging->job.seen), "%s", seen->tree);
	if (seen && seen->branch)
		merging->job.into = mem_strdup(seen->branch);
	merging->timer = loop_timer_new(fleet_loop(pilot->fleet), begin, merging);
	*last = merging;
	if (!look)
		checks_tried(pilot, view.host, view.name, NULL);
	next_of(pilot);
	return 0;
}

int
pilot_merge_look(
	struct pilot *pilot, uint32_t agent, merge_look_fn *done, void *ctx, struct err *err)
{
	return start(pilot, agent, NULL, NULL, done, NULL, ctx, err);
}

int
pilot_merge(struct pilot *pilot, uint32_t agent, const char *message,
	const struct merge_seen *seen, merge_fn *done, void *ctx, struct err *err)
{
	return start(pilot, agent, message, seen, NULL, done, ctx, err);
}

/* What is out comes back, and ends it. */
static void
cancel(void *self)
{
	struct merging *merging = self;
	struct pilot *pilot = merging->pilot;
	merging->canceled = true;
	if (merging->step == WAITS || loop_timer_armed(merging->timer))
		end_canceled(merging);
	else if (merging->step == FETCHES)
		fetch_cancel(pilot, merging->job.name, merging->job.host);
	else if (merging->step == DELIVERS)
		deliver_cancel(pilot, merging);
	else if (merging->step == TRIES_IT)
		check_run_cancel(pilot, merging);
}

void
mergings_tell(const struct pilot *pilot, struct doings *into)
{
	static const char *const steps[] = {
		[WAITS] = "waits for its turn",
		[FETCHES] = "its work comes here",
		[WORKS] = "it is made",
		[DELIVERS] = "what it becomes is brought to its host",
		[TRIES_IT] = "what it becomes is checked",
	};
	for (struct merging *it = pilot->mergings; it; it = it->next) {
		const char *step = it->lands ? "the base goes on" : steps[it->step];
		const struct doing_row row = {
			.it = {.kind = it->look ? DOING_LOOK : DOING_MERGE,
                               .name = it->job.name,
                               .host = it->job.host,
                               .step = it->look ? "whether it fits" : step,
                               .waits = it->step == WAITS,
                               .wanted = true,
                               .canceled = it->canceled,
                               .firm = it->lands ? "the base goes on to it just now" : NULL},
			.stamp = it->stamp,
			.self = it,
			.waiter = it->ctx,
			.whose = it->step == FETCHES ? it->job.name : NULL,
			.whose_host = it->job.host,
			.cancel = cancel
                };
		doings_add(into, &row);
	}
}

int
pilot_merging(const struct pilot *pilot)
{
	int count = 0;
	for (const struct merging *it = pilot->mergings; it; it = it->next)
		count += !it->look;
	return count;
}

/* A worker, a check and a fetch that is out: only the first comes back. */
void
mergings_drop(struct pilot *pilot)
{
	while (pilot->mergings) {
		struct merging *merging = pilot->mergings;
		pilot->mergings = merging->next;
		merging->pilot = NULL;
		loop_timer_free(merging->timer);
		merging->timer = NULL;
		if (merging->step != WORKS)
			merging_free(merging);
	}
}
