/*
 * fleet/local: the nouns of this floor to each other. A fleet owns hosts and
 * agents; an agent knows its host by index; a host holds one link and, when the
 * fleet watches, one tmux conversation that carries all its agents.
 */
#ifndef COCKPIT_FLEET_LOCAL_H
#define COCKPIT_FLEET_LOCAL_H

#include "cockpit/act_host.h"
#include "cockpit/base_buf.h"
#include "cockpit/fleet_cost.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/fleet_request.h"
#include "cockpit/io_link.h"
#include "cockpit/term_listen.h"
#include "cockpit/term_screen.h"
#include "cockpit/tmux_control.h"

/* Of the host-side script. */
#define VERB_COUNT 21

/* One agent's pane as "list-panes" and the subscription tell it. Borrowed text. */
struct facts {
	struct str pane, window; /* "%3", "@2" */
	bool dead;
	bool ending; /* how is not known yet, or never will be */
	int dead_status, dead_signal;
	int cols, rows;
	int attached;     /* clients of the session */
	int64_t activity; /* wall seconds, 0: not told */
	uint64_t seq;     /* of the last event its hook told; 0: none */
	uint64_t request; /* number of what it asks for; 0: nothing */
	struct str spent; /* as its hook told: cost.c */
	struct str agent, host, profile, id, branch, dir, title;
};

/* The format for -F; with activity only for one-shot lists (it would change every second). */
const char *facts_format(bool activity);
/* False if the line is not ours or not whole; ids and names in it are checked. */
bool facts_parse(struct str line, struct facts *ret);

/*
 * How true the screen is. A snapshot is taken while the pane is paused for us:
 * what was queued is gone then, and nothing comes until we say continue, in
 * the same line as the capture: no cell is lost or doubled at the seam.
 */
enum sync_state {
	SYNC_NONE,      /* nothing known; output is ignored */
	SYNC_PAUSING,   /* asked for the pause */
	SYNC_CAPTURING, /* paused, asked for the picture */
	SYNC_FLOODED,   /* stays paused: pictures only */
	SYNC_LIVE       /* bytes follow the picture */
};

struct agent {
	uint32_t id;
	struct fleet *fleet;
	int host; /* index; -1: the file names a host that is gone (cannot be) */
	char *name, *profile, *dir, *branch, *uid;
	bool declared;
	char pane[16], window[16];  /* "" without one */
	int cols, rows;             /* of the window, as tmux told */
	char layout[8];             /* checksum of the window's panes, as tmux told last */
	int want_cols, want_rows;   /* what our own screen has room for; 0: nothing shown yet */
	int asked_cols, asked_rows; /* told to tmux last: others may have changed it since */
	enum sync_state sync;
	unsigned seen;            /* the host's list that named it last */
	bool missed;              /* no picture could be had: see sync_again() */
	bool nudged;              /* tmux was told to look how it ended */
	unsigned asked, answered; /* pictures */
	unsigned pauses, paused;  /* asked for, answered */
	bool runs;                /* the picture asked for last ends the pause */
	bool again;               /* the picture asked for is old already */
	enum act_attention attention;
	bool flooded; /* prints more than is shown: see flood.c */
	int64_t window_at, try_at, try_ms;
	size_t window_bytes;
	unsigned looked;  /* the beat of its last picture */
	uint64_t picture; /* hash of the last one while flooded */
	bool checking;    /* see check.c */
	bool burst;       /* it printed much, and tmux may owe us the end of it */
	int64_t check_at, check_next, check_ms;
	int64_t poked_at;          /* tmux was, or a check was asked for */
	uint64_t check_bytes;      /* printed when it was asked */
	struct buf held;           /* came between a pause's end and its picture */
	struct screen *screen;     /* NULL while hidden, or before the first picture */
	struct listener *listener; /* while hidden */
	struct evidence ev;
	struct cost cost, cost_seen;  /* as it was said of this start; on its screen, once */
	unsigned cost_doubts;         /* looks in a row that saw another number */
	uint64_t event_seq, told_seq; /* the last event that was taken; that we were told of */
	bool fetching, fetch_again;   /* its events are on their way; and are old already */
	bool fetched;                 /* they came once */
	int64_t respawned_at;         /* we started it again */
	bool own;                     /* cockpit made the folder that it works in */
	char conversation[64];        /* as its hook named it last; "" unknown */
	struct agent_question question; /* what it asked last; it counts while it asks */
	enum sign_source question_source;
	bool question_marked;   /* its hook said that it asks, and will say that it does not */
	int64_t question_until; /* its hook waits so long for an answer; 0: it does not */
	struct request request; /* what it asked of the board last; number 0: nothing */
	uint64_t request_asked; /* the number of what was fetched last */
	bool request_fetching;
	struct buf suggestions;     /* what "always" means, as the hook told it */
	int64_t look_at, look_last; /* see look.c; 0: nothing to look at */
	bool looking;               /* tmux was asked for its rows */
	bool looks;                 /* its profile has rules for its screen */
	int64_t key_at;             /* a key went to it, of whatever kind */
	int64_t works_at;           /* it was seen to begin to work, last */
	enum agent_loss lost;       /* its server went away with it */
	uint64_t bytes;             /* printed since we look */
	int64_t printed_at;         /* the last of them, echoes too */
	enum agent_state shown;     /* last told to the listener */
};

struct ask;
struct conn;

/* What happens to a host; state.c has what comes of it. */
enum host_event {
	HOST_WANTED,
	HOST_WAITS,
	HOST_RESOLVES,
	HOST_CONNECTS,
	HOST_CHECKS_KEY,
	HOST_LOGS_IN,
	HOST_ASKS,
	HOST_ATTACHES,
	HOST_RUNS_COMMANDS,
	HOST_TOLD_ALL,
	HOST_IS_SILENT,
	HOST_SPEAKS,
	HOST_WAS_LOST,
	HOST_WAS_REFUSED,
	HOST_WAS_ENDED,
	HOST_WAS_CANCELED
};

struct host {
	struct fleet *fleet;
	int index;
	const struct config_host *config; /* owned by the fleet's config */
	enum host_state state, before;    /* state.c writes them */
	int64_t since;
	uint64_t way; /* how often it was set out for */
	struct err why;
	char doing[32];
	struct link *link;
	bool link_up;
	struct ask *ask;   /* for a person; NULL: nothing */
	char note[128];    /* how it is reached, when that is not what one would expect; safe */
	struct conn *conn; /* the control stream; NULL: none */
	struct hold *hold; /* see act_host_hold(); NULL: none */
	struct tmux_control *tc;
	struct buf preamble;       /* until "ready" */
	unsigned lists;            /* taken so far */
	bool listing, listed;      /* the first list was asked for, came */
	bool reconnect;            /* as soon as the old link is gone */
	char complaint[256];       /* the last that stood on stderr, safe */
	char *exit_reason;         /* of %exit, NULL: none was said */
	struct loop_timer *timer;  /* what its state waits for: host_set_timer() */
	int64_t due;               /* when that is */
	struct loop_timer *closer; /* frees what may not be freed where its end was noticed */
	/* probe.c */
	int64_t heard_at;            /* the last byte of the control stream */
	int64_t asked_at;            /* what has not been answered by any byte; 0: nothing */
	uint64_t secret;             /* nobody can guess what the answer is to be */
	unsigned questions, answers; /* of this conversation */
	const char *suspect;         /* why it is asked and has little time; NULL: it is not */
	bool forged;                 /* an answer that was none */
	/* retry.c */
	int tries;
	int64_t tried_at, retry_at; /* retry_at 0: no next try is planned */
	int64_t ready_at;           /* 0: it has not been since the last try */
	int64_t lost_at; /* once ready: since when it is not; 0: it is, or never was */
	bool hurry;      /* the next try waits for nothing */
	/* What it said that was not for us to use, over all conversations. */
	struct tmux_counters odd;
	uint64_t strange; /* ids that none of its agents has */
	/* loss.c */
	char boot[40], server[64];         /* of the list taken last */
	char boot_now[40], server_now[64]; /* of this conversation */
	int64_t parted_at;                 /* the end of the last one that had its list */
	int clients;                       /* attached to the session, us too */
	struct waiting *waiting;           /* verbs for when the link is up */
	struct verb *verbs;                /* running */
};

struct fleet {
	struct loop *loop;
	struct fleet_config *config;
	int flags;
	const struct fleet_ops *ops;
	void *ctx;
	char *scripts[VERB_COUNT]; /* of the verbs that were needed so far: verb.c */
	struct ssh_pool *pool;
	char *session; /* tmux session of the fleet, the same on every host */
	struct host *hosts;
	int host_count;
	struct agent **agents;
	int agent_count;
	uint32_t last_id;
	uint64_t paste_id;
	struct loop_timer *beat;    /* pictures of what floods; armed while there is one */
	struct network *network;    /* NULL: nothing is tried again anyway */
	struct loop_timer *checker; /* armed while a screen is in doubt */
	struct loop_timer *nudger;  /* armed while tmux may owe us something */
	struct loop_timer *looker;  /* armed while rows are to be looked at */
	struct loop_timer *again;   /* armed while a picture was missed */
	unsigned beats;
	int turn;                 /* whose picture is asked for first */
	struct loop_timer *clock; /* looks again at states that only time changes */
	int64_t clock_at;         /* when */
};

void fleet_emit(struct fleet *fleet, enum fleet_event_kind kind, int host, uint32_t agent);
struct agent *fleet_agent_by_id(const struct fleet *fleet, uint32_t id);
/* The agent's state may have changed: tells the listener if so. */
void fleet_judge(struct fleet *fleet, struct agent *agent);

/* sign.c: what it says, and what its profile makes of that. */
extern const struct screen_ops sign_ops;
const struct profile *agent_profile(const struct agent *agent); /* never NULL */
void sign_set(struct agent *agent, enum sign_source source, struct str text, int64_t now);
void sign_title(struct agent *agent, struct str title, int64_t now);
/* rule NULL: none matches. */
void sign_screen(struct agent *agent, const struct rule *rule, struct str match, int64_t now);
/* Its profile is another one. */
void signs_again(struct agent *agent);
void signs_missed(struct agent *agent);

/* act.c: NULL with *status set when nothing can be typed into it now; something was. */
struct agent *act_typable(struct fleet *fleet, uint32_t id, int *status);
void act_typed(struct agent *agent, bool answers);

/*
 * choose.c: a line by which tmux chooses, in one go, by a format that is true or not of an
 * agent's pane. way_next() begins the next command of a way, for the caller to add it.
 */
struct way {
	struct buf line;
	unsigned count;
};
struct buf *way_next(struct way *way);
/* The result of host_line(); both ways are released. */
int choose(struct agent *agent, struct str condition, struct way *yes, struct way *no,
	tmux_reply_fn *reply, void *ctx);
/* The first line of such a reply that says something; empty when there is none. */
struct str choose_word(int status, struct str text);

/* decide.c: what it asked is over, however. */
void question_over(struct agent *agent);
/* The keys that say so, by what its screen shows now; NULL: there are none. */
const char *question_keys(const struct agent *agent, enum agent_answer answer);
/* The answers that there are keys for. */
unsigned question_key_answers(const struct agent *agent);
/* Its hook may have given up waiting. */
void question_refresh(struct agent *agent, int64_t now);

/* event.c: what its hooks told, fetched; told: its facts name the last one; forget: it is
 * another one. */
void events_fetch(struct agent *agent);
void events_told(struct agent *agent, uint64_t seq);
void events_forget(struct agent *agent);

/* request.c: its facts or a ring name the number of what it asks for, 0 nothing; it is another
 * one. */
void request_told(struct agent *agent, uint64_t number);
void request_forget(struct agent *agent);

/* look.c: its rows have changed; the timer; the whole text of its screen; asks for that. */
void look_later(struct agent *agent);
void look_beat(void *ctx);
void look_text(struct agent *agent, struct str text);
void look_capture(const struct agent *agent, struct buf *line);

/* cost.c: what it has spent, as its facts, OSC 7501 and its screen's rows with text say. look:
 * true if another look is wanted soon. */
void cost_fact(struct agent *agent, struct str text, int64_t now);
void cost_signal(struct agent *agent, struct str text, int64_t now);
bool cost_look(struct agent *agent, struct str rows, int64_t now);
/* A line for explain, if anything was told. */
void cost_explain(const struct cost *cost, int64_t now, struct buf *into);
/* What such rows say by its rules: micros and tokens of *ret alone. */
void cost_of_rows(const struct profile *profile, struct str rows, struct cost *ret);

struct agent *agent_new(struct fleet *fleet, const char *name, int host);
void agent_free(struct agent *agent);
struct agent *agent_by_pane(const struct host *host, struct str pane);
/* Takes over what a list or a subscription says; makes the agent when it is new. */
void agent_apply(struct host *host, const struct facts *facts);
/* Its pane is gone. */
void agent_gone(struct agent *agent);
/* So is its server: it stays on the screen, with its last picture. */
void agent_lose(struct agent *agent, enum agent_loss how, int64_t when);
/* Its host is not there any more: what is shown is not live. */
bool agent_is_true(const struct agent *agent);
void agent_unsync(struct agent *agent);
void agent_attend(struct agent *agent, enum act_attention attention);
void agent_output(struct agent *agent, struct str bytes);
struct screen *agent_screen_new(struct agent *agent);
void agent_view_of(const struct agent *agent, struct agent_view *ret);
/* There is a conversation that it could go on with. */
bool agent_has_talked(const struct agent *agent);
/* A shell in another agent's folder. */
bool agent_is_beside(const struct agent *agent);

/* Starts (or starts over) the way to a true screen. */
void sync_start(struct agent *agent);
void sync_paused(struct agent *agent);
/* The timer: those that no picture could be had of. */
void sync_again(void *ctx);
/* flood.c: bytes that came; the picture that came instead; the beat's timer. */
void flood_count(struct agent *agent, size_t bytes);
void flood_picture(struct agent *agent, struct str text);
void flood_beat(void *ctx);
/* check.c: the screen may be in doubt since bytes came; the timer. */
void check_later(struct agent *agent);
void check_beat(void *ctx);
void check_nudge(void *ctx);
void sync_layout(struct agent *agent, struct str layout, int cols, int rows);

void host_init(struct host *host, struct fleet *fleet, int index);
void host_release(struct host *host);
void host_connect(struct host *host);
/* ms from now; there is one timer, and the state decides what it means. */
void host_set_timer(struct host *host, int64_t ms);
/* Ends the link, never from inside tmux_control_feed(). why NULL: taken down on purpose. */
void host_drop(struct host *host, const struct err *why);
void host_fail(struct host *host, int code, const char *text);
/* A person does not want it tried any more; harmless when it is not. */
void host_cancel(struct host *host);
/* Tells the state what the link said last that it does. */
void host_doing(struct host *host);

/* state.c: false if it changed nothing. */
bool host_step(struct host *host, enum host_event event);
/* What its rows do. */
void host_begin(struct host *host);
void host_lost(struct host *host);
void host_down(struct host *host);
void probe_start(struct host *host);

/* conn.c; again: the last conversation ended plainly, and the fleet may have been taken down.
 */
void conn_attach(struct host *host, bool again);
void conn_end(struct host *host);
/* Of all conversations, the one under way too. */
void conn_odd(const struct host *host, struct tmux_counters *ret);

/* list.c */
void host_list(struct host *host);
/* transport.c: the link that the configuration asks for; ctx of ops is the host. */
struct link *transport_link(struct host *host, const struct link_ops *ops);
void list_once(struct host *host);

/* probe.c: bytes came; a key was sent; the host's timer; the machine may have slept. */
void probe_heard(struct host *host);
void probe_typed(struct host *host);
/* Makes it write what it has; that it is silent counts no sooner. */
void probe_nudge(struct host *host);
void probe_due(struct host *host);
bool probe_is_late(const struct host *host);
void probe_all(struct fleet *fleet);
/* This machine may have come back to a network: what is lost or silent need not wait. */
void probe_network(struct fleet *fleet);

/* retry.c */
bool retry_is_final(int code);
/* dice: all 32 bits of it random. */
int64_t retry_ms(int tries, uint32_t dice);
void retry_plan(struct host *host);
/* A person waits. */
void retry_hurry(struct host *host);

/* loss.c: asks which server it is; what the list that follows does not name was lost, or went.
 */
void loss_ask(struct host *host);
enum agent_loss loss_judge(const struct host *host);
void loss_settle(struct host *host);
/* Copies what the link asks. */
void ask_take(struct host *host, const struct link_ask *ask);
/* Nobody has to answer any more. */
void ask_drop(struct host *host);
/* notice.c; ctx is the host. */
void host_notice(void *ctx, const struct tmux_notice *notice);
/* One tmux line; the result of tmux_control_send_noisy(), or ERR_CLOSED when there is no
 * conversation. */
int host_line(struct host *host, struct str line, unsigned commands, uint64_t noisy,
	tmux_reply_fn *reply, void *ctx);
/* The agents with a pane on it, without shells. */
int host_agents(const struct host *host);
/* The link is up or gone for good: verbs that wait run or fail. */
void verbs_wake(struct host *host, const struct err *why);
/* Gives all of them up, with ERR_CANCELED; for the end of the fleet. */
void verbs_drop(struct host *host);

/* hold.c: lets go of it; harmless when there is none. */
void hold_end(struct host *host);
/* What a login shell of the csh family makes of the host's script, and what is said about that.
 */
#define VERB_CSH                                                                         \
	"the login shell there seems to be csh, which cannot run what cockpit sends; a " \
	"POSIX shell or fish is needed"
bool verb_is_csh(struct str complaint);
/* argv for the host's script, ends with NULL; free with mem_free (the words are borrowed). */
const char **verb_argv(const struct host *host, const char *verb, const char *const args[]);

#endif
