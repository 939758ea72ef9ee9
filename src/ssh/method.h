/*
 * method: one way to log in, and what all of them share: the session, a person
 * who may be asked, and the notes from which the error's text is made.
 */
#ifndef COCKPIT_SSH_METHOD_H
#define COCKPIT_SSH_METHOD_H

#include <libssh2.h>

#include "auth.h"
#include "cockpit/base_buf.h"
#include "cockpit/io_link.h"
#include "limit.h"

struct overheard;
struct secrets;
struct ssh_config;

/* Beside what auth_step() may return. */
enum method_progress {
	METHOD_AGAIN = AUTH_PERSON + 1, /* to be called again at once */
	METHOD_REFUSED,                 /* the server did; there may be more to try */
	METHOD_SPENT,                   /* nothing is left to try */
};

struct login {
	struct loop *loop;
	const struct ssh_config *config;
	LIBSSH2_SESSION *ssh;
	struct secrets *secrets;
	struct overheard *heard;
	const struct auth_ops *ops;
	void *ctx;

	void (*answer)(void *method, bool yes, const char *const answers[]); /* NULL: nothing is
										 asked */
	void *answer_ctx;

	struct buf tried, skipped; /* for the error's text */
	bool no_room_for_rsa;
	bool ssh_may_ask; /* another way may be taken, and a person is there for it */
	struct limit met; /* what ssh(1) could log in with and libssh2 cannot; or none */
	bool inside;      /* a call of libssh2 stands in its middle */
};

struct method_class {
	const char *name; /* on the wire */
	size_t use;       /* offset in struct ssh_config of the bool that allows it */
	void *(*start)(struct login *login);
	/* After each time that the server is half content: keys are tried anew. NULL: not
	 * needed. */
	void (*again)(void *method);
	int (*step)(void *method, struct err *err);
	/* The socket has run dry inside of a call of libssh2: waits, false if there is no way
	 * to. */
	bool (*wait_input)(void *method);
	void (*free)(void *method);
};

extern const struct method_class method_keys;
extern const struct method_class method_interactive;
extern const struct method_class method_password;

/* Adds "label: why" (why may be "") to a list of notes. */
void login_note(struct buf *list, const char *label, const char *why);
/*
 * Asks; answer() comes from the loop and may be called at once after this. text is put under
 * what the server's banner says. false: there is nobody.
 */
bool login_ask(struct login *login, const struct link_ask *ask,
	void (*answer)(void *method, bool yes, const char *const answers[]), void *method);
/* The question is not wanted any more, if it is method's. */
void login_unask(struct login *login, const void *method);
/* Text of a server as lines that are safe to show. */
void login_safe_lines(struct buf *into, struct str text);
/* ERR_CLOSED with what libssh2 says. */
int login_broke(struct login *login, struct err *err);

#endif
