/* SPDX-License-Identifier: MIT */
/*
 * A jump host is found by how it was written (host, user, port, the hops before
 * it, the file), which costs nothing; when ssh has said what that means, those
 * who wait move to another connection if one leads to the same place.
 *
 * Users are told from deferred calls of their own, so whatever they free then,
 * no list is being walked. A jump host that failed is kept for a moment without
 * its connection: whoever was there before it failed shares that, or fifty links
 * that start at once would try a wrong key fifty times.
 */
#include "jump.h"

#include <stdio.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "limit.h"
#include "pool.h"
#include "session.h"

#define LOG_MODULE "ssh"

#define LINGER_MS  10000
#define HOPS_MAX   8
#define NAME_SIZE  128

enum state { JUMP_COMING, JUMP_READY, JUMP_DEAD };

struct jump {
	struct ssh_pool *pool;
	struct jump *next;
	struct ssh_hop hop;
	char *file;           /* or NULL */
	char *key;            /* what ssh makes of it; NULL: not known yet */
	char name[NAME_SIZE]; /* safe */
	int hops;             /* that ask for it, one behind the other, with it */
	struct jump *behind;  /* the one on the way to it; NULL: none, or not known yet */
	enum state state;
	struct err why;     /* dead */
	struct limit limit; /* the same; none, or why ssh(1) could have gone on */
	uint64_t died;      /* by the pool's clock; 0: to no one's knowledge */
	struct ssh_session *session;
	struct tunnels *tunnels; /* once ready */
	struct jump_user *users;
	struct jump_user *asked; /* by the session; NULL: nobody */
	char doing[80];
	struct loop_timer *linger;
	uint64_t run_id;
	int depth; /* callbacks of the session that are on the stack */
};

struct jump_user {
	struct jump *jump;
	struct jump_user *next;
	struct jump *via; /* it is for this one */
	const struct jump_ops *ops;
	void *ctx;
	uint64_t tell_id;
	bool status_due, told_ready, told_failed;
};

static void
tell(void *ctx)
{
	struct jump_user *user = ctx;
	struct jump *jump = user->jump;
	struct err err = jump->why;
	char text[NAME_SIZE + sizeof(jump->doing) + 16];
	user->tell_id = 0;
	if (user->status_due) {
		user->status_due = false;
		if (jump->state != JUMP_COMING)
			user->tell_id = loop_defer(jump->pool->loop, tell, user);
		snprintf(text, sizeof(text), "jump host %s: %s", jump->name, jump->doing);
		user->ops->status(user->ctx, text);
	} else if (jump->state == JUMP_DEAD && !user->told_failed) {
		user->told_failed = true;
		err_prefix(&err, "jump host %s", jump->name);
		user->ops->failed(user->ctx, &err);
	} else if (jump->state == JUMP_READY && !user->told_ready) {
		user->told_ready = true;
		user->ops->ready(user->ctx);
	}
}

static void
tell_later(struct jump_user *user)
{
	if (!user->tell_id)
		user->tell_id = loop_defer(user->jump->pool->loop, tell, user);
}

static void
tell_all(struct jump *jump)
{
	for (struct jump_user *user = jump->users; user; user = user->next)
		tell_later(user);
}

static void
hang_up(struct jump *jump)
{
	tunnels_free(jump->tunnels);
	jump->tunnels = NULL;
	ssh_session_free(jump->session);
	jump->session = NULL;
}

static void
destroy(struct jump *jump)
{
	struct ssh_pool *pool = jump->pool;
	struct jump **p = &pool->jumps;
	while (*p != jump)
		p = &(*p)->next;
	*p = jump->next;
	hang_up(jump);
	if (jump->run_id)
		loop_defer_cancel(pool->loop, jump->run_id);
	loop_timer_free(jump->linger);
	ssh_hop_release(&jump->hop);
	mem_free(jump->file);
	mem_free(jump->key);
	mem_free(jump);
	ssh_pool_unref(pool);
}

static void
on_linger_over(void *ctx)
{
	struct jump *jump = ctx;
	if (!jump->users)
		destroy(jump);
}

static void
run(void *ctx)
{
	struct jump *jump = ctx;
	jump->run_id = 0;
	if (jump->state == JUMP_READY) {
		jump->depth++;
		tunnels_run(jump->tunnels);
		jump->depth--;
		ssh_session_settle(jump->session);
	} else if (jump->state == JUMP_DEAD && !jump->users) {
		hang_up(jump);
	}
}

static void
on_wake(void *ctx)
{
	struct jump *jump = ctx;
	if (!jump->run_id)
		jump->run_id = loop_defer(jump->pool->loop, run, jump);
}

static void
on_status(void *ctx, const char *what)
{
	struct jump *jump = ctx;
	snprintf(jump->doing, sizeof(jump->doing), "%s", what);
	for (struct jump_user *user = jump->users; user; user = user->next)
		user->status_due = true;
	tell_all(jump);
}

static void
on_ready(void *ctx)
{
	struct jump *jump = ctx;
	jump->state = JUMP_READY;
	jump->tunnels = tunnels_new(jump->pool->loop, jump->session, jump->name, on_wake, jump);
	tell_all(jump);
}

static void
on_io(void *ctx)
{
	struct jump *jump = ctx;
	jump->depth++;
	tunnels_run(jump->tunnels);
	jump->depth--;
}

static void
die(struct jump *jump, const struct err *why)
{
	jump->state = JUMP_DEAD;
	jump->why = *why;
	jump->died = jump->pool->clock;
	if (jump->tunnels)
		tunnels_end(jump->tunnels);
	tell_all(jump);
}

static bool
on_ask(void *ctx, const struct link_ask *ask)
{
	struct jump *jump = ctx;
	for (struct jump_user *user = jump->users; user; user = user->next) {
		jump->asked = user; /* before: the answer may come at once */
		if (user->ops->ask(user->ctx, ask))
			return true;
	}
	jump->asked = NULL;
	return false;
}

static void
on_unask(void *ctx)
{
	struct jump *jump = ctx;
	struct jump_user *user = jump->asked;
	jump->asked = NULL;
	if (user)
		user->ops->unask(user->ctx);
}

static void
on_failed(void *ctx, const struct err *why)
{
	struct jump *jump = ctx;
	const struct limit *limit = ssh_session_limit(jump->session);
	if (limit && jump->state == JUMP_COMING) {
		limit_set(&jump->limit, "jump host %s: %s", jump->name, limit->text);
		jump->limit.host_key = limit->host_key;
	}
	die(jump, why);
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether the way to jump leads over that one. */
static bool
leads_over(const struct jump *jump, const struct jump *that)
{
	while (jump && jump != that)
		jump = jump->behind;
	return jump != NULL;
}

static int
refuse_circle(const struct jump *jump, struct err *err)
{
	return err_set(err, ERR_CONFIG,
		"ProxyJump leads in a circle: the way to jump host %s goes over itself",
		jump->name);
}

static void
move_users(struct jump *from, struct jump *to)
{
	while (from->users) {
		struct jump_user *user = from->users;
		from->users = user->next;
		user->jump = to;
		user->next = to->users;
		to->users = user;
		user->status_due = to->doing[0] != '\0';
		if (user->via)
			user->via->behind = to;
		tell_later(user);
	}
	loop_timer_cancel(to->linger);
}

/* Two names of one place share the connection. */
static bool
on_configured(void *ctx, const struct ssh_config *config)
{
	struct jump *jump = ctx;
	struct err err = ERR_INIT;
	jump->key = mem_printf("%s@%s:%d %s %s", config->user, config->hostname, config->port,
		config->hostkeyalias ? config->hostkeyalias : "",
		config->proxyjump ? config->proxyjump : "");
	for (struct jump *other = jump->pool->jumps; other; other = other->next) {
		if (other == jump || other->state == JUMP_DEAD ||
			!same(other->key, jump->key) || !same(other->file, jump->file))
			continue;
		if (leads_over(other, jump)) {
			refuse_circle(other, &err);
			die(jump, &err);
			return false;
		}
		log_debug("jump host %s: the same as %s", jump->name, other->name);
		move_users(jump, other);
		jump->state = JUMP_DEAD;
		loop_timer_set(jump->linger, 0);
		return false;
	}
	return true;
}

static struct jump *
find(struct ssh_pool *pool, uint64_t born, const struct ssh_hop *hop, const char *file)
{
	struct jump *failed = NULL;
	for (struct jump *jump = pool->jumps; jump; jump = jump->next) {
		if (strcmp(jump->hop.host, hop->host) != 0 ||
			!same(jump->hop.user, hop->user) || jump->hop.port != hop->port ||
			!same(jump->hop.before, hop->before) || !same(jump->file, file))
			continue;
		if (jump->state != JUMP_DEAD)
			return jump;
		if (born <= jump->died)
			failed = jump;
	}
	return failed;
}

static struct jump *
jump_new(struct ssh_pool *pool, const struct ssh_hop *hop, const char *file, int hops)
{
	static const struct ssh_session_ops ops = {.configured = on_configured,
		.status = on_status,
		.ready = on_ready,
		.io = on_io,
		.failed = on_failed,
		.ask = on_ask,
		.unask = on_unask};
	struct jump *jump = MEM_NEW(struct jump);
	*jump = (struct jump){.pool = pool,
		.next = pool->jumps,
		.file = file ? mem_strdup(file) : NULL,
		.hops = hops};
	pool->jumps = jump;
	ssh_pool_ref(pool);
	jump->hop = (struct ssh_hop){.host = mem_strdup(hop->host),
		.user = hop->user ? mem_strdup(hop->user) : NULL,
		.port = hop->port,
		.before = hop->before ? mem_strdup(hop->before) : NULL};
	text_safe_tmp(jump->name, sizeof(jump->name), str_from(hop->host));
	jump->linger = loop_timer_new(pool->loop, on_linger_over, jump);
	jump->session = ssh_session_new(pool, hop, file, jump, &ops, jump);
	return jump;
}

struct jump_user *
jump_join(struct ssh_pool *pool, struct jump *via, uint64_t born, const struct ssh_hop *hop,
	const char *file, const struct jump_ops *ops, void *ctx, struct err *err)
{
	struct jump *jump = find(pool, born, hop, file);
	if (via && leads_over(jump, via)) {
		refuse_circle(jump, err);
		return NULL;
	}
	if (!jump && via && via->hops == HOPS_MAX) {
		err_set(err, ERR_CONFIG, "ProxyJump: more than %d jump hosts on the way",
			HOPS_MAX);
		return NULL;
	}
	if (!jump)
		jump = jump_new(pool, hop, file, via ? via->hops + 1 : 1);
	struct jump_user *user = MEM_NEW(struct jump_user);
	*user = (struct jump_user){.jump = jump,
		.next = jump->users,
		.via = via,
		.ops = ops,
		.ctx = ctx,
		.status_due = jump->state == JUMP_COMING && jump->doing[0]};
	jump->users = user;
	if (via)
		via->behind = jump;
	loop_timer_cancel(jump->linger);
	tell_later(user);
	return user;
}

struct transport *
jump_tunnel(struct jump_user *user, const char *host, int port, tunnel_fn *done,
	void (*event)(void *ctx), void *ctx, struct err *err)
{
	if (user->jump->state == JUMP_READY)
		return tunnel_new(user->jump->tunnels, host, port, done, event, ctx, err);
	err_set(err, ERR_CLOSED, "jump host %s is gone", user->jump->name);
	return NULL;
}

const void *
jump_id(const struct jump_user *user)
{
	return user->jump;
}

void
jump_may_switch(struct jump_user *user, bool person)
{
	if (user->jump->session)
		ssh_session_may_switch(user->jump->session, person);
}

const struct limit *
jump_limit(const struct jump_user *user)
{
	return user->jump->limit.text[0] ? &user->jump->limit : NULL;
}

void
jump_answer(struct jump_user *user, bool yes, const char *const answers[])
{
	struct jump *jump = user->jump;
	if (jump->asked != user)
		return;
	jump->asked = NULL;
	if (jump->session)
		ssh_session_answer(jump->session, yes, answers);
}

void
jump_leave(struct jump_user *user)
{
	if (!user)
		return;
	struct jump *jump = user->jump;
	struct jump_user **p = &jump->users;
	while (*p != user)
		p = &(*p)->next;
	*p = user->next;
	/* Whoever was asked has gone, and the question with him: the others begin anew, and one
	 * of them is asked. */
	if (jump->asked == user) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_CLOSED, "its question was not answered");
		jump->asked = NULL;
		die(jump, &err);
	}
	if (user->via)
		user->via->behind = NULL;
	if (user->tell_id)
		loop_defer_cancel(jump->pool->loop, user->tell_id);
	mem_free(user);
	if (jump->users)
		return;
	if (jump->pool->closed && jump->depth == 0) {
		destroy(jump);
		return;
	}
	if (jump->state == JUMP_DEAD)
		on_wake(jump);
	loop_timer_set(jump->linger, jump->pool->closed ? 0 : LINGER_MS);
}

void
jump_drop_idle(struct ssh_pool *pool)
{
	struct jump *jump = pool->jumps;
	while (jump) {
		if (jump->users) {
			jump = jump->next;
			continue;
		}
		if (jump->depth > 0) {
			loop_timer_set(jump->linger, 0);
			jump = jump->next;
			continue;
		}
		destroy(jump); /* and perhaps the one on the way to it */
		jump = pool->jumps;
	}
}
