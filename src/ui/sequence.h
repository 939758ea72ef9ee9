/*
 * ui/sequence: what a finished control sequence from a keyboard or mouse means.
 * Pure; input.c finds where sequences begin and end.
 */
#ifndef COCKPIT_UI_SEQUENCE_H
#define COCKPIT_UI_SEQUENCE_H

#include "cockpit/term_keys.h"

#define SEQUENCE_PARAMS 8

/* All zeroed at the start. */
struct sequence {
	uint32_t num[SEQUENCE_PARAMS];
	uint32_t sub[SEQUENCE_PARAMS]; /* what follows the first colon */
	unsigned count;
	unsigned colons; /* in the current parameter */
	size_t length;   /* bytes added */
	char prefix;     /* < = > ? */
	char intermediate;
	bool broken; /* too much of something: means nothing */
};

enum event_kind {
	EVENT_NONE,
	EVENT_KEY,
	EVENT_MOUSE,
	EVENT_FOCUS_IN,
	EVENT_FOCUS_OUT,
	EVENT_PASTE,   /* begins */
	EVENT_CONSOLE, /* one more byte follows: F1 to F5 of the Linux console */
	EVENT_X10      /* three more bytes follow: an old mouse report */
};

struct event {
	enum event_kind kind;
	struct key key;
	struct mouse mouse;
};

/* A parameter, prefix or intermediate byte, 0x20 to 0x3f. */
void sequence_add(struct sequence *p, unsigned char c);
bool sequence_ends(const struct sequence *p, unsigned char c);
/* Of CSI … final, and of ESC O … final. */
struct event sequence_event(const struct sequence *p, char final);
struct event sequence_ss3(const struct sequence *p, char final);
/* code as in SGR reports; x and y count from 1. */
struct event sequence_mouse(uint32_t code, uint32_t x, uint32_t y, bool release);

#endif
