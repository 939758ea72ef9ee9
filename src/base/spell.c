/* SPDX-License-Identifier: MIT */
#include "cockpit/base_spell.h"

#include <stdio.h>

#define WORD_MAX 48 /* bytes; longer words are not compared */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits with swaps of neighbours, by the usual table, of which three rows are enough. */
static unsigned
distance(struct str a, struct str b)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	for (unsigned j = 0; j <= b.len; j++)
		before[j] = last[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		now[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			bool same = a.ptr[i - 1] == b.ptr[j - 1];
			now[j] = least(last[j - 1] + !same, least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
				a.ptr[i - 2] == b.ptr[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		unsigned *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b.len];
}

void
spell_init(struct spell *spell, struct str word)
{
	*spell = (struct spell){.word = word};
}

void
spell_try(struct spell *spell, const char *candidate)
{
	struct str other = str_from(candidate);
	if (!spell->word.len || spell->word.len > WORD_MAX || other.len > WORD_MAX)
		return;
	unsigned edits = distance(spell->word, other);
	/* Else every word of one letter would be near to every other. */
	if (edits > 1 + spell->word.len / 4 || edits >= other.len || edits >= spell->word.len)
		return;
	if (spell->best && edits >= spell->distance)
		return;
	spell->best = candidate;
	spell->distance = edits;
}

const char *
spell_hint(const struct spell *spell, char ret[96])
{
	if (!spell->best)
		return "";
	snprintf(ret, 96, ", did you mean \"%s\"?", spell->best);
	return ret;
}
