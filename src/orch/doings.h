/* orch/doings: how the files of each kind tell what they have under way. */
#ifndef COCKPIT_ORCH_DOINGS_H
#define COCKPIT_ORCH_DOINGS_H

#include "cockpit/orch_doing.h"

/* Of one that begins now. */
struct doing_stamp {
	uint64_t id;
	int64_t since; /* clock_ms() */
};
struct doing_stamp doing_begin(struct pilot *pilot);

struct doing_row {
	struct doing it;
	struct doing_stamp stamp; /* into it */
	void *self;
	const void *waiter; /* who is called back: where that is another row's self, this is a
			       part of it */
	/* Of a fetch that is a part of something, whoever waits for it. */
	const char *whose, *whose_host;
	void (*cancel)(void *self);
	int host_index; /* of DOING_CONNECT, which has no self, and no stamp */
};

struct doings;
void doings_add(struct doings *doings, const struct doing_row *row);

/* All add what they have. */
typedef void doings_fn(const struct pilot *pilot, struct doings *into);
doings_fn spawnings_tell, deliveries_tell, fetches_tell, pushings_tell, mergings_tell,
	checkings_tell, clashes_tell, fixers_tell, hosts_tell;

#endif
