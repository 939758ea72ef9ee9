/*
 * fleet_detect: what an agent does, with evidence. Every verdict names the
 * source that decided and since when; no evidence is "unknown", never a guess.
 *
 * What an agent's words mean stands in its profile (fleet_profile.h): each text that it sends
 * is looked up there when it comes and kept as a sign with its claim. Here the signs are
 * weighed.
 */
#ifndef COCKPIT_FLEET_DETECT_H
#define COCKPIT_FLEET_DETECT_H

#include <stdbool.h>

#include "cockpit/base_buf.h"

/* Name for --json, our name, glyph, word on a tile. */
#define AGENT_STATES(X)                          \
	X("down", DOWN, "○", "not running")      \
	X("starting", STARTING, "◌", "starting") \
	X("working", WORKING, "⠹", "working")    \
	X("asks", ASKS, "●", "needs you")        \
	X("limited", LIMITED, "◷", "limited")    \
	X("login", LOGIN, "●", "needs login")    \
	X("trust", TRUST, "●", "needs trust")    \
	X("done", DONE, "✓", "done")             \
	X("idle", IDLE, "·", "idle")             \
	X("failed", FAILED, "✗", "failed")       \
	X("ended", ENDED, "□", "ended")          \
	X("lost", LOST, "✗", "lost")             \
	X("unknown", UNKNOWN, "?", "quiet")

enum agent_state {
#define X(json, name, glyph, word) AGENT_##name,
	AGENT_STATES(X)
#undef X
		AGENT_STATE_COUNT
};

const char *agent_state_json(enum agent_state state);
const char *agent_state_glyph(enum agent_state state);
const char *agent_state_word(enum agent_state state);
/* It waits for a person's decision. */
bool agent_state_asks(enum agent_state state);
bool agent_state_find(const char *json, enum agent_state *ret);

/*
 * Where signs come from: name in profiles and in explain, our name, what explain calls it.
 * The first one is what the agent's hook or plugin told: things that happened. The others stand
 * until they are taken back.
 */
#define SIGN_SOURCES(X)                       \
	X("event", EVENT, "hook or plugin")   \
	X("signal", SIGNAL, "OSC 7501")       \
	X("title", TITLE, "OSC 0, 2")         \
	X("progress", PROGRESS, "OSC 9;4")    \
	X("notice", NOTICE, "OSC 9, 99, 777") \
	X("screen", SCREEN, "its last rows")

enum sign_source {
#define X(name, id, what) SIGN_##id,
	SIGN_SOURCES(X)
#undef X
		SIGN_SOURCE_COUNT
};

const char *sign_source_name(enum sign_source source);

/* What a sign can claim beside plain states: name in profiles, our name. */
#define SIGN_CLAIMS(X)                                                                      \
	X("quiet", QUIET)   /* it does not work; whether it asks or rests is not told */    \
	X("hold", HOLD)     /* what this source said before still holds (a viewer shows) */ \
	X("ignore", IGNORE) /* says nothing, and nothing is looked at behind it */

/* An enum agent_state, or one of these. */
enum sign_claim {
	CLAIM_NOTHING = -1,
	CLAIM_BEFORE = AGENT_STATE_COUNT - 1,
#define X(name, id) CLAIM_##id,
	SIGN_CLAIMS(X)
#undef X
		CLAIM_COUNT
};

/* "working", "quiet"; "nothing". */
const char *sign_claim_name(int claim);

#define EVIDENCE_TEXT_MAX 256

/* Times are clock_ms(); 0: never. Texts are foreign, cut, not yet made safe. */
struct sign {
	int64_t at; /* since when it says so */
	int claim;  /* enum agent_state or enum sign_claim */
	int row;    /* of the profile's rules; 0: none */
	char text[EVIDENCE_TEXT_MAX];
	char detail[64]; /* what the rule took out of it: "3pm" */
};

struct evidence {
	bool present;    /* it has a pane */
	int64_t lost_at; /* it had one on a server that is gone */
	bool dead;
	bool ending; /* tmux has not told how */
	int dead_status, dead_signal;
	int64_t dead_at;
	int64_t started_at; /* seen by us for the first time */
	int64_t born_at;    /* its program was started */
	bool talks;         /* its kind tells what it does, once it has started */
	bool streams;       /* and only to those who listen then: no hook or plugin keeps it */
	struct sign signs[SIGN_SOURCE_COUNT];
	int64_t screen_at; /* the screen was looked at last */
	int64_t dialog_at; /* it was seen there that it asks, last; 0: not since the question */
	int64_t bell_at;
	int64_t output_at;    /* bytes that were no echo of the operator's keys: the last */
	int64_t output_since; /* and the first without a longer pause since */
	int64_t typed_at;     /* the operator's last key that can be an answer */
	int64_t answered_at;  /* we answered what it asked */
	int64_t turn_at;      /* its last turn ended */
	int64_t seen_at;      /* and a person looked at it */
};

struct verdict {
	enum agent_state state;
	const char *source; /* sign_source_name(), or "process", "output", "nothing" */
	int64_t since;      /* clock_ms() of the evidence; 0: unknown */
	int row;            /* the profile's rule that decided; 0: none */
	bool rests;         /* it does not work; whether it ever did is not said */
	char detail[EVIDENCE_TEXT_MAX];
};

void detect_state(const struct evidence *ev, int64_t now, struct verdict *ret);
/* How long until time alone may change the verdict; 0: it does not. */
int64_t detect_next(const struct evidence *ev, int64_t now);
/* One line for each source: its evidence with age, and which decided; for explain. profile
 * names the rules. */
void detect_explain(
	const struct evidence *ev, const char *profile, int64_t now, struct buf *into);
/* No claim, no text. */
void evidence_init(struct evidence *ev);
/* Its hook told that it asks, and nobody has answered. */
bool evidence_hook_asks(const struct evidence *ev);
/* It printed, and not as an echo. */
void evidence_output(struct evidence *ev, int64_t now);
/* Copies foreign text into an evidence field, cut at a character. */
void evidence_set_text(char field[EVIDENCE_TEXT_MAX], struct str text);

#endif
