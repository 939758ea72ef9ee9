/*
 * ui/tty: the operator's terminal: set up, drawn to, and put back.
 *
 * ncurses' terminfo layer tells what the terminal can (caps.h); the cells we
 * write ourselves, only those that changed (paint.h), because curses knows
 * neither curly underlines, strike-through, links nor 24-bit colours
 * everywhere. Input is passed on raw (getch breaks modern key sequences apart).
 * One write() a frame, inside synchronized-output marks where known.
 */
#ifndef COCKPIT_UI_TTY_H
#define COCKPIT_UI_TTY_H

#include "cockpit/base_str.h"

struct caps;
struct err;
struct loop;
struct surface;
struct tty;

struct tty_ops {
	void (*input)(void *ctx, const char *bytes, size_t len);
	void (*resized)(void *ctx, int cols, int rows); /* SIGWINCH; also after a resume */
	void (*resumed)(void *ctx);  /* it goes on after a stop; NULL: not wanted */
	void (*closed)(void *ctx);   /* hang-up, EOF or error: once */
	void (*writable)(void *ctx); /* a frame that had to wait has left: draw again */
};

/* ERR_UNSUPPORTED when stdin or stdout is no terminal or TERM is unknown. Raw mode, alternate
 * screen, mouse, bracketed paste and focus reports are on afterwards; the abort hook of
 * base_mem.h and fatal signals put everything back. One at a time. */
int tty_open(struct loop *loop, const struct tty_ops *ops, void *ctx, struct tty **ret,
	struct err *err);
/* Restores the terminal. Accepts NULL. */
void tty_close(struct tty *tty);
/* Something has come that was not read yet. */
bool tty_has_input(const struct tty *tty);
/* What it can do; as long as tty. */
const struct caps *tty_caps(const struct tty *tty);
void tty_size(const struct tty *tty, int *ret_cols, int *ret_rows);
/* Writes what differs from the last frame. False if the terminal is still busy with an earlier
 * frame: nothing was taken, writable() will come. */
bool tty_draw(struct tty *tty, const struct surface *surface);
/* Writes these bytes, which draw nothing, between two frames. Never waits: dropped (false)
 * while the terminal takes nothing, or is not ours. */
bool tty_say(struct tty *tty, struct str bytes);
/* The next tty_draw() repaints all. */
void tty_redraw(struct tty *tty);
/* Ctrl-Z: puts the terminal back, stops our process group, and on SIGCONT sets up again. */
void tty_suspend(struct tty *tty);
/* Bytes of the last frame, 0 when nothing differed; for benchmarks. */
size_t tty_bytes(const struct tty *tty);

#endif
