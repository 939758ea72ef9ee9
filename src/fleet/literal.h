/*
 * literal: text that stands in whatever a regular expression fits.
 *
 * Most lines fit no pattern, and looking for a few plain bytes first is far cheaper than trying
 * each. This reads a pattern just well enough to find such bytes, and finds none wherever it is
 * not sure.
 */
#ifndef FLEET_LITERAL_H
#define FLEET_LITERAL_H

#include "cockpit/base_buf.h"

/*
 * Appends the longest run of bytes that must stand in a text for pattern (one that PCRE2
 * accepts) to fit it; nothing if none is certain.
 */
void literal_of(const char *pattern, struct buf *into);

#endif
