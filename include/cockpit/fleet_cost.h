/*
 * fleet_cost: what an agent says that it has spent, in US dollars and in tokens. Nothing is
 * reckoned here: prices are its own business, and what nobody tells is not known.
 *
 * An agent tells it by its hook (src/data/sidecar/hook.sh -s), in OSC 7501, or on rows of its
 * screen that its profile has rules for. Of those the first that has told anything of this
 * start is believed alone, since they would be the same money twice.
 */
#ifndef COCKPIT_FLEET_COST_H
#define COCKPIT_FLEET_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_str.h"

struct buf;

/* Name for --json, our name, what people are told. The strongest first. */
#define COST_SOURCES(X)                   \
	X("none", NONE, "not told")       \
	X("hook", HOOK, "hook or plugin") \
	X("signal", SIGNAL, "OSC 7501")   \
	X("screen", SCREEN, "its screen")

enum cost_source {
#define X(name, id, words) COST_##id,
	COST_SOURCES(X)
#undef X
		COST_SOURCE_COUNT
};

const char *cost_source_name(enum cost_source source);
const char *cost_source_words(enum cost_source source);
bool cost_source_find(const char *name, enum cost_source *ret);

/* Whoever says more is not believed. */
#define COST_MICROS_MAX (1000000 * INT64_C(1000000))
#define COST_TOKENS_MAX (1000000 * INT64_C(1000000))
#define COST_ID_MAX     64

struct cost {
	enum cost_source source;
	int64_t micros;       /* millionths of a dollar; -1: not told */
	int64_t tokens;       /* -1: not told */
	int64_t at;           /* clock_ms() of the last time that it was said */
	char id[COST_ID_MAX]; /* of the conversation, all of which it is; "": of this start */
};

/*
 * Numbers as agents write them, all of text: "0.0123", "$1,234.50", "1.2e-05" (of dollars
 * alone, and down alone); "950", "12.3k", "1.2M".
 * English, without a sign; false for anything else and for what is beyond the limits.
 */
bool cost_read_dollars(struct str text, int64_t *ret_micros);
bool cost_read_tokens(struct str text, int64_t *ret);
/* "$3.12", "$0.0123" below a dollar; short: "$0.01" and "<$0.01". */
void cost_write_dollars(int64_t micros, bool is_short, struct buf *into);
/* "950", "12.3k", "1.2M". */
void cost_write_tokens(int64_t tokens, struct buf *into);

#endif
