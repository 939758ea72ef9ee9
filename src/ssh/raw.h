/* raw: a session of libssh2 as we want them: our memory, strong algorithms alone, its bytes
 * over a transport; and which of its errors end it. */
#ifndef COCKPIT_SSH_RAW_H
#define COCKPIT_SSH_RAW_H

#include <libssh2.h>
#include <stdbool.h>

#include "cockpit/base_str.h"
#include "heap.h"

struct auth;
struct overheard;
struct transport;

#define RAW_FAREWELL_SIZE 200

struct raw {
	LIBSSH2_SESSION *ssh; /* NULL: none */
	struct transport *transport;
	struct heap heap; /* libssh2's */
	bool shaking;     /* it is in the middle of its handshake */
	bool looking;     /* see raw_look() */
	struct overheard
		*heard;    /* while it logs in: hears what libssh2 gets; NULL: not; owned */
	struct auth *auth; /* the same: waits for input in the middle of a call */
	char farewell[RAW_FAREWELL_SIZE]; /* what the server said as it disconnected; safe */
};

/* The struct must stay where it is. Takes over the transport; host_keys: types, in order. */
void raw_init(struct raw *raw, struct transport *transport, const char *host_keys);
/* A copy of what libssh2 then frees by itself. */
void *raw_give(LIBSSH2_SESSION *ssh, struct str bytes);
/* What libssh2 answers. */
int raw_shake(struct raw *raw);
/*
 * libssh2 reads the transport only on behalf of a channel. Without one, a request that nobody
 * serves makes it look at what came (a keep-alive to be answered, the end), and the server's
 * "no" ends that: to be called again while looking. What libssh2 answers.
 */
int raw_look(struct raw *raw);
/* The server has said who it is, as SSH begins. */
bool raw_greeted(const struct raw *raw);
/* polite: says goodbye. All channels are freed too. Harmless on what was never made. */
void raw_release(struct raw *raw, bool polite);
/* Whether the session cannot go on after rc: it is not about one channel alone. */
bool raw_is_fatal(int rc);

#endif
