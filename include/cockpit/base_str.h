/*
 * base_str: a borrowed run of bytes. It owns nothing, need not end in NUL and
 * may hold NULs: what comes from a host is bytes, not C strings.
 */
#ifndef COCKPIT_BASE_STR_H
#define COCKPIT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len;
};

/* A str of a string literal, also in initialisers. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
/* For printf("%.*s", STR_ARG(s)): only for text that is already safe. */
#define STR_ARG(s) (int)(s).len, (s).ptr

/* NULL gives the empty str. */
static inline struct str
str_from(const char *cstr)
{
	return cstr ? (struct str){cstr, strlen(cstr)} : (struct str){"", 0};
}

bool str_eq(struct str a, struct str b);
bool str_eqc(struct str a, const char *cstr);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* -1 if absent. */
ptrdiff_t str_find(struct str s, char c);
ptrdiff_t str_find_str(struct str s, struct str needle);
/* s[from, to), both clamped to the length. */
struct str str_slice(struct str s, size_t from, size_t to);
/* Removes and returns what stands before the first sep (all if none); *rest is then after it.
 */
struct str str_cut(struct str *rest, char sep);
/* Removes and returns what stands behind the last sep (all if none); *rest is then before it.
 */
struct str str_cut_last(struct str *rest, char sep);
/* Blanks and tabs, CR and LF removed at both ends. */
struct str str_trim(struct str s);
/* Decimal only, whole string, no sign for the unsigned one; false leaves *ret alone. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *ret);
bool str_to_int(struct str s, int min, int max, int *ret);

/* To tell texts apart quickly, never to withstand an attacker; h goes on from one to the next.
 */
#define STR_HASH_INIT 14695981039346656037u
uint64_t str_hash(uint64_t h, struct str s);

/* [A-Za-z0-9_][A-Za-z0-9._-]{0,63}: hosts, fleets, agents. */
bool str_is_name(struct str s);

#endif
