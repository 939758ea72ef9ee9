/* base_shell: text as one word of a POSIX shell command line. */
#ifndef COCKPIT_BASE_SHELL_H
#define COCKPIT_BASE_SHELL_H

#include "cockpit/base_buf.h"

/* Appends s as one word; any bytes but NUL arrive as they are, in POSIX shells, zsh and fish.
 */
void shell_quote(struct buf *into, struct str s);
/* argv (ends with NULL) as one command line: words with blanks between, each as it is. */
void shell_quote_argv(struct buf *into, const char *const argv[]);

#endif
