/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "hook"
#include "hook.h"

#include "cockpit/base_err.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"

#define RUNS_MAX    4
#define DEADLINE_MS 10000

struct run {
	struct run *next;
	struct hook *hook; /* NULL: nobody waits any more */
	struct stream *stream;
	struct loop_timer *deadline;
};

struct hook {
	struct loop *loop;
	char **argv;
	struct run *runs;
	int count;
	unsigned dropped;
};

struct hook *
hook_new(struct loop *loop, char *const argv[])
{
	struct hook *hook = MEM_NEW(struct hook);
	hook->loop = loop;
	hook->argv = mem_copy_words((const char *const *)argv);
	return hook;
}

void
hook_use(struct hook *hook, char *const argv[])
{
	mem_free_words(hook->argv);
	hook->argv = mem_copy_words((const char *const *)argv);
}

static void
forget(struct run *run)
{
	struct hook *hook = run->hook;
	if (!hook)
		return;
	for (struct run **at = &hook->runs; *at; at = &(*at)->next) {
		if (*at != run)
			continue;
		*at = run->next;
		break;
	}
	hook->count--;
	run->hook = NULL;
}

/* What it prints is nobody's. */
static void
on_out(void *ctx, struct str bytes)
{
	(void)ctx;
	(void)bytes;
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct run *run = ctx;
	if (run->hook && (end->err || end->code != 0))
		log_warn("the command ended with %s",
			end->err ? "an error" : "a status that is not 0");
	forget(run);
	loop_timer_free(run->deadline);
	mem_free(run);
}

static void
on_deadline(void *ctx)
{
	struct run *run = ctx;
	log_warn("the command takes too long: ended");
	stream_close(run->stream);
}

void
hook_run(struct hook *hook, const char *const environment[])
{
	static const struct stream_ops ops = {.out = on_out, .closed = on_closed};
	struct err err = ERR_INIT;
	if (hook->count >= RUNS_MAX) {
		hook->dropped++;
		log_warn("%d commands run already: %u dropped so far", RUNS_MAX, hook->dropped);
		return;
	}
	struct run *run = MEM_NEW(struct run);
	run->stream = process_open_env(hook->loop, (const char *const *)hook->argv, NULL,
		environment, &ops, run, &err);
	if (!run->stream) {
		log_warn("the command could not be started: %s", err.text);
		mem_free(run);
		return;
	}
	stream_shutdown(run->stream);
	run->deadline = loop_timer_new(hook->loop, on_deadline, run);
	loop_timer_set(run->deadline, DEADLINE_MS);
	run->hook = hook;
	run->next = hook->runs;
	hook->runs = run;
	hook->count++;
}

void
hook_free(struct hook *hook)
{
	if (!hook)
		return;
	while (hook->runs) {
		struct run *run = hook->runs;
		hook->runs = run->next;
		run->hook = NULL;
		loop_timer_cancel(run->deadline);
		stream_close(run->stream);
	}
	mem_free_words(hook->argv);
	mem_free(hook);
}
