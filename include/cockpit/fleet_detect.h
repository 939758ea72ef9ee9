/*
 * fleet_detect: what an agent does, with evidence. Every verdict names the
 * source that decided and since when; no evidence is "unknown", never a guess.
 */
#ifndef COCKPIT_FLEET_DETECT_H
#define COCKPIT_FLEET_DETECT_H

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

#define EVIDENCE_TEXT_MAX 256

/* Times are clock_ms(); 0: never. Texts are foreign, cut, not yet made safe. */
struct evidence {
	bool present;    /* it has a pane */
	int64_t lost_at; /* it had one on a server that is gone */
	bool dead;
	bool ending; /* tmux has not told how */
	int dead_status, dead_signal;
	int64_t dead_at;
	int64_t started_at; /* seen by us for the first time */
	int64_t signal_at;  /* OSC 7501 */
	char signal[EVIDENCE_TEXT_MAX];
	int64_t title_at;
	char title[EVIDENCE_TEXT_MAX];
	int64_t progress_at; /* OSC 9;4 */
	int progress;
	int64_t notify_at;
	char notify[EVIDENCE_TEXT_MAX];
	int64_t bell_at;
	int64_t output_at;    /* bytes that were no echo of the operator's keys: the last */
	int64_t output_since; /* and the first without a longer pause since */
	int64_t typed_at;     /* the operator's last key */
};

struct verdict {
	enum agent_state state;
	const char *source; /* "process", "signal", "title", "progress", "output", "nothing" */
	int64_t since;      /* clock_ms() of the evidence; 0: unknown */
	char detail[EVIDENCE_TEXT_MAX];
};

void detect_state(const struct evidence *ev, int64_t now, struct verdict *ret);
/* One line for each source: its evidence with age, and which decided; for explain. */
void detect_explain(const struct evidence *ev, int64_t now, struct buf *into);
/* It printed, and not as an echo. */
void evidence_output(struct evidence *ev, int64_t now);
/* Copies foreign text into an evidence field, cut at a character. */
void evidence_set_text(char field[EVIDENCE_TEXT_MAX], struct str text);

#endif
