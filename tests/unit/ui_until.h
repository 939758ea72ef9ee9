/* The deck's loop, turned until something has come: also where nothing else would end a turn.
 */
#ifndef COCKPIT_TESTS_UI_UNTIL_H
#define COCKPIT_TESTS_UI_UNTIL_H

#include "cockpit/base_clock.h"
#include "cockpit/io_loop.h"
#include "ui_deck.h"

#define UNTIL_MS 20000

static struct loop_timer *tick;

static void
on_tick(void *ctx)
{
	(void)ctx;
}

/* After deck_setup(). */
static inline void
until_setup(void)
{
	tick = loop_timer_new(loop, on_tick, NULL);
}

/* Before deck_teardown(). */
static inline void
until_teardown(void)
{
	loop_timer_free(tick);
	tick = NULL;
}

#define UNTIL(cond)                                                          \
	do {                                                                 \
		int64_t until_ = clock_ms() + UNTIL_MS;                      \
		while (!(cond)) {                                            \
			if (clock_ms() > until_)                             \
				fail_msg("line %d: no %s", __LINE__, #cond); \
			loop_timer_set(tick, 10);                            \
			loop_turn(loop, true);                               \
		}                                                            \
	} while (0)

#endif
