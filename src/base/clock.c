/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "cockpit/base_clock.h"

#include <stdio.h>
#include <time.h>

static int64_t skipped;

void
clock_skip(int64_t ms)
{
	skipped += ms;
}

int64_t
clock_skipped(void)
{
	return skipped;
}

int64_t
clock_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ((int64_t)ts.tv_sec + skipped / 1000) * 1000000 + skipped % 1000 * 1000 +
	       ts.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_wall(void)
{
	return (int64_t)time(NULL);
}

void
clock_age(int64_t ms, char ret[8])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {
		{86400, 'd'},
                {3600,  'h'},
                {60,    'm'},
                {1,     's'}
        };
	int64_t seconds = ms < 0 ? 0 : ms / 1000;
	size_t i = 0;
	while (i + 1 < sizeof(units) / sizeof(units[0]) && seconds < units[i].seconds)
		i++;
	int64_t count = seconds / units[i].seconds;
	snprintf(ret, 8, "%d%c", count > 9999 ? 9999 : (int)count, units[i].unit);
}
