/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include <signal.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "session.h"

enum { SIGNALS = 3 };
static const int signals[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

struct interrupt {
	struct session *session;
	enum doing_kind kind;
	uint32_t agent;
	int came;
	struct loop_signal *signals[SIGNALS];
};

static void
on_signal(void *ctx, int signum)
{
	struct interrupt *interrupt = ctx;
	struct pilot *pilot = interrupt->session->pilot;
	struct doing doings[DOINGS_MAX];
	if (interrupt->came) {
		signal(signum, SIG_DFL);
		raise(signum);
		return;
	}
	interrupt->came = signum;
	int count = pilot_doings(pilot, doings, DOINGS_MAX);
	for (int i = 0; i < count; i++) {
		if (doings[i].kind != interrupt->kind || doings[i].agent != interrupt->agent)
			continue;
		(void)pilot_cancel(pilot, doings[i].id, NULL);
		break;
	}
}

/* As nohup does, or a shell for what it runs in the background: it stays so. */
static bool
is_ignored(int signum)
{
	struct sigaction old;
	return sigaction(signum, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

struct interrupt *
interrupt_new(struct session *s, enum doing_kind kind, uint32_t agent)
{
	struct interrupt *interrupt = MEM_NEW(struct interrupt);
	*interrupt = (struct interrupt){.session = s, .kind = kind, .agent = agent};
	for (int i = 0; i < SIGNALS; i++) {
		if (!is_ignored(signals[i]))
			interrupt->signals[i] =
				loop_signal_new(s->loop, signals[i], on_signal, interrupt);
	}
	return interrupt;
}

int
interrupt_free(struct interrupt *interrupt)
{
	int came = interrupt->came;
	for (int i = 0; i < SIGNALS; i++)
		loop_signal_free(interrupt->signals[i]);
	mem_free(interrupt);
	return came;
}
