/*
 * orch/ledger: what is to be written into the fleet's store, or read from it, in that order, on
 * a worker: whoever has something to write down never waits for a disk.
 *
 * What is queued when its last holder lets go is written before that returns, or until
 * LEDGER_FLUSH_MS are over. Where many are queued they are one change of the store.
 */
#ifndef COCKPIT_ORCH_LEDGER_H
#define COCKPIT_ORCH_LEDGER_H

#include <stdbool.h>

#include "cockpit/base_err.h"
#include "cockpit/store_store.h"

struct ledger;
struct loop;

#define LEDGER_FLUSH_MS  (STORE_BUSY_MS + 3000) /* a worker hears why before it is given up */
#define LEDGER_AGE_DAYS  90     /* of the journal and of answers: what is older goes */
#define LEDGER_KEEP      100000 /* of the journal: what is more goes */
#define LEDGER_QUEUE_MAX 10000  /* then nothing more is taken: the disk does not answer */

/* Part of a larger struct. */
struct ledger_item {
	/* On a worker. store NULL: there is none yet, and one that only reads need not make it.
	 */
	int (*work)(struct ledger_item *item, struct store *store, struct err *err);
	/* On a worker, too, or at the end: it is not in the store. NULL: done() sees to it. */
	void (*failed)(struct ledger_item *item, const char *dir);
	/* In the loop, or after it; err says how it went. Frees it. */
	void (*done)(struct ledger_item *item);
	bool reads; /* and writes nothing */
	struct err err;
	struct ledger_item *next; /* the ledger's */
};

/* dir: of the fleet's state. wrote(), from the loop: something is in the store that was not;
 * until ledger_close(). */
struct ledger *ledger_new(
	struct loop *loop, const char *dir, void (*wrote)(void *ctx), void *ctx);
/* These accept NULL. */
struct ledger *ledger_hold(struct ledger *ledger);
void ledger_release(struct ledger *ledger);
/* Releases it; what is queued is written, whoever holds it still. */
void ledger_close(struct ledger *ledger);
/* Takes it; done() is called in any case, but for what is queued when the program ends. */
void ledger_add(struct ledger *ledger, struct ledger_item *item);

/* --- legacy.c --- */

#define COMMENTS_FILE "comments.jsonl" /* what could not go into the store */

/* What earlier cockpits, or this one, left beside the store in files of their own goes into it,
 * once, however often it is tried; then they have the suffix ".imported". */
bool legacy_waits(const char *dir);
/* For failed(): a line, without its end, that goes into the store from one of these files
 * later. COMMENTS_FILE has {"id": "7", "at": ms, "comment": {…}}, or {"id": "7", "at": ms}: it
 * is gone; beside a comment whose texts are not UTF-8, "path_bytes" and "anchor_bytes". False:
 * it could not be left there; what there is of it spoils no other line. */
bool legacy_leave(const char *dir, const char *name, const char *line);
int legacy_import(const char *dir, struct store *store, struct err *err);

#endif
