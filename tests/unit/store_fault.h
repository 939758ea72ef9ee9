/* SPDX-License-Identifier: MIT */
/*
 * store_fault: a file system for SQLite that is the system's own until a chosen call. It fails
 * from then on, or the process is killed there.
 */
#ifndef COCKPIT_TEST_STORE_FAULT_H
#define COCKPIT_TEST_STORE_FAULT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_KILL,      /* before it */
	FAULT_TORN,      /* half of what is to be written is, then as above */
	FAULT_FULL,      /* nothing more can be written */
	FAULT_WRITE,     /* the same for another reason */
	FAULT_SYNC,      /* nothing more can be synced */
	FAULT_SYNC_ONCE, /* but for the next one */
};

void fault_install(void);
/* At the nth call from now, the first being 1: of those that this kind is about. */
void fault_set(enum fault_kind kind, long nth);
bool fault_happened(void);
/* Something was written to a log and not synced. */
bool fault_unsynced(void);

#endif
