/* cmd/session: a fleet for the time of one command: open, wait, close. */
#ifndef COCKPIT_CMD_SESSION_H
#define COCKPIT_CMD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_err.h"

struct agent_view;
struct cmd_call;
struct console;
struct fleet;
struct fleet_config;
struct fleet_event;
struct loop;
struct pilot;

struct session {
	struct loop *loop;
	struct fleet *fleet;
	struct pilot *pilot;
	struct console *console; /* NULL: nobody is there to be asked */
	/* Also told of what the fleet says; NULL: nobody. */
	void (*listener)(void *ctx, const struct fleet_event *event);
	void *listener_ctx;
	struct loop_timer *deadline;
	int64_t limit;       /* of console_limit() */
	bool late;           /* the deadline passed */
	int pending;         /* orders whose answer is awaited */
	int failed;          /* the exit status of the first that failed, else 0 */
	struct err *fetched; /* of session_fetch(); NULL: nobody waits for it */
};

/* Opens the fleet's log, if that is possible. */
void session_log(const char *fleet);
/* flags as for fleet_new(). Takes over nothing on failure. */
int session_open(struct session *s, const char *which, int flags, struct err *err);
void session_open_config(struct session *s, struct fleet_config *config, int flags);
void session_close(struct session *s);
/* late is set in so many ms; what a person takes to answer a host does not count. */
void session_limit(struct session *s, int64_t ms);
/* Connects (only_host < 0: all) and runs the loop until all is settled, or ms have passed. */
void session_settle(struct session *s, int only_host, int64_t ms);
/* Goes on until that host (-1: any that will do, or none is coming) is there or has given up,
 * or ms have passed. */
void session_await(struct session *s, int host, int64_t ms);
/* Runs the loop until pending is 0, or ms have passed: then ERR_TIMEOUT's status is in failed.
 */
void session_wait(struct session *s, int64_t ms);
/* A pilot_fn with the session as ctx: prints text, or the error to stderr. */
void session_report(void *ctx, const char *text, const struct err *err);
/* Says that there is one of that name already: nothing is started. */
void session_tell_there(const struct agent_view *view);
/* Says on stderr which hosts could not be reached; CMD_PARTIAL if any, else 0. */
int session_complain(const struct session *s);
typedef void session_print_fn(struct session *s, const struct cmd_call *call);
/* The whole of a command that prints what all agents are or say: the fleet of its argument or
 * option, as a table or, with --json, as JSON. An exit status.
 */
int session_list(const struct cmd_call *call, session_print_fn *print_table,
	session_print_fn *print_json);
/* What stands behind the "/" of "HOST/NAME", and HOST, the caller's; NULL: none is said. */
const char *session_split(const char *agent, char **ret_host);
/* "HOST/NAME" and the option --host name two hosts. */
bool session_hosts_differ(const struct cmd_call *call, const char *agent);
/* The id of a running or declared agent, NAME or HOST/NAME, or 0 with *err (names near it are
 * suggested). */
uint32_t session_agent(const struct session *s, const char *name, struct err *err);

/* That agent's work comes here. Where it cannot, what came last is there still. */
int session_fetch(struct session *s, uint32_t agent, struct err *err);

/* What a login over SSH may take, and a little more. */
#define SESSION_SETTLE_MS 40000
/* What a start may take, where a whole repo is brought first. */
#define SESSION_SPAWN_MS 1560000
/* What a fetch of an agent's work may take, and a little more. */
#define SESSION_FETCH_MS 660000

#endif
