/* SPDX-License-Identifier: MIT */
/*
 * A table of states and events leads from the name to the login:
 *
 *   config -> lookup -> connect -> handshake -> host key -> login -> ready
 *
 * and from everywhere to "over". The host key is checked before a single word
 * about who we are.
 *
 * While a person is asked, no deadline of ours counts and libssh2 is left alone:
 * what the server sends then is kept for later, and its end is seen at once.
 *
 * The socket's end is not shown to libssh2 at once: it would answer every later
 * read with an error, and what it has decrypted but not handed out would be
 * lost. It sees "nothing there", and the session ends when all is read.
 */
#include "session.h"

#include <errno.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

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
#include "hostkey.h"
#include "overhear.h"
#include "pool.h"
#include "secrets.h"

#define LOG_MODULE    "ssh"

#define CONNECT_S     15
#define LOGIN_S       15
#define UNSENT_HARD   (4u << 20) /* only a peer that asks and never reads gets us here */
#define FAREWELL_SIZE 200
#define EARLY_MAX     (64u << 10) /* what a server may send while a person is asked */

#define KEX_METHODS   "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256"
#define CRYPT_METHODS "aes128-ctr,aes192-ctr,aes256-ctr"
#define MAC_METHODS   "hmac-sha2-256,hmac-sha2-512"

#define STATES(X)                 \
	X(CONFIG, "config")       \
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
	EVENT_LOOKED_UP,
	EVENT_CONNECTED,
	EVENT_SHAKEN,
	EVENT_TRUSTED,
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
	struct secrets *secrets;
	struct dial *dial;
	struct hostkey *hostkey;
	struct auth *auth;
	struct overheard *heard; /* once the login has begun */
	struct loop_timer *deadline;
	int deadline_s;

	LIBSSH2_SESSION *ssh;
	int fd;
	struct loop_watch *watch;
	int watched;
	struct buf unsent;
	struct buf early; /* came while a person was asked; libssh2 has not seen it */
	bool person;      /* is waited for, here or by another session for us too */
	bool asking;      /* ask() has no answer yet */
	bool dry;         /* the socket had nothing; the loop will tell */
	bool shaking;     /* libssh2 is in the middle of its handshake */
	bool waiting_for_agent;
	bool broken;                  /* libssh2 can say no more: its reads fail from now on */
	bool lost;                    /* the socket ended */
	int lost_errno;               /* 0: in good order */
	int broken_rc;                /* of libssh2, or 0 */
	char farewell[FAREWELL_SIZE]; /* what the server said when it disconnected; safe */
};

static void step(struct ssh_session *s, enum event event);
static void check_host_key(struct ssh_session *s);

static void
fail(struct ssh_session *s, const struct err *why)
{
	if (s->state == STATE_OVER)
		return;
	log_debug("host %s: %s -> over (%s)", s->name, state_names[s->state], why->text);
	s->state = STATE_OVER;
	loop_timer_cancel(s->deadline);
	if (s->watch)
		loop_watch_set(s->watch, s->watched = 0);
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

/* libssh2's allocator is ours, so that memory is accounted and checked in one place. During the
 * login it is listened to, and wiped: libssh2 gives back what was typed as it is. */
static LIBSSH2_ALLOC_FUNC(on_alloc)
{
	struct ssh_session *s = *abstract;
	void *ptr = mem_alloc(count ? count : 1);
	if (s->heard)
		overheard_alloc(s->heard, ptr, count);
	return ptr;
}

static LIBSSH2_FREE_FUNC(on_free)
{
	struct ssh_session *s = *abstract;
	if (s->heard && ptr) {
		overheard_release(s->heard, ptr);
		OPENSSL_cleanse(ptr, malloc_usable_size(ptr));
	}
	mem_free(ptr);
}

static LIBSSH2_REALLOC_FUNC(on_realloc)
{
	struct ssh_session *s = *abstract;
	if (s->heard && ptr)
		overheard_release(s->heard, ptr);
	return mem_grow(ptr, count ? count : 1, 1);
}

static void
lose(struct ssh_session *s, int error)
{
	if (s->lost)
		return;
	s->lost = true;
	s->lost_errno = error;
}

/* As much as the kernel takes. */
static void
flush(struct ssh_session *s)
{
	size_t sent = 0;
	while (sent < s->unsent.len && !s->lost) {
		ssize_t n =
			send(s->fd, s->unsent.ptr + sent, s->unsent.len - sent, MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && errno == EAGAIN)
			break;
		else
			lose(s, errno);
	}
	buf_consume(&s->unsent, sent);
}

static LIBSSH2_SEND_FUNC(on_send)
{
	struct ssh_session *s = *abstract;
	(void)socket;
	(void)flags;
	if (s->broken)
		return -ECONNRESET;
	if (s->unsent.len + length > UNSENT_HARD) {
		lose(s, ENOBUFS);
		return -ECONNRESET;
	}
	/* After the end it goes nowhere, but libssh2 must be able to finish reading. */
	if (!s->lost)
		buf_add(&s->unsent, (struct str){buffer, length});
	if (s->unsent.len == length)
		flush(s);
	return (ssize_t)length;
}

static ssize_t
take_early(struct ssh_session *s, void *into, size_t size)
{
	size_t len = s->early.len < size ? s->early.len : size;
	memcpy(into, s->early.ptr, len);
	buf_consume(&s->early, len);
	return (ssize_t)len;
}

/* All that is there, so that its end is seen. */
static void
keep_early(struct ssh_session *s)
{
	char bytes[4096];
	while (!s->dry && !s->lost) {
		ssize_t n = recv(s->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			s->dry = true;
		else if (n <= 0)
			lose(s, n < 0 ? errno : 0);
		else if (buf_add(&s->early, (struct str){bytes, (size_t)n}) < 0)
			lose(s, ENOBUFS);
	}
}

static ssize_t
receive(struct ssh_session *s, void *buffer, size_t length)
{
	if (s->broken)
		return -ECONNRESET;
	if (s->early.len > 0)
		return take_early(s, buffer, length);
	if (s->dry || s->lost)
		return -EAGAIN;
	ssize_t n;
	do
		n = recv(s->fd, buffer, length, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	if (n < 0 && errno == EAGAIN)
		s->dry = true;
	else
		lose(s, n < 0 ? errno : 0);
	return -EAGAIN;
}

static LIBSSH2_RECV_FUNC(on_recv)
{
	struct ssh_session *s = *abstract;
	ssize_t n;
	(void)socket;
	(void)flags;
	do
		n = receive(s, buffer, length);
	while (n == -EAGAIN && auth_wait_input(s->auth));
	return n;
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
	if (!s->watch || s->state == STATE_OVER)
		return;
	int want = (s->waiting_for_agent ? 0 : LOOP_READ) | (s->unsent.len ? LOOP_WRITE : 0);
	if (want != s->watched)
		loop_watch_set(s->watch, s->watched = want);
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

/* Ends the session if its socket or libssh2 said so. */
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
	if (!s->lost && !s->broken_rc)
		return false;
	if (s->person) {
		fail_unanswered(s);
		return true;
	}
	if (s->farewell[0]) {
		err_set(&err, code, "the server ended the connection: %s", s->farewell);
	} else if (s->lost && s->lost_errno) {
		errno = s->lost_errno;
		err_errno(&err, "the connection broke");
		err.code = ERR_CLOSED;
	} else if (s->lost || s->broken_rc == LIBSSH2_ERROR_SOCKET_DISCONNECT) {
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
on_socket(void *ctx, int events)
{
	struct ssh_session *s = ctx;
	if (events & LOOP_READ)
		s->dry = false;
	if (s->unsent.len)
		flush(s);
	if (s->person)
		keep_early(s);
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
	s->fd = fd;
	if (err)
		fail(s, err);
	else
		step(s, EVENT_CONNECTED);
}

/* Settings that change the way to the host and that we cannot follow. */
static bool
refuse_config(struct ssh_session *s)
{
	const struct ssh_config *c = s->config;
	const char *which = c->proxyjump      ? "ProxyJump"
			    : c->proxycommand ? "ProxyCommand"
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
	if (hostkey_read_files(s->config, &s->known, &err) < 0) {
		fail(s, &err);
		return;
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
	s->watch = loop_watch_new(s->loop, s->fd, on_socket, s);
	step(s, EVENT_IO);
	if (!check_end(s))
		watch(s);
}

static void
shake(struct ssh_session *s)
{
	int rc = libssh2_session_handshake(s->ssh, s->fd);
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
	if (person && !s->person)
		loop_timer_cancel(s->deadline);
	else if (!person && s->person)
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
	const char *bytes = libssh2_session_hostkey(s->ssh, &len, &type);
	ssh_known_hosts_free(s->known);
	s->known = NULL;
	s->ops->status(s->ctx, "host key");
	s->hostkey = hostkey_new(s->loop, s->config, s->secrets,
		(struct str){bytes ? bytes : "", bytes ? len : 0}, &ops, s);
	check_host_key(s);
}

static void
start_login(struct ssh_session *s)
{
	static const struct auth_ops ops = {on_wake, on_ask, on_unask};
	set_deadline(s, LOGIN_S);
	s->ops->status(s->ctx, "login");
	s->heard = overheard_new();
	s->auth = auth_new(s->loop, s->config, s->ssh, s->secrets, s->heard, &ops, s);
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
	wait_for_person(s, rc == AUTH_PERSON);
	if (rc == AUTH_DONE)
		step(s, EVENT_LOGGED_IN);
	else if (rc < 0 && !(s->lost || s->farewell[0]))
		fail(s, &err);
	else if (rc < 0)
		lose(s, 0); /* the reason is the server's farewell, not the call that met it */
}

static void
tell_ready(struct ssh_session *s)
{
	loop_timer_cancel(s->deadline);
	auth_free(s->auth);
	s->auth = NULL;
	overheard_free(s->heard);
	s->heard = NULL;
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
ssh_session_new(struct ssh_pool *pool, const char *name, const char *config_file,
	const struct ssh_session_ops *ops, void *ctx)
{
	struct loop *loop = ssh_pool_loop(pool);
	struct ssh_session *s = MEM_NEW(struct ssh_session);
	*s = (struct ssh_session){
		.loop = loop, .name = mem_strdup(name), .ops = ops, .ctx = ctx, .fd = -1};
	s->secrets = secrets_ref(ssh_pool_secrets(pool));
	s->early = BUF_INIT_MAX(EARLY_MAX);
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
	hostkey_free(s->hostkey);
	/* A call of libssh2 that waits in its middle ends when it can say no more. */
	s->broken |= auth_inside(s->auth);
	auth_free(s->auth);
	s->auth = NULL;
	if (s->ssh) {
		if (!s->lost && !s->broken_rc && !s->shaking) {
			libssh2_session_disconnect(s->ssh, "bye");
			flush(s);
		}
		/* Now libssh2 waits for nobody when it frees its channels. */
		s->broken = true;
		if (s->shaking) /* what a key exchange holds is freed by its own failure alone
				 */
			(void)libssh2_session_handshake(s->ssh, s->fd);
		int rc = LIBSSH2_ERROR_EAGAIN;
		for (int i = 0; i < 1000 && rc == LIBSSH2_ERROR_EAGAIN; i++)
			rc = libssh2_session_free(s->ssh);
		if (rc == LIBSSH2_ERROR_EAGAIN)
			log_debug("host %s: libssh2 does not let its session go", s->name);
	}
	loop_watch_free(s->watch);
	if (s->fd >= 0)
		close(s->fd);
	loop_timer_free(s->deadline);
	ssh_known_hosts_free(s->known);
	overheard_free(s->heard);
	ssh_config_free(s->config);
	secrets_unref(s->secrets);
	buf_release(&s->early);
	buf_release(&s->unsent);
	mem_free(s->name);
	mem_free(s);
}

void
ssh_session_answer(struct ssh_session *s, bool yes, const char *const answers[])
{
	if (!s->asking)
		return;
	s->asking = false;
	if (s->state == STATE_HOSTKEY)
		hostkey_answer(s->hostkey, yes);
	else
		auth_answer(s->auth, yes, answers);
}

LIBSSH2_SESSION *
ssh_session_raw(struct ssh_session *s)
{
	return s->ssh;
}

size_t
ssh_session_unsent(const struct ssh_session *s)
{
	return s->unsent.len;
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
	return !s->dry && !s->lost;
}

void
ssh_session_broke(struct ssh_session *s, int rc)
{
	if (!s->broken_rc)
		s->broken_rc = rc;
}
