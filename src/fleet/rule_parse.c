/* SPDX-License-Identifier: MIT */
/* The rules of a profile, from JSON: what they look at, what they look for, what that says. */
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "pattern.h"
#include "profile_rows.h"

#define ROWS_MAX 100

static const char *const source_names[] = {
#define X(name, id, what) name,
	SIGN_SOURCES(X)
#undef X
};

static const char *const claim_names[] = {
#define X(name, id) name,
	SIGN_CLAIMS(X)
#undef X
};

static int
check_source(const struct json *node, struct err *err)
{
	int ignored;
	return profile_find_word(node, source_names, COUNT(source_names),
		"what a rule can look at", &ignored, err);
}

struct answer_keys {
	char *keys[ANSWER_COUNT];
};

int
profile_read_answers(const struct json *object, char *answers[], struct err *err)
{
	static const struct json_row rows[] = {
#define X(name, id)                                                                      \
	TEXT(name, 0, offsetof(struct answer_keys, keys) + ANSWER_##id * sizeof(char *), \
		KEYS_BYTES, profile_check_keys, "the keys that say so"),
		AGENT_ANSWERS(X)
#undef X
	};
	struct answer_keys keys = {{0}};
	int rc = json_read(object, rows, COUNT(rows), &keys, err);
	for (size_t i = 0; i < ANSWER_COUNT; i++)
		answers[i] = keys.keys[i];
	return rc;
}

struct rule_keys {
	char *from, *match, *state;
	int rows;
	const struct json *answers;
};

#define RULE(member) offsetof(struct rule_keys, member)

static const struct json_row rule_rows[] = {
	TEXT("from", JSON_ROW_REQUIRED, RULE(from), 0, check_source, "what it looks at"),
	TEXT("match", JSON_ROW_REQUIRED, RULE(match), PATTERN_TEXT_MAX, NULL,
		"a regular expression"),
	TEXT("state", JSON_ROW_REQUIRED, RULE(state), 0, NULL, "what it says of the agent"),
	NUMBER("rows", RULE(rows), 1, ROWS_MAX, "how many of the last rows with text"),
	NODE("answers", JSON_KIND_OBJECT, 0, RULE(answers),
		"how an answer is given while it shows this"),
};

/* A state, or one of the other claims. */
static int
read_claim(const struct json *node, int *ret, struct err *err)
{
	const char *names[AGENT_STATE_COUNT + COUNT(claim_names)];
	size_t count = 0;
	for (; count < AGENT_STATE_COUNT; count++)
		names[count] = agent_state_json((enum agent_state)count);
	for (size_t i = 0; i < COUNT(claim_names); i++)
		names[count++] = claim_names[i];
	return profile_find_word(node, names, count, "a state", ret, err);
}

static int
read_pattern(const struct json *node, struct rule *rule, struct err *err)
{
	struct err why = ERR_INIT;
	char found[128];
	if (pattern_new(json_to_cstr(node), &rule->pattern, &why) < 0)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found %s, expected a regular expression: %s", json_found(node, found),
			why.text);
	rule->text = mem_strdup(json_to_cstr(node));
	return 0;
}

static int
finish_rule(const struct rule_keys *keys, const struct json *node, struct rule *rule,
	struct err *err)
{
	int source = SIGN_SOURCE_COUNT;
	int rc = profile_find_word(
		json_find(node, "from"), source_names, COUNT(source_names), "", &source, err);
	if (rc == 0)
		rc = read_claim(json_find(node, "state"), &rule->claim, err);
	if (rc < 0)
		return rc;
	rule->source = (enum sign_source)source;
	rule->rows = keys->rows;
	if (source == SIGN_SCREEN && !keys->rows)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found no \"rows\", expected how many of the screen's last rows this "
			"rule "
			"looks at, from 1 to %d",
			ROWS_MAX);
	if (source != SIGN_SCREEN && keys->rows)
		return json_refuse(json_find(node, "rows"), JSON_AT_KEY, err,
			"found \"rows\" in a rule from \"%s\", expected it only beside "
			"\"screen\"",
			source_names[source]);
	if (keys->answers && (source != SIGN_SCREEN || rule->claim != AGENT_ASKS))
		return json_refuse(keys->answers, JSON_AT_KEY, err,
			"found \"answers\" here, expected it only in a rule from \"screen\" "
			"that says \"asks\"");
	rule->has_answers = keys->answers != NULL;
	rc = keys->answers ? profile_read_answers(keys->answers, rule->answers, err) : 0;
	if (rc < 0)
		return rc;
	return read_pattern(json_find(node, "match"), rule, err);
}

int
profile_read_rules(const struct json *states, struct profile *profile, struct err *err)
{
	size_t count = json_count(states);
	if (count > PROFILE_RULES_MAX)
		return json_refuse(states, JSON_AT_VALUE, err,
			"found %zu rules, expected at most %d", count, PROFILE_RULES_MAX);
	profile->rules = mem_alloc_array(count + 1, sizeof(*profile->rules));
	for (const struct json *it = json_first(states); it; it = json_next(it)) {
		struct rule_keys keys = {0};
		/* Counted first, so that what it holds is released with the others. */
		struct rule *rule = &profile->rules[profile->rule_count++];
		rule->row = (int)profile->rule_count;
		int rc = json_read(it, rule_rows, COUNT(rule_rows), &keys, err);
		if (rc == 0)
			rc = finish_rule(&keys, it, rule, err);
		mem_free(keys.from);
		mem_free(keys.match);
		mem_free(keys.state);
		if (rc < 0)
			return rc;
	}
	return 0;
}

struct number_keys {
	char *match;
	int rows;
};

#define NUMBER_AT(member) offsetof(struct number_keys, member)

static const struct json_row number_rows[] = {
	TEXT("match", JSON_ROW_REQUIRED, NUMBER_AT(match), PATTERN_TEXT_MAX, NULL,
		"a regular expression with a group for each number"),
	NUMBER("rows", NUMBER_AT(rows), 1, ROWS_MAX, "how many of the last rows with text"),
};

static int
read_number(const struct json *node, struct rule *rule, struct err *err)
{
	struct number_keys keys = {0};
	int rc = json_read(node, number_rows, COUNT(number_rows), &keys, err);
	mem_free(keys.match);
	rule->source = SIGN_SCREEN;
	rule->claim = CLAIM_NOTHING;
	rule->rows = keys.rows;
	if (rc < 0)
		return rc;
	if (!keys.rows)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found no \"rows\", expected how many of the screen's last rows it "
			"looks "
			"at, from 1 to %d",
			ROWS_MAX);
	rc = read_pattern(json_find(node, "match"), rule, err);
	if (rc == 0 && pattern_groups(rule->pattern) == 0)
		return json_refuse(json_find(node, "match"), JSON_AT_VALUE, err,
			"found no group in it, expected one for each number");
	return rc;
}

int
profile_read_numbers(const struct json *array, struct profile_numbers *into, struct err *err)
{
	size_t count = json_count(array);
	if (count > PROFILE_NUMBERS_MAX)
		return json_refuse(array, JSON_AT_VALUE, err,
			"found %zu rules, expected at most %d", count, PROFILE_NUMBERS_MAX);
	into->list = mem_alloc_array(count + 1, sizeof(*into->list));
	for (const struct json *it = json_first(array); it; it = json_next(it)) {
		struct rule *rule = &into->list[into->count++];
		rule->row = (int)into->count;
		int rc = read_number(it, rule, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
