/* SPDX-License-Identifier: MIT */
#include "aside.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

#define STACK_BYTES (1u << 20)

struct aside {
	void (*body)(void *ctx);
	void *ctx;
	pthread_t thread;
	sem_t go, back;
	bool inside, ended;
};

static void
wait_on(sem_t *sem)
{
	while (sem_wait(sem) < 0)
		BUG_ON(errno != EINTR);
}

static void *
run(void *arg)
{
	struct aside *aside = arg;
	wait_on(&aside->go);
	aside->body(aside->ctx);
	aside->ended = true;
	sem_post(&aside->back);
	return NULL;
}

struct aside *
aside_new(void (*body)(void *ctx), void *ctx, struct err *err)
{
	sigset_t all, before;
	pthread_attr_t attr;
	struct aside *aside = MEM_NEW(struct aside);
	aside->body = body;
	aside->ctx = ctx;
	sem_init(&aside->go, 0, 0);
	sem_init(&aside->back, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&aside->thread, &attr, run, aside);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (errno == 0)
		return aside;
	err_errno(err, "no thread for the login");
	sem_destroy(&aside->go);
	sem_destroy(&aside->back);
	mem_free(aside);
	return NULL;
}

void
aside_free(struct aside *aside)
{
	if (!aside)
		return;
	BUG_ON(!aside->ended);
	pthread_join(aside->thread, NULL);
	sem_destroy(&aside->go);
	sem_destroy(&aside->back);
	mem_free(aside);
}

bool
aside_run(struct aside *aside)
{
	BUG_ON(aside->ended || aside->inside);
	aside->inside = true;
	sem_post(&aside->go);
	wait_on(&aside->back);
	aside->inside = false;
	return aside->ended;
}

void
aside_pause(struct aside *aside)
{
	sem_post(&aside->back);
	wait_on(&aside->go);
}

bool
aside_inside(const struct aside *aside)
{
	return aside->inside;
}
