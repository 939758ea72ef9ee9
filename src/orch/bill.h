/*
 * orch/bill: what agents have said that they have spent, each conversation or start in a row,
 * so that a sum is left of it when the next one begins from nothing. Two bills of the same
 * agents, as two cockpits keep them, become one without anything being counted twice.
 */
#ifndef COCKPIT_ORCH_BILL_H
#define COCKPIT_ORCH_BILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/fleet_cost.h"

struct buf;
struct err;

#define BILL_ROWS_MAX 1000
/* Of a full bill, an agent that has more rows than these gives its own oldest. */
#define BILL_SHARE_MAX (BILL_ROWS_MAX / 10)
/* Of one start: what begins anew after that many is added to the last of them. */
#define BILL_PARTS_MAX 20
#define BILL_ID_MAX    (COST_ID_MAX + 16)

struct bill_row {
	char host[COST_ID_MAX + 1], agent[COST_ID_MAX + 1];
	char start[COST_ID_MAX]; /* uid of the one that said it last */
	char id[BILL_ID_MAX];    /* of the conversation; "=START.N": the N-th of that start */
	enum cost_source source;
	int64_t micros, tokens; /* -1: not told; these only grow */
	int64_t earlier_micros,
		earlier_tokens; /* of these, what was not said of the last part */
	int64_t first, at;      /* wall seconds: said first; said last, or forgotten */
	bool past;              /* of an earlier agent of that name */
	bool moot;              /* the same money stands in another row */
};

struct bill {
	struct bill_row *rows; /* as they came */
	size_t count;
};

void bill_release(struct bill *bill);
/* said at that wall time. True if a number is another one. What has no name, or says nothing,
 * is left out. */
bool bill_note(struct bill *bill, const char *host, const char *agent, const char *start,
	const struct cost *said, int64_t at);
/* From that wall time on another agent has that name on that host. True if there was one. What
 * is said later of one of its rows makes the row that of the agent again. */
bool bill_forget(struct bill *bill, const char *host, const char *agent, int64_t at);
/* True if that changed *bill. */
bool bill_merge(struct bill *bill, const struct bill *other);
/* JSON. What does not fit is left out when it is read: a person may have edited it. */
void bill_write(const struct bill *bill, struct buf *into);
int bill_read(struct bill *bill, const char *file, struct str text, struct err *err);

struct bill_sum {
	int64_t micros, tokens;  /* -1: not told */
	int64_t first, at;       /* wall seconds; 0: nothing was told */
	enum cost_source source; /* of what was told last */
};
/* Of numbers of which -1 is "not told". */
void bill_add_told(int64_t *sum, int64_t one);
/* Adds a row up; sums begin as BILL_SUM_INIT. */
#define BILL_SUM_INIT ((struct bill_sum){.micros = -1, .tokens = -1})
void bill_add(struct bill_sum *sum, const struct bill_row *row);

#endif
