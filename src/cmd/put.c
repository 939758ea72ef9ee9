/* SPDX-License-Identifier: MIT */
#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

#define PUT_MS 120000

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct buf bytes = BUF_INIT;
	const char *file = call->args[1];
	if (path_read(file, PILOT_PUT_MAX, &bytes, &err) < 0)
		return cmd_fail(&err);
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0) {
		buf_release(&bytes);
		return cmd_fail(&err);
	}
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	if (id && pilot_put(s.pilot, id, path_base(file), buf_str(&bytes), session_report, &s,
			  &err) == 0) {
		s.pending = 1;
		session_wait(&s, PUT_MS);
	}
	if (err.code)
		s.failed = cmd_fail(&err);
	session_close(&s);
	buf_release(&bytes);
	return s.failed;
}

const struct cmd cmd_put = {
	.name = "put",
	.args = "AGENT FILE",
	.min = 2,
	.max = 2,
	.word = CMD_WORD_AGENT,
	.summary = "give an agent a file or a picture",
	.help = "Copies FILE (8 MiB at most) into a private folder on the agent's host and "
		"pastes its\n"
		"path into the agent's composer, without submitting it. Files older than seven "
		"days\n"
		"are removed there. Refused when the agent has ended or asks something.",
	.options = {CMD_FLEET_OPTION},
	.run = run,
};
