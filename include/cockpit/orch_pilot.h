/*
 * orch_pilot: everything a person (or later a rule) can make the fleet do:
 * start and stop agents, type, paste, send prompts. The one way from ui and cmd
 * to act_host.h.
 */
#ifndef COCKPIT_ORCH_PILOT_H
#define COCKPIT_ORCH_PILOT_H

#include "cockpit/base_err.h"
#include "cockpit/base_str.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_past.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/repo_diff.h"
#include "cockpit/repo_radar.h"
#include "cockpit/term_keys.h"

struct pilot;

/* The fleet stays the caller's and outlives the pilot. */
struct pilot *pilot_new(struct fleet *fleet);
/* What is under way is given up without callbacks. Accepts NULL. */
void pilot_free(struct pilot *pilot);

/*
 * From now on prompts are kept in the fleet's state folder until they are known to have
 * arrived, what is done is written down there (orch_journal.h), and what is fetched goes there.
 * Without it, or where there can be no such folder, nothing outlives this process.
 */
void pilot_keep(struct pilot *pilot);

/* err is NULL on success. text: one line for people about what was done. */
typedef void pilot_fn(void *ctx, const char *text, const struct err *err);

struct pilot_spec {
	const char *name;         /* NULL: made from the profile */
	const char *const *taken; /* names that are not made up besides; ends with NULL; NULL:
				     none */
	const char *host;         /* NULL: the one with most room */
	const char *profile;      /* NULL: the fleet's, or the first known agent found there */
	const char *const *command; /* instead of a profile; ends with NULL; NULL: none */
	const char *prompt;         /* NULL: none */
	const char *base;   /* a branch instead of the fleet's; NULL: none. Of restore: as it
			       was */
	const char *reason; /* what it is started for, by itself; NULL: a person wants it */
	int cols, rows;     /* 0: 80x24 */
	const char *beside; /* a shell in the work tree of this agent, without one of its own;
			       NULL: none. host is that agent's */
	bool restore; /* with its work as it was fetched last, and its conversation, where that
			 is there or was kept */
	const char
		*was_on; /* of restore: the host where it was; NULL: whichever has newer work */
	const char *from,
		*from_host; /* the agent with whose work, as it was fetched last, it
			       begins in a work tree of its own; NULL: with the base */
};

/* Each returns 0 and calls done exactly once, from the loop; or says why not, now. done may be
 * NULL. */
int pilot_spawn(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done, void *ctx,
	struct err *err);
/* A declared agent, as the fleet file says. ERR_NOT_FOUND. */
int pilot_spawn_declared(struct pilot *pilot, const char *name, int cols, int rows,
	pilot_fn *done, void *ctx, struct err *err);
/* One that went with its server, as it ran there. */
int pilot_spawn_again(struct pilot *pilot, uint32_t agent, int cols, int rows, pilot_fn *done,
	void *ctx, struct err *err);
/* One that does not run any more, on the host where it was or on another one: in its work tree
 * if that is there still, else in a new one with all that was fetched of it, and in its
 * conversation if that is there. spec: what is to be otherwise than when it was started last;
 * its name must be given. */
int pilot_resume(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done, void *ctx,
	struct err *err);
/* A new one that begins with the work of spec's from; where spec does not say otherwise it is
 * started as that was, on its host or where there is room. Its name must be given. */
int pilot_spawn_from(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done,
	void *ctx, struct err *err);
/* The shell that pilot_shell() has opened beside that agent, running or ended; 0: none. */
uint32_t pilot_shell_of(const struct pilot *pilot, uint32_t agent);
/* A shell in that agent's work tree, on its host, by the name of AGENT-sh; it takes no slot.
 * cols 0: 80x24. ERR_INVALID: that is a shell itself; ERR_NOT_FOUND: it does not run;
 * ERR_EXISTS: somebody has that name. */
int pilot_shell(struct pilot *pilot, uint32_t agent, int cols, int rows, pilot_fn *done,
	void *ctx, struct err *err);
/* It is not shown any more; nothing else is done about it. */
void pilot_forget(struct pilot *pilot, uint32_t agent);
/* Ends its process; its work tree stays, and what it left is fetched. */
int pilot_stop(struct pilot *pilot, const char *host, const char *agent, pilot_fn *done,
	void *ctx, struct err *err);
/* Ends it, and its work tree goes into the mirror's trash: only once all of it is here. It need
 * not run. */
int pilot_delete(struct pilot *pilot, const char *host, const char *agent, pilot_fn *done,
	void *ctx, struct err *err);
/* The last one of that name comes out of the trash and goes on as with pilot_resume(). host
 * NULL: where it was. */
int pilot_undelete(struct pilot *pilot, const char *agent, const char *host, pilot_fn *done,
	void *ctx, struct err *err);
/* Ends every agent of the fleet on that host, and fetches what they left; text lists them, one
 * a line "NAME DIR". */
int pilot_down(struct pilot *pilot, int host, pilot_fn *done, void *ctx, struct err *err);
/* Facts about a host, lines "key value" (src/data/host/, doctor). beside: of another command,
 * as when the fleet is on a screen, for which the host may have no room. */
int pilot_doctor(
	struct pilot *pilot, int host, bool beside, pilot_fn *done, void *ctx, struct err *err);
/*
 * A prompt: cleaned, taken by the agent's pane once at most, submitted, and confirmed by the
 * agent's reaction. Refused when the agent asks something, has ended, is a bare shell or
 * gets another prompt from here right now; waits for one that another cockpit sends.
 * ERR_TIMEOUT
 * ("stalled") when nothing moves within 5 s: never repeated.
 */
struct pilot_send_options {
	const char
		*id; /* the same id is taken once, however often it is sent; NULL: a new one */
	bool once;   /* the sender has the text and waits: no second try, nothing kept for later
		      */
};
int pilot_send(struct pilot *pilot, uint32_t agent, struct str text,
	const struct pilot_send_options *options, pilot_fn *done, void *ctx, struct err *err);
/* Goes on with what a cockpit left that was killed while it sent; done for each. How many. */
#define PILOT_LEFT_MAX 32
int pilot_resume_prompts(struct pilot *pilot, pilot_fn *done, void *ctx);
/* A file into a private folder on the agent's host, its path into the composer; text: that
 * path. Refused as a prompt is. */
#define PILOT_PUT_MAX (8u << 20)
int pilot_put(struct pilot *pilot, uint32_t agent, const char *name, struct str bytes,
	pilot_fn *done, void *ctx, struct err *err);
/* Answers the question with that id; refused (ERR_INVALID) when the agent asks another one by
 * now, or none. Recorded. */
int pilot_decide(struct pilot *pilot, uint32_t agent, uint64_t question,
	enum agent_answer answer, pilot_fn *done, void *ctx, struct err *err);
/*
 * An agent's work into the fleet's mirror: on its host its work tree becomes a commit, beside
 * its index and HEAD, and that is fetched. What it waits for is bounded; one at a time an
 * agent.
 */
int pilot_fetch(
	struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx, struct err *err);
/* The branch that it goes to, the caller's; NULL: the one that HEAD names. */
char *pilot_base(const struct pilot *pilot, const char *host, const char *agent);
/* Where that is kept, the caller's (mirror_close()). */
int pilot_mirror(const struct pilot *pilot, struct mirror **ret, struct err *err);
/* "one, two": who of these ("HOST/AGENT", as mirror_agents() has them; may be NULL) is not in
 * the fleet, though it is known who runs on its host. resume brings them back. */
void pilot_kept(const struct pilot *pilot, const char *const agents[], struct buf *into);
/* The same of all whose work is here, which is read now. */
void pilot_kept_now(const struct pilot *pilot, struct buf *into);
/* From now on the same by itself, for every agent that prints something: soon after it, but a
 * host is at it a quarter of the time at most (half of it for the one that has the focus), and
 * less often where nothing changes. changed()
 * from the loop, when pilot_work() says something new. */
void pilot_follow_work(struct pilot *pilot, void (*changed)(void *ctx), void *ctx);
/* What came of that. Borrowed until the next turn of the loop. */
struct pilot_work {
	const struct diff *diff; /* with where its branch began; NULL: not known yet */
	bool merged;             /* the base has all of it, in whatever way it got there */
	int64_t at;              /* clock_ms() when it came: another diff, another time */
	const char *error;       /* why the last try failed; NULL: it did not */
};
void pilot_work(const struct pilot *pilot, uint32_t agent, struct pilot_work *ret);
/* The same of one agent, compared otherwise, or as it was fetched last if nothing has come of
 * it yet; nothing at first: changed() tells when there is something. One at a time. */
void pilot_compare(struct pilot *pilot, uint32_t agent, enum diff_side side, bool ignore_space,
	struct pilot_work *ret);
/* And who will clash with whom, as of what was fetched last; only while it is followed. */
struct pilot_clash {
	uint32_t one, other; /* agents; other 0: the tip of one's base */
	char ids[2][REPO_ID_MAX];
	struct radar_file *files; /* the first ones */
	size_t file_count, files_left;
};
/* Borrowed until the next turn of the loop. */
struct pilot_clashes {
	const struct pilot_clash *found;
	size_t count;
	int64_t at;        /* clock_ms() of that look; 0: nobody has looked yet */
	const char *error; /* why a later one failed; NULL: it did not */
};
void pilot_clashes(const struct pilot *pilot, struct pilot_clashes *ret);
/* Both sides of a file of such a clash: text, several lines, see radar_show(). One at a time.
 */
int pilot_show_clash(struct pilot *pilot, const struct pilot_clash *clash, size_t file,
	pilot_fn *done, void *ctx, struct err *err);
/* What an agent needs to see what it clashes with: the other one's work as it was fetched last,
 * in the repo on its host; whose 0: the base. */
int pilot_bring(struct pilot *pilot, uint32_t agent, uint32_t whose, pilot_fn *done, void *ctx,
	struct err *err);
/* A person has looked at it for a while: what is done counts as seen. */
void pilot_seen(struct pilot *pilot, uint32_t agent);
/* Reads the profiles of agents again, if their files were touched; what every agent says is
 * then read by the new ones. True if anything is different, complaints too. Cheap: may be
 * called every second. */
bool pilot_reload_profiles(struct pilot *pilot);
/* Something happened in the fleet: what is to be done without a person is done (a folder that
 * cockpit made itself is trusted). For every event, from whoever has the fleet's. */
void pilot_event(struct pilot *pilot, const struct fleet_event *event);

/* Runs what has ended in this pane once more, as it was started. */
int pilot_restart(struct pilot *pilot, uint32_t agent);
/* The same of one that runs, or does not any more: it is ended first, by force after some
 * seconds. It goes on with its conversation where pilot_goes_on() says so; its pane, work tree,
 * branch, tags and tasks stay. Its work is not fetched. ERR_NOT_FOUND: it has no pane. */
int pilot_restart_running(
	struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx, struct err *err);
/* Whether one that is started again goes on with its conversation; if not, words why, which
 * have no full stop. */
bool pilot_goes_on(const struct agent_view *agent, char why[96]);
/* Straight into the pane. Negative when it was not taken; then nothing is kept for later. */
int pilot_key(struct pilot *pilot, uint32_t agent, struct key key);
int pilot_paste(struct pilot *pilot, uint32_t agent, struct str text);
int pilot_mouse(struct pilot *pilot, uint32_t agent, struct mouse mouse);
void pilot_resize(struct pilot *pilot, uint32_t agent, int cols, int rows);
/* How closely the operator looks at it now. */
enum pilot_attention { PILOT_HIDDEN, PILOT_SHOWN, PILOT_FOCUSED };
void pilot_attend(struct pilot *pilot, uint32_t agent, enum pilot_attention attention);
/* Tries every host again at once that is lost or waits for a person. */
void pilot_retry(struct pilot *pilot);
/* One host, when it is lost: a person waits for it. */
void pilot_hurry(struct pilot *pilot, int host);
/* This program stood still for a while: every link is asked whether it is still there. */
void pilot_woke(struct pilot *pilot);
/* Answers what a host asks: see fleet_host_ask(). No refuses it. */
void pilot_answer(struct pilot *pilot, int host, bool yes, const char *const answers[]);
/* Lines of what its terminal shows and has shown: act_agent_history() says how. */
typedef void pilot_history_fn(void *ctx, int status, const struct agent_past *past);
int pilot_history(struct pilot *pilot, uint32_t agent, int first, int rows,
	pilot_history_fn *done, void *ctx);
/* Looks for text in them, on the host. found is borrowed; NULL with err set. */
typedef void pilot_find_fn(void *ctx, const struct past_found *found, const struct err *err);
int pilot_find(struct pilot *pilot, uint32_t agent, const struct past_search *search,
	pilot_find_fn *done, void *ctx, struct err *err);

#endif
