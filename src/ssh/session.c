/* SPDX-License-Identifier: MIT */
/*
 * A table of states and events leads from the name to the login:
 *
 *   config -> jump -> turn -> lookup -> connect -> handshake -> host key -> login -> ready
 *
 * and from everywhere to "over" (route.c goes as far as "connect"). The jump host, if there is
 * one, comes up before the turn is asked for, since it needs one of its own. The host key is
 * checked before a single word about who we are.
 *
 * While a person is asked, no deadline of ours counts and libssh2 is left alone:
 * what the server sends then is kept for later, and its end is seen at once.
 */
#include "session_local.h"

#include <errno.h>

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
#include "overhear.h"
#include "pace.h"
#include "pool.h"
#include "transport.h"

#define LOG_MODULE "ssh"

#define LOGIN_S    15

static const char *const state_names[] = {
#define X(id, name) name,
	STATES(X)
#undef X
};

static void check_host_key(struct ssh_session *s);

void
session_fail(struct ssh_session *s, const struct err *why)
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
	session_fail(s, &err);
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
		session_step(s, EVENT_BUSY);
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
	session_fail(s, &err);
	return true;
}

void
session_event(void *ctx)
{
	struct ssh_session *s = ctx;
	if (s->person)
		transport_keep(s->raw.transport);
	else
		session_step(s, EVENT_IO);
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
	session_fail(s, &err);
}

void
session_set_deadline(struct ssh_session *s, int seconds)
{
	s->deadline_s = seconds;
	loop_timer_set(s->deadline, (int64_t)seconds * 1000);
}

static void
tell_connecting(struct ssh_session *s)
{
	s->ops->status(s->ctx, "connecting");
}

static void
start_handshake(struct ssh_session *s)
{
	session_event(s);
}

static void
shake(struct ssh_session *s)
{
	int rc = raw_shake(&s->raw);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	if (rc == 0) {
		session_step(s, EVENT_SHAKEN);
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

bool
session_ask(void *ctx, const struct link_ask *ask)
{
	struct ssh_session *s = ctx;
	/* Before: the answer may come at once. */
	s->asking = true;
	if (s->ops->ask && s->ops->ask(s->ctx, ask))
		return true;
	s->asking = false;
	return false;
}

void
session_unask(void *ctx)
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
		session_set_deadline(s, LOGIN_S);
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
		session_step(s, EVENT_IO);
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
		session_fail(s, &err);
	else if (rc == HOSTKEY_TRUSTED)
		session_step(s, EVENT_TRUSTED);
}

static void
start_host_key(struct ssh_session *s)
{
	static const struct hostkey_ops ops = {on_wake, session_ask, on_note};
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
	static const struct auth_ops ops = {on_wake, session_ask, session_unask};
	session_set_deadline(s, LOGIN_S);
	s->ops->status(s->ctx, "login");
	s->raw.heard = overheard_new();
	s->auth = auth_new(
		s->loop, s->config, s->raw.ssh, s->pool->secrets, s->raw.heard, &ops, s);
	if (s->may_switch)
		auth_may_switch(s->auth, s->may_ask);
	s->raw.auth = s->auth;
	session_step(s, EVENT_IO);
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
		session_step(s, EVENT_LOGGED_IN);
	else if (rc < 0 && !(s->raw.transport->lost || s->raw.farewell[0]))
		session_fail(s, &err);
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
	{STATE_CONFIG,    EVENT_CONFIGURED, STATE_JUMP,      route_start_jump   },
	{STATE_JUMP,      EVENT_JUMPED,     STATE_TURN,      route_wait_for_turn},
	{STATE_TURN,      EVENT_TURN,       STATE_LOOKUP,    route_start_lookup },
	{STATE_LOOKUP,    EVENT_LOOKED_UP,  STATE_CONNECT,   tell_connecting    },
	{STATE_CONNECT,   EVENT_CONNECTED,  STATE_HANDSHAKE, start_handshake    },
	{STATE_HANDSHAKE, EVENT_BUSY,       STATE_TURN,      route_start_over   },
	{STATE_HANDSHAKE, EVENT_IO,         STATE_HANDSHAKE, shake              },
	{STATE_HANDSHAKE, EVENT_SHAKEN,     STATE_HOSTKEY,   start_host_key     },
	{STATE_HOSTKEY,   EVENT_TRUSTED,    STATE_LOGIN,     start_login        },
	{STATE_LOGIN,     EVENT_IO,         STATE_LOGIN,     login              },
	{STATE_LOGIN,     EVENT_LOGGED_IN,  STATE_READY,     tell_ready         },
	{STATE_READY,     EVENT_IO,         STATE_READY,     tell_io            },
};

void
session_step(struct ssh_session *s, enum event event)
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
	s->query = ssh_config_query_hop(s->loop, hop, config_file, route_on_config, s);
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
