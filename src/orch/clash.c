/* SPDX-License-Identifier: MIT */
/*
 * Who will clash with whom, looked at by itself whenever somebody's work has come that is new.
 * One look at a time, on a worker, in the mirror alone: no host is asked for it. What was found
 * stays until the next look is through. A look may outlive its pilot.
 */
#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/repo_tip.h"
#include "local.h"

#define FILES_MAX 20          /* of a pair that are named on the screen */
#define SHOW_MAX  (64u << 10) /* of both sides of a file */

struct flier {
	uint32_t agent;
	char *name, *host;
	char tip[REPO_ID_MAX];   /* of the branch that it goes to; "": not known */
	struct mirror_work work; /* snap "": what the mirror has, if it has something */
};

struct clashes {
	struct pilot *pilot; /* NULL: nobody waits any more */
	uint64_t looked;     /* hash of those that were looked at last */
	bool under_way;
	struct doing_stamp stamp;
	struct pilot_clash *found;
	size_t count;
	int64_t at;
	struct err why;    /* of the last look; code 0: it went well */
	struct show *show; /* NULL: none is under way */
	/* The worker's, while it is under way. */
	struct radar *radar;
	char *mirror;
	struct flier *fliers;
	size_t flier_count;
	struct pilot_clash *fresh;
	size_t fresh_count;
	struct err err;
};

static void
flier_release(struct flier *flier)
{
	mem_free(flier->name);
	mem_free(flier->host);
}

static void
drop_fliers(struct clashes *clashes)
{
	for (size_t i = 0; i < clashes->flier_count; i++)
		flier_release(&clashes->fliers[i]);
	mem_free(clashes->fliers);
	clashes->fliers = NULL;
	clashes->flier_count = 0;
}

static void
drop_found(struct pilot_clash *found, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t f = 0; f < found[i].file_count; f++)
			mem_free(found[i].files[f].path);
		mem_free(found[i].files);
	}
	mem_free(found);
}

static void
clashes_free(struct clashes *clashes)
{
	drop_fliers(clashes);
	drop_found(clashes->found, clashes->count);
	drop_found(clashes->fresh, clashes->fresh_count);
	radar_free(clashes->radar);
	mem_free(clashes->mirror);
	mem_free(clashes);
}

/* --- on the worker --- */

/* The radar's own are its until its next look. */
static void
take(struct clashes *clashes, const struct radar_pair *pair, struct pilot_clash *into)
{
	const struct flier *one = &clashes->fliers[pair->one];
	const struct flier *other =
		pair->other == RADAR_BASE ? NULL : &clashes->fliers[pair->other];
	*into = (struct pilot_clash){.one = one->agent, .other = other ? other->agent : 0};
	snprintf(into->ids[0], REPO_ID_MAX, "%s", one->work.snap);
	snprintf(into->ids[1], REPO_ID_MAX, "%s", other ? other->work.snap : one->work.base);
	into->file_count = pair->file_count < FILES_MAX ? pair->file_count : FILES_MAX;
	into->files_left = pair->files_left + pair->file_count - into->file_count;
	into->files = mem_alloc_array(into->file_count, sizeof(*into->files));
	for (size_t i = 0; i < into->file_count; i++) {
		into->files[i] = pair->files[i];
		into->files[i].path = mem_strdup(pair->files[i].path);
	}
}

/* Those whose work is in the mirror; the others go. */
static void
find_work(struct clashes *clashes, struct mirror *mirror)
{
	size_t kept = 0;
	for (size_t i = 0; i < clashes->flier_count; i++) {
		struct flier *flier = &clashes->fliers[i];
		if (flier->work.snap[0] || mirror_find(mirror, flier->host, flier->name,
						   &flier->work, NULL) == 0) {
			clashes->fliers[kept++] = *flier;
			continue;
		}
		flier_release(flier);
	}
	clashes->flier_count = kept;
}

/* With the base it clashes as it is, whether its host was told of that or not. */
static void
find_bases(struct clashes *clashes, struct mirror *mirror)
{
	for (size_t i = 0; i < clashes->flier_count; i++)
		tip_advance(mirror, clashes->fliers[i].tip, &clashes->fliers[i].work);
}

static void
look(void *ctx)
{
	struct clashes *clashes = ctx;
	struct mirror *mirror = NULL;
	struct radar_found found = {0};
	clashes->err = ERR_INIT;
	if (mirror_open(clashes->mirror, &mirror, &clashes->err) < 0)
		return;
	find_work(clashes, mirror);
	find_bases(clashes, mirror);
	size_t count = clashes->flier_count;
	struct radar_side *sides = mem_alloc_array(count ? count : 1, sizeof(*sides));
	for (size_t i = 0; i < count; i++)
		sides[i] = (struct radar_side){
			clashes->fliers[i].work.snap, clashes->fliers[i].work.base};
	if (radar_look(clashes->radar, mirror, sides, count, &found, &clashes->err) == 0) {
		clashes->fresh = mem_alloc_array(
			found.clash_count ? found.clash_count : 1, sizeof(*clashes->fresh));
		clashes->fresh_count = found.clash_count;
		for (size_t i = 0; i < found.clash_count; i++)
			take(clashes, &found.clashes[i], &clashes->fresh[i]);
	}
	mem_free(sides);
	mirror_close(mirror);
}

/* --- on the loop --- */

static bool
is_among(const struct pilot_clash *clash, const struct pilot_clash *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (all[i].one == clash->one && all[i].other == clash->other)
			return true;
	}
	return false;
}

static char *
name_of(const struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	if (agent && fleet_agent(pilot->fleet, agent, &view))
		return mem_strdup(view.name);
	return mem_strdup(agent ? "one that is gone" : "the base");
}

static bool
flies(const struct agent_view *view)
{
	return view->present || view->lost;
}

/* It runs, or would; what comes of one that was stopped is no news. */
static bool
is_around(const struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	return !agent || (fleet_agent(pilot->fleet, agent, &view) && flies(&view));
}

/* Those that were not among the others. */
static void
write_new(const struct pilot *pilot, enum journal_kind kind, const struct pilot_clash *now,
	size_t count, const struct pilot_clash *before, size_t before_count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_among(&now[i], before, before_count) || !is_around(pilot, now[i].one) ||
			!is_around(pilot, now[i].other))
			continue;
		char *one = name_of(pilot, now[i].one), *other = name_of(pilot, now[i].other);
		char *text = kind == JOURNAL_CLASH
				     ? mem_printf("%s: %s", other, now[i].files[0].path)
				     : mem_strdup(other);
		char *key = mem_printf("%d %s %s", (int)kind, one, other);
		const struct journal_entry entry = {
			.kind = kind, .agent = one, .text = text, .key = key};
		journal_add(pilot->ledger, &entry);
		mem_free(one);
		mem_free(other);
		mem_free(text);
		mem_free(key);
	}
}

static void
on_looked(void *ctx)
{
	struct clashes *clashes = ctx;
	struct pilot *pilot = clashes->pilot;
	clashes->under_way = false;
	drop_fliers(clashes);
	if (!pilot) {
		clashes_free(clashes);
		return;
	}
	clashes->why = clashes->err;
	/* What was found before is not true any more, but nothing else is known either. */
	if (!clashes->err.code) {
		if (clashes->at) {
			write_new(pilot, JOURNAL_CLASH, clashes->fresh, clashes->fresh_count,
				clashes->found, clashes->count);
			write_new(pilot, JOURNAL_CLEARED, clashes->found, clashes->count,
				clashes->fresh, clashes->fresh_count);
		}
		drop_found(clashes->found, clashes->count);
		clashes->found = clashes->fresh;
		clashes->count = clashes->fresh_count;
		clashes->at = clock_ms();
		clashes->fresh = NULL;
		clashes->fresh_count = 0;
	}
	pilot->work_changed(pilot->work_ctx);
	clashes_look(pilot);
}

static void
tip_of(const struct pilot *pilot, const struct agent_view *view, char ret[REPO_ID_MAX])
{
	char *base = pilot_base(pilot, view->host, view->name);
	snprintf(ret, REPO_ID_MAX, "%s", tips_of(pilot, base));
	mem_free(base);
}

static uint64_t
hash_wanted(const struct pilot *pilot)
{
	uint64_t ret = STR_HASH_INIT;
	for (int i = 0; i < fleet_agent_count(pilot->fleet); i++) {
		struct agent_view view;
		struct mirror_work work;
		char tip[REPO_ID_MAX];
		fleet_agent_at(pilot->fleet, i, &view);
		if (!flies(&view))
			continue;
		work_commits(pilot, view.id, &work);
		ret = str_hash(ret, (struct str){(const char *)&view.id, sizeof(view.id)});
		ret = str_hash(ret, str_from(work.snap));
		ret = str_hash(ret, str_from(work.base));
		tip_of(pilot, &view, tip);
		ret = str_hash(ret, str_from(tip));
	}
	return ret;
}

static void
start(struct clashes *clashes)
{
	struct pilot *pilot = clashes->pilot;
	int count = fleet_agent_count(pilot->fleet);
	clashes->fliers =
		mem_alloc_array((size_t)(count ? count : 1), sizeof(*clashes->fliers));
	for (int i = 0; i < count; i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		if (!flies(&view))
			continue;
		struct flier *flier = &clashes->fliers[clashes->flier_count++];
		*flier = (struct flier){.agent = view.id,
			.name = mem_strdup(view.name),
			.host = mem_strdup(view.host)};
		tip_of(pilot, &view, flier->tip);
		work_commits(pilot, view.id, &flier->work);
	}
	clashes->under_way = true;
	clashes->stamp = doing_begin(pilot);
	loop_job(fleet_loop(pilot->fleet), look, on_looked, clashes);
}

void
clashes_look(struct pilot *pilot)
{
	struct clashes *clashes = pilot->clashes;
	if (!pilot->mirror || (clashes && clashes->under_way) || tips_coming(pilot))
		return;
	uint64_t wanted = hash_wanted(pilot);
	if (clashes && clashes->looked == wanted)
		return;
	if (!clashes) {
		clashes = pilot->clashes = MEM_NEW(struct clashes);
		clashes->pilot = pilot;
		clashes->radar = radar_new();
		clashes->mirror = mem_strdup(pilot->mirror);
	}
	clashes->looked = wanted;
	start(clashes);
}

void
clashes_tell(const struct pilot *pilot, struct doings *into)
{
	struct clashes *clashes = pilot->clashes;
	if (!clashes || !clashes->under_way)
		return;
	const struct doing_row row = {
		.it = {.kind = DOING_FORECAST,
                       .name = "",
                       .host = "",
                       .step = "",
                       .firm = "it reads only, and ends by itself"},
		.stamp = clashes->stamp,
		.self = clashes
        };
	doings_add(into, &row);
}

void
pilot_clashes(const struct pilot *pilot, struct pilot_clashes *ret)
{
	const struct clashes *clashes = pilot->clashes;
	*ret = (struct pilot_clashes){0};
	if (!clashes)
		return;
	ret->found = clashes->found;
	ret->count = clashes->count;
	ret->at = clashes->at;
	ret->error = clashes->why.code ? clashes->why.text : NULL;
}

/* --- both sides of one file --- */

struct show {
	struct clashes *clashes; /* NULL: nobody waits any more */
	pilot_fn *done;
	void *ctx;
	/* The worker's. */
	char *mirror, *path, *names[2];
	char ids[2][REPO_ID_MAX];
	struct buf text;
	struct err err;
};

static void
show_work(void *ctx)
{
	struct show *show = ctx;
	struct mirror *mirror = NULL;
	const char *const ids[2] = {show->ids[0], show->ids[1]};
	const char *const names[2] = {show->names[0], show->names[1]};
	if (mirror_open(show->mirror, &mirror, &show->err) == 0)
		radar_show(mirror, ids, names, show->path, SHOW_MAX, &show->text, &show->err);
	mirror_close(mirror);
}

static void
on_shown(void *ctx)
{
	struct show *show = ctx;
	if (show->clashes) {
		show->clashes->show = NULL;
		show->done(
			show->ctx, buf_cstr(&show->text), show->err.code ? &show->err : NULL);
	}
	mem_free(show->mirror);
	mem_free(show->path);
	mem_free(show->names[0]);
	mem_free(show->names[1]);
	buf_release(&show->text);
	mem_free(show);
}

int
pilot_show_clash(struct pilot *pilot, const struct pilot_clash *clash, size_t file,
	pilot_fn *done, void *ctx, struct err *err)
{
	struct clashes *clashes = pilot->clashes;
	if (clashes->show)
		return err_set(err, ERR_EXISTS, "another one is on its way");
	struct show *show = MEM_NEW(struct show);
	*show = (struct show){
		.clashes = clashes,
		.done = done,
		.ctx = ctx,
		.mirror = mem_strdup(pilot->mirror),
		.path = mem_strdup(clash->files[file].path),
		.names = {name_of(pilot, clash->one), name_of(pilot, clash->other)},
		.text = BUF_INIT
        };
	memcpy(show->ids, clash->ids, sizeof(show->ids));
	clashes->show = show;
	loop_job(fleet_loop(pilot->fleet), show_work, on_shown, show);
	return 0;
}

void
clashes_drop(struct pilot *pilot)
{
	struct clashes *clashes = pilot->clashes;
	pilot->clashes = NULL;
	if (!clashes)
		return;
	if (clashes->show)
		clashes->show->clashes = NULL;
	clashes->pilot = NULL;
	if (!clashes->under_way)
		clashes_free(clashes);
}
