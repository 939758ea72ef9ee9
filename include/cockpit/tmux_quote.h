/* tmux_quote: text as one word of a tmux command line, and tmux's octal form undone. */
#ifndef COCKPIT_TMUX_QUOTE_H
#define COCKPIT_TMUX_QUOTE_H

#include "cockpit/base_buf.h"

/*
 * Appends s in double quotes: any bytes but NUL (which are left out; a tmux
 * argument cannot hold them) arrive as they are: " \ $ ~ and control bytes,
 * newline among them, are escaped; nothing in it can start a second command.
 * A word that begins with "-" is still an option to the command: put "--" before
 * it. Formats are not the business of quoting: where a command expands its argument
 * (display-message, split-window -c, …), "#{" still does what it does there.
 */
void tmux_quote(struct buf *into, struct str s);
/* The bytes as arguments of "send-keys -H": " 1b 5b 41". */
void tmux_hex(struct buf *into, struct str bytes);
/*
 * Undoes \ooo (three octal digits, at most \377) and "\\"; anything else after a
 * backslash stays as it stands and counts as bad. Returns the number of bad ones.
 * into never grows by more than s.len.
 */
uint64_t tmux_unescape(struct buf *into, struct str s);

#endif
