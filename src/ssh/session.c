/* SPDX-License-Identifier: MIT */
/*
 * A table of states and events leads from the name to the login:
 *
 *   config -> lookup -> connect -> handshake -> login -> ready
 *
 * and from everywhere to "over". The host key is checked between handshake and
 * login, before a single word about who we are.
 */
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "auth.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_config.h"
#include "cockpit/ssh_known_hosts.h"
#include "dial.h"
#include "hostkey.h"
#include "transport.h"

#define LOG_MODULE    "ssh"

#define CONNECT_S     15
#define LOGIN_S       15
#define FAREWELL_SIZE 200
/* libssh2 hands it to our callbacks, and asks the system once whether it blocks: no number that
 * may be open. */
#define NO_SOCKET     INT_MAX

#define KEX_METHODS   "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256"
#define CRYPT_METHODS "aes128-ctr,aes192-ctr,aes256-ctr"
#define MAC_METHODS   "hmac-sha2-256,hmac-sha2-512"

#define STATES(X)                 \
	X(CONFIG, "config")       \
	X(LOOKUP, "lookup")       \
	X(CONNECT, "connect")     \
	X(HANDSHAKE, "handshake") \
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
	EVENT_LOOKED_UP,
	EVENT_CONNECTED,
	EVENT_SHAKEN,
	EVENT_LOGGED_IN,
	EVENT_IO,
};

struct ssh_session {
	struct loop *loop;
	char *name;
	const struct ssh_session_ops *ops;
	void *ctx;
	enum state state;

	struct ssh_config_query *query;
	struct ssh_config *config;
	struct ssh_known_hosts *known;
	struct dial *dial;
	struct auth *auth;
	struct loop_timer *deadline;
	int deadline_s;

	LIBSSH2_SESSION *ssh;
	struct transport *transport; /* from the handshake on */
	bool shaking;                /* libssh2 is in the middle of its handshake */
	bool waiting_for_agent;
	int broken_rc;                /* of libssh2, or 0 */
	char farewell[FAREWELL_SIZE]; /* what the server said when it disconnected; safe */
};

static void step(struct ssh_session *s, enum event event);

static void
fail(struct ssh_session *s, const struct err *why)
{
	if (s->state == STATE_OVER)
		return;
	log_debug("host %s: %s -> over (%s)", s->name, state_names[s->state], why->text);
	s->state = STATE_OVER;
	loop_timer_cancel(s->deadline);
	if (s->transport)
		transport_rest(s->transport);
	s->ops->failed(s->ctx, why);
}

static void
fail_with(struct ssh_session *s, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "%s", text);
	fail(s, &err);
}

/* libssh2's allocator is ours, so that memory is accounted and checked in one place. */
static LIBSSH2_ALLOC_FUNC(on_alloc)
{
	(void)abstract;
	return mem_alloc(count ? count : 1);
}

static LIBSSH2_REALLOC_FUNC(on_realloc)
{
	(void)abstract;
	return mem_grow(ptr, count ? count : 1, 1);
}

static LIBSSH2_FREE_FUNC(on_free)
{
	(void)abstract;
	mem_free(ptr);
}

static LIBSSH2_SEND_FUNC(on_send)
{
	struct ssh_session *s = *abstract;
	(void)socket;
	(void)flags;
	return transport_send(s->transport, (struct str){buffer, length});
}

static LIBSSH2_RECV_FUNC(on_recv)
{
	struct ssh_session *s = *abstract;
	(void)socket;
	(void)flags;
	return transport_recv(s->transport, buffer, length);
}

static LIBSSH2_DISCONNECT_FUNC(on_disconnect)
{
	struct ssh_session *s = *abstract;
	(void)session;
	(void)reason;
	(void)language;
	(void)language_len;
	if (message && message_len > 0)
		text_safe_tmp(s->farewell, sizeof(s->farewell),
			(struct str){message, (size_t)message_len});
}

/* libssh2 declares all callbacks as one untyped pointer, which C cannot make of a function
 * without a detour. */
static void
set_callback(LIBSSH2_SESSION *ssh, int which, const void *function)
{
	void *untyped;
	memcpy(&untyped, function, sizeof(untyped));
	libssh2_session_callback_set(ssh, which, untyped);
}

static void
watch(struct ssh_session *s)
{
	if (s->transport && s->state != STATE_OVER)
		transport_watch(s->transport, !s->waiting_for_agent);
}

static bool
is_lost(const struct ssh_session *s)
{
	return s->transport && s->transport->lost;
}

/* Ends the session if its transport or libssh2 said so. */
static bool
check_end(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	char safe[256];
	/* With "Too many authentication failures" it is the login that failed. */
	int code = s->state == STATE_LOGIN && s->farewell[0] ? ERR_AUTH : ERR_CLOSED;
	if (s->state == STATE_OVER)
		return true;
	if (!is_lost(s) && !s->broken_rc)
		return false;
	if (s->farewell[0]) {
		err_set(&err, code, "the server ended the connection: %s", s->farewell);
	} else if (is_lost(s) && s->transport->lost_errno) {
		errno = s->transport->lost_errno;
		err_errno(&err, "the connection broke");
		err.code = ERR_CLOSED;
	} else if (is_lost(s) || s->broken_rc == LIBSSH2_ERROR_SOCKET_DISCONNECT) {
		err_set(&err, ERR_CLOSED, "the server closed the connection%s",
			s->state == STATE_HANDSHAKE
				? " before it said who it is (too many connections?)"
				: "");
	} else {
		libssh2_session_last_error(s->ssh, &text, NULL, 0);
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
	else
		step(s, EVENT_CONFIGURED);
}

static void
on_looked_up(void *ctx)
{
	step(ctx, EVENT_LOOKED_UP);
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
	s->transport = transport_new_socket(s->loop, fd, on_transport, s);
	step(s, EVENT_CONNECTED);
}

/* Settings that change the way to the host, or who may vouch for it, and that we cannot follow.
 */
static bool
refuse_config(struct ssh_session *s)
{
	const struct ssh_config *c = s->config;
	const char *which = c->proxyjump         ? "ProxyJump"
			    : c->proxycommand    ? "ProxyCommand"
			    : c->revokedhostkeys ? "RevokedHostKeys"
						 : NULL;
	struct err err = ERR_INIT;
	if (which) {
		err_set(&err, ERR_UNSUPPORTED,
			"the ssh configuration of %s sets %s, which cockpit cannot follow yet",
			s->name, which);
		fail(s, &err);
	}
	return which != NULL;
}

static void
start_lookup(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	if (refuse_config(s))
		return;
	s->ops->status(s->ctx, "resolving");
	s->known = ssh_known_hosts_new();
	for (size_t i = 0; i < s->config->known_hosts_count; i++) {
		if (ssh_known_hosts_add_file(s->known, s->config->known_hosts[i], &err) < 0) {
			fail(s, &err);
			return;
		}
	}
	set_deadline(
		s, s->config->connect_timeout_s ? s->config->connect_timeout_s : CONNECT_S);
	s->dial = dial_new(s->loop, s->config->hostname, s->config->port, s->config->family,
		on_looked_up, on_dialled, s);
}

static void
tell_connecting(struct ssh_session *s)
{
	s->ops->status(s->ctx, "connecting");
}

static void
start_handshake(struct ssh_session *s)
{
	LIBSSH2_SEND_FUNC((*send_fn)) = on_send;
	LIBSSH2_RECV_FUNC((*recv_fn)) = on_recv;
	LIBSSH2_DISCONNECT_FUNC((*disconnect_fn)) = on_disconnect;
	struct buf keys = BUF_INIT;
	hostkey_prefer(s->known, s->config, &keys);
	s->ssh = libssh2_session_init_ex(on_alloc, on_free, on_realloc, s);
	BUG_ON(s->ssh == NULL);
	const struct {
		int method;
		const char *names;
	} rows[] = {
		{LIBSSH2_METHOD_KEX,      KEX_METHODS    },
		{LIBSSH2_METHOD_HOSTKEY,  buf_cstr(&keys)},
		{LIBSSH2_METHOD_CRYPT_CS, CRYPT_METHODS  },
		{LIBSSH2_METHOD_CRYPT_SC, CRYPT_METHODS  },
		{LIBSSH2_METHOD_MAC_CS,   MAC_METHODS    },
		{LIBSSH2_METHOD_MAC_SC,   MAC_METHODS    },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		BUG_ON(libssh2_session_method_pref(s->ssh, rows[i].method, rows[i].names) != 0);
	buf_release(&keys);
	libssh2_session_set_blocking(s->ssh, 0);
	set_callback(s->ssh, LIBSSH2_CALLBACK_SEND, &send_fn);
	set_callback(s->ssh, LIBSSH2_CALLBACK_RECV, &recv_fn);
	set_callback(s->ssh, LIBSSH2_CALLBACK_DISCONNECT, &disconnect_fn);
	on_transport(s);
}

static void
shake(struct ssh_session *s)
{
	int rc = libssh2_session_handshake(s->ssh, NO_SOCKET);
	s->shaking = rc == LIBSSH2_ERROR_EAGAIN;
	if (s->shaking)
		return;
	if (rc == 0)
		step(s, EVENT_SHAKEN);
	else if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE)
		fail_with(s, ERR_UNSUPPORTED,
			"the server and libssh2 have no safe algorithms in common: key "
			"exchange by "
			"curve25519 or nistp256, a host key that is ed25519 or ecdsa, aes-ctr "
			"and "
			"hmac-sha2 are needed");
	else
		s->broken_rc = rc;
}

/* Before a word about who we are; false when the session has failed. */
static bool
check_host_key(struct ssh_session *s)
{
	size_t len = 0;
	int type;
	struct err err = ERR_INIT;
	const char *bytes = libssh2_session_hostkey(s->ssh, &len, &type);
	if (hostkey_check(s->known, s->config, (struct str){bytes, bytes ? len : 0}, &err) == 0)
		return true;
	fail(s, &err);
	return false;
}

static void
on_auth_wake(void *ctx)
{
	struct ssh_session *s = ctx;
	s->waiting_for_agent = false;
	on_transport(s);
}

static void
start_login(struct ssh_session *s)
{
	if (!check_host_key(s))
		return;
	ssh_known_hosts_free(s->known);
	s->known = NULL;
	set_deadline(s, LOGIN_S);
	s->ops->status(s->ctx, "login");
	s->auth = auth_new(s->loop, s->config, s->ssh, on_auth_wake, s);
	step(s, EVENT_IO);
}

static void
login(struct ssh_session *s)
{
	struct err err = ERR_INIT;
	int rc = auth_step(s->auth, &err);
	s->waiting_for_agent = rc == AUTH_AGENT;
	if (rc == AUTH_DONE)
		step(s, EVENT_LOGGED_IN);
	else if (rc < 0 && !(s->transport->lost || s->farewell[0]))
		fail(s, &err);
	else if (rc < 0)
		transport_lose(s->transport,
			0); /* the reason is the server's farewell, not the call that met it */
}

static void
tell_ready(struct ssh_session *s)
{
	loop_timer_cancel(s->deadline);
	auth_free(s->auth);
	s->auth = NULL;
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
	{STATE_CONFIG,    EVENT_CONFIGURED, STATE_LOOKUP,    start_lookup   },
	{STATE_LOOKUP,    EVENT_LOOKED_UP,  STATE_CONNECT,   tell_connecting},
	{STATE_CONNECT,   EVENT_CONNECTED,  STATE_HANDSHAKE, start_handshake},
	{STATE_HANDSHAKE, EVENT_IO,         STATE_HANDSHAKE, shake          },
	{STATE_HANDSHAKE, EVENT_SHAKEN,     STATE_LOGIN,     start_login    },
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
ssh_session_new(struct loop *loop, const char *name, const char *config_file,
	const struct ssh_session_ops *ops, void *ctx)
{
	struct ssh_session *s = MEM_NEW(struct ssh_session);
	*s = (struct ssh_session){
		.loop = loop, .name = mem_strdup(name), .ops = ops, .ctx = ctx};
	s->deadline = loop_timer_new(loop, on_deadline, s);
	s->query = ssh_config_query_new(loop, name, config_file, on_config, s);
	return s;
}

void
ssh_session_free(struct ssh_session *s)
{
	if (!s)
		return;
	ssh_config_query_cancel(s->query);
	dial_free(s->dial);
	auth_free(s->auth);
	if (s->ssh) {
		if (!s->transport->lost && !s->broken_rc && !s->shaking) {
			libssh2_session_disconnect(s->ssh, "bye");
			transport_flush(s->transport);
		}
		/* Now libssh2 waits for nobody when it frees its channels. */
		s->transport->broken = true;
		if (s->shaking) /* what a key exchange holds is freed by its own failure alone
				 */
			(void)libssh2_session_handshake(s->ssh, NO_SOCKET);
		int rc = LIBSSH2_ERROR_EAGAIN;
		for (int i = 0; i < 1000 && rc == LIBSSH2_ERROR_EAGAIN; i++)
			rc = libssh2_session_free(s->ssh);
		if (rc == LIBSSH2_ERROR_EAGAIN)
			log_debug("host %s: libssh2 does not let its session go", s->name);
	}
	transport_free(s->transport);
	loop_timer_free(s->deadline);
	ssh_known_hosts_free(s->known);
	ssh_config_free(s->config);
	mem_free(s->name);
	mem_free(s);
}

LIBSSH2_SESSION *
ssh_session_raw(struct ssh_session *s)
{
	return s->ssh;
}

size_t
ssh_session_unsent(const struct ssh_session *s)
{
	return s->transport->unsent.len;
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
	return !s->transport->dry && !s->transport->lost;
}

void
ssh_session_broke(struct ssh_session *s, int rc)
{
	if (!s->broken_rc)
		s->broken_rc = rc;
}
