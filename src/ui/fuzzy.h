/* ui/fuzzy: how well a few typed letters fit a line of words. */
#ifndef COCKPIT_UI_FUZZY_H
#define COCKPIT_UI_FUZZY_H

#include "cockpit/base_str.h"

/*
 * Every word of the query must be found, in any order: as the beginning of a word, which counts
 * most, as a part of one, or its letters in this order from the beginning of some word on.
 * Letters of the Latin alphabet fit in either case. More is better; -1: it does not fit. An
 * empty query fits everything alike.
 */
int fuzzy_score(struct str query, struct str text);

#endif
