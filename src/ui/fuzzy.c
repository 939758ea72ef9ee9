/* SPDX-License-Identifier: MIT */
#include "fuzzy.h"

enum { SCORE_LETTERS = 1, SCORE_PART = 20, SCORE_WORD = 40, SCORE_FIRST = 45 };

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Bytes of other alphabets are letters, too. */
static bool
is_letter(char c)
{
	unsigned char f = fold(c);
	return (f >= 'a' && f <= 'z') || (f >= '0' && f <= '9') || f >= 0x80;
}

static bool
stands_at(struct str word, struct str text, size_t at)
{
	if (text.len - at < word.len)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (fold(word.ptr[i]) != fold(text.ptr[at + i]))
			return false;
	}
	return true;
}

static bool
letters_from(struct str word, struct str text, size_t at)
{
	size_t found = 0;
	for (; at < text.len && found < word.len; at++)
		found += fold(word.ptr[found]) == fold(text.ptr[at]);
	return found == word.len;
}

static int
word_score(struct str word, struct str text)
{
	int best = -1;
	for (size_t at = 0; at < text.len; at++) {
		bool begins =
			at == 0 || (!is_letter(text.ptr[at - 1]) && is_letter(text.ptr[at]));
		int score = -1;
		if (stands_at(word, text, at))
			score = at == 0 ? SCORE_FIRST : begins ? SCORE_WORD : SCORE_PART;
		else if (begins && fold(text.ptr[at]) == fold(word.ptr[0]) &&
			 letters_from(word, text, at))
			score = SCORE_LETTERS;
		best = score > best ? score : best;
	}
	return best;
}

int
fuzzy_score(struct str query, struct str text)
{
	int sum = 0;
	while (query.len > 0) {
		struct str word = str_cut(&query, ' ');
		int score = word.len ? word_score(word, text) : 0;
		if (score < 0)
			return -1;
		sum += score;
	}
	return sum;
}
