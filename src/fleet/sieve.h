/*
 * sieve: which of many words stand in a line, in one pass over it, whatever their number.
 *
 * The automaton of Aho and Corasick: a table of states by bytes, and with each state the words
 * that end there.
 */
#ifndef FLEET_SIEVE_H
#define FLEET_SIEVE_H

#include "cockpit/base_str.h"

struct sieve;

#define SIEVE_WORDS_MAX 4096

/* A set of words by number. */
struct sieve_set {
	uint64_t bits[SIEVE_WORDS_MAX / 64];
};

/*
 * The words, by number from 0, without NULs, of 64 KiB in all at most; they are copied. An
 * empty one is never found.
 */
struct sieve *sieve_new(const struct str words[], size_t count);
void sieve_free(struct sieve *sieve); /* accepts NULL */
/* Adds the numbers of all words that stand in line; true if there are any. */
bool sieve_find(const struct sieve *sieve, struct str line, struct sieve_set *set);

#endif
