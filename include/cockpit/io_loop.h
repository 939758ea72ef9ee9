/*
 * io_loop: the one thread that owns all state, its timers and its watches.
 *
 * Callbacks run from loop_run() only, never from inside a call below. Anything
 * may be freed in any callback. Timers run on CLOCK_BOOTTIME, so that they are
 * due at once after a suspend.
 */
#ifndef COCKPIT_IO_LOOP_H
#define COCKPIT_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct loop;
struct loop_timer;
struct loop_watch;
struct loop_signal;

typedef void loop_fn(void *ctx);

struct loop *loop_new(void);
/* Everything made with it must have been freed: asserted. Accepts NULL. */
void loop_free(struct loop *loop);
/* Until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* One turn; waits at most until something is due (wait) or not at all. For tests. */
void loop_turn(struct loop *loop, bool wait);
/* The libuv loop, for the files of floor io and ssh alone. */
void *loop_uv(struct loop *loop);

/* One-shot; set again as often as wanted, from its own callback too. Starts disarmed. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn, void *ctx);
void loop_timer_set(struct loop_timer *timer, int64_t ms);
void loop_timer_cancel(struct loop_timer *timer);
bool loop_timer_armed(const struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer); /* accepts NULL */

enum loop_events { LOOP_READ = 1 << 0, LOOP_WRITE = 1 << 1 };
typedef void loop_watch_fn(void *ctx, int events);
/* Watches a descriptor that stays the caller's; one watch a descriptor. */
struct loop_watch *loop_watch_new(struct loop *loop, int fd, loop_watch_fn *fn, void *ctx);
void loop_watch_set(struct loop_watch *watch, int events); /* 0: none */
/* After this the descriptor may be closed. Accepts NULL. */
void loop_watch_free(struct loop_watch *watch);

typedef void loop_signal_fn(void *ctx, int signum);
struct loop_signal *loop_signal_new(
	struct loop *loop, int signum, loop_signal_fn *fn, void *ctx);
void loop_signal_free(struct loop_signal *sig);

/* fn runs once, in the next turn. The returned id cancels it; ids are never 0. */
uint64_t loop_defer(struct loop *loop, loop_fn *fn, void *ctx);
void loop_defer_cancel(struct loop *loop, uint64_t id);

/*
 * work runs on a thread of its own and may touch nothing but ctx; then done runs
 * from the loop, exactly once, also when the result is not wanted any more. Only
 * loop_free() does not wait: what is still out then is never called back.
 */
void loop_job(struct loop *loop, loop_fn *work, loop_fn *done, void *ctx);

#endif
