/* SPDX-License-Identifier: MIT */
#include "cmd.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct agent_view view;
	struct err err = ERR_INIT;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	uint32_t there = id ? pilot_shell_of(s.pilot, id) : 0;
	if (there && fleet_agent(s.fleet, there, &view)) {
		session_tell_there(&view);
	} else if (!id || pilot_shell(s.pilot, id, 0, 0, session_report, &s, &err) < 0) {
		s.failed = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, SESSION_SPAWN_MS);
	}
	session_close(&s);
	return s.failed;
}

const struct cmd cmd_shell = {
	.name = "shell",
	.args = "AGENT",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "open a shell beside an agent",
	.help = "Starts a shell in the agent's work tree, on its host, as t does on the "
		"screen, "
		"where it\n"
		"has a tile of its own: AGENT-sh. It takes no slot, and no prompts. \"cockpit "
		"stop\"\n"
		"ends it; the work tree is the agent's.",
	.options = {CMD_FLEET_OPTION},
	.run = run,
};
