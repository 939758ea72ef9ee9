/*
 * tmux_control: one conversation with "tmux -C" over any byte stream.
 *
 * Bytes in become two things: notices (the far side changed) and replies (the
 * answer to a line we sent, in the order sent). Nothing else happens here: no
 * sockets, no drawing, no decision about what a change means.
 *
 * Each command is answered by one block, "%begin T N F" … "%end T N F" (or
 * %error). Its body is raw: a captured screen may hold lines that look like
 * any notice or guard. So only a line with the open block's own time, number and
 * flags closes it, and everything else inside is body. There is one exception,
 * see tmux_control_send_noisy().
 *
 * What the owner has to know, because no parser can help it:
 *  - Ask for captures with -C. An agent that can guess time and number of the
 *    very next block could still print its end; then the real one is found to
 *    be out of place and the link is dropped (ERR_PROTOCOL).
 *  - Notices are one line each, but tmux 3.3a does not escape the value of a
 *    subscription: a newline in it (a directory name, a pane option) starts what
 *    looks like a notice of its own. Subscribe to "#{s/[\001-\037\177]/?/:…}".
 *
 * The parser is fed by its owner, so that the owner can read a preamble from
 * the same stream first. Callbacks run from inside tmux_control_feed() and
 * tmux_control_free() only.
 */
#ifndef COCKPIT_TMUX_CONTROL_H
#define COCKPIT_TMUX_CONTROL_H

#include "cockpit/base_str.h"

struct err;
struct tmux_control;

/* Name on the wire, our name, shape of the rest: see enum tmux_shape in control.c. */
#define TMUX_NOTICES(X)                                           \
	X("output", OUTPUT, DATA)                                 \
	X("extended-output", EXTENDED_OUTPUT, AGED_DATA)          \
	X("pause", PAUSE, PANE)                                   \
	X("continue", CONTINUE, PANE)                             \
	X("layout-change", LAYOUT_CHANGE, WINDOW)                 \
	X("window-add", WINDOW_ADD, WINDOW)                       \
	X("window-close", WINDOW_CLOSE, WINDOW)                   \
	X("unlinked-window-close", UNLINKED_WINDOW_CLOSE, WINDOW) \
	X("window-renamed", WINDOW_RENAMED, WINDOW)               \
	X("window-pane-changed", WINDOW_PANE_CHANGED, WINDOW)     \
	X("pane-mode-changed", PANE_MODE_CHANGED, PANE)           \
	X("session-changed", SESSION_CHANGED, SESSION)            \
	X("sessions-changed", SESSIONS_CHANGED, TEXT)             \
	X("subscription-changed", SUBSCRIPTION_CHANGED, TEXT)     \
	X("client-detached", CLIENT_DETACHED, TEXT)               \
	X("message", MESSAGE, TEXT)                               \
	X("config-error", CONFIG_ERROR, TEXT)                     \
	X("exit", EXIT, TEXT)                                     \
	X("", OTHER, TEXT) /* newer tmux than we know: passed on, never an error */

enum tmux_notice_kind {
#define X(wire, name, shape) TMUX_NOTICE_##name,
	TMUX_NOTICES(X)
#undef X
};

/* Borrowed: everything it points at dies when the callback returns. */
struct tmux_notice {
	enum tmux_notice_kind kind;
	struct str subject; /* "%3", "@1", "$0" or empty; checked: right sigil, 32 bit number */
	struct str body;    /* the rest, decoded if output: may hold NULs; OTHER: all of it */
};

struct tmux_counters {
	uint64_t bad_octal;   /* escapes that were none */
	uint64_t bad_notice;  /* known names with a shape that is not theirs: dropped */
	uint64_t other;       /* lines that we do not know */
	uint64_t stray_reply; /* blocks that nobody asked for */
};

/*
 * status is 0 for %end, ERR_REMOTE for %error (text is tmux's message), or
 * ERR_CANCELED when the conversation ended first (text is empty). text is the
 * body, lines separated by "\n", borrowed, raw.
 */
typedef void tmux_reply_fn(void *ctx, int status, struct str text);

struct tmux_control_ops {
	void (*notice)(void *ctx, const struct tmux_notice *notice);
	/* Sends one line, newline included; the result of stream_write(). Must not feed. */
	int (*write)(void *ctx, struct str bytes);
	/*
	 * A block that nobody asked for: above all the one of the command line
	 * of tmux itself ("no sessions"). They are counted too. May be NULL.
	 */
	tmux_reply_fn *stray;
};

/* The longest line and the largest reply body that are taken from a host. */
#define TMUX_LINE_MAX    (1u << 20)
#define TMUX_BODY_MAX    (16u << 20)
#define TMUX_PENDING_MAX 4096

struct tmux_control *tmux_control_new(const struct tmux_control_ops *ops, void *ctx);
/* Pending replies are called back with ERR_CANCELED first. Accepts NULL. */
void tmux_control_free(struct tmux_control *tc);

/*
 * Bytes from the host, in any chunking. ERR_LIMIT when a line or a body grew
 * past its limit and ERR_PROTOCOL when a block was malformed: then the link
 * must be dropped, and every further call says so again. The owner may call
 * tmux_control_free() only after feed() returned.
 */
int tmux_control_feed(struct tmux_control *tc, struct str bytes, struct err *err);

/*
 * Sends one command line that holds `commands` commands (each gives its own
 * block; a parse error gives one block for the whole line, and a runtime error
 * drops the later ones). The number must be right: tmux says nothing that ties
 * a block to a line. reply is called exactly once, with the lines of all blocks
 * in one text if all succeeded (a block without lines adds nothing, not even a
 * separator), else with the first error alone.
 *
 * ERR_INVALID if the line holds a newline or NUL or tmux would not answer it
 * (blank: an empty one means "detach"; a comment; no commands). ERR_LIMIT if
 * too many replies are pending, ERR_CLOSED after feed() failed or during free(),
 * else what write() said; in these cases reply is never called. reply may be NULL.
 */
int tmux_control_send(struct tmux_control *tc, struct str line, unsigned commands,
	tmux_reply_fn *reply, void *ctx);

/*
 * The same for a line with "refresh-client -A" in it. Up to 3.7 tmux says
 * "%pause %N" and "%continue %N" inside the block of the very command that
 * caused them, where nothing tells them from body. But that command prints
 * nothing else, while a capture beside it on the line may show such text. So
 * the caller says which: bit n of `noisy` stands for command n of the line,
 * counted from 0; in its block, and in no other, a line that is exactly
 * "%pause %N" or "%continue %N" is delivered as the notice that it is, in its
 * place in the stream, before the reply. ERR_INVALID for a bit beyond `commands`.
 *
 *   refresh-client -A '%3:pause'                                      noisy 1
 *   display -p F ; capture-pane -p -C … ; refresh-client -A '%3:continue'   noisy 1 << 2
 */
int tmux_control_send_noisy(struct tmux_control *tc, struct str line, unsigned commands,
	uint64_t noisy, tmux_reply_fn *reply, void *ctx);

const struct tmux_counters *tmux_control_counters(const struct tmux_control *tc);

#endif
