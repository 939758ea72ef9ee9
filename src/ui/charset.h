/*
 * ui/charset: what stands for characters that the operator's terminal cannot show. One
 * column stays one column, so that layouts need not know; only keys are written as words.
 */
#ifndef COCKPIT_UI_CHARSET_H
#define COCKPIT_UI_CHARSET_H

#include <stdint.h>

enum charset {
	CHARSET_ALL,
	CHARSET_LINES, /* letters and frames, but few signs: the Linux console and its fonts */
	CHARSET_ASCII,
};

#define CHARSET_WORDS 96

/* cp itself, or the sign of one column that stands for it: "?" at worst. */
uint32_t charset_sign(enum charset charset, uint32_t cp);
/* "⏎ answer it" as it is, or as "Enter answer it" in ret. */
const char *charset_words(enum charset charset, const char *words, char ret[CHARSET_WORDS]);

#endif
