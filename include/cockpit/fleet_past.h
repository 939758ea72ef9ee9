/* fleet_past: lines of an agent's terminal as its tmux keeps them, the past ones too. */
#ifndef COCKPIT_FLEET_PAST_H
#define COCKPIT_FLEET_PAST_H

#include <stdint.h>

#include "cockpit/base_str.h"

/*
 * All of it is of one moment. Lines are counted from the oldest that tmux has. It drops a
 * tenth of limit, the oldest ones, whenever total gets there; then all numbers are less.
 */
struct agent_past {
	int total;       /* lines above the screen */
	int limit;       /* of total */
	int cols, rows;  /* of the screen */
	int first;       /* the line that text begins with */
	int count;       /* lines in text */
	struct str text; /* as in struct screen_snapshot */
	/* The same without colours, with no "\n" where the terminal wrapped a line. */
	struct str joined;
};

#define PAST_FOUND_MAX 200 /* lines on each side */

/* What one asks for: plain text in one line of the terminal. */
struct past_search {
	const char *text;
	bool fold; /* A to Z is as good as a to z */
	int at;    /* the line around which lines are told */
	int end;   /* lines from there on are not looked at */
};

/* The lines that hold it: the nearest ones up to at, and behind it, in their order. */
struct past_found {
	int total, limit;  /* as in struct agent_past */
	int before, after; /* that are left out at both ends */
	int count;
	int lines[2 * PAST_FOUND_MAX];
};

#endif
