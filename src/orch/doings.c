/* SPDX-License-Identifier: MIT */
/*
 * What is under way. Nothing is kept of it here: it is asked of the lists in which each kind
 * has its own, and what is a part of another one is folded into that.
 */
#include "doings.h"

#include <stdlib.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "local.h"

struct doings {
	struct doing_row rows[DOINGS_MAX];
	int count;
};

const char *
doing_word(enum doing_kind kind)
{
	static const char *const words[] = {
		[DOING_START] = "starting",
		[DOING_BRING] = "bringing the repo to",
		[DOING_FETCH] = "fetching",
		[DOING_PUSH] = "pushing",
		[DOING_LOOK] = "looking at",
		[DOING_MERGE] = "merging",
		[DOING_CHECK] = "checking",
		[DOING_FORECAST] = "looking for conflicts",
		[DOING_FIX] = "starting fixer",
		[DOING_CONNECT] = "connecting",
	};
	return words[kind];
}

struct doing_stamp
doing_begin(struct pilot *pilot)
{
	return (struct doing_stamp){++pilot->doing_last, clock_ms()};
}

void
doings_add(struct doings *doings, const struct doing_row *row)
{
	if (doings->count == DOINGS_MAX)
		return;
	struct doing_row *into = &doings->rows[doings->count++];
	*into = *row;
	if (row->it.kind == DOING_CONNECT)
		return;
	into->it.id = row->stamp.id;
	into->it.since = row->stamp.since;
}

static bool
is_part(const struct doing_row *part, const struct doing_row *of)
{
	if (part == of)
		return false;
	if (part->waiter && part->waiter == of->self)
		return true;
	return part->it.kind == DOING_FETCH && of->whose &&
	       strcmp(of->whose, part->it.name) == 0 &&
	       strcmp(of->whose_host, part->it.host) == 0;
}

/* How far a part is, is how far it is. */
static void
fold(struct doings *doings)
{
	bool part[DOINGS_MAX] = {false};
	/* As deep as they go: a pack for a start for a fixer. */
	for (int depth = 0; depth < 3; depth++) {
		for (int i = 0; i < doings->count; i++) {
			struct doing_row *row = &doings->rows[i];
			for (int o = 0; o < doings->count; o++) {
				struct doing_row *of = &doings->rows[o];
				if (!is_part(row, of))
					continue;
				part[i] = true;
				of->it.bytes = row->it.bytes;
				of->it.total = row->it.total;
				of->it.waits = of->it.waits || row->it.waits;
				break;
			}
		}
	}
	int kept = 0;
	for (int i = 0; i < doings->count; i++) {
		if (!part[i])
			doings->rows[kept++] = doings->rows[i];
	}
	doings->count = kept;
}

static int
compare(const void *a, const void *b)
{
	const struct doing_row *x = a, *y = b;
	if (x->it.since != y->it.since)
		return x->it.since < y->it.since ? -1 : 1;
	return (x->it.id > y->it.id) - (x->it.id < y->it.id);
}

static void
collect(const struct pilot *pilot, struct doings *into)
{
	static doings_fn *const kinds[] = {fixers_tell, spawnings_tell, mergings_tell,
		pushings_tell, checkings_tell, deliveries_tell, fetches_tell, clashes_tell,
		hosts_tell};
	into->count = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kinds[i](pilot, into);
	fold(into);
	qsort(into->rows, (size_t)into->count, sizeof(into->rows[0]), compare);
}

int
pilot_doings(const struct pilot *pilot, struct doing *into, int max)
{
	struct doings doings;
	collect(pilot, &doings);
	int count = doings.count < max ? doings.count : max;
	for (int i = 0; i < count; i++) {
		into[i] = doings.rows[i].it;
		if (into[i].kind != DOING_CONNECT)
			into[i].agent = fleet_agent_find(pilot->fleet, into[i].name);
	}
	return count;
}

int
pilot_cancel(struct pilot *pilot, uint64_t id, struct err *err)
{
	struct doings doings;
	collect(pilot, &doings);
	for (int i = 0; i < doings.count; i++) {
		const struct doing_row *row = &doings.rows[i];
		if (row->it.id != id)
			continue;
		if (row->it.firm)
			return err_set(err, ERR_UNSUPPORTED, "%s", row->it.firm);
		if (row->it.kind == DOING_CONNECT)
			act_host_cancel(pilot->fleet, row->host_index);
		else if (!row->it.canceled)
			row->cancel(row->self);
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND, "it is over");
}
