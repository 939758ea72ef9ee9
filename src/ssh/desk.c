/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"

struct desk_seat {
	struct desk *desk;
	struct desk_seat *next; /* in the order in which they came */
	char *topic;
	desk_fn *fn;
	void *ctx;
	bool asks;
	enum desk_word word; /* to be told */
	uint64_t told_id;    /* 0: nothing is to be told */
};

struct desk {
	struct loop *loop;
	struct desk_seat *first;
};

struct desk *
desk_new(struct loop *loop)
{
	struct desk *desk = MEM_NEW(struct desk);
	desk->loop = loop;
	return desk;
}

void
desk_free(struct desk *desk)
{
	BUG_ON(desk->first != NULL);
	mem_free(desk);
}

static void
release(struct desk_seat *seat)
{
	struct desk_seat **at = &seat->desk->first;
	while (*at != seat)
		at = &(*at)->next;
	*at = seat->next;
	if (seat->told_id)
		loop_defer_cancel(seat->desk->loop, seat->told_id);
	mem_free(seat->topic);
	mem_free(seat);
}

static void
tell_now(void *ctx)
{
	struct desk_seat *seat = ctx;
	desk_fn *fn = seat->fn;
	void *its = seat->ctx;
	enum desk_word word = seat->word;
	seat->told_id = 0;
	if (word != DESK_ASK)
		release(seat);
	fn(its, word);
}

static void
tell(struct desk_seat *seat, enum desk_word word)
{
	seat->asks = word == DESK_ASK;
	seat->word = word;
	if (!seat->told_id)
		seat->told_id = loop_defer(seat->desk->loop, tell_now, seat);
}

/* Those who have been told are as good as gone. */
static bool
waits(const struct desk_seat *seat, const char *topic)
{
	return !seat->told_id && !seat->asks && strcmp(seat->topic, topic) == 0;
}

struct desk_seat *
desk_take(struct desk *desk, const char *topic, desk_fn *fn, void *ctx)
{
	bool asked = false;
	struct desk_seat **end = &desk->first;
	for (; *end; end = &(*end)->next)
		asked |= (*end)->asks && strcmp((*end)->topic, topic) == 0;
	struct desk_seat *seat = *end = MEM_NEW(struct desk_seat);
	*seat = (struct desk_seat){
		.desk = desk, .topic = mem_strdup(topic), .fn = fn, .ctx = ctx};
	if (!asked)
		tell(seat, DESK_ASK);
	return seat;
}

void
desk_settle(struct desk_seat *seat, enum desk_word word)
{
	for (struct desk_seat *other = seat->desk->first; other; other = other->next)
		if (other != seat && waits(other, seat->topic))
			tell(other, word);
	release(seat);
}

void
desk_leave(struct desk_seat *seat)
{
	if (!seat)
		return;
	struct desk_seat *heir = seat->asks ? seat->desk->first : NULL;
	while (heir && (heir == seat || !waits(heir, seat->topic)))
		heir = heir->next;
	if (heir)
		tell(heir, DESK_ASK);
	release(seat);
}
