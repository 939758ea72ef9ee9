/*
 * orch_check: the fleet's check command (config "check") in an agent's work tree, on its host:
 * when the agent ends a turn and has changed something since it was checked last, or when a
 * person wants it. Not twice in a row for the same tree; its exit status decides, what it
 * printed only explains. Of this process no more run on a host at a time than the fleet file
 * says, those of merges too; the others wait in their order, and are about the work as it is
 * when their turn comes.
 *
 * What came of it is in the fleet's store, its output in the folder checks/ beside that, of the
 * last CHECK_LOGS of an agent.
 */
#ifndef COCKPIT_ORCH_CHECK_H
#define COCKPIT_ORCH_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/orch_pilot.h"

#define CHECK_LOGS    20
#define CHECK_LOG_MAX (16u << 20) /* bytes of a log; of more the middle is missing */

enum check_state {
	CHECK_NONE,  /* never, as far as is known here */
	CHECK_WAITS, /* as many run on its host as may */
	CHECK_RUNS,
	CHECK_PASSED,
	CHECK_CANCELED, /* only of those before: what was known before it is so again */
	CHECK_FAILED,
	CHECK_LATE,  /* it took too long */
	CHECK_BROKEN /* it could not be run to its end */
};

const char *check_state_name(enum check_state state);
/* It waits or runs: what else is known is of the one before. */
bool check_is_under_way(enum check_state state);
/* By the status in the store. */
enum check_state check_state_of(int status, bool ended);

/* Borrowed until the next turn of the loop. Texts are safe. */
struct pilot_check {
	enum check_state state;
	int64_t id;
	int64_t at;       /* wall seconds: it waits since then, began, or ended */
	const char *tree; /* what was checked */
	const char *command;
	const char *words; /* a line of what came of it; "" nothing is known but its state */
	const char *names; /* of those that failed, a line each */
	const char *log;   /* its output, a file; "" none */
	const char *live;  /* of the one that runs: what it has printed so far, a file that
			      grows until it ends; "" none */
	int failed;        /* -1: not known */
	bool stale;        /* the work has changed since */
	/* The last one, from here, of what a merge of its work would make; 0, "": none. */
	int64_t trial;
	const char *trial_log;
};

/* The last one. */
void pilot_check(const struct pilot *pilot, uint32_t agent, struct pilot_check *ret);
/*
 * The last ones that are in the store, those of other cockpits too, the newest first, max at
 * most; those of what merges of its work would have made are among them. done comes once,
 * unless the pilot is gone by then; rows are borrowed, their texts are safe.
 */
struct store;
struct store_check;
typedef void check_history_fn(
	void *ctx, const struct store_check *rows, size_t count, const struct err *err);
int pilot_check_history(struct pilot *pilot, const char *host, const char *agent, size_t max,
	check_history_fn *done, void *ctx, struct err *err);
/* The same without a pilot, which blocks; host NULL: on all. store_checks_free() */
int check_history(struct store *store, const char *host, const char *agent, size_t max,
	struct store_check **ret, size_t *ret_count, struct err *err);
/* One of that history is about what a merge would have made, not about the work tree. */
bool check_is_trial(const struct store_check *row);
/* From now on also by itself, when an agent ends a turn; only while its work is followed. */
void pilot_follow_checks(struct pilot *pilot);
/*
 * Runs it now, whatever was checked before, or before all that wait by themselves; text: what
 * came of it. ERR_NOT_FOUND: the fleet has no check; ERR_EXISTS: one runs, or waits for a
 * person already. */
int pilot_check_now(
	struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx, struct err *err);

#endif
