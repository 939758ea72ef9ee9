/*
 * ui/clipboard: text for the operator's clipboard. By his command ("copy_command" in
 * config.json); else, inside a tmux of his, by that tmux, which passes it on as it is set to;
 * else by the terminal itself (OSC 52).
 */
#ifndef COCKPIT_UI_CLIPBOARD_H
#define COCKPIT_UI_CLIPBOARD_H

#include "cockpit/base_str.h"

struct clipboard;
struct err;
struct loop;

/* What terminals take at most: 100000 bytes as they are sent. */
#define CLIPBOARD_TERMINAL_MAX 74994

struct clipboard_ops {
	/* These bytes are for the operator's terminal; false: it does not take them now. */
	bool (*say)(void *ctx, struct str bytes);
	/* What came of clipboard_put(); err NULL: it is there, as far as one is told. words are
	 * those that were given. */
	void (*done)(void *ctx, const char *words, const struct err *err);
};

/* command: argv, ends with NULL; NULL: none. Copied; ops and ctx outlive it. */
struct clipboard *clipboard_new(
	struct loop *loop, char *const command[], const struct clipboard_ops *ops, void *ctx);
/* From the next copy on. */
void clipboard_use(struct clipboard *cb, char *const command[]);
/* What runs is ended. Accepts NULL. */
void clipboard_free(struct clipboard *cb);
/* Copies the text. done() comes once, perhaps from inside. */
void clipboard_put(struct clipboard *cb, struct str text, const char *words);
/* OSC 52 with all of text. */
struct buf;
void clipboard_bytes(struct str text, struct buf *into);

#endif
