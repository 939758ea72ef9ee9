/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "absent.h"
#include "cmd.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

#define NAMES_MS 3000 /* for hosts where it is not to be: they only know names */

/* A name that the fleet file knows, and nothing else said: as the file says. */
static bool
is_declared(const struct session *s, const struct cmd_call *call)
{
	return call->arg_count && !call->rest && !cmd_value(call, "host") &&
	       !cmd_value(call, "profile") && !cmd_value(call, "prompt") &&
	       fleet_config_agent(fleet_config(s->fleet), call->args[0]);
}

/* Where it is to be; -1: wherever there is room. */
static int
find_host(const struct session *s, const struct cmd_call *call)
{
	const char *host = cmd_value(call, "host");
	if (is_declared(s, call))
		host = fleet_config_agent(fleet_config(s->fleet), call->args[0])->host;
	return host ? fleet_host_find(s->fleet, host) : -1;
}

/* A name is one agent's in the whole fleet. What hosts have that do not answer is known as far
 * as it was started from here; nobody waits for more. */
static int
check_name(struct absent *absent, const char *name, struct err *err)
{
	const char *where = name ? absent_host(absent, name) : NULL;
	if (where)
		return err_set(err, ERR_EXISTS,
			"agent %s runs on host %s, as far as is known, which does not answer: "
			"another name will do, or \"cockpit resume %s --host HOST\"",
			name, where, name);
	if (absent->hosts.len > 0)
		fprintf(stderr, "cockpit: not known of %s: %s\n", buf_cstr(&absent->hosts),
			name ? "whether an agent of that name is there"
			     : "which agents are there");
	return 0;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct absent absent;
	struct err err = ERR_INIT;
	int rc;
	if (call->rest && !call->rest[0])
		return cmd_usage(call->cmd, "\"--\" must be followed by a command");
	if (call->rest && cmd_value(call, "profile"))
		return cmd_usage(call->cmd, "either --profile or a command, not both");
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	int host = find_host(&s, call);
	/* Nobody waits for one that is not there: whoever starts it says so. */
	bool nowhere = host < 0 && cmd_value(call, "host");
	if (!nowhere) {
		session_settle(&s, -1, NAMES_MS);
		session_await(&s, host, SESSION_SETTLE_MS - NAMES_MS);
	}
	absent_find(&s, host, &absent);
	rc = nowhere ? 0 : check_name(&absent, call->arg_count ? call->args[0] : NULL, &err);
	if (rc == 0 && is_declared(&s, call)) {
		rc = pilot_spawn_declared(
			s.pilot, call->args[0], 0, 0, session_report, &s, &err);
	} else if (rc == 0) {
		const struct pilot_spec spec = {
			.taken = (const char *const *)absent.names,
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
	absent_release(&absent);
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
