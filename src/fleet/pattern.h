/*
 * pattern: regular expressions of PCRE2, looked for in text that strangers write.
 *
 * Patterns are of UTF-8; what is not UTF-8 in a text matches nothing, and the
 * text around it is looked at all the same. However a pattern backtracks, looking
 * takes a tenth of a second or so at most, and little memory: what would take
 * more is not found. PCRE2 stops in this module.
 */
#ifndef FLEET_PATTERN_H
#define FLEET_PATTERN_H

#include "cockpit/base_buf.h"

struct err;
struct pattern;

#define PATTERN_TEXT_MAX    1000        /* bytes of a pattern */
#define PATTERN_SUBJECT_MAX (16u << 10) /* in a longer text nothing is found */

/* ERR_INVALID with what is wrong and where: "missing closing parenthesis at character 5 of it".
 */
int pattern_new(const char *text, struct pattern **ret, struct err *err);
void pattern_free(struct pattern *pattern); /* accepts NULL */
/* match (may be NULL) gets what the first group took; all that was found if there is none or it
 * took no part. */
bool pattern_find(const struct pattern *pattern, struct str subject, struct buf *match);

/* Its groups are numbered from 1: how many there are, and the one of that name (0: none). */
int pattern_groups(const struct pattern *pattern);
int pattern_group(const struct pattern *pattern, const char *name);

enum pattern_fit {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_LATE, /* it took more than steps: not known */
};

/*
 * For many short texts: whether it fits line from its first byte on, in so many steps of
 * backtracking at most. The same texts give the same answers, however busy the machine is.
 */
enum pattern_fit pattern_fit(const struct pattern *pattern, struct str line, size_t steps);
/* What a group took in line, which it fitted last; an empty str with a NULL ptr if it took no
 * part. */
struct str pattern_took(const struct pattern *pattern, struct str line, int group);

#endif
