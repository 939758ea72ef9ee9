/* SPDX-License-Identifier: MIT */
/*
 * One agent's work compared as a person wants it, beside the comparison that is kept of all:
 * with another side, without blanks, or as it was fetched last where nothing can be fetched. By
 * a worker, in the mirror alone. A comparison may outlive its pilot.
 */
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define TEXT_MAX ((size_t)1 << 20)
#define CONTEXT  3

/* What a comparison is of. */
struct subject {
	uint32_t agent;
	enum diff_side side;
	bool ignore_space;
	struct mirror_work commits; /* snap "": what the mirror has */
};

struct compare {
	struct pilot *pilot; /* NULL: nobody waits any more */
	bool under_way;
	struct subject shown;
	bool any; /* something was compared */
	struct diff *diff;
	int64_t at;
	struct err err;
	/* The worker's, while it is under way. */
	struct subject asked;
	char *mirror, *name, *host;
	struct diff *fresh;
	struct err why;
};

static void
drop_asked(struct compare *compare)
{
	mem_free(compare->mirror);
	mem_free(compare->name);
	mem_free(compare->host);
	compare->mirror = compare->name = compare->host = NULL;
}

static void
compare_free(struct compare *compare)
{
	drop_asked(compare);
	diff_free(compare->diff);
	diff_free(compare->fresh);
	mem_free(compare);
}

static void
work(void *ctx)
{
	struct compare *compare = ctx;
	struct mirror *mirror = NULL;
	struct mirror_work commits = compare->asked.commits;
	const struct diff_options options = {.side = compare->asked.side,
		.ignore_space = compare->asked.ignore_space,
		.context = CONTEXT,
		.text_max = TEXT_MAX};
	compare->why = ERR_INIT;
	if (mirror_open(compare->mirror, &mirror, &compare->why) == 0 &&
		(commits.snap[0] || mirror_find(mirror, compare->host, compare->name, &commits,
					    &compare->why) == 0))
		repo_diff(mirror, &commits, &options, &compare->fresh, &compare->why);
	mirror_close(mirror);
}

static void
on_worked(void *ctx)
{
	struct compare *compare = ctx;
	compare->under_way = false;
	drop_asked(compare);
	if (!compare->pilot) {
		compare_free(compare);
		return;
	}
	diff_free(compare->diff);
	compare->diff = compare->fresh;
	compare->fresh = NULL;
	compare->shown = compare->asked;
	compare->err = compare->why;
	compare->any = true;
	compare->at = clock_ms();
	compare->pilot->work_changed(compare->pilot->work_ctx);
}

static bool
same_question(const struct subject *a, const struct subject *b)
{
	return a->agent == b->agent && a->side == b->side && a->ignore_space == b->ignore_space;
}

static bool
same_commits(const struct mirror_work *a, const struct mirror_work *b)
{
	return strcmp(a->head, b->head) == 0 && strcmp(a->snap, b->snap) == 0 &&
	       strcmp(a->base, b->base) == 0;
}

static void
start(struct pilot *pilot, const struct subject *subject)
{
	struct agent_view view;
	struct compare *compare = pilot->compare;
	if (!fleet_agent(pilot->fleet, subject->agent, &view))
		return;
	compare->asked = *subject;
	compare->mirror = mem_strdup(pilot->mirror);
	compare->name = mem_strdup(view.name);
	compare->host = mem_strdup(view.host);
	compare->under_way = true;
	loop_job(fleet_loop(pilot->fleet), work, on_worked, compare);
}

void
pilot_compare(struct pilot *pilot, uint32_t agent, enum diff_side side, bool ignore_space,
	struct pilot_work *ret)
{
	struct subject subject = {.agent = agent, .side = side, .ignore_space = ignore_space};
	*ret = (struct pilot_work){0};
	if (!pilot->mirror || !pilot->work_timer)
		return;
	if (!pilot->compare) {
		pilot->compare = MEM_NEW(struct compare);
		pilot->compare->pilot = pilot;
	}
	struct compare *compare = pilot->compare;
	work_commits(pilot, agent, &subject.commits);
	bool ours = compare->any && same_question(&compare->shown, &subject);
	bool fresh = ours && same_commits(&compare->shown.commits, &subject.commits);
	if (!fresh && !compare->under_way)
		start(pilot, &subject);
	/* An older one of the same is better than none. */
	if (!ours)
		return;
	ret->diff = compare->diff;
	ret->at = compare->at;
	ret->error = compare->err.code ? compare->err.text : NULL;
}

void
compare_drop(struct pilot *pilot)
{
	struct compare *compare = pilot->compare;
	pilot->compare = NULL;
	if (!compare)
		return;
	compare->pilot = NULL;
	if (!compare->under_way)
		compare_free(compare);
}
