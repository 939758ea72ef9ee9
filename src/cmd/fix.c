/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_fix.h"
#include "session.h"

#define LOOK_MS 90000 /* its work comes, and is looked at beside all others */
#define SEND_MS 90000
#define FIX_MS  120000 /* what it clashes with is brought to its host */

struct fixing {
	struct session *session;
	uint32_t agent;
	struct buf prompt;
	struct err err;
};

static void
on_work(void *ctx)
{
	(void)ctx;
}

/* Its work has come, and that of all has been looked at. */
static void
look(struct fixing *fixing)
{
	struct session *s = fixing->session;
	session_limit(s, LOOK_MS);
	pilot_follow_work(s->pilot, on_work, NULL);
	for (;;) {
		struct pilot_work work;
		struct pilot_clashes clashes;
		pilot_work(s->pilot, fixing->agent, &work);
		pilot_clashes(s->pilot, &clashes);
		bool looked = clashes.at && clashes.at >= work.at;
		if (s->late || work.error || (work.at && looked))
			break;
		loop_turn(s->loop, true);
	}
	loop_timer_cancel(s->deadline);
}

static void
on_prompt(void *ctx, const char *text, const struct err *err)
{
	struct fixing *fixing = ctx;
	fixing->session->pending--;
	if (err)
		fixing->err = *err;
	else
		buf_addc(&fixing->prompt, text);
}

static void
on_sent(void *ctx, const char *text, const struct err *err)
{
	(void)text;
	session_report(ctx, "", err);
}

static void
send_it(struct fixing *fixing, const struct friction *friction)
{
	static const struct pilot_send_options options = {.once = true};
	struct session *s = fixing->session;
	struct err err = ERR_INIT;
	if (pilot_send(s->pilot, fixing->agent, buf_str(&fixing->prompt), &options, on_sent, s,
		    &err) < 0) {
		s->failed = cmd_fail(&err);
		return;
	}
	s->pending = 1;
	session_wait(s, SEND_MS);
	if (s->failed)
		return;
	pilot_fix_sent(s->pilot, fixing->agent, friction);
	while (pilot_fixes_noting(s->pilot))
		loop_turn(s->loop, true);
	printf("sent: %s\n", friction->words);
}

static int
fix(const struct cmd_call *call, struct fixing *fixing)
{
	struct session *s = fixing->session;
	struct friction friction;
	look(fixing);
	pilot_friction(s->pilot, fixing->agent, &friction);
	bool force = cmd_value(call, "dry-run") || cmd_value(call, "again");
	if (friction.kind == FRICTION_NONE) {
		printf("nothing of it is known to be broken\n");
		return 0;
	}
	if (pilot_fix(s->pilot, fixing->agent, fixing->agent, &friction, force, on_prompt,
		    fixing, &fixing->err) < 0)
		return cmd_fail(&fixing->err);
	s->pending = 1;
	session_wait(s, FIX_MS);
	if (s->failed)
		return s->failed;
	if (fixing->err.code)
		return cmd_fail(&fixing->err);
	if (cmd_value(call, "dry-run"))
		printf("%s\n", buf_cstr(&fixing->prompt));
	else
		send_it(fixing, &friction);
	return s->failed;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct fixing fixing = {.session = &s, .prompt = BUF_INIT};
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	fixing.agent = session_agent(&s, call->args[0], &err);
	int status = fixing.agent ? fix(call, &fixing) : cmd_fail(&err);
	session_close(&s);
	buf_release(&fixing.prompt);
	return status;
}

const struct cmd cmd_fix = {
	.name = "fix",
	.args = "AGENT [--dry-run | --again]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "let an agent mend what broke",
	.help = "Sends the agent a prompt about what is wrong with its work: the check that "
		"does not\n"
		"pass (as it was run last), a conflict with the base, a clash with another "
		"agent. What\n"
		"it needs to see is brought to its host first. The same is not sent twice, nor "
		"a\n"
		"fourth one when three in a row have made nothing better.",
	.options = {CMD_FLEET_OPTION,
		    {"dry-run", 0, NULL, CMD_WORD_NONE, "print the prompt, send nothing"},
		    {"again", 0, NULL, CMD_WORD_NONE, "even if it was sent before"}},
	.run = run,
};
