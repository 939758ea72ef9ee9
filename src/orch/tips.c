/* SPDX-License-Identifier: MIT */
/*
 * Where the base is in the user's own repo: a commit there, a pull or a merge by hand is none
 * of an agent's doings, and yet it changes with what all of them are compared. A worker looks
 * at a few small files every other second; only when those have changed git is asked, and only
 * when the branch has moved anything else is done. A look may outlive its pilot.
 */
#define LOG_MODULE "tips"
#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_merge.h"
#include "cockpit/repo_tip.h"
#include "local.h"

#define LOOK_MS   2000
#define PLACE_MS  60000 /* where there is no repo it is looked for one that seldom */
#define AGAIN_MS  30000 /* between looks that fail, at most; each waits twice as long */
#define SPREAD_MS 5000  /* hosts are told of it at once, but no more often than that */

struct tip {
	char *branch;           /* NULL: what HEAD names */
	uint64_t mark;          /* when git said last where it is */
	uint64_t failed;        /* when it did not; 0: it did the last time */
	int64_t again_at, wait; /* then it is asked once more, also if nothing moves */
	char id[REPO_ID_MAX];   /* "": not known, or no branch */
	char told[REPO_ID_MAX]; /* what hosts know of it; never the worker's */
	bool moved;             /* it is elsewhere, or git was asked and does not know */
	bool back;              /* what was there before is not behind it */
};

struct tips {
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct loop_timer *timer;
	bool under_way, again;
	bool doubted, doubts; /* a host knows another base; that was so when the look began */
	struct tip *all;
	size_t count;
	int64_t spread_at; /* last; 0: never */
	/* The worker's, while it is under way. */
	char *repo, *mirror;
	struct tip_place place;
	bool placed;
	int64_t sought_at; /* the place, last; 0: never */
	struct tip *fresh;
	size_t fresh_count;
};

static void
drop(struct tip *tips, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mem_free(tips[i].branch);
	mem_free(tips);
}

static void
tips_free(struct tips *tips)
{
	drop(tips->all, tips->count);
	drop(tips->fresh, tips->fresh_count);
	if (tips->placed)
		tip_place_release(&tips->place);
	mem_free(tips->repo);
	mem_free(tips->mirror);
	mem_free(tips);
}

/* --- on the worker --- */

/* It may have been a moment's trouble, or there is no such branch: that is not to start git at
 * each look. */
static void
put_off(struct tip *tip, uint64_t mark)
{
	tip->wait = tip->failed != mark ? LOOK_MS : tip->wait * 2;
	if (tip->wait > AGAIN_MS)
		tip->wait = AGAIN_MS;
	tip->failed = mark;
	tip->again_at = clock_ms() + tip->wait;
}

static void
ask(const struct tips *tips, struct mirror *mirror, struct tip *tip, uint64_t mark)
{
	char before[REPO_ID_MAX];
	struct err err = ERR_INIT;
	bool news = tip->failed != mark;
	memcpy(before, tip->id, sizeof(before));
	tip->id[0] = '\0';
	if (tip_find(mirror, tips->repo, tip->branch, tip->id, &err) == 0) {
		tip->mark = mark;
		tip->failed = 0;
	} else {
		if (news)
			log_info("%s", err.text);
		put_off(tip, mark);
	}
	tip->moved = strcmp(before, tip->id) != 0 || (news && !tip->id[0]);
	tip->back = before[0] && tip->id[0] && !tip_is_after(mirror, tip->id, before);
}

static void
look(void *ctx)
{
	struct tips *tips = ctx;
	struct mirror *mirror = NULL;
	int64_t now = clock_ms();
	if (!tips->placed && (!tips->sought_at || now - tips->sought_at >= PLACE_MS)) {
		tips->sought_at = now;
		tips->placed = tip_place_find(tips->repo, &tips->place, NULL) == 0;
	}
	for (size_t i = 0; tips->placed && i < tips->fresh_count; i++) {
		struct tip *tip = &tips->fresh[i];
		/* Before git is asked: what happens meanwhile is seen the next time. */
		uint64_t mark = tip_mark(&tips->place, tip->branch);
		if ((mark == tip->mark && !tip->failed) ||
			(mark == tip->failed && now < tip->again_at) ||
			(!mirror && mirror_open(tips->mirror, &mirror, NULL) < 0))
			continue;
		ask(tips, mirror, tip, mark);
	}
	mirror_close(mirror);
}

/* --- on the loop --- */

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct tip *
find(struct tip *tips, size_t count, const char *branch)
{
	for (size_t i = 0; i < count; i++) {
		if (same(tips[i].branch, branch))
			return &tips[i];
	}
	return NULL;
}

static void
tell_hosts(struct tips *tips)
{
	int64_t now = clock_ms();
	if ((tips->spread_at && now - tips->spread_at < SPREAD_MS) ||
		pilot_delivering(tips->pilot) > 0)
		return;
	for (size_t i = 0; i < tips->count; i++) {
		struct tip *tip = &tips->all[i];
		if (!tip->id[0] || strcmp(tip->id, tip->told) == 0)
			continue;
		memcpy(tip->told, tip->id, sizeof(tip->told));
		tips->spread_at = now;
		merge_spread(tips->pilot, tip->branch);
	}
}

static void
on_looked(void *ctx)
{
	struct tips *tips = ctx;
	struct pilot *pilot = tips->pilot;
	bool moved = false, strange = false, first = tips->count == 0;
	tips->under_way = false;
	if (!pilot) {
		tips_free(tips);
		return;
	}
	for (size_t i = 0; i < tips->fresh_count; i++) {
		struct tip *tip = &tips->fresh[i];
		const struct tip *old = find(tips->all, tips->count, tip->branch);
		moved = moved || tip->moved;
		strange = strange || tip->back || (tip->moved && !tip->id[0] && old);
		/* A branch that nobody knew before has not moved. */
		memcpy(tip->told, old && old->told[0] ? old->told : tip->id, sizeof(tip->told));
	}
	drop(tips->all, tips->count);
	tips->all = tips->fresh;
	tips->count = tips->fresh_count;
	tips->fresh = NULL;
	tips->fresh_count = 0;
	/* Where it did not just go on only hosts know what it is now. One that has seen more
	 * than we has perhaps seen what was taken back since. */
	if (strange || (tips->doubts && !moved))
		works_hurry(pilot, -1);
	if (moved)
		works_retake(pilot);
	if (moved || first)
		clashes_look(pilot);
	tell_hosts(tips);
	loop_timer_set(tips->timer, tips->again ? 0 : LOOK_MS);
}

/* It has work that is compared with one; of one that went with its host that may be here. */
static bool
has_base(const struct agent_view *view)
{
	return view->own || view->lost;
}

static void
add(struct tips *tips, char *branch)
{
	const struct tip *old = find(tips->all, tips->count, branch);
	if (find(tips->fresh, tips->fresh_count, branch)) {
		mem_free(branch);
		return;
	}
	tips->fresh = mem_room(tips->fresh, tips->fresh_count, sizeof(*tips->fresh));
	struct tip *tip = &tips->fresh[tips->fresh_count++];
	*tip = old ? *old : (struct tip){0};
	tip->branch = branch;
	tip->moved = tip->back = false;
}

static void
on_timer(void *ctx)
{
	struct tips *tips = ctx;
	const struct pilot *pilot = tips->pilot;
	tips->again = false;
	/* A base that is nobody's is not brought into the mirror. */
	for (int i = 0; i < fleet_agent_count(pilot->fleet); i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		if (has_base(&view))
			add(tips, pilot_base(pilot, view.host, view.name));
	}
	if (tips->fresh_count == 0) {
		loop_timer_set(tips->timer, LOOK_MS);
		return;
	}
	tips->doubts = tips->doubted;
	tips->doubted = false;
	tips->under_way = true;
	loop_job(fleet_loop(pilot->fleet), look, on_looked, tips);
}

void
tips_follow(struct pilot *pilot)
{
	const char *repo = fleet_config(pilot->fleet)->repo;
	if (pilot->tips || !pilot->mirror || !repo)
		return;
	struct tips *tips = pilot->tips = MEM_NEW(struct tips);
	*tips = (struct tips){
		.pilot = pilot, .repo = mem_strdup(repo), .mirror = mem_strdup(pilot->mirror)};
	tips->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, tips);
	loop_timer_set(tips->timer, 0);
}

void
tips_look(struct pilot *pilot)
{
	struct tips *tips = pilot->tips;
	if (!tips)
		return;
	tips->again = tips->under_way;
	if (!tips->under_way)
		loop_timer_set(tips->timer, 0);
}

void
tips_doubt(struct pilot *pilot)
{
	if (pilot->tips)
		pilot->tips->doubted = true;
	tips_look(pilot);
}

bool
tips_coming(struct pilot *pilot)
{
	bool any = false;
	if (!pilot->tips || pilot->tips->count > 0)
		return false;
	for (int i = 0; i < fleet_agent_count(pilot->fleet) && !any; i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		any = has_base(&view);
	}
	if (any)
		tips_look(pilot);
	return any;
}

void
tips_moved(struct pilot *pilot, const char *branch, const char *tip)
{
	struct tips *tips = pilot->tips;
	for (size_t i = 0; tips && i < tips->count; i++) {
		const char *name = tips->all[i].branch;
		if (!name || strcmp(name, branch) == 0)
			snprintf(tips->all[i].told, REPO_ID_MAX, "%s", tip);
	}
	merge_spread(pilot, branch);
	works_hurry(pilot, -1);
	tips_look(pilot);
}

const char *
tips_of(const struct pilot *pilot, const char *branch)
{
	const struct tips *tips = pilot->tips;
	const struct tip *tip = tips ? find(tips->all, tips->count, branch) : NULL;
	return tip ? tip->id : "";
}

void
tips_drop(struct pilot *pilot)
{
	struct tips *tips = pilot->tips;
	pilot->tips = NULL;
	if (!tips)
		return;
	loop_timer_free(tips->timer);
	tips->timer = NULL;
	tips->pilot = NULL;
	if (!tips->under_way)
		tips_free(tips);
}
