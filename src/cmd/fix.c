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
	uint32_t agent; /* whose work is broken */
	uint32_t by;    /* who is to mend it; 0: a new one */
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
print_sent(struct session *s, const struct friction *friction)
{
	while (pilot_fixes_noting(s->pilot))
		loop_turn(s->loop, true);
	if (friction->by[0])
		printf("sent to %s: %s\n", friction->by, friction->words);
	else
		printf("sent: %s\n", friction->words);
}

static void
send_it(struct fixing *fixing, const struct friction *friction)
{
	static const struct pilot_send_options options = {.once = true};
	struct session *s = fixing->session;
	struct err err = ERR_INIT;
	if (pilot_send(s->pilot, fixing->by, buf_str(&fixing->prompt), &options, on_sent, s,
		    &err) < 0) {
		s->failed = cmd_fail(&err);
		return;
	}
	s->pending = 1;
	session_wait(s, SEND_MS);
	if (s->failed)
		return;
	pilot_fix_sent(s->pilot, fixing->agent, friction);
	print_sent(s, friction);
}

static void
start_it(struct fixing *fixing, const struct friction *friction)
{
	struct session *s = fixing->session;
	struct err err = ERR_INIT;
	const struct pilot_fixer spec = {.whose = fixing->agent,
		.name = friction->by,
		.prompt = buf_cstr(&fixing->prompt),
		.friction = friction};
	if (pilot_fixer(s->pilot, &spec, on_sent, s, &err) < 0) {
		s->failed = cmd_fail(&err);
		return;
	}
	s->pending = 1;
	session_wait(s, SESSION_SPAWN_MS);
	if (!s->failed)
		print_sent(s, friction);
}

/* Who is to mend it, by name in friction->by too. */
static int
choose(const struct cmd_call *call, struct fixing *fixing, struct friction *friction)
{
	const char *by = cmd_value(call, "by");
	friction->by[0] = '\0';
	fixing->by = fixing->agent;
	if (cmd_value(call, "new")) {
		fixing->by = 0;
		if (call->arg_count > 1)
			snprintf(friction->by, sizeof(friction->by), "%s", call->args[1]);
		else
			pilot_fixer_name(fixing->session->pilot, fixing->agent, friction->by);
	} else if (by) {
		fixing->by = session_agent(fixing->session, by, &fixing->err);
		if (fixing->by != fixing->agent)
			snprintf(friction->by, sizeof(friction->by), "%s", by);
		if (!fixing->by)
			return fixing->err.code;
	}
	return 0;
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
	/* Who had it before is to be said, not who would. */
	struct friction wanted = friction;
	if (choose(call, fixing, &wanted) < 0 ||
		pilot_fix(s->pilot, fixing->by, fixing->agent, &friction, force, on_prompt,
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
	else if (fixing->by)
		send_it(fixing, &wanted);
	else
		start_it(fixing, &wanted);
	return s->failed;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct fixing fixing = {.session = &s, .prompt = BUF_INIT};
	bool new = cmd_value(call, "new") != NULL;
	if (call->arg_count > 1 && !new)
		return cmd_usage(call->cmd, "a second name is that of a new agent: --new");
	if (new &&cmd_value(call, "by"))
		return cmd_usage(call->cmd, "either --by or --new, not both");
	/* A new one may be the first on its host. */
	int flags = FLEET_WATCH | FLEET_STEADY | (new ? 0 : FLEET_LOOK);
	if (session_open(&s, cmd_value(call, "fleet"), flags, &err) < 0)
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
	.args = "AGENT [--by OTHER | --new [NAME]] [--dry-run | --again]",
	.min = 1,
	.max = 2,
	.word = CMD_WORD_AGENT,
	.summary = "let an agent mend what broke",
	.help = "Sends the agent a prompt about what is wrong with its work: the check that "
		"does not\n"
		"pass (as it was run last), a conflict with the base, a clash with another "
		"agent. What\n"
		"it needs to see is brought to its host first. The same is not sent twice, nor "
		"a\n"
		"fourth one when three in a row have made nothing better.\n"
		"\n"
		"With --by that other agent is to mend it, on top of its own work. With --new "
		"an agent\n"
		"is started for it, with all of AGENT's work, committed or not, on a branch of "
		"its own;\n"
		"AGENT and its work stay as they are.",
	.options = {CMD_FLEET_OPTION,
		    {"by", 0, "OTHER", CMD_WORD_AGENT, "let that agent mend it"},
		    {"new", 0, NULL, CMD_WORD_NONE,
			"let a new agent mend it (default NAME: fix-AGENT)"},
		    {"dry-run", 0, NULL, CMD_WORD_NONE, "print the prompt, send nothing"},
		    {"again", 0, NULL, CMD_WORD_NONE, "even if it was sent before"}},
	.run = run,
};
