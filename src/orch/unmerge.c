/* SPDX-License-Identifier: MIT */
/* The last merge that was made from here, and how it is taken back. It may outlive its pilot.
 */
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/orch_merge.h"
#include "cockpit/repo_land.h"
#include "local.h"

/* For who wants it back. */
struct merged {
	char *agent, *branch;
	char from[REPO_ID_MAX], to[REPO_ID_MAX];
};

void
merged_remember(struct pilot *pilot, const char *agent, const char *branch, const char *from,
	const char *to)
{
	struct merged *merged = pilot->merged;
	if (!merged)
		merged = pilot->merged = MEM_NEW(struct merged);
	mem_free(merged->agent);
	mem_free(merged->branch);
	merged->agent = mem_strdup(agent);
	merged->branch = mem_strdup(branch);
	memcpy(merged->from, from, sizeof(merged->from));
	memcpy(merged->to, to, sizeof(merged->to));
}

struct unmerging {
	struct pilot *pilot; /* NULL: nobody waits any more */
	pilot_fn *done;
	void *ctx;
	/* The worker's. */
	char *mirror, *repo, *agent, *branch;
	char from[REPO_ID_MAX], to[REPO_ID_MAX];
	struct err err;
};

static void
unmerge(void *ctx)
{
	struct unmerging *un = ctx;
	struct mirror *mirror = NULL;
	struct land_place place = {0};
	const struct landing landing = {un->repo, un->branch, un->from, un->to};
	if (mirror_open(un->mirror, &mirror, &un->err) == 0 &&
		land_undo(mirror, &landing, &place, &un->err) == 0)
		land_place_release(&place);
	mirror_close(mirror);
}

static void
on_unmerged(void *ctx)
{
	struct unmerging *un = ctx;
	if (un->pilot) {
		struct pilot *pilot = un->pilot;
		pilot->unmerging = NULL;
		char *text = mem_printf("%s is back at %.12s", un->branch, un->from);
		const struct journal_entry entry = {
			.kind = JOURNAL_UNMERGED, .agent = un->agent, .text = text};
		if (!un->err.code)
			journal_add(pilot->ledger, &entry);
		if (!un->err.code) {
			merge_spread(pilot, un->branch);
			works_hurry(pilot);
		} else if (!pilot->merged) {
			/* What was in the way may be gone the next time. */
			merged_remember(pilot, un->agent, un->branch, un->from, un->to);
		}
		if (un->done)
			un->done(un->ctx, text, un->err.code ? &un->err : NULL);
		mem_free(text);
	}
	mem_free(un->mirror);
	mem_free(un->repo);
	mem_free(un->agent);
	mem_free(un->branch);
	mem_free(un);
}

int
pilot_unmerge(struct pilot *pilot, pilot_fn *done, void *ctx, struct err *err)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	struct merged *merged = pilot->merged;
	if (!merged || pilot->unmerging)
		return err_set(err, ERR_NOT_FOUND, "nothing was merged from here");
	struct unmerging *un = MEM_NEW(struct unmerging);
	*un = (struct unmerging){.pilot = pilot,
		.done = done,
		.ctx = ctx,
		.mirror = mem_strdup(pilot->mirror),
		.repo = config->repo ? mem_strdup(config->repo) : NULL,
		.agent = mem_strdup(merged->agent),
		.branch = mem_strdup(merged->branch)};
	memcpy(un->from, merged->from, sizeof(un->from));
	memcpy(un->to, merged->to, sizeof(un->to));
	mem_free(merged->agent);
	mem_free(merged->branch);
	mem_free(merged);
	pilot->merged = NULL;
	pilot->unmerging = un;
	loop_job(fleet_loop(pilot->fleet), unmerge, on_unmerged, un);
	return 0;
}

void
unmerging_drop(struct pilot *pilot)
{
	if (pilot->merged) {
		mem_free(pilot->merged->agent);
		mem_free(pilot->merged->branch);
		mem_free(pilot->merged);
	}
	pilot->merged = NULL;
	if (pilot->unmerging)
		pilot->unmerging->pilot = NULL;
	pilot->unmerging = NULL;
}
