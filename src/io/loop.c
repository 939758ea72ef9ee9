/* SPDX-License-Identifier: MIT */
/*
 * The loop is libuv's; timers are ours: libuv counts CLOCK_MONOTONIC, which
 * stands still while a laptop sleeps, so one timerfd on CLOCK_BOOTTIME serves a
 * sorted list. A timer that sets itself again is due later than the round that
 * runs it, so it cannot starve the rest.
 *
 * What is freed during dispatch is only marked; the memory goes when no
 * callback can still be looking at it.
 */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "cockpit/io_loop.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "jobs.h"

struct loop_timer {
	struct loop *loop;
	loop_fn *fn;
	void *ctx;
	int64_t due; /* ms of clock_ms(); 0: disarmed */
	struct loop_timer *next;
};

struct deferred {
	uint64_t id;
	loop_fn *fn;
	void *ctx;
	struct deferred *next;
};

struct loop {
	uv_loop_t uv;
	uv_poll_t timer_poll;
	uv_idle_t defer_idle;
	int timer_fd;
	int64_t skipped;           /* clock_skipped() when it was armed */
	struct loop_timer *timers; /* armed, earliest first */
	struct deferred *deferred; /* in order */
	uint64_t last_id;
	bool in_timers;
	struct jobs *jobs;
	int objects; /* timers, watches and signals alive */
};

struct loop_watch {
	uv_poll_t poll;
	struct loop *loop;
	loop_watch_fn *fn; /* NULL once freed */
	void *ctx;
	int want; /* as uv was told */
};

struct loop_signal {
	uv_signal_t handle;
	struct loop *loop;
	loop_signal_fn *fn;
	void *ctx;
};

/* Asks the kernel to wake us when the first timer is due. */
static void
arm(struct loop *loop)
{
	struct itimerspec spec = {0};
	loop->skipped = clock_skipped();
	if (loop->timers) {
		int64_t due = loop->timers->due - loop->skipped;
		/* All zeroes would disarm it. */
		if (due < 1)
			due = 1;
		spec.it_value.tv_sec = (time_t)(due / 1000);
		spec.it_value.tv_nsec = (long)(due % 1000) * 1000000;
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void
run_timers(uv_poll_t *poll, int status, int events)
{
	struct loop *loop = poll->data;
	uint64_t expirations;
	(void)status;
	(void)events;
	ssize_t n = read(loop->timer_fd, &expirations, sizeof(expirations));
	(void)n;
	/* A timer set during this round is due later than now, so the round ends. */
	int64_t now = clock_ms();
	loop->in_timers = true;
	while (loop->timers && loop->timers->due <= now) {
		struct loop_timer *timer = loop->timers;
		loop->timers = timer->next;
		timer->due = 0;
		timer->fn(timer->ctx);
	}
	loop->in_timers = false;
	arm(loop);
}

static void
run_deferred(uv_idle_t *idle)
{
	struct loop *loop = idle->data;
	uint64_t last = loop->last_id; /* what these add waits for the next turn */
	while (loop->deferred && loop->deferred->id <= last) {
		struct deferred *d = loop->deferred;
		loop->deferred = d->next;
		loop_fn *fn = d->fn;
		void *ctx = d->ctx;
		mem_free(d);
		fn(ctx);
	}
	if (!loop->deferred)
		uv_idle_stop(&loop->defer_idle);
}

struct loop *
loop_new(void)
{
	struct loop *loop = MEM_NEW(struct loop);
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	BUG_ON(loop->timer_fd < 0);
	BUG_ON(uv_loop_init(&loop->uv) != 0);
	uv_poll_init(&loop->uv, &loop->timer_poll, loop->timer_fd);
	loop->timer_poll.data = loop;
	uv_poll_start(&loop->timer_poll, UV_READABLE, run_timers);
	uv_idle_init(&loop->uv, &loop->defer_idle);
	loop->defer_idle.data = loop;
	loop->jobs = jobs_new(&loop->uv);
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (!loop)
		return;
	jobs_free(loop->jobs);
	/* What is on its way out (children, connections) ends here; it may need timers and
	 * deferred calls for that, so those go last. */
	uv_unref((uv_handle_t *)&loop->timer_poll);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&loop->timer_poll, NULL);
	uv_close((uv_handle_t *)&loop->defer_idle, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	BUG_ON(loop->objects != 0);
	BUG_ON(loop->timers != NULL);
	while (loop->deferred) {
		struct deferred *d = loop->deferred;
		loop->deferred = d->next;
		mem_free(d);
	}
	BUG_ON(uv_loop_close(&loop->uv) != 0);
	close(loop->timer_fd);
	mem_free(loop);
}

void
loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void
loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

void
loop_turn(struct loop *loop, bool wait)
{
	if (loop->skipped != clock_skipped())
		arm(loop);
	uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

void *
loop_uv(struct loop *loop)
{
	return &loop->uv;
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_fn *fn, void *ctx)
{
	struct loop_timer *timer = MEM_NEW(struct loop_timer);
	*timer = (struct loop_timer){.loop = loop, .fn = fn, .ctx = ctx};
	loop->objects++;
	return timer;
}

static void
unlink_timer(struct loop_timer *timer)
{
	struct loop_timer **p = &timer->loop->timers;
	while (*p && *p != timer)
		p = &(*p)->next;
	if (*p)
		*p = timer->next;
	timer->due = 0;
}

void
loop_timer_set(struct loop_timer *timer, int64_t ms)
{
	struct loop *loop = timer->loop;
	const struct loop_timer *first = loop->timers;
	if (timer->due)
		unlink_timer(timer);
	/* Rounded up, but "now" means now; from a timer's own round it means the next one. */
	timer->due = clock_ms() + (ms > 0 ? ms + 1 : loop->in_timers);
	struct loop_timer **p = &loop->timers;
	while (*p && (*p)->due <= timer->due)
		p = &(*p)->next;
	timer->next = *p;
	*p = timer;
	if (loop->timers != first || first == timer)
		arm(loop);
}

void
loop_timer_cancel(struct loop_timer *timer)
{
	if (timer->due)
		unlink_timer(timer);
}

bool
loop_timer_armed(const struct loop_timer *timer)
{
	return timer->due != 0;
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	loop_timer_cancel(timer);
	timer->loop->objects--;
	mem_free(timer);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct loop_watch *watch = poll->data;
	int out = 0;
	if (!watch->fn)
		return;
	/* An error is for the reader or writer to find by its own call. */
	if (status < 0) {
		out = LOOP_READ | LOOP_WRITE;
		watch->want = 0; /* uv has stopped it */
	}
	if (events & (UV_READABLE | UV_DISCONNECT))
		out |= LOOP_READ;
	if (events & UV_WRITABLE)
		out |= LOOP_WRITE;
	watch->fn(watch->ctx, out);
}

struct loop_watch *
loop_watch_new(struct loop *loop, int fd, loop_watch_fn *fn, void *ctx)
{
	struct loop_watch *watch = MEM_NEW(struct loop_watch);
	watch->loop = loop;
	watch->fn = fn;
	watch->ctx = ctx;
	watch->poll.data = watch;
	BUG_ON(uv_poll_init(&loop->uv, &watch->poll, fd) != 0);
	loop->objects++;
	return watch;
}

void
loop_watch_set(struct loop_watch *watch, int events)
{
	int want = (events & LOOP_READ ? UV_READABLE : 0) |
		   (events & LOOP_WRITE ? UV_WRITABLE : 0);
	if (want == watch->want)
		return;
	watch->want = want;
	if (want)
		uv_poll_start(&watch->poll, want, on_poll);
	else
		uv_poll_stop(&watch->poll);
}

static void
on_watch_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

void
loop_watch_free(struct loop_watch *watch)
{
	if (!watch)
		return;
	watch->fn = NULL;
	watch->loop->objects--;
	uv_poll_stop(&watch->poll);
	uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static void
on_signal(uv_signal_t *handle, int signum)
{
	struct loop_signal *sig = handle->data;
	sig->fn(sig->ctx, signum);
}

struct loop_signal *
loop_signal_new(struct loop *loop, int signum, loop_signal_fn *fn, void *ctx)
{
	struct loop_signal *sig = MEM_NEW(struct loop_signal);
	sig->loop = loop;
	sig->fn = fn;
	sig->ctx = ctx;
	sig->handle.data = sig;
	uv_signal_init(&loop->uv, &sig->handle);
	BUG_ON(uv_signal_start(&sig->handle, on_signal, signum) != 0);
	loop->objects++;
	return sig;
}

static void
on_signal_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

void
loop_signal_free(struct loop_signal *sig)
{
	if (!sig)
		return;
	sig->loop->objects--;
	uv_signal_stop(&sig->handle);
	uv_close((uv_handle_t *)&sig->handle, on_signal_closed);
}

uint64_t
loop_defer(struct loop *loop, loop_fn *fn, void *ctx)
{
	struct deferred *d = MEM_NEW(struct deferred);
	*d = (struct deferred){.id = ++loop->last_id, .fn = fn, .ctx = ctx};
	struct deferred **p = &loop->deferred;
	while (*p)
		p = &(*p)->next;
	*p = d;
	uv_idle_start(&loop->defer_idle, run_deferred);
	return d->id;
}

void
loop_defer_cancel(struct loop *loop, uint64_t id)
{
	struct deferred **p = &loop->deferred;
	while (*p && (*p)->id != id)
		p = &(*p)->next;
	if (*p) {
		struct deferred *d = *p;
		*p = d->next;
		mem_free(d);
	}
}

void
loop_job(struct loop *loop, loop_fn *work, loop_fn *done, void *ctx)
{
	jobs_start(loop->jobs, work, done, ctx);
}
