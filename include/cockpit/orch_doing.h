/*
 * orch_doing: what is under way in this cockpit: since when, how far it is, and its end before
 * its time. What is only a part of something else (the repo that is brought for a start) is
 * told with that, not beside it.
 */
#ifndef COCKPIT_ORCH_DOING_H
#define COCKPIT_ORCH_DOING_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct pilot;

enum doing_kind {
	DOING_START, /* an agent */
	DOING_BRING, /* the repo, to a host */
	DOING_FETCH, /* an agent's work, from its host */
	DOING_PUSH,
	DOING_LOOK, /* whether an agent's work fits, before a merge or a push */
	DOING_MERGE,
	DOING_CHECK,
	DOING_FORECAST, /* of conflicts */
	DOING_FIX,      /* a new agent that is to mend another one's work */
	DOING_CONNECT   /* a host; its end lasts until a person wants it tried again */
};

/* "starting", "bringing the repo to": before the name of whom it is about. */
const char *doing_word(enum doing_kind kind);

/* Borrowed until the next turn of the loop. */
struct doing {
	uint64_t id; /* never that of another one */
	enum doing_kind kind;
	uint32_t agent;   /* 0: of no agent that is there */
	const char *name; /* of the agent, else of the host; "" of neither */
	const char *host; /* ""; of several, or of none */
	int64_t since;    /* clock_ms() */
	const char *step; /* words for a person; "" */
	uint64_t bytes;   /* that went by already; 0: not known, or none yet */
	uint64_t total;   /* of how many; 0: not known */
	bool waits;       /* for its turn, or for its host */
	bool wanted;      /* by a person, or for something; else it happens by itself */
	bool canceled;    /* already: it is being put back */
	const char *firm; /* why it cannot be cancelled (now); NULL: it can */
};

#define DOINGS_MAX 64

/* How many there are, at most max; the oldest first. */
int pilot_doings(const struct pilot *pilot, struct doing *into, int max);
/*
 * Ends it before its time: what its host does for it is ended too, and what is here is as it
 * was before. Whoever waits for it hears ERR_CANCELED, now or when that is so. ERR_NOT_FOUND:
 * it is over; ERR_UNSUPPORTED: why it cannot be.
 */
int pilot_cancel(struct pilot *pilot, uint64_t id, struct err *err);

#endif
