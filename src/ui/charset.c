/* SPDX-License-Identifier: MIT */
#include "charset.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "caps.h"
#include "cockpit/base_str.h"
#include "cockpit/base_text.h"
#include "cockpit/ui_sign.h"

#define KEEP 0 /* such fonts have it */

/* In order. What frames, states and agents' own screens are made of. */
static const struct row {
	uint32_t from, to;
	char ascii;
	uint32_t lines; /* in CHARSET_LINES */
} rows[] = {
	{0x00a0, 0x00a0, ' ',  KEEP  },
        {0x00ab, 0x00ab, '<',  KEEP  },
	{0x00b7, 0x00b7, '.',  KEEP  }, /* · */
	{0x00bb, 0x00bb, '>',  KEEP  },
        {0x2010, 0x2015, '-',  '-'   }, /* dashes */
	{0x2018, 0x201b, '\'', '\''  },
        {0x201c, 0x201f, '"',  '"'   },
	{0x2020, 0x2024, '*',  '*'   }, /* bullets */
	{0x2025, 0x2026, '~',  '~'   }, /* … */
	{0x2039, 0x2039, '<',  '<'   },
        {0x203a, 0x203a, '>',  '>'   },
	{0x2190, 0x2190, '<',  KEEP  }, /* arrows */
	{0x2191, 0x2191, '^',  KEEP  },
        {0x2192, 0x2192, '>',  KEEP  },
        {0x2193, 0x2193, 'v',  KEEP  },
	{0x21b5, 0x21b5, '<',  0x2190},
        {0x21e5, 0x21e5, '>',  0x2192}, /* ⇥ */
	{0x2212, 0x2212, '-',  '-'   },
        {0x2219, 0x2219, '.',  0x00b7},
	{0x23bf, 0x23bf, '`',  0x2514}, /* ⎿ */
	{0x23ce, 0x23ce, '<',  0x2190}, /* ⏎ */
	{0x23f5, 0x23f5, '>',  '>'   },
        {0x23fa, 0x23fa, '*',  '*'   }, /* ⏺ */
	{0x2500, 0x2500, '-',  KEEP  },
        {0x2501, 0x2501, '-',  0x2500},
        {0x2502, 0x2502, '|',  KEEP  },
	{0x2503, 0x2503, '|',  0x2502},
        {0x2504, 0x2504, '-',  0x2500},
	{0x2505, 0x2505, '-',  0x2500},
        {0x2506, 0x2507, '|',  0x2502},
	{0x2508, 0x2509, '-',  0x2500},
        {0x250a, 0x250b, '|',  0x2502},
	{0x250c, 0x253c, '+',  KEEP  },
        {0x253d, 0x254b, '+',  0x253c},
	{0x254c, 0x254d, '-',  0x2500},
        {0x254e, 0x254f, '|',  0x2502},
	{0x2550, 0x2550, '=',  KEEP  },
        {0x2551, 0x2551, '|',  KEEP  },
        {0x2552, 0x256c, '+',  KEEP  },
	{0x256d, 0x256d, '+',  0x250c}, /* ╭ */
	{0x256e, 0x256e, '+',  0x2510},
        {0x256f, 0x256f, '+',  0x2518},
	{0x2570, 0x2570, '+',  0x2514},
        {0x2571, 0x2571, '/',  '/'   },
        {0x2572, 0x2572, '\\', '\\'  },
	{0x2573, 0x2573, 'X',  'X'   },
        {0x2574, 0x257f, '-',  0x2500},
	{0x2580, 0x2593, '#',  KEEP  }, /* blocks */
	{0x2594, 0x259f, '#',  0x2588},
        {0x25a0, 0x25a0, '#',  KEEP  },
	{0x25a1, 0x25ab, '#',  0x25a0},
        {0x25b2, 0x25b5, '^',  '^'   }, /* ▲ */
	{0x25b6, 0x25bb, '>',  '>'   }, /* ▸ */
	{0x25bc, 0x25bf, 'v',  'v'   },
        {0x25c0, 0x25c5, '<',  '<'   },
        {0x25c6, 0x25c9, 'o',  'o'   },
	{0x25cb, 0x25cc, 'o',  'o'   }, /* ○ ◌ */
	{0x25cf, 0x25cf, '*',  '*'   }, /* ● */
	{0x25d0, 0x25ff, 'o',  'o'   }, /* ◷ */
	{0x2605, 0x2606, '*',  '*'   },
        {0x2610, 0x2610, 'o',  'o'   },
        {0x2611, 0x2611, 'v',  'v'   },
	{0x2612, 0x2612, 'x',  'x'   },
        {0x26a0, 0x26a1, '!',  '!'   },
	{0x2713, 0x2714, 'v',  'v'   }, /* ✓ */
	{0x2715, 0x2718, 'x',  'x'   }, /* ✗ */
	{0x2719, 0x274b, '*',  '*'   }, /* stars and asterisks */
	{0x276e, 0x276e, '<',  '<'   },
        {0x276f, 0x276f, '>',  '>'   }, /* ❯ */
	{0x2771, 0x2771, '>',  '>'   },
        {0x2800, 0x2800, ' ',  ' '   },
	{0x2801, 0x28ff, '%',  '%'   }, /* ⠹ and what else turns */
};

/* Of U+00C0 to U+00FF. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPsaaaaaaaceeeeiiiidnooooo/ouuuuypy";

uint32_t
charset_sign(enum charset charset, uint32_t cp)
{
	size_t low = 0, high = sizeof(rows) / sizeof(rows[0]);
	if (charset == CHARSET_ALL || cp < 0x80)
		return cp;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct row *row = &rows[middle];
		if (cp < row->from) {
			high = middle;
		} else if (cp > row->to) {
			low = middle + 1;
		} else {
			if (charset == CHARSET_ASCII)
				return (uint32_t)(unsigned char)row->ascii;
			return row->lines == KEEP ? cp : row->lines;
		}
	}
	/* Which letters a console has depends on the font that was loaded. */
	if (charset == CHARSET_LINES && (cp < 0x2000 || cp == 0x20ac))
		return cp;
	return cp >= 0xc0 && cp <= 0xff ? (uint32_t)(unsigned char)latin[cp - 0xc0] : '?';
}

const char *
charset_words(enum charset charset, const char *words, char ret[CHARSET_WORDS])
{
	static const struct {
		const char *sign, *word;
	} keys[] = {
		{"⏎", "Enter"},
		{"⇥", "Tab"  },
	};
	struct str rest = str_from(words);
	size_t len = 0;
	if (charset == CHARSET_ALL)
		return words;
	while (rest.len > 0 && len + 8 < CHARSET_WORDS) {
		size_t taken = 0;
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !taken; i++) {
			if (!str_starts(rest, str_from(keys[i].sign)))
				continue;
			len += (size_t)snprintf(
				ret + len, CHARSET_WORDS - len, "%s", keys[i].word);
			taken = strlen(keys[i].sign);
		}
		if (!taken) {
			ret[len++] = rest.ptr[0];
			taken = 1;
		}
		rest = str_slice(rest, taken, rest.len);
	}
	ret[len] = '\0';
	return ret;
}

const char *
ui_sign(const char *sign, char ret[UI_SIGN_MAX])
{
	enum charset charset = isatty(STDOUT_FILENO) ? caps_charset() : CHARSET_ALL;
	struct str rest = str_from(sign);
	if (charset == CHARSET_ALL || rest.len == 0)
		return sign;
	ret[text_encode(charset_sign(charset, text_next(&rest)), ret)] = '\0';
	return ret;
}
