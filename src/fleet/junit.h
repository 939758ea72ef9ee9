/*
 * junit: the results of tests as XML in the manner of JUnit, wherever it stands in an output.
 *
 * Not a reader of XML: of everything else but the few tags that it knows it only sees that it
 * is something else, so that half a file, or text that merely looks like XML, does no harm.
 */
#ifndef FLEET_JUNIT_H
#define FLEET_JUNIT_H

#include "cockpit/base_str.h"

struct junit;
struct tally;

struct junit *junit_new(void);
void junit_free(struct junit *junit); /* accepts NULL */
/* The next bytes, all of the line of that number, from 1. What they say goes to tally. */
void junit_feed(struct junit *junit, struct str bytes, uint64_t number, struct tally *tally);

#endif
