/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

#define LOOK_MS  1000
#define WATCH_MS 2500 /* who has not looked for so long does not look any more */

void
pace_init(struct pace *pace, struct loop *loop, loop_fn *read, void *ctx)
{
	*pace = (struct pace){.timer = loop_timer_new(loop, read, ctx),
		.watched_at = INT64_MIN / 2,
		.asked_at = INT64_MIN / 2};
}

void
pace_stop(struct pace *pace)
{
	loop_timer_free(pace->timer);
	pace->timer = NULL;
}

void
pace_release(struct pace *pace)
{
	pace_stop(pace);
	mem_free(pace->error);
	pace->error = NULL;
}

void
pace_begin(struct pace *pace)
{
	pace->busy = true;
	pace->asked_at = clock_ms();
}

bool
pace_end(struct pace *pace, const struct err *err)
{
	const char *error = err->code ? err->text : NULL;
	bool same =
		pace->error && error ? strcmp(pace->error, error) == 0 : !pace->error && !error;
	pace->busy = false;
	if (same)
		return false;
	mem_free(pace->error);
	pace->error = error ? mem_strdup(error) : NULL;
	return true;
}

void
pace_next(struct pace *pace, bool watched)
{
	if (pace->again)
		loop_timer_set(pace->timer, 0);
	else if (watched || pace_is_watched(pace))
		loop_timer_set(pace->timer, LOOK_MS);
	pace->again = false;
}

bool
pace_is_watched(const struct pace *pace)
{
	return clock_ms() - pace->watched_at < WATCH_MS;
}

void
pace_watch(struct pace *pace)
{
	pace->watched_at = clock_ms();
	if (pace->busy || loop_timer_armed(pace->timer))
		return;
	int64_t wait = pace->asked_at + LOOK_MS - pace->watched_at;
	loop_timer_set(pace->timer, wait > 0 ? wait : 0);
}

void
pace_look(struct pace *pace)
{
	if (pace->busy)
		pace->again = true;
	else
		loop_timer_set(pace->timer, 0);
}
