/* SPDX-License-Identifier: MIT */
/*
 * A merge is taken back: the last one that was made from here, as it is remembered, or an
 * agent's last, as the journal has it. It may outlive its pilot.
 */
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/orch_merge.h"
#include "cockpit/repo_land.h"
#include "ledger.h"
#include "local.h"

#define MERGES_MAX 1000 /* that are looked through, of all agents */

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

static void
merged_forget(struct pilot *pilot)
{
	if (pilot->merged) {
		mem_free(pilot->merged->agent);
		mem_free(pilot->merged->branch);
		mem_free(pilot->merged);
	}
	pilot->merged = NULL;
}

struct unmerging {
	struct ledger_item item; /* while it is looked up */
	struct pilot *pilot;     /* NULL: nobody waits any more */
	bool here;               /* it is the last one that was made from here */
	merge_fn *done;
	void *ctx;
	/* The worker's. */
	char *mirror, *repo, *agent, *branch;
	char from[REPO_ID_MAX], to[REPO_ID_MAX]; /* of the merge */
	struct journal merges; /* the last ones, of all; none of one that was made from here */
	struct err err;
};

static void
unmerging_free(struct unmerging *un)
{
	journal_release(&un->merges);
	mem_free(un->mirror);
	mem_free(un->repo);
	mem_free(un->agent);
	mem_free(un->branch);
	mem_free(un);
}

/* --- which one --- */

static bool
is_kind(const struct journal_line *line, const char *kind)
{
	return strcmp(line->kind, kind) == 0;
}

/* The last one of that agent that was not taken back; NULL: there is none. *ret_undone: there
 * was one. */
static const struct journal_line *
last_merge(const struct journal *merges, const char *agent, bool *ret_undone)
{
	int undone = 0;
	*ret_undone = false;
	for (size_t i = merges->count; i-- > 0;) {
		const struct journal_line *line = &merges->lines[i];
		if (!line->agent || strcmp(line->agent, agent) != 0)
			continue;
		if (is_kind(line, "unmerged"))
			undone++;
		else if (undone-- == 0)
			return line;
		*ret_undone = true;
	}
	return NULL;
}

static bool
take_id(const char *id, char ret[REPO_ID_MAX])
{
	if (!id || strlen(id) != REPO_ID_MAX - 1)
		return false;
	memcpy(ret, id, REPO_ID_MAX);
	return true;
}

static int
recall(struct ledger_item *item, struct store *store, struct err *err)
{
	struct unmerging *un = (struct unmerging *)item;
	char safe[80];
	bool undone = false;
	int rc = store ? journal_load_merges(store, MERGES_MAX, &un->merges, err) : 0;
	if (rc < 0)
		return rc;
	const struct journal_line *line = last_merge(&un->merges, un->agent, &undone);
	text_safe_tmp(safe, sizeof(safe), str_from(un->agent));
	if (!line)
		return err_set(err, ERR_NOT_FOUND,
			undone ? "the last merge of %s was taken back already"
			       : "no merge of %s is known",
			safe);
	if (!line->branch || !take_id(line->from, un->from) || !take_id(line->to, un->to))
		return err_set(err, ERR_UNSUPPORTED,
			"the last merge of %s was made by an earlier version of cockpit, which "
			"did not write down where the base was",
			safe);
	un->branch = mem_strdup(line->branch);
	return 0;
}

/* --- it is taken back --- */

/* The base is somewhere else: who was merged on top of it is to go first. */
static void
blame(struct unmerging *un, struct mirror *mirror)
{
	struct land_place place = {0};
	struct err ignored = ERR_INIT;
	char safe[80];
	if (land_look(mirror, un->repo, un->branch, &place, &ignored) < 0)
		return;
	for (size_t i = un->merges.count; i-- > 0;) {
		const struct journal_line *line = &un->merges.lines[i];
		if (!is_kind(line, "merged") || !line->to || !line->agent ||
			strcmp(line->agent, un->agent) == 0 || strcmp(line->to, place.tip) != 0)
			continue;
		err_set(&un->err, ERR_CHANGED,
			"%s was merged on top of it: that is to be taken back first",
			text_safe_tmp(safe, sizeof(safe), str_from(line->agent)));
		break;
	}
	land_place_release(&place);
}

static void
unmerge(void *ctx)
{
	struct unmerging *un = ctx;
	struct mirror *mirror = NULL;
	struct land_place place = {0};
	const struct landing landing = {un->repo, un->branch, un->from, un->to};
	int rc = mirror_open(un->mirror, &mirror, &un->err);
	if (rc == 0)
		rc = land_undo(mirror, &landing, &place, &un->err);
	if (rc == 0)
		land_place_release(&place);
	else if (rc == ERR_CHANGED)
		blame(un, mirror);
	if (rc < 0)
		err_prefix(&un->err, "%s", un->agent);
	mirror_close(mirror);
}

/* The base is where it was before. */
static void
note(struct unmerging *un, const char *text)
{
	struct pilot *pilot = un->pilot;
	const struct journal_entry entry = {.kind = JOURNAL_UNMERGED,
		.agent = un->agent,
		.text = text,
		.branch = un->branch,
		.from = un->to,
		.to = un->from};
	journal_add(pilot->ledger, &entry);
	if (pilot->merged && strcmp(pilot->merged->to, un->to) == 0)
		merged_forget(pilot);
	tips_moved(pilot, un->branch, un->from);
}

static void
end_well(struct unmerging *un)
{
	char *text = mem_printf("%s is back at %.12s", un->branch, un->from);
	const struct merge_came came = {un->branch, un->to, un->from, text};
	note(un, text);
	if (un->done)
		un->done(un->ctx, &came, NULL);
	mem_free(text);
}

static void
end_badly(struct unmerging *un)
{
	/* What was in the way may be gone the next time. */
	if (un->here && !un->pilot->merged)
		merged_remember(un->pilot, un->agent, un->branch, un->from, un->to);
	if (un->done)
		un->done(un->ctx, NULL, &un->err);
}

static void
on_unmerged(void *ctx)
{
	struct unmerging *un = ctx;
	if (un->pilot) {
		un->pilot->unmerging = NULL;
		if (un->err.code)
			end_badly(un);
		else
			end_well(un);
	}
	unmerging_free(un);
}

static void
on_recalled(struct ledger_item *item)
{
	struct unmerging *un = (struct unmerging *)item;
	un->err = item->err;
	if (un->pilot && !un->err.code)
		loop_job(fleet_loop(un->pilot->fleet), unmerge, on_unmerged, un);
	else
		on_unmerged(un);
}

/* --- it is wanted --- */

static struct unmerging *
make(struct pilot *pilot, const char *agent, merge_fn *done, void *ctx)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	struct unmerging *un = MEM_NEW(struct unmerging);
	*un = (struct unmerging){
		.item = {.work = recall, .done = on_recalled, .reads = true},
		.pilot = pilot,
		.done = done,
		.ctx = ctx,
		.mirror = mem_strdup(pilot->mirror),
		.repo = config->repo ? mem_strdup(config->repo) : NULL,
		.agent = mem_strdup(agent)
        };
	pilot->unmerging = un;
	return un;
}

int
pilot_unmerge(
	struct pilot *pilot, const char *agent, merge_fn *done, void *ctx, struct err *err)
{
	struct merged *merged = pilot->merged;
	if (pilot->unmerging)
		return err_set(err, ERR_EXISTS, "a merge is being taken back");
	if (agent && mirror_need(pilot, err) < 0)
		return ERR_IO;
	if (agent ? !pilot->ledger : !merged)
		return err_set(err, ERR_NOT_FOUND, "nothing was merged from here");
	struct unmerging *un = make(pilot, agent ? agent : merged->agent, done, ctx);
	if (agent) {
		ledger_add(pilot->ledger, &un->item);
		return 0;
	}
	un->here = true;
	un->branch = mem_strdup(merged->branch);
	memcpy(un->from, merged->from, sizeof(un->from));
	memcpy(un->to, merged->to, sizeof(un->to));
	merged_forget(pilot);
	loop_job(fleet_loop(pilot->fleet), unmerge, on_unmerged, un);
	return 0;
}

void
unmerging_drop(struct pilot *pilot)
{
	merged_forget(pilot);
	if (pilot->unmerging)
		pilot->unmerging->pilot = NULL;
	pilot->unmerging = NULL;
}
