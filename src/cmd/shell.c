/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

static void
tell_there(const struct session *s, uint32_t shell)
{
	struct agent_view view;
	if (!fleet_agent(s->fleet, shell, &view))
		return;
	bool over = view.verdict.state == AGENT_FAILED || view.verdict.state == AGENT_ENDED;
	printf(over ? "%s has ended; \"cockpit stop %s\" makes room for a new one\n"
		    : "%s runs already\n",
		view.name, view.name);
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	uint32_t there = id ? pilot_shell_of(s.pilot, id) : 0;
	if (there) {
		tell_there(&s, there);
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
