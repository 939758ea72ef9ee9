/* SPDX-License-Identifier: MIT */
/*
 * A look-up can take half a minute and cannot be stopped; nobody who leaves
 * shall wait for it. So threads are detached, and what they share with the loop
 * outlives it until the last of them is through.
 */
#include "jobs.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "cockpit/base_mem.h"

struct job {
	struct jobs *jobs;
	loop_fn *work, *done;
	void *ctx;
	struct job *next; /* among those whose work is done */
};

struct jobs {
	pthread_mutex_t lock; /* for wake, finished and running */
	uv_async_t *wake;     /* NULL: the loop is gone; holds it up only while jobs are out */
	struct job *finished;
	int running; /* threads, and the loop itself */
	int out;     /* started and not called back; the loop's thread alone */
};

/* What was out when its loop ended is called back by nobody: the program is ending. It stays
 * where a leak checker finds it. */
static pthread_mutex_t left_lock = PTHREAD_MUTEX_INITIALIZER;
static struct job *left;

static void
set_aside(struct job *job)
{
	pthread_mutex_lock(&left_lock);
	job->next = left;
	left = job;
	pthread_mutex_unlock(&left_lock);
}

static void
leave(struct jobs *jobs)
{
	bool last = --jobs->running == 0;
	pthread_mutex_unlock(&jobs->lock);
	if (last) {
		pthread_mutex_destroy(&jobs->lock);
		mem_free(jobs);
	}
}

static void *
run(void *arg)
{
	struct job *job = arg;
	struct jobs *jobs = job->jobs;
	job->work(job->ctx);
	pthread_mutex_lock(&jobs->lock);
	if (jobs->wake) {
		job->next = jobs->finished;
		jobs->finished = job;
		uv_async_send(jobs->wake);
	} else {
		set_aside(job);
	}
	leave(jobs);
	return NULL;
}

static void
call_back(struct jobs *jobs, uv_async_t *wake)
{
	pthread_mutex_lock(&jobs->lock);
	struct job *job = jobs->finished;
	jobs->finished = NULL;
	pthread_mutex_unlock(&jobs->lock);
	while (job) {
		struct job *next = job->next;
		if (--jobs->out == 0)
			uv_unref((uv_handle_t *)wake);
		job->done(job->ctx);
		mem_free(job);
		job = next;
	}
}

static void
on_wake(uv_async_t *wake)
{
	call_back(wake->data, wake);
}

struct jobs *
jobs_new(uv_loop_t *uv)
{
	struct jobs *jobs = MEM_NEW(struct jobs);
	pthread_mutex_init(&jobs->lock, NULL);
	jobs->running = 1;
	jobs->wake = MEM_NEW(uv_async_t);
	uv_async_init(uv, jobs->wake, on_wake);
	jobs->wake->data = jobs;
	uv_unref((uv_handle_t *)jobs->wake);
	return jobs;
}

void
jobs_start(struct jobs *jobs, loop_fn *work, loop_fn *done, void *ctx)
{
	struct job *job = MEM_NEW(struct job);
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	*job = (struct job){.jobs = jobs, .work = work, .done = done, .ctx = ctx};
	if (!jobs->wake) { /* the loop is ending */
		set_aside(job);
		return;
	}
	pthread_mutex_lock(&jobs->lock);
	jobs->running++;
	pthread_mutex_unlock(&jobs->lock);
	if (jobs->out++ == 0)
		uv_ref((uv_handle_t *)jobs->wake);
	/* Signals are for the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	BUG_ON(pthread_create(&thread, &attr, run, job) != 0);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void
on_closed(uv_handle_t *wake)
{
	mem_free(wake);
}

void
jobs_free(struct jobs *jobs)
{
	pthread_mutex_lock(&jobs->lock);
	uv_async_t *wake = jobs->wake;
	jobs->wake = NULL;
	pthread_mutex_unlock(&jobs->lock);
	call_back(jobs, wake);
	uv_close((uv_handle_t *)wake, on_closed);
	pthread_mutex_lock(&jobs->lock);
	leave(jobs);
}
