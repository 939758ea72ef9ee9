/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

static int
restart(struct session *s, uint32_t id)
{
	struct agent_view view;
	struct err err = ERR_INIT;
	char why[96];
	fleet_agent(s->fleet, id, &view);
	bool goes_on = pilot_goes_on(&view, why);
	if (pilot_restart_running(s->pilot, id, session_report, s, &err) < 0)
		return cmd_fail(&err);
	s->pending = 1;
	session_wait(s, SESSION_SETTLE_MS);
	if (!s->failed && !goes_on)
		fprintf(stderr, "cockpit: its conversation does not go on: %s\n", why);
	return s->failed;
}

/* False: it does not run. */
static bool
restart_running(const struct cmd_call *call, int *ret_status)
{
	struct session s;
	struct agent_view view;
	struct err err = ERR_INIT;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0) {
		*ret_status = cmd_fail(&err);
		return true;
	}
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = fleet_agent_find(s.fleet, call->args[0]);
	bool runs = id && fleet_agent(s.fleet, id, &view) && view.present;
	if (fleet_agent_namesakes(s.fleet, call->args[0]) > 1) {
		session_agent(&s, call->args[0], &err);
		*ret_status = cmd_fail(&err);
		runs = true;
	} else if (runs) {
		*ret_status = restart(&s, id);
	}
	session_close(&s);
	return runs;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	int status;
	char safe[100], *said;
	if (call->rest && !call->rest[0])
		return cmd_usage(call->cmd, "\"--\" must be followed by a command");
	if (call->rest && cmd_value(call, "profile"))
		return cmd_usage(call->cmd, "either --profile or a command, not both");
	if (cmd_value(call, "restart") &&
		(call->rest || cmd_value(call, "profile") || cmd_value(call, "host")))
		return cmd_usage(call->cmd,
			"with --restart it is started where it is, as it was started");
	if (session_hosts_differ(call, call->args[0]))
		return cmd_usage(call->cmd, "%s is on another host than --host says",
			text_safe_tmp(safe, sizeof(safe), str_from(call->args[0])));
	if (cmd_value(call, "restart") && restart_running(call, &status))
		return status;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	const char *name = session_split(call->args[0], &said);
	const struct pilot_spec spec = {.name = name,
		.host = said ? said : cmd_value(call, "host"),
		.profile = cmd_value(call, "profile"),
		.command = (const char *const *)call->rest};
	if (pilot_resume(s.pilot, &spec, session_report, &s, &err) < 0) {
		s.failed = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, SESSION_SPAWN_MS);
	}
	session_close(&s);
	mem_free(said);
	return s.failed;
}

const struct cmd cmd_resume = {
	.name = "resume",
	.args = "AGENT [--restart] [--host HOST] [--profile PROFILE] [-- COMMAND "
		"[ARGUMENT...]]",
	.min = 1,
	.max = 1,
	.takes_rest = true,
	.word = CMD_WORD_AGENT,
	.summary = "bring back an agent that does not run, on any host",
	.help = "Starts an agent again as it was started last: in its work tree if that is "
		"there, else\n"
		"in a new one with all that was fetched of its work, committed or not. It goes "
		"on with its\n"
		"conversation where its profile can do that and the conversation is on that "
		"host.\n\n"
		"With --restart one that runs is ended first, and started again where it is: "
		"what it\n"
		"is doing is interrupted; its work tree, branch, tags and tasks stay.",
	.options = {CMD_FLEET_OPTION,
		    {"host", 'H', "HOST", CMD_WORD_HOST, "where (default: where it was)"},
		    {"profile", 'p', "PROFILE", CMD_WORD_PROFILE,
			"as which agent (default: as it was)"},
		    {"restart", 'R', NULL, CMD_WORD_NONE, "also one that runs: interrupts it"}},
	.run = run,
};
