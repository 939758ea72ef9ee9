/*
 * base_clock: time. Durations are CLOCK_BOOTTIME milliseconds, which go on
 * while the machine sleeps (libuv's clock does not); wall time is only for people.
 */
#ifndef COCKPIT_BASE_CLOCK_H
#define COCKPIT_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);
int64_t clock_us(void);
/* For tests: as if the machine had slept for so long. Loops notice in loop_turn(). */
void clock_skip(int64_t ms);
int64_t clock_skipped(void);
/* Seconds since 1970. */
int64_t clock_wall(void);
/* "3s", "12m", "4h", "9d": short ages for a screen; ret holds at least 8 bytes. */
void clock_age(int64_t ms, char ret[8]);

#endif
