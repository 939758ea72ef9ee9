/*
 * orch_fix: what is wrong with an agent's work, from facts, and the prompt that lets an agent
 * mend it. Nothing is sent from here: a person sees the prompt first, and sends it by
 * pilot_send().
 */
#ifndef COCKPIT_ORCH_FIX_H
#define COCKPIT_ORCH_FIX_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/orch_pilot.h"

/* Name in the store and in JSON; the most pressing first. */
#define FRICTIONS(X)                                                  \
	X("none", NONE)                                               \
	X("check", CHECK) /* the fleet's check does not pass */       \
	X("base", BASE)   /* it will not merge with the base's tip */ \
	X("clash", CLASH) /* nor with another agent's work */         \
	X("stuck", STUCK) /* it works and nothing comes of it */

enum friction_kind {
#define X(name, id) FRICTION_##id,
	FRICTIONS(X)
#undef X
		FRICTION_COUNT
};

const char *friction_name(enum friction_kind kind);

#define FIX_STREAK_MAX 3 /* in a row that changed nothing; then a person has to look */

struct friction {
	enum friction_kind kind;
	uint32_t with;    /* of a clash: the other agent */
	uint64_t problem; /* of the same ids and the same failures it is the same */
	int64_t sent_at;  /* wall seconds when it was given to the agent; 0: it was not */
	int streak;       /* fixes in a row before this one that made nothing better */
	char words[160];  /* "3 of 120 failed", safe */
	char by[80];      /* to whom it was given, or is to be; "": whose work it is */
};

/* The most pressing one; kind FRICTION_NONE: there is none. Cheap. */
void pilot_friction(const struct pilot *pilot, uint32_t agent, struct friction *ret);
/* The clash with that one (0: the base), or none. */
void pilot_friction_with(
	const struct pilot *pilot, uint32_t agent, uint32_t with, struct friction *ret);

/*
 * Writes the prompt with which that agent is to mend it (text of done); first what it needs to
 * see is brought to its host. whose: in whose work the friction is, mostly the agent itself.
 * agent 0: a new one, which pilot_fixer() starts.
 * ERR_EXISTS: it was given to it already; ERR_LIMIT: FIX_STREAK_MAX in a row made nothing
 * better; force: anyway.
 */
int pilot_fix(struct pilot *pilot, uint32_t agent, uint32_t whose,
	const struct friction *friction, bool force, pilot_fn *done, void *ctx,
	struct err *err);
/* It was sent, to friction->by. */
void pilot_fix_sent(struct pilot *pilot, uint32_t whose, const struct friction *friction);

/* It is there, has nothing to do, and takes prompts. */
bool pilot_is_free(const struct pilot *pilot, uint32_t agent);

/*
 * A fixer: a new agent that begins with the work of a broken one, as it is now or was fetched
 * last, what is not committed too; on its host, or where there is room; started as that was.
 * It is sent the prompt once it is up, which is noted as pilot_fix_sent() does. The broken one
 * and its work stay as they are.
 */
struct pilot_fixer {
	uint32_t whose;
	const char *name;   /* NULL: pilot_fixer_name() */
	const char *prompt; /* from pilot_fix() */
	const struct friction *friction;
	int cols, rows; /* 0: 80x24 */
};
int pilot_fixer(struct pilot *pilot, const struct pilot_fixer *spec, pilot_fn *done, void *ctx,
	struct err *err);
#define FIXER_NAME_MAX 65
/* "fix-parser", "fix-parser-2", ...: one that this fleet has never had. */
void pilot_fixer_name(const struct pilot *pilot, uint32_t whose, char ret[FIXER_NAME_MAX]);

/* How many of those are not in the store yet. */
int pilot_fixes_noting(const struct pilot *pilot);

#endif
