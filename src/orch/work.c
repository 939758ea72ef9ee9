/* SPDX-License-Identifier: MIT */
/*
 * Every agent's work comes here by itself: it is their backup, and what the tiles and the panel
 * show of it. An agent that printed nothing is taken to have changed little.
 */
#define LOG_MODULE "work"
#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/repo_tip.h"
#include "local.h"

#define SOON_MS   300 /* after it printed: what it prints of a change comes with it or before */
#define OFTEN_MS  1000   /* an agent that changes something */
#define SELDOM_MS 10000  /* one that prints and changes nothing */
#define FAILED_MS 60000  /* one whose work cannot be had, at most */
#define QUIET_MS  60000  /* one that prints nothing, at first */
#define IDLE_MS   300000 /* in the end */
#define REST      3      /* a host has its peace so many times as long as a fetch took */
#define TALK_MS   15000  /* between two times that its conversation comes, at least */
#define TOOK_MAX  10000  /* what hung is no measure of that */
#define REST_EYED 1      /* before one that is looked at */
#define TEXT_MAX  ((size_t)1 << 20) /* of a diff that is kept for the screen */
#define CONTEXT   3

static const struct diff_options compare = {
	.side = DIFF_MERGE_BASE, .context = CONTEXT, .text_max = TEXT_MAX};

struct work {
	struct pilot *pilot;
	uint32_t agent;
	int host_index;
	char *uid;
	bool under_way;
	int64_t printed_at; /* what it had printed when its work was asked for last */
	int64_t started_at, took, wait;
	int64_t came_at;            /* its diff */
	int64_t talked_at;          /* its conversation was asked for last; 0: never */
	struct mirror_work commits; /* base: that it is compared with */
	char told[REPO_ID_MAX];     /* the base that its host has */
	char tip[REPO_ID_MAX];   /* of the base in the user's repo, that was known then; "" */
	char asked[REPO_ID_MAX]; /* the same of the fetch that is under way */
	uint64_t base;           /* hash of the name of its base */
	char tree[REPO_ID_MAX];  /* of its snap */
	bool merged;             /* the base has all of it */
	int64_t changed_at;      /* that was seen to be another one; 0: never */
	struct diff *diff;
	struct err err;
	struct work *next;
};

/* What of an agent's is compared anew, by a worker in the mirror alone. */
struct retaken {
	uint32_t agent;
	struct mirror_work work;
	char told[REPO_ID_MAX], tip[REPO_ID_MAX];
	bool moved; /* its base is another one then, and what follows is known */
	bool merged;
	struct diff *diff;
};

struct retake {
	struct pilot *pilot; /* NULL: nobody waits any more */
	char *mirror;
	struct retaken *all;
	size_t count;
};

static void
work_free(struct work *work)
{
	diff_free(work->diff);
	mem_free(work->uid);
	mem_free(work);
}

void
works_drop(struct pilot *pilot)
{
	while (pilot->works) {
		struct work *work = pilot->works;
		pilot->works = work->next;
		work_free(work);
	}
	loop_timer_free(pilot->work_timer);
	pilot->work_timer = NULL;
	if (pilot->retake)
		pilot->retake->pilot = NULL;
	pilot->retake = NULL;
}

static struct work *
find(const struct pilot *pilot, uint32_t agent)
{
	struct work *work = pilot->works;
	while (work && work->agent != agent)
		work = work->next;
	return work;
}

/* At the latest; whoever prints all the time does not put it off. */
static void
look_by(struct pilot *pilot, int64_t at)
{
	if (loop_timer_armed(pilot->work_timer) && pilot->work_at <= at)
		return;
	int64_t now = clock_ms();
	pilot->work_at = at;
	loop_timer_set(pilot->work_timer, at > now ? at - now : 0);
}

/* One failure may be of the moment; what fails always is asked seldom. */
static void
set_wait(struct work *work, bool changed)
{
	int64_t most = work->err.code ? FAILED_MS : IDLE_MS;
	work->wait = changed ? OFTEN_MS : work->wait * 2;
	if (work->wait > most)
		work->wait = most;
}

static void
write_left(const struct work *work)
{
	struct agent_view view;
	if (!fleet_agent(work->pilot->fleet, work->agent, &view))
		return;
	const struct journal_entry entry = {.kind = JOURNAL_LEFT,
		.agent = view.name,
		.host = view.host,
		.start = work->uid,
		.key = work->uid};
	journal_add(work->pilot->ledger, &entry);
}

/* What an agent says it mostly says beside what it changes. */
static void
fetch_talk(struct work *work)
{
	struct agent_view view;
	int64_t now = clock_ms();
	if (now - work->talked_at < TALK_MS ||
		!fleet_agent(work->pilot->fleet, work->agent, &view))
		return;
	const struct fetch_from from = {view.host_index, view.name, view.host, view.dir};
	work->talked_at = now;
	talk_start(work->pilot, &from, view.profile, NULL, NULL, NULL);
}

static void
on_fetched(void *ctx, const struct mirror_fetched *fetched, struct diff *diff,
	const struct err *err)
{
	struct work *work = ctx;
	struct pilot *pilot = work->pilot;
	work->under_way = false;
	work->took = clock_ms() - work->started_at;
	if (work->took > TOOK_MAX)
		work->took = TOOK_MAX;
	work->err = err ? *err : ERR_INIT;
	bool changed = !err && strcmp(fetched->work.snap, work->commits.snap) != 0;
	bool moved = !err && strcmp(fetched->base, work->commits.base) != 0;
	bool odd = !err && work->told[0] && strcmp(work->told, fetched->work.base) != 0 &&
		   work->asked[0] && strcmp(fetched->base, work->asked) != 0;
	set_wait(work, changed);
	/* What was known is known still when it fails. */
	if (!err) {
		work->commits = fetched->work;
		memcpy(work->commits.base, fetched->base, sizeof(work->commits.base));
		memcpy(work->told, fetched->work.base, sizeof(work->told));
		memcpy(work->tip, work->asked, sizeof(work->tip));
		if (work->tree[0] && strcmp(work->tree, fetched->tree) != 0)
			work->changed_at = clock_ms();
		memcpy(work->tree, fetched->tree, sizeof(work->tree));
		work->merged = fetched->merged;
		diff_free(work->diff);
		work->diff = diff;
		work->came_at = clock_ms();
	}
	if (err)
		log_info("the work of an agent did not come: %s", err->text);
	if (!err && fetched->backwards)
		write_left(work);
	if (!err) {
		fetch_talk(work);
		flow_work(pilot, work->agent, work->tree,
			work->diff && work->diff->file_count > 0 && !work->merged,
			work->started_at);
		checks_look(pilot, work->agent, work->tree, work->diff);
	}
	if (changed || moved)
		current_look(pilot);
	pilot->work_changed(pilot->work_ctx);
	if (odd)
		tips_doubt(pilot);
	works_retake(pilot);
	clashes_look(pilot);
	look_by(pilot, clock_ms() + SOON_MS);
}

static bool
host_rests(const struct pilot *pilot, int host, int rest, int64_t now)
{
	for (const struct work *work = pilot->works; work; work = work->next) {
		if (work->host_index == host &&
			(work->under_way || now < work->started_at + work->took * (rest + 1)))
			return true;
	}
	return false;
}

static struct work *
make_work(struct pilot *pilot, const struct agent_view *view)
{
	struct work *work = find(pilot, view->id);
	if (!work) {
		work = MEM_NEW(struct work);
		*work = (struct work){.pilot = pilot, .agent = view->id, .next = pilot->works};
		pilot->works = work;
	}
	/* Another start of it is in a hurry again. */
	if (!work->uid || strcmp(work->uid, view->uid) != 0) {
		mem_free(work->uid);
		work->uid = mem_strdup(view->uid);
		work->wait = OFTEN_MS;
		work->printed_at = -1;
	}
	work->host_index = view->host_index;
	return work;
}

/* When it is to be asked for its work, INT64_MAX for not at all. */
static int64_t
due_at(const struct work *work)
{
	struct agent_view view;
	int64_t wait = work->wait;
	if (work->under_way || !fleet_agent(work->pilot->fleet, work->agent, &view) ||
		!view.present || !view.link)
		return INT64_MAX;
	if (view.printed_at > work->printed_at && !work->err.code && wait > SELDOM_MS)
		wait = SELDOM_MS;
	else if (view.printed_at <= work->printed_at && !work->err.code && wait < QUIET_MS)
		wait = QUIET_MS;
	return work->started_at + wait;
}

/* Of those that are due the one that is looked at, else the one that waits longest. */
static struct work *
next_due(struct pilot *pilot, int host, int64_t now)
{
	struct work *ret = NULL;
	for (struct work *work = pilot->works; work; work = work->next) {
		if (work->host_index != host || now < due_at(work))
			continue;
		if (work->agent == pilot->focused)
			return work;
		if (!ret || work->started_at < ret->started_at)
			ret = work;
	}
	return ret;
}

static void
tip_of(const struct work *work, const struct agent_view *view, char ret[REPO_ID_MAX])
{
	char *base = pilot_base(work->pilot, view->host, view->name);
	snprintf(ret, REPO_ID_MAX, "%s", tips_of(work->pilot, base));
	mem_free(base);
}

static void
start(struct work *work, int64_t now)
{
	struct agent_view view;
	struct err err = ERR_INIT;
	fleet_agent(work->pilot->fleet, work->agent, &view);
	char *base = bases_own(work->pilot, view.host, view.name);
	work->base = str_hash(STR_HASH_INIT, str_from(base));
	mem_free(base);
	tip_of(work, &view, work->asked);
	work->started_at = now;
	int rc = fetch_start(work->pilot, work->agent, &compare, on_fetched, work, &err);
	work->under_way = rc == 0;
	/* It is on its way for somebody else: that is no failure, and too early perhaps. */
	if (rc == ERR_EXISTS)
		return;
	work->printed_at = view.printed_at;
	if (rc < 0) {
		work->err = err;
		set_wait(work, false);
	}
}

static void
on_timer(void *ctx)
{
	struct pilot *pilot = ctx;
	struct fleet *fleet = pilot->fleet;
	struct agent_view view;
	int64_t now = clock_ms(), next = INT64_MAX;
	for (int i = 0; i < fleet_agent_count(fleet); i++) {
		fleet_agent_at(fleet, i, &view);
		if (view.present && view.link && view.own)
			make_work(pilot, &view);
	}
	for (int host = 0; host < fleet_host_count(fleet); host++) {
		struct work *work = next_due(pilot, host, now);
		int rest = work && work->agent == pilot->focused ? REST_EYED : REST;
		if (work && !host_rests(pilot, host, rest, now))
			start(work, now);
	}
	for (struct work *work = pilot->works; work; work = work->next) {
		int64_t at = due_at(work);
		next = at < next ? at : next;
	}
	if (next < INT64_MAX)
		look_by(pilot, next < now + SOON_MS ? now + SOON_MS : next);
	clashes_look(pilot);
}

void
works_event(struct pilot *pilot, const struct fleet_event *event)
{
	if (!pilot->work_timer || !event->agent)
		return;
	/* What it does now is something else: it may well have changed something. */
	struct work *work = event->kind == FLEET_AGENT ? find(pilot, event->agent) : NULL;
	if (work && !work->err.code) {
		work->wait = OFTEN_MS;
		work->printed_at = -1;
	}
	look_by(pilot, clock_ms() + SOON_MS);
}

void
pilot_follow_work(struct pilot *pilot, void (*changed)(void *ctx), void *ctx)
{
	pilot->work_changed = changed;
	pilot->work_ctx = ctx;
	if (!pilot->work_timer) {
		pilot->work_timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, pilot);
		checks_load(pilot);
		board_follow(pilot);
		tips_follow(pilot);
	}
	look_by(pilot, clock_ms() + SOON_MS);
}

void
pilot_work(const struct pilot *pilot, uint32_t agent, struct pilot_work *ret)
{
	const struct work *work = find(pilot, agent);
	*ret = (struct pilot_work){0};
	if (!work)
		return;
	ret->diff = work->diff;
	ret->at = work->came_at;
	ret->merged = work->merged;
	ret->error = work->err.code ? work->err.text : NULL;
}

void
work_commits(const struct pilot *pilot, uint32_t agent, struct mirror_work *ret)
{
	const struct work *work = find(pilot, agent), *newest = work;
	*ret = work ? work->commits : (struct mirror_work){0};
	if (!ret->base[0])
		return;
	for (const struct work *other = pilot->works; other; other = other->next) {
		if (other->host_index == work->host_index && other->base == work->base &&
			other->commits.base[0] && other->came_at > newest->came_at)
			newest = other;
	}
	memcpy(ret->base, newest->commits.base, sizeof(ret->base));
}

bool
work_base_there(const struct pilot *pilot, uint32_t agent)
{
	const struct work *work = find(pilot, agent);
	return work && strcmp(work->told, work->commits.base) == 0;
}

static void
hurry(struct work *work)
{
	work->printed_at = -1;
	work->wait = OFTEN_MS;
}

void
work_hurry(struct pilot *pilot, uint32_t agent)
{
	struct work *work = find(pilot, agent);
	if (work)
		hurry(work);
	if (work && pilot->work_timer)
		look_by(pilot, clock_ms() + SOON_MS);
}

/* The base is another one: all of them are to be looked at beside it. */
void
works_hurry(struct pilot *pilot, int host)
{
	for (struct work *work = pilot->works; work; work = work->next) {
		if (host < 0 || work->host_index == host)
			hurry(work);
	}
	if (pilot->work_timer)
		look_by(pilot, clock_ms() + SOON_MS);
}

const char *
work_tree(const struct pilot *pilot, uint32_t agent)
{
	const struct work *work = find(pilot, agent);
	return work ? work->tree : "";
}

int64_t
work_changed_at(const struct pilot *pilot, uint32_t agent)
{
	const struct work *work = find(pilot, agent);
	return work ? work->changed_at : 0;
}

/* --- the base goes on by itself --- */

static void
retake_free(struct retake *retake)
{
	for (size_t i = 0; i < retake->count; i++)
		diff_free(retake->all[i].diff);
	mem_free(retake->all);
	mem_free(retake->mirror);
	mem_free(retake);
}

static void
retake_one(struct mirror *mirror, struct retaken *it)
{
	struct mirror_work work = it->work;
	struct err err = ERR_INIT;
	memcpy(work.base, it->told, sizeof(work.base));
	tip_advance(mirror, it->tip, &work);
	if (strcmp(work.base, it->work.base) == 0)
		return;
	it->work = work;
	it->moved = fetch_compare(mirror, &work, &compare, &it->diff, &it->merged, &err) == 0;
	if (!it->moved)
		log_info("%s", err.text);
}

static void
retake_all(void *ctx)
{
	struct retake *retake = ctx;
	struct mirror *mirror = NULL;
	if (mirror_open(retake->mirror, &mirror, NULL) < 0)
		return;
	for (size_t i = 0; i < retake->count; i++)
		retake_one(mirror, &retake->all[i]);
	mirror_close(mirror);
}

/* True if something is another one now. */
static bool
apply(const struct pilot *pilot, struct retaken *it)
{
	struct work *work = find(pilot, it->agent);
	/* What was fetched meanwhile is newer. */
	if (!work || strcmp(work->commits.snap, it->work.snap) != 0 ||
		strcmp(work->told, it->told) != 0)
		return false;
	memcpy(work->tip, it->tip, sizeof(work->tip));
	if (!it->moved)
		return false;
	work->commits = it->work;
	work->merged = it->merged;
	diff_free(work->diff);
	work->diff = it->diff;
	it->diff = NULL;
	/* It came when it did, but is another one. */
	work->came_at++;
	return true;
}

static void
on_retaken(void *ctx)
{
	struct retake *retake = ctx;
	struct pilot *pilot = retake->pilot;
	bool any = false;
	if (pilot) {
		pilot->retake = NULL;
		for (size_t i = 0; i < retake->count; i++)
			any = apply(pilot, &retake->all[i]) || any;
	}
	retake_free(retake);
	if (!pilot)
		return;
	if (any) {
		current_look(pilot);
		pilot->work_changed(pilot->work_ctx);
		clashes_look(pilot);
	}
	works_retake(pilot);
}

void
works_retake(struct pilot *pilot)
{
	struct retake *retake = NULL;
	for (struct work *work = pilot->works; work && !pilot->retake; work = work->next) {
		struct agent_view view;
		char tip[REPO_ID_MAX];
		if (!work->commits.snap[0] || !fleet_agent(pilot->fleet, work->agent, &view))
			continue;
		tip_of(work, &view, tip);
		if (!tip[0] || strcmp(tip, work->tip) == 0)
			continue;
		if (!retake)
			retake = MEM_NEW(struct retake);
		retake->all = mem_room(retake->all, retake->count, sizeof(*retake->all));
		struct retaken *it = &retake->all[retake->count++];
		*it = (struct retaken){.agent = work->agent, .work = work->commits};
		memcpy(it->told, work->told, sizeof(it->told));
		memcpy(it->tip, tip, sizeof(it->tip));
	}
	if (!retake)
		return;
	retake->pilot = pilot;
	retake->mirror = mem_strdup(pilot->mirror);
	pilot->retake = retake;
	loop_job(fleet_loop(pilot->fleet), retake_all, on_retaken, retake);
}

/* --- at a person's word --- */

struct told {
	pilot_fn *done;
	void *ctx;
};

static void
on_told(void *ctx, const struct mirror_fetched *fetched, struct diff *diff,
	const struct err *err)
{
	struct told *told = ctx;
	(void)fetched;
	diff_free(diff);
	told->done(told->ctx, "", err);
	mem_free(told);
}

int
pilot_fetch(struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx, struct err *err)
{
	struct told *told = MEM_NEW(struct told);
	*told = (struct told){done, ctx};
	int rc = fetch_start(pilot, agent, NULL, on_told, told, err);
	if (rc < 0)
		mem_free(told);
	return rc;
}
