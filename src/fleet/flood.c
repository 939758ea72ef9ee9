/* SPDX-License-Identifier: MIT */
/*
 * Frames, not bytes. A pane that prints more than a person can read is left
 * paused at its source and shown by pictures, at a rate that a person can see:
 * it costs what is seen of it, not what it prints. The pictures of a fleet are
 * asked for on one beat, so that they meet in one frame, and so many at most.
 *
 * It is calm again when two pictures are equal. One that never stands still
 * (a spinner) is tried now and then: its bytes are let through, and if they flood
 * again, the next try comes later. What it printed meanwhile is not lost: the
 * history is tmux's.
 */
#include "cockpit/base_clock.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define BEAT_MS      33 /* the focused one: 30 pictures a second */
#define SLOW_BEATS   3  /* the others: at most 10 a second */
#define PICTURES_MAX 2  /* a beat, of the others: the more flood, the slower each */
#define WINDOW_MS    250
#define TRY_MS       1000
#define TRY_LONGEST  8000

/* Bytes a window; a person reads perhaps 100 bytes in that time, a program may draw a whole
 * screen several times. Hidden ones are only listened to. */
static const size_t limits[] = {
	[ACT_HIDDEN] = 16u << 10,
	[ACT_SHOWN] = 32u << 10,
	[ACT_FOCUSED] = 256u << 10,
};

void
flood_count(struct agent *agent, size_t bytes)
{
	int64_t now = clock_ms();
	if (now - agent->window_at > WINDOW_MS) {
		agent->try_ms = 0; /* a whole calm window */
		agent->window_at = now;
		agent->window_bytes = 0;
	}
	agent->window_bytes += bytes;
	if (agent->window_bytes <= limits[agent->attention] || agent->flooded)
		return;
	agent->flooded = true;
	agent->try_ms = agent->try_ms ? agent->try_ms * 2 : TRY_MS;
	if (agent->try_ms > TRY_LONGEST)
		agent->try_ms = TRY_LONGEST;
	agent->try_at = now + agent->try_ms;
	agent->picture = 0;
	sync_start(agent);
	if (!loop_timer_armed(agent->fleet->beat))
		loop_timer_set(agent->fleet->beat, BEAT_MS);
}

void
flood_picture(struct agent *agent, struct str text)
{
	uint64_t picture = str_hash(STR_HASH_INIT, text) | 1; /* never 0: that is none */
	if (picture == agent->picture) {
		agent->flooded = false;
		sync_paused(agent);
		return;
	}
	agent->picture = picture;
	evidence_output(&agent->ev, clock_ms());
	fleet_judge(agent->fleet, agent);
}

/* True if a picture was asked for that counts against the beat's budget. */
static bool
look(struct agent *agent, bool room, int64_t now)
{
	struct fleet *fleet = agent->fleet;
	bool due = fleet->beats - agent->looked >= SLOW_BEATS && agent->attention == ACT_SHOWN;
	bool focused = agent->attention == ACT_FOCUSED;
	if (now >= agent->try_at) {
		agent->flooded = false;
		agent->window_at = now;
		agent->window_bytes = 0;
	} else if (!focused && !(due && room)) {
		return false;
	}
	agent->looked = fleet->beats;
	sync_paused(agent);
	return !focused;
}

void
flood_beat(void *ctx)
{
	struct fleet *fleet = ctx;
	int64_t now = clock_ms();
	bool some = false;
	int pictures = 0, next = fleet->turn;
	fleet->beats++;
	/* Round robin, so that every one gets its turn. */
	for (int i = 0; i < fleet->agent_count; i++) {
		int at = (fleet->turn + i) % fleet->agent_count;
		struct agent *agent = fleet->agents[at];
		some = some || agent->flooded;
		/* One whose picture is still on its way is not asked for another. */
		if (agent->sync != SYNC_FLOODED)
			continue;
		if (look(agent, pictures < PICTURES_MAX, now) && ++pictures == PICTURES_MAX)
			next = at + 1;
	}
	fleet->turn = next;
	if (some)
		loop_timer_set(fleet->beat, BEAT_MS);
}
