/*
 * ui/history: the lines of one agent's terminal as they were when somebody began to read them.
 *
 * What the screen showed then is kept; what was before it stands in the agent's tmux and is
 * fetched when it is wanted, some lines at a time. Lines are counted from the top of that
 * screen: 0 is its first one, -1 the newest of the past, whatever the agent prints meanwhile.
 */
#ifndef COCKPIT_UI_HISTORY_H
#define COCKPIT_UI_HISTORY_H

#include "cockpit/orch_pilot.h"
#include "cockpit/term_cell.h"

struct history;
struct screen;

#define HISTORY_ROWS_MAX 400 /* that are fetched at once */

enum history_news {
	HISTORY_LOADED,  /* more lines are here, or it is known how many there are */
	HISTORY_FAILED,  /* what was wanted did not come; it may be wanted again */
	HISTORY_OUTRUN,  /* nor did it here: more is printed than can be asked for */
	HISTORY_RESIZED, /* its terminal has another size: no line is what it was */
};

struct history_ops {
	/* pilot_history() of the agent; done comes exactly once, unless it is negative. */
	int (*fetch)(void *ctx, int first, int rows, pilot_history_fn *done, void *done_ctx);
	/* Never from inside a call below. history_free() is allowed. */
	void (*news)(void *ctx, enum history_news news);
};

/* now is copied; ops and ctx outlive it. */
struct history *history_new(const struct screen *now, const struct history_ops *ops, void *ctx);
void history_free(struct history *h); /* accepts NULL */

/* It is known how many lines there are; until then those of the screen are all. */
bool history_ready(const struct history *h);
/* An answer is on its way. */
bool history_waits(const struct history *h);
/* The oldest line that can be had; rises when tmux drops some. */
int history_first(const struct history *h);
/* Behind the last line of the screen: its rows. */
int history_end(const struct history *h);
int history_cols(const struct history *h);

/* Borrowed until the next turn of the loop. */
struct history_line {
	const struct screen *screen; /* for screen_text() */
	const struct cell *cells;    /* history_cols() */
	bool wraps;                  /* its text runs on in the next line */
};
/* False: it is not here. */
bool history_line(const struct history *h, int line, struct history_line *ret);
/* 1: all of [from, to) that can be had is here. 0: some of it is asked for, and one of the news
 * comes. Negative: it cannot be asked for now. */
int history_want(struct history *h, int from, int to);
/* Every second: what tmux drops is seen in time. */
void history_beat(struct history *h);
/* A line as tmux counts it now (struct agent_past), and back. */
int history_to_host(const struct history *h, int line);
int history_from_host(const struct history *h, int number);
/* What another answer of the host said of its lines: before history_from_host(). */
void history_note(struct history *h, int total, int limit);

#endif
