/*
 * tmux_control: one conversation with "tmux -C" over any byte stream.
 *
 * Bytes in become two things: notices (the far side changed) and replies (the
 * answer to a line we sent, in the order sent). Nothing else happens here: no
 * sockets, no drawing, no decision about what a change means. Facts in
 * shared design tmux.md 2: one %begin..%end block per command, only a line with the
 * block's own time, number and flags closes it, and everything else inside is
 * body, whatever it looks like.
 *
 * The parser is fed by its owner, so that the owner can read a preamble from
 * the same stream first. Callbacks run from inside tmux_control_feed().
 */
#ifndef COCKPIT_TMUX_CONTROL_H
#define COCKPIT_TMUX_CONTROL_H

#include "cockpit/base_str.h"

struct err;
struct tmux_control;

/* Name on the wire, our name, shape of the rest: see enum tmux_shape. */
#define TMUX_NOTICES(X)                                                        \
	X("output", OUTPUT, DATA)                                              \
	X("extended-output", EXTENDED_OUTPUT, AGED_DATA)                       \
	X("pause", PAUSE, ID)                                                  \
	X("continue", CONTINUE, ID)                                            \
	X("layout-change", LAYOUT_CHANGE, ID)                                  \
	X("window-add", WINDOW_ADD, ID)                                        \
	X("window-close", WINDOW_CLOSE, ID)                                    \
	X("unlinked-window-close", UNLINKED_WINDOW_CLOSE, ID)                  \
	X("window-renamed", WINDOW_RENAMED, ID)                                \
	X("window-pane-changed", WINDOW_PANE_CHANGED, ID)                      \
	X("pane-mode-changed", PANE_MODE_CHANGED, ID)                          \
	X("session-changed", SESSION_CHANGED, ID)                              \
	X("sessions-changed", SESSIONS_CHANGED, TEXT)                          \
	X("subscription-changed", SUBSCRIPTION_CHANGED, TEXT)                  \
	X("client-detached", CLIENT_DETACHED, TEXT)                            \
	X("message", MESSAGE, TEXT)                                            \
	X("config-error", CONFIG_ERROR, TEXT)                                  \
	X("exit", EXIT, TEXT)                                                  \
	X("", OTHER, TEXT) /* newer tmux than we know: passed on, never an error */

enum tmux_notice_kind {
#define X(wire, name, shape) TMUX_NOTICE_##name,
	TMUX_NOTICES(X)
#undef X
};

/* Borrowed: everything it points at dies when the callback returns. */
struct tmux_notice {
	enum tmux_notice_kind kind;
	struct str subject; /* "%3", "@1", "$0" or empty; checked to be sigil and digits */
	struct str body;    /* the rest; for output: octal escapes undone, may hold NULs */
};

struct tmux_counters {
	uint64_t bad_octal;	/* escapes that were none */
	uint64_t bad_notice;	/* known names with a shape that is not theirs: dropped */
	uint64_t other;		/* lines that we do not know */
	uint64_t stray_reply;	/* blocks that nobody asked for */
};

struct tmux_control_ops {
	void (*notice)(void *ctx, const struct tmux_notice *notice);
	/* Sends one line, newline included; the result of stream_write(). */
	int (*write)(void *ctx, struct str bytes);
};

/*
 * status is 0 for %end, ERR_REMOTE for %error (text is tmux's message), or
 * ERR_CANCELED when the conversation ended first. text is the body, lines
 * separated by "\n", borrowed.
 */
typedef void tmux_reply_fn(void *ctx, int status, struct str text);

/* The longest line and the largest reply body that are taken from a host. */
#define TMUX_LINE_MAX (1u << 20)
#define TMUX_BODY_MAX (16u << 20)
#define TMUX_PENDING_MAX 4096

struct tmux_control *tmux_control_new(const struct tmux_control_ops *ops, void *ctx);
/* Pending replies are called back with ERR_CANCELED first. Accepts NULL. */
void tmux_control_free(struct tmux_control *tc);

/*
 * Bytes from the host, in any chunking. ERR_LIMIT when a line or a body grew
 * past its limit and ERR_PROTOCOL when a block was malformed: then the link
 * must be dropped. The owner may call tmux_control_free() only after feed() returned.
 */
int tmux_control_feed(struct tmux_control *tc, struct str bytes, struct err *err);

/*
 * Sends one command line that holds `commands` commands (each gives its own
 * block; a parse error gives one block for the whole line, and a runtime error
 * drops the later ones). reply is called exactly once, with the bodies of all
 * blocks joined by "\n" when there are several and all succeeded, else with the first
 * error. ERR_INVALID if line is empty or holds a newline or NUL (tmux reads an
 * empty line as "detach"), ERR_LIMIT if too many replies are pending, else what write() said;
 * in these cases reply is never called. reply may be NULL.
 */
int tmux_control_send(struct tmux_control *tc, struct str line, unsigned commands,
	tmux_reply_fn *reply, void *ctx);
const struct tmux_counters *tmux_control_counters(const struct tmux_control *tc);

#endif
