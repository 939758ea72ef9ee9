/* SPDX-License-Identifier: MIT */
/*
 * Whether a host is still there. TCP does not tell for many minutes, SSH's own
 * keep-alive proves no more than that sshd lives; so the question goes all the way, to
 * the tmux server, over the stream that carries everything else:
 *
 *   heard ── 15 s ──▶ asked ── 10 s ──▶ stale ── 20 s ──▶ closed
 *     ▲                 │                 │
 *     └─── any byte ────┴─────────────────┘
 *
 * A key that was typed is a question too. After a jump of the clock (the machine
 * slept) nothing is known about any link: all are asked at once and have 3 s. So are the
 * stale ones when this machine may have come back to a network; the lost ones are tried then.
 *
 * A timer only looks whether it is time: bytes that come set none. Who asks one host
 * asks those too whose time is near. From then on they are silent together: many idle hosts
 * wake us now and then, not each on its own.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define QUIET_MS   15000
#define ANSWER_MS  10000
#define CLOSE_MS   30000 /* after the question */
#define SUSPECT_MS 3000
#define LATE_MS    5000 /* no timer is so late unless the clock jumped */
#define NEAR_MS    5000
#define ALIGN_MS   1000

static void
nonce(const struct host *host, unsigned number, char ret[40])
{
	snprintf(ret, 40, "cockpit-%016" PRIx64 "-%u", host->secret, number);
}

/* Replies come in order. One that is not the answer is a reply to something else: then none of
 * them can be trusted. */
static void
on_answer(void *ctx, int status, struct str text)
{
	struct host *host = ctx;
	char want[40];
	if (status == ERR_CANCELED)
		return;
	nonce(host, ++host->answers, want);
	if (status < 0 || !str_eqc(text, want))
		host->forged = true;
}

static void
ask(struct host *host)
{
	char line[64], text[40];
	nonce(host, ++host->questions, text);
	snprintf(line, sizeof(line), "display-message -p %s", text);
	/* Too much waits for it already: those are questions enough. */
	if (host_line(host, str_from(line), 1, 0, on_answer, host) < 0)
		host->questions--;
	host->asked_at = clock_ms();
}

static void
look_at(struct host *host, int64_t when)
{
	int64_t wait = when - clock_ms();
	host_set_timer(host, wait > 0 ? wait : 0);
}

void
probe_start(struct host *host)
{
	host->heard_at = host->ready_at = clock_ms();
	host->asked_at = host->lost_at = host->retry_at = 0;
	host->suspect = NULL;
	probe_due(host);
}

void
probe_heard(struct host *host)
{
	host->heard_at = clock_ms();
	host->asked_at = 0;
	host->suspect = NULL;
	host_step(host, HOST_SPEAKS);
}

void
probe_typed(struct host *host)
{
	int64_t now = clock_ms();
	if (host->asked_at)
		return;
	host->asked_at = now;
	if (host->due > now + ANSWER_MS)
		look_at(host, now + ANSWER_MS);
}

void
probe_nudge(struct host *host)
{
	int64_t asked = host->asked_at; /* how long it may be silent is not changed by this */
	ask(host);
	host->asked_at = asked;
}

static void
close_silent(struct host *host)
{
	char text[80], age[8];
	clock_age(clock_ms() - host->heard_at, age);
	if (host->suspect)
		snprintf(text, sizeof(text), "it does not answer since %s", host->suspect);
	else
		snprintf(text, sizeof(text), "nothing came from it for %s", age);
	host->hurry = host->suspect != NULL;
	host_fail(host, ERR_TIMEOUT, text);
}

/* Its answer is expected no sooner than if it had been asked in time. */
static void
ask_early(struct host *host)
{
	ask(host);
	if (host->asked_at < host->heard_at + QUIET_MS)
		host->asked_at = host->heard_at + QUIET_MS;
	look_at(host, host->asked_at + ANSWER_MS);
}

static void
ask_near(struct fleet *fleet)
{
	int64_t now = clock_ms();
	for (int i = 0; i < fleet->host_count; i++) {
		struct host *host = &fleet->hosts[i];
		if (host->state == HOST_READY && !host->asked_at &&
			now - host->heard_at >= QUIET_MS - NEAR_MS)
			ask_early(host);
	}
}

void
probe_due(struct host *host)
{
	int64_t now = clock_ms();
	if (!host->asked_at && now - host->heard_at >= QUIET_MS)
		ask_near(host->fleet);
	int64_t asked = host->asked_at;
	if (!asked) {
		int64_t when = host->heard_at + QUIET_MS + ALIGN_MS - 1;
		look_at(host, when - when % ALIGN_MS);
	} else if (now - asked >= (host->suspect ? SUSPECT_MS : CLOSE_MS)) {
		close_silent(host);
	} else if (host->suspect) {
		look_at(host, asked + SUSPECT_MS);
	} else if (now - asked >= ANSWER_MS) {
		host_step(host, HOST_IS_SILENT);
		look_at(host, asked + CLOSE_MS);
	} else {
		look_at(host, asked + ANSWER_MS);
	}
}

static void
suspect(struct host *host, const char *why)
{
	host->suspect = why;
	ask(host);
	look_at(host, host->asked_at + SUSPECT_MS);
}

static void
suspect_slept(struct host *host)
{
	suspect(host, "this machine slept");
}

static void
suspect_moved(struct host *host)
{
	suspect(host, "this machine's network changed");
}

/* Half way up: whatever it has asked for may be lost. */
static void
suspect_probing(struct host *host)
{
	host->hurry = true;
	host_fail(host, ERR_TIMEOUT, "this machine slept while it came up");
}

typedef void host_fn(struct host *host);

static void
act_on_all(struct fleet *fleet, host_fn *const acts[HOST_STATE_COUNT])
{
	if (fleet->flags & FLEET_STEADY)
		return;
	for (int i = 0; i < fleet->host_count; i++) {
		struct host *host = &fleet->hosts[i];
		host->tries = 0;
		if (acts[host->state])
			acts[host->state](host);
	}
}

void
probe_all(struct fleet *fleet)
{
	static host_fn *const acts[HOST_STATE_COUNT] = {
		[HOST_READY] = suspect_slept,
		[HOST_STALE] = suspect_slept,
		[HOST_PROBING] = suspect_probing,
		[HOST_LOST] = host_connect,
	};
	act_on_all(fleet, acts);
}

void
probe_network(struct fleet *fleet)
{
	static host_fn *const acts[HOST_STATE_COUNT] = {
		[HOST_STALE] = suspect_moved,
		[HOST_LOST] = retry_hurry,
	};
	act_on_all(fleet, acts);
}

bool
probe_is_late(const struct host *host)
{
	return clock_ms() - host->due > LATE_MS;
}
