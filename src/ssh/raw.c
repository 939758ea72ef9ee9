/* SPDX-License-Identifier: MIT */
#include "raw.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "auth.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "limit.h"
#include "overhear.h"
#include "transport.h"

#define LOG_MODULE "ssh"

/* libssh2 hands it to our callbacks, and asks the system once whether it blocks: no number that
 * may be open. */
#define NO_SOCKET INT_MAX

/* libssh2's allocator is ours, so that what a server makes it keep has an end: then nothing
 * more is received. During the login it is listened to, and wiped: libssh2 gives back what was
 * typed as it is. */
static void
check_heap(struct raw *raw)
{
	if (raw->heap.over)
		transport_refuse(raw->transport, "the server sends more than was asked for");
}

static LIBSSH2_ALLOC_FUNC(on_alloc)
{
	struct raw *raw = *abstract;
	void *ptr = heap_alloc(&raw->heap, count);
	check_heap(raw);
	if (raw->heard && ptr)
		overheard_alloc(raw->heard, ptr, count);
	return ptr;
}

static LIBSSH2_FREE_FUNC(on_free)
{
	struct raw *raw = *abstract;
	if (raw->heard && ptr) {
		overheard_release(raw->heard, ptr);
		heap_wipe(ptr);
	}
	heap_free(&raw->heap, ptr);
}

static LIBSSH2_REALLOC_FUNC(on_realloc)
{
	struct raw *raw = *abstract;
	if (raw->heard && ptr)
		overheard_release(raw->heard, ptr);
	ptr = heap_grow(&raw->heap, ptr, count);
	check_heap(raw);
	return ptr;
}

static LIBSSH2_SEND_FUNC(on_send)
{
	struct raw *raw = *abstract;
	(void)socket;
	(void)flags;
	return transport_send(raw->transport, (struct str){buffer, length});
}

static LIBSSH2_RECV_FUNC(on_recv)
{
	struct raw *raw = *abstract;
	ssize_t n;
	(void)socket;
	(void)flags;
	do
		n = transport_recv(raw->transport, buffer, length);
	while (n == -EAGAIN && auth_wait_input(raw->auth));
	return n;
}

static LIBSSH2_DISCONNECT_FUNC(on_disconnect)
{
	struct raw *raw = *abstract;
	(void)session;
	(void)reason;
	(void)language;
	(void)language_len;
	if (message && message_len > 0)
		text_safe_tmp(raw->farewell, sizeof(raw->farewell),
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

void
raw_init(struct raw *raw, struct transport *transport, const char *host_keys)
{
	LIBSSH2_SEND_FUNC((*send_fn)) = on_send;
	LIBSSH2_RECV_FUNC((*recv_fn)) = on_recv;
	LIBSSH2_DISCONNECT_FUNC((*disconnect_fn)) = on_disconnect;
	const struct {
		int method;
		const char *names;
	} rows[] = {
		{LIBSSH2_METHOD_KEX,      LIMIT_KEX  },
		{LIBSSH2_METHOD_HOSTKEY,  host_keys  },
		{LIBSSH2_METHOD_CRYPT_CS, LIMIT_CRYPT},
		{LIBSSH2_METHOD_CRYPT_SC, LIMIT_CRYPT},
		{LIBSSH2_METHOD_MAC_CS,   LIMIT_MAC  },
		{LIBSSH2_METHOD_MAC_SC,   LIMIT_MAC  },
	};
	*raw = (struct raw){.transport = transport};
	raw->ssh = libssh2_session_init_ex(on_alloc, on_free, on_realloc, raw);
	BUG_ON(raw->ssh == NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		BUG_ON(libssh2_session_method_pref(raw->ssh, rows[i].method, rows[i].names) !=
			0);
	libssh2_session_set_blocking(raw->ssh, 0);
	set_callback(raw->ssh, LIBSSH2_CALLBACK_SEND, &send_fn);
	set_callback(raw->ssh, LIBSSH2_CALLBACK_RECV, &recv_fn);
	set_callback(raw->ssh, LIBSSH2_CALLBACK_DISCONNECT, &disconnect_fn);
}

void *
raw_give(LIBSSH2_SESSION *ssh, struct str bytes)
{
	struct raw *raw = *libssh2_session_abstract(ssh);
	return heap_copy(&raw->heap, bytes.ptr, bytes.len);
}

int
raw_shake(struct raw *raw)
{
	int rc = libssh2_session_handshake(raw->ssh, NO_SOCKET);
	raw->shaking = rc == LIBSSH2_ERROR_EAGAIN;
	return rc;
}

int
raw_look(struct raw *raw)
{
	static const char type[] = "probe@cockpit";
	LIBSSH2_CHANNEL *served =
		libssh2_channel_open_ex(raw->ssh, type, sizeof(type) - 1, 0, 32768, NULL, 0);
	int rc = served ? 0 : libssh2_session_last_errno(raw->ssh);
	raw->looking = rc == LIBSSH2_ERROR_EAGAIN;
	if (served)
		libssh2_channel_free(served);
	return rc;
}

bool
raw_greeted(const struct raw *raw)
{
	const char *banner = libssh2_session_banner_get(raw->ssh);
	return banner && strncmp(banner, "SSH-", 4) == 0;
}

void
raw_release(struct raw *raw, bool polite)
{
	if (raw->ssh) {
		if (polite && !raw->transport->lost && !raw->shaking) {
			libssh2_session_disconnect(raw->ssh, "bye");
			transport_flush(raw->transport);
		}
		/* Now libssh2 waits for nobody when it frees its channels. */
		raw->transport->broken = true;
		if (raw->shaking) /* what a key exchange holds is freed by its own failure
				     alone */
			(void)libssh2_session_handshake(raw->ssh, NO_SOCKET);
		int rc = LIBSSH2_ERROR_EAGAIN;
		for (int i = 0; i < 1000 && rc == LIBSSH2_ERROR_EAGAIN; i++)
			rc = libssh2_session_free(raw->ssh);
		if (rc == LIBSSH2_ERROR_EAGAIN)
			log_debug("libssh2 does not let a session go");
	}
	overheard_free(raw->heard);
	heap_release(&raw->heap);
	transport_free(raw->transport);
	*raw = (struct raw){0};
}

bool
raw_is_fatal(int rc)
{
	static const int about_channel[] = {0, LIBSSH2_ERROR_EAGAIN,
		LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED,
		LIBSSH2_ERROR_CHANNEL_UNKNOWN, LIBSSH2_ERROR_CHANNEL_CLOSED,
		LIBSSH2_ERROR_CHANNEL_EOF_SENT, LIBSSH2_ERROR_CHANNEL_WINDOW_FULL,
		LIBSSH2_ERROR_CHANNEL_WINDOW_EXCEEDED, LIBSSH2_ERROR_CHANNEL_PACKET_EXCEEDED,
		LIBSSH2_ERROR_REQUEST_DENIED, LIBSSH2_ERROR_INVAL};
	for (size_t i = 0; i < sizeof(about_channel) / sizeof(about_channel[0]); i++)
		if (rc == about_channel[i])
			return false;
	return rc < 0;
}
