/* SPDX-License-Identifier: MIT */
/* From the settings to a transport that leads to the server: over jump hosts, in turn. */
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_config.h"
#include "cockpit/ssh_known_hosts.h"
#include "dial.h"
#include "hop.h"
#include "hostkey.h"
#include "jump.h"
#include "pace.h"
#include "pool.h"
#include "session_local.h"
#include "transport.h"

#define CONNECT_S 15

void
route_on_config(void *ctx, struct ssh_config *config, const struct err *err)
{
	struct ssh_session *s = ctx;
	s->query = NULL;
	s->config = config;
	if (err)
		session_fail(s, err);
	else if (!s->ops->configured || s->ops->configured(s->ctx, config))
		session_step(s, EVENT_CONFIGURED);
}

static void
on_looked_up(void *ctx)
{
	session_step(ctx, EVENT_LOOKED_UP);
}

static void
start_raw(struct ssh_session *s, struct transport *transport)
{
	struct buf keys = BUF_INIT;
	hostkey_prefer(s->known, s->config, &keys);
	raw_init(&s->raw, transport, buf_cstr(&keys));
	buf_release(&keys);
	session_step(s, EVENT_CONNECTED);
}

static void
on_dialled(void *ctx, int fd, const struct err *err)
{
	struct ssh_session *s = ctx;
	s->dial = NULL;
	if (err) {
		session_fail(s, err);
		return;
	}
	/* sshd sets TCP_NODELAY when a command starts, which a jump host may run none of. */
	bool is_jump = s->via != NULL;
	start_raw(s, transport_new_socket(s->loop, fd, is_jump, session_event, s));
}

static void
on_tunnel(void *ctx, const struct err *err)
{
	struct ssh_session *s = ctx;
	struct transport *tunnel = s->tunnel;
	if (err) {
		session_fail(s, err);
		return;
	}
	s->tunnel = NULL;
	start_raw(s, tunnel);
}

/* Settings that we cannot follow: the way to the host, who may vouch for it, how to log in. */
static bool
refuse_config(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	if (!limit_of_config(&s->limit, s->config))
		return false;
	err_set(&err, ERR_UNSUPPORTED,
		"the ssh configuration of %s sets %s, which cockpit can follow through ssh(1) "
		"alone",
		s->name, s->limit.text);
	session_fail(s, &err);
	return true;
}

static bool
load_known_hosts(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	if (s->known || hostkey_read_files(s->config, &s->known, &err) == 0)
		return true;
	if (err.code == ERR_UNSUPPORTED)
		limit_set(&s->limit, "RevokedHostKeys");
	session_fail(s, &err);
	return false;
}

static void
on_jump_status(void *ctx, const char *what)
{
	struct ssh_session *s = ctx;
	if (s->state == STATE_JUMP)
		s->ops->status(s->ctx, what);
}

static void
on_jump_ready(void *ctx)
{
	session_step(ctx, EVENT_JUMPED);
}

static void
on_jump_failed(void *ctx, const struct err *why)
{
	struct ssh_session *s = ctx;
	struct err err = *why;
	const struct limit *limit = jump_limit(s->jump);
	if (s->state > STATE_JUMP) /* it was fine: a retry may do */
		err.code = ERR_CLOSED;
	else if (limit) /* ssh(1) goes over the jump hosts by itself */
		s->limit = *limit;
	session_fail(s, &err);
}

void
route_start_jump(struct ssh_session *s)
{
	static const struct jump_ops ops = {.status = on_jump_status,
		.ready = on_jump_ready,
		.failed = on_jump_failed,
		.ask = session_ask,
		.unask = session_unask};
	struct ssh_hop hop;
	struct err err = ERR_INIT;
	if (refuse_config(s))
		return;
	if (!s->config->proxyjump) {
		session_step(s, EVENT_JUMPED);
		return;
	}
	if (ssh_hop_parse(s->config->proxyjump, &hop, &err) == 0) {
		s->jump = jump_join(s->pool, s->via, s->born, &hop, s->file, &ops, s, &err);
		ssh_hop_release(&hop);
	}
	if (!s->jump)
		session_fail(s, &err);
	else if (s->may_switch)
		jump_may_switch(s->jump, s->may_ask);
}

static void
on_turn(void *ctx)
{
	session_step(ctx, EVENT_TURN);
}

void
route_wait_for_turn(struct ssh_session *s)
{
	if (!s->turn) {
		/* The same address is another server behind another jump host. */
		char *server = mem_printf("%s:%d by %p", s->config->hostname, s->config->port,
			s->jump ? jump_id(s->jump) : NULL);
		s->turn = turn_new(s->pool->pace, server, on_turn, s);
		mem_free(server);
	}
	if (turn_granted(s->turn))
		session_step(s, EVENT_TURN);
	else
		s->ops->status(s->ctx, "waiting for its turn");
}

void
route_start_over(struct ssh_session *s)
{
	raw_release(&s->raw, false);
	s->broken_rc = 0;
	loop_timer_cancel(s->deadline);
	s->ops->status(s->ctx, "the server is busy: waiting for its turn");
}

void
route_start_lookup(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	const struct ssh_config *c = s->config;
	if (!load_known_hosts(s))
		return;
	session_set_deadline(s, c->connect_timeout_s ? c->connect_timeout_s : CONNECT_S);
	if (!s->jump) {
		s->ops->status(s->ctx, "resolving");
		s->dial = dial_new(
			s->loop, c->hostname, c->port, c->family, on_looked_up, on_dialled, s);
		return;
	}
	s->tunnel =
		jump_tunnel(s->jump, c->hostname, c->port, on_tunnel, session_event, s, &err);
	if (s->tunnel)
		session_step(s, EVENT_LOOKED_UP);
	else
		session_fail(s, &err);
}
