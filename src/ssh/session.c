/* SPDX-License-Identifier: MIT */
/*
 * A table of states and events leads from the name to the login:
 *
 *   config -> jump -> turn -> lookup -> connect -> handshake -> host key -> login -> ready
 *
 * and from everywhere to "over". The jump host, if there is one, comes up before
 * the turn is asked for, since it needs one of its own. The host key is checked
 * before a single word about who we are.
 *
 * While a person is asked, no deadline of ours counts and libssh2 is left alone:
 * what the server sends then is kept for later, and its end is seen at once.
 */
#include "session.h"

#include <errno.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "auth.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_config.h"
#include "cockpit/ssh_known_hosts.h"
#include "dial.h"
#include "hop.h"
#include "hostkey.h"
#include "jump.h"
#include "limit.h"
#include "overhear.h"
#include "pace.h"
#include "pool.h"
#include "raw.h"
#include "transport.h"

#define LOG_MODULE "ssh"

#define CONNECT_S  15
#define LOGIN_S    15

#define STATES(X)                 \
	X(CONFIG, "config")       \
	X(JUMP, "jump")           \
	X(TURN, "turn")           \
	X(LOOKUP, "lookup")       \
	X(CONNECT, "connect")     \
	X(HANDSHAKE, "handshake") \
	X(HOSTKEY, "host key")    \
	X(LOGIN, "login")         \
	X(READY, "ready")         \
	X(OVER, "over")

enum state {
#define X(id, name) STATE_##id,
	STATES(X)
#undef X
};

static const char *const state_names[] = {
#define X(id, name) name,
	STATES(X)
#undef X
};

enum event {
	EVENT_CONFIGURED,
	EVENT_JUMPED,
	EVENT_TURN,
	EVENT_BUSY,
	EVENT_LOOKED_UP,
	EVENT_CONNECTED,
	EVENT_SHAKEN,
	EVENT_TRUSTED,
	EVENT_LOGGED_IN,
	EVENT_IO,
};

struct ssh_session {
	struct ssh_pool *pool;
	struct loop *loop;
	char *name;
	char *file;       /* of the configuration, or NULL */
	struct jump *via; /* it is for this one; NULL: for a link */
	uint64_t born;    /* by the pool's clock */
	const struct ssh_session_ops *ops;
	void *ctx;
	enum state state;

	struct ssh_config_query *query;
	struct ssh_config *config;
	struct ssh_known_hosts *known;
	struct jump_user *jump;
	struct turn *turn; /* until it is ready */
	struct dial *dial;
	struct transport *tunnel; /* while it is being opened */
	struct hostkey *hostkey;
	struct auth *auth;
	struct loop_timer *deadline;
	int deadline_s;

	struct raw raw;  /* from the handshake on */
	bool may_switch; /* another way may be taken to this host */
	bool may_ask;    /* a person is there for that way */
	bool person;     /* is waited for, here or by another session for us too */
	bool asking;     /* ask() has no answer yet */
	bool waiting_for_agent;
	int broken_rc;      /* of libssh2, or 0 */
	struct limit limit; /* met; for what failed */
};

static void step(struct ssh_session *s, enum event event);
static bool on_ask(void *ctx, const struct link_ask *ask);
static void on_unask(void *ctx);
static void check_host_key(struct ssh_session *s);

static void
fail(struct ssh_session *s, const struct err *why)
{
	if (s->state == STATE_OVER)
		return;
	log_debug("host %s: %s -> over (%s)", s->name, state_names[s->state], why->text);
	s->state = STATE_OVER;
	loop_timer_cancel(s->deadline);
	if (s->raw.transport)
		transport_rest(s->raw.transport);
	turn_free(s->turn);
	s->turn = NULL;
	if (s->asking)
		s->ops->unask(s->ctx);
	s->asking = false;
	s->ops->failed(s->ctx, why);
}

static void
fail_with(struct ssh_session *s, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "%s", text);
	fail(s, &err);
}

static void
watch(struct ssh_session *s)
{
	if (s->raw.transport && s->state != STATE_OVER)
		transport_watch(s->raw.transport, !s->waiting_for_agent);
}

static bool
is_lost(const struct ssh_session *s)
{
	return s->raw.transport && s->raw.transport->lost;
}

/* A server that has no room for one more handshake ends it before it has said a word. */
static bool
is_busy(const struct ssh_session *s)
{
	return s->state == STATE_HANDSHAKE && is_lost(s) && !raw_greeted(&s->raw) &&
	       turn_refused(s->turn);
}

/* The server has ended it while a person was asked. To begin anew would ask anew, for ever: so
 * it is the person who is to say when. */
static void
fail_unanswered(struct ssh_session *s)
{
	fail_with(s, s->state == STATE_HOSTKEY ? ERR_HOSTKEY : ERR_AUTH,
		s->asking ? "the server waited too long for an answer and closed the connection"
			  : "the server closed the connection before the login could go on");
}

/* Ends the session if its transport or libssh2 said so. */
static bool
check_end(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	char safe[256];
	/* With "Too many authentication failures" it is the login that failed. */
	int code = s->state == STATE_LOGIN && s->raw.farewell[0] ? ERR_AUTH : ERR_CLOSED;
	if (s->state == STATE_OVER)
		return true;
	if (!is_lost(s) && !s->broken_rc)
		return false;
	if (is_busy(s)) {
		step(s, EVENT_BUSY);
		return true;
	}
	if (s->person) {
		fail_unanswered(s);
		return true;
	}
	if (s->raw.farewell[0]) {
		err_set(&err, code, "the server ended the connection: %s", s->raw.farewell);
	} else if (is_lost(s) && s->raw.transport->lost_why) {
		err_set(&err, ERR_PROTOCOL, "%s", s->raw.transport->lost_why);
	} else if (is_lost(s) && s->raw.transport->lost_errno) {
		errno = s->raw.transport->lost_errno;
		err_errno(&err, "the connection broke");
		err.code = ERR_CLOSED;
	} else if (is_lost(s) || s->broken_rc == LIBSSH2_ERROR_SOCKET_DISCONNECT) {
		err_set(&err, ERR_CLOSED, "the server closed the connection%s",
			s->state == STATE_HANDSHAKE
				? " before it said who it is (too many connections?)"
				: "");
	} else {
		libssh2_session_last_error(s->raw.ssh, &text, NULL, 0);
		err_set(&err, ERR_PROTOCOL, "the connection broke: %s (libssh2 %d)",
			text_safe_tmp(safe, sizeof(safe), str_from(text)), s->broken_rc);
	}
	fail(s, &err);
	return true;
}

static void
on_transport(void *ctx)
{
	struct ssh_session *s = ctx;
	if (s->person)
		transport_keep(s->raw.transport);
	else
		step(s, EVENT_IO);
	if (!check_end(s))
		watch(s);
}

static void
on_deadline(void *ctx)
{
	struct ssh_session *s = ctx;
	struct err err = ERR_INIT;
	static const char *const doing[] = {[STATE_LOOKUP] = "looking up its address",
		[STATE_CONNECT] = "connecting",
		[STATE_HANDSHAKE] = "waiting for its SSH greeting",
		[STATE_HOSTKEY] = "checking its host key",
		[STATE_LOGIN] = "logging in"};
	err_set(&err, ERR_TIMEOUT, "no answer in %d s while %s", s->deadline_s,
		doing[s->state] ? doing[s->state] : "starting");
	fail(s, &err);
}

static void
set_deadline(struct ssh_session *s, int seconds)
{
	s->deadline_s = seconds;
	loop_timer_set(s->deadline, (int64_t)seconds * 1000);
}

static void
on_config(void *ctx, struct ssh_config *config, const struct err *err)
{
	struct ssh_session *s = ctx;
	s->query = NULL;
	s->config = config;
	if (err)
		fail(s, err);
	else if (!s->ops->configured || s->ops->configured(s->ctx, config))
		step(s, EVENT_CONFIGURED);
}

static void
on_looked_up(void *ctx)
{
	step(ctx, EVENT_LOOKED_UP);
}

static void
start_raw(struct ssh_session *s, struct transport *transport)
{
	struct buf keys = BUF_INIT;
	hostkey_prefer(s->known, s->config, &keys);
	raw_init(&s->raw, transport, buf_cstr(&keys));
	buf_release(&keys);
	step(s, EVENT_CONNECTED);
}

static void
on_dialled(void *ctx, int fd, const struct err *err)
{
	struct ssh_session *s = ctx;
	s->dial = NULL;
	if (err) {
		fail(s, err);
		return;
	}
	/* sshd sets TCP_NODELAY when a command starts, which a jump host may run none of. */
	bool is_jump = s->via != NULL;
	start_raw(s, transport_new_socket(s->loop, fd, is_jump, on_transport, s));
}

static void
on_tunnel(void *ctx, const struct err *err)
{
	struct ssh_session *s = ctx;
	struct transport *tunnel = s->tunnel;
	if (err) {
		fail(s, err);
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
	fail(s, &err);
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
	fail(s, &err);
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
	step(ctx, EVENT_JUMPED);
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
	fail(s, &err);
}

static void
start_jump(struct ssh_session *s)
{
	static const struct jump_ops ops = {.status = on_jump_status,
		.ready = on_jump_ready,
		.failed = on_jump_failed,
		.ask = on_ask,
		.unask = on_unask};
	struct ssh_hop hop;
	struct err err = ERR_INIT;
	if (refuse_config(s))
		return;
	if (!s->config->proxyjump) {
		step(s, EVENT_JUMPED);
		return;
	}
	if (ssh_hop_parse(s->config->proxyjump, &hop, &err) == 0) {
		s->jump = jump_join(s->pool, s->via, s->born, &hop, s->file, &ops, s, &err);
		ssh_hop_release(&hop);
	}
	if (!s->jump)
		fail(s, &err);
	else if (s->may_switch)
		jump_may_switch(s->jump, s->may_ask);
}

static void
on_turn(void *ctx)
{
	step(ctx, EVENT_TURN);
}

static void
wait_for_turn(struct ssh_session *s)
{
	if (!s->turn) {
		/* The same address is another server behind another jump host. */
		char *server = mem_printf("%s:%d by %p", s->config->hostname, s->config->port,
			s->jump ? jump_id(s->jump) : NULL);
		s->turn = turn_new(s->pool->pace, server, on_turn, s);
		mem_free(server);
	}
	if (turn_granted(s->turn))
		step(s, EVENT_TURN);
	else
		s->ops->status(s->ctx, "waiting for its turn");
}

static void
start_over(struct ssh_session *s)
{
	raw_release(&s->raw, false);
	s->broken_rc = 0;
	loop_timer_cancel(s->deadline);
	s->ops->status(s->ctx, "the server is busy: waiting for its turn");
}

static void
start_lookup(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	const struct ssh_config *c = s->config;
	if (!load_known_hosts(s))
		return;
	set_deadline(s, c->connect_timeout_s ? c->connect_timeout_s : CONNECT_S);
	if (!s->jump) {
		s->ops->status(s->ctx, "resolving");
		s->dial = dial_new(
			s->loop, c->hostname, c->port, c->family, on_looked_up, on_dialled, s);
		return;
	}
	s->tunnel =
		jump_tunnel(s->jump, c->hostname, c->port, on_tunnel, on_transport, s, &err);
	if (s->tunnel)
		step(s, EVENT_LOOKED_UP);
	else
		fail(s, &err);
}

static void
tell_connecting(struct ssh_session *s)
{
	s->ops->status(s->ctx, "connecting");
}

static void
start_handshake(struct ssh_session *s)
{
	on_transport(s);
}

static void
shake(struct ssh_session *s)
{
	int rc = raw_shake(&s->raw);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	if (rc == 0) {
		step(s, EVENT_SHAKEN);
	} else if (rc == LIBSSH2_ERROR_KEX_FAILURE ||
		   rc == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE) {
		limit_set(&s->limit, "no host key or cipher of the host is one of libssh2's");
		fail_with(s, ERR_UNSUPPORTED,
			"the server and libssh2 have no safe algorithms in common: key "
			"exchange by "
			"curve25519 or nistp256, a host key that is ed25519 or ecdsa, aes-ctr "
			"and "
			"hmac-sha2 are needed");
	} else {
		s->broken_rc = rc;
	}
}

static bool
on_ask(void *ctx, const struct link_ask *ask)
{
	struct ssh_session *s = ctx;
	/* Before: the answer may come at once. */
	s->asking = true;
	if (s->ops->ask && s->ops->ask(s->ctx, ask))
		return true;
	s->asking = false;
	return false;
}

static void
on_unask(void *ctx)
{
	struct ssh_session *s = ctx;
	if (s->asking)
		s->ops->unask(s->ctx);
	s->asking = false;
}

static void
on_note(void *ctx, const char *text)
{
	struct ssh_session *s = ctx;
	if (s->ops->note)
		s->ops->note(s->ctx, text);
}

/* A person may take as long as he likes. */
static void
wait_for_person(struct ssh_session *s, bool person)
{
	if (person && !s->person) {
		loop_timer_cancel(s->deadline);
		if (s->turn)
			turn_yield(s->turn);
	}
	if (!person && s->person)
		set_deadline(s, LOGIN_S);
	s->person = person;
}

static void
on_wake(void *ctx)
{
	struct ssh_session *s = ctx;
	s->waiting_for_agent = false;
	if (s->state == STATE_HOSTKEY)
		check_host_key(s);
	else
		step(s, EVENT_IO);
	if (!check_end(s))
		watch(s);
}

static void
check_host_key(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	int rc = hostkey_step(s->hostkey, &err);
	wait_for_person(s, rc == HOSTKEY_PERSON);
	if (rc < 0)
		fail(s, &err);
	else if (rc == HOSTKEY_TRUSTED)
		step(s, EVENT_TRUSTED);
}

static void
start_host_key(struct ssh_session *s)
{
	static const struct hostkey_ops ops = {on_wake, on_ask, on_note};
	size_t len = 0;
	int type;
	const char *bytes = libssh2_session_hostkey(s->raw.ssh, &len, &type);
	struct str key = {bytes ? bytes : "", bytes ? len : 0};
	s->ops->status(s->ctx, "host key");
	/* ssh(1) can tell by itself what we would have to ask a person. */
	if (s->may_switch)
		hostkey_limit(&s->limit, s->known, s->config, key);
	ssh_known_hosts_free(s->known);
	s->known = NULL;
	if (s->limit.text[0] != '\0') {
		fail_with(s, ERR_HOSTKEY, "libssh2 cannot tell whether the host key is right");
		return;
	}
	s->hostkey = hostkey_new(s->loop, s->config, s->pool->secrets, key, &ops, s);
	check_host_key(s);
}

static void
start_login(struct ssh_session *s)
{
	static const struct auth_ops ops = {on_wake, on_ask, on_unask};
	set_deadline(s, LOGIN_S);
	s->ops->status(s->ctx, "login");
	s->raw.heard = overheard_new();
	s->auth = auth_new(
		s->loop, s->config, s->raw.ssh, s->pool->secrets, s->raw.heard, &ops, s);
	if (s->may_switch)
		auth_may_switch(s->auth, s->may_ask);
	s->raw.auth = s->auth;
	step(s, EVENT_IO);
}

static void
login(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	if (s->waiting_for_agent)
		return;
	int rc = auth_step(s->auth, &err);
	s->waiting_for_agent = rc == AUTH_AGENT;
	if (rc < 0)
		s->limit = *auth_limit(s->auth);
	wait_for_person(s, rc == AUTH_PERSON);
	if (rc == AUTH_DONE)
		step(s, EVENT_LOGGED_IN);
	else if (rc < 0 && !(s->raw.transport->lost || s->raw.farewell[0]))
		fail(s, &err);
	else if (rc < 0)
		transport_lose(s->raw.transport,
			0); /* the reason is the server's farewell, not the call that met it */
}

static void
tell_ready(struct ssh_session *s)
{
	loop_timer_cancel(s->deadline);
	auth_free(s->auth);
	s->auth = NULL;
	turn_free(s->turn);
	s->turn = NULL;
	s->raw.auth = NULL;
	overheard_free(s->raw.heard);
	s->raw.heard = NULL;
	s->ops->ready(s->ctx);
}

static void
tell_io(struct ssh_session *s)
{
	s->ops->io(s->ctx);
}

static const struct step {
	enum state from;
	enum event event;
	enum state to;
	void (*action)(struct ssh_session *s);
} steps[] = {
	{STATE_CONFIG,    EVENT_CONFIGURED, STATE_JUMP,      start_jump     },
	{STATE_JUMP,      EVENT_JUMPED,     STATE_TURN,      wait_for_turn  },
	{STATE_TURN,      EVENT_TURN,       STATE_LOOKUP,    start_lookup   },
	{STATE_LOOKUP,    EVENT_LOOKED_UP,  STATE_CONNECT,   tell_connecting},
	{STATE_CONNECT,   EVENT_CONNECTED,  STATE_HANDSHAKE, start_handshake},
	{STATE_HANDSHAKE, EVENT_BUSY,       STATE_TURN,      start_over     },
	{STATE_HANDSHAKE, EVENT_IO,         STATE_HANDSHAKE, shake          },
	{STATE_HANDSHAKE, EVENT_SHAKEN,     STATE_HOSTKEY,   start_host_key },
	{STATE_HOSTKEY,   EVENT_TRUSTED,    STATE_LOGIN,     start_login    },
	{STATE_LOGIN,     EVENT_IO,         STATE_LOGIN,     login          },
	{STATE_LOGIN,     EVENT_LOGGED_IN,  STATE_READY,     tell_ready     },
	{STATE_READY,     EVENT_IO,         STATE_READY,     tell_io        },
};

static void
step(struct ssh_session *s, enum event event)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].from != s->state || steps[i].event != event)
			continue;
		if (steps[i].to != s->state)
			log_debug("host %s: %s -> %s", s->name, state_names[s->state],
				state_names[steps[i].to]);
		s->state = steps[i].to;
		steps[i].action(s);
		return;
	}
}

struct ssh_session *
ssh_session_new(struct ssh_pool *pool, const struct ssh_hop *hop, const char *config_file,
	struct jump *via, const struct ssh_session_ops *ops, void *ctx)
{
	struct ssh_session *s = MEM_NEW(struct ssh_session);
	*s = (struct ssh_session){.pool = pool,
		.loop = pool->loop,
		.name = mem_strdup(hop->host),
		.file = config_file ? mem_strdup(config_file) : NULL,
		.via = via,
		.born = ++pool->clock,
		.ops = ops,
		.ctx = ctx};
	s->deadline = loop_timer_new(s->loop, on_deadline, s);
	s->query = ssh_config_query_hop(s->loop, hop, config_file, on_config, s);
	return s;
}

void
ssh_session_free(struct ssh_session *s)
{
	if (!s)
		return;
	ssh_config_query_cancel(s->query);
	dial_free(s->dial);
	transport_free(s->tunnel);
	hostkey_free(s->hostkey);
	/* A call of libssh2 that waits in its middle ends when it can say no more. */
	if (auth_inside(s->auth))
		s->raw.transport->broken = true;
	auth_free(s->auth);
	s->raw.auth = NULL;
	raw_release(&s->raw, !s->broken_rc);
	jump_leave(s->jump);
	turn_free(s->turn);
	loop_timer_free(s->deadline);
	ssh_known_hosts_free(s->known);
	ssh_config_free(s->config);
	mem_free(s->file);
	mem_free(s->name);
	mem_free(s);
}

void
ssh_session_may_switch(struct ssh_session *s, bool person)
{
	s->may_switch = true;
	s->may_ask |= person;
}

/* For a jump host, ssh(1) follows the configuration alone, which may wave keys through: it gets
 * none whose host key we would not have believed. */
static bool
may_hand_over(const struct ssh_session *s)
{
	enum ssh_config_strict strict = s->config->strict;
	return !s->via || s->auth || strict == SSH_CONFIG_STRICT_YES ||
	       strict == SSH_CONFIG_STRICT_ASK ||
	       (strict == SSH_CONFIG_STRICT_ACCEPT_NEW && !s->limit.host_key);
}

const struct limit *
ssh_session_limit(const struct ssh_session *s)
{
	return s->state == STATE_OVER && s->limit.text[0] && may_hand_over(s) ? &s->limit
									      : NULL;
}

void
ssh_session_answer(struct ssh_session *s, bool yes, const char *const answers[])
{
	if (!s->asking)
		return;
	s->asking = false;
	if (s->state == STATE_JUMP)
		jump_answer(s->jump, yes, answers);
	else if (s->state == STATE_HOSTKEY)
		hostkey_answer(s->hostkey, yes);
	else
		auth_answer(s->auth, yes, answers);
}

LIBSSH2_SESSION *
ssh_session_raw(struct ssh_session *s)
{
	return s->raw.ssh;
}

size_t
ssh_session_unsent(const struct ssh_session *s)
{
	return s->raw.transport->unsent.len;
}

void
ssh_session_settle(struct ssh_session *s)
{
	if (!check_end(s))
		watch(s);
}

bool
ssh_session_has_input(const struct ssh_session *s)
{
	return !s->raw.transport->dry && !s->raw.transport->lost;
}

void
ssh_session_broke(struct ssh_session *s, int rc)
{
	if (!s->broken_rc)
		s->broken_rc = rc;
}

void
ssh_session_look(struct ssh_session *s)
{
	int rc = raw_look(&s->raw);
	if (raw_is_fatal(rc))
		ssh_session_broke(s, rc);
}

bool
ssh_session_looking(const struct ssh_session *s)
{
	return s->raw.looking;
}

void
ssh_session_deafen(struct ssh_session *s, bool deaf)
{
	s->raw.transport->broken = deaf;
}
