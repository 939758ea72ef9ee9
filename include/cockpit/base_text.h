/*
 * base_text: UTF-8, widths, and foreign text made safe to show.
 *
 * One width table for parser, layout and drawing: wcwidth() of the C locale's
 * UTF-8, which is what tmux 3.3a asks on the hosts. text_init() must run first
 * (it sets LC_CTYPE to a UTF-8 locale).
 */
#ifndef COCKPIT_BASE_TEXT_H
#define COCKPIT_BASE_TEXT_H

#include "cockpit/base_buf.h"

#define TEXT_BAD 0xfffdu /* stands for bytes that are not UTF-8 */

void text_init(void);
/*
 * Takes one code point off the front of *s (not empty). Bad bytes (overlong,
 * surrogate, > U+10FFFF, stray, cut off) give TEXT_BAD and are skipped by the
 * maximal-subpart rule.
 */
uint32_t text_next(struct str *s);
/* How many bytes the sequence that starts with c has; 0 if c cannot start one. */
unsigned text_need(unsigned char c);
/* Writes 1 to 4 bytes, returns how many. */
unsigned text_encode(uint32_t cp, char ret[4]);
/* Columns of one code point: 0, 1 or 2; -1 for what is not printable (tmux drops it). */
int text_width(uint32_t cp);
/* Columns of printable text. */
int text_cols(struct str s);
/*
 * Takes one row of at most cols columns (1 or more) off the front of *rest: up to a new line,
 * else to the last blank that fits, else as much as fits; what separates it from the rest goes.
 */
struct str text_row(struct str *rest, int cols);
/*
 * Appends s so that it can be shown anywhere: control bytes as ^X or \xNN, bidi,
 * zero-width, tag and other invisible characters as <U+202E>, bad UTF-8 as U+FFFD.
 * Cut to cols columns with "…" when longer (cols < 0: no limit).
 */
void text_safe(struct buf *into, struct str s, int cols);
/* The same in exactly so many columns, and two behind them: a cell of a table. */
void text_cell(struct buf *into, struct str s, int cols, bool right);
/* A whole line; a tab stays (stop 0), or becomes the blanks up to the next stop. */
void text_safe_tabs(struct buf *into, struct str s, int stop);
/* The same of what was printed for a terminal: what only says in which colour the rest is goes.
 */
void text_safe_colours(struct buf *into, struct str s, int stop);
/* How many bytes at the front of a line that is not all there yet are whole: behind them is
 * half a character, half a colour, or what may be half an end of a line. What
 * text_safe_colours() makes of that front, with stop 0, is the front of what it makes of all,
 * unless there is a colour in the midst of a character: one that is cut so may be bad UTF-8
 * here and whole there. */
size_t text_whole(struct str s);
/* The same into a fixed place, always terminated; for messages. */
const char *text_safe_tmp(char *ret, size_t size, struct str s);
/* The same for what may be several lines: one, with "; " between those that say something. */
const char *text_safe_lines(char *ret, size_t size, struct str s);
/* At most so many of its bytes, cut at a character. */
struct str text_cut(struct str s, size_t max);
/* Foreign text into a fixed place: as much as fits, cut at a character, NULs become blanks. */
void text_copy(char *ret, size_t size, struct str s);
/*
 * What may be typed into an agent: removes or blanks every control byte but
 * newline and tab, C1 and DEL, so that no paste can end its own bracket
 * (tmux takes an end mark inside the text for the end). Bad UTF-8 becomes U+FFFD.
 */
void text_typable(struct buf *into, struct str s);

#endif
