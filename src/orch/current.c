/* SPDX-License-Identifier: MIT */
/*
 * What agents say in the repo that they work on, as of what was fetched last: read on a worker
 * whenever somebody's work, or the base, is another one. A look may outlive its pilot.
 */
#define LOG_MODULE "current"
#include <string.h>

#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_tasks.h"
#include "local.h"

struct currents {
	struct pilot *pilot; /* NULL: nobody waits any more */
	bool busy;           /* a worker has what is below */
	bool again;          /* another look, at once */
	struct current_task *list;
	size_t count;
	bool more;
	char **agents; /* whose work is there */
	/* The worker's. */
	char *mirror;
	struct current_task *found;
	size_t found_count;
	bool found_more;
	char **found_agents;
	struct err err;
};

static void
currents_free(struct currents *currents)
{
	mirror_current_free(currents->list, currents->count);
	mirror_current_free(currents->found, currents->found_count);
	mem_free_words(currents->agents);
	mem_free_words(currents->found_agents);
	mem_free(currents->mirror);
	mem_free(currents);
}

static void
look(void *ctx)
{
	struct currents *currents = ctx;
	struct mirror *mirror = NULL;
	currents->err = ERR_INIT;
	/* Looking makes none. */
	if (path_exists(currents->mirror) &&
		mirror_open(currents->mirror, &mirror, &currents->err) == 0) {
		currents->found_agents = mirror_agents(mirror);
		mirror_current(mirror, &currents->found, &currents->found_count,
			&currents->found_more, &currents->err);
	}
	mirror_close(mirror);
}

static bool
is_same(char *const one[], char *const other[])
{
	size_t i = 0;
	if (!one || !other)
		return one == other;
	while (one[i] && other[i] && strcmp(one[i], other[i]) == 0)
		i++;
	return !one[i] && !other[i];
}

static void
on_looked(void *ctx)
{
	struct currents *currents = ctx;
	struct pilot *pilot = currents->pilot;
	currents->busy = false;
	if (!pilot) {
		currents_free(currents);
		return;
	}
	if (currents->err.code) {
		log_info("%s", currents->err.text);
	} else {
		bool any = currents->count > 0 || currents->found_count > 0 ||
			   !is_same(currents->agents, currents->found_agents);
		mirror_current_free(currents->list, currents->count);
		currents->list = currents->found;
		currents->count = currents->found_count;
		currents->more = currents->found_more;
		mem_free_words(currents->agents);
		currents->agents = currents->found_agents;
		currents->found_agents = NULL;
		if (any)
			tasks_tell(pilot);
	}
	mem_free_words(currents->found_agents);
	currents->found_agents = NULL;
	currents->found = NULL;
	currents->found_count = 0;
	if (currents->again)
		current_look(pilot);
}

void
current_look(struct pilot *pilot)
{
	struct currents *currents = pilot->currents;
	if (!pilot->mirror || !pilot->tasks)
		return;
	if (!currents) {
		currents = pilot->currents = MEM_NEW(struct currents);
		*currents =
			(struct currents){.pilot = pilot, .mirror = mem_strdup(pilot->mirror)};
	}
	currents->again = currents->busy;
	if (currents->busy)
		return;
	currents->busy = true;
	loop_job(fleet_loop(pilot->fleet), look, on_looked, currents);
}

void
pilot_current(const struct pilot *pilot, struct pilot_current *ret)
{
	const struct currents *currents = pilot->currents;
	*ret = (struct pilot_current){0};
	if (currents)
		*ret = (struct pilot_current){currents->list, currents->count, currents->more,
			(const char *const *)currents->agents};
}

void
current_drop(struct pilot *pilot)
{
	struct currents *currents = pilot->currents;
	pilot->currents = NULL;
	if (currents && currents->busy)
		currents->pilot = NULL;
	else if (currents)
		currents_free(currents);
}
