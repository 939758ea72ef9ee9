/*
 * io_link: a host as a byte stream to a command. One link per host, many
 * streams over it. The local machine, SSH, and later any program that gives a
 * byte stream are links; nothing above knows which.
 *
 * A link is made connecting. Exactly one of ready() and closed() comes first;
 * closed() comes at most once and is the last callback. Streams that are open
 * then get their own closed() before it.
 */
#ifndef COCKPIT_IO_LINK_H
#define COCKPIT_IO_LINK_H

#include "cockpit/io_stream.h"

struct err;
struct link;
struct loop;

/*
 * What the far side, or a key, wants of a person. All texts are safe to show and
 * borrowed until the callback returns.
 */
enum link_ask_kind {
	LINK_ASK_SECRET, /* prompts: a passphrase, a password, what a server asks by itself */
	LINK_ASK_TRUST,  /* yes or no: the host key has never been seen */
};

#define LINK_PROMPTS_MAX 8

struct link_prompt {
	const char *text;
	bool echo; /* what is typed may be seen */
};

struct link_ask {
	enum link_ask_kind kind;
	const char *host;  /* who asks, as the configuration names it; on the way to another
			      host it is that of the jump host */
	const char *title; /* one line, "passphrase of /home/a/.ssh/id_ed25519" */
	const char *text;  /* more lines: fingerprint, a server's instruction; may be "" */
	struct link_prompt prompts[LINK_PROMPTS_MAX];
	int count; /* of prompts; 0 for LINK_ASK_TRUST */
};

struct link_ops {
	void (*ready)(void *ctx);
	void (*closed)(void *ctx, const struct err *why);
	/* "resolving", "connecting", "host key", "login", …: what it does now; NULL: not wanted
	 */
	void (*status)(void *ctx, const char *what);
	/*
	 * A question; one at a time, answered by link_answer() whenever a person does. The time
	 * that takes counts against no deadline of ours (the server has its own). NULL: nobody
	 * is there to ask; what would need a person then closes the link with words.
	 */
	void (*ask)(void *ctx, const struct link_ask *ask);
	/* The question is not wanted any more: answered on another screen, or the link is gone.
	 * NULL: not wanted. Not called for what link_answer() answered. */
	void (*unask)(void *ctx);
	/* One line on how the host is reached, when that is not what one would expect:
	 * "through ssh(1): ProxyCommand"; NULL: not wanted. */
	void (*note)(void *ctx, const char *text);
};

/*
 * Runs argv (ends with NULL) there; every argument arrives as it is, whatever
 * bytes but NUL it holds. NULL with *err set if the link is not ready. When the
 * far side has no room for one more (MaxSessions), it waits in a queue; where none that is open
 * is at the end of its input, so that no room is to be expected, it soon gets ERR_REMOTE.
 */
struct stream *link_open(struct link *link, const char *const argv[],
	const struct stream_ops *ops, void *ctx, struct err *err);
/*
 * Answers the question that ask() brought: one text a prompt (copied, and wiped after use), or
 * yes alone. With no the link closes with ERR_AUTH or ERR_HOSTKEY; after a passphrase, what
 * else the server takes is tried (and may ask) first. Harmless when nothing is asked.
 */
void link_answer(struct link *link, bool yes, const char *const answers[]);
/* Ends it; no callback of the link comes any more, open streams get closed() from the loop
 * first. The link must not be used after this. Accepts NULL. */
void link_free(struct link *link);

/* For implementers: embed as first member. */
struct link_class {
	struct stream *(*open)(struct link *link, const char *const argv[],
		const struct stream_ops *ops, void *ctx, struct err *err);
	void (*free)(struct link *link);
	void (*answer)(struct link *link, bool yes, const char *const answers[]); /* NULL: never
										     asks */
};

struct link {
	const struct link_class *class;
};

/* This machine. ready() comes in the next turn. */
struct link *link_local_new(struct loop *loop, const struct link_ops *ops, void *ctx);

#endif
