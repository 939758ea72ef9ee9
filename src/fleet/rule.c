/* SPDX-License-Identifier: MIT */
/* What a profile's rules say of what an agent shows. */
#include "cockpit/base_buf.h"
#include "cockpit/fleet_profile.h"
#include "pattern.h"

bool
rule_match(const struct rule *rule, struct str text, struct buf *match)
{
	return pattern_find(rule->pattern, text, match);
}

const struct rule *
profile_match(const struct profile *profile, enum sign_source source, struct str text)
{
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct rule *rule = &profile->rules[i];
		if (rule->source == source && rule_match(rule, text, NULL))
			return rule;
	}
	return NULL;
}

void
rows_with_text(struct str text, struct buf *into)
{
	while (text.len > 0) {
		struct str row = str_cut(&text, '\n');
		while (row.len > 0 && row.ptr[row.len - 1] == ' ')
			row.len--;
		if (row.len == 0)
			continue;
		if (into->len)
			buf_byte(into, '\n');
		buf_add(into, row);
	}
}

struct str
rows_last(struct str rows, int count)
{
	size_t at = rows.len;
	for (; at > 0; at--) {
		if (rows.ptr[at - 1] == '\n' && --count == 0)
			break;
	}
	return str_slice(rows, at, rows.len);
}

const struct rule *
profile_match_rows(const struct profile *profile, struct str rows, struct buf *match)
{
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct rule *rule = &profile->rules[i];
		buf_clear(match);
		if (rule->source == SIGN_SCREEN &&
			rule_match(rule, rows_last(rows, rule->rows), match))
			return rule;
	}
	return NULL;
}

const char *
profile_answer_keys(const struct profile *profile, int row, enum agent_answer answer)
{
	const struct rule *rule =
		row > 0 && (size_t)row <= profile->rule_count ? &profile->rules[row - 1] : NULL;
	return rule && rule->has_answers ? rule->answers[answer] : profile->answers[answer];
}

int
profile_screen_rows(const struct profile *profile)
{
	const struct profile_numbers all[] = {
		{profile->rules, profile->rule_count},
                profile->cost, profile->tokens
        };
	int rows = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t k = 0; k < all[i].count; k++) {
			if (all[i].list[k].rows > rows)
				rows = all[i].list[k].rows;
		}
	}
	return rows;
}
