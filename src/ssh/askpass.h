/*
 * askpass: a socket on which ssh(1) asks through ssh_askpass.h; one question at a
 * time, whoever of the ssh's of one way to a host has it.
 *
 * On the wire: what asks sends two strings as in SSH messages (the hint of
 * SSH_ASKPASS_PROMPT, the prompt); it gets 'y' and the answer, or 'n', then a
 * newline and the end.
 */
#ifndef COCKPIT_SSH_ASKPASS_LOCAL_H
#define COCKPIT_SSH_ASKPASS_LOCAL_H

#include <stdbool.h>

#include "cockpit/base_str.h"

#define ASKPASS_SOCKET     "COCKPIT_ASKPASS" /* in ssh's environment: the path */
#define ASKPASS_PROMPT_MAX 4096
#define ASKPASS_HINT_MAX   64
#define ASKPASS_ANSWER_MAX 1023 /* ssh's own limit */
#define ASKPASS_YES        'y'
#define ASKPASS_NO         'n'

/* helper.c: this program can be named to ssh. */
bool helper_is_there(void);

struct askpass;
struct err;
struct loop;

/* Both from the loop, and each may free anything. */
struct askpass_ops {
	/* askpass_answer() is due, unless gone() comes first. Borrowed until that, or until it
	 * returns. */
	void (*asked)(void *ctx, struct str hint, struct str prompt);
	/* Nobody waits for the answer any more. */
	void (*gone)(void *ctx);
};

/* path: of a socket to be made, in a folder of ours alone. NULL with err. */
struct askpass *askpass_new(struct loop *loop, const char *path, const struct askpass_ops *ops,
	void *ctx, struct err *err);
/* Who waits gets no answer; the socket goes. Accepts NULL. */
void askpass_free(struct askpass *askpass);
/* text: what is printed after yes; not kept. Never calls back at once. */
void askpass_answer(struct askpass *askpass, bool yes, struct str text);

#endif
