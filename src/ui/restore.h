/*
 * ui/restore: the terminal put back when the program ends suddenly: the abort
 * hook of base_mem.h and fatal signals. All state is static, because handlers
 * have nothing else.
 */
#ifndef COCKPIT_UI_RESTORE_H
#define COCKPIT_UI_RESTORE_H

#include "cockpit/base_str.h"

struct termios;

/* Notes what to do and takes over the hook and the signals. bytes is copied. */
void restore_set(int fd, const struct termios *modes, struct str bytes);
/* The flags of an open file that others share are restored too; at most two files. */
void restore_keep_flags(int fd);
/* From now on there is something to restore. */
void restore_arm(void);
/* Does it, if armed; async-signal-safe. Waits at most a second for a terminal that takes
 * nothing. */
void restore_run(void);
/* Only what is shown: the line keeps its modes and what was typed, and all stays armed. */
void restore_screen(void);
/* Gives hook and signals back. */
void restore_unset(void);

#endif
