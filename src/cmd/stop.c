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
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	for (int i = 0; i < call->arg_count; i++) {
		struct agent_view view;
		err = ERR_INIT;
		uint32_t id = session_agent(&s, call->args[i], &err);
		if (id && fleet_agent(s.fleet, id, &view) && !view.present)
			err_set(&err, ERR_NOT_FOUND, "agent %s does not run", view.name);
		if (id && !err.code &&
			pilot_stop(s.pilot, view.host, view.name, session_report, &s, &err) ==
				0)
			s.pending++;
		if (err.code) {
			int status = cmd_fail(&err);
			s.failed = s.failed ? s.failed : status;
		}
	}
	session_wait(&s, 90000);
	session_close(&s);
	return s.failed;
}

const struct cmd cmd_stop = {
	.name = "stop",
	.args = "AGENT...",
	.min = 1,
	.max = -1,
	.word = CMD_WORD_AGENT,
	.summary = "end agents; their work trees stay",
	.help = "Ends the processes of agents. Their work trees and branches stay as they "
		"are;\n"
		"\"cockpit new NAME\" goes on in them.",
	.options = {CMD_FLEET_OPTION},
	.run = run,
};
