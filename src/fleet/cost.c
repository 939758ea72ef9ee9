/* SPDX-License-Identifier: MIT */
#include "cockpit/fleet_cost.h"

#include <inttypes.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "local.h"
#include "pattern.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define DIGITS_MAX 15 /* before the point */
#define REST_MAX   25 /* behind it: 0.0016000000000000003 is what a program may print */
#define MICRO      INT64_C(1000000)

static const struct {
	const char *name, *words;
} sources[] = {
#define X(name, id, words) {name, words},
	COST_SOURCES(X)
#undef X
};

const char *
cost_source_name(enum cost_source source)
{
	return sources[source].name;
}

const char *
cost_source_words(enum cost_source source)
{
	return sources[source].words;
}

bool
cost_source_find(const char *name, enum cost_source *ret)
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		if (strcmp(sources[i].name, name) != 0)
			continue;
		*ret = (enum cost_source)i;
		return true;
	}
	return false;
}

/* --- numbers --- */

static bool
is_digit(struct str s, size_t at)
{
	return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9';
}

/* Digits, with a comma before each three or without any. */
static bool
read_whole(struct str *rest, int64_t *ret)
{
	size_t at = 0, digits = 0, since = 0;
	bool commas = false;
	*ret = 0;
	for (; at < rest->len; at++) {
		bool comma = rest->ptr[at] == ',';
		if (comma && (digits == 0 || (commas ? since != 3 : digits > 3)))
			return false;
		commas = commas || comma;
		since = comma ? 0 : since + 1;
		if (comma)
			continue;
		if (!is_digit(*rest, at))
			break;
		if (++digits > DIGITS_MAX)
			return false;
		*ret = *ret * 10 + (rest->ptr[at] - '0');
	}
	/* The loop counts what it stops at, too. */
	if (commas && (at < rest->len ? since - 1 : since) != 3)
		return false;
	*rest = str_slice(*rest, at, rest->len);
	return digits > 0;
}

/* What stands behind the point, in millionths; more than that is cut off. */
static bool
read_rest(struct str *rest, int64_t *ret)
{
	size_t at = 1;
	int64_t place = MICRO / 10;
	*ret = 0;
	if (rest->len == 0 || rest->ptr[0] != '.')
		return true;
	for (; is_digit(*rest, at); at++, place /= 10) {
		if (at > REST_MAX)
			return false;
		*ret += (rest->ptr[at] - '0') * place;
	}
	*rest = str_slice(*rest, at, rest->len);
	return at > 1;
}

/* "e-05": what Python and JavaScript make of little. What is much they write out. */
static bool
read_exponent(struct str *rest, uint64_t *ret)
{
	struct str text = *rest;
	*ret = 0;
	if (!str_starts(text, STR("e-")) && !str_starts(text, STR("E-")))
		return true;
	*rest = str_slice(text, text.len, text.len);
	return text.len <= 4 && str_to_u64(str_slice(text, 2, text.len), 99, ret);
}

bool
cost_read_dollars(struct str text, int64_t *ret_micros)
{
	int64_t whole, rest;
	uint64_t down;
	if (str_starts(text, STR("$")))
		text = str_slice(text, 1, text.len);
	if (!read_whole(&text, &whole) || !read_rest(&text, &rest) ||
		!read_exponent(&text, &down) || text.len > 0 ||
		whole > COST_MICROS_MAX / MICRO || whole * MICRO + rest > COST_MICROS_MAX)
		return false;
	whole = whole * MICRO + rest;
	for (; down > 0 && whole > 0; down--)
		whole /= 10;
	*ret_micros = whole;
	return true;
}

bool
cost_read_tokens(struct str text, int64_t *ret)
{
	static const struct {
		char sign;
		int64_t times;
	} units[] = {
		{'k', 1000                   },
                {'K', 1000                   },
                {'m', 1000000                },
                {'M', 1000000                },
		{'B', INT64_C(1000000) * 1000}
        };
	int64_t whole, rest, times = 1;
	bool point;
	if (!read_whole(&text, &whole))
		return false;
	point = text.len > 0 && text.ptr[0] == '.';
	if (!read_rest(&text, &rest))
		return false;
	for (size_t i = 0; i < COUNT(units) && text.len == 1 && times == 1; i++)
		times = text.ptr[0] == units[i].sign ? units[i].times : 1;
	/* There is no half of one. */
	if (text.len > (times > 1 ? 1u : 0u) || (point && times == 1) ||
		whole > COST_TOKENS_MAX / times)
		return false;
	whole = whole * times + rest * times / MICRO;
	if (whole > COST_TOKENS_MAX)
		return false;
	*ret = whole;
	return true;
}

void
cost_write_dollars(int64_t micros, bool is_short, struct buf *into)
{
	int64_t cents = (micros + 5000) / 10000, hundredths = (micros + 50) / 100;
	if (is_short && micros > 0 && micros < 10000)
		buf_addc(into, "<$0.01");
	else if (is_short || hundredths >= 10000 || micros == 0)
		buf_printf(into, "$%" PRId64 ".%02d", cents / 100, (int)(cents % 100));
	else if (hundredths == 0)
		buf_addc(into, "<$0.0001");
	else
		buf_printf(into, "$0.%04d", (int)hundredths);
}

void
cost_write_tokens(int64_t tokens, struct buf *into)
{
	static const char units[] = {'k', 'M', 'B', 'T'};
	int64_t scale = 1000;
	size_t unit = 0;
	if (tokens < 1000) {
		buf_printf(into, "%" PRId64, tokens);
		return;
	}
	for (; unit + 1 < COUNT(units) && tokens >= scale * 1000; unit++)
		scale *= 1000;
	int64_t tenths = tokens / (scale / 10);
	if (tenths < 1000)
		buf_printf(
			into, "%" PRId64 ".%d%c", tenths / 10, (int)(tenths % 10), units[unit]);
	else
		buf_printf(into, "%" PRId64 "%c", tenths / 10, units[unit]);
}

/* --- what an agent says --- */

/* A weaker source says nothing new. */
static void
take(struct agent *agent, const struct cost *said)
{
	struct cost *cost = &agent->cost;
	if ((cost->source != COST_NONE && said->source > cost->source) ||
		(said->micros < 0 && said->tokens < 0))
		return;
	bool same = cost->source == said->source && cost->micros == said->micros &&
		    cost->tokens == said->tokens && strcmp(cost->id, said->id) == 0;
	*cost = *said;
	if (!same)
		fleet_emit(agent->fleet, FLEET_AGENT, agent->host, agent->id);
}

/* "TIME DOLLARS TOKENS CONVERSATION" of the host; what is not told is "-". */
void
cost_fact(struct agent *agent, struct str text, int64_t now)
{
	struct cost said = {.source = COST_HOOK, .micros = -1, .tokens = -1, .at = now};
	uint64_t at;
	if (text.len == 0 || !str_to_u64(str_cut(&text, ' '), (uint64_t)1 << 40, &at))
		return;
	int64_t age = (clock_wall() - (int64_t)at) * 1000;
	if (age > 0 && age < now)
		said.at = now - age;
	(void)cost_read_dollars(str_cut(&text, ' '), &said.micros);
	(void)cost_read_tokens(str_cut(&text, ' '), &said.tokens);
	struct str id = str_cut(&text, ' ');
	if (str_is_name(id))
		text_copy(said.id, sizeof(said.id), id);
	take(agent, &said);
}

void
cost_signal(struct agent *agent, struct str text, int64_t now)
{
	struct cost said = {.source = COST_SIGNAL, .micros = -1, .tokens = -1, .at = now};
	while (text.len > 0) {
		struct str value = str_cut(&text, ':'), key = str_cut(&value, '=');
		if (str_eqc(key, "cost"))
			(void)cost_read_dollars(value, &said.micros);
		else if (str_eqc(key, "tokens"))
			(void)cost_read_tokens(value, &said.tokens);
	}
	/* Each may be said alone. */
	if (agent->cost.source == COST_SIGNAL) {
		said.micros = said.micros < 0 ? agent->cost.micros : said.micros;
		said.tokens = said.tokens < 0 ? agent->cost.tokens : said.tokens;
		said.at = said.micros == agent->cost.micros && said.tokens == agent->cost.tokens
				  ? agent->cost.at
				  : now;
	}
	take(agent, &said);
}

/* Every group that took something is a number; they are added up. */
static bool
add_groups(const struct pattern *pattern, struct str rows,
	bool (*read)(struct str text, int64_t *ret), int64_t max, int64_t *ret)
{
	int64_t sum = 0, one;
	int taken = 0;
	if (!pattern_find(pattern, rows, NULL))
		return false;
	for (int i = 1; i <= pattern_groups(pattern); i++) {
		struct str took = pattern_took(pattern, rows, i);
		if (!took.ptr)
			continue;
		if (!read(took, &one))
			return false;
		sum += one;
		taken++;
	}
	if (taken == 0 || sum > max)
		return false;
	*ret = sum;
	return true;
}

void
cost_of_rows(const struct profile *profile, struct str rows, struct cost *ret)
{
	ret->micros = ret->tokens = -1;
	for (size_t i = 0; i < profile->cost.count && ret->micros < 0; i++) {
		const struct rule *rule = &profile->cost.list[i];
		(void)add_groups(rule->pattern, rows_last(rows, rule->rows), cost_read_dollars,
			COST_MICROS_MAX, &ret->micros);
	}
	for (size_t i = 0; i < profile->tokens.count && ret->tokens < 0; i++) {
		const struct rule *rule = &profile->tokens.list[i];
		(void)add_groups(rule->pattern, rows_last(rows, rule->rows), cost_read_tokens,
			COST_TOKENS_MAX, &ret->tokens);
	}
}

/* A look may fall into the middle of a number that is being drawn: only what two looks in a row
 * say was said. True: another one is wanted. */
bool
cost_look(struct agent *agent, struct str rows, int64_t now)
{
	struct cost said = {.source = COST_SCREEN, .at = now}, *seen = &agent->cost_seen;
	if (agent->cost.source != COST_NONE && agent->cost.source < COST_SCREEN)
		return false;
	cost_of_rows(agent_profile(agent), rows, &said);
	if (said.micros < 0 && said.tokens < 0)
		return false;
	bool twice = seen->source == COST_SCREEN && seen->micros == said.micros &&
		     seen->tokens == said.tokens;
	*seen = said;
	agent->cost_doubts = twice ? 0 : agent->cost_doubts + 1;
	if (twice)
		take(agent, &said);
	return !twice;
}

void
cost_explain(const struct cost *cost, int64_t now, struct buf *into)
{
	char age[8];
	if (cost->source == COST_NONE)
		return;
	buf_addc(into, "  spent     ");
	if (cost->micros >= 0)
		cost_write_dollars(cost->micros, false, into);
	if (cost->tokens >= 0) {
		buf_addc(into, cost->micros >= 0 ? ", " : "");
		cost_write_tokens(cost->tokens, into);
		buf_addc(into, " tokens");
	}
	clock_age(now - cost->at, age);
	buf_printf(into, ", told by %s %s ago\n", cost_source_words(cost->source), age);
}
