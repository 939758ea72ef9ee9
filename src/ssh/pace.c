/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_str.h"
#include "cockpit/io_loop.h"

#define ALL_MAX      8
#define SERVER_MAX   6
#define REFUSALS_MAX 8
#define RETRY_MS     INT64_C(250)

struct server {
	char *name;
	int turns;  /* that know it */
	int active; /* of them */
	int limit;  /* as far as it was seen to allow */
	struct server *next;
};

enum turn_state { TURN_WAITING, TURN_DUE, TURN_ACTIVE, TURN_YIELDED };

struct turn {
	struct pace *pace;
	struct server *server;
	enum turn_state state;
	int refusals;
	struct loop_timer *pause; /* after a refusal; armed: not yet */
	void (*granted)(void *ctx);
	void *ctx;
	struct turn *next;
};

struct pace {
	struct loop *loop;
	struct server *servers;
	struct turn *turns; /* in the order in which they came */
	int active;
	uint64_t tell_id;
};

static void
tell(void *ctx)
{
	struct pace *pace = ctx;
	pace->tell_id = 0;
	for (struct turn *turn = pace->turns; turn; turn = turn->next) {
		if (turn->state != TURN_DUE)
			continue;
		/* The list may be another one after the call. */
		turn->state = TURN_ACTIVE;
		pace->tell_id = loop_defer(pace->loop, tell, pace);
		turn->granted(turn->ctx);
		return;
	}
}

static bool
grant(struct turn *turn, enum turn_state state)
{
	struct pace *pace = turn->pace;
	if (turn->state != TURN_WAITING || loop_timer_armed(turn->pause) ||
		pace->active >= ALL_MAX || turn->server->active >= turn->server->limit)
		return false;
	pace->active++;
	turn->server->active++;
	turn->state = state;
	return true;
}

static void
grant_more(struct pace *pace)
{
	for (struct turn *turn = pace->turns; turn; turn = turn->next)
		if (grant(turn, TURN_DUE) && !pace->tell_id)
			pace->tell_id = loop_defer(pace->loop, tell, pace);
}

static void
on_pause_over(void *ctx)
{
	grant_more(((struct turn *)ctx)->pace);
}

static void
give_back(struct turn *turn)
{
	if (turn->state == TURN_WAITING)
		return;
	turn->server->active--;
	if (turn->state != TURN_YIELDED)
		turn->pace->active--;
	turn->state = TURN_WAITING;
}

static struct server *
find_server(struct pace *pace, const char *name)
{
	for (struct server *server = pace->servers; server; server = server->next)
		if (strcmp(server->name, name) == 0)
			return server;
	struct server *server = MEM_NEW(struct server);
	*server = (struct server){
		.name = mem_strdup(name), .limit = SERVER_MAX, .next = pace->servers};
	return pace->servers = server;
}

static void
drop_server(struct pace *pace, struct server *server)
{
	struct server **p = &pace->servers;
	if (--server->turns > 0)
		return;
	while (*p != server)
		p = &(*p)->next;
	*p = server->next;
	mem_free(server->name);
	mem_free(server);
}

struct pace *
pace_new(struct loop *loop)
{
	struct pace *pace = MEM_NEW(struct pace);
	pace->loop = loop;
	return pace;
}

void
pace_free(struct pace *pace)
{
	if (!pace)
		return;
	BUG_ON(pace->turns != NULL);
	if (pace->tell_id)
		loop_defer_cancel(pace->loop, pace->tell_id);
	mem_free(pace);
}

struct turn *
turn_new(struct pace *pace, const char *server, void (*granted)(void *ctx), void *ctx)
{
	struct turn *turn = MEM_NEW(struct turn);
	*turn = (struct turn){.pace = pace,
		.server = find_server(pace, server),
		.granted = granted,
		.ctx = ctx};
	turn->pause = loop_timer_new(pace->loop, on_pause_over, turn);
	turn->server->turns++;
	struct turn **p = &pace->turns;
	while (*p)
		p = &(*p)->next;
	*p = turn;
	/* Whoever waits for this server came before. */
	for (struct turn *other = pace->turns; other != turn; other = other->next)
		if (other->state == TURN_WAITING && other->server == turn->server)
			return turn;
	grant(turn, TURN_ACTIVE);
	return turn;
}

bool
turn_granted(const struct turn *turn)
{
	return turn->state == TURN_ACTIVE || turn->state == TURN_YIELDED;
}

void
turn_yield(struct turn *turn)
{
	if (turn->state != TURN_ACTIVE)
		return;
	turn->state = TURN_YIELDED;
	turn->pace->active--;
	grant_more(turn->pace);
}

bool
turn_refused(struct turn *turn)
{
	struct server *server = turn->server;
	int others = server->active - 1;
	if (turn->refusals == REFUSALS_MAX)
		return false;
	if (others < server->limit)
		server->limit = others > 1 ? others : 1;
	give_back(turn);
	loop_timer_set(turn->pause, RETRY_MS << (turn->refusals < 4 ? turn->refusals : 4));
	turn->refusals++;
	grant_more(turn->pace);
	return true;
}

void
turn_free(struct turn *turn)
{
	if (!turn)
		return;
	struct pace *pace = turn->pace;
	struct turn **p = &pace->turns;
	give_back(turn);
	while (*p != turn)
		p = &(*p)->next;
	*p = turn->next;
	loop_timer_free(turn->pause);
	drop_server(pace, turn->server);
	mem_free(turn);
	grant_more(pace);
}
