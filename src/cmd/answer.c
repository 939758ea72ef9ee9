/* SPDX-License-Identifier: MIT */
#include "cmd.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

#define ANSWER_MS 30000
#define MOVE_MS   2000 /* until the agent has told what it does now */

/* So that who looks next does not see what was answered already. */
static void
wait_for_move(struct session *s, uint32_t id, uint64_t events)
{
	struct agent_view view;
	session_limit(s, MOVE_MS);
	while (!s->late && fleet_agent(s->fleet, id, &view) && view.events == events)
		loop_turn(s->loop, true);
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct agent_view view;
	enum agent_answer answer;
	char safe[64];
	if (!agent_answer_find(call->args[1], &answer))
		return cmd_usage(call->cmd, "%s is no answer: expected yes, no or always",
			text_safe_tmp(safe, sizeof(safe), str_from(call->args[1])));
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	if (id && fleet_agent(s.fleet, id, &view) && !view.question)
		err_set(&err, ERR_INVALID, "agent %s asks nothing", view.name);
	if (!err.code && pilot_decide(s.pilot, id, view.question->id, answer, session_report,
				 &s, &err) == 0) {
		s.pending = 1;
		session_wait(&s, ANSWER_MS);
		if (!s.failed)
			wait_for_move(&s, id, view.events);
	}
	if (err.code)
		s.failed = cmd_fail(&err);
	session_close(&s);
	return s.failed;
}

const struct cmd cmd_answer = {
	.name = "answer",
	.args = "AGENT yes|no|always",
	.min = 2,
	.max = 2,
	.word = CMD_WORD_AGENT,
	.summary = "answer what an agent asks",
	.help = "Answers the agent's question, through its hook where it has one for that, "
		"else by\n"
		"its keys, if its terminal still shows the question. Exit status 2 when it "
		"asks\n"
		"nothing, or something else by now. \"cockpit explain\" shows what it asks.",
	.options = {CMD_FLEET_OPTION},
	.run = run,
};
