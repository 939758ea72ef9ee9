/* SPDX-License-Identifier: MIT */
/* The states of a task, and the ways between them. */
#include "local.h"

/* The file has them as numbers. */
_Static_assert(TASK_QUEUED == 0 && TASK_CLAIMED == 1 && TASK_WORKING == 2, "see local.h");
_Static_assert(TASK_MERGED == 6 && TASK_FAILED == 7 && TASK_CANCELLED == 8, "see local.h");

static const char *const names[] = {
#define X(name, id) name,
	TASK_STATES(X)
#undef X
};

#define TO(id) (1u << TASK_##id)
#define ASIDE  (TO(NEEDS_YOU) | TO(FAILED) | TO(CANCELLED))

static const unsigned ways[TASK_STATE_COUNT] = {
	[TASK_QUEUED] = TO(CLAIMED) | ASIDE,
	[TASK_CLAIMED] = TO(WORKING) | TO(QUEUED) | ASIDE,
	[TASK_WORKING] = TO(CHECKING) | TO(QUEUED) | ASIDE,
	[TASK_CHECKING] = TO(READY) | TO(WORKING) | TO(QUEUED) | ASIDE,
	[TASK_NEEDS_YOU] = TO(WORKING) | TO(QUEUED) | TO(FAILED) | TO(CANCELLED),
	[TASK_READY] = TO(MERGED) | TO(WORKING) | TO(QUEUED) | ASIDE,
	[TASK_FAILED] = TO(QUEUED),
	[TASK_CANCELLED] = TO(QUEUED),
};

const char *
task_state_name(enum task_state state)
{
	return names[state];
}

bool
task_state_find(struct str name, enum task_state *ret)
{
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		if (str_eqc(name, names[i])) {
			*ret = (enum task_state)i;
			return true;
		}
	}
	return false;
}

bool
store_can_move(enum task_state from, enum task_state to)
{
	return (ways[from] & 1u << to) != 0;
}

bool
task_is_over(enum task_state state)
{
	return state == TASK_MERGED || state == TASK_FAILED || state == TASK_CANCELLED;
}
