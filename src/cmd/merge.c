/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_merge.h"
#include "session.h"

#define MERGE_MS  (25 * 3600 * 1000LL) /* a check may take a day */
#define SPREAD_MS 60000
#define PUSH_MS   900000

struct looked {
	struct session *session;
	const struct cmd_call *call;
	const char *name; /* the agent's */
	struct err err;
};

static void
look_json(const char *agent, const struct merge_look *look)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "agent", agent);
	json_write_cstr(&w, "branch", look->branch);
	json_write_bool(&w, "already", look->already);
	json_write_cstr(&w, "how", look->how);
	json_write_cstr(&w, "message", look->message);
	json_write_cstr(&w, "stale", look->stale);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static void
on_looked(void *ctx, const struct merge_look *look, const struct err *err)
{
	struct looked *looked = ctx;
	looked->session->pending--;
	if (err)
		looked->err = *err;
	else if (cmd_value(looked->call, "json"))
		look_json(looked->name, look);
	else if (look->already)
		printf("all of %s is in %s already%s%s\n", looked->name, look->branch,
			look->stale ? "; " : "", look->stale ? look->stale : "");
	else
		printf("%s would go into %s (%s)%s%s:\n\n%s\n", looked->name, look->branch,
			look->how, look->stale ? "; " : "", look->stale ? look->stale : "",
			look->message);
}

static void
came_json(const char *agent, const struct merge_came *came)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "agent", agent);
	json_write_cstr(&w, "branch", came->branch);
	json_write_bool(&w, "already", strcmp(came->from, came->to) == 0);
	json_write_cstr(&w, "from", came->from);
	json_write_cstr(&w, "to", came->to);
	json_write_cstr(&w, "text", came->text);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static void
on_came(void *ctx, const struct merge_came *came, const struct err *err)
{
	struct looked *looked = ctx;
	looked->session->pending--;
	if (err)
		looked->err = *err;
	else if (cmd_value(looked->call, "json"))
		came_json(looked->name, came);
	else
		printf("%s\n", came->text);
}

static int
begin(const struct cmd_call *call, struct session *s, uint32_t *ret, struct err *err)
{
	if (session_open(s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_STEADY, err) < 0)
		return -1;
	session_settle(s, -1, SESSION_SETTLE_MS);
	*ret = session_agent(s, call->args[0], err);
	return 0;
}

/* What was merged is there; its hosts are to have the new base too, if that goes soon. */
static void
wait_for_hosts(struct session *s)
{
	session_limit(s, SPREAD_MS);
	while (pilot_delivering(s->pilot) && !s->late)
		loop_turn(s->loop, true);
	loop_timer_cancel(s->deadline);
}

/* What it becomes did not pass: where it can be read why. */
static void
tell_trial(const struct session *s, uint32_t agent)
{
	struct pilot_check check;
	pilot_check(s->pilot, agent, &check);
	if (check.trial_log[0])
		fprintf(stderr, "what the check printed: %s\n", check.trial_log);
}

/* An agent that is gone has left its merge behind. */
static int
start(const struct cmd_call *call, struct looked *looked, uint32_t id, struct err *err)
{
	struct pilot *pilot = looked->session->pilot;
	if (cmd_value(call, "undo"))
		return pilot_unmerge(pilot, looked->name, on_came, looked, err);
	if (!id)
		return ERR_NOT_FOUND;
	return cmd_value(call, "dry-run") ? pilot_merge_look(pilot, id, on_looked, looked, err)
					  : pilot_merge(pilot, id, cmd_value(call, "message"),
						    NULL, on_came, looked, err);
}

static int
run_merge(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	char *host;
	struct looked looked = {
		.session = &s, .call = call, .name = session_split(call->args[0], &host)};
	uint32_t id = 0;
	mem_free(host);
	bool undo = cmd_value(call, "undo");
	if (undo && (cmd_value(call, "message") || cmd_value(call, "dry-run")))
		return cmd_usage(
			call->cmd, "--undo goes neither with --message nor with --dry-run");
	if (begin(call, &s, &id, &err) < 0)
		return cmd_fail(&err);
	s.pending = 1;
	if (start(call, &looked, id, &err) < 0)
		looked.err = err;
	else
		session_wait(&s, MERGE_MS);
	int status = looked.err.code ? cmd_fail(&looked.err) : s.failed;
	if (status == 0)
		wait_for_hosts(&s);
	else if (id && !undo)
		tell_trial(&s, id);
	session_close(&s);
	return status;
}

static int
run_push(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	uint32_t id = 0;
	int status;
	if (begin(call, &s, &id, &err) < 0)
		return cmd_fail(&err);
	enum push_what what = cmd_value(call, "base") ? PUSH_BASE : PUSH_WORK;
	if (!id || pilot_push(s.pilot, id, what, NULL, cmd_value(call, "message"),
			   session_report, &s, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, PUSH_MS);
		status = s.failed;
	}
	session_close(&s);
	return status;
}

const struct cmd cmd_merge = {
	.name = "merge",
	.args = "AGENT [--message TEXT] [--dry-run | --undo] [--json]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "merge an agent's work into the base",
	.help = "Merges the agent's work, what is not committed too, with the tip of the base "
		"in\n"
		"memory; if the fleet has a check, runs "
		"the\n"
		"check on what it becomes, on the agent's host; then moves the base of the "
		"repo "
		"here,\n"
		"if nobody has moved it meanwhile. What is not committed in that repo stays "
		"untouched,\n"
		"or the merge is refused. Exit status 8 when it does not fit.\n"
		"\n"
		"With --undo the base goes back to where it was before the agent's last "
		"merge,\n"
		"whoever made that, and however long ago; only as long as nothing has come on "
		"top\n"
		"of it and no remote is known to have it on a branch of that name. What is "
		"not\n"
		"committed stays as well.",
	.options = {CMD_FLEET_OPTION,
		    {"message", 'm', "TEXT", CMD_WORD_NONE,
			"what the commit says (default: what its commits say)"},
		    {"dry-run", 0, NULL, CMD_WORD_NONE, "only say whether it fits"},
		    {"undo", 0, NULL, CMD_WORD_NONE, "take the agent's last merge back"},
		    CMD_JSON_OPTION},
	.run = run_merge,
};

const struct cmd cmd_push = {
	.name = "push",
	.args = "AGENT [--message TEXT | --base]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "push an agent's work and ask for a pull",
	.help = "Makes of the agent's work, as it was fetched last, what a merge would make, "
		"pushes\n"
		"it as the branch cockpit/AGENT to the remote of the repo here, and opens a "
		"pull\n"
		"request if gh or glab is installed; else says where one is opened. That "
		"branch is\n"
		"overwritten where it is what was pushed from here last; else it only goes "
		"forward.\n"
		"If all of it is in the base already, --base pushes the base.",
	.options = {CMD_FLEET_OPTION,
		    {"message", 'm', "TEXT", CMD_WORD_NONE,
			"title, and below it the text of the request"},
		    {"base", 0, NULL, CMD_WORD_NONE, "push the base, which has all of it"}},
	.run = run_push,
};
