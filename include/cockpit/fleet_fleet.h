/*
 * fleet_fleet: the running fleet, to look at: hosts, agents, their screens.
 *
 * Reading only; what changes anything is in act_host.h, for floor orch. Agents
 * are named by ids that are never used again; look up, expect "gone".
 */
#ifndef COCKPIT_FLEET_FLEET_H
#define COCKPIT_FLEET_FLEET_H

#include "cockpit/base_err.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_detect.h"

struct cost; /* fleet_cost.h */
struct fleet;
struct link_ask; /* io_link.h */
struct loop;
struct screen;

/* Name for --json, our name, word on a tile. */
#define HOST_STATES(X)                                                                       \
	X("down", DOWN, "down")                                                              \
	X("waiting", WAITING, "waiting for its turn")                                        \
	X("resolving", RESOLVING, "resolving")                                               \
	X("connecting", CONNECTING, "connecting")                                            \
	X("host key", HOSTKEY, "host key")                                                   \
	X("login", LOGIN, "login")                                                           \
	X("asking", ASKING, "asks you")                                                      \
	X("linked", LINKED, "linked")    /* commands run; no tmux is attached */             \
	X("probing", PROBING, "probing") /* tmux is being attached */                        \
	X("ready", READY, "ready")                                                           \
	X("stale", STALE, "stale")       /* it does not answer; the link is not given up */  \
	X("lost", LOST, "link lost")     /* tries again by itself; says nothing of agents */ \
	X("refused", REFUSED, "refused") /* waits for a person */                            \
	X("ended", ENDED, "taken down")  /* somebody ended the fleet there */                \
	X("cancelled", CANCELED, "not connected (cancelled)") /* waits for a person */

enum host_state {
#define X(json, name, word) HOST_##name,
	HOST_STATES(X)
#undef X
		HOST_STATE_COUNT
};

const char *host_state_json(enum host_state state);
const char *host_state_word(enum host_state state);
/* On its way up: nothing is wrong yet, nothing is there yet. */
bool host_state_coming(enum host_state state);
/* That, or lost and to be tried again: what act_host_cancel() ends. */
bool host_state_tried(enum host_state state);

/* What happened to agents whose host is there again without them: name for --json, our name,
 * words with the host's name, and beside it. */
#define AGENT_LOSSES(X)                                                                 \
	X("none", NONE, "", "")                                                         \
	X("reboot", REBOOT, "%s was restarted", "it was restarted")                     \
	X("server", SERVER, "the tmux server on %s is gone", "the tmux server is gone") \
	X("session", SESSION, "the tmux session on %s is gone", "the tmux session is gone")

enum agent_loss {
#define X(json, name, words, beside) LOSS_##name,
	AGENT_LOSSES(X)
#undef X
};

const char *agent_loss_json(enum agent_loss loss);
/* host NULL: the words stand where the host is named already. */
void agent_loss_words(enum agent_loss loss, const char *host, struct buf *into);

#define QUESTION_TOOL_MAX 64
#define QUESTION_WHAT_MAX 1024

/* What an agent wants a person to decide. Texts are foreign, cut, not yet made safe. */
struct agent_question {
	uint64_t id;                  /* another one has another id; an answer names it */
	int64_t since;                /* clock_ms() */
	char tool[QUESTION_TOOL_MAX]; /* "Bash"; "" unknown */
	char what[QUESTION_WHAT_MAX]; /* the command, the file, the question; may have several
					 lines */
	unsigned answers; /* bits 1 << enum agent_answer: those that can be given from here */
	bool hook;        /* the answer goes back through the agent's own hook, not by keys */
};

/* All pointers are borrowed until the next turn of the loop. */
struct host_view {
	const char *name;
	bool local;
	enum host_state state;
	int64_t since;
	int64_t lost_at;   /* once ready, since when it is not; 0: it is, or never was */
	int64_t heard_at;  /* the last sign of life; 0: none yet */
	int64_t retry_at;  /* of lost: the next try; 0: none */
	const char *doing; /* while it comes up: "login", …; else "" */
	uint64_t way;      /* number of the way on which it is or was tried, other than that of
			      any before; tries that failed do not end it */
	int64_t tried_at;  /* when the last try began */
	int tries;         /* that failed, in a row */
	const char *note;  /* how it is reached, when that is not what one would expect; "" */
	const struct err *why; /* of lost, refused and cancelled; else code 0 */
	int agents;            /* with a pane, without shells */
	int slots;
	int others; /* other cockpits attached to it */
};

struct agent_view {
	uint32_t id;
	const char *name;
	const char *host;
	int host_index;
	const char *profile; /* "" when unknown */
	const char *dir;     /* work tree on the host, "" when unknown */
	const char *branch;
	const char *title;    /* foreign, raw */
	bool declared;        /* the fleet file names it */
	bool present;         /* it has a pane */
	bool link;            /* its host is ready: what is shown is live */
	enum agent_loss lost; /* it had one, and its server is gone; since: the verdict's */
	struct verdict verdict;
	const struct agent_question *question; /* NULL: it asks nothing */
	const char *conversation;              /* foreign; "" unknown */
	const struct cost *cost;               /* of this start; NULL: it has told nothing */
	bool talked;                           /* it has begun one, named or not */
	const struct screen *screen;           /* NULL until its first snapshot */
	bool synced;                           /* the screen is true now */
	int64_t output_at;
	uint64_t bytes;     /* printed by it since we look */
	int64_t printed_at; /* the last of them, echoes too */
	uint64_t events;    /* number of the last one that its hook told; 0: none */
	bool beside; /* a shell in another agent's folder: it needs nobody, whatever it does */
	bool own;    /* cockpit made the folder that it works in */
	bool talks;  /* its kind tells by itself when it works */
	const char *uid; /* of this start of it; "" unknown */
	int cols, rows;  /* of its pane, 0 while unknown */
};

enum fleet_event_kind {
	FLEET_HOST,   /* a host's state changed */
	FLEET_AGENT,  /* an agent came, went, or changed what it does */
	FLEET_SCREEN, /* what an agent shows changed */
	FLEET_BELL,
	FLEET_ASK,    /* a host asks a person, or does not any more: fleet_host_ask() */
	FLEET_REQUEST /* an agent asks something of the board: fleet_request() */
};

struct fleet_event {
	enum fleet_event_kind kind;
	int host_index; /* -1: not about one */
	uint32_t agent; /* 0: not about one */
};

struct fleet_ops {
	void (*event)(void *ctx, const struct fleet_event *event);
};

enum fleet_new_flags {
	FLEET_WATCH = 1 << 0,  /* attach to tmux and keep screens; else commands only */
	FLEET_STEADY = 1 << 1, /* never tries a lost host again: for commands that end */
	FLEET_PERSON = 1 << 2, /* somebody is there to answer FLEET_ASK; else what would need a
				  person refuses the host with words */
	FLEET_LOOK = 1 << 4, /* with FLEET_WATCH: nothing is started on a host; where the fleet
				is not up, the host is "ended" */
	FLEET_BARE = 1 << 3  /* without FLEET_WATCH: a host is linked once it runs commands;
				which agents are there is not asked, nor is tmux needed */
};

/* Takes config over. Nothing is connected yet. */
struct fleet *fleet_new(struct loop *loop, struct fleet_config *config, int flags,
	const struct fleet_ops *ops, void *ctx);
/* Connects every host (only_host < 0) or one. */
void fleet_connect(struct fleet *fleet, int only_host);
void fleet_free(struct fleet *fleet);

const struct fleet_config *fleet_config(const struct fleet *fleet);
struct loop *fleet_loop(struct fleet *fleet);
int fleet_host_count(const struct fleet *fleet);
void fleet_host_at(const struct fleet *fleet, int index, struct host_view *ret);
/* What it asks now; NULL: nothing. Valid until it is answered or a FLEET_ASK for it comes. */
const struct link_ask *fleet_host_ask(const struct fleet *fleet, int index);
int fleet_host_find(const struct fleet *fleet, const char *name); /* -1 */
/* Declared agents in the file's order, then the others as they were found. */
int fleet_agent_count(const struct fleet *fleet);
void fleet_agent_at(const struct fleet *fleet, int index, struct agent_view *ret);
bool fleet_agent(const struct fleet *fleet, uint32_t id, struct agent_view *ret);
/*
 * By name: the declared one, else the only one that runs; or by "HOST/NAME". 0: none, or
 * several hosts have one (a host can invent names, so none of them is taken).
 */
uint32_t fleet_agent_find(const struct fleet *fleet, const char *name);
/* How many of that name run. */
int fleet_agent_namesakes(const struct fleet *fleet, const char *name);
/* What explain prints: every piece of evidence with its age. */
void fleet_explain(const struct fleet *fleet, uint32_t id, struct buf *into);
/* True once every host is ready or has given up, and every agent there has its facts. */
bool fleet_settled(const struct fleet *fleet);

#endif
