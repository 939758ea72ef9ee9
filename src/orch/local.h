/* orch/local: what a pilot has under way; each kind is in its own file. */
#ifndef COCKPIT_ORCH_LOCAL_H
#define COCKPIT_ORCH_LOCAL_H

#include "cockpit/act_host.h"
#include "cockpit/base_buf.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_duct.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/repo_diff.h"
#include "cockpit/repo_merge.h"
#include "cockpit/repo_mirror.h"
#include "doings.h"

struct prompt;

/* outbox.c: prompts that were accepted and are not known to have arrived, one a file; the one
 * who delivers it holds its lock, so that who comes after a crash knows those that nobody does.
 */
struct outbox_entry {
	char *id, *agent, *host, *uid;
	int64_t at; /* wall seconds */
	struct buf text;
	int fd; /* holds the lock; -1: none */
};

/* dir NULL: there is none, and nothing is kept. */
int outbox_put(const char *dir, struct outbox_entry *entry, struct err *err);
/* It arrived, or its sender was told that it did not. */
void outbox_drop(const char *dir, struct outbox_entry *entry);
/* The next one that nobody delivers, its lock taken; false: none. What is no entry goes. */
bool outbox_next(const char *dir, struct outbox_entry *ret);
/* Its text alone is kept where a person can find it: that path, the caller's; NULL: it is not.
 */
char *outbox_set_aside(const char *dir, struct outbox_entry *entry);
void outbox_release(struct outbox_entry *entry);

#define STORE_FILE   "store.db"     /* in the fleet's state folder */
#define JOURNAL_FILE "events.jsonl" /* what could not go into it; of earlier cockpits */

struct pilot {
	struct fleet *fleet;
	struct tags *tags;              /* NULL: none are kept: tags.c */
	struct costs *costs;            /* NULL: likewise: cost.c */
	struct order *orders;           /* verbs on hosts: order.c */
	struct prompt *prompts;         /* being delivered: prompt.c */
	struct put *puts;               /* files on their way: put.c */
	struct answer *answers;         /* on their way: answer.c */
	struct fetch *fetches;          /* under way: fetch.c */
	struct spawning *spawnings;     /* agents that are being started: spawn.c */
	struct delivery *deliveries;    /* repos on their way: deliver.c */
	struct ending *endings;         /* agents that are being stopped: stop.c */
	struct downing *downings;       /* hosts whose agents all end: down.c */
	struct untrash *untrashes;      /* that come back: untrash.c */
	struct errand *errands;         /* verbs that a worker talks with: errand.c */
	struct work *works;             /* what is known of each agent's: work.c */
	struct tips *tips;              /* of the bases; NULL: not followed: tips.c */
	struct retake *retake;          /* works that are compared anew; NULL: none */
	struct compare *compare;        /* one of them, as it is wanted: compare.c */
	struct check *checks;           /* what is known of each agent's last one: check.c */
	struct checking *checkings;     /* under way, and those that wait in their order */
	struct recall *recalls;         /* of earlier ones, being read: check_history.c */
	struct fixing *fixings;         /* prompts that are being written: fix.c */
	struct fixer *fixers;           /* agents being started to mend: fixer.c */
	struct merging *mergings;       /* that wait or are under way: merge.c */
	struct merged *merged;          /* the last one; NULL: none: unmerge.c */
	struct unmerging *unmerging;    /* NULL: none */
	struct pushing *pushings;       /* on their way to the remote: push.c */
	struct flow *flows;             /* what agents did last: flow.c */
	struct giving *givings;         /* tasks that agents are being given */
	struct loop_timer *flow_timer;  /* NULL: none are given */
	struct hiring *hirings;         /* agents that are started for tasks: hire.c */
	struct resting *resting;        /* by hosts; NULL: none was started yet */
	struct noting *notings;         /* on their way into the store */
	bool checks_itself;             /* when an agent ends a turn */
	struct fix *fixes;              /* those that were sent last: fixes.c */
	struct loading *checks_loading; /* NULL: not being read */
	bool checks_read;               /* they were, or are being */
	struct clashes *clashes;        /* among them: clash.c */
	struct loop_timer *work_timer;  /* NULL: nobody follows it */
	int64_t work_at;                /* when it is due, if it is armed */
	void (*work_changed)(void *ctx);
	void *work_ctx;
	struct petition *petitions;     /* of agents, being served: board.c */
	struct round *round;            /* NULL: none is under way */
	struct loop_timer *board_timer; /* NULL: nobody follows it */
	bool board_again;               /* another one, soon */
	struct tasks *tasks;            /* NULL: nobody follows them: tasks.c */
	struct currents *currents;      /* what the repo says of them: current.c */
	struct deed *deeds;             /* the first one is under way: deed.c */
	struct letter *letters;         /* that wait for their reader: mail.c */
	char *mirror;                   /* NULL: nothing is fetched */
	char *store, *logs;             /* of checks; NULL: nothing is written down */
	char *talks;                    /* NULL: none is kept */
	char *bases;                /* of agents that have one of their own; NULL: likewise */
	char *outbox;               /* NULL: nothing is kept */
	uint32_t focused;           /* the agent that is looked at; 0: none */
	uint64_t trusted;           /* the question of trust that was answered by itself last */
	struct ledger *ledger;      /* NULL: nothing is written down: ledger.c */
	struct watch *watch;        /* NULL: nobody follows the journal: events.c */
	struct remark *remarks;     /* on their way: comments.c */
	struct resuming *resumings; /* agents that come back: resume.c */
	struct seen *seen;          /* what was so last: witness.c */
	uint64_t doing_last;        /* id of what has begun last: doings.c */
};

/* Called with a verb's answer, and with done()'s ctx; fills text with what to tell the person.
 */
typedef void order_fn(void *ctx, struct str out, const char *name, struct buf *text);

/* Runs a verb (a literal); the answer goes through tell() to done(). name is copied. */
int order_run(struct pilot *pilot, int host, const char *verb, const char *const args[],
	struct str input, const char *name, order_fn *tell, pilot_fn *done, void *ctx,
	struct err *err);
/* The value of the last line "KEYvalue" of an answer, key with its blank; length 0: none. */
struct str order_value(struct str out, const char *key);
/* How many of a verb still wait for their answer. */
/* That host, if it is there and has room for one more; NULL. */
const char *spawn_choose_beside(const struct pilot *pilot, const char *host);
/* The one with that ctx: its host is not there yet; it ends before its time. */
bool order_waits(const struct pilot *pilot, const void *ctx);
void order_cancel(struct pilot *pilot, const void *ctx);
int orders_under_way(const struct pilot *pilot, int host, const char *verb);
void orders_drop(struct pilot *pilot);
/* pilot.c: random, of an agent's start or of a prompt. */
#define PILOT_ID_MAX 20
void pilot_make_id(char ret[PILOT_ID_MAX]);
/* prompt.c: 0, or why an agent takes no text now. */
int prompt_refuse(const struct pilot *pilot, const struct agent_view *view, struct err *err);
void puts_drop(struct pilot *pilot);
void answers_drop(struct pilot *pilot);
/*
 * errand.c: runs a verb (a literal), which says "cockpit-VERB" on a line of its own before all
 * else. What follows is work()'s, on a worker; done() comes from the loop, also when the pilot
 * is gone by then.
 */
typedef void errand_work_fn(void *ctx, struct duct *duct, struct err *err);
typedef void errand_done_fn(void *ctx, const struct err *err);
int errand_start(struct pilot *pilot, int host, const char *verb, const char *const args[],
	const struct duct_limits *limits, errand_work_fn *work, errand_done_fn *done, void *ctx,
	struct err *err);
/* Those with that ctx: their bytes end, on the host too; work() hears ERR_CANCELED. */
void errand_cancel(struct pilot *pilot, const void *ctx);
void errands_drop(struct pilot *pilot);
/* What the script said it could not do says more than that it ended: *err is that then, and it
 * is true. */
bool errand_complaint(struct str said, struct err *err);
/* deliver.c, for workers: reads up to the line "cockpit-taken"; what else the host says is the
 * error. */
int duct_answer(struct duct *duct, struct err *err);
/* What is to be told besides, "; ..." or nothing. */
typedef pilot_fn deliver_fn;
/* All are copied. The base goes along wherever cockpit brings the repo. */
struct deliver_order {
	int host;
	const char *base;   /* another branch, beside the fleet's; NULL: none */
	const char *starts; /* the agent that will: its ignored files too; NULL: none */
	const char *whose, *whose_host; /* whose work is to be there, as that of the one that
					   starts; NULL: nobody's, wherever */
	const char *commit; /* of the mirror, that is to be there as refs/cockpit-merge/try;
			       NULL: none */
	bool hurries;       /* once it is there, works on that host are fetched soon */
};
/* done may be NULL. */
int deliver_start(struct pilot *pilot, const struct deliver_order *order, deliver_fn *done,
	void *ctx, struct err *err);
/* The one with that ctx. */
void deliver_cancel(struct pilot *pilot, const void *ctx);
void deliveries_drop(struct pilot *pilot);
/* stop.c */
void endings_drop(struct pilot *pilot);
/* down.c */
void downings_drop(struct pilot *pilot);
/* untrash.c */
void untrashes_drop(struct pilot *pilot);
/* witness.c */
void witness_event(struct pilot *pilot, const struct fleet_event *event);
void witness_drop(struct pilot *pilot);
/* spawn.c: the one with that ctx; what its host starts already is stopped when it is there. */
void spawn_cancel(struct pilot *pilot, const void *ctx);
/* How many are being started there, without shells. */
int spawnings_on(const struct pilot *pilot, int host);
void spawnings_drop(struct pilot *pilot);
/* As host.sh wants it. */
const char *host_repo(const struct config_host *host);
/* fetch.c: an error where nothing is fetched. */
int mirror_need(const struct pilot *pilot, struct err *err);
/* diff is the callee's; NULL without compare, or on failure. */
typedef void fetch_fn(void *ctx, const struct mirror_fetched *fetched, struct diff *diff,
	const struct err *err);
/* Of an agent that runs, or of one that does not any more. All are copied. */
struct fetch_from {
	int host_index;
	const char *name, *host, *dir;
};
int fetch_start_from(struct pilot *pilot, const struct fetch_from *from,
	const struct diff_options *compare, fetch_fn *done, void *ctx, struct err *err);
/* For workers: the diff, and whether the base has all of it; *ret stays where there is none. */
int fetch_compare(struct mirror *mirror, const struct mirror_work *work,
	const struct diff_options *options, struct diff **ret, bool *ret_merged,
	struct err *err);
int fetch_start(struct pilot *pilot, uint32_t agent, const struct diff_options *compare,
	fetch_fn *done, void *ctx, struct err *err);
/* That agent's, whoever waits for it; harmless if there is none. */
void fetch_cancel(struct pilot *pilot, const char *name, const char *host);
void fetches_drop(struct pilot *pilot);
/*
 * talk.c: the agent's conversation comes here, if its profile says where it is
 * (ERR_UNSUPPORTED). done may be NULL, and comes even when the pilot is gone.
 */
typedef errand_done_fn talk_fn;
/* The agent's there, the caller's; NULL: it is not known. */
char *talk_profile(const struct pilot *pilot, int host, const char *agent);
int talk_start(struct pilot *pilot, const struct fetch_from *from, const char *profile,
	talk_fn *done, void *ctx, struct err *err);
/* The one that was kept last goes to the host, for spawn. ERR_NOT_FOUND: there is none. */
int tell_start(struct pilot *pilot, int host, const char *agent, talk_fn *done, void *ctx,
	struct err *err);
/* Where it lies, below a home folder, as the script "tell" wants it: what was found, with the
 * pattern's marks for what is the work tree's. ERR_REMOTE: it does not fit the pattern. */
int talk_place(const char *pattern, const char *id, struct str found, struct buf *place);
/* work.c: something happened; after the fetches. */
void works_event(struct pilot *pilot, const struct fleet_event *event);
void works_drop(struct pilot *pilot);
/* Those on that host are fetched soon; -1: all. */
void works_hurry(struct pilot *pilot, int host);
/* That one alone. */
void work_hurry(struct pilot *pilot, uint32_t agent);
/* The tip of somebody's base is another one: what is known is compared with that. */
void works_retake(struct pilot *pilot);
/* Its host has the base that its work is compared with. */
bool work_base_there(const struct pilot *pilot, uint32_t agent);
/*
 * tips.c: from now on the base is looked for in the user's repo. Looks at once. Its tip as it
 * was seen last; "": not known. No tip was seen yet, but one is going to be, and then clashes
 * are looked for. It was moved from here: hosts are told.
 */
void tips_follow(struct pilot *pilot);
void tips_look(struct pilot *pilot);
/* A host has gone on to a base that does not fit with that. */
void tips_doubt(struct pilot *pilot);
const char *tips_of(const struct pilot *pilot, const char *branch);
bool tips_coming(struct pilot *pilot);
void tips_moved(struct pilot *pilot, const char *branch, const char *tip);
void tips_drop(struct pilot *pilot);
/* What came of an agent's last, all "" where nothing did; its base's tip is what came of any
 * one's on its host. */
void work_commits(const struct pilot *pilot, uint32_t agent, struct mirror_work *ret);
/* Its tree; "": not known. */
const char *work_tree(const struct pilot *pilot, uint32_t agent);
/* check.c: reads what is in the store; looks whether that work, which has just come, is to be
 * checked. */
void checks_load(struct pilot *pilot);
/* The same, if nobody has yet. */
void checks_need(struct pilot *pilot);
void checks_look(
	struct pilot *pilot, uint32_t agent, const char *tree, const struct diff *diff);
/* That very tree is the last that was checked, by that command, and passed, from the check's
 * beginning to its end, here or in another cockpit. */
bool checks_cover(
	const struct pilot *pilot, uint32_t agent, const char *tree, const char *command);
/* What a merge of its work makes was checked and did not pass; NULL: it did, or is going to be.
 */
struct store_check;
void checks_tried(struct pilot *pilot, const char *host, const char *agent,
	const struct store_check *row);
void checks_drop(struct pilot *pilot);
/* Its turn has ended, or nobody can tell. */
bool is_at_rest(enum agent_state state);
/* accept.c: the command that tells whether an agent's work is good, the caller's; NULL: there
 * is none. When it ends a turn; on what a merge makes of it. */
char *accept_turn(const struct pilot *pilot, const char *host, const char *agent);
char *accept_merge(const struct pilot *pilot, const char *host, const char *agent);
/*
 * bases.c: the branch that an agent starts from and goes to, the caller's, where it is its own;
 * NULL: it is the fleet's. Whichever it is: pilot_base().
 */
char *bases_own(const struct pilot *pilot, const char *host, const char *agent);
/* It is started so: with a branch of its own, or NULL. */
void bases_keep(
	const struct pilot *pilot, const char *host, const char *agent, const char *branch);
/* What tasks call it: "" is the fleet's; both are the caller's, the second may be NULL. */
void bases_names(const struct pilot *pilot, const char *host, const char *agent, char *ret[2]);
/* check_run.c: words, then the command, are the verb's arguments; the row in the store
 * is of that host and name. Its id is 0 when it never began. Not called back once the pilot is
 * gone. after: the tree that there was at its end; "": not known. */
struct store_check;
typedef void check_run_fn(
	void *ctx, const struct store_check *row, const char *after, const struct err *err);
struct check_order {
	int host_index;
	const char *host, *name;
	const char *verb; /* a literal */
	const char *words[3];
	bool first;               /* a person waits for it */
	void (*began)(void *ctx); /* it had to wait, and does not any more; NULL */
	const char *command;      /* NULL: there is none, which is refused */
};
/* All are copied. 1: it waits for its turn, and whatever is wrong then is said by done(). */
int check_run(struct pilot *pilot, const struct check_order *order, check_run_fn *done,
	void *ctx, struct err *err);
/* The one with that ctx, if it waits: a person does so for it now; done and ctx stay. */
void check_run_hurry(struct pilot *pilot, const void *ctx);
/* What that one has printed so far: a file that grows; "": none. Borrowed while it runs. */
const char *check_run_log(const struct pilot *pilot, const void *ctx);
/* The same one, whether it waits or runs: done() comes with ERR_CANCELED. */
void check_run_cancel(struct pilot *pilot, const void *ctx);
void checkings_drop(struct pilot *pilot);
/* check_proof.c: for workers; one of the store's: false if it is another kind. */
struct store;
struct store_event;
void proof_note(struct store *store, int64_t check, const char *tree, int64_t now);
bool proof_read(
	const struct store_event *event, int64_t *ret_check, char ret_tree[REPO_ID_MAX]);
/* check_history.c: under which name checks of what a merge of its work makes are kept; the
 * caller's. */
char *trial_name(const char *agent);
void recalls_drop(struct pilot *pilot);
/* flow.c: tasks go on with what happens to the agents that hold them. */
void flow_event(struct pilot *pilot, const struct fleet_event *event);
/* asked_at: when its host was asked for that. */
void flow_work(
	struct pilot *pilot, uint32_t agent, const char *tree, bool changed, int64_t asked_at);
void flow_checked(struct pilot *pilot, const char *host, const char *agent,
	const struct pilot_check *check);
/* For workers: it is in the base now. */
void flow_merged(const char *path, const char *host, const char *agent);
/* What an agent is told of it. */
struct task;
void flow_prompt(const struct task *task, struct buf *into);
/* It was started with its task. */
void flow_begins(struct pilot *pilot, const char *host, const char *agent);
void flow_follow(struct pilot *pilot);
void flow_drop(struct pilot *pilot);
/* hire.c: starts an agent, if a task waits that no free one has taken, and a host has room. */
void hire_look(struct pilot *pilot);
/* That agent is another state. */
void hire_event(struct pilot *pilot, const struct agent_view *view);
/* What its state says of one that was started so long ago. */
enum hire_stage { HIRE_COMES, HIRE_BEGUN, HIRE_ENDED };
enum hire_stage hire_stage_of(const struct agent_view *view, int64_t age_ms);
/* A name for who is started for a task of that title. */
void hire_slug(const char *title, int64_t id, struct buf *into);
/* Where one is to be started. */
struct hire_place {
	const char *where;  /* a host */
	char *const *names; /* of all agents; ends with NULL */
	char *const *there; /* those that are on it; likewise */
	int room;           /* slots that none of them has */
};
/* For workers: claims the next task for a new one. ERR_NOT_FOUND: none waits; ERR_LIMIT: those
 * that have a claim and are not there yet, or not any more, have that room. */
struct task;
int hire_claim(struct store *store, const struct hire_place *place, char **ret_name,
	struct task *ret, struct err *err);
void hire_drop(struct pilot *pilot);
/* merge.c */
void mergings_drop(struct pilot *pilot);
/* Hosts to which cockpit brings the repo are to have the base that there is now. */
void merge_spread(struct pilot *pilot, const char *branch);
/* unmerge.c: of the one that was made last. */
void merged_remember(struct pilot *pilot, const char *agent, const char *branch,
	const char *from, const char *to);
void unmerging_drop(struct pilot *pilot);
/* push.c */
void pushings_drop(struct pilot *pilot);
/* fix.c */
void fixings_drop(struct pilot *pilot);
/* fixer.c: after the fetches, starts, deliveries and prompts: none of them comes back then. */
void fixers_drop(struct pilot *pilot);
/* fixes.c: what was sent for it, into *friction. */
struct friction;
struct store_event;
void fixes_fill(const struct pilot *pilot, uint32_t agent, struct friction *friction);
void fixes_passed(struct pilot *pilot, uint32_t agent);
/* One of the store; takes no notice of those of other kinds. */
void fixes_event(struct pilot *pilot, const struct store_event *event);
void fixes_drop(struct pilot *pilot);
/* clock_ms() when its tree was seen to be another one last; 0: never. */
int64_t work_changed_at(const struct pilot *pilot, uint32_t agent);
void compare_drop(struct pilot *pilot);
/* clash.c: looks at all that is new, if something is. */
void clashes_look(struct pilot *pilot);
void clashes_drop(struct pilot *pilot);
void prompts_drop(struct pilot *pilot);
/* board.c: from now on agents' requests are served; for every event; there is a message more.
 */
void board_follow(struct pilot *pilot);
void board_event(struct pilot *pilot, const struct fleet_event *event);
void board_look(struct pilot *pilot);
/* It keeps what it has claimed: it can be reached, and has not ended. */
bool board_is_there(const struct agent_view *view);
void board_drop(struct pilot *pilot);
/* tasks.c: they may have changed. */
void tasks_look(struct pilot *pilot);
/* They, or what stands beside them, is another now. */
void tasks_tell(struct pilot *pilot);
/* They are followed, and were not read yet. */
bool tasks_coming(const struct pilot *pilot);
/* The check of the task that it has, the caller's; NULL: it has none, or the task has none.
 * Where nobody follows them the store is asked, now. */
char *tasks_check_of(const struct pilot *pilot, const char *host, const char *agent);
void tasks_drop(struct pilot *pilot);
/* current.c: somebody's work, or the base, is another one. */
void current_look(struct pilot *pilot);
void current_drop(struct pilot *pilot);
/* deed.c */
void deeds_drop(struct pilot *pilot);
/* mail.c: that agent is another state; all messages that wait; after the prompts. */
struct store_message;
void mail_look(struct pilot *pilot, uint32_t agent);
void mail_take(struct pilot *pilot, const struct store_message *found, size_t count);
void mail_drop(struct pilot *pilot);

/* journal.c: one of a file of lines; kind: of one that says none (NULL: that is none then).
 * store_entry_release() */
struct store_entry;
bool journal_parse(struct str line, const char *kind, struct store_entry *ret);
/* events.c: there may be something new in the journal. */
void watch_look(struct pilot *pilot);
void watch_drop(struct pilot *pilot);
/* comments.c */
void remarks_drop(struct pilot *pilot);
/* resume.c */
void resumings_drop(struct pilot *pilot);

/*
 * runfile.c: what runs in the pane, as a file for sh. It must lie in the agent's private folder
 * and be found by COCKPIT_RUN; COCKPIT_OWN is not empty if cockpit made the folder that the
 * agent works in.
 */
int runfile_write(const struct fleet_config *config, const struct pilot_spec *spec,
	const char *name, const char *host, struct buf *into, struct err *err);

/* tags.c: those in this folder; none any more; that agent is another one now. */
void tags_open(struct pilot *pilot, const char *dir);
void tags_drop(struct pilot *pilot);
void tags_forget(struct pilot *pilot, const char *agent);
/* cost.c: the bill in this folder; what is new is written when it is dropped; for every event;
 * that agent of that host is another one now. */
void costs_open(struct pilot *pilot, const char *dir);
void costs_drop(struct pilot *pilot);
void costs_event(struct pilot *pilot, const struct fleet_event *event);
void costs_forget(struct pilot *pilot, const char *host, const char *agent);

#endif
