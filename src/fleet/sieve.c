/* SPDX-License-Identifier: MIT */
/*
 * Bytes that no word has are one class, so that a row of the table stays short. A state's row
 * holds where each class leads; the way back after a byte that does not fit is worked into it
 * beforehand, so that a line is read without ever turning round.
 */
#include "sieve.h"

#include "cockpit/base_mem.h"

#define BYTES_MAX (64u << 10)
#define NONE      UINT32_MAX

struct state {
	uint32_t back; /* the longest end of what led here that begins another word */
	uint32_t also; /* the next state on the way back where a word ends; 0: none */
	uint32_t word; /* the last of the words that end here; NONE */
};

struct sieve {
	uint8_t class_of[256];
	size_t classes;
	uint32_t *next; /* by state and class */
	struct state *states;
	size_t count;
	uint32_t *same; /* by word: another one with the same text, or NONE */
};

static uint32_t *
step(struct sieve *sieve, uint32_t state, unsigned char byte)
{
	return &sieve->next[state * sieve->classes + sieve->class_of[byte]];
}

/* Class 0 is of those that no word has: NUL at least. */
static void
find_classes(struct sieve *sieve, const struct str words[], size_t count)
{
	bool used[256] = {false};
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < words[i].len; k++)
			used[(unsigned char)words[i].ptr[k]] = true;
	}
	BUG_ON(used[0]);
	sieve->classes = 1;
	for (size_t i = 0; i < 256; i++) {
		if (used[i])
			sieve->class_of[i] = (uint8_t)sieve->classes++;
	}
}

static void
add_word(struct sieve *sieve, struct str word, uint32_t number)
{
	uint32_t at = 0;
	for (size_t i = 0; i < word.len; i++) {
		uint32_t *next = step(sieve, at, (unsigned char)word.ptr[i]);
		if (*next == 0) {
			*next = (uint32_t)sieve->count;
			sieve->states[sieve->count++].word = NONE;
		}
		at = *next;
	}
	sieve->same[number] = sieve->states[at].word;
	sieve->states[at].word = number;
}

/* Breadth first: what is nearer to the beginning is finished when it is led back to. */
static void
lead_back(struct sieve *sieve)
{
	uint32_t *queue = mem_alloc_array(sieve->count, sizeof(*queue));
	size_t head = 0, tail = 1;
	while (head < tail) {
		uint32_t at = queue[head++];
		uint32_t *row = &sieve->next[at * sieve->classes];
		const uint32_t *other = &sieve->next[sieve->states[at].back * sieve->classes];
		for (size_t c = 0; c < sieve->classes; c++) {
			uint32_t to = row[c];
			if (to == 0) {
				row[c] = other[c];
				continue;
			}
			struct state *state = &sieve->states[to];
			state->back = at ? other[c] : 0;
			const struct state *back = &sieve->states[state->back];
			state->also = back->word != NONE ? state->back : back->also;
			queue[tail++] = to;
		}
	}
	mem_free(queue);
}

struct sieve *
sieve_new(const struct str words[], size_t count)
{
	struct sieve *sieve = MEM_NEW(struct sieve);
	size_t bytes = 0;
	for (size_t i = 0; i < count; i++)
		bytes += words[i].len;
	BUG_ON(count > SIEVE_WORDS_MAX || bytes > BYTES_MAX);
	find_classes(sieve, words, count);
	sieve->next = mem_alloc_array((bytes + 1) * sieve->classes, sizeof(*sieve->next));
	sieve->states = mem_alloc_array(bytes + 1, sizeof(*sieve->states));
	sieve->same = mem_alloc_array(count + 1, sizeof(*sieve->same));
	sieve->states[0].word = NONE;
	sieve->count = 1;
	for (size_t i = 0; i < count; i++) {
		if (words[i].len > 0)
			add_word(sieve, words[i], (uint32_t)i);
	}
	lead_back(sieve);
	return sieve;
}

void
sieve_free(struct sieve *sieve)
{
	if (!sieve)
		return;
	mem_free(sieve->next);
	mem_free(sieve->states);
	mem_free(sieve->same);
	mem_free(sieve);
}

static void
add_words(const struct sieve *sieve, uint32_t at, struct sieve_set *set)
{
	for (; at; at = sieve->states[at].also) {
		for (uint32_t w = sieve->states[at].word; w != NONE; w = sieve->same[w])
			set->bits[w / 64] |= UINT64_C(1) << w % 64;
	}
}

bool
sieve_find(const struct sieve *sieve, struct str line, struct sieve_set *set)
{
	uint32_t at = 0;
	bool found = false;
	for (size_t i = 0; i < line.len; i++) {
		at = sieve->next[at * sieve->classes +
				 sieve->class_of[(unsigned char)line.ptr[i]]];
		const struct state *state = &sieve->states[at];
		if (state->word == NONE && state->also == 0)
			continue;
		add_words(sieve, at, set);
		found = true;
	}
	return found;
}
