/*
 * act_host: what changes something on a host or in an agent. For floor orch
 * alone, so that policy and audit cannot be walked around; implemented in fleet.
 */
#ifndef COCKPIT_ACT_HOST_H
#define COCKPIT_ACT_HOST_H

#include <stdbool.h>

#include "cockpit/base_str.h"

struct agent_past;
struct err;
struct fleet;
struct run_result;
struct stream_ops;

/*
 * Runs a verb of the host-side script (src/data/host/) with args (ends with
 * NULL) and input. Waits for the link when it is on its way up. Exactly one callback,
 * from the loop (or from fleet_free(), with ERR_CANCELED), or an error now. An answer "error
 * TEXT" comes as ERR_REMOTE.
 */
typedef void act_verb_fn(void *ctx, struct str out, const struct err *err);
int act_host_verb(struct fleet *fleet, int host, const char *verb, const char *const args[],
	struct str input, int64_t deadline_ms, act_verb_fn *done, void *ctx, struct err *err);

/* Ends those with that ctx, on the host too as far as its script hears of it; they are called
 * back from here, with ERR_CANCELED. False: there is none. */
bool act_host_verb_cancel(struct fleet *fleet, int host, const void *ctx);
/* The one with that ctx waits for the link: nothing of it has gone there. */
bool act_host_verb_waits(const struct fleet *fleet, int host, const void *ctx);

/* The same, for a verb whose bytes are wanted as they come; the link must be up. */
struct stream *act_host_stream(struct fleet *fleet, int host, const char *verb,
	const char *const args[], const struct stream_ops *ops, void *ctx, struct err *err);

/* Has a command run there that lasts and does nothing, as the control stream would, or ends it:
 * shows whether the host has room for a verb beside it. Nothing happens while the link is down.
 */
void act_host_hold(struct fleet *fleet, int host, bool on);

/* Tries a host again at once that is lost, refused, ended or cancelled; gives up a link that is
 * stale. */
void act_host_retry(struct fleet *fleet, int host);
/* Ends what is done to reach it, and its question: it is cancelled until it is told to be tried
 * again. Harmless when it is up, or nobody tries it. */
void act_host_cancel(struct fleet *fleet, int host);
/* A person waits for it: one that is lost is tried at once, one that was refused is left alone.
 */
void act_host_hurry(struct fleet *fleet, int host);
/* Reads the profiles again; true if anything is different. */
bool act_fleet_profiles(struct fleet *fleet);
/* This machine, or this program, stood still: every link is asked whether it is there. */
void act_fleet_woke(struct fleet *fleet);
/* Answers what the host asks (link_answer() of io_link.h); harmless when it asks nothing. */
void act_host_answer(struct fleet *fleet, int host, bool yes, const char *const answers[]);
/* Reads the list of agents again; after a verb that changed it. */
void act_host_refresh(struct fleet *fleet, int host);

/* How closely it is looked at: decides how often a pane that floods is shown. */
enum act_attention { ACT_HIDDEN, ACT_SHOWN, ACT_FOCUSED };
void act_agent_attention(struct fleet *fleet, uint32_t agent, enum act_attention attention);
/* The size that the agent's pane is to have; sent when it differs from what we asked last. */
void act_agent_resize(struct fleet *fleet, uint32_t agent, int cols, int rows);
/* Starts the pane's command again, with its conversation where that is known; its process must
 * have ended. start: the new id of it (str_is_name()). */
int act_agent_respawn(struct fleet *fleet, uint32_t agent, const char *start);
/* Options of an agent's pane that say something of one start of it alone; ends with NULL. */
extern const char *const act_start_options[];
/* One that was lost with its server is not kept any longer. */
void act_agent_forget(struct fleet *fleet, uint32_t agent);
/* Raw bytes or tmux key names into the pane. ERR_NOT_FOUND, ERR_CLOSED (the link is
 * down or the host does not answer: nothing is kept for later). */
int act_agent_bytes(struct fleet *fleet, uint32_t agent, struct str bytes);
int act_agent_key(struct fleet *fleet, uint32_t agent, struct str name);
/*
 * Pastes text (already typable) as one piece, bracketed if the agent asked for
 * that; never into a pane whose process has ended. done may be NULL.
 */
int act_agent_paste(struct fleet *fleet, uint32_t agent, struct str text,
	void (*done)(void *ctx, int status), void *ctx);
/*
 * A prompt (typable text) with an id of its own (str_is_name()): the pane takes it once,
 * whoever sends it how often, and says so; not when another one is on its way, when it asks
 * something, scrolls, has no agent in it, or is another agent's by now. What was taken is
 * submitted by act_agent_submit(), or by the host itself some seconds later.
 */
enum act_taken {
	ACT_NOT_KNOWN, /* no answer came, or none that makes sense: may have been taken */
	ACT_TAKEN,
	ACT_TAKEN_BEFORE, /* detail: as of ACT_NOT_BUSY, which may be this one */
	ACT_NOT_OTHER,    /* the agent was started anew, or is another one */
	ACT_NOT_DEAD,
	ACT_NOT_BUSY, /* detail: the id of the prompt that it is busy with */
	ACT_NOT_ASKS,
	ACT_NOT_MODE, /* somebody scrolls in it */
	ACT_NOT_SHELL /* a bare shell */
};
typedef void act_prompt_fn(void *ctx, int status, enum act_taken taken, struct str detail);
int act_agent_prompt(struct fleet *fleet, uint32_t agent, const char *prompt, struct str text,
	act_prompt_fn *done, void *ctx);
/* Its Enter: now; not, since it had that before (or is none of this pane); or not, since the
 * agent asks something or is scrolled: the prompt waits for it. done may be NULL. */
enum act_submitted { ACT_SUBMIT_NOT_KNOWN, ACT_SUBMIT_NOW, ACT_SUBMIT_BEFORE, ACT_SUBMIT_HELD };
typedef void act_submit_fn(void *ctx, int status, enum act_submitted what);
int act_agent_submit(struct fleet *fleet, uint32_t agent, const char *prompt,
	act_submit_fn *done, void *ctx);
/* Its Enter once more, for a composer that lost the first one and shows the prompt still; not
 * when another prompt came since, nor while the agent asks. */
int act_agent_submit_again(struct fleet *fleet, uint32_t agent, const char *prompt);
/* The host does not submit it any more; who sends this or another one does. Its id as a detail
 * of act_prompt_fn has this before it from then on. */
#define ACT_HELD "held:"
int act_agent_hold(struct fleet *fleet, uint32_t agent, const char *prompt,
	void (*done)(void *ctx, int status), void *ctx);

/*
 * Answers the question with that id (agent_view.question), back through the agent's hook or by
 * its keys, only while the question is still that one. ERR_INVALID now or later: it is not, or
 * has no such answer.
 */
typedef void act_decide_fn(void *ctx, const struct err *err);
int act_agent_decide(struct fleet *fleet, uint32_t agent, uint64_t question, int answer,
	act_decide_fn *done, void *ctx, struct err *err);
/* The answer to a request (fleet_request.h), for that start of the agent: given once, while it
 * waits for that one. */
struct act_reply {
	uint64_t number;
	int status; /* 0 to 255 */
	struct str text;
};
int act_agent_reply(
	struct fleet *fleet, uint32_t agent, const char *start, const struct act_reply *reply);
/* A person has looked at it: its last turn is no news any more, for no cockpit. */
void act_agent_seen(struct fleet *fleet, uint32_t agent);

/*
 * Rows lines (at most SCREEN_MAX_ROWS) of what its terminal shows and has shown; first counts
 * from the top of the screen, negative before it. Lines that are not there are left out, but
 * one is told at least. past is borrowed, and of no use unless status is 0.
 */
typedef void act_history_fn(void *ctx, int status, const struct agent_past *past);
int act_agent_history(struct fleet *fleet, uint32_t agent, int first, int rows,
	act_history_fn *done, void *ctx);

#endif
