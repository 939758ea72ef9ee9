/*
 * Everything that this process has started, and what that has started, however far away from
 * the terminal it went: orphans come back to us, as we are their subreaper. The workers in
 * the tiles do not count, they are the same for all.
 */
#ifndef COCKPIT_BENCH_FAMILY_H
#define COCKPIT_BENCH_FAMILY_H

struct family {
	double others_s;     /* CPU of what is not ours at all: how quiet the machine is */
	double cpu_s;        /* of those that live and of those that have ended */
	long rss_kb;         /* of those that live */
	unsigned long ended; /* page faults of those that have ended: each has some */
	int newcomers;       /* that the look before did not see */
};

void family_init(void);

struct family family_look(void);

/* Ends all of them: asks first. */
void family_end(void);

#endif
