/* cmd/advice: what to do about a host that cannot be reached. */
#ifndef COCKPIT_CMD_ADVICE_H
#define COCKPIT_CMD_ADVICE_H

#include <stdbool.h>

struct err;
struct report;

/* Adds that this step failed on that host, and what to do, if there is anything to say beyond
 * the error's own words. Which step it was is corrected where the error says it better. */
void advice_report(struct report *r, const char *step, const char *host, const struct err *why);
/* The host runs commands, but not so many at a time. */
bool advice_is_room(const struct err *why);

#endif
