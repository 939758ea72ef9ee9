/* SPDX-License-Identifier: MIT */
/* The guard with nobody behind it but a pair of ears. */
#include "cockpit/term_listen.h"

#include "cockpit/base_mem.h"
#include "local.h"

struct listener {
	struct guard guard;
	struct screen_counters counters;
	const struct screen_ops *ops;
	void *ctx;
};

static void
no_text(void *ctx, struct str run)
{
	(void)ctx;
	(void)run;
}

static void
no_glyph(void *ctx, uint32_t cp)
{
	(void)ctx;
	(void)cp;
}

static void
no_sequence(void *ctx, const struct guard_seq *seq)
{
	(void)ctx;
	(void)seq;
}

static void
hear_control(void *ctx, unsigned char c)
{
	struct listener *l = ctx;
	const struct screen_signal bell = {SCREEN_SIGNAL_BELL, STR("")};

	if (c == '\a')
		l->ops->signal(l->ctx, &bell);
}

static void
hear_string(void *ctx, enum guard_string kind, struct str text)
{
	struct listener *l = ctx;
	struct screen_signal signal;

	if (strings_signal(kind, text, &signal))
		l->ops->signal(l->ctx, &signal);
}

struct listener *
listener_new(const struct screen_ops *ops, void *ctx)
{
	static const struct guard_ops guard_ops = {.ascii = no_text,
		.glyph = no_glyph,
		.control = hear_control,
		.escape = no_sequence,
		.csi = no_sequence,
		.string = hear_string};
	struct listener *l = MEM_NEW(struct listener);

	l->ops = ops;
	l->ctx = ctx;
	guard_init(&l->guard, &guard_ops, l, &l->counters);
	return l;
}

void
listener_free(struct listener *l)
{
	mem_free(l);
}

void
listener_feed(struct listener *l, struct str bytes)
{
	guard_feed(&l->guard, bytes);
}
