/*
 * guard: cuts an agent's bytes into text, controls, sequences and strings.
 *
 * It reads as the parser of tmux does (which bytes end a string, where controls
 * work inside a sequence, how bad UTF-8 is dropped), because tmux is the
 * terminal that the agent really talks to. Everything has a bound; what is over
 * it, or is not UTF-8, is counted and gone. Who owns the guard decides what the
 * pieces mean: what has no row in the owner's tables goes nowhere.
 */
#ifndef COCKPIT_TERM_GUARD_H
#define COCKPIT_TERM_GUARD_H

#include "cockpit/term_screen.h"

#define GUARD_MAX_PARAM_BYTES   63
#define GUARD_MAX_PARAMS        23
#define GUARD_MAX_INTERMEDIATES 2
#define GUARD_MAX_VALUE         9999
#define GUARD_MAX_STRING        4096

/* ESC or CSI sequence. A parameter is a group of values joined by colons. */
struct guard_seq {
	char marks[GUARD_MAX_INTERMEDIATES + 1]; /* "?", ">", " ", "(", "#"; may be empty */
	char final;
	int count; /* parameters */
	struct guard_param {
		uint8_t first; /* index into values */
		uint8_t values;
	} params[GUARD_MAX_PARAMS];
	int16_t values[GUARD_MAX_PARAM_BYTES + 1]; /* -1: nothing stood there */
};

/* APC, and SOS and PM, which tmux does not tell apart; ESC k is the title of screen(1). */
enum guard_string { GUARD_OSC, GUARD_APC, GUARD_CONSUMED, GUARD_TITLE };

struct guard_ops {
	void (*ascii)(void *ctx, struct str run); /* 0x20 to 0x7e */
	void (*glyph)(void *ctx, uint32_t cp);    /* valid, at least U+00A0 */
	void (*control)(void *ctx, unsigned char c);
	void (*escape)(void *ctx, const struct guard_seq *seq);
	void (*csi)(void *ctx, const struct guard_seq *seq);
	/* Only whole ones within the bound. */
	void (*string)(void *ctx, enum guard_string kind, struct str text);
};

struct guard {
	const struct guard_ops *ops;
	void *ctx;
	struct screen_counters *counters;
	int state;
	bool over;          /* a limit was passed in the current sequence or string */
	unsigned char last; /* the ASCII character just before, for REP; 0: none */
	unsigned marks;
	unsigned params_len;
	char params[GUARD_MAX_PARAM_BYTES + 1];
	unsigned char utf8[4];
	unsigned utf8_need, utf8_have;
	enum guard_string kind;
	struct guard_seq seq;
	size_t string_len;
	char string[GUARD_MAX_STRING];
};

void guard_init(struct guard *g, const struct guard_ops *ops, void *ctx,
	struct screen_counters *counters);
void guard_feed(struct guard *g, struct str bytes);
/* Parameter at index, at least min; def when absent; -1 when it is not one number. */
int guard_get(const struct guard_seq *seq, int index, int min, int def);

#endif
