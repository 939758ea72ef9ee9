/*
 * base_spell: "did you mean …?", the nearest known word to a mistyped one.
 *
 * A word is near when few insertions, deletions, replacements and swaps of
 * neighbours lead to it: one in short words, one more for every four letters.
 */
#ifndef COCKPIT_BASE_SPELL_H
#define COCKPIT_BASE_SPELL_H

#include "cockpit/base_str.h"

struct spell {
	struct str word;
	const char *best;  /* NULL: nothing is near; borrowed from spell_try() */
	unsigned distance; /* of best */
};

void spell_init(struct spell *spell, struct str word);
/* The first of equally near candidates wins. */
void spell_try(struct spell *spell, const char *candidate);
/* ", did you mean \"best\"?" or ""; candidates must be safe to show. */
const char *spell_hint(const struct spell *spell, char ret[96]);

#endif
