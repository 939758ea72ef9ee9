/* SPDX-License-Identifier: MIT */
#include "cmd.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

/* A name that the fleet file knows, and nothing else said: as the file says. */
static bool
is_declared(const struct session *s, const struct cmd_call *call)
{
	return call->arg_count && !call->rest && !cmd_value(call, "host") &&
	       !cmd_value(call, "profile") && !cmd_value(call, "prompt") &&
	       fleet_config_agent(fleet_config(s->fleet), call->args[0]);
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	int rc;
	if (call->rest && !call->rest[0])
		return cmd_usage(call->cmd, "\"--\" must be followed by a command");
	if (call->rest && cmd_value(call, "profile"))
		return cmd_usage(call->cmd, "either --profile or a command, not both");
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	if (is_declared(&s, call)) {
		rc = pilot_spawn_declared(
			s.pilot, call->args[0], 0, 0, session_report, &s, &err);
	} else {
		const struct pilot_spec spec = {
			.name = call->arg_count ? call->args[0] : NULL,
			.host = cmd_value(call, "host"),
			.profile = cmd_value(call, "profile"),
			.command = (const char *const *)call->rest,
			.prompt = cmd_value(call, "prompt"),
		};
		rc = pilot_spawn(s.pilot, &spec, session_report, &s, &err);
	}
	if (rc < 0) {
		s.failed = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, SESSION_SPAWN_MS);
	}
	session_close(&s);
	return s.failed;
}

const struct cmd cmd_new = {
	.name = "new",
	.args = "[NAME] [--host HOST] [--profile PROFILE] [--prompt TEXT] [-- COMMAND "
		"[ARGUMENT...]]",
	.max = 1,
	.takes_rest = true,
	.word = CMD_WORD_NONE,
	.summary = "start an agent",
	.help = "Starts an agent in a git work tree of its own, on a branch of its own, and "
		"returns.\n"
		"Without --profile or a command: the fleet's profile, or the first known agent "
		"that\n"
		"is found on PATH there, or (without a prompt) a shell. \"{prompt}\" in a "
		"command stands for the "
		"prompt.\n"
		"A NAME that the fleet file declares starts as it is declared.",
	.options = {CMD_FLEET_OPTION,
		    {"host", 'H', "HOST", CMD_WORD_HOST,
			"where (default: the host with most room)"},
		    {"profile", 'p', "PROFILE", CMD_WORD_PROFILE,
			"which agent: claude, codex, …, shell"},
		    {"prompt", 'm', "TEXT", CMD_WORD_NONE, "what it is to do first"}},
	.run = run,
};
