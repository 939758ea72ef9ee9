/* SPDX-License-Identifier: MIT */
#include "cmd.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	if (call->rest && !call->rest[0])
		return cmd_usage(call->cmd, "\"--\" must be followed by a command");
	if (call->rest && cmd_value(call, "profile"))
		return cmd_usage(call->cmd, "either --profile or a command, not both");
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	const struct pilot_spec spec = {.name = call->args[0],
		.host = cmd_value(call, "host"),
		.profile = cmd_value(call, "profile"),
		.command = (const char *const *)call->rest};
	if (pilot_resume(s.pilot, &spec, session_report, &s, &err) < 0) {
		s.failed = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, SESSION_SPAWN_MS);
	}
	session_close(&s);
	return s.failed;
}

const struct cmd cmd_resume = {
	.name = "resume",
	.args = "AGENT [--host HOST] [--profile PROFILE] [-- COMMAND [ARGUMENT...]]",
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
		"host.",
	.options = {CMD_FLEET_OPTION,
		    {"host", 'H', "HOST", CMD_WORD_HOST, "where (default: where it was)"},
		    {"profile", 'p', "PROFILE", CMD_WORD_PROFILE,
			"as which agent (default: as it was)"}},
	.run = run,
};
