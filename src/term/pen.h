/*
 * pen: the colours and attributes that the next character gets.
 */
#ifndef COCKPIT_TERM_PEN_H
#define COCKPIT_TERM_PEN_H

#include "guard.h"

struct pen {
	uint32_t fg, bg;
	uint16_t attr;
	uint8_t link; /* OSC 8; not touched by SGR */
};

/* CSI … m. captured: the text comes from tmux's capture-pane, which spells overline 5:3. */
void pen_sgr(struct pen *pen, const struct guard_seq *seq, bool captured);

#endif
