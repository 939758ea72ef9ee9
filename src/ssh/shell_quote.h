/*
 * shell_quote: an argument vector as one line for the login shell of another
 * machine. SSH carries a string and no vector, so this is the one place where
 * that string is made.
 */
#ifndef COCKPIT_SSH_SHELL_QUOTE_H
#define COCKPIT_SSH_SHELL_QUOTE_H

#include "cockpit/base_buf.h"

/* argv ends with NULL. Appends the words with blanks between; each arrives as it is. */
void ssh_shell_quote(struct buf *into, const char *const argv[]);

#endif
